"""Reservations, what posts or voids them, and chains: payments that take effect at once or not at all."""

import datetime

import pytest
from msgspec.structs import replace

from mufakat.core.accounts import settlement_account
from mufakat.core.lifecycle import payment_of
from mufakat.core.state import PaymentStatus
from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.model.charter import DefaultProcedure
from mufakat.model.default import Cause, DeclareDefault
from mufakat.model.event import PaymentRejected
from mufakat.model.outcome import Status
from mufakat.model.queueing import Action, LimitPayments, Priority
from mufakat.model.record import RECORD_BYTES, batch
from mufakat.model.refusal import Reason
from tests.union import A1, A2, B1, C1, TUESDAY, settled_world, statuses, suspend

SECOND = 1_000_000


@pytest.fixture
def union():
    return settled_world(1_000)


def reserved(union, amount=300, **change):
    order = union.order(amount=amount, action=Action.RESERVE, **change)
    union.must(order.debtor_agent, batch((order,)))
    return order


def end(union, order, action, author=A1, **change):
    """Post or void a reservation; returns what became of it."""
    said = replace(order, action=action, **{"latest_us": 0, **change})
    (item,) = union.tell(author, batch((said,))).items
    return item.status if item.refusal is None else item.refusal.reason


def standing(union, bank=A1, currency="IDR"):
    account = union.state.accounts[settlement_account(bank, currency)]
    return account.balance, account.earmarked, account.available


def status(union, order):
    return payment_of(union.state, order.uetr).status


def told(union, *orders, author=A1, signers=()):
    cosigners = tuple((each, "submit") for each in signers)
    outcome = union.tell(author, batch(orders, signers), *cosigners)
    return [each.refusal.reason if each.refusal else each.status for each in outcome.items]


def test_a_reservation_holds_the_payers_money_and_gives_the_payee_nothing(union):
    order = reserved(union)
    assert standing(union) == (1_000, 300, 700)
    assert standing(union, A2) == (1_000, 0, 1_000)
    payment = payment_of(union.state, order.uetr)
    assert (payment.status, payment.order.amount) == (PaymentStatus.RESERVED, 300)
    assert list(statuses(union.pay(amount=701))) == [Status.QUEUED]


def test_it_is_posted_in_full_or_less_and_the_rest_is_free(union):
    whole, part = reserved(union), reserved(union)
    assert end(union, whole, Action.POST) is Status.SETTLED
    assert standing(union) == (700, 300, 400)
    assert end(union, part, Action.POST, amount=1) is Status.SETTLED
    assert standing(union) == (699, 0, 699)
    assert standing(union, A2) == (1_301, 0, 1_301)
    assert payment_of(union.state, part.uetr).order.amount == 1
    union.must(A2, c.ReturnPayment(part.uetr, "AC04"))
    assert (status(union, part), standing(union)) == (PaymentStatus.RETURNED, (700, 0, 700))


def test_it_ends_once_and_its_identifier_is_used_up(union):
    order = reserved(union)
    assert end(union, order, Action.VOID) is Status.VOIDED
    assert (status(union, order), standing(union)) == (PaymentStatus.VOIDED, (1_000, 0, 1_000))
    for action in (Action.POST, Action.VOID):
        assert end(union, order, action) is Reason.WRONG_STATUS
    for action in (Action.PAY, Action.RESERVE):
        assert told(union, replace(order, action=action)) == [Reason.DUPLICATE]
    assert end(union, union.order(), Action.POST) is Reason.UNKNOWN_PAYMENT
    settled = union.order(amount=1)
    union.must(A1, batch((settled,)))
    assert end(union, settled, Action.VOID) is Reason.WRONG_STATUS


def test_the_payer_posts_and_payer_or_payee_voids(union):
    order = reserved(union)
    assert end(union, order, Action.POST, A2) is Reason.NOT_OWN_AFFAIR
    assert end(union, order, Action.VOID, B1) is Reason.NOT_OWN_AFFAIR
    assert end(union, order, Action.VOID, A2) is Status.VOIDED


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 301},
        {"creditor_agent": B1},
        {"currency": "VND"},
        {"priority": Priority.HIGH},
        {"value_date": TUESDAY + datetime.timedelta(1)},
    ],
)
def test_what_ends_a_reservation_repeats_it(union, change):
    order = reserved(union)
    assert end(union, order, Action.POST, **change) is Reason.RESERVATION_DIFFERS
    assert end(union, order, Action.VOID, **{"amount": 300, **change}) is Reason.RESERVATION_DIFFERS
    assert standing(union) == (1_000, 300, 700)


def test_only_the_whole_is_voided_and_nothing_is_not_posted(union):
    order = reserved(union)
    assert end(union, order, Action.VOID, amount=299) is Reason.RESERVATION_DIFFERS
    assert end(union, order, Action.POST, amount=0) is Reason.AMOUNT_ZERO


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount": 1_001}, Reason.INSUFFICIENT_FUNDS),
        ({"amount": 0}, Reason.AMOUNT_ZERO),
        ({"value_date": TUESDAY + datetime.timedelta(2)}, Reason.VALUE_DATE_TOO_FAR),
        ({"creditor_agent": "NOBKQMA1XXX"}, Reason.UNKNOWN_CREDITOR_AGENT),
        ({"latest_us": 1}, Reason.LATEST_TIME_PASSED),
    ],
)
def test_what_cannot_be_reserved_at_once_is_refused_and_leaves_no_trace(union, change, reason):
    order = union.order(action=Action.RESERVE, **change)
    before = union.state.arrivals, standing(union)
    assert told(union, order) == [reason]
    assert (union.state.arrivals, standing(union)) == before
    assert payment_of(union.state, order.uetr) is None


def test_nothing_is_reserved_past_a_payment_that_waits(union):
    union.pay(amount=2_000)
    assert told(union, union.order(amount=1, action=Action.RESERVE)) == [Reason.INSUFFICIENT_FUNDS]
    assert told(union, union.order(amount=1, action=Action.RESERVE, priority=Priority.HIGH)) == [
        Status.RESERVED
    ]


def test_its_time_over_it_ends_by_log_time_and_what_waited_settles(union):
    order = reserved(union, latest_us=union.now_us + SECOND)
    union.pay(amount=800)
    assert standing(union) == (1_000, 300, 700)
    union.now_us += 2 * SECOND
    union.must(A2, c.ReserveLiquidity("IDR", 5))
    assert standing(union) == (200, 0, 200)
    payment = payment_of(union.state, order.uetr)
    assert (payment.status, payment.reason) == (PaymentStatus.REJECTED, Reason.LATEST_TIME_PASSED)


def test_after_the_cut_off_nothing_is_reserved_and_what_is_can_be_posted(union):
    order = reserved(union)
    union.phase(Phase.CUT_OFF)
    late = (
        reserved(union, amount=1)
        if union.state.day.phase is Phase.OPEN
        else union.order(action=Action.RESERVE)
    )
    assert told(union, late) == [Reason.AFTER_CUT_OFF]
    assert end(union, order, Action.POST, amount=100) is Status.SETTLED
    assert standing(union) == (900, 0, 900)


def test_what_is_still_reserved_at_the_close_is_free(union):
    order = reserved(union)
    first = len(union.events)
    union.close_day()
    ended = [each for each in union.events[first:] if isinstance(each, PaymentRejected)]
    assert [(each.uetr, each.reason) for each in ended] == [(order.uetr, Reason.LATEST_TIME_PASSED)]
    assert (len(union.state.reservations), standing(union)) == (0, (1_000, 0, 1_000))


def test_an_account_with_a_reservation_is_not_closed(union):
    union.must("QM", c.RedeemMoney(A2, "IDR", 1_000), ("QM", "approve"))
    reserved(union)
    outcome = union.tell("QM", c.CloseAccount(A2, "IDR"))
    assert outcome.refusal.reason is Reason.ACCOUNT_NOT_EMPTY


def test_a_limit_counts_what_is_reserved(union):
    union.must(A1, LimitPayments("IDR", None, 400))
    order = reserved(union)
    assert told(union, union.order(amount=101, action=Action.RESERVE)) == [Reason.LIMIT_EXCEEDED]
    assert list(statuses(union.pay(amount=101))) == [Status.QUEUED]
    assert union.tell(A1, LimitPayments("IDR", None, 299)).refusal.reason is Reason.LIMIT_IN_USE
    assert end(union, order, Action.POST, amount=299) is Status.SETTLED
    assert standing(union) == (600, 0, 600), "what waited had room in the limit"


def test_a_reservation_outside_a_limit_of_its_own_is_void_or_waits_for_its_end(union):
    order = reserved(union)
    union.must(A1, LimitPayments("IDR", A2, 200))
    assert end(union, order, Action.POST, amount=201) is Reason.LIMIT_EXCEEDED
    assert end(union, order, Action.POST, amount=200) is Status.SETTLED


def test_what_is_reserved_is_out_of_reach_of_everything_else(union):
    reserved(union, amount=900)
    assert union.tell(A1, c.ReserveLiquidity("IDR", 101)).refusal.reason is Reason.INSUFFICIENT_FUNDS
    redeem = c.RedeemMoney(A1, "IDR", 101)
    assert union.tell("QM", redeem, ("QM", "approve")).refusal.reason is Reason.INSUFFICIENT_FUNDS
    payment = union.order(amount=101, channel=c.Channel.MPNS)
    union.must(A1, batch((payment,)))
    union.cycle()
    assert (status(union, payment), standing(union)) == (PaymentStatus.ACCEPTED, (1_000, 900, 100))


def test_nothing_is_reserved_for_a_payee_that_is_suspended(union):
    suspend(union, "QO")
    order = union.order(creditor_agent=C1, value_date=union.state.day.date, action=Action.RESERVE)
    assert told(union, order) == [Reason.COUNTERPARTY_SUSPENDED]


def test_a_default_frees_what_is_reserved_from_and_to_the_party():
    union = settled_world(1_000, default=DefaultProcedure(on=True))
    own, coming, other = (
        reserved(union, debtor_agent=debtor, creditor_agent=creditor)
        for debtor, creditor in ((A1, A2), (A2, A1), (A2, B1))
    )
    for member in union.quorum():
        union.must(member, DeclareDefault(A1, Cause.INSOLVENT))
    reasons = [payment_of(union.state, each.uetr).reason for each in (own, coming, other)]
    assert reasons == [Reason.PARTY_IN_DEFAULT, Reason.COUNTERPARTY_IN_DEFAULT, None]
    assert (standing(union), standing(union, A2)) == ((1_000, 0, 1_000), (1_000, 300, 700))


# -- chains ------------------------------------------------------------------------------------------


def test_a_chain_takes_effect_as_a_whole(union):
    orders = (
        union.order(amount=600, linked=True),
        union.order(debtor_agent=A2, creditor_agent=A1, amount=1_600, linked=True),
        union.order(amount=2_000),
    )
    assert told(union, *orders, signers=(A2,)) == [Status.SETTLED] * 3
    assert (standing(union)[0], standing(union, A2)[0]) == (0, 2_000)


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_or_none_of_it_does_and_each_record_says_why(union, bad):
    orders = [union.order(amount=100, linked=place < 2) for place in range(3)]
    orders[bad] = replace(orders[bad], amount=5_000)
    expected = [Reason.LINK_FAILED] * 3
    expected[bad] = Reason.INSUFFICIENT_FUNDS
    before = union.state.arrivals
    assert told(union, *orders) == expected
    assert (standing(union), union.state.arrivals) == ((1_000, 0, 1_000), before)
    again = [replace(each, amount=100) for each in orders]
    assert told(union, *again) == [Status.SETTLED] * 3, "no identifier was used up"


def test_a_chain_sees_what_came_before_in_it(union):
    order = union.order(amount=300, action=Action.RESERVE, linked=True)
    post = replace(order, action=Action.POST, amount=200, linked=True)
    assert told(union, order, post, union.order(amount=790)) == [Status.RESERVED, *[Status.SETTLED] * 2]
    twice = union.order(amount=1, linked=True)
    assert told(union, twice, replace(twice, linked=False)) == [Reason.LINK_FAILED, Reason.DUPLICATE]
    held = union.order(debtor_agent=A2, creditor_agent=A1, amount=5, action=Action.RESERVE, linked=True)
    void = replace(held, action=Action.VOID, linked=True)
    assert told(union, held, void, replace(void, linked=False), author=A2) == [
        *[Reason.LINK_FAILED] * 2,
        Reason.WRONG_STATUS,
    ]


def test_both_legs_of_two_currencies_settle_or_neither(union):
    rupiah = union.order(amount=900, linked=True)
    ringgit = union.order(debtor_agent=A2, creditor_agent=A1, amount=1_001, currency="MYR")
    assert told(union, rupiah, ringgit, signers=(A2,)) == [Reason.LINK_FAILED, Reason.INSUFFICIENT_FUNDS]
    assert told(union, rupiah, replace(ringgit, amount=1_000), signers=(A2,)) == [Status.SETTLED] * 2
    assert (standing(union), standing(union, A2, "MYR")) == ((100, 0, 100), (0, 0, 0))


def test_what_a_chain_brings_lets_the_payees_queue_go_on(union):
    union.pay(debtor_agent=A2, creditor_agent=B1, amount=1_500)
    assert told(union, union.order(amount=400, linked=True), union.order(amount=100)) == [Status.SETTLED] * 2
    assert (standing(union, A2)[0], standing(union, B1)[0]) == (0, 2_500)


def test_limits_hold_over_a_chain(union):
    union.must(A1, LimitPayments("IDR", None, 400))
    orders = union.order(amount=300, linked=True), union.order(amount=101)
    assert told(union, *orders) == [Reason.LINK_FAILED, Reason.LIMIT_EXCEEDED]
    back = union.order(debtor_agent=A2, creditor_agent=A1, amount=50, linked=True)
    assert told(union, orders[0], back, orders[1], signers=(A2,)) == [Status.SETTLED] * 3


# -- who signs ---------------------------------------------------------------------------------------


def refused(union, author, body, *cosigners):
    outcome = union.tell(author, body, *cosigners)
    return outcome.refusal.reason if outcome.refusal else None


def test_each_payer_signs_with_its_submit_key(union):
    orders = union.order(amount=1), union.order(debtor_agent=A2, creditor_agent=A1, amount=1)
    assert told(union, *orders) == [Status.SETTLED, Reason.NOT_OWN_AFFAIR]
    body = batch(orders, (A2,))
    assert refused(union, A1, body) is Reason.APPROVAL_MISSING
    assert refused(union, A1, body, (A2, "approve")) is Reason.SIGNATURE_SUPERFLUOUS
    assert refused(union, A1, body, (A2, "audit")) is Reason.WRONG_ROLE
    assert refused(union, A1, body, (B1, "submit")) is Reason.SIGNATURE_SUPERFLUOUS
    assert refused(union, A1, body, (A2, "submit"), (B1, "submit")) is Reason.SIGNATURE_SUPERFLUOUS


def test_under_four_eyes_each_payer_approves_too():
    union = settled_world(1_000, four_eyes=("IssueMoney", "SubmitPayments"))
    body = batch((union.order(debtor_agent=A2, creditor_agent=A1, amount=1),), (A2,))
    both = (A1, "approve"), (A2, "submit")
    assert refused(union, A1, body, *both) is Reason.APPROVAL_MISSING
    assert refused(union, A1, body, *both, (A2, "approve")) is None


@pytest.mark.parametrize("signers", [(A1,), (A2, A2), (A2, B1)])
def test_who_signs_is_named_once_and_in_order(union, signers):
    body = batch((union.order(amount=1),), signers)
    cosigners = tuple((each, "submit") for each in dict.fromkeys(signers) if each != A1)
    named = {Reason.MALFORMED, Reason.APPROVAL_MISSING}
    assert refused(union, A1, body, *cosigners) in named


def test_who_signs_is_a_participant_that_may_do_business(union):
    assert (
        refused(union, A1, batch((union.order(amount=1),), ("QM",)), ("QM", "submit"))
        is Reason.NOT_OWN_AFFAIR
    )
    suspend(union, "QO")
    body = batch((union.order(amount=1, value_date=union.state.day.date),), (C1,))
    assert refused(union, A1, body, (C1, "submit")) is Reason.MEMBER_SUSPENDED


def test_a_chain_that_is_open_at_the_end_is_malformed(union):
    body = batch((union.order(amount=1), union.order(amount=1, linked=True)))
    assert refused(union, A1, body) is Reason.MALFORMED
    assert refused(union, A1, c.SubmitPayments(body.records[:RECORD_BYTES])) is None
