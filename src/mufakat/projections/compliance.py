"""Cases, allowances and screenings as rows. Amounts are minor units, dates ISO 8601."""

import json
from typing import Any, Final

import msgspec

from mufakat.model.case import (
    AllowanceEnded,
    CaseDecided,
    CaseEscalated,
    Hold,
    NameAllowed,
    ObligationHeld,
    PaymentHeld,
    Rescreened,
    TradeRecordHeld,
)
from mufakat.model.verdict import Verdict
from mufakat.projections.dialect import Sql
from mufakat.projections.rows import Entry, Fold, open_account

TABLES: Final = """
CREATE TABLE screening (
    participant TEXT PRIMARY KEY, lists BLOB NOT NULL, evidence BLOB NOT NULL, entry INTEGER NOT NULL
);
CREATE TABLE compliance_case (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, item TEXT NOT NULL, participant TEXT NOT NULL,
    member TEXT NOT NULL, entries TEXT NOT NULL, lists BLOB NOT NULL, evidence BLOB NOT NULL, opened TEXT NOT NULL,
    deadline TEXT NOT NULL, status TEXT NOT NULL, blocked INTEGER NOT NULL, currency TEXT NOT NULL,
    escalated INTEGER NOT NULL, entry INTEGER NOT NULL
);
CREATE INDEX case_by_item ON compliance_case (item);
CREATE INDEX case_by_status ON compliance_case (status);
CREATE TABLE case_debt (number INTEGER PRIMARY KEY, held_case INTEGER NOT NULL, obligation TEXT NOT NULL,
    status TEXT NOT NULL);
CREATE INDEX case_debt_by_case ON case_debt (held_case);
CREATE TABLE case_decision (
    number INTEGER PRIMARY KEY, held_case INTEGER NOT NULL, verdict TEXT NOT NULL, reason TEXT NOT NULL,
    member TEXT NOT NULL, lists BLOB NOT NULL, evidence BLOB NOT NULL, date TEXT NOT NULL, entry INTEGER NOT NULL
);
CREATE INDEX case_decision_by_case ON case_decision (held_case);
CREATE TABLE allowance (
    participant TEXT NOT NULL, listed TEXT NOT NULL, customer BLOB NOT NULL, member TEXT NOT NULL,
    until TEXT NOT NULL, scope TEXT NOT NULL, reason TEXT NOT NULL, evidence BLOB NOT NULL, entry INTEGER NOT NULL,
    ended INTEGER, PRIMARY KEY (participant, listed, customer)
);
"""
_HOLDABLE: Final = "('registered', 'accepted', 'disputed', 'blocked')"
_OPEN_ELSEWHERE: Final = (
    "SELECT d.status FROM case_debt d JOIN compliance_case c ON c.number = d.held_case WHERE d.obligation = ?"
    " AND c.number <> ? AND c.status IN ('under review', 'confirmed') ORDER BY c.number LIMIT 1"
)
_ENCODE: Final = msgspec.msgpack.Encoder().encode
OPEN: Final = ("under review", "confirmed")
"""How a case stands whose item goes no further."""
_STATUS: Final = {Verdict.CLEAR: "cleared", Verdict.HIT: "confirmed", Verdict.RETURN: "returned"}


class CaseView(msgspec.Struct, frozen=True):
    """A case. `kind`: payment, obligation or trade record. `status`: under review, cleared, confirmed, returned."""

    number: int
    kind: str
    item: str
    participant: str
    member: str
    entries: tuple[str, ...]
    lists: bytes
    evidence: bytes
    opened: str
    deadline: str
    status: str
    blocked: int
    currency: str
    escalated: bool
    entry: int


class DecisionView(msgspec.Struct, frozen=True):
    """A decision of a case, in order."""

    verdict: str
    reason: str
    member: str
    lists: bytes
    evidence: bytes
    date: str
    entry: int


class AllowanceView(msgspec.Struct, frozen=True):
    """A customer, by the SHA-256 of its data, who passes an entry; `ended`: the log entry that ended it."""

    participant: str
    listed: str
    customer: bytes
    member: str
    until: str
    scope: str
    reason: str
    evidence: bytes
    entry: int
    ended: int | None


# -- folds ------------------------------------------------------------------------------------------------


def _opened(
    fold: Fold, entry: Entry, hold: Hold, kind: str, item: str, currency: str = "", blocked: int = 0
) -> None:
    fold.sql.execute(
        "INSERT INTO compliance_case (number, kind, item, participant, member, entries, lists, evidence, opened,"
        " deadline, status, blocked, currency, escalated, entry)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'under review', ?, ?, 0, ?)",
        (
            *(hold.case, kind, item, hold.participant, hold.member, json.dumps(hold.entries)),
            *(hold.screened.lists, hold.screened.evidence, fold.date, hold.deadline.isoformat()),
            *(blocked, currency, entry.number),
        ),
    )


def payment_held(fold: Fold, entry: Entry, event: PaymentHeld) -> None:
    """Open a payment's case and block its money; its own row is written by then."""
    payer, currency = _payer(fold, event.uetr)
    _opened(fold, entry, event.hold, "payment", event.uetr, currency, event.blocked)
    _block(fold, entry, event.hold.case, (payer, currency), event.blocked)


def _payer(fold: Fold, uetr: str) -> tuple[str, str]:
    """Return whose payment it is, and its currency; the entry under way is in no view yet."""
    payer, currency = fold.sql.execute(
        "SELECT a.holder, a.currency FROM payment_row p JOIN account_name a ON a.number = p.debtor"
        " WHERE p.number = ?",
        (fold.payment(uetr),),
    ).fetchone()
    return payer, currency


def _block(fold: Fold, entry: Entry, number: int, of: tuple[str, str], amount: int) -> None:
    """Move money of (bank, currency) to the blocked account, or, when negative, back."""
    settlement, blocked = (f"{kind}/{of[0]}/{of[1]}" for kind in ("settlement", "blocked"))
    if blocked not in fold.balances and amount:
        open_account(fold, blocked, of[0])
    if amount > 0:
        fold.transfer(entry, settlement, blocked, amount, "blocked", f"case {number}")
    elif amount < 0:
        fold.transfer(entry, blocked, settlement, -amount, "unblocked", f"case {number}")


def _obligation_held(fold: Fold, entry: Entry, event: ObligationHeld) -> None:
    _opened(fold, entry, event.hold, "obligation", event.id)
    _set_aside(fold, event.hold.case, (event.id,))


def _trade_record_held(fold: Fold, entry: Entry, event: TradeRecordHeld) -> None:
    _opened(fold, entry, event.hold, "trade record", event.item.id)
    _set_aside(fold, event.hold.case, event.item.obligations)


def _set_aside(fold: Fold, number: int, names: tuple[str, ...]) -> None:
    for name in names:
        earlier = fold.sql.execute(_OPEN_ELSEWHERE, (name, number)).fetchone()
        fold.sql.execute(
            "INSERT INTO case_debt (held_case, obligation, status) SELECT ?, id, coalesce(?, status)"
            f" FROM obligation WHERE id = ? AND status IN {_HOLDABLE}",
            (number, None if earlier is None else earlier[0], name),
        )
        fold.sql.execute(
            f"UPDATE obligation SET status = 'blocked' WHERE id = ? AND status IN {_HOLDABLE}", (name,)
        )


def _rescreened(fold: Fold, entry: Entry, event: Rescreened) -> None:
    fold.sql.execute("DELETE FROM screening WHERE participant = ?", (event.participant,))
    fold.sql.execute(
        "INSERT INTO screening (participant, lists, evidence, entry) VALUES (?, ?, ?, ?)",
        (event.participant, event.screened.lists, event.screened.evidence, entry.number),
    )


def decided(fold: Fold, entry: Entry, event: CaseDecided) -> str | None:
    """Write a decision down; returns the UETR of its payment, if it is one."""
    sql = fold.sql
    row = sql.execute(
        "SELECT kind, item, blocked, currency FROM compliance_case WHERE number = ?", (event.case,)
    ).fetchone()
    assert row is not None, "what is decided is a case"
    kind, item, blocked, currency = row
    sql.execute(
        "UPDATE compliance_case SET status = ?, blocked = ?, member = ? WHERE number = ?",
        (_STATUS[event.verdict], event.blocked, event.member, event.case),
    )
    sql.execute(
        "INSERT INTO case_decision (held_case, verdict, reason, member, lists, evidence, date, entry)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(event.case, event.verdict.name.lower(), event.reason, event.member),
            *(event.screened.lists, event.screened.evidence, fold.date, entry.number),
        ),
    )
    if event.verdict is Verdict.CLEAR:
        debts = sql.execute(
            "SELECT obligation, status FROM case_debt WHERE held_case = ? ORDER BY number", (event.case,)
        ).fetchall()
        for name, status in debts:
            if sql.execute(_OPEN_ELSEWHERE, (name, event.case)).fetchone() is None:
                sql.execute("UPDATE obligation SET status = ? WHERE id = ?", (status, name))
    if kind != "payment":
        return None
    payer, _ = _payer(fold, item)
    _block(fold, entry, event.case, (payer, currency), event.blocked - blocked)
    return str(item)


def _escalated(fold: Fold, _entry: Entry, event: CaseEscalated) -> None:
    fold.sql.execute("UPDATE compliance_case SET escalated = 1 WHERE number = ?", (event.case,))


def _allowed(fold: Fold, entry: Entry, event: NameAllowed) -> None:
    named = (event.participant, event.entry, event.customer)
    fold.sql.execute("DELETE FROM allowance WHERE participant = ? AND listed = ? AND customer = ?", named)
    fold.sql.execute(
        "INSERT INTO allowance (participant, listed, customer, member, until, scope, reason, evidence, entry,"
        " ended) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        (
            *(*named, event.member, event.until.isoformat(), event.scope.name.lower(), event.reason),
            *(event.screened.evidence, entry.number),
        ),
    )


def _ended(fold: Fold, entry: Entry, event: AllowanceEnded) -> None:
    fold.sql.execute(
        "UPDATE allowance SET ended = ? WHERE participant = ? AND listed = ? AND customer = ?",
        (entry.number, event.participant, event.entry, event.customer),
    )


FOLDS: Final[dict[type, Any]] = {
    ObligationHeld: _obligation_held,
    TradeRecordHeld: _trade_record_held,
    Rescreened: _rescreened,
    CaseEscalated: _escalated,
    NameAllowed: _allowed,
    AllowanceEnded: _ended,
}
"""Events that change nothing but what stands here; those of payments are folded with these."""


# -- readers ----------------------------------------------------------------------------------------------


def screened(sql: Sql, participant: str) -> bytes | None:
    """Return the digest of the lists that a participant last screened its open items against; None if never."""
    row = sql.execute("SELECT lists FROM screening WHERE participant = ?", (participant,)).fetchone()
    return None if row is None else bytes(row[0])


_CASE: Final = (
    "SELECT number, kind, item, participant, member, entries, lists, evidence, opened, deadline, status, blocked,"
    " currency, escalated, entry FROM compliance_case"
)


def cases(sql: Sql, status: str | None = None, participant: str | None = None) -> list[CaseView]:
    """Give the cases in order of number; of one status, or of one participant, where they are named."""
    rows = sql.execute(
        f"{_CASE} WHERE status = coalesce(?, status) AND participant = coalesce(?, participant) ORDER BY number",
        (status, participant),
    )
    return [_case(row) for row in rows]


def case_of(sql: Sql, number: int) -> CaseView | None:
    """Return a case, or None."""
    row = sql.execute(f"{_CASE} WHERE number = ?", (number,)).fetchone()
    return None if row is None else _case(row)


def open_case(sql: Sql, item: str) -> CaseView | None:
    """Return the case for which an item, by its name on the log, goes no further; None where there is none."""
    row = sql.execute(
        f"{_CASE} WHERE item = ? AND status IN ('under review', 'confirmed') ORDER BY number DESC LIMIT 1",
        (item,),
    ).fetchone()
    return None if row is None else _case(row)


def _case(row: tuple[Any, ...]) -> CaseView:
    values = list(row)
    values[5], values[13] = tuple(json.loads(row[5])), bool(row[13])
    return CaseView(*values)


def decisions(sql: Sql, number: int) -> list[DecisionView]:
    """Give the decisions of a case, in order."""
    rows = sql.execute(
        "SELECT verdict, reason, member, lists, evidence, date, entry FROM case_decision WHERE held_case = ?"
        " ORDER BY number",
        (number,),
    )
    return [DecisionView(*row) for row in rows]


def allowances(sql: Sql, participant: str) -> list[AllowanceView]:
    """Give a participant's allowances that nothing has ended, in order of entry and customer."""
    rows = sql.execute(
        "SELECT participant, listed, customer, member, until, scope, reason, evidence, entry, ended FROM allowance"
        " WHERE participant = ? AND ended IS NULL ORDER BY listed, customer",
        (participant,),
    )
    return [AllowanceView(*row) for row in rows]
