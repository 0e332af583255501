"""The report of a day says what its events moved, each payment once, in amounts that are exact."""

import datetime
import itertools
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings

from mufakat.audit.replay import Verdict, verify
from mufakat.console.day import Sheet, Written, day_report
from mufakat.console.report import DayReport, MemberRow, QueuePoint, RejectedRow, render_report
from mufakat.core.invariant import INVARIANTS
from mufakat.core.state import ObligationStatus, PaymentStatus
from mufakat.model import command as c
from mufakat.model import event as e
from mufakat.model.calendar import Phase
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.record import batch
from mufakat.model.refusal import Reason, Refusal
from mufakat.projections import timeline
from mufakat.projections.store import Views
from tests.node.conftest import EXAMPLES, Small
from tests.projections.conftest import everything, folded
from tests.strategies import play, steps, world
from tests.union import A1, A2, B1, BANKS, TUESDAY, Union, arrivals, settled_world

MINUTE_US = 60_000_000


def every_day(union: Union):
    """The report of each business date, in order."""
    with closing(folded(union)) as views:
        dates = dict.fromkeys(date for date, _, _ in timeline.phases(views.sql))
    for date in dates:
        yield reported(union, on=datetime.date.fromisoformat(date))


def reported(
    union: Union, hours: int = 7, names: dict[str, str] | None = None, on: datetime.date | None = None
) -> DayReport:
    """The report of a union in memory, which took no files; of its last day if none is named."""
    root = union.state.root()
    checked = tuple(check.__name__ for check in INVARIANTS)
    verdict = Verdict(union.state.union, "Test union", len(union.log) + 1, 1, root, bytes(32), 0, checked)
    with closing(folded(union)) as views:
        sheet = Sheet(union.state.charter, views.sql, (), names or {}, hours, Written(0, 0), "in")
        return day_report(sheet, on or union.state.day.date, verdict, "mufakat verify journal.db")


def currency(report: DayReport, code: str = "IDR"):
    return next(row for row in report.currencies if row.currency == code)


def summed(pairs) -> dict[str, int]:
    sums: dict[str, int] = {}
    for code, amount in pairs:
        sums[code] = sums.get(code, 0) + amount
    return {code: amount for code, amount in sums.items() if amount}


def on_entry(event: e.AnyEvent) -> tuple[c.PaymentOrder, ...]:
    """What settles with an event on entry."""
    return arrivals(event) if isinstance(event, e.PaymentsSettled) else ()


def of_account(account: str) -> str:
    return account.rpartition("/")[2]


def assert_the_money_is_what_the_events_moved(report: DayReport, union: Union) -> None:
    events, state = union.events, union.state
    netted = [each for each in events if isinstance(each, e.PositionsNetted)]

    def told(field: str) -> dict[str, int]:
        return summed((row.currency, getattr(row, field)) for row in report.currencies)

    assert told("settled_gross") == summed(
        [
            *((of_account(each.debit), each.amount) for each in events if isinstance(each, e.PaymentSettled)),
            *((order.currency, order.amount) for each in events for order in on_entry(each)),
        ]
    )
    moved = summed((each.currency, max(0, net)) for each in netted for _, net in each.positions)
    assert told("settled_net") == moved
    gross = summed((each.currency, each.gross) for each in netted)
    assert told("netted") == summed((code, gross[code] - moved.get(code, 0)) for code in gross)
    assert told("set_off") == summed(
        (each.currency, cleared)
        for each in events
        if isinstance(each, e.ObligationsSetOff)
        for _, cleared in each.cleared
    )
    assert told("swing_drawn") == summed(
        (of_account(each.swing), each.amount)
        for each in events
        if isinstance(each, e.SwingDrawn) and each.swing.startswith("swing/")
    )
    waiting = (PaymentStatus.QUEUED, PaymentStatus.ACCEPTED)
    payments = list(union.payments.values())
    not_owned = (ObligationStatus.REGISTERED, ObligationStatus.DISPUTED)
    debts = [each for each in state.obligations.records() if each.status not in not_owned]
    assert told("sent_back") == summed(
        (each.order.currency, each.order.amount)
        for each in payments
        if each.reason is Reason.UNSETTLED_AT_CLOSE
    )
    due = summed((each.item.currency, each.open) for each in debts if each.item.due <= state.day.date)
    assert told("left") == summed(
        [*due.items(), *((p.order.currency, p.order.amount) for p in payments if p.status in waiting)]
    )
    assert told("later") == summed((o.item.currency, o.open) for o in debts if o.item.due > state.day.date)
    assert told("debts") == summed((each.item.currency, each.item.amount) for each in debts)
    assert told("debts_after") == summed((each.item.currency, each.open) for each in debts)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(steps())
def test_the_money_of_a_day_is_what_its_events_moved(said):
    union = world()
    play(union, until_night(said))
    assert_the_money_is_what_the_events_moved(reported(union), union)


def until_night(said):
    """What is said on the first day, and its close."""
    return [*itertools.takewhile(lambda step: step[0] not in {"night", "wait", "declare"}, said)]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(steps(most=30))
def test_on_each_day_of_a_history_the_parts_are_the_whole_and_the_next_day_begins_with_what_is_left(said):
    union = world()
    play(union, [*said, ("cycle",), ("night",), ("cycle",)])
    before = None
    for report in every_day(union):
        assert [row.explained for row in report.currencies] == [row.whole for row in report.currencies]
        assert "do not add up" not in render_report(report)
        counts = report.counts
        assert counts.debts == sum(
            (counts.debts_set_off, counts.debts_settled, counts.debts_owed, counts.debts_not_owned)
        )
        if before is not None:
            closing = {(row.bank, row.currency): row.closing for row in before.positions}
            for row in report.positions:
                assert row.opening == closing.get((row.bank, row.currency), row.opening)
            for was, now in zip(before.currencies, report.currencies, strict=True):
                assert now.debts >= was.debts_after
        before = report
    assert before.currencies == reported(union).currencies


def test_when_everything_has_happened_each_day_adds_up():
    union = world()
    play(union, list(everything()))
    days = list(every_day(union))
    assert len(days) > 2
    for report in days:
        assert [row.explained for row in report.currencies] == [row.whole for row in report.currencies]
    for field in ("set_off", "netted", "settled_net", "settled_gross", "sent_back", "left", "later"):
        assert any(getattr(row, field) for report in days for row in report.currencies), field


def test_a_day_that_is_over_is_told_as_it_was_however_many_follow():
    union = settled_world(1_000)
    wednesday = TUESDAY.replace(day=25)
    union.owe(0, 4, 300, due=wednesday)
    union.pay(amount=5_000)
    union.pay(amount=70, channel=c.Channel.MPNS)
    union.cycle()
    for phase in (Phase.CUT_OFF, Phase.CLOSED):
        union.phase(phase)
    told = reported(union, on=TUESDAY)
    union.open_day(wednesday)
    union.pay(amount=90, value_date=wednesday)
    union.cycle()
    for phase in (Phase.CUT_OFF, Phase.CLOSED):
        union.phase(phase, wednesday)

    again, next_day = reported(union, on=TUESDAY), reported(union, on=wednesday)

    names = ("currencies", "queue", "cycles", "rejected", "counts", "positions", "owes_before", "owes_after")
    assert [getattr(again, name) for name in names] == [getattr(told, name) for name in names]
    assert (currency(again).later, currency(again).sent_back) == (300, 5_070)
    assert (again.counts.sent_back_queued, again.counts.sent_back_net) == (1, 1)
    assert (currency(next_day).debts, currency(next_day).payments, currency(next_day).later) == (300, 90, 0)
    assert {each.number for each in next_day.cycles} == {2}
    assert next_day.rejected == ()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(steps())
def test_each_bank_opens_with_what_it_had_and_closes_at_the_ledgers_balance(said):
    union = world()
    play(union, said)
    report = reported(union)
    for row in report.positions:
        assert row.opening + row.received - row.paid == row.closing
        assert row.closing == union.balance(row.bank, row.currency)
        assert row.member == union.state.participants[row.bank].sponsor
    assert summed((row.currency, row.opening) for row in report.positions) == summed(
        (row.currency, row.opening_money) for row in report.currencies
    )
    places = [(row.member, row.bank, row.currency) for row in report.positions]
    assert places == sorted(set(places))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(steps())
def test_what_is_owed_between_members_is_what_is_owed_in_each_currency(said):
    union = world()
    play(union, said)
    report = reported(union)
    for debts, field in ((report.owes_before, "debts"), (report.owes_after, "debts_after")):
        assert summed((each.currency, each.amount_minor) for each in debts) == summed(
            (row.currency, getattr(row, field)) for row in report.currencies
        )


def test_a_payment_that_a_cycle_settled_and_its_bank_returned_is_counted_once():
    union = settled_world(1_000)
    order = union.order(amount=300, channel=c.Channel.MPNS)
    union.must(A1, batch((order,)))
    union.cycle()
    before = currency(reported(union))
    union.must(A2, c.ReturnPayment(order.uetr, "AC04"))

    after = currency(reported(union))

    assert (before.whole, before.settled_net, before.settled_gross) == (300, 300, 0)
    assert after == before


def test_sums_of_the_largest_amounts_are_exact():
    union = settled_world(max_payment=MAX_AMOUNT)
    for _ in range(5):
        union.owe(0, 4, MAX_AMOUNT)
        union.pay(amount=MAX_AMOUNT)

    row = currency(reported(union))

    assert row.debts == row.debts_after == row.payments == 5 * MAX_AMOUNT
    assert row.left + row.later == row.whole


def test_members_are_told_with_their_banks_and_firms():
    members = reported(settled_world()).members
    assert members[1] == MemberRow("QN", "Central Bank of QN", "VND", 0, 2, 4)
    assert [each.id for each in members] == ["QM", "QN", "QO"]


def test_a_bank_is_told_by_its_name_where_it_has_one():
    rows = reported(settled_world(), names={A1: "Bank One"}).positions
    assert {row.name for row in rows if row.bank == A1} == {"Bank One"}
    assert {row.name for row in rows if row.bank == A2} == {A2}
    assert len(rows) == 3 * len(BANKS)


def test_an_account_that_never_held_money_is_not_told():
    union = settled_world(0)
    union.issue(B1, "VND", 70)
    assert [(row.bank, row.currency, row.closing) for row in reported(union).positions] == [(B1, "VND", 70)]


def test_the_queue_starts_at_the_opening_and_changes_at_its_minute():
    union = settled_world(100)
    for minutes, amount in ((10, 500), (5, 600)):
        union.now_us += minutes * MINUTE_US
        union.pay(amount=amount)
    union.now_us += 45 * MINUTE_US
    union.issue(A1, "IDR", 1_000)

    assert reported(union).queue == (
        QueuePoint(0, "13:00", 0),
        QueuePoint(10, "13:10", 1),
        QueuePoint(15, "13:15", 2),
        QueuePoint(60, "14:00", 0),
    )


def test_the_queue_goes_on_over_midnight():
    union = settled_world(100)
    union.now_us += 90 * MINUTE_US
    union.pay(amount=500)
    report = reported(union, hours=17)
    assert report.queue == (QueuePoint(0, "23:00", 0), QueuePoint(90, "00:30", 1))
    assert "payments waiting" in render_report(report).lower()


def test_cycles_are_told_at_their_local_time():
    union = settled_world(1_000)
    union.owe(0, 4, 50)
    union.pay(amount=70, channel=c.Channel.MPNS)
    union.now_us += 30 * MINUTE_US
    union.cycle()

    first = reported(union).cycles[0]

    assert (first.number, first.label, first.currency) == (1, "13:30", "IDR")
    assert (first.netted_items, first.gross, first.net_moved, first.deferred_items) == (2, 120, 120, 0)


def test_a_union_that_never_opened_has_an_empty_report():
    report = reported(Union())
    assert (report.queue, report.cycles, report.positions, report.rejected) == ((), (), (), ())
    assert all(row.whole == 0 for row in report.currencies)
    assert "Test union" in render_report(report)


# -- a day that came as files ---------------------------------------------------------------------------------


class Files:
    """A small day of files on a real node, and its report once the day is over."""

    def __init__(self, folder: Path) -> None:
        self.small = Small(folder / "home")
        self.inbox = folder / "home" / "in"
        self.inbox.mkdir()
        self.receipts = []

    def take(self, name: str, text: str) -> None:
        (self.inbox / name).write_text(text)
        self.receipts += self.small.take(self.inbox / name)

    def pay(self, name: str, number: int, amount: str = "100.00") -> None:
        text = (EXAMPLES / "payment.xml").read_text()
        self.take(name, text.replace("7f0c2a64", f"{number:08x}").replace("125000.50", amount))

    def report(self) -> DayReport:
        small = self.small
        for member in ("QM", "QN"):
            assert small.session.say(member, c.CallCycle(1)).refusal is None
        small.phase(Phase.CUT_OFF)
        small.phase(Phase.CLOSED)
        charter = small.node.charter
        small.close()
        with closing(Views.open(small.home.views)) as views:
            written = Written(5, 3)
            sheet = Sheet(charter, views.sql, self.receipts, {}, 7, written, str(self.inbox))
            return day_report(sheet, TUESDAY, verify(small.home.journal), "mufakat verify journal.db")


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


def test_each_payment_that_was_sent_is_counted_once(files):
    for number in range(4):
        files.pay(f"{number}.xml", number)
    files.pay("again.xml", 0, "100.01")
    files.pay("large.xml", 5, "400000000.00")
    files.take("broken.xml", (EXAMPLES / "payment.xml").read_text()[:900])
    shutil.copy(EXAMPLES / "obligations.csv", files.inbox)
    files.receipts += files.small.take(files.inbox / "obligations.csv")

    counts = files.report().counts

    assert (counts.payments_submitted, counts.payments_settled) == (7, 4)
    assert (counts.payments_refused, counts.sent_back_queued, counts.sent_back_net) == (2, 1, 0)
    assert (counts.debts, counts.debts_set_off) == (3, 1)
    assert (counts.statements_written, counts.statuses_written) == (5, 3)


def test_what_was_refused_is_told_with_its_file_its_line_and_why(files):
    rows = (EXAMPLES / "obligations.csv").read_text().splitlines()
    rows[2] = rows[2].replace("420000.00", "-1")
    files.take("rows.csv", "\n".join(rows) + "\n")
    files.pay("past.xml", 1, "0.00")
    files.take("broken.xml", (EXAMPLES / "payment.xml").read_text()[:900])
    files.pay("large.xml", 2, "400000000.00")

    report = files.report()
    told, counts = report.rejected, report.counts
    assert counts.payments_refused + counts.debts_refused + counts.sent_back == len(told)

    by_source = {each.source: each for each in told}
    assert len(by_source) == len(told) == 4
    assert (by_source["rows.csv"].locator, by_source["rows.csv"].code) == ("line 3", "AM12")
    assert by_source["broken.xml"].locator.startswith("the whole file, line ")
    assert by_source["past.xml"].code == "AM01"
    assert by_source["broken.xml"].code == "FF01"
    late = Refusal(Reason.UNSETTLED_AT_CLOSE)
    assert told[-1] == RejectedRow(
        "at the close of the day", "00000002-2a0b-4b7e-9d51-0a3c6f1e2b90", late.code, late.text
    )


def test_a_report_carries_what_the_verification_found(files):
    files.pay("one.xml", 1)
    report = files.report()
    found = verify(files.small.home.journal)
    assert (report.state_root, report.tree_root) == (found.state_root.hex(), found.tree_root.hex())
    assert (report.entries, report.verified) == (found.entries, True)
    assert ("debits equal credits", True) in report.invariants
    assert len(report.invariants) == len(INVARIANTS)
    assert "Union of two" in render_report(report)
