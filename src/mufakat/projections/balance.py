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
    rows = sql.execute(
        "SELECT a.id, a.kind, a.owner, a.currency, a.balance, a.credit_limit, a.reserved, a.closed,"
        " coalesce(q.n, 0), coalesce(q.total, 0)"
        " FROM account a LEFT JOIN (SELECT debtor_agent, currency, count(*) n, sum(amount) total"
        "  FROM payment WHERE status = 'queued' GROUP BY 1, 2) q"
        " ON a.kind = 'settlement' AND q.debtor_agent = a.owner AND q.currency = a.currency"
        " WHERE (?1 IS NULL OR a.owner = ?1) AND (?2 IS NULL OR a.currency = ?2)"
        " ORDER BY a.currency, a.kind, a.owner",
        (owner, currency),
    )
    return [Position(*row) for row in rows]


def debts_between_members(sql: sqlite3.Connection) -> list[Debt]:
    """Return what firms of each member owe firms of each member: as registered, and what is still open.

    Obligations that a debtor has not accepted, or disputes, are not counted.
    """
    rows = sql.execute(
        "SELECT d.sponsor, c.sponsor, o.currency, sum(o.amount), sum(o.open) FROM obligation o"
        " JOIN participant d ON d.bic = o.debtor_agent JOIN participant c ON c.bic = o.creditor_agent"
        " WHERE o.status NOT IN ('registered', 'disputed') GROUP BY 1, 2, 3 ORDER BY 3, 1, 2"
    )
    return [Debt(*row) for row in rows]
