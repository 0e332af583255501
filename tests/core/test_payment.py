import datetime

import msgspec
import pytest

from mufakat.core.state import PaymentStatus
from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.outcome import Status
from mufakat.model.record import batch
from mufakat.model.refusal import Reason
from tests.union import A1, A2, B1, HOLIDAY, MONDAY, TUESDAY, Union, settled_world, uetr

THURSDAY, FRIDAY, NEXT_MONDAY = (datetime.date(2026, 11, day) for day in (26, 27, 30))


def item(outcome):
    assert outcome.refusal is None, outcome
    return outcome.items[0]


def test_a_covered_payment_settles_at_once_and_moves_the_money():
    union = settled_world(1_000)
    assert item(union.pay(amount=400)).status is Status.SETTLED
    assert (union.balance(A1), union.balance(A2)) == (600, 1_400)


def test_an_uncovered_payment_queues_and_settles_when_money_comes():
    union = settled_world(100)
    assert item(union.pay(amount=400)).status is Status.QUEUED
    assert union.balance(A1) == 100
    union.issue(A1, "IDR", 300)
    assert (union.balance(A1), union.balance(A2)) == (0, 500)


def test_the_queue_is_first_in_first_out_even_when_a_later_payment_would_fit():
    union = settled_world(100)
    union.pay(amount=400)
    assert item(union.pay(amount=50)).status is Status.QUEUED


def test_one_incoming_payment_releases_a_chain_of_queues():
    union = settled_world(0)
    first = union.order(debtor_agent=A2, creditor_agent=B1, amount=70)
    union.tell(A2, batch((first,)))
    union.pay(debtor_agent=A1, creditor_agent=A2, amount=70)
    union.issue(A1, "IDR", 70)
    assert (union.balance(A1), union.balance(A2), union.balance(B1)) == (0, 0, 70)


def test_a_repeated_identifier_changes_nothing():
    union = settled_world(1_000)
    order = union.order(amount=100)
    union.tell(A1, batch((order,)))
    root = union.state.register.root()
    again = item(union.tell(A1, batch((order,))))
    assert again.refusal.reason is Reason.DUPLICATE
    assert union.state.register.root() == root
    assert union.balance(A1) == 900


def test_a_repeated_identifier_within_one_batch_settles_once():
    union = settled_world(1_000)
    order = union.order(amount=100)
    outcome = union.tell(A1, batch((order, order)))
    assert [each.status for each in outcome.items] == [Status.SETTLED, Status.REFUSED]
    assert union.balance(A1) == 900


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"creditor_agent": "NOBKQMA1XXX"}, Reason.UNKNOWN_CREDITOR_AGENT),
        ({"currency": "JPY"}, Reason.UNKNOWN_CURRENCY),
        ({"creditor_agent": A1}, Reason.SAME_PARTY),
        ({"amount": 0}, Reason.AMOUNT_ZERO),
        ({"amount": -5}, Reason.AMOUNT_INVALID),
        ({"amount": 10_000_001}, Reason.ABOVE_PAYMENT_LIMIT),
        ({"value_date": MONDAY}, Reason.VALUE_DATE_PAST),
        ({"value_date": datetime.date(2026, 11, 28)}, Reason.CURRENCY_CLOSED),
        ({"value_date": datetime.date(2027, 11, 24)}, Reason.VALUE_DATE_TOO_FAR),
        ({"value_date": HOLIDAY, "currency": "VND"}, Reason.CURRENCY_CLOSED),
    ],
)
def test_a_payment_against_a_rule_is_rejected_with_its_reason_for_good(change, reason):
    union = settled_world()
    order = union.order(**change)
    refused = item(union.tell(A1, batch((order,))))
    assert refused.refusal.reason is reason
    assert union.payments[order.uetr].status is PaymentStatus.REJECTED
    assert item(union.tell(A1, batch((order,)))).refusal.reason is Reason.DUPLICATE


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"currency": "idr"}, Reason.IDENTIFIER_INVALID),
        ({"creditor_agent": "bk02qma1xxx"}, Reason.IDENTIFIER_INVALID),
        ({"amount": 2**62}, Reason.AMOUNT_TOO_LARGE),
        ({"amount": 2**63 - 1}, Reason.AMOUNT_TOO_LARGE),
        ({"amount": -(2**63)}, Reason.AMOUNT_TOO_LARGE),
        ({"debtor_agent": A2, "creditor_agent": A1}, Reason.NOT_OWN_AFFAIR),
    ],
)
def test_what_is_not_the_authors_own_or_not_well_formed_leaves_no_trace(change, reason):
    union = settled_world()
    outcome = union.tell(A1, batch((union.order(**change),)))
    assert outcome.items[0].refusal.reason is reason
    assert union.payments == {}


@pytest.mark.parametrize("at", [6, 8, 48, 59, 62, 63, 64, 75, 79, 95, 103, 104, 105, 127])
def test_a_record_with_a_byte_that_does_not_belong_there_leaves_no_trace(at):
    union = settled_world()
    for good in (0, 7, 20):
        record = bytearray(batch((union.order(),)).records)
        record[at] = 0xFF
        body = batch(tuple(union.order(amount=1) for _ in range(good)))
        outcome = union.tell(A1, c.SubmitPayments(body.records + bytes(record) + body.records[:128]))
        bad = outcome.items[good]
        assert bad.refusal.reason in {Reason.IDENTIFIER_INVALID, Reason.NOT_OWN_AFFAIR}
        assert len(union.payments) == good
        union = settled_world()


def test_a_record_that_is_broken_off_refuses_the_batch():
    union = settled_world()
    whole = batch((union.order(),)).records
    for length in (1, 127, 129, 255):
        outcome = union.tell(A1, c.SubmitPayments((whole * 2)[:length]))
        assert outcome.refusal.reason is Reason.MALFORMED
    assert union.payments == {}


def test_the_rest_of_a_batch_goes_on_after_a_bad_item():
    union = settled_world()
    orders = (
        union.order(amount=0),
        union.order(amount=7),
        union.order(currency="JPY"),
        union.order(amount=8),
    )
    outcome = union.tell(A1, batch(orders))
    assert [each.status for each in outcome.items] == [Status.REFUSED, Status.SETTLED] * 2
    assert union.balance(A2) == 1_015


def test_a_closed_account_neither_pays_nor_receives():
    union = settled_world(0)
    union.must("QM", c.CloseAccount(A1, "IDR"))
    assert item(union.pay()).refusal.reason is Reason.ACCOUNT_CLOSED
    assert (
        item(union.pay(debtor_agent=A2, creditor_agent=A1)).refusal.reason is Reason.CREDITOR_ACCOUNT_CLOSED
    )


def test_payments_follow_the_phases_of_the_day():
    union = settled_world()
    union.phase(Phase.CUT_OFF)
    assert item(union.pay()).refusal.reason is Reason.AFTER_CUT_OFF
    assert item(union.pay(value_date=datetime.date(2026, 11, 26))).status is Status.ACCEPTED
    union.phase(Phase.CLOSED)
    assert item(union.pay()).refusal.reason is Reason.DAY_NOT_OPEN


def test_a_future_payment_waits_and_settles_on_its_value_date():
    union = settled_world(1_000)
    assert item(union.pay(amount=10, value_date=HOLIDAY)).status is Status.ACCEPTED
    union.phase(Phase.CUT_OFF)
    union.phase(Phase.CLOSED)
    assert union.balance(A2) == 1_000
    union.open_day(HOLIDAY)
    assert union.balance(A2) == 1_010


def test_what_is_unsettled_at_the_close_is_rejected_and_said_so():
    union = settled_world(0)
    order = union.order(amount=10)
    union.tell(A1, batch((order,)))
    union.phase(Phase.CUT_OFF)
    union.phase(Phase.CLOSED)
    payment = union.payments[order.uetr]
    assert (payment.status, payment.reason) == (PaymentStatus.REJECTED, Reason.UNSETTLED_AT_CLOSE)


def test_only_the_debtor_agent_cancels_and_only_what_waits():
    union = settled_world(0)
    order = union.order(amount=10)
    union.tell(A1, batch((order,)))
    assert union.tell(A2, c.CancelPayment(order.uetr)).refusal.reason is Reason.NOT_OWN_AFFAIR
    assert union.tell(A1, c.CancelPayment(order.uetr)).status is Status.DONE
    assert union.tell(A1, c.CancelPayment(order.uetr)).refusal.reason is Reason.WRONG_STATUS
    assert union.tell(A1, c.CancelPayment(uetr(999))).refusal.reason is Reason.UNKNOWN_PAYMENT


def test_cancelling_the_first_in_the_queue_lets_the_next_settle():
    union = settled_world(100)
    large = union.order(amount=400)
    union.tell(A1, batch((large, union.order(amount=60))))
    union.must(A1, c.CancelPayment(large.uetr))
    assert union.balance(A1) == 40


def settled(union: Union, amount: int) -> str:
    order = union.order(amount=amount)
    union.tell(A1, batch((order,)))
    return order.uetr


def test_a_returned_payment_moves_the_money_back_once():
    union = settled_world(1_000)
    paid = settled(union, 150)
    union.must(A2, c.ReturnPayment(paid, "AC04"))
    again = union.tell(A2, c.ReturnPayment(paid, "AC04"))
    assert (union.balance(A1), union.balance(A2)) == (1_000, 1_000)
    assert again.refusal.reason is Reason.ALREADY_RETURNED


def test_a_return_needs_the_creditor_agent_its_funds_and_a_code():
    union = settled_world(100)
    paid = settled(union, 100)
    assert union.tell(A1, c.ReturnPayment(paid, "AC04")).refusal.reason is Reason.NOT_OWN_AFFAIR
    assert union.tell(A2, c.ReturnPayment(paid, "no")).refusal.reason is Reason.REASON_CODE_INVALID
    union.pay(debtor_agent=A2, creditor_agent=B1, amount=150)
    assert union.tell(A2, c.ReturnPayment(paid, "AC04")).refusal.reason is Reason.INSUFFICIENT_FUNDS
    assert union.tell(A2, c.ReturnPayment(uetr(998), "AC04")).refusal.reason is Reason.UNKNOWN_PAYMENT


def test_a_batch_is_neither_empty_nor_larger_than_the_charter_allows():
    union = settled_world(max_batch_items=2)
    assert union.tell(A1, batch(())).refusal.reason is Reason.EMPTY_BATCH
    three = tuple(union.order() for _ in range(3))
    assert union.tell(A1, batch(three)).refusal.reason is Reason.BATCH_TOO_LARGE
    assert union.tell("QM", batch(three)).refusal.reason is Reason.NOT_OWN_AFFAIR


def test_value_dates_are_those_of_the_declared_day_not_of_a_clock():
    union = settled_world()
    union.now_us += 86_400_000_000 * 3
    assert item(union.pay(value_date=TUESDAY)).status is Status.SETTLED


@pytest.mark.parametrize("closed", [A1, A2])
def test_a_return_needs_both_accounts_open(closed):
    union = settled_world(0)
    union.issue(A1, "IDR", 50)
    paid = settled(union, 50)
    union.pay(debtor_agent=A2, creditor_agent=B1, amount=50)
    union.must("QM", c.CloseAccount(closed, "IDR"))
    assert union.tell(A2, c.ReturnPayment(paid, "AC04")).refusal.reason is Reason.ACCOUNT_CLOSED


def test_a_return_needs_room_on_the_account_it_goes_to():
    union = settled_world(0)
    union.issue(A1, "IDR", MAX_AMOUNT)
    paid = settled(union, 5)
    union.must("QM", c.SetLimit(B1, "IDR", 5))
    union.pay(debtor_agent=B1, creditor_agent=A1, amount=5)
    assert union.tell(A2, c.ReturnPayment(paid, "AC04")).refusal.reason is Reason.AMOUNT_TOO_LARGE


def test_a_return_waits_for_a_day_on_which_the_currency_settles():
    union = settled_world(100)
    order = union.order(currency="VND")
    union.tell(A1, batch((order,)))
    union.phase(Phase.CUT_OFF)
    union.phase(Phase.CLOSED)
    back = c.ReturnPayment(order.uetr, "AC04")
    assert union.tell(A2, back).refusal.reason is Reason.DAY_NOT_OPEN
    union.open_day(HOLIDAY)
    assert union.tell(A2, back).refusal.reason is Reason.DAY_NOT_OPEN


@pytest.mark.parametrize("channel", c.Channel)
def test_a_payment_that_is_due_waits_while_its_currency_is_on_holiday(channel):
    """It is not settled on the holiday, nor rejected at its close, but settles on the next day that is none."""
    union = settled_world(100)
    order = union.order(currency="VND", amount=5, value_date=THURSDAY, channel=channel)
    union.must(A1, batch((order,)))
    union.close_day()
    members = list(union.state.charter.members)
    members[1] = msgspec.structs.replace(members[1], holidays=(FRIDAY,))
    union.state.charter = msgspec.structs.replace(union.state.charter, members=tuple(members))
    union.open_day(FRIDAY)
    union.cycle()
    assert union.balance(A1, "VND") == 100
    assert len(union.state.waiting) == 1
    union.close_day()
    assert union.payments[order.uetr].status is PaymentStatus.ACCEPTED
    union.open_day(NEXT_MONDAY)
    union.cycle()
    assert union.payments[order.uetr].status is PaymentStatus.SETTLED
    assert union.balance(A1, "VND") == 95
