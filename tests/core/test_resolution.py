"""Gridlock: what settles together, when it is looked for, and that limits and order hold."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core import resolution
from mufakat.core.state import PaymentStatus
from mufakat.model import command as c
from mufakat.model import queueing as q
from mufakat.model.calendar import Phase
from mufakat.model.outcome import Status
from mufakat.model.refusal import Reason
from tests.core.test_queue import HIGH, NORMAL, kinds, line, pay
from tests.naive import settles_together
from tests.strategies import SECOND, world
from tests.union import A1, A2, B1, B2, C1, HOLIDAY, MONDAY, settled_world

RING = (A1, B1, C1)


def ring(union, amount=400):
    """Three payments that wait for each other."""
    return [
        pay(union, debtor, creditor, amount)[0] for debtor, creditor in zip(RING, (B1, C1, A1), strict=True)
    ]


def asked(union, author=A1, currency="IDR"):
    union.now_us += SECOND
    return union.tell(author, q.ResolveQueues(currency))


def resolved(union):
    return [event for event in union.events if isinstance(event, q.QueuesResolved)]


def test_a_ring_of_payments_settles_without_any_money():
    union = settled_world(0)
    waiting = ring(union)
    since = len(union.events)
    assert asked(union).refusal is None
    assert {union.payments[each].status for each in waiting} == {PaymentStatus.SETTLED}
    assert [union.balance(bank) for bank in RING] == [0, 0, 0]
    assert kinds(union, since) == ["QueuesResolved"]
    assert (len(resolved(union)[0].payments), resolved(union)[0].left) == (3, 0)


def test_payments_pass_others_of_their_priority_where_their_bank_allows_it():
    union = settled_world(0)
    pay(union, A1, B1, 800)
    passing = ring(union, 100)
    asked(union)
    assert {union.payments[each].status for each in passing} == {PaymentStatus.QUEUED}
    union.must(A1, q.AllowBypass("IDR", allowed=True))
    asked(union)
    assert {union.payments[each].status for each in passing} == {PaymentStatus.SETTLED}
    assert len(line(union, A1)) == 1


def test_no_payment_passes_one_of_a_higher_priority():
    union = settled_world(0)
    union.must(A1, q.AllowBypass("IDR", allowed=True))
    pay(union, A1, B1, 800, priority=HIGH)
    behind = ring(union, 100)
    asked(union)
    assert {union.payments[each].status for each in behind} == {PaymentStatus.QUEUED}


def test_what_a_set_brings_lets_queues_move_on():
    union = settled_world(0)
    pay(union, A1, B1, 300)
    pay(union, B1, C1, 300)
    pay(union, C1, A1, 350)
    pay(union, C1, A2, 40)
    union.issue(C1, "IDR", 90)
    asked(union)
    assert [line(union, bank) for bank in RING] == [[], [], []]
    assert [union.balance(bank) for bank in (*RING, A2)] == [50, 0, 0, 40]


def test_the_last_payment_of_an_account_in_deficit_is_left_out():
    union = settled_world(0)
    ring(union)
    pay(union, A1, B2, 5)
    pay(union, A1, B2, 1, priority=HIGH)
    asked(union)
    assert line(union) == [1, 400, 5], "the first in line cannot be paid"
    union.issue(A1, "IDR", 1)
    union.issue(A1, "IDR", 4)
    asked(union)
    assert line(union) == [5]


def test_it_runs_at_cut_off_for_each_currency_in_which_something_waits():
    union = settled_world(0)
    waiting = ring(union)
    union.phase(Phase.CUT_OFF)
    assert {union.payments[each].status for each in waiting} == {PaymentStatus.SETTLED}
    assert [event.currency for event in resolved(union)] == ["IDR"]


def test_it_runs_by_itself_when_as_many_have_queued_as_waited_on():
    union = settled_world(0)
    runs = []
    for number in range(64):
        pay(union, (A1, A2)[number % 2], B1, 10)
        runs.append(len(resolved(union)))
    grown = [number + 1 for number in range(1, 64) if runs[number] > runs[number - 1]]
    assert grown == [8, 16, 32, 64]


def test_a_ring_among_many_that_wait_settles_when_it_runs_by_itself():
    union = settled_world(0)
    for _ in range(5):
        pay(union, A2, B2, 10)
    waiting = ring(union)
    assert {union.payments[each].status for each in waiting} == {PaymentStatus.SETTLED}


@pytest.mark.parametrize(
    ("author", "currency", "why"),
    [
        (A1, "JPY", Reason.UNKNOWN_CURRENCY),
        ("QM", "IDR", None),
        ("QN", "IDR", None),
    ],
)
def test_a_member_or_a_bank_with_an_account_asks(author, currency, why):
    refusal = asked(settled_world(0), author, currency).refusal
    assert (refusal.reason if refusal is not None else None) is why


def test_nobody_asks_twice_in_a_second():
    union = settled_world(0)
    asked(union)
    assert union.tell(A2, q.ResolveQueues("IDR")).refusal.reason is Reason.RESOLVED_JUST_NOW
    union.must(A2, q.ResolveQueues("VND"))
    assert asked(union, A2).refusal is None


def test_nobody_asks_on_a_day_that_is_not_open_or_of_a_currency_on_holiday():
    union = settled_world(0)
    union.close_day()
    assert asked(union).refusal.reason is Reason.DAY_NOT_OPEN
    union.open_day(HOLIDAY)
    assert asked(union, currency="VND").refusal.reason is Reason.CURRENCY_CLOSED
    assert MONDAY < HOLIDAY


def test_a_bank_without_an_account_does_not_ask():
    union = settled_world(0)
    union.must("QM", c.CloseAccount(B2, "IDR"))
    assert asked(union, B2).refusal.reason is Reason.ACCOUNT_CLOSED


def test_limits_hold_on_the_net_of_the_set():
    union = settled_world(0)
    union.must(A1, q.LimitPayments("IDR", B1, 100))
    waiting = ring(union)
    asked(union)
    assert {union.payments[each].status for each in waiting} == {PaymentStatus.QUEUED}
    pay(union, B1, A1, 320)
    union.issue(B1, "IDR", 320)
    asked(union)
    assert {union.payments[each].status for each in waiting} == {PaymentStatus.SETTLED}
    assert [each.used for each in union.state.queue_terms[f"settlement/{A1}/IDR"].limits] == [80]


def test_what_is_left_out_for_a_limit_keeps_back_what_is_behind_it_unless_bypass_is_allowed():
    for bypass, left in ((False, [400, 30]), (True, [400])):
        union = settled_world(0)
        union.must(A1, q.LimitPayments("IDR", B1, 100))
        if bypass:
            union.must(A1, q.AllowBypass("IDR", True))
        for debtor, creditor, amount in (
            *((A1, B1, 400), (B1, A2, 400), (A2, A1, 400)),
            *((A1, B2, 30), (B2, C1, 30), (C1, A1, 30)),
        ):
            pay(union, debtor, creditor, amount)
        asked(union)
        assert line(union) == left


def test_after_some_rounds_whatever_exceeds_a_limit_is_left_out(monkeypatch):
    monkeypatch.setattr(resolution, "_ROUNDS", 0)
    union = settled_world(0)
    union.must(A1, q.LimitPayments("IDR", B1, 100))
    pay(union, A1, B1, 60)
    pay(union, A1, B1, 70)
    pay(union, B1, C1, 130)
    pay(union, C1, A1, 130)
    asked(union)
    assert (line(union), line(union, B1), line(union, C1)) == ([60, 70], [130], [130])


def test_a_chain_of_limits_is_looked_through_in_few_rounds(monkeypatch):
    union = settled_world(0)
    chain = (A1, B1, C1, A2, B2)
    union.issue(A1, "IDR", 5)
    for payer, payee in itertools.pairwise(chain):
        union.must(payer, q.LimitPayments("IDR", None, 0))
        pay(union, payer, payee, 5)
    rounds = []
    counted = resolution._covered
    monkeypatch.setattr(resolution, "_covered", lambda *args, **kw: rounds.append(1) or counted(*args, **kw))
    monkeypatch.setattr(resolution, "_ROUNDS", 1)
    asked(union)
    assert len(rounds) <= 3
    assert [line(union, bank) for bank in chain] == [[5], [5], [5], [5], []]


def test_the_more_is_left_waiting_the_later_the_next_one_asks(monkeypatch):
    monkeypatch.setattr(resolution, "_PAUSE_LONGER", 1)
    union = settled_world(0)
    pay(union, A1, B1, 5)
    pay(union, A1, B1, 6)
    assert asked(union).refusal is None
    assert asked(union).refusal.reason is Reason.RESOLVED_JUST_NOW
    union.now_us += 2 * SECOND
    assert asked(union).refusal is None


def test_amounts_that_no_sum_holds_wait():
    most = 10**18 - 1
    union = world(0, most)
    pay(union, A1, B1, most)
    pay(union, B1, A1, most, priority=HIGH)
    assert asked(union).refusal is None
    assert len(line(union)) in {0, 1}


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 60), st.sampled_from((NORMAL, HIGH))),
        max_size=24,
    ),
    st.lists(st.integers(0, 40), min_size=4, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 60)), max_size=3),
)
def test_the_largest_set_settles_as_by_the_plain_rule_and_no_limit_is_exceeded(said, money, capped):
    union, banks = world(0), (A1, A2, B1, C1)
    for debtor, creditor, most in capped:
        union.tell(banks[debtor], q.LimitPayments("IDR", banks[creditor], most))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resolution, "LEAST", 10**9)
        for debtor, creditor, amount, priority in said:
            if debtor != creditor:
                pay(union, banks[debtor], banks[creditor], amount, priority=priority)
    for bank, amount in zip(banks, money, strict=True):
        if amount:
            union.issue(bank, "IDR", amount)
    state, waiting = union.state, {}
    for account, queue in state.queues.items():
        waiting[account] = [
            (uetr, f"settlement/{state.payments[uetr].order.creditor_agent}/IDR", state.payments[uetr].rest)
            for uetr in queue
        ]
    funds = {each.id: each.available for each in state.accounts.records() if each.currency == "IDR"}
    since = len(union.events)
    outcome = asked(union)
    assert outcome.status is Status.DONE
    (run,) = [event for event in union.events[since:] if isinstance(event, q.QueuesResolved)]
    found = {transfer[0] for transfer in run.payments}
    best = settles_together(waiting, funds)
    assert found <= best
    if not len(state.queue_terms):
        assert found == best
