"""What waits, in which order and within which limits: how payments stand in the queues of their accounts.

`payment_terms` has a row for each payment that ever waited, or said more than what is paid, when, to whom; `part`
one for each part that settled, with the number of the last cycle that had run by then. What has been used of a
limit is counted as the rules count it. Amounts are minor units, times UTC microseconds.
"""

from typing import Final

import msgspec

from mufakat.model import event as e
from mufakat.model import queueing as q
from mufakat.model.command import PaymentOrder
from mufakat.model.queueing import Priority
from mufakat.projections.dialect import Sql
from mufakat.projections.rows import PART_SETTLED, Entry, Fold

TABLES: Final = """
CREATE TABLE payment_terms (
    payment INTEGER PRIMARY KEY, priority INTEGER NOT NULL, earliest_us INTEGER NOT NULL,
    latest_us INTEGER NOT NULL, divisible INTEGER NOT NULL, paid INTEGER NOT NULL, place INTEGER NOT NULL
);
CREATE INDEX payment_terms_by_place ON payment_terms (place);
CREATE TABLE part (
    payment INTEGER NOT NULL, entry INTEGER NOT NULL, cycle INTEGER NOT NULL, amount INTEGER NOT NULL
);
CREATE INDEX part_by_payment ON part (payment);
CREATE TABLE payment_limit (
    account TEXT NOT NULL, counterparty TEXT NOT NULL, most INTEGER NOT NULL, used INTEGER NOT NULL,
    date TEXT NOT NULL, PRIMARY KEY (account, counterparty)
);
CREATE TABLE bypass (account TEXT PRIMARY KEY);
CREATE TABLE resolution (
    number INTEGER PRIMARY KEY,
    entry INTEGER NOT NULL, at_us INTEGER NOT NULL, date TEXT NOT NULL, currency TEXT NOT NULL,
    payments INTEGER NOT NULL, amount INTEGER NOT NULL, waiting INTEGER NOT NULL
);
"""
_RESOLUTION: Final = "entry, at_us, date, currency, payments, amount, waiting"
_INSERT: Final = (
    "INSERT INTO payment_terms (payment, priority, earliest_us, latest_us, divisible, paid, place)"
    " VALUES (?, ?, ?, ?, ?, 0, ?)"
)


class Waiting(msgspec.Struct, frozen=True):
    """A payment that waits. `place`: 1 for the first of its account's queue; 0 for one that is not queued yet.

    `paid`: what has settled in parts. `earliest_us`, `latest_us`: 0 for none. `divisible` is 0 or 1.
    """

    uetr: str
    debtor_agent: str
    creditor_agent: str
    currency: str
    amount: int
    paid: int
    status: str
    place: int
    priority: str
    value_date: str
    channel: str
    earliest_us: int
    latest_us: int
    divisible: int


class LimitView(msgspec.Struct, frozen=True):
    """A limit of an account's normal payments. `counterparty`: a BIC, or empty: all others together.

    `used`: paid less received on the latest business date; negative when more was received.
    """

    account: str
    counterparty: str
    most: int
    used: int


class ResolutionView(msgspec.Struct, frozen=True):
    """One time the queues of a currency were looked through: what settled together, and how many waited on."""

    entry: int
    at_us: int
    date: str
    currency: str
    payments: int
    amount: int
    waiting: int


def waiting(sql: Sql, *, agent: str | None = None, currency: str | None = None) -> list[Waiting]:
    """Return what waits, queue by queue in the order in which it will be looked at, then what is not queued yet."""
    rows = sql.execute(
        "SELECT p.uetr, p.debtor_agent, p.creditor_agent, p.currency, p.amount, t.paid, p.status,"
        " CASE p.status WHEN 'queued' THEN row_number() OVER"
        "  (PARTITION BY p.status, p.debtor_agent, p.currency ORDER BY t.priority DESC, t.place) ELSE 0 END,"
        " t.priority, p.value_date, p.channel, t.earliest_us, t.latest_us, t.divisible"
        " FROM payment_row r JOIN payment p ON p.arrival = r.number JOIN payment_terms t ON t.payment = r.number"
        " WHERE r.status IN ('queued', 'accepted')"
        " AND p.debtor_agent = coalesce(?1, p.debtor_agent) AND p.currency = coalesce(?2, p.currency)"
        " ORDER BY p.status DESC, p.currency, p.debtor_agent, 8, p.arrival",
        (agent, currency),
    )
    return [Waiting(*(*row[:8], named(row[8]), *row[9:])) for row in rows]


def named(priority: int) -> str:
    """Name a priority as people write it."""
    return Priority(priority).name.lower()


def limits(sql: Sql, *, agent: str | None = None) -> list[LimitView]:
    """Return the limits that are set, of one participant if named, in order of account and counterparty."""
    rows = sql.execute(
        "SELECT l.account, l.counterparty, l.most,"
        " CASE l.date WHEN (SELECT date FROM day ORDER BY number DESC LIMIT 1) THEN l.used ELSE 0 END"
        " FROM payment_limit l JOIN account a ON a.id = l.account WHERE a.owner = coalesce(?1, a.owner)"
        " ORDER BY l.account, l.counterparty",
        (agent,),
    )
    return [LimitView(*row) for row in rows]


def bypasses(sql: Sql, *, agent: str | None = None) -> list[str]:
    """Name the accounts whose payments may pass others, of one participant if named, in order."""
    rows = sql.execute(
        "SELECT account FROM bypass JOIN account ON id = account WHERE owner = coalesce(?1, owner)"
        " ORDER BY account",
        (agent,),
    )
    return [row[0] for row in rows]


def resolutions(sql: Sql, date: str | None = None) -> list[ResolutionView]:
    """Return each time queues were looked through, in order; of one business date if named."""
    query = f"SELECT {_RESOLUTION} FROM resolution WHERE date = coalesce(?1, date) ORDER BY number"
    return [ResolutionView(*row) for row in sql.execute(query, (date,))]


def arrived(fold: Fold, payment: int, order: PaymentOrder) -> None:
    """Note what a payment that did not settle on entry says of its way through the queue."""
    _said(fold, payment, order, _next_place(fold))


def said(fold: Fold, payment: int, order: PaymentOrder) -> None:
    """Note what a payment said that settled on entry, if it said more than what is paid."""
    _said(fold, payment, order, 0)


def _said(fold: Fold, payment: int, order: PaymentOrder, place: int) -> None:
    times = order.earliest_us, order.latest_us
    fold.sql.execute(_INSERT, (payment, int(order.priority), *times, int(order.divisible), place))


def _next_place(fold: Fold) -> int:
    fold.places += 1
    return fold.places


def queued(fold: Fold, payment: int) -> None:
    """Note that a payment that waited is the last in its queue."""
    fold.sql.execute("UPDATE payment_terms SET place = ? WHERE payment = ?", (_next_place(fold), payment))


def counted(fold: Fold, payment: int, debit: str, credit: str, amount: int) -> None:
    """Count a settled payment towards the limits of both sides, when it is a normal one."""
    if debit not in fold.limited and credit not in fold.limited:
        return
    row = fold.sql.execute("SELECT priority FROM payment_terms WHERE payment = ?", (payment,)).fetchone()
    if row is not None and row[0]:
        return
    _count(fold, debit, credit, amount)


def returned(fold: Fold, event: e.PaymentReturned) -> None:
    """Count what is given back towards the limits of both sides, of who gives it back up to its limit."""
    if event.debit in fold.limited or event.credit in fold.limited:
        _count(fold, event.debit, event.credit, event.amount)
        fold.sql.execute(
            "UPDATE payment_limit SET used = most WHERE account = ? AND used > most", (event.debit,)
        )


def _count(fold: Fold, debit: str, credit: str, amount: int) -> None:
    """Add to what both sides have used; of payments that settle together the net alone is within the limit."""
    for account, other, net in ((debit, credit, amount), (credit, debit, -amount)):
        bank = other.split("/")[1]
        fold.sql.execute(
            "UPDATE payment_limit SET used = CASE date WHEN ?1 THEN used ELSE 0 END + ?2, date = ?1"
            " WHERE account = ?3 AND counterparty = (SELECT max(counterparty) FROM payment_limit"
            "  WHERE account = ?3 AND counterparty IN (?4, ''))",
            (fold.date, net, account, bank),
        )


def netted(fold: Fold, payment: int) -> None:
    """Count a payment that a cycle settles towards the limits of both sides."""
    if fold.limited:
        row = fold.sql.execute(
            "SELECT d.id, c.id, p.amount - t.paid FROM payment_row p JOIN payment_terms t ON t.payment = p.number"
            " JOIN account_name d ON d.number = p.debtor JOIN account_name c ON c.number = p.creditor"
            " WHERE p.number = ?",
            (payment,),
        ).fetchone()
        assert row is not None, "what a cycle settles has waited"
        counted(fold, payment, *row)


def part_settled(fold: Fold, entry: Entry, event: q.PaymentPartSettled) -> None:
    """Move a part of the money; the rest waits on."""
    payment = fold.payment(event.uetr)
    fold.sql.execute("UPDATE payment_terms SET paid = paid + ? WHERE payment = ?", (event.amount, payment))
    fold.sql.execute(
        "INSERT INTO part (payment, entry, cycle, amount) SELECT ?, ?, coalesce(max(cycle), 0), ? FROM certified",
        (payment, entry.number, event.amount),
    )
    fold.sql.execute("UPDATE payment_row SET changed = ? WHERE number = ?", (entry.number, payment))
    fold.step(entry, payment, PART_SETTLED)
    fold.transfer(entry, event.debit, event.credit, event.amount, "payment", event.uetr)
    counted(fold, payment, event.debit, event.credit, event.amount)


def amended(fold: Fold, entry: Entry, event: q.PaymentAmended) -> None:
    """Change priority and latest time; of another priority, a payment is the last."""
    payment = fold.payment(event.uetr)
    row = fold.sql.execute(
        "SELECT priority, place FROM payment_terms WHERE payment = ?", (payment,)
    ).fetchone()
    assert row is not None, "what is amended waits"
    place = row[1] if row[0] == int(event.priority) else _next_place(fold)
    fold.sql.execute(
        "UPDATE payment_terms SET priority = ?, latest_us = ?, place = ? WHERE payment = ?",
        (int(event.priority), event.latest_us, place, payment),
    )


def resolved(fold: Fold, entry: Entry, event: q.QueuesResolved) -> None:
    """Note the run and what came of it."""
    amount = sum(each[3] for each in event.payments)
    fold.sql.execute(
        f"INSERT INTO resolution ({_RESOLUTION}) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (entry.number, entry.at_us, fold.date, event.currency, len(event.payments), amount, event.left),
    )


def bypass_allowed(fold: Fold, entry: Entry, event: q.BypassAllowed) -> None:
    """Note whether payments of an account may pass others."""
    if event.allowed:
        fold.sql.execute("INSERT INTO bypass VALUES (?)", (event.account,))
    else:
        fold.sql.execute("DELETE FROM bypass WHERE account = ?", (event.account,))


def limited(fold: Fold, entry: Entry, event: q.PaymentsLimited) -> None:
    """Set, change or take away a limit."""
    key = event.account, event.counterparty or ""
    if event.limit is None:
        fold.sql.execute("DELETE FROM payment_limit WHERE account = ? AND counterparty = ?", key)
        left = fold.sql.execute("SELECT 1 FROM payment_limit WHERE account = ?", key[:1]).fetchone()
        if left is None:
            fold.limited.discard(event.account)
        return
    fold.limited.add(event.account)
    fold.sql.execute(
        "INSERT INTO payment_limit VALUES (?, ?, ?, 0, ?)"
        " ON CONFLICT (account, counterparty) DO UPDATE SET most = excluded.most",
        (*key, event.limit, fold.date),
    )
