"""Cases: what is on hold, what is decided of it by two parties, and where its money is meanwhile."""

import datetime

import pytest

from mufakat.core.docket import CaseStatus
from mufakat.core.hold import hold_of
from mufakat.core.state import ObligationStatus, PaymentStatus
from mufakat.model import command as c
from mufakat.model.calendar import BusinessDay, Phase
from mufakat.model.case import CaseEscalated
from mufakat.model.default import Cause, DeclareDefault
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.outcome import Status
from mufakat.model.record import batch
from mufakat.model.refusal import Reason
from mufakat.model.trade import RegisterTradeRecords
from mufakat.model.verdict import DecideCase, Hit, Rescreen, Screened, Verdict
from tests.core.test_listing import bring
from tests.core.test_verdict import allowance, entry, listed_world
from tests.strategies import POOL
from tests.union import A1, A2, B1, C1, TUESDAY, invoice, lei, settled_world, suspend


def hold(union, **change):
    order = union.order(**change)
    body = c.HoldItem(Screened(), (entry(union),), record=batch((order,)).records)
    return order.uetr, union.tell(order.debtor_agent, body).items[0]


def decide(union, verdict, case=1, member="QM", author=A1, reason="Looked at by two."):
    return union.tell(author, DecideCase(case, member, verdict, reason, Screened()), (member, "approve"))


def blocked(union, bank=A1):
    return union.state.accounts[f"blocked/{bank}/IDR"].balance


def case(union, number=1):
    return union.state.cases[f"{number:010d}"]


def test_a_payment_on_hold_blocks_its_money_and_settles_when_it_is_cleared():
    union = listed_world()
    uetr, item = hold(union, amount=70)
    assert item.status is Status.HELD
    assert (union.balance(A1), blocked(union), union.balance(A2)) == (130, 70, 200)
    assert union.pay(uetr=uetr).items[0].refusal.reason is Reason.DUPLICATE
    union.must(A1, Rescreen(Screened()))
    assert decide(union, Verdict.CLEAR).refusal is None
    assert (union.balance(A1), blocked(union), union.balance(A2)) == (130, 0, 270)
    assert union.state.payments[uetr].status is PaymentStatus.SETTLED
    assert (case(union).status, case(union).reason) == (CaseStatus.CLEARED, "Looked at by two.")
    assert decide(union, Verdict.HIT).refusal.reason is Reason.CASE_DECIDED


def test_a_confirmed_hit_is_frozen_and_goes_back_only_by_a_decision_of_its_own():
    union = listed_world()
    uetr, _ = hold(union, amount=70)
    assert decide(union, Verdict.RETURN).refusal.reason is Reason.CASE_DECIDED
    decide(union, Verdict.HIT)
    assert union.state.payments[uetr].status is PaymentStatus.FROZEN
    assert decide(union, Verdict.HIT).refusal.reason is Reason.CASE_DECIDED
    union.close_day()
    assert (union.state.payments[uetr].status, blocked(union)) == (PaymentStatus.FROZEN, 70)
    decide(union, Verdict.RETURN)
    payment = union.state.payments[uetr]
    assert (payment.status, payment.reason) == (PaymentStatus.REJECTED, Reason.PARTY_LISTED)
    assert (union.balance(A1), blocked(union)) == (200, 0)


def test_what_the_payer_has_by_then_is_blocked_when_a_hit_is_confirmed():
    union = listed_world()
    hold(union, amount=900)
    assert f"blocked/{A1}/IDR" in union.state.accounts
    assert (union.balance(A1), blocked(union)) == (0, 200)
    union.issue(A1, "IDR", 500)
    decide(union, Verdict.HIT)
    assert (union.balance(A1), blocked(union)) == (0, 700)
    decide(union, Verdict.CLEAR)
    assert (union.balance(A1), blocked(union)) == (700, 0), "it queues for the rest"


def test_credit_is_nobodys_to_block():
    union = listed_world()
    union.must("QM", c.SetLimit(A1, "IDR", 50), ("QM", "approve"))
    hold(union, amount=240)
    assert (union.balance(A1), blocked(union)) == (0, 200)


def test_a_case_is_decided_by_its_participant_and_its_own_member():
    union = listed_world()
    hold(union)
    alone = DecideCase(1, "QM", Verdict.CLEAR, "Alone.", Screened())
    assert union.tell(A1, alone).refusal.reason is Reason.APPROVAL_MISSING
    assert decide(union, Verdict.CLEAR, member="QN").refusal.reason is Reason.NOT_OWN_AFFAIR
    assert decide(union, Verdict.CLEAR, author=A2).refusal.reason is Reason.NOT_OWN_AFFAIR
    assert decide(union, Verdict.CLEAR, case=2).refusal.reason is Reason.UNKNOWN_CASE
    assert decide(union, Verdict.CLEAR, reason="").refusal.reason is Reason.REASON_MISSING
    assert case(union).status is CaseStatus.UNDER_REVIEW


def test_what_was_reserved_is_rejected_and_its_money_blocked():
    union = listed_world()
    order = union.order(amount=60, action=c.Action.RESERVE)
    union.must(A1, batch((order,)))
    union.must(A1, Rescreen(Screened(), (Hit(order.uetr, (entry(union),)),)))
    assert (union.balance(A1), blocked(union)) == (140, 60)
    assert union.payments[order.uetr].status is PaymentStatus.REJECTED
    decide(union, Verdict.HIT)
    assert blocked(union) == 60
    decide(union, Verdict.CLEAR)
    assert (union.balance(A1), blocked(union)) == (200, 0)


def test_an_obligation_on_hold_comes_back_as_it_was():
    union = listed_world()
    item = c.ObligationItem(f"{lei(2)}/I-1", lei(0), lei(2), "IDR", 5, TUESDAY, bytes(32))
    said = union.tell(A2, c.HoldItem(Screened(), (entry(union),), obligation=item))
    assert said.items[0].status is Status.HELD
    assert union.state.obligations[item.id].status is ObligationStatus.BLOCKED
    accept = union.tell(A1, c.AcceptObligations((item.id,)))
    assert accept.items[0].refusal.reason is Reason.WRONG_STATUS
    decide(union, Verdict.CLEAR, author=A2)
    assert union.state.obligations[item.id].status is ObligationStatus.REGISTERED
    again = union.tell(A2, c.HoldItem(Screened(), (entry(union),), obligation=item))
    assert again.items[0].refusal.reason is Reason.DUPLICATE


def test_a_trade_record_on_hold_is_registered_when_it_is_cleared_and_not_by_another_way():
    union = listed_world()
    debt = union.owe(0, 2, 7).items[0].id
    item = invoice(vessel="", obligations=(debt,))
    said = union.tell(A2, c.HoldItem(Screened(), (entry(union),), trade=item))
    assert said.items[0].status is Status.HELD
    assert union.state.obligations[debt].status is ObligationStatus.BLOCKED
    for agent in (A1, A2):
        around = union.tell(agent, RegisterTradeRecords((item,)))
        assert around.items[0].refusal.reason is Reason.UNDER_REVIEW
    decide(union, Verdict.CLEAR, author=A2)
    assert item.id in union.state.trade_records
    assert union.state.obligations[debt].status is ObligationStatus.ACCEPTED
    assert union.state.obligations[debt].proved


@pytest.mark.parametrize("what", ["nothing", "two things", "no entry", "another's payment", "a reservation"])
def test_what_cannot_be_put_on_hold(what):
    union = listed_world()
    order = union.order(debtor_agent=B1) if what == "another's payment" else union.order()
    if what == "a reservation":
        order = union.order(action=c.Action.RESERVE)
    records, entries, trade = batch((order,)).records, (entry(union),), None
    if what == "nothing":
        records = b""
    elif what == "two things":
        trade = invoice()
    elif what == "no entry":
        entries = ()
    said = union.tell(A1, c.HoldItem(Screened(), entries, record=records, trade=trade))
    refusal = said.refusal or said.items[0].refusal
    assert refusal is not None
    assert len(union.state.cases) == 0


def test_a_payment_that_would_be_rejected_is_rejected_and_not_held():
    union = listed_world()
    uetr, item = hold(union, creditor_agent=A1)
    assert item.refusal.reason is Reason.SAME_PARTY
    assert union.state.payments[uetr].status is PaymentStatus.REJECTED


def test_a_member_is_told_of_a_case_that_nobody_decides_in_time_once():
    union = listed_world()
    hold(union)
    for _ in range(5):
        union.pass_days(1)
    told = [event for event in union.events if isinstance(event, CaseEscalated)]
    assert told == [CaseEscalated(1, "QM")]
    assert case(union).escalated
    assert case(union).status is CaseStatus.UNDER_REVIEW


@pytest.mark.parametrize("listed", [POOL[2], POOL[3]], ids=["firm", "ship"])
def test_of_a_number_there_is_no_judgement(listed):
    union = listed_world()
    debt = union.owe(0, 5, 7).items[0].id
    item = invoice(seller=lei(5), obligations=(debt,))
    hold_record(union, item)
    bring(union, "QN", listed)
    said = decide(union, Verdict.CLEAR, author=B1, member="QN")
    assert said.refusal.reason is Reason.PARTY_LISTED
    again = invoice(seller=lei(5), number="INV-2", document=bytes(32))
    held = union.tell(B1, c.HoldItem(Screened(), (entry(union),), trade=again))
    assert held.items[0].refusal.reason is Reason.PARTY_LISTED


def hold_record(union, item):
    agent = union.state.firms[item.seller].agent
    said = union.tell(agent, c.HoldItem(Screened(), (entry(union),), trade=item))
    assert said.items[0].status is Status.HELD, said


def test_a_record_on_hold_is_registered_under_no_other_name_and_stays_held_when_it_is_a_hit():
    union = listed_world()
    debt = union.owe(0, 2, 7).items[0].id
    item = invoice(vessel="", obligations=(debt,))
    hold_record(union, item)
    for around in (
        invoice(vessel="", number="INV-2"),
        invoice(vessel="", number="3", document=bytes(32), obligations=(debt,)),
    ):
        said = union.record(A1, around)
        assert said.items[0].refusal.reason is Reason.UNDER_REVIEW
    decide(union, Verdict.HIT, author=A2)
    assert decide(union, Verdict.RETURN, author=A2).refusal.reason is Reason.CASE_DECIDED, (
        "no money to give back"
    )
    assert union.record(A1, item).items[0].refusal.reason is Reason.UNDER_REVIEW


def test_a_debt_that_two_hold_waits_for_both():
    union = listed_world()
    debt = union.owe(0, 2, 7).items[0].id
    for bank in (A1, A2):
        union.must(bank, Rescreen(Screened(), (Hit(debt, (entry(union),)),)))
    decide(union, Verdict.CLEAR)
    assert union.state.obligations[debt].status is ObligationStatus.BLOCKED
    decide(union, Verdict.CLEAR, case=2, author=A2)
    assert union.state.obligations[debt].status is ObligationStatus.ACCEPTED


def test_what_can_be_paid_no_more_is_rejected_when_it_is_cleared():
    union = listed_world()
    latest, _ = hold(union, amount=5, latest_us=union.now_us + 2_000)
    closed, _ = hold(union, amount=6, creditor_agent=C1)
    union.now_us += 5_000
    for member in union.quorum():
        union.must(member, DeclareDefault(C1, Cause.INSOLVENT))
    for number in (1, 2):
        decide(union, Verdict.CLEAR, case=number)
    reasons = [union.state.payments[name].reason for name in (latest, closed)]
    assert reasons == [Reason.LATEST_TIME_PASSED, Reason.COUNTERPARTY_IN_DEFAULT]
    assert (union.balance(A1), blocked(union)) == (200, 0)


def test_accounts_of_what_is_on_hold_do_not_close():
    union = listed_world()
    hold(union, amount=200)
    union.pay(debtor_agent=A2, creditor_agent=B1, amount=200)
    for bank in (A1, A2):
        said = union.tell("QM", c.CloseAccount(bank, "IDR"))
        assert said.refusal.reason is Reason.ACCOUNT_NOT_EMPTY


def test_no_more_is_blocked_than_an_account_holds():
    union = settled_world(0, max_payment=MAX_AMOUNT)
    bring(union, "QM", POOL[0])
    union.issue(A1, "IDR", MAX_AMOUNT)
    hold(union, amount=MAX_AMOUNT)
    decide(union, Verdict.HIT)
    assert blocked(union) == MAX_AMOUNT


def test_a_deadline_does_not_pass_the_last_day():
    union = listed_world()
    union.state.day = BusinessDay(datetime.date.max, Phase.OPEN)
    said = hold_of(union.state, A1, (entry(union),), Screened())
    assert said.deadline == datetime.date.max


def test_an_allowance_ends_with_its_last_day():
    union = listed_world()
    union.must(A1, allowance(union), ("QM", "approve"))
    union.close_day()
    (held,) = union.state.allowances.records()
    assert held.ended


def test_a_suspended_members_bank_still_screens_and_decides():
    union = listed_world()
    hold(union)
    suspend(union, "QM")
    union.must(A1, Rescreen(Screened()))
    assert decide(union, Verdict.HIT).refusal is None
