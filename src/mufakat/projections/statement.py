"""Statements: the movements of one account, each with the balance after it.

What is asked for is found by number: of dates, entries and pages by halving, then the account's own rows in order.
"""

from typing import Final

import msgspec

from mufakat.projections.dialect import Sql
from mufakat.projections.lookup import account_number, booked_until, entries_before, entries_until
from mufakat.projections.schema import UETR_TEXT

_ALL: Final = 1 << 62
_BOOKED: Final = (
    "SELECT b.number, e.at_us, b.date, b.amount, b.balance, b.kind, b.reference, b.counterparty"
    " FROM booking b JOIN entry e ON e.number = b.entry WHERE b.account = ? AND b.number > ? AND b.number <= ?"
    " AND b.date >= ? AND b.date <= ? ORDER BY b.number LIMIT ?"
)
_PAID: Final = (
    f"SELECT p.movement, e.at_us, e.date, -p.amount, p.debtor_balance, 'payment', {UETR_TEXT}, o.id"
    " FROM payment_row p JOIN entry e ON e.number = p.entry JOIN account_name o ON o.number = p.creditor"
    " WHERE p.debtor = ? AND p.movement IS NOT NULL AND p.number >= ? AND p.movement > ? AND p.movement <= ?"
    " AND e.date >= ? AND e.date <= ? ORDER BY p.number LIMIT ?"
)
_RECEIVED: Final = (
    f"SELECT p.movement + 1, e.at_us, e.date, p.amount, p.creditor_balance, 'payment', {UETR_TEXT}, o.id"
    " FROM payment_row p JOIN entry e ON e.number = p.entry JOIN account_name o ON o.number = p.debtor"
    " WHERE p.creditor = ? AND p.movement IS NOT NULL AND p.number >= ? AND p.movement + 1 > ?"
    " AND p.movement + 1 <= ? AND e.date >= ? AND e.date <= ? ORDER BY p.number LIMIT ?"
)


class Movement(msgspec.Struct, frozen=True):
    """One booked entry: `amount` in minor units, negative for a debit; `number` is unique in the union."""

    number: int
    at_us: int
    date: str
    amount: int
    balance: int
    kind: str
    reference: str
    counterparty: str


class Statement(msgspec.Struct, frozen=True):
    """An account's movements on one business date, between its opening and closing balance."""

    account: str
    owner: str
    currency: str
    date: str
    opening: int
    closing: int
    movements: tuple[Movement, ...]


class Period(msgspec.Struct, frozen=True):
    """A page of an account's movements on the business dates `first` to `last`, both included.

    `opening`, `closing`: balances before and after the whole period. `after`: the number to go on from, or None.
    """

    account: str
    owner: str
    currency: str
    first: str
    last: str
    opening: int
    closing: int
    movements: tuple[Movement, ...]
    after: int | None


def statement(sql: Sql, account: str, date: str | None = None) -> Statement | None:
    """Return the statement of `account` for a business date (the latest if None); None if it is unknown."""
    if date is None:
        date = str(sql.execute("SELECT coalesce(max(date), '0001-01-01') FROM day").fetchone()[0])
    found = period(sql, account, date, date)
    if found is None:
        return None
    return Statement(
        found.account, found.owner, found.currency, date, found.opening, found.closing, found.movements
    )


def period(
    sql: Sql, account: str, first: str, last: str, *, after: int = 0, limit: int = _ALL
) -> Period | None:
    """Return at most `limit` movements of a period, those with numbers above `after`; None if it is unknown."""
    row = sql.execute("SELECT owner, currency FROM account WHERE id = ?", (account,)).fetchone()
    if row is None:
        return None
    number = account_number(sql, account)
    begins, ends = entries_before(sql, "date", first), entries_until(sql, "date", last)
    opening = _balance_on(sql, number, begins, _date_of(sql, begins - 1))
    closing = _balance_on(sql, number, ends, last)
    if number is None:
        movements = []
    else:
        # The entry that begins the first date may have movements of it.
        _, before = booked_until(sql, begins - 1)
        _, until = booked_until(sql, ends)
        movements = _movements(sql, number, (first, last), (max(before, after), until), limit)
    page = after_page(movements, limit)
    return Period(account, row[0], row[1], first, last, opening, closing, tuple(movements), page)


def after_page(movements: list[Movement], limit: int) -> int | None:
    """Return the number from which the next page goes on, or None when this one is not full."""
    return movements[-1].number if len(movements) == limit else None


def _date_of(sql: Sql, entry: int) -> str:
    row = sql.execute("SELECT date FROM entry WHERE number = ?", (entry,)).fetchone()
    return row[0] if row else ""


def _movements(
    sql: Sql, account: int, dates: tuple[str, str], numbers: tuple[int, int], limit: int
) -> list[Movement]:
    """Return the first movements of an account with numbers above the first and up to the second of `numbers`."""
    payments, _ = booked_until(sql, entries_until(sql, "movements", numbers[0]))
    bounds = (*numbers, *dates, limit)
    rows = sql.execute(
        f"SELECT * FROM ({_BOOKED}) AS booked UNION ALL SELECT * FROM ({_PAID}) AS paid"
        f" UNION ALL SELECT * FROM ({_RECEIVED}) AS received ORDER BY 1 LIMIT ?",
        (account, *bounds, *2 * (account, payments, *bounds), limit),
    )
    return [Movement(*row) for row in rows]


def _balance_on(sql: Sql, account: int | None, entries: int, date: str) -> int:
    """Return what an account held after so many entries, of a later one's movements those until a date."""
    return balance_after(sql, account, booked_until(sql, entries), date)


def balance_after(sql: Sql, account: int | None, counts: tuple[int, int], date: str = "9999-12-31") -> int:
    """Return what an account held after so many payments and movements, those until a business date."""
    payments, movements = counts
    row = sql.execute(
        "SELECT * FROM (SELECT number, balance FROM booking WHERE account = ? AND number <= ? AND date <= ?"
        "  ORDER BY number DESC LIMIT 1) AS booked"
        " UNION ALL SELECT * FROM (SELECT movement, debtor_balance FROM payment_row"
        "  WHERE debtor = ? AND movement IS NOT NULL AND number < ? ORDER BY number DESC LIMIT 1) AS paid"
        " UNION ALL SELECT * FROM (SELECT movement + 1, creditor_balance FROM payment_row"
        "  WHERE creditor = ? AND movement IS NOT NULL AND number < ? ORDER BY number DESC LIMIT 1) AS received"
        " ORDER BY 1 DESC LIMIT 1",
        (account, movements, date, *2 * (account, payments)),
    ).fetchone()
    return row[1] if row else 0


def accounts(sql: Sql) -> list[str]:
    """Name all settlement accounts, in order."""
    return [row[0] for row in sql.execute("SELECT id FROM account WHERE kind = 'settlement' ORDER BY id")]
