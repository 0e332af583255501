"""Limits: what normal payments may pay net in a day, towards one bank or all others."""

import datetime

from mufakat.core.accounts import settlement_account
from mufakat.core.limits import count, exceeded, room
from mufakat.core.state import PaymentStatus
from mufakat.model import command as c
from mufakat.model import queueing as q
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.outcome import Status
from mufakat.model.record import batch
from tests.core.test_queue import HIGH, NORMAL, URGENT, kinds, line, pay
from tests.union import A1, A2, B1, B2, settled_world

ACCOUNT = settlement_account(A1, "IDR")


def limited(**towards):
    """A union with 1,000 on each account, and limits of A1: `A2=50`, or `all=70`."""
    union = settled_world(1_000)
    for name, most in towards.items():
        union.must(A1, q.LimitPayments("IDR", None if name == "others" else globals()[name], most))
    return union


def used(union):
    return {each.counterparty: each.used for each in union.state.queue_terms[ACCOUNT].limits}


def test_a_normal_payment_beyond_a_bilateral_limit_waits_though_it_is_covered():
    union = limited(A2=50)
    assert pay(union, amount=50)[1].status is Status.SETTLED
    assert pay(union, amount=1)[1].status is Status.QUEUED
    assert pay(union, creditor=B1, amount=1)[1].status is Status.QUEUED, "in order, without bypass"
    union.must(A1, q.AllowBypass("IDR", True))
    assert line(union) == [1]


def test_what_the_other_bank_pays_gives_room_again():
    union = limited(A2=50)
    pay(union, amount=50)
    waits, _ = pay(union, amount=20)
    pay(union, A2, A1, 15)
    assert used(union) == {A2: 35}
    pay(union, A2, A1, 5)
    assert union.payments[waits].status is PaymentStatus.SETTLED
    assert used(union) == {A2: 50}


def test_what_the_other_bank_pays_in_a_cycle_gives_room_again_to_a_net_payer_too():
    union = limited(A2=50)
    pay(union, amount=50)
    pay(union, creditor=B1, amount=100, channel=c.Channel.MPNS)
    waits, _ = pay(union, amount=20)
    pay(union, A2, A1, 30, channel=c.Channel.MPNS)
    union.cycle()
    assert union.balance(A1) == 1_000 - 50 - 100 + 30 - 20
    assert union.payments[waits].status is PaymentStatus.SETTLED
    assert used(union) == {A2: 40}


def test_what_comes_back_by_a_return_gives_room_again():
    union = limited(A2=50)
    paid, _ = pay(union, amount=50)
    waits, _ = pay(union, amount=20)
    union.must(A2, c.ReturnPayment(paid, "AC04"))
    assert union.payments[waits].status is PaymentStatus.SETTLED
    assert used(union) == {A2: 20}


def test_a_return_is_not_held_back_by_a_limit_and_counts_up_to_it():
    union = limited(A2=50)
    first, _ = pay(union, A2, A1, 70)
    second, _ = pay(union, A2, A1, 30, priority=HIGH)
    assert used(union) == {A2: -70}
    union.must(A1, c.ReturnPayment(first, "AC04"))
    assert used(union) == {A2: 0}
    pay(union, amount=40)
    union.must(A1, c.ReturnPayment(second, "AC04"))
    assert used(union) == {A2: 50}


def test_urgent_and_high_payments_neither_wait_for_a_limit_nor_count():
    union = limited(A2=50)
    for priority in (URGENT, HIGH):
        assert pay(union, amount=80, priority=priority)[1].status is Status.SETTLED
    assert pay(union, A2, A1, amount=80, priority=HIGH)[1].status is Status.SETTLED
    assert used(union) == {A2: 0}


def test_a_multilateral_limit_binds_payments_to_all_that_have_none_of_their_own():
    union = limited(A2=50, others=60)
    assert pay(union, amount=50)[1].status is Status.SETTLED
    assert pay(union, creditor=B1, amount=40)[1].status is Status.SETTLED
    assert pay(union, creditor=B2, amount=30)[1].status is Status.QUEUED
    assert used(union) == {None: 40, A2: 50}
    assert room(union.state, ACCOUNT, B2, NORMAL) == 20
    assert room(union.state, ACCOUNT, B2, HIGH) == MAX_AMOUNT


def test_a_batch_of_an_account_with_limits_settles_payment_by_payment_up_to_them():
    union = limited(A2=50)
    first = len(union.events)
    outcome = union.tell(A1, batch(tuple(union.order(amount=6) for _ in range(12))))
    assert [each.status for each in outcome.items] == [Status.SETTLED] * 8 + [Status.QUEUED] * 4
    assert kinds(union, first) == ["PaymentsSettled"] * 8 + ["PaymentQueued"] * 4
    outcome = union.tell(
        A2, batch(tuple(union.order(debtor_agent=A2, creditor_agent=A1, amount=6) for _ in range(12)))
    )
    assert {each.status for each in outcome.items} == {Status.SETTLED}
    assert used(union) == {A2: 0}


def test_a_new_day_begins_with_nothing_used():
    union = limited(A2=50)
    pay(union, amount=50)
    union.pass_days(2)
    assert pay(union, amount=40, value_date=union.state.day.date)[1].status is Status.SETTLED
    assert used(union) == {A2: 40}
    assert pay(union, amount=11, value_date=union.state.day.date)[1].status is Status.QUEUED


def test_payments_that_meet_need_room_for_their_net_only():
    union = limited(A2=50)
    pay(union, A2, A1, 1_190)
    assert pay(union, A1, A2, 1_240)[1].status is Status.SETTLED
    assert used(union) == {A2: 50}
    pay(union, A2, A1, 1_190)
    assert pay(union, A1, A2, 1_191)[1].status is Status.QUEUED


def test_a_part_is_no_more_than_the_limit_leaves():
    union = limited(A2=50)
    pay(union, amount=400, divisible=True)
    assert union.balance(A1) == 950
    assert used(union) == {A2: 50}


def test_a_cycle_takes_no_payment_beyond_a_limit():
    union = limited(A2=50)
    over, _ = pay(union, amount=60)
    within, _ = pay(union, creditor=B1, amount=10, channel=c.Channel.MPNS)
    first, _ = pay(union, amount=45, channel=c.Channel.MPNS, priority=HIGH)
    union.cycle()
    assert {each: union.payments[each].status for each in (over, within, first)} == {
        over: PaymentStatus.QUEUED,
        within: PaymentStatus.ACCEPTED,
        first: PaymentStatus.SETTLED,
    }
    union.must(A1, q.LimitPayments("IDR", A2, 60))
    assert used(union) == {A2: 60}
    union.cycle()
    assert union.payments[within].status is PaymentStatus.SETTLED


def test_what_a_cycle_settles_counts():
    union = limited(A2=50)
    pay(union, amount=30, channel=c.Channel.MPNS)
    pay(union, A2, A1, amount=12, channel=c.Channel.MPNS)
    union.cycle()
    assert used(union) == {A2: 18}


def test_no_limit_is_exceeded_where_there_is_none():
    union = settled_world(1_000)
    assert exceeded(union.state, ()) == {}
    assert union.state.queue_terms.get(ACCOUNT) is None
    assert isinstance(union.state.day.date, datetime.date)


def test_what_comes_in_is_counted_to_no_less_than_the_largest_amount_below_zero():
    union = settled_world(500)
    union.must(A1, q.LimitPayments("IDR", None, 10))
    for _ in range(3):
        count(union.state, f"settlement/{B1}/IDR", ACCOUNT, MAX_AMOUNT, q.Priority.NORMAL)
    assert [each.used for each in union.state.queue_terms[ACCOUNT].limits] == [-MAX_AMOUNT]
    union.state.root()
