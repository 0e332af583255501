"""Positions: what each account holds and may use, and what each member owes and is owed."""

import sqlite3

import msgspec


class Position(msgspec.Struct, frozen=True):
    """One account as its owner sees it. Amounts are minor units; `closed` is 0 or 1."""

    account: str
    kind: str
    owner: str
    currency: str
    balance: int
    limit: int
    reserved: int
    closed: int
    queued: int
    queued_amount: int

    @property
    def available(self) -> int:
        """What a gross payment may use."""
        return self.balance + self.limit - self.reserved


class Debt(msgspec.Struct, frozen=True):
    """What the firms of one member owe the firms of another in one currency. Minor units."""

    debtor: str
    creditor: str
    currency: str
    before: int
    after: int


def positions(
    sql: sqlite3.Connection, *, owner: str | None = None, currency: str | None = None
) -> list[Position]:
    """Return positions in order of currency, kind and owner, for one owner or currency if named."""
    waiting: dict[str, tuple[int, int]] = {}
    # Added up here: sums of the largest amounts are more than SQLite's 64 bits hold.
    for account, amount in sql.execute(
        "SELECT 'settlement/' || debtor_agent || '/' || currency, amount FROM payment WHERE status = 'queued'"
    ):
        count, total = waiting.get(account, (0, 0))
        waiting[account] = (count + 1, total + amount)
    rows = sql.execute(
        "SELECT id, kind, owner, currency, balance, credit_limit, reserved, closed FROM account"
        " WHERE (?1 IS NULL OR owner = ?1) AND (?2 IS NULL OR currency = ?2)"
        " ORDER BY currency, kind, owner",
        (owner, currency),
    )
    return [Position(*(*row, *waiting.get(row[0], (0, 0)))) for row in rows]


def debts_between_members(sql: sqlite3.Connection) -> list[Debt]:
    """Return what firms of each member owe firms of each member: as registered, and what is still open.

    Obligations that a debtor has not accepted, or disputes, are not counted.
    """
    sums: dict[tuple[str, str, str], tuple[int, int]] = {}
    for currency, debtor, creditor, amount, left in sql.execute(
        "SELECT o.currency, d.sponsor, c.sponsor, o.amount, o.open FROM obligation o"
        " JOIN participant d ON d.bic = o.debtor_agent JOIN participant c ON c.bic = o.creditor_agent"
        " WHERE o.status NOT IN ('registered', 'disputed')"
    ):
        before, after = sums.get((currency, debtor, creditor), (0, 0))
        sums[currency, debtor, creditor] = (before + amount, after + left)
    return [
        Debt(debtor, creditor, currency, before, after)
        for (currency, debtor, creditor), (before, after) in sorted(sums.items())
    ]
