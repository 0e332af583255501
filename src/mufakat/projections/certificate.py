"""The certificates of each cycle, the items that they were made of, and which members signed, with each entry.

Amounts are minor units, dates ISO 8601, times UTC microseconds.
"""

import json
from collections.abc import Callable
from typing import Any, Final

import msgspec

from mufakat.model import event as e
from mufakat.model.certificate import CycleItem, Leaf
from mufakat.model.plain import plain
from mufakat.projections.dialect import Sql
from mufakat.projections.lookup import number_of
from mufakat.projections.rules import Place

TABLES: Final = """
CREATE TABLE certified (
    cycle INTEGER PRIMARY KEY, root BLOB NOT NULL, leaves INTEGER NOT NULL, date TEXT NOT NULL,
    entry INTEGER NOT NULL, attested INTEGER
);
CREATE TABLE certificate (
    cycle INTEGER NOT NULL, place INTEGER NOT NULL, holder TEXT NOT NULL, currency TEXT NOT NULL,
    leaf TEXT NOT NULL, PRIMARY KEY (cycle, place)
);
CREATE TABLE cycle_item (
    cycle INTEGER NOT NULL, kind INTEGER NOT NULL, id TEXT NOT NULL, payer TEXT NOT NULL, payee TEXT NOT NULL,
    currency TEXT NOT NULL, set_off INTEGER NOT NULL, netted INTEGER NOT NULL, left_out INTEGER NOT NULL,
    why INTEGER NOT NULL, PRIMARY KEY (cycle, kind, id)
);
CREATE TABLE cycle_signature (
    cycle INTEGER NOT NULL, member TEXT NOT NULL, entry INTEGER NOT NULL, at_us INTEGER NOT NULL,
    PRIMARY KEY (cycle, member)
);
"""


class CertifiedView(msgspec.Struct, frozen=True):
    """A cycle's root, and how many certificates are under it. `entry` ran the cycle.

    `attested`: the entry whose signature made the quorum, or None while it is missing.
    """

    cycle: int
    root: bytes
    leaves: int
    date: str
    entry: int
    attested: int | None


class SignatureView(msgspec.Struct, frozen=True):
    """A member that signed a cycle's root, and the entry of its command."""

    member: str
    entry: int
    at_us: int


def _certified(sql: Sql, at: Place, event: e.CycleCertified) -> None:
    row = (event.cycle, event.root, len(event.leaves), at.date, at.entry)
    sql.execute("INSERT INTO certified VALUES (?, ?, ?, ?, ?, NULL)", row)
    # As text: the sums have no upper bound, the integers of SQL have one.
    sql.executemany(
        "INSERT INTO certificate VALUES (?, ?, ?, ?, ?)",
        [
            (event.cycle, place, leaf.holder, leaf.currency, json.dumps(plain(leaf)))
            for place, leaf in enumerate(event.leaves)
        ],
    )
    sql.executemany(
        "INSERT INTO cycle_item VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(event.cycle, *msgspec.structs.astuple(item)) for item in event.items],
    )


def _signed(sql: Sql, at: Place, event: e.CycleSigned) -> None:
    row = (event.cycle, event.member, at.entry, at.at_us)
    sql.execute("INSERT INTO cycle_signature VALUES (?, ?, ?, ?)", row)


def _attested(sql: Sql, at: Place, event: e.CycleAttested) -> None:
    sql.execute("UPDATE certified SET attested = ? WHERE cycle = ?", (at.entry, event.cycle))


# A fold takes the event type of its own row; a literal dictionary cannot say that of each row.
FOLDS: Final[dict[type, Callable[[Sql, Place, Any], None]]] = {
    e.CycleCertified: _certified,
    e.CycleSigned: _signed,
    e.CycleAttested: _attested,
}


def certified(sql: Sql, cycle: int) -> CertifiedView | None:
    """Return the root of a cycle and how it stands, or None when no such cycle has run."""
    row = sql.execute("SELECT * FROM certified WHERE cycle = ?", (cycle,)).fetchone()
    return CertifiedView(*row) if row else None


def signatures(sql: Sql, cycle: int) -> list[SignatureView]:
    """Return who signed a cycle, in the order in which they did."""
    query = "SELECT member, entry, at_us FROM cycle_signature WHERE cycle = ? ORDER BY entry"
    return [SignatureView(*row) for row in sql.execute(query, (cycle,))]


def leaves(sql: Sql, cycle: int) -> list[Leaf]:
    """Return the certificates of a cycle in their order in the tree."""
    rows = sql.execute("SELECT leaf FROM certificate WHERE cycle = ? ORDER BY place", (cycle,))
    return [msgspec.convert(json.loads(text), Leaf) for (text,) in rows]


def items(sql: Sql, cycle: int) -> list[CycleItem]:
    """Return all that a cycle took up, payments first, in order of identifier."""
    rows = sql.execute(
        "SELECT kind, id, payer, payee, currency, set_off, netted, left_out, why FROM cycle_item"
        " WHERE cycle = ? ORDER BY kind, id",
        (cycle,),
    )
    return [msgspec.convert(row, CycleItem) for row in rows]


def sponsors(sql: Sql) -> dict[str, str]:
    """Return the member that sponsors each participant."""
    return dict(sql.execute("SELECT bic, sponsor FROM participant ORDER BY bic").fetchall())


def postings(sql: Sql, entry: int) -> list[tuple[str, str, str, int, str]]:
    """Return what the cycle of an entry posted to settlement accounts.

    Of each posting (participant, currency, kind, amount, counterparty).
    """
    rows = sql.execute(
        "SELECT owner, account.currency, booking.kind, amount, counterparty"
        " FROM booking JOIN account_name ON account_name.number = account JOIN account USING (id)"
        " WHERE entry = ? AND account.kind = 'settlement'"
        " AND booking.kind IN ('cycle', 'swing drawn', 'swing repaid') ORDER BY booking.number",
        (entry,),
    )
    return list(rows)


def amounts_that_differ(sql: Sql, cycle: int) -> list[str]:
    """Name each item of a cycle whose amounts are not the rest of its payment, or more than its obligation."""
    taken = sql.execute(
        "SELECT id, netted + left_out FROM cycle_item WHERE cycle = ? AND kind = 0 ORDER BY id", (cycle,)
    ).fetchall()
    owed = sql.execute(
        "SELECT cycle_item.id FROM cycle_item LEFT JOIN obligation ON obligation.id = cycle_item.id"
        " WHERE cycle_item.cycle = ? AND kind = 1"
        " AND coalesce(amount, 0) < cycle_item.set_off + netted + left_out ORDER BY cycle_item.id",
        (cycle,),
    )
    names = [name for name, amount in taken if amount != _rest(sql, name, cycle)] + [name for (name,) in owed]
    return [f"{name}: what the cycle did with it does not fit its amount" for name in names]


def _rest(sql: Sql, uetr: str, cycle: int) -> int | None:
    """Return what of a payment had not settled in parts before a cycle; None of one that nobody knows."""
    row = sql.execute(
        "SELECT amount - coalesce((SELECT sum(part.amount) FROM part WHERE part.payment = p.number"
        " AND part.cycle < ?), 0) FROM payment_row p WHERE p.number = ?",
        (cycle, number_of(sql, uetr)),
    ).fetchone()
    return row[0] if row else None
