"""Payments that wait: priorities, times, offsetting, and what becomes of them when their time is over."""

import pytest

from mufakat.core.state import PaymentStatus
from mufakat.model import command as c
from mufakat.model import event as e
from mufakat.model import proposal as p
from mufakat.model import queueing as q
from mufakat.model.calendar import Phase
from mufakat.model.outcome import Status
from mufakat.model.record import LAST_TIME_US, batch
from mufakat.model.refusal import Reason
from tests.strategies import SECOND
from tests.union import A1, A2, B1, B2, TUESDAY, settled_world, uetr

NORMAL, HIGH, URGENT = q.Priority


def pay(union, debtor=A1, creditor=A2, amount=100, **change):
    """Order one payment; return its identifier and what was said of it."""
    order = union.order(debtor_agent=debtor, creditor_agent=creditor, amount=amount, **change)
    return order.uetr, union.tell(debtor, batch((order,))).items[0]


def line(union, bank=A1, currency="IDR"):
    """The amounts in a bank's queue, in order."""
    waiting = union.state.queues.get(f"settlement/{bank}/{currency}", ())
    return [union.state.payments[each].order.amount for each in waiting]


def kinds(union, since):
    return [
        type(event).__name__ for event in union.events[since:] if not isinstance(event, e.SequenceAdvanced)
    ]


def test_urgent_goes_before_high_before_normal_and_each_in_order_of_arrival():
    union = settled_world(50)
    for amount, priority in (
        (101, NORMAL),
        (102, HIGH),
        (103, URGENT),
        (104, HIGH),
        (105, NORMAL),
        (106, URGENT),
    ):
        pay(union, amount=amount, priority=priority)
    assert line(union) == [103, 106, 102, 104, 101, 105]
    union.issue(A1, "IDR", 103 + 106 + 102 - 50)
    assert line(union) == [104, 101, 105]


def test_a_payment_of_a_higher_priority_that_is_covered_need_not_wait_for_a_lower_one():
    union = settled_world(100)
    pay(union, amount=400)
    assert pay(union, amount=10, priority=HIGH)[1].status is Status.SETTLED
    assert pay(union, amount=10)[1].status is Status.QUEUED


def test_a_batch_of_urgent_payments_settles_as_one_event():
    union = settled_world(1_000)
    first = len(union.events)
    union.must(A1, batch(tuple(union.order(amount=1, priority=URGENT) for _ in range(20))))
    assert kinds(union, first) == ["PaymentsSettled"]


def test_an_amended_payment_becomes_the_last_of_its_new_priority_and_settles_if_it_now_can():
    union = settled_world(100)
    _, (second, _), third = (
        pay(union, amount=400),
        pay(union, amount=90),
        pay(union, amount=300, priority=HIGH),
    )
    union.must(A1, q.AmendPayment(second, HIGH, 0))
    assert line(union) == [300, 90, 400]
    union.must(A1, q.AmendPayment(third[0], NORMAL, 0))
    assert line(union) == [400, 300]
    assert union.balance(A1) == 10


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"author": A2}, Reason.NOT_OWN_AFFAIR),
        ({"uetr": uetr(999_999)}, Reason.UNKNOWN_PAYMENT),
        ({"latest_us": 1}, Reason.LATEST_TIME_PASSED),
        ({"latest_us": -1}, Reason.TIME_INVALID),
        ({"latest_us": LAST_TIME_US + 1}, Reason.TIME_INVALID),
        ({}, Reason.ALREADY_SO),
    ],
)
def test_an_amendment_that_is_refused(change, why):
    union = settled_world(100)
    waiting, _ = pay(union, amount=400)
    said = {"author": A1, "uetr": waiting, "priority": NORMAL, "latest_us": 0, **change}
    assert union.tell(said.pop("author"), q.AmendPayment(**said)).refusal.reason is why


def test_what_has_settled_is_amended_no_more_and_no_latest_time_comes_before_the_earliest():
    union = settled_world(100)
    done, _ = pay(union, amount=1)
    assert union.tell(A1, q.AmendPayment(done, HIGH, 0)).refusal.reason is Reason.WRONG_STATUS
    later, _ = pay(union, amount=1, earliest_us=union.now_us + 9 * SECOND)
    told = union.tell(A1, q.AmendPayment(later, HIGH, union.now_us + SECOND))
    assert told.refusal.reason is Reason.TIMES_CROSSED
    union.must(A1, q.AmendPayment(later, HIGH, union.now_us + 10 * SECOND))
    assert union.payments[later].status is PaymentStatus.ACCEPTED


def test_a_payment_waits_for_its_earliest_time_and_settles_with_the_next_command_after_it():
    union = settled_world(100)
    waiting, told = pay(union, amount=60, earliest_us=union.now_us + SECOND)
    assert told.status is Status.ACCEPTED
    pay(union, amount=1)
    assert union.balance(A1) == 99
    union.now_us += SECOND
    pay(union, amount=2)
    assert union.payments[waiting].status is PaymentStatus.SETTLED
    assert union.balance(A1) == 37


def test_several_whose_time_has_come_queue_in_order_of_arrival():
    union = settled_world(0)
    for amount, seconds in ((1, 3), (2, 1), (3, 2)):
        pay(union, amount=amount, earliest_us=union.now_us + seconds * SECOND)
    union.now_us += 5 * SECOND
    pay(union, amount=4)
    assert line(union) == [1, 2, 3, 4]


def test_an_earliest_time_before_the_value_date_does_not_bring_it_forward():
    union = settled_world(100)
    later = TUESDAY.replace(day=26)
    waiting, _ = pay(union, amount=60, value_date=later, earliest_us=union.now_us + SECOND)
    union.now_us += 2 * SECOND
    pay(union, amount=1)
    assert union.payments[waiting].status is PaymentStatus.ACCEPTED
    union.pass_days(2)
    assert union.payments[waiting].status is PaymentStatus.SETTLED


def test_an_earliest_time_after_the_close_is_too_late_for_its_date():
    union = settled_world(100)
    waiting, _ = pay(union, amount=60, earliest_us=union.now_us + 3_600 * SECOND)
    union.close_day()
    assert union.payments[waiting].reason is Reason.UNSETTLED_AT_CLOSE


def test_a_payment_for_a_cycle_waits_for_its_earliest_time_too():
    union = settled_world(100)
    waiting, _ = pay(union, channel=c.Channel.MPNS, earliest_us=union.now_us + SECOND)
    union.cycle()
    assert union.payments[waiting].status is PaymentStatus.ACCEPTED
    union.now_us += SECOND
    union.cycle()
    assert union.payments[waiting].status is PaymentStatus.SETTLED


def test_a_payment_ends_when_its_latest_time_has_passed_and_lets_the_next_one_go():
    union = settled_world(100)
    blocked, _ = pay(union, amount=400, latest_us=union.now_us + SECOND)
    behind, _ = pay(union, amount=30)
    union.now_us += SECOND
    union.must("QM", c.SetLimit(B1, "IDR", 1), ("QM", "approve"))
    assert union.payments[blocked].reason is Reason.LATEST_TIME_PASSED
    assert union.payments[behind].status is PaymentStatus.SETTLED


def test_an_amended_latest_time_counts_and_the_old_one_no_more():
    union = settled_world(100)
    waiting, _ = pay(union, amount=400, latest_us=union.now_us + SECOND)
    union.must(A1, q.AmendPayment(waiting, NORMAL, union.now_us + 5 * SECOND))
    union.now_us += 2 * SECOND
    pay(union, amount=1)
    assert union.payments[waiting].status is PaymentStatus.QUEUED
    union.must(A1, q.AmendPayment(waiting, NORMAL, 0))
    union.now_us += 10 * SECOND
    pay(union, amount=1)
    assert union.payments[waiting].status is PaymentStatus.QUEUED


@pytest.mark.parametrize(
    ("earliest", "latest", "why"),
    [(0, -SECOND, Reason.LATEST_TIME_PASSED), (9 * SECOND, SECOND, Reason.TIMES_CROSSED)],
)
def test_times_that_cannot_be_kept_are_refused_for_good(earliest, latest, why):
    union = settled_world(100)
    refused, told = pay(union, earliest_us=union.now_us + earliest, latest_us=union.now_us + latest)
    assert told.refusal.reason is why
    assert union.payments[refused].status is PaymentStatus.REJECTED


def test_while_the_union_is_halted_nothing_ends_and_afterwards_all_of_it_is_done():
    union = settled_world(100)
    late, _ = pay(union, amount=400, latest_us=union.now_us + SECOND)
    due, _ = pay(union, amount=10, priority=URGENT, earliest_us=union.now_us + SECOND)
    union.enact(p.HaltUnion())
    union.now_us += 2 * SECOND
    union.propose("QM", p.SetRule("set_off_horizon_days", 5))
    assert union.payments[late].status is PaymentStatus.QUEUED
    union.enact(p.ResumeUnion())
    assert union.payments[late].status is PaymentStatus.REJECTED
    assert union.payments[due].status is PaymentStatus.SETTLED


def test_two_payments_that_meet_settle_together_when_both_can_pay_the_net():
    union = settled_world(100)
    first, _ = pay(union, A1, A2, 400)
    since = len(union.events)
    second, told = pay(union, A2, A1, 450)
    assert told.status is Status.SETTLED
    assert kinds(union, since) == ["PaymentQueued", "PaymentsOffset"]
    assert (union.balance(A1), union.balance(A2)) == (150, 50)
    assert {union.payments[each].status for each in (first, second)} == {PaymentStatus.SETTLED}


def test_several_payments_may_meet_one_but_only_from_the_head_of_the_queue():
    union = settled_world(100)
    for creditor, amount in ((A2, 200), (A2, 210), (B1, 500), (A2, 300)):
        pay(union, A1, creditor, amount)
    assert pay(union, A2, A1, 500)[1].status is Status.SETTLED
    assert line(union) == [500, 300]
    assert (union.balance(A1), union.balance(A2)) == (190, 10)
    assert pay(union, A2, A1, 305)[1].status is Status.QUEUED


def test_where_bypass_is_allowed_payments_meet_past_others():
    union = settled_world(100)
    for creditor, amount in ((B1, 500), (A2, 300)):
        pay(union, A1, creditor, amount)
    union.must(A1, q.AllowBypass("IDR", True))
    assert pay(union, A2, A1, 305)[1].status is Status.SETTLED
    assert line(union) == [500]
    pay(union, A2, B2, 800)
    pay(union, A1, A2, 240)
    assert pay(union, A2, A1, 260)[1].status is Status.QUEUED
    union.must(A2, q.AllowBypass("IDR", True))
    assert pay(union, A2, A1, 270)[1].status is Status.SETTLED


def test_what_a_set_that_meets_brings_lets_the_queues_move_on():
    union = settled_world(100)
    pay(union, A1, A2, 400)
    pay(union, A1, B1, 120)
    pay(union, A2, A1, 450)
    assert (line(union), union.balance(A1), union.balance(B1)) == ([], 30, 220)


def test_a_bank_that_cannot_pay_the_net_waits():
    union = settled_world(100)
    pay(union, A1, A2, 400)
    assert pay(union, A2, A1, 501)[1].status is Status.QUEUED
    assert line(union) == [400]


def test_at_the_close_what_waits_is_rejected_whatever_its_priority():
    union = settled_world(100)
    waiting = [pay(union, amount=400, priority=priority)[0] for priority in q.Priority]
    union.close_day()
    assert {union.payments[each].status for each in waiting} == {PaymentStatus.REJECTED}
    assert union.state.day.phase is Phase.CLOSED
    assert line(union) == []
