"""Tables of fixings, the unit of account and swing credit on the terminal."""

import functools
from collections.abc import Sequence
from typing import Final

import msgspec
from rich.table import Table

from mufakat.console.grid import headed, money
from mufakat.model.basket import RATE_PLACES, UNIT_DECIMALS
from mufakat.model.charter import Charter
from mufakat.model.money import format_amount
from mufakat.projections.fixings import Component, FixingView, SubmissionView
from mufakat.projections.swing import (
    AlertView,
    BrakeView,
    ChargeView,
    LineView,
    PositionView,
    ReserveView,
    SettlementView,
)

_RIGHT: Final = (
    *("rate", "submitted", "entry", "in one unit", "one unit is worth", "limit", "drawn", "interest owed"),
    *("holds", "interest in it", "from holdings", "set off", "paid", "in own money"),
    *("position", "average", "days", "quota", "charge"),
    *("cycle", "worth", "of all drawn", "share", "not lent"),
)
_grid: Final = functools.partial(headed, right=_RIGHT)


def fixings(rows: Sequence[FixingView]) -> Table:
    """Return a row for each currency's fixing."""
    table = _grid("date", "currency", "rate", "entry")
    for each in rows:
        table.add_row(each.date, each.currency, _rate(each.rate), f"{each.entry:,}")
    return table


def submissions(rows: Sequence[SubmissionView]) -> Table:
    """Return a row for each rate that a member submitted."""
    table = _grid("currency", "member", "submitted", "")
    for each in rows:
        table.add_row(each.currency, each.member, _rate(each.rate), "outlier" if each.outlier else "")
    return table


def unit(charter: Charter, rows: Sequence[Component]) -> Table:
    """Return a row for each currency: how much of it is in one unit, and what one unit is worth in it."""
    decimals = {member.currency: member.decimals for member in charter.members}
    table = _grid("currency", "in one unit", "one unit is worth", "rate", "of")
    for each in rows:
        places = decimals[each.currency]
        table.add_row(
            each.currency,
            format_amount(each.weight, places, grouped=True) if each.weight else "",
            "" if each.unit is None else format_amount(each.unit, places, grouped=True),
            "" if each.rate is None else _rate(each.rate),
            each.date or "",
        )
    return table


def lines(charter: Charter, rows: Sequence[LineView]) -> Table:
    """Return a row for each swing line: limit, drawn, interest owed, and the tiers of interest."""
    table = _grid("debtor", "creditor", "currency", "limit", "drawn", "interest owed", "terms (basis points)")
    for each in rows:
        amounts = (money(charter, of, each.currency) for of in (each.limit, each.drawn, each.interest))
        table.add_row(each.debtor, each.creditor, each.currency, *amounts, _terms(each))
    return table


def _terms(line: LineView) -> str:
    tiers = ", ".join(f"{rate} to {upto}" for upto, rate in msgspec.json.decode(line.tiers))
    return f"{tiers}, ACT/{line.day_count}" if tiers else ""


def reserves(charter: Charter, rows: Sequence[ReserveView]) -> Table:
    """Return a row for each currency that a member holds of another."""
    table = _grid("member", "holds", "currency")
    for each in rows:
        table.add_row(each.member, money(charter, each.balance, each.currency), each.currency)
    return table


def settlements(charter: Charter, rows: Sequence[SettlementView]) -> Table:
    """Return a row for each line that a periodic settlement paid, and how."""
    headings = ("interest in it", "from holdings", "set off", "paid", "currency", "in own money", "")
    table = _grid("date", "debtor", "creditor", *headings)
    for each in rows:
        parts = (each.interest, each.held, each.set_off, each.paid)
        amounts = (money(charter, of, each.currency) for of in parts)
        own = (money(charter, each.issued, each.own), each.own) if each.issued else ("", "")
        table.add_row(each.date, each.debtor, each.creditor, *amounts, each.currency, *own)
    return table


def positions(rows: Sequence[PositionView]) -> Table:
    """Return a row for each member whose net position is measured for charges, in the unit."""
    table = _grid("member", "position", "average", "days", "closed")
    for each in rows:
        table.add_row(each.member, _units(each.value), _units(each.average), f"{each.days:,}", each.date)
    return table


def charges(charter: Charter, rows: Sequence[ChargeView]) -> Table:
    """Return a row for each charge: average and quota in the unit, what was paid in own currency."""
    table = _grid("date", "member", "average", "days", "quota", "charge", "currency")
    for each in rows:
        measured = (_units(each.average), f"{each.days:,}", _units(each.quota))
        table.add_row(
            each.date, each.member, *measured, money(charter, each.amount, each.currency), each.currency
        )
    return table


def alerts(charter: Charter, rows: Sequence[AlertView]) -> Table:
    """Return a row for each alert: what is drawn in a currency, or on one line, beside all that is drawn."""
    table = _grid("date", "cycle", "drawn in", "debtor", "drawn", "worth", "of all drawn", "share")
    for each in rows:
        table.add_row(
            each.date,
            f"{each.cycle:,}",
            each.currency,
            each.debtor or "all",
            money(charter, each.drawn, each.currency),
            _units(each.value),
            _units(each.total),
            f"{format_amount(each.share_bp, 2)} %",
        )
    return table


def brakes(charter: Charter, rows: Sequence[BrakeView]) -> Table:
    """Return a row for each line that lent less in a cycle because of the brake."""
    table = _grid("date", "cycle", "member", "not lent", "currency")
    for each in rows:
        amount = money(charter, each.amount, each.currency)
        table.add_row(each.date, f"{each.cycle:,}", each.member, amount, each.currency)
    return table


def _units(value: int) -> str:
    return format_amount(value, UNIT_DECIMALS, grouped=True)


def _rate(rate: int) -> str:
    return format_amount(rate, RATE_PLACES)
