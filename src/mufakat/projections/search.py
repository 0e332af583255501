"""Payments by any of their fields, in order of arrival, a page at a time.

UETR, debtor agent, creditor agent, cycle, and every status but settled lead through an index; dates bound the
numbers that are looked at; of what is then left, other fields are compared. What no index leads to is looked
through in slices, so that no single look at the views takes long, however much there is.
"""

from typing import Final

import msgspec

from mufakat.projections.dialect import Sql
from mufakat.projections.lookup import booked_until, entries, entries_before, entries_until, number_of
from mufakat.projections.timeline import PAYMENT, PaymentView

SLICE: Final = 1 << 18
"""So many payments one look goes through at most."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which payments are looked for: those that fit each field that is not None.

    `first`, `last`: business dates on which they came, both included. `least`, `most`: minor units.
    """

    uetr: str | None = None
    debtor_agent: str | None = None
    creditor_agent: str | None = None
    currency: str | None = None
    status: str | None = None
    channel: str | None = None
    cycle: int | None = None
    reason: int | None = None
    value_date: str | None = None
    first: str | None = None
    last: str | None = None
    least: int | None = None
    most: int | None = None


class Page(msgspec.Struct, frozen=True):
    """Payments in order of arrival, and the UETR after which the next page goes on; None at the end."""

    payments: tuple[PaymentView, ...]
    after: str | None


def search(sql: Sql, wanted: Wanted, limit: int, *, after: str | None = None) -> Page:
    """Return the first `limit` payments that are wanted and came after the one with the UETR `after`.

    Raises LookupError when the log knows no payment of that UETR.
    """
    behind = -1 if after is None else number_of(sql, after)
    if behind is None:
        raise LookupError(f"no payment has the UETR {after}")
    begins = 0 if wanted.first is None else entries_before(sql, "date", wanted.first)
    ends = entries(sql) if wanted.last is None else entries_until(sql, "date", wanted.last)
    (first, _), (beyond, _) = booked_until(sql, begins), booked_until(sql, ends)
    first = max(first, behind + 1)
    if wanted.uetr is not None:
        number = number_of(sql, wanted.uetr)
        first, beyond = (first, 0) if number is None else (max(first, number), min(beyond, number + 1))
    legs, values = _legs(sql, wanted)
    found: list[PaymentView] = []
    for at in range(first, beyond if legs else first, SLICE):
        bounds = at, min(beyond, at + SLICE), limit - len(found)
        query = f"{PAYMENT} WHERE arrival IN ({legs} ORDER BY 1 LIMIT ?) ORDER BY arrival"
        rows = sql.execute(query, (*(each for leg in values for each in (*leg, *bounds)), bounds[2]))
        found += (PaymentView(*row) for row in rows)
        if len(found) == limit:
            return Page(tuple(found), found[-1].uetr)
    return Page(tuple(found), None)


_Leg = tuple[str, list[object]]


def _legs(sql: Sql, wanted: Wanted) -> tuple[str, list[list[object]]]:
    """Return a query for the numbers, and the values of each of its parts, but the bounds, which come last.

    Each part goes through one index in order: of payments that settled on entry or waited, of one account.
    """
    legs = [
        (f"{kind} AND {side}", [*of_kind, *of_side])
        for kind, of_kind in (_settled(sql, wanted), _waited(wanted))
        for side, of_side in _sides(sql, wanted)
    ]
    text, same = _same(wanted)
    query = " UNION ALL ".join(
        f"SELECT number FROM (SELECT number FROM payment_row WHERE {leg}{text}"
        f" AND number >= ? AND number < ? ORDER BY number LIMIT ?) AS leg{at}"
        for at, (leg, _) in enumerate(legs)
    )
    return query, [[*values, *same] for _, values in legs]


def _settled(sql: Sql, wanted: Wanted) -> _Leg:
    """Say how payments that settled on entry fit: of them a row says only what is not so of all."""
    text, values = "movement IS NOT NULL", list[object]()
    if wanted.status == "settled":
        text += " AND status IS NULL"
    elif wanted.status is not None:
        text, values = f"{text} AND status = ?", [wanted.status]
    if wanted.value_date is not None:
        text += " AND entry >= ? AND entry < ?"
        values += (
            entries_before(sql, "date", wanted.value_date),
            entries_until(sql, "date", wanted.value_date),
        )
    if wanted.channel not in {None, "RTGS"}:
        text += " AND channel IS NOT NULL"
    return text, values


def _waited(wanted: Wanted) -> _Leg:
    """Say how payments that did not settle on entry fit."""
    text, values = "movement IS NULL", list[object]()
    for column in ("status", "value_date", "channel"):
        if (value := getattr(wanted, column)) is not None:
            text, values = f"{text} AND {column} = ?", [*values, value]
    return text, values


def _sides(sql: Sql, wanted: Wanted) -> list[_Leg]:
    """Return a condition for each account by whose index payments are found; one that always holds for none."""
    debtors = _accounts(sql, wanted.debtor_agent, wanted.currency)
    creditors = _accounts(sql, wanted.creditor_agent, wanted.currency)
    if wanted.debtor_agent is not None:
        text, values = _among("creditor", creditors) if wanted.creditor_agent is not None else ("1 = 1", [])
        return [(f"debtor = ? AND {text}", [each, *values]) for each in debtors]
    if wanted.creditor_agent is not None:
        return [("creditor = ?", [each]) for each in creditors]
    return [_among("debtor", debtors)] if wanted.currency is not None else [("1 = 1", [])]


def _among(column: str, numbers: list[int]) -> _Leg:
    if not numbers:
        return "1 = 0", []
    return f"{column} IN ({', '.join('?' * len(numbers))})", [*numbers]


def _accounts(sql: Sql, agent: str | None, currency: str | None) -> list[int]:
    rows = sql.execute(
        "SELECT number FROM account_name WHERE holder = coalesce(?1, holder) AND currency = coalesce(?2, currency)"
        " ORDER BY number",
        (agent, currency),
    )
    return [number for (number,) in rows]


def _same(wanted: Wanted) -> tuple[str, list[object]]:
    """Say what both kinds of payments are compared by."""
    compared = {
        "cycle = ?": wanted.cycle,
        "reason = ?": wanted.reason,
        "amount >= ?": wanted.least,
        "amount <= ?": wanted.most,
    }
    given = {text: value for text, value in compared.items() if value is not None}
    return "".join(f" AND {text}" for text in given), [*given.values()]
