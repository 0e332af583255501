"""Swing lines: what is drawn, interest, charges, and how settlements paid them. Amounts are minor units."""

import json
from collections.abc import Callable
from typing import Any, Final

import msgspec

from mufakat.model import swing as s
from mufakat.projections.dialect import Sql
from mufakat.projections.rows import Entry, Fold, open_account

TABLES: Final = """
CREATE TABLE swing_terms (line TEXT PRIMARY KEY, tiers TEXT NOT NULL, day_count INTEGER NOT NULL);
CREATE TABLE swing_interest (
    line TEXT PRIMARY KEY, date TEXT NOT NULL, owed INTEGER NOT NULL, rest INTEGER NOT NULL,
    day_owed INTEGER NOT NULL, day_rest INTEGER NOT NULL
);
CREATE TABLE swing_settlement (
    number INTEGER PRIMARY KEY,
    date TEXT NOT NULL, debtor TEXT NOT NULL, creditor TEXT NOT NULL, currency TEXT NOT NULL,
    interest INTEGER NOT NULL, held INTEGER NOT NULL, set_off INTEGER NOT NULL, paid INTEGER NOT NULL,
    own TEXT NOT NULL, issued INTEGER NOT NULL, entry INTEGER NOT NULL
);
CREATE TABLE swing_position (
    member TEXT PRIMARY KEY, date TEXT NOT NULL, value INTEGER NOT NULL, total INTEGER NOT NULL,
    days INTEGER NOT NULL
);
CREATE TABLE swing_charge (
    number INTEGER PRIMARY KEY,
    date TEXT NOT NULL, member TEXT NOT NULL, total INTEGER NOT NULL, days INTEGER NOT NULL, quota INTEGER NOT NULL,
    currency TEXT NOT NULL, amount INTEGER NOT NULL, entry INTEGER NOT NULL
);
CREATE TABLE swing_alert (
    number INTEGER PRIMARY KEY,
    date TEXT NOT NULL, cycle INTEGER NOT NULL, currency TEXT NOT NULL, debtor TEXT, drawn INTEGER NOT NULL,
    value INTEGER NOT NULL, total INTEGER NOT NULL, share_bp INTEGER NOT NULL, entry INTEGER NOT NULL
);
CREATE TABLE swing_brake (
    number INTEGER PRIMARY KEY,
    date TEXT NOT NULL, cycle INTEGER NOT NULL, currency TEXT NOT NULL, member TEXT NOT NULL,
    amount INTEGER NOT NULL, entry INTEGER NOT NULL
);
"""

_SETTLEMENT: Final = "date, debtor, creditor, currency, interest, held, set_off, paid, own, issued, entry"
_CHARGE: Final = "date, member, total, days, quota, currency, amount, entry"
_ALERT: Final = "date, cycle, currency, debtor, drawn, value, total, share_bp, entry"
_BRAKE: Final = "date, cycle, currency, member, amount, entry"


class LineView(msgspec.Struct, frozen=True):
    """A swing line: its limit, what is drawn on it, and the interest that is owed.

    `tiers`: JSON of (up to which share of the limit, interest for a year), basis points; without terms `day_count`
    is 0.
    """

    debtor: str
    creditor: str
    currency: str
    limit: int
    drawn: int
    interest: int
    tiers: str
    day_count: int


class ReserveView(msgspec.Struct, frozen=True):
    """What a member holds of another's currency."""

    member: str
    currency: str
    balance: int


class SettlementView(msgspec.Struct, frozen=True):
    """How a periodic settlement paid one line, in minor units of `currency`.

    `held`: from what the debtor held of it. `set_off`: against other debts. `paid`: with `issued` of the debtor's
    `own` currency. `interest` is how much of the three was interest.
    """

    date: str
    debtor: str
    creditor: str
    currency: str
    interest: int
    held: int
    set_off: int
    paid: int
    own: str
    issued: int
    entry: int


class PositionView(msgspec.Struct, frozen=True):
    """A member's net position on swing lines at its latest close, in hundredths of the unit; a deficit is negative.

    `average`: of the closes before, over `days` since the last charge, cut towards zero.
    """

    member: str
    date: str
    value: int
    average: int
    days: int


class ChargeView(msgspec.Struct, frozen=True):
    """What a member paid into the common fund for a period: `amount` minor units of its own currency.

    `average`, over `days`, and `quota`: hundredths of the unit; a deficit is below zero.
    """

    date: str
    member: str
    average: int
    days: int
    quota: int
    currency: str
    amount: int
    entry: int


class AlertView(msgspec.Struct, frozen=True):
    """A cycle drew where much was drawn already: in one currency, or where there is a `debtor`, on its line alone.

    `drawn`: minor units of the currency. `value`, and `total` of all that is drawn: hundredths of the unit.
    `share_bp`: of the total, or of the charter's floor where that is more.
    """

    date: str
    cycle: int
    currency: str
    debtor: str | None
    drawn: int
    value: int
    total: int
    share_bp: int
    entry: int


class BrakeView(msgspec.Struct, frozen=True):
    """So much more a member's line would have lent in a cycle, but for the brake; minor units of the currency."""

    date: str
    cycle: int
    currency: str
    member: str
    amount: int
    entry: int


def _terms(fold: Fold, entry: Entry, event: s.SwingTermsSet) -> None:
    line = f"swing/{event.debtor}/{event.currency}"
    row = (line, json.dumps(event.tiers), event.day_count)
    fold.sql.execute(
        "INSERT INTO swing_terms VALUES (?, ?, ?) ON CONFLICT (line) DO UPDATE SET tiers = excluded.tiers,"
        " day_count = excluded.day_count",
        row,
    )


def _accrued(fold: Fold, entry: Entry, event: s.SwingInterestAccrued) -> None:
    row = (event.line, event.date.isoformat(), event.owed, event.rest, event.day_owed, event.day_rest)
    fold.sql.execute(
        "INSERT INTO swing_interest VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (line) DO UPDATE SET"
        " date = excluded.date, owed = excluded.owed, rest = excluded.rest, day_owed = excluded.day_owed,"
        " day_rest = excluded.day_rest",
        row,
    )


def _settled(fold: Fold, entry: Entry, event: s.SwingSettled) -> None:
    for line in event.lines:
        interest = line.held[0] + line.set_off[0] + line.paid[0]
        totals = (interest, sum(line.held), sum(line.set_off), sum(line.paid))
        row = (
            event.date.isoformat(),
            line.debtor,
            line.creditor,
            line.currency,
            *totals,
            line.own,
            line.issued,
        )
        fold.sql.execute(
            f"INSERT INTO swing_settlement ({_SETTLEMENT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, entry.number),
        )
        fold.sql.execute(
            "UPDATE swing_interest SET owed = owed - ? WHERE line = ?",
            (interest, f"swing/{line.debtor}/{line.currency}"),
        )
        _moved(fold, entry, line, f"swing settlement {event.date.isoformat()}")


def _moved(fold: Fold, entry: Entry, line: s.SettledLine, reference: str) -> None:
    """Note the postings of one line, as the rules made them."""
    swing, issue = f"swing/{line.debtor}/{line.currency}", f"issue/{line.currency}/{line.currency}"
    reserve = _reserve(fold, line.debtor, line.currency)
    postings = [
        (reserve, issue, line.held[0], "swing interest"),
        (reserve, swing, line.held[1], "swing settled"),
        (issue, swing, line.set_off[1] + line.paid[1], "swing settled"),
    ]
    if line.issued:
        to = _reserve(fold, line.creditor, line.own)
        postings.append((f"issue/{line.own}/{line.own}", to, line.issued, "swing paid"))
    for debit, credit, amount, kind in postings:
        if amount:
            fold.transfer(entry, debit, credit, amount, kind, reference)


def _measured(fold: Fold, entry: Entry, event: s.SwingPositionMeasured) -> None:
    row = (event.member, event.date.isoformat(), event.value, event.total, event.days)
    fold.sql.execute(
        "INSERT INTO swing_position VALUES (?, ?, ?, ?, ?) ON CONFLICT (member) DO UPDATE SET"
        " date = excluded.date, value = excluded.value, total = excluded.total, days = excluded.days",
        row,
    )


def _charged(fold: Fold, entry: Entry, event: s.SwingCharged) -> None:
    date = event.date.isoformat()
    row = (
        date,
        event.member,
        event.total,
        event.days,
        event.quota,
        event.currency,
        event.amount,
        entry.number,
    )
    fold.sql.execute(f"INSERT INTO swing_charge ({_CHARGE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    fold.sql.execute(
        "UPDATE swing_position SET date = ?, total = 0, days = 0 WHERE member = ?", (date, event.member)
    )
    if not event.amount:
        return
    fund = f"fund/{event.currency}/{event.currency}"
    if fund not in fold.balances:
        open_account(fold, fund, event.member)
    issue = f"issue/{event.currency}/{event.currency}"
    fold.transfer(entry, issue, fund, event.amount, "swing charge", f"swing settlement {date}")


def _alerted(fold: Fold, entry: Entry, event: s.ConcentrationAlerted) -> None:
    fold.sql.execute(
        f"INSERT INTO swing_alert ({_ALERT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (fold.date, *(getattr(event, name) for name in event.__struct_fields__), entry.number),
    )


def _braked(fold: Fold, entry: Entry, event: s.SwingBraked) -> None:
    fold.sql.executemany(
        f"INSERT INTO swing_brake ({_BRAKE}) VALUES (?, ?, ?, ?, ?, ?)",
        [(fold.date, event.cycle, event.currency, *each, entry.number) for each in event.members],
    )


def _reserve(fold: Fold, member: str, currency: str) -> str:
    account = f"reserve/{member}/{currency}"
    if account not in fold.balances:
        open_account(fold, account, member)
    return account


# A fold takes the event type of its own row; a literal dictionary cannot say that of each row.
FOLDS: Final[dict[type, Callable[[Fold, Entry, Any], None]]] = {
    s.SwingTermsSet: _terms,
    s.SwingInterestAccrued: _accrued,
    s.SwingSettled: _settled,
    s.SwingPositionMeasured: _measured,
    s.SwingCharged: _charged,
    s.ConcentrationAlerted: _alerted,
    s.SwingBraked: _braked,
}


def lines(sql: Sql) -> list[LineView]:
    """Return the swing lines in order of debtor, then currency."""
    rows = sql.execute(
        "SELECT line.owner, issue.owner, line.currency, line.credit_limit, -line.balance, coalesce(owed, 0),"
        " coalesce(tiers, '[]'), coalesce(day_count, 0) FROM account AS line"
        " JOIN account AS issue ON issue.kind = 'issue' AND issue.currency = line.currency"
        " LEFT JOIN swing_terms ON swing_terms.line = line.id"
        " LEFT JOIN swing_interest ON swing_interest.line = line.id"
        " WHERE line.kind = 'swing' ORDER BY line.owner, line.currency"
    )
    return [LineView(*row) for row in rows]


def reserves(sql: Sql) -> list[ReserveView]:
    """Return what members hold of each other's currencies, in order of member, then currency."""
    rows = sql.execute(
        "SELECT owner, currency, balance FROM account WHERE kind = 'reserve' ORDER BY owner, currency"
    )
    return [ReserveView(*row) for row in rows]


def settlements(sql: Sql, date: str | None = None) -> list[SettlementView]:
    """Return what the periodic settlements paid, in their order; of one date if named."""
    rows = sql.execute(
        f"SELECT {_SETTLEMENT} FROM swing_settlement WHERE date = coalesce(?1, date) ORDER BY number", (date,)
    )
    return [SettlementView(*row) for row in rows]


def positions(sql: Sql) -> list[PositionView]:
    """Return the net positions that are measured for charges, in order of member."""
    rows = sql.execute("SELECT member, date, value, total, days FROM swing_position ORDER BY member")
    return [
        PositionView(member, date, value, _average(total, days), days)
        for member, date, value, total, days in rows
    ]


def charges(sql: Sql) -> list[ChargeView]:
    """Return the charges that were assessed, in their order."""
    rows = sql.execute(f"SELECT {_CHARGE} FROM swing_charge ORDER BY number")
    return [
        ChargeView(date, member, _average(total, days), days, *rest)
        for date, member, total, days, *rest in rows
    ]


def alerts(sql: Sql, date: str | None = None) -> list[AlertView]:
    """Return the alerts of concentration, in their order; of one date if named."""
    rows = sql.execute(
        f"SELECT {_ALERT} FROM swing_alert WHERE date = coalesce(?1, date) ORDER BY number", (date,)
    )
    return [AlertView(*row) for row in rows]


def brakes(sql: Sql, date: str | None = None) -> list[BrakeView]:
    """Return what the brake held back, in its order; of one date if named."""
    rows = sql.execute(
        f"SELECT {_BRAKE} FROM swing_brake WHERE date = coalesce(?1, date) ORDER BY number", (date,)
    )
    return [BrakeView(*row) for row in rows]


def _average(total: int, days: int) -> int:
    """Return the average of positions over days, cut towards zero; of no days, 0."""
    size = abs(total) // max(1, days)
    return size if total >= 0 else -size
