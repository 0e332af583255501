"""Statements: the movements of one account, each with the balance after it."""

import msgspec

from mufakat.projections.dialect import Sql


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


def statement(sql: Sql, account: str, date: str | None = None) -> Statement | None:
    """Return the statement of `account` for a business date (the latest if None); None if it is unknown."""
    row = sql.execute("SELECT owner, currency FROM account WHERE id = ?", (account,)).fetchone()
    if row is None:
        return None
    if date is None:
        date = sql.execute("SELECT coalesce(max(date), '0001-01-01') FROM day").fetchone()[0]
    rows = sql.execute(
        "SELECT number, at_us, date, amount, balance, kind, reference, counterparty FROM movement"
        " WHERE account = ? AND date = ? ORDER BY number",
        (account, date),
    )
    movements = tuple(Movement(*each) for each in rows)
    before = sql.execute(
        "SELECT balance FROM movement WHERE account = ? AND date < ? ORDER BY number DESC LIMIT 1",
        (account, date),
    ).fetchone()
    opening = before[0] if before else 0
    closing = movements[-1].balance if movements else opening
    return Statement(account, row[0], row[1], str(date), opening, closing, movements)


def accounts(sql: Sql) -> list[str]:
    """Name all settlement accounts, in order."""
    return [row[0] for row in sql.execute("SELECT id FROM account WHERE kind = 'settlement' ORDER BY id")]
