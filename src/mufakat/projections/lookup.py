"""Where things stand in the views: the numbers of payments, entries and accounts, from what people call them.

Identifiers that nobody can foresee are indexed in slices of so many rows each: only the newest slice grows, so that
writing costs the same however long the history is. A look-up goes through the slices. Entries follow
each other in number, log time, business date, payments and movements alike: each is found by halving.
"""

import bisect
from collections.abc import Callable, Iterator
from typing import Any, Final

from mufakat.model import identifier
from mufakat.projections.dialect import Sql

SLICE: Final = 131_072
"""Rows of one slice of an index; a constant of the tables."""


def number_of(sql: Sql, uetr: str) -> int | None:
    """Return the number of the payment with a UETR, or None when the log knows none; newest slice first."""
    known = identifier.uetr(uetr)
    if known is None:
        return None
    packed = bytes.fromhex(known.replace("-", ""))
    return next(_found(sql, "payment_row", "uetr", packed, newest_first=True), None)


def entry_of(sql: Sql, digest: bytes) -> int | None:
    """Return the number of the first entry whose command has this SHA-256, or None."""
    return next(_found(sql, "entry", "digest", digest, newest_first=False), None)


def _found(sql: Sql, table: str, column: str, value: bytes, *, newest_first: bool) -> Iterator[int]:
    """Give the first row with a value of each slice that has one."""
    (last,) = sql.execute(f"SELECT coalesce(max(number), -1) FROM {table}").fetchone()
    slices = range(last // SLICE + 1)
    query = f"SELECT number FROM {table} WHERE number / {SLICE} = ? AND {column} = ?"
    for at in reversed(slices) if newest_first else slices:
        numbers = [number for (number,) in sql.execute(query, (at, value))]
        if numbers:
            yield min(numbers)


def account_number(sql: Sql, account: str) -> int | None:
    """Return the number of an account, or None when no entry names it."""
    row: tuple[int] | None = sql.execute(
        "SELECT number FROM account_name WHERE id = ?", (account,)
    ).fetchone()
    return row[0] if row else None


def entries_until(sql: Sql, column: str, value: int | str) -> int:
    """Count the entries whose `column` (at_us, date, payments or movements) is at most `value`."""
    return bisect.bisect_right(range(entries(sql)), value, key=_of_entry(sql, column))


def entries_before(sql: Sql, column: str, value: int | str) -> int:
    """Count the entries whose `column` (at_us, date, payments or movements) is below `value`."""
    return bisect.bisect_left(range(entries(sql)), value, key=_of_entry(sql, column))


def entries(sql: Sql) -> int:
    """Count the entries that are folded in."""
    count: int = sql.execute("SELECT coalesce(max(number), -1) + 1 FROM entry").fetchone()[0]
    return count


def _of_entry(sql: Sql, column: str) -> Callable[[int], Any]:
    query = f"SELECT {column} FROM entry WHERE number = ?"
    return lambda number: sql.execute(query, (number,)).fetchone()[0]


def booked_until(sql: Sql, count: int) -> tuple[int, int]:
    """Return how many payments and movements the first `count` entries brought."""
    row = sql.execute("SELECT payments, movements FROM entry WHERE number = ?", (count - 1,)).fetchone()
    return (row[0], row[1]) if row else (0, 0)
