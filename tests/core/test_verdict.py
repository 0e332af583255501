"""Nothing is heard that nobody has screened against the lists in force; rescreening lets go on what waits."""

import datetime

import msgspec
import pytest

from mufakat.core.state import ObligationStatus, PaymentStatus
from mufakat.model import command as c
from mufakat.model.dealing import SubmitExchange
from mufakat.model.default import Cause, DeclareDefault
from mufakat.model.outcome import Status
from mufakat.model.rate import Side
from mufakat.model.record import batch
from mufakat.model.refusal import Reason
from mufakat.model.trade import RegisterTradeRecords
from mufakat.model.verdict import AllowName, Hit, Rescreen, Scope, Screened
from tests.core.test_listing import bring
from tests.strategies import POOL, world
from tests.union import A1, A2, B1, C1, EVIDENCE, TUESDAY, invoice, lei, screening, uetr

SOMEBODY, A_BANK, A_FIRM, A_SHIP, CHANGED, A_THIRD, _ = POOL


def listed_world():
    union = world()
    bring(union, "QM", SOMEBODY)
    return union


def entry(union, number=0):
    return [each.key for each in union.state.listed.records() if not each.gone][number]


def payments(union):
    return batch((union.order(),))


def commands(union):
    item = c.ObligationItem(f"{lei(2)}/I-1", lei(0), lei(2), "IDR", 5, TUESDAY, bytes(32))
    yield A1, payments(union)
    yield A2, c.ReturnPayment(union.order().uetr, "AC04")
    yield A1, c.RegisterObligations((item,))
    yield A1, c.AcceptObligations((item.id,))
    yield A2, RegisterTradeRecords((invoice(vessel=""),))
    yield A1, c.HoldItem(Screened(), (entry(union),), obligation=item)
    yield A1, Rescreen(Screened())


def saying(union, author, body, screened):
    """A command of one's own words, as far as it comes to screening."""
    union.screens = False
    said = (screened,) if isinstance(body, c.SubmitPayments) else screened
    outcome = union.tell(author, msgspec.structs.replace(body, screened=said))
    union.screens = True
    return outcome


@pytest.mark.parametrize("number", range(7))
def test_what_brings_something_says_that_it_was_screened_against_what_is_in_force(number):
    union = listed_world()
    paid = union.pay(amount=5)
    assert paid.items[0].status is Status.SETTLED
    author, body = list(commands(union))[number]
    if isinstance(body, c.ReturnPayment):
        body = c.ReturnPayment(paid.items[0].id, "AC04")
    old = screening(union.state, author)
    bring(union, "QN", A_THIRD)
    now = screening(union.state, author)
    assert saying(union, author, body, Screened()).refusal.reason is Reason.UNSCREENED
    assert saying(union, author, body, old).refusal.reason is Reason.SCREENING_OUTDATED
    assert saying(union, author, body, Screened(now.lists, b"short")).refusal.reason is Reason.UNSCREENED
    heard = saying(union, author, body, now)
    assert heard.refusal is None


def test_where_no_list_is_in_force_nobody_says_that_anything_was_screened():
    union = world()
    said = saying(union, A1, payments(union), Screened(bytes(32), EVIDENCE))
    assert said.refusal.reason is Reason.SCREENING_OUTDATED
    assert union.pay().items[0].status is Status.SETTLED


def test_each_who_signs_a_batch_has_screened_its_own():
    union = listed_world()
    bring(union, "QN", A_THIRD, name="QN/own")
    orders = (union.order(), union.order(debtor_agent=B1))
    said = union.tell(A1, batch(orders, (B1,)), (B1, "submit"))
    assert [item.status for item in said.items] == [Status.SETTLED] * 2
    body = msgspec.structs.replace(
        batch((union.order(), union.order(debtor_agent=B1)), (B1,)),
        screened=(screening(union.state, A1),) * 2,
    )
    assert union.tell(A1, body, (B1, "submit")).refusal.reason is Reason.SCREENING_OUTDATED


def test_a_payment_queued_since_before_a_list_changed_waits_until_it_is_screened_anew():
    union = world()
    waiting = union.pay(amount=900).items[0].id
    bring(union, "QM", SOMEBODY)
    union.issue(A1, "IDR", 900)
    assert union.state.payments[waiting].status is PaymentStatus.QUEUED
    union.must(A1, Rescreen(Screened()))
    assert union.state.payments[waiting].status is PaymentStatus.SETTLED


def test_a_party_listed_this_morning_stops_a_payment_queued_since_yesterday():
    union = world()
    waiting = union.pay(amount=900, value_date=TUESDAY).items[0].id
    bring(union, "QM", SOMEBODY)
    union.issue(A1, "IDR", 900)
    said = union.must(A1, Rescreen(Screened(), (Hit(waiting, (entry(union),)),)))
    assert [item.status for item in said.items] == [Status.HELD]
    payment = union.state.payments[waiting]
    assert payment.status is PaymentStatus.HELD
    assert union.state.accounts[f"blocked/{A1}/IDR"].balance == 900
    assert union.tell(A1, c.CancelPayment(waiting)).refusal.reason is Reason.WRONG_STATUS


def test_hits_name_open_items_of_ones_own_and_entries_in_force():
    union = listed_world()
    settled = union.pay().items[0].id
    others = union.pay(debtor_agent=B1, amount=900).items[0].id
    union.must(B1, Rescreen(Screened()))
    queued = union.pay(amount=900).items[0].id
    bring(union, "QN", A_THIRD)
    union.issue(A1, "IDR", 900)
    wrong = {
        Hit(others, (entry(union),)): Reason.NOT_OWN_AFFAIR,
        Hit("no such", (entry(union),)): Reason.UNKNOWN_PAYMENT,
        Hit(queued, ("un/E9/" + "0" * 64,)): Reason.UNKNOWN_ENTRY,
        Hit(queued, ()): Reason.UNKNOWN_ENTRY,
    }
    for hit, reason in wrong.items():
        assert union.tell(A1, Rescreen(Screened(), (hit,))).refusal.reason is reason
        assert union.state.payments[queued].status is PaymentStatus.QUEUED, "nothing goes on for a mistake"
    over = union.tell(A1, Rescreen(Screened(), (Hit(settled, (entry(union),)),)))
    assert over.items[0].refusal.reason is Reason.WRONG_STATUS
    assert union.state.payments[queued].status is PaymentStatus.SETTLED
    assert union.tell("QM", Rescreen(Screened())).refusal.reason is Reason.NOT_OWN_AFFAIR


def test_a_debt_on_hold_takes_part_in_no_cycle():
    union = listed_world()
    union.owe(0, 2, 30)
    name = union.owe(2, 0, 30).items[0].id
    union.must(A1, Rescreen(Screened()))
    union.must(A2, Rescreen(Screened(), (Hit(name, (entry(union),)),)))
    union.cycle()
    assert union.state.obligations[name].status is ObligationStatus.BLOCKED


def test_while_hits_follow_nothing_goes_on():
    union = world()
    first, second = (union.pay(amount=900).items[0].id for _ in range(2))
    bring(union, "QM", SOMEBODY)
    union.issue(A1, "IDR", 1_800)
    union.must(A1, Rescreen(Screened(), (Hit(first, (entry(union),)),), more=True))
    assert union.state.payments[second].status is PaymentStatus.QUEUED
    union.must(A1, Rescreen(Screened()))
    assert union.state.payments[second].status is PaymentStatus.SETTLED


def test_a_version_that_comes_back_asks_for_a_new_screening():
    union = world()
    bring(union, "QM", SOMEBODY, A_THIRD, A_SHIP, name="QM/own")
    union.must(A1, Rescreen(Screened()))
    bring(union, "QM", name="QM/own", gone=(A_THIRD,))
    queued = union.pay(amount=900).items[0].id
    bring(union, "QM", A_THIRD, name="QM/own")
    union.issue(A1, "IDR", 900)
    assert union.state.payments[queued].status is PaymentStatus.QUEUED


def test_a_default_takes_out_nothing_of_who_has_only_not_screened_yet():
    union = world()
    waiting = union.pay(amount=900).items[0].id
    bring(union, "QM", SOMEBODY)
    for member in union.quorum():
        union.must(member, DeclareDefault(C1, Cause.INSOLVENT))
    assert union.state.payments[waiting].status is PaymentStatus.QUEUED


def test_an_exchange_is_screened_like_a_payment():
    union = listed_world()
    body = SubmitExchange(uetr(9), A2, "IDR", "VND", Side.SELL, 5, 1, bytes(32), None)
    assert saying(union, A1, body, Screened()).refusal.reason is Reason.UNSCREENED
    assert saying(union, A1, body, screening(union.state, A1)).refusal.reason is Reason.NOT_COVERED


def test_of_a_listed_bank_no_money_is_redeemed():
    union = world()
    for member in ("QN", "QO"):
        bring(union, member, A_BANK)
    redeem = c.RedeemMoney(A2, "IDR", 5)
    assert union.tell("QM", redeem, ("QM", "approve")).refusal.reason is Reason.PARTY_LISTED


def test_a_bank_that_two_members_say_is_listed_is_out_of_everything():
    union = world()
    for member in ("QN", "QO"):
        bring(union, member, A_BANK)
    assert union.pay().items[0].refusal.reason is Reason.PARTY_LISTED
    assert union.pay(debtor_agent=A2, creditor_agent=A1).refusal.reason is Reason.PARTY_LISTED
    issue = c.IssueMoney(A2, "IDR", 5)
    assert union.tell("QM", issue, ("QM", "approve")).refusal.reason is Reason.PARTY_LISTED


def test_listed_firms_and_ships_are_stopped_by_their_numbers():
    union = world()
    debt = union.owe(5, 0, 30).items[0].id
    bring(union, "QM", A_FIRM, A_SHIP)
    assert union.owe(5, 0, 30).items[0].refusal.reason is Reason.PARTY_LISTED
    proves = union.owe(0, 2, 7).items[0].id
    union.must(A1, Rescreen(Screened()))
    union.must(B1, Rescreen(Screened()))
    union.cycle()
    assert union.state.obligations[debt].status is ObligationStatus.ACCEPTED
    said = union.record(A2, invoice(obligations=(proves,)))
    assert said.items[0].refusal.reason is Reason.PARTY_LISTED
    assert union.state.obligations[proves].status is ObligationStatus.BLOCKED, "its debt waits with it"
    bring(union, "QM", POOL[6])
    assert union.tell(A1, c.EnrolFirms((lei(5),))).refusal.reason is Reason.ALREADY_REGISTERED


def allowance(union, **change):
    fields = {
        "entry": entry(union),
        "customer": bytes(32),
        "member": "QM",
        "until": TUESDAY,
        "scope": Scope.ALL,
        "reason": "Born in another year.",
        "screened": Screened(),
    }
    return AllowName(**{**fields, **change})


def test_a_customer_passes_an_entry_until_the_entry_changes_or_the_time_is_over():
    union = listed_world()
    union.must(A1, allowance(union), ("QM", "approve"))
    (held,) = union.state.allowances.records()
    assert (held.participant, held.ended) == (A1, False)
    bring(union, "QN", CHANGED, gone=(SOMEBODY,))
    bring(union, "QO", gone=(SOMEBODY,))
    (held,) = union.state.allowances.records()
    assert held.ended
    union.must(A1, allowance(union), ("QM", "approve"))
    past = TUESDAY - datetime.timedelta(1)
    union.must(A1, allowance(union, until=past), ("QM", "approve"))
    again = union.tell(A1, allowance(union, until=past), ("QM", "approve"))
    assert again.refusal.reason is Reason.ALREADY_SO


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"entry": "un/E9/" + "0" * 64}, Reason.UNKNOWN_ENTRY),
        ({"customer": b"short"}, Reason.IDENTIFIER_INVALID),
        ({"reason": ""}, Reason.REASON_MISSING),
        ({"reason": "x" * 141}, Reason.REASON_MISSING),
        ({"reason": "right\u202eleft"}, Reason.REASON_MISSING),
    ],
)
def test_an_allowance_names_an_entry_a_customer_and_a_reason(change, reason):
    union = listed_world()
    assert union.tell(A1, allowance(union, **change), ("QM", "approve")).refusal.reason is reason


def test_a_participant_allows_nobody_without_its_own_member():
    union = listed_world()
    assert union.tell(A1, allowance(union)).refusal.reason is Reason.APPROVAL_MISSING
    other = allowance(union, member="QN")
    assert union.tell(A1, other, ("QN", "approve")).refusal.reason is Reason.NOT_OWN_AFFAIR
    assert union.tell("QM", allowance(union), ("QM", "approve")).refusal.reason is Reason.NOT_OWN_AFFAIR
