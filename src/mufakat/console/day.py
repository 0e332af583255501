"""From the views and receipts of a day to the report of it."""

import datetime
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from mufakat.audit.replay import Verdict
from mufakat.console.report import (
    Counts,
    CurrencyRow,
    CycleRow,
    DayReport,
    Debt,
    MemberRow,
    PositionRow,
    QueuePoint,
    RejectedRow,
)
from mufakat.model.charter import Charter
from mufakat.model.refusal import Reason, Refusal
from mufakat.node.intake import Receipt
from mufakat.projections import balance, statement, timeline


class Written(msgspec.Struct, frozen=True):
    """How many statements and status reports were written."""

    statements: int
    statuses: int


class Sheet(msgspec.Struct, frozen=True):
    """What a report is made from. `names` gives the name of a BIC; `hours` is the local time's offset."""

    charter: Charter
    sql: sqlite3.Connection
    receipts: Sequence[Receipt]
    names: Mapping[str, str]
    hours: int
    written: Written
    folder: str


_MINUTE_US: Final = 60_000_000
_AMOUNTS: Final = "SELECT currency, {what} FROM {table} WHERE {where}"


def day_report(sheet: Sheet, date: datetime.date, verdict: Verdict, verify_command: str) -> DayReport:
    """Make the report of a business date, from a journal that was verified."""
    debts = balance.debts_between_members(sheet.sql)
    return DayReport(
        union=sheet.charter.name,
        business_date=date,
        members=_members(sheet),
        currencies=_currencies(sheet, date),
        queue=_queue(sheet),
        owes_before=tuple(Debt(d.debtor, d.creditor, d.currency, d.before) for d in debts),
        owes_after=tuple(Debt(d.debtor, d.creditor, d.currency, d.after) for d in debts),
        positions=_positions(sheet, date),
        cycles=_cycles(sheet),
        rejected=_rejected(sheet),
        counts=_counts(sheet),
        invariants=tuple((name.replace("_", " "), True) for name in verdict.invariants),
        state_root=verdict.state_root.hex(),
        entries=verdict.entries,
        tree_root=verdict.tree_root.hex(),
        verified=True,
        verify_command=verify_command,
        note="Members, banks and firms are made up; the currencies' names are real, the amounts are not.",
    )


def _sums(sheet: Sheet, table: str, what: str, where: str) -> dict[str, int]:
    """Add up by currency; here, since sums of the largest amounts are more than SQLite's 64 bits hold."""
    sums: dict[str, int] = {}
    for currency, amount in sheet.sql.execute(_AMOUNTS.format(table=table, what=what, where=where)):
        sums[currency] = sums.get(currency, 0) + amount
    return sums


def _count(sheet: Sheet, table: str, where: str) -> int:
    query = f"SELECT count(*) FROM {table} WHERE {where}"  # noqa: S608 - both are texts of this module
    count: int = sheet.sql.execute(query).fetchone()[0]
    return count


def _members(sheet: Sheet) -> tuple[MemberRow, ...]:
    banks = dict(sheet.sql.execute("SELECT sponsor, count(*) FROM participant GROUP BY 1").fetchall())
    firms = dict(
        sheet.sql.execute(
            "SELECT p.sponsor, count(*) FROM firm f JOIN participant p ON p.bic = f.agent GROUP BY 1"
        ).fetchall()
    )
    return tuple(
        MemberRow(m.id, m.name, m.currency, m.decimals, banks.get(m.id, 0), firms.get(m.id, 0))
        for m in sheet.charter.members
    )


def _currencies(sheet: Sheet, date: datetime.date) -> tuple[CurrencyRow, ...]:
    set_off = _sums(sheet, "cycle", "set_off", "1")
    netted = _sums(sheet, "cycle", "gross", "1")
    moved = _sums(sheet, "cycle", "net", "1")
    swing = _sums(sheet, "cycle", "swing", "1")
    alone = _sums(sheet, "payment", "amount", "status IN ('settled', 'returned') AND cycle IS NULL")
    unsettled = _sums(
        sheet,
        "payment",
        "amount",
        f"status IN ('queued', 'accepted') OR reason = {int(Reason.UNSETTLED_AT_CLOSE)}",
    )
    owned = "status NOT IN ('registered', 'disputed')"
    before = _sums(sheet, "obligation", "amount", owned)
    after = _sums(sheet, "obligation", "open", owned)
    opening: dict[str, int] = {}
    for account in statement.accounts(sheet.sql):
        view = statement.statement(sheet.sql, account, date.isoformat())
        if view is not None:
            opening[view.currency] = opening.get(view.currency, 0) + view.opening
    return tuple(
        CurrencyRow(
            currency=m.currency,
            decimals=m.decimals,
            gross=sum(part.get(m.currency, 0) for part in (set_off, netted, alone, unsettled)),
            set_off=set_off.get(m.currency, 0),
            netted=netted.get(m.currency, 0) - moved.get(m.currency, 0),
            settled_gross=alone.get(m.currency, 0),
            settled_net=moved.get(m.currency, 0),
            obligations_before=before.get(m.currency, 0),
            obligations_after=after.get(m.currency, 0),
            unsettled=unsettled.get(m.currency, 0),
            opening_money=opening.get(m.currency, 0),
            swing_drawn=swing.get(m.currency, 0),
        )
        for m in sheet.charter.members
    )


def _local(sheet: Sheet, at_us: int) -> str:
    """Return the local time as `HH:MM`."""
    minutes = (at_us // _MINUTE_US + sheet.hours * 60) % 1440
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _queue(sheet: Sheet) -> tuple[QueuePoint, ...]:
    opened = next((at for _, phase, at in timeline.phases(sheet.sql) if phase == "OPEN"), None)
    if opened is None:
        return ()
    points = {0: QueuePoint(0, _local(sheet, opened), 0)}
    for at_us, waiting in timeline.queue_over_time(sheet.sql):
        minute = at_us // _MINUTE_US - opened // _MINUTE_US
        points[minute] = QueuePoint(minute, _local(sheet, at_us), waiting)
    return tuple(points.values())


def _positions(sheet: Sheet, date: datetime.date) -> tuple[PositionRow, ...]:
    sponsors = dict(sheet.sql.execute("SELECT bic, sponsor FROM participant").fetchall())
    rows = []
    for account in statement.accounts(sheet.sql):
        view = statement.statement(sheet.sql, account, date.isoformat())
        if view is None or not (view.opening or view.movements):
            continue
        incoming = sum(each.amount for each in view.movements if each.amount > 0)
        outgoing = -sum(each.amount for each in view.movements if each.amount < 0)
        rows.append(
            PositionRow(
                sponsors[view.owner],
                view.owner,
                sheet.names.get(view.owner, view.owner),
                view.currency,
                view.opening,
                incoming,
                outgoing,
                view.closing,
            )
        )
    return tuple(sorted(rows, key=lambda row: (row.member, row.bank, row.currency)))


def _cycles(sheet: Sheet) -> tuple[CycleRow, ...]:
    return tuple(
        CycleRow(
            each.number,
            _local(sheet, each.at_us),
            each.currency,
            each.set_off,
            each.items,
            each.gross,
            each.net,
            each.deferred,
        )
        for each in timeline.cycles(sheet.sql)
    )


def _rejected(sheet: Sheet) -> tuple[RejectedRow, ...]:
    rows = []
    for receipt in sheet.receipts:
        source = receipt.file.removeprefix(sheet.folder).lstrip("/")
        if receipt.rejection is not None:
            line = f"line {receipt.rejection.line}" if receipt.rejection.line else "the whole file"
            rows.append(RejectedRow(source, line, receipt.rejection.code, receipt.rejection.text))
        for each in receipt.results:
            if each.rejection is not None:
                line = f"line {each.rejection.line}" if each.rejection.line else each.name
                rows.append(RejectedRow(source, line, each.rejection.code, each.rejection.text))
    late = Refusal(Reason.UNSETTLED_AT_CLOSE)
    rows += [
        RejectedRow("at the close of the day", payment.uetr, late.code, late.text)
        for payment in timeline.payments(sheet.sql, "rejected")
        if payment.reason == Reason.UNSETTLED_AT_CLOSE
    ]
    return tuple(rows)


def _counts(sheet: Sheet) -> Counts:
    kinds = ("pacs.008", "payments")
    submitted = sum(max(1, len(each.results)) for each in sheet.receipts if each.kind in kinds)
    refused = sum(each.refused for each in sheet.receipts if each.kind in kinds)
    unsettled = f"status IN ('queued', 'accepted') OR reason = {int(Reason.UNSETTLED_AT_CLOSE)}"
    return Counts(
        payments_submitted=submitted,
        payments_settled=_count(sheet, "payment", "status IN ('settled', 'returned')"),
        payments_rejected=refused,
        payments_unsettled=_count(sheet, "payment", unsettled),
        obligations_registered=_count(sheet, "obligation", "1"),
        obligations_set_off=_count(sheet, "obligation", "status = 'set off'"),
        obligations_settled=_count(sheet, "obligation", "status = 'settled'"),
        obligations_open=_count(sheet, "obligation", "status IN ('registered', 'accepted', 'disputed')"),
        statements_written=sheet.written.statements,
        statuses_written=sheet.written.statuses,
    )
