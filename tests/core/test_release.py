"""Queues that move when money comes: in order, past each other where that is allowed, and in parts."""

import pytest

from mufakat.core import release
from mufakat.core.state import PaymentStatus
from mufakat.model import command as c
from mufakat.model import queueing as q
from mufakat.model.outcome import Status
from mufakat.model.refusal import Reason
from tests.core.test_queue import HIGH, line, pay
from tests.union import A1, A2, B1, settled_world


def test_with_bypass_a_covered_payment_passes_one_that_is_not_and_without_it_waits():
    union = settled_world(100)
    pay(union, amount=400)
    assert pay(union, amount=30)[1].status is Status.QUEUED
    union.must(A1, q.AllowBypass("IDR", True))
    assert (line(union), union.balance(A1)) == ([400], 70)
    assert pay(union, amount=20)[1].status is Status.SETTLED
    union.must(A1, q.AllowBypass("IDR", False))
    assert pay(union, amount=20)[1].status is Status.QUEUED


def test_bypass_lets_nothing_pass_a_higher_priority():
    union = settled_world(100)
    union.must(A1, q.AllowBypass("IDR", True))
    pay(union, amount=400, priority=HIGH)
    assert pay(union, amount=30)[1].status is Status.QUEUED
    assert pay(union, amount=30, priority=HIGH)[1].status is Status.SETTLED


def test_no_more_payments_are_looked_past_than_a_bound(monkeypatch):
    monkeypatch.setattr(release, "MOST_LOOKED_PAST", 2)
    union = settled_world(100)
    for amount in (400, 401, 30):
        pay(union, amount=amount)
    union.must(A1, q.AllowBypass("IDR", True))
    assert line(union) == [400, 401, 30]


def test_limits_are_looked_up_for_payments_alone_that_funds_cover(monkeypatch):
    union = settled_world(100)
    for amount in (400, 401, 402, 30):
        pay(union, amount=amount)
    looked_up = []
    monkeypatch.setattr(release.limits, "room", lambda *of: looked_up.append(of) or 1_000)
    union.must(A1, q.AllowBypass("IDR", True))
    assert (line(union), len(looked_up)) == ([400, 401, 402], 1)


def test_a_divisible_payment_at_the_head_settles_what_funds_cover_and_the_rest_when_they_come():
    union = settled_world(100)
    divided, told = pay(union, amount=400, divisible=True)
    assert told.status is Status.QUEUED
    assert (union.balance(A1), union.balance(A2)) == (0, 200)
    assert union.state.payments[divided].paid == 100
    union.issue(A1, "IDR", 39)
    assert union.balance(A1) == 39
    union.issue(A1, "IDR", 1)
    assert (union.balance(A1), union.state.payments[divided].paid) == (0, 140)
    union.issue(A1, "IDR", 500)
    assert (union.balance(A1), union.balance(A2)) == (240, 500)
    assert union.payments[divided].status is PaymentStatus.SETTLED


def test_no_payment_has_more_than_ten_parts():
    union = settled_world(0)
    pay(union, amount=1_001, divisible=True)
    for _ in range(1_001):
        union.issue(A1, "IDR", 1)
    parts = [event for event in union.events if isinstance(event, q.PaymentPartSettled)]
    assert [each.amount for each in parts] == [101] * 9
    assert union.balance(A2) == 1_001


def test_a_payment_that_is_whole_or_behind_another_settles_no_part():
    union = settled_world(100)
    pay(union, amount=400)
    pay(union, amount=300, divisible=True)
    assert union.balance(A1) == 100


def test_at_the_close_the_rest_is_rejected_and_what_was_paid_stays_and_can_be_returned_once():
    union = settled_world(100)
    divided, _ = pay(union, amount=400, divisible=True)
    assert union.tell(A2, c.ReturnPayment(divided, "AC04")).refusal.reason is Reason.WRONG_STATUS
    union.close_day()
    assert union.payments[divided].reason is Reason.UNSETTLED_AT_CLOSE
    assert (union.balance(A1), union.balance(A2)) == (0, 200)
    union.open_day(union.state.day.date.replace(day=26))
    union.must(A2, c.ReturnPayment(divided, "AC04"))
    assert (union.balance(A1), union.balance(A2)) == (100, 100)
    assert union.tell(A2, c.ReturnPayment(divided, "AC04")).refusal.reason is Reason.ALREADY_RETURNED


def test_a_cancelled_rest_leaves_what_was_paid():
    union = settled_world(100)
    divided, _ = pay(union, amount=400, divisible=True)
    union.must(A1, c.CancelPayment(divided))
    assert (line(union), union.balance(A2)) == ([], 200)
    union.must(A2, c.ReturnPayment(divided, "AC04"))
    assert union.balance(A2) == 100
    whole, _ = pay(union, amount=4_000)
    union.must(A1, c.CancelPayment(whole))
    assert union.tell(A2, c.ReturnPayment(whole, "AC04")).refusal.reason is Reason.WRONG_STATUS


def test_a_cycle_settles_the_rest():
    union = settled_world(100)
    divided, _ = pay(union, amount=400, divisible=True)
    pay(union, B1, A1, 300, channel=c.Channel.MPNS)
    pay(union, A2, B1, 200, channel=c.Channel.MPNS)
    union.cycle()
    assert union.payments[divided].status is PaymentStatus.SETTLED
    assert [union.balance(bank) for bank in (A1, A2, B1)] == [0, 300, 0]


@pytest.mark.parametrize("allowed", [True, False])
def test_what_stands_already_is_not_said_again(allowed):
    union = settled_world(100)
    if allowed:
        union.must(A1, q.AllowBypass("IDR", True))
    assert union.tell(A1, q.AllowBypass("IDR", allowed)).refusal.reason is Reason.ALREADY_SO
    assert union.tell(A1, q.AllowBypass("JPY", not allowed)).refusal.reason is Reason.UNKNOWN_ACCOUNT
