"""A firm's statement of set-off: what was set off with what in each cycle, what is left, and why.

A set-off says how much of each debt and claim is cleared, not which claim pays which debt. Within one currency of a
cycle both sides of a firm add up to one sum, and are matched here oldest due first. Amounts are minor units.
"""

import datetime
import enum
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from mufakat.model.charter import Charter
from mufakat.projections import default, setoff, timeline
from mufakat.projections.dialect import Sql
from mufakat.projections.setoff import AcrossView, ClearedView, DebtView, TermsView

TermsOf = Mapping[tuple[str, str], TermsView]
"""The terms of firms by firm and currency."""


class Why(enum.StrEnum):
    """Why an obligation is still open."""

    REGISTERED = "the debtor's bank has not accepted it"
    DISPUTED = "the debtor disputes it"
    NEXT_CYCLE = "it waits for the next cycle"
    NOT_DUE = "it is due beyond the horizon of set-off"
    DEFAULT = "a bank of it, or its member, is in default"
    NOT_WITH = "one of the two firms does not want set-off with the other"
    RESIDUAL = "so much is to be left to pay, as one of the two firms asks"
    INDIVISIBLE = "it is indivisible, and did not fit as a whole"
    LIMIT = "the limit of one of the two firms was used up"
    NO_RING = "no ring of debts that may be set off runs through it"


class Match(msgspec.Struct, frozen=True):
    """So much of a debt was set off with a claim."""

    debt: str
    claim: str
    amount: int


class CycleOfFirm(msgspec.Struct, frozen=True):
    """A firm's part in one cycle, in one currency, or across currencies (then `currency` is empty, and no match).

    `debts` are what it owed, `claims` what it was owed, so far as they were cleared.
    """

    cycle: int
    date: str
    currency: str
    debts: tuple[ClearedView, ...]
    claims: tuple[ClearedView, ...]
    matches: tuple[Match, ...]


class LeftOpen(msgspec.Struct, frozen=True):
    """An obligation that is open, and why; the firm `owes` it, or is owed."""

    obligation: DebtView
    owes: bool
    why: Why


class FirmStatement(msgspec.Struct, frozen=True):
    """All that a firm wants to know of set-off. `across`: what was said of fixings in its cycles."""

    firm: str
    date: str
    cycles: tuple[CycleOfFirm, ...]
    across: tuple[AcrossView, ...]
    left: tuple[LeftOpen, ...]
    terms: tuple[TermsView, ...]


def statement(sql: Sql, charter: Charter, firm: str) -> FirmStatement:
    """Make a firm's statement as things stand."""
    asked = terms_of(sql)
    cycles = tuple(_cycles(sql, firm))
    date = _date(sql)
    in_default = _in_default(sql, charter)
    left = tuple(
        LeftOpen(debt, debt.debtor == firm, _why(sql, charter, debt, asked, in_default))
        for debt in setoff.open_debts(sql)
        if firm in {debt.debtor, debt.creditor}
    )
    numbers = {each.cycle for each in cycles}
    across = tuple(each for each in setoff.across(sql) if each.omitted or each.cycle in numbers)
    own = tuple(terms for (of, _), terms in asked.items() if of == firm)
    return FirmStatement(firm, date, cycles, across, left, own)


def terms_of(sql: Sql) -> TermsOf:
    """Return what firms ask for, by firm and currency."""
    return {(each.firm, each.currency): each for each in setoff.terms(sql)}


def _date(sql: Sql) -> str:
    return timeline.business_date(sql) or datetime.date.min.isoformat()


def _cycles(sql: Sql, firm: str) -> Iterator[CycleOfFirm]:
    def part(row: ClearedView) -> tuple[int, str, bool, str]:
        return row.cycle, row.date, row.across, "" if row.across else row.currency

    rows = sorted(setoff.cleared(sql, firm), key=lambda row: (*part(row), row.due, row.obligation))
    for (cycle, date, across, currency), of_part in itertools.groupby(rows, key=part):
        own = list(of_part)
        debts = tuple(row for row in own if row.debtor == firm)
        claims = tuple(row for row in own if row.creditor == firm)
        matches = () if across else tuple(_matches(debts, claims))
        yield CycleOfFirm(cycle, date, currency, debts, claims, matches)


def _matches(debts: Sequence[ClearedView], claims: Sequence[ClearedView]) -> Iterator[Match]:
    """Match what adds up to one sum on both sides, in order."""
    left = [claim.amount for claim in claims]
    at = 0
    for debt in debts:
        rest = debt.amount
        while rest:
            share = min(rest, left[at])
            if share:
                yield Match(debt.obligation, claims[at].obligation, share)
            rest, left[at] = rest - share, left[at] - share
            at += not left[at]


def _in_default(sql: Sql, charter: Charter) -> frozenset[str]:
    """Name the banks whose items no cycle settles."""
    parties = {each.party for each in default.defaults(sql) if each.ended is None}
    if not charter.rules.default.unwind or not parties:
        return frozenset()
    rows = sql.execute("SELECT bic, sponsor FROM participant").fetchall()
    return frozenset(bic for bic, sponsor in rows if parties & {bic, sponsor})


def candidates(sql: Sql, charter: Charter, currency: str) -> list[DebtView]:
    """Return the obligations that a cycle would set off now, as far as terms allow; oldest due first."""
    date, in_default = _date(sql), _in_default(sql, charter)
    return [
        debt
        for debt in setoff.open_debts(sql, currency)
        if debt.status == "accepted" and _is_near(debt, charter, date) and not _banks(debt) & in_default
    ]


def _is_near(debt: DebtView, charter: Charter, date: str) -> bool:
    days = datetime.timedelta(charter.rules.set_off_horizon_days)
    return datetime.date.fromisoformat(debt.due) <= datetime.date.fromisoformat(date) + days


def _banks(debt: DebtView) -> set[str]:
    return {debt.debtor_agent, debt.creditor_agent}


def offered(debt: DebtView, asked: TermsOf) -> int:
    """Return how much of an obligation may be set off under both firms' terms."""
    debtor, creditor = (asked.get((firm, debt.currency)) for firm in (debt.debtor, debt.creditor))
    if _unwanted(debt, asked):
        return 0
    left = max(0, debt.open - max(each.least_residual if each else 0 for each in (debtor, creditor)))
    return 0 if debt.indivisible and left < debt.amount else left


def _unwanted(debt: DebtView, asked: TermsOf) -> bool:
    parties = (debt.debtor, debt.creditor), (debt.creditor, debt.debtor)
    return any(
        other in terms.not_with
        for firm, other in parties
        if (terms := asked.get((firm, debt.currency))) is not None
    )


def _why(sql: Sql, charter: Charter, debt: DebtView, asked: TermsOf, in_default: frozenset[str]) -> Why:
    """Say why an obligation is open: the first reason that holds."""
    last = setoff.last_cycle(sql)
    checks: tuple[tuple[Why, Callable[[], bool]], ...] = (
        (Why.REGISTERED, lambda: debt.status == "registered"),
        (Why.DISPUTED, lambda: debt.status == "disputed"),
        (Why.DEFAULT, lambda: bool(_banks(debt) & in_default)),
        (Why.NOT_DUE, lambda: not _is_near(debt, charter, _date(sql))),
        (Why.NOT_WITH, lambda: _unwanted(debt, asked)),
        (Why.NEXT_CYCLE, lambda: debt.cycle == last),
        (Why.RESIDUAL, lambda: not debt.indivisible and offered(debt, asked) == 0),
        (Why.INDIVISIBLE, lambda: debt.indivisible),
        (Why.LIMIT, lambda: _limited(sql, debt, asked, last)),
    )
    return next((why for why, holds in checks if holds()), Why.NO_RING)


def _limited(sql: Sql, debt: DebtView, asked: TermsOf, cycle: int) -> bool:
    """Tell whether the last cycle used up the limit of one of the two firms."""
    for firm in (debt.debtor, debt.creditor):
        terms = asked.get((firm, debt.currency))
        if terms is None or terms.most is None:
            continue
        for side in ("debtor", "creditor"):
            passed = sum(
                row.amount
                for row in setoff.cleared(sql, firm)
                if row.cycle == cycle and row.currency == debt.currency and getattr(row, side) == firm
            )
            if passed >= terms.most:
                return True
    return False
