"""Tables of fixings, the unit of account and swing credit on the terminal."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from mufakat.model.basket import RATE_PLACES
from mufakat.model.charter import Charter
from mufakat.model.money import format_amount
from mufakat.projections.fixings import Component, FixingView, SubmissionView


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


def _rate(rate: int) -> str:
    return format_amount(rate, RATE_PLACES)


def _grid(*headings: str) -> Table:
    table = Table(box=SIMPLE_HEAD)
    for heading in headings:
        right = heading in {"rate", "submitted", "entry", "in one unit", "one unit is worth"}
        table.add_column(heading, justify="right" if right else "left")
    return table
