"""From the views and receipts of a day to the report of it."""

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from mufakat.audit.replay import Verdict
from mufakat.console.refused import refused
from mufakat.console.report import (
    Counts,
    CurrencyRow,
    CycleRow,
    DayReport,
    Debt,
    MemberRow,
    PositionRow,
    QueuePoint,
)
from mufakat.console.treasury import treasury
from mufakat.model.charter import Charter
from mufakat.node.receipt import Receipt
from mufakat.projections import balance, statement, timeline
from mufakat.projections.dialect import Sql
from mufakat.projections.timeline import ObligationStanding


class Written(msgspec.Struct, frozen=True):
    """How many statements and status reports were written."""

    statements: int
    statuses: int


class Sheet(msgspec.Struct, frozen=True):
    """What a report is made from. `names` gives the name of a BIC; `hours` is the local time's offset."""

    charter: Charter
    sql: Sql
    receipts: Sequence[Receipt]
    names: Mapping[str, str]
    hours: int
    written: Written
    folder: str


_MINUTE_US: Final = 60_000_000


def day_report(sheet: Sheet, date: datetime.date, verdict: Verdict, verify_command: str) -> DayReport:
    """Make the report of a business date, from a journal that was verified; the receipts are those of the date."""
    debts = balance.open_debts(sheet.sql, date.isoformat())
    between = balance.debts_between_members(debts)
    return DayReport(
        union=sheet.charter.name,
        business_date=date,
        members=_members(sheet),
        currencies=_currencies(sheet, date, debts),
        queue=_queue(sheet, date),
        owes_before=tuple(Debt(d.debtor, d.creditor, d.currency, d.before) for d in between),
        owes_after=tuple(Debt(d.debtor, d.creditor, d.currency, d.after) for d in between),
        positions=_positions(sheet, date),
        cycles=_cycles(sheet, date),
        rejected=refused(sheet.receipts, sheet.folder, sheet.sql, sheet.charter, date),
        counts=_counts(sheet, date, debts),
        invariants=tuple((name.replace("_", " "), True) for name in verdict.invariants),
        state_root=verdict.state_root.hex(),
        entries=verdict.entries,
        tree_root=verdict.tree_root.hex(),
        verified=True,
        verify_command=verify_command,
        treasury=treasury(sheet.sql, sheet.charter, date.isoformat()),
        note="Members, banks and firms are made up; the currencies' names are real, the amounts are not.",
    )


def _added(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Add up by currency; here, since sums of the largest amounts are more than SQLite's 64 bits hold."""
    sums: dict[str, int] = {}
    for currency, amount in pairs:
        sums[currency] = sums.get(currency, 0) + amount
    return sums


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


def _currencies(
    sheet: Sheet, date: datetime.date, debts: Sequence[balance.OpenDebt]
) -> tuple[CurrencyRow, ...]:
    day = date.isoformat()
    cycles = timeline.cycles(sheet.sql, day)
    settled = timeline.settled(sheet.sql, day)
    sent_back = timeline.sent_back(sheet.sql, day)
    waiting = timeline.waiting(sheet.sql, day)
    opening = [
        (view.currency, view.opening)
        for account in statement.accounts(sheet.sql)
        if (view := statement.statement(sheet.sql, account, day)) is not None
    ]
    due = [(each.currency, each.after) for each in debts if each.due <= day]
    sums = {
        "debts": _added((each.currency, each.before) for each in debts),
        "payments": _added((each.currency, each.amount) for each in (*settled, *sent_back, *waiting)),
        "set_off": _added((each.currency, each.set_off) for each in cycles),
        "netted": _added((each.currency, each.netted) for each in cycles),
        "settled_net": _added((each.currency, each.net) for each in cycles),
        "settled_gross": _added((each.currency, each.amount) for each in settled if each.cycle is None),
        "sent_back": _added((each.currency, each.amount) for each in sent_back),
        "left": _added([*due, *((each.currency, each.amount) for each in waiting)]),
        "later": _added((each.currency, each.after) for each in debts if each.due > day),
        "debts_after": _added((each.currency, each.after) for each in debts),
        "opening_money": _added(opening),
        "swing_drawn": _added((each.currency, each.swing) for each in cycles),
    }
    return tuple(
        CurrencyRow(
            currency=member.currency,
            decimals=member.decimals,
            **{field: amounts.get(member.currency, 0) for field, amounts in sums.items()},
        )
        for member in sheet.charter.members
    )


def _local(sheet: Sheet, at_us: int) -> str:
    """Return the local time as `HH:MM`."""
    minutes = (at_us // _MINUTE_US + sheet.hours * 60) % 1440
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _queue(sheet: Sheet, date: datetime.date) -> tuple[QueuePoint, ...]:
    """Tell how many payments waited for funds, from the opening of the date to that of the next one."""
    openings = [(day, at_us) for day, phase, at_us in timeline.phases(sheet.sql) if phase == "OPEN"]
    days = [day for day, _ in openings]
    if date.isoformat() not in days:
        return ()
    today = days.index(date.isoformat())
    opened = openings[today][1]
    points = {0: QueuePoint(0, _local(sheet, opened), 0)}
    for at_us, waiting in timeline.queue_over_time(sheet.sql):
        if today + 1 < len(openings) and at_us >= openings[today + 1][1]:
            break
        minute = max(0, at_us // _MINUTE_US - opened // _MINUTE_US)
        points[minute] = QueuePoint(minute, _local(sheet, max(at_us, opened)), waiting)
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


def _cycles(sheet: Sheet, date: datetime.date) -> tuple[CycleRow, ...]:
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
        for each in timeline.cycles(sheet.sql, date.isoformat())
    )


def _counts(sheet: Sheet, date: datetime.date, debts: Sequence[balance.OpenDebt]) -> Counts:
    day, kinds = date.isoformat(), ("pacs.008", "payments")
    late = [timeline.steps(sheet.sql, each.uetr)[-2] for each in timeline.sent_back(sheet.sql, day)]
    from_queue = sum(step.status == "queued" for step in late)
    not_owned = sheet.sql.execute(
        "SELECT count(*) FROM obligation WHERE registered <= ?1 AND (accepted IS NULL OR accepted > ?1)",
        (day,),
    ).fetchone()[0]
    ended = Counter(each.status for each in debts if not each.after)
    return Counts(
        payments_submitted=sum(
            max(1, each.became().total()) for each in sheet.receipts if each.kind in kinds
        ),
        payments_settled=len(timeline.settled(sheet.sql, day)),
        payments_refused=sum(each.refused for each in sheet.receipts if each.kind in kinds),
        sent_back_queued=from_queue,
        sent_back_net=len(late) - from_queue,
        payments_waiting=len(timeline.waiting(sheet.sql, day)),
        debts=len(debts) + not_owned,
        debts_set_off=ended[ObligationStanding.SET_OFF],
        debts_settled=ended[ObligationStanding.SETTLED],
        debts_owed=sum(bool(each.after) for each in debts),
        debts_not_owned=not_owned,
        debts_refused=sum(each.refused for each in sheet.receipts if each.kind not in kinds),
        statements_written=sheet.written.statements,
        statuses_written=sheet.written.statuses,
    )
