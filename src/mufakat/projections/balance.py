"""Positions: what each account holds and may use, and what each member owes and is owed."""

from collections.abc import Iterable

import msgspec

from mufakat.projections.dialect import Sql
from mufakat.projections.exchanges import offered_on
from mufakat.projections.lookup import booked_until
from mufakat.projections.statement import balance_after


class Position(msgspec.Struct, frozen=True):
    """One account as its owner sees it. Amounts are minor units; `closed` is 0 or 1.

    `offered`: what open quotes of its owner promise. `earmarked`: reserved for payments to be posted.
    """

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
    offered: int = 0
    earmarked: int = 0

    @property
    def available(self) -> int:
        """What a gross payment may use."""
        return self.balance + self.limit - self.reserved - self.offered - self.earmarked


class Holding(msgspec.Struct, frozen=True):
    """What an account held at some entry of the log, in minor units."""

    account: str
    kind: str
    owner: str
    currency: str
    balance: int


class OpenDebt(msgspec.Struct, frozen=True):
    """An accepted obligation that was owed on a business date: minor units before the date's cycles and after.

    `debtor`, `creditor`: the members whose firms they are. `status`: as it stands now.
    """

    currency: str
    debtor: str
    creditor: str
    due: str
    before: int
    after: int
    status: str


class Debt(msgspec.Struct, frozen=True):
    """What the firms of one member owe the firms of another in one currency. Minor units."""

    debtor: str
    creditor: str
    currency: str
    before: int
    after: int


def positions(sql: Sql, *, owner: str | None = None, currency: str | None = None) -> list[Position]:
    """Return positions in order of currency, kind and owner, for one owner or currency if named."""
    waiting: dict[str, tuple[int, int]] = {}
    # Added up here: sums of the largest amounts are more than SQLite's 64 bits hold.
    for account, amount in sql.execute(
        "SELECT d.id, p.amount - t.paid FROM payment_row p JOIN payment_terms t ON t.payment = p.number"
        " JOIN account_name d ON d.number = p.debtor WHERE p.status = 'queued'"
    ):
        count, total = waiting.get(account, (0, 0))
        waiting[account] = (count + 1, total + amount)
    promised = offered_on(sql)
    earmarked: dict[str, int] = {}
    for account, amount in sql.execute(
        "SELECT d.id, p.amount FROM payment_row p JOIN account_name d ON d.number = p.debtor"
        " WHERE p.status = 'reserved'"
    ):
        earmarked[account] = earmarked.get(account, 0) + amount
    rows = sql.execute(
        "SELECT id, kind, owner, currency, balance, credit_limit, reserved, closed FROM account"
        " WHERE owner = coalesce(?1, owner) AND currency = coalesce(?2, currency)"
        " ORDER BY currency, kind, owner",
        (owner, currency),
    )
    return [
        Position(*(*row, *waiting.get(row[0], (0, 0)), promised.get(row[0], 0), earmarked.get(row[0], 0)))
        for row in rows
    ]


def held_after(
    sql: Sql, entries: int, *, owner: str | None = None, currency: str | None = None
) -> list[Holding]:
    """Return what each account held after so many entries, in the order of `positions`: its last movement says it.

    An account that was opened later, or has never moved, held nothing.
    """
    counts = booked_until(sql, entries)
    rows = sql.execute(
        "SELECT a.id, a.kind, a.owner, a.currency, n.number FROM account a LEFT JOIN account_name n ON n.id = a.id"
        " WHERE a.owner = coalesce(?1, a.owner) AND a.currency = coalesce(?2, a.currency)"
        " ORDER BY a.currency, a.kind, a.owner",
        (owner, currency),
    ).fetchall()
    return [
        Holding(account, kind, whose, of, balance_after(sql, number, counts))
        for account, kind, whose, of, number in rows
    ]


def owners(sql: Sql) -> list[str]:
    """Name all who have an account, members first, in order."""
    return [
        row[0] for row in sql.execute("SELECT owner FROM account GROUP BY 1 ORDER BY length(owner), owner")
    ]


def currencies(sql: Sql) -> list[str]:
    """Name all currencies in which there are accounts, in order."""
    return [row[0] for row in sql.execute("SELECT currency FROM account GROUP BY 1 ORDER BY 1")]


def participants(sql: Sql) -> list[str]:
    """Name all participants, in order."""
    return [row[0] for row in sql.execute("SELECT bic FROM participant ORDER BY bic")]


def takes_part(sql: Sql, bic: str) -> bool:
    """Tell whether a bank with this BIC takes part."""
    return sql.execute("SELECT 1 FROM participant WHERE bic = ?", (bic,)).fetchone() is not None


def is_enrolled(sql: Sql, firm: str) -> bool:
    """Tell whether a participant has enrolled a firm with this LEI."""
    return sql.execute("SELECT 1 FROM firm WHERE lei = ?", (firm,)).fetchone() is not None


def open_debts(sql: Sql, date: str) -> list[OpenDebt]:
    """Return what was owed on a business date, in order of the dates of registration, then of identifiers.

    Obligations that a debtor has not accepted, or disputes, are not counted.
    """
    rows = sql.execute(
        "SELECT o.currency, d.sponsor, c.sponsor, o.due, o.amount - coalesce(gone.before, 0),"
        " o.amount - coalesce(gone.through, 0), o.status FROM obligation o"
        " JOIN participant d ON d.bic = o.debtor_agent JOIN participant c ON c.bic = o.creditor_agent"
        " LEFT JOIN (SELECT obligation,"
        "   sum(CASE WHEN date < ?1 THEN amount ELSE 0 END) AS before,"
        "   sum(CASE WHEN date <= ?1 THEN amount ELSE 0 END) AS through"
        "   FROM discharge GROUP BY obligation) gone ON gone.obligation = o.id"
        " WHERE o.accepted <= ?1 AND o.amount > coalesce(gone.before, 0) ORDER BY o.registered, o.id",
        (date,),
    )
    return [OpenDebt(*row) for row in rows]


def debts_between_members(debts: Iterable[OpenDebt]) -> list[Debt]:
    """Add up what firms of each member owe firms of each member."""
    sums: dict[tuple[str, str, str], tuple[int, int]] = {}
    for each in debts:
        key = (each.currency, each.debtor, each.creditor)
        before, after = sums.get(key, (0, 0))
        sums[key] = (before + each.before, after + each.after)
    return [
        Debt(debtor, creditor, currency, before, after)
        for (currency, debtor, creditor), (before, after) in sorted(sums.items())
    ]
