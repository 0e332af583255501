"""What members and banks did on a day beside sending files: fixings, exchanges, certificates, coverage.

Amounts are minor units of the currency they are named with; rates are parts of 10^-9 of the numeraire.
"""

import msgspec

from mufakat.model.basket import RATE_PLACES
from mufakat.model.charter import Charter
from mufakat.model.money import format_amount
from mufakat.projections import certificate, default, exchanges, fixings, swing, timeline
from mufakat.projections.dialect import Sql


class FixedRow(msgspec.Struct, frozen=True):
    """A currency's agreed worth, what one unit of account is in it, and who was far off."""

    currency: str
    rate: str
    unit: int | None
    outliers: tuple[str, ...]


class PairRow(msgspec.Struct, frozen=True):
    """All exchanges of one currency for another. `fees` are in what was paid."""

    sells: str
    buys: str
    count: int
    paid: int
    fees: int
    arrived: int


class CertifiedRow(msgspec.Struct, frozen=True):
    """A cycle's certificates under one root, and the members that signed it; `attested`: they are a quorum."""

    cycle: int
    root: str
    certificates: int
    signers: tuple[str, ...]
    attested: bool


class CoverRow(msgspec.Struct, frozen=True):
    """What would be lost if the largest debtors failed, and what is pledged against it.

    `stressed`: with all swing lines drawn to their limits; else with what is drawn.
    """

    currency: str
    stressed: bool
    parties: tuple[str, ...]
    exposure: int
    resources: int
    short: int


class ConcentrationRow(msgspec.Struct, frozen=True):
    """Where a cycle drew more than the charter's alert: in a currency, or on the line of one `debtor` in it."""

    cycle: int
    currency: str
    debtor: str | None
    drawn: int
    share: str


class BrakeRow(msgspec.Struct, frozen=True):
    """What lines of a currency did not lend in a cycle because of the brake, and whose."""

    cycle: int
    currency: str
    members: tuple[str, ...]
    amount: int


class Treasury(msgspec.Struct, frozen=True):
    """A day's fixings, exchanges, certified cycles, coverage and concentration; empty where there was none."""

    numeraire: str = ""
    fixings: tuple[FixedRow, ...] = ()
    exchanges: tuple[PairRow, ...] = ()
    certified: tuple[CertifiedRow, ...] = ()
    coverage: tuple[CoverRow, ...] = ()
    watched: bool = False
    alerts: tuple[ConcentrationRow, ...] = ()
    brakes: tuple[BrakeRow, ...] = ()


def treasury(sql: Sql, charter: Charter, date: str) -> Treasury:
    """Gather what members and banks did on a business date (ISO 8601)."""
    return Treasury(
        charter.rules.fixing.numeraire,
        _fixings(sql, charter, date),
        _pairs(sql, date),
        _certified(sql, date),
        _coverage(sql, charter, date),
        charter.rules.swing.watches_concentration,
        _alerts(sql, date),
        _brakes(sql, date),
    )


def _fixings(sql: Sql, charter: Charter, date: str) -> tuple[FixedRow, ...]:
    far = [each for each in fixings.submissions(sql, date) if each.outlier]
    units = {str(each.currency): each.unit for each in fixings.unit(sql, charter, date)}
    return tuple(
        FixedRow(
            each.currency,
            format_amount(each.rate, RATE_PLACES),
            units.get(each.currency),
            tuple(one.member for one in far if one.currency == each.currency),
        )
        for each in fixings.fixings(sql, date)
    )


def _pairs(sql: Sql, date: str) -> tuple[PairRow, ...]:
    found: dict[tuple[str, str], list[exchanges.ExchangeView]] = {}
    for each in exchanges.exchanges(sql, date):
        found.setdefault((each.sells, each.buys), []).append(each)
    return tuple(
        PairRow(
            *pair,
            len(each),
            sum(one.paid for one in each),
            sum(one.fee for one in each),
            sum(one.arrived for one in each),
        )
        for pair, each in sorted(found.items())
    )


def _certified(sql: Sql, date: str) -> tuple[CertifiedRow, ...]:
    rows = []
    for number in sorted({each.number for each in timeline.cycles(sql, date)}):
        view = certificate.certified(sql, number)
        if view is not None:
            signers = tuple(each.member for each in certificate.signatures(sql, number))
            rows.append(
                CertifiedRow(number, view.root.hex(), view.leaves, signers, view.attested is not None)
            )
    return tuple(rows)


def _coverage(sql: Sql, charter: Charter, date: str) -> tuple[CoverRow, ...]:
    currencies = [member.currency for member in charter.members]
    return tuple(
        CoverRow(each.currency, each.stressed, each.parties, each.exposure, each.resources, each.short)
        for each in default.coverage(sql, date)
        if each.currency in currencies and each.cover == len(each.parties)
    )


def _alerts(sql: Sql, date: str) -> tuple[ConcentrationRow, ...]:
    return tuple(
        ConcentrationRow(each.cycle, each.currency, each.debtor, each.drawn, format_amount(each.share_bp, 2))
        for each in swing.alerts(sql, date)
    )


def _brakes(sql: Sql, date: str) -> tuple[BrakeRow, ...]:
    found: dict[tuple[int, str], list[swing.BrakeView]] = {}
    for each in swing.brakes(sql, date):
        found.setdefault((each.cycle, each.currency), []).append(each)
    return tuple(
        BrakeRow(*where, tuple(one.member for one in each), sum(one.amount for one in each))
        for where, each in found.items()
    )
