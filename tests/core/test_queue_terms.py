"""Setting limits and bypass: what is a participant's own, and what cannot be."""

import pytest

from mufakat.core.accounts import settlement_account
from mufakat.model import queueing as q
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.proposal import SuspendMember
from mufakat.model.refusal import Reason
from tests.core.test_queue import line, pay
from tests.union import A1, A2, B1, settled_world

ACCOUNT = settlement_account(A1, "IDR")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (q.LimitPayments("JPY", A2, 5), Reason.UNKNOWN_ACCOUNT),
        (q.LimitPayments("IDR", "NOBKQMA1XXX", 5), Reason.UNKNOWN_PARTICIPANT),
        (q.LimitPayments("IDR", A1, 5), Reason.LIMIT_FOR_ONESELF),
        (q.LimitPayments("IDR", A2, -1), Reason.AMOUNT_INVALID),
        (q.LimitPayments("IDR", A2, MAX_AMOUNT + 1), Reason.AMOUNT_INVALID),
        (q.LimitPayments("IDR", A2, None), Reason.ALREADY_SO),
        (q.AllowBypass("IDR", False), Reason.ALREADY_SO),
    ],
)
def test_what_cannot_be_set_is_refused(body, why):
    assert settled_world().tell(A1, body).refusal.reason is why


def test_only_who_has_an_account_sets_something_for_it():
    union = settled_world()
    for body in (q.LimitPayments("IDR", A2, 5), q.AllowBypass("IDR", True)):
        assert union.tell("QM", body).refusal.reason is Reason.UNKNOWN_ACCOUNT


def test_a_limit_goes_below_what_is_used_of_it_only_when_that_comes_back():
    union = settled_world(100)
    union.must(A1, q.LimitPayments("IDR", A2, 50))
    pay(union, amount=30)
    assert union.tell(A1, q.LimitPayments("IDR", A2, 29)).refusal.reason is Reason.LIMIT_IN_USE
    union.must(A1, q.LimitPayments("IDR", A2, 30))
    assert union.tell(A1, q.LimitPayments("IDR", A2, 30)).refusal.reason is Reason.ALREADY_SO
    union.must(A1, q.LimitPayments("IDR", A2, None))
    assert union.state.queue_terms[ACCOUNT].limits == ()


def test_a_higher_limit_and_one_that_is_taken_away_let_the_queue_move():
    union = settled_world(100)
    union.must(A1, q.LimitPayments("IDR", A2, 5))
    pay(union, amount=10)
    pay(union, amount=20)
    union.must(A1, q.LimitPayments("IDR", A2, 15))
    assert line(union) == [20]
    union.must(A1, q.LimitPayments("IDR", A2, None))
    assert line(union) == []


def test_limits_stand_in_order_and_bypass_beside_them():
    union = settled_world(100)
    for bank in (B1, A2, None):
        union.must(A1, q.LimitPayments("IDR", bank, 5))
    union.must(A1, q.AllowBypass("IDR", True))
    terms = union.state.queue_terms[ACCOUNT]
    assert [each.counterparty for each in terms.limits] == [None, *sorted((A2, B1))]
    assert terms.bypass


def test_a_suspended_members_bank_sets_nothing():
    union = settled_world(100)
    union.enact(SuspendMember("QM"))
    assert union.tell(A1, q.AllowBypass("IDR", True)).refusal.reason is Reason.MEMBER_SUSPENDED
