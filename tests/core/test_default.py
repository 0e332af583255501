"""A default is declared by a quorum; the party stops, and what no cycle has settled is taken out."""

import pytest

from mufakat.core.accounts import settlement_account
from mufakat.model import command as c
from mufakat.model import proposal as p
from mufakat.model.calendar import Phase
from mufakat.model.certificate import Why
from mufakat.model.charter import DefaultProcedure, Standing
from mufakat.model.default import (
    Cause,
    DeclareDefault,
    DefaultDeclared,
    DefaultEnded,
    ReleaseCollateral,
    RepayLoss,
)
from mufakat.model.event import (
    CycleCertified,
    CycleSettled,
    ObligationsSetOff,
    PaymentRejected,
    PositionsNetted,
    SwingDrawn,
)
from mufakat.model.outcome import Status
from mufakat.model.record import batch
from mufakat.model.refusal import Reason
from tests.core.defaulting import declare, indebted, pay, pledge, with_pledges
from tests.union import A1, A2, B1, B2, C1, C2, TUESDAY, lei, settled_world

NO_PROCEDURE = DefaultProcedure(on=0)
RUN_OFF = DefaultProcedure(unwind=0)


def refusal(outcome):
    return outcome.refusal.reason if outcome.refusal else None


def test_one_member_alone_puts_nobody_in_default():
    union = settled_world()
    assert union.must("QM", DeclareDefault(B1, Cause.INSOLVENT)).status is Status.AWAITING_QUORUM
    assert len(union.state.defaults) == 0
    assert union.must("QO", DeclareDefault(B1, Cause.INSOLVENT)).status is Status.DONE
    (declared,) = [event for event in union.events if isinstance(event, DefaultDeclared)]
    assert (declared.number, declared.party, declared.cause, declared.date) == (
        *(1, B1),
        *(Cause.INSOLVENT, TUESDAY),
    )


def test_members_agree_only_when_they_say_the_same_on_the_same_day():
    union = settled_world()
    union.must("QM", DeclareDefault(B1, Cause.INSOLVENT))
    union.must("QO", DeclareDefault(B2, Cause.INSOLVENT))
    union.must("QN", DeclareDefault(B1, Cause.ADVANCE_OVERDUE))
    union.pass_days(1)
    union.must("QO", DeclareDefault(B1, Cause.INSOLVENT))
    assert len(union.state.defaults) == 0


@pytest.mark.parametrize(
    ("author", "party", "change", "why"),
    [
        (A1, B1, {}, Reason.NOT_OWN_AFFAIR),
        ("QM", "NOBKQMA1XXX", {}, Reason.UNKNOWN_PARTICIPANT),
        ("QM", "QX", {}, Reason.UNKNOWN_PARTICIPANT),
        ("QM", B1, {"default": NO_PROCEDURE}, Reason.NO_DEFAULT_PROCEDURE),
        ("QM", "QN", {}, None),
        ("QN", "QN", {}, None),
    ],
)
def test_members_declare_participants_and_members_where_the_charter_has_a_procedure(
    author, party, change, why
):
    union = settled_world(0, **change)
    assert refusal(union.tell(author, DeclareDefault(party, Cause.INSOLVENT))) is why


def test_a_default_is_declared_once_by_each_and_not_of_who_is_in_default():
    union = settled_world(0)
    union.must("QM", DeclareDefault(B1, Cause.INSOLVENT))
    again = union.tell("QM", DeclareDefault(B1, Cause.INSOLVENT))
    assert refusal(again) is Reason.ALREADY_DECLARED
    union.must("QN", DeclareDefault(B1, Cause.INSOLVENT))
    assert refusal(union.tell("QM", DeclareDefault(B1, Cause.INSOLVENT))) is Reason.ALREADY_IN_DEFAULT
    declare(union, "QN")
    assert refusal(union.tell("QM", DeclareDefault(B2, Cause.INSOLVENT))) is Reason.ALREADY_IN_DEFAULT


def test_nothing_is_declared_after_the_close():
    union = settled_world(0)
    union.close_day()
    assert refusal(union.tell("QM", DeclareDefault(B1, Cause.INSOLVENT))) is Reason.DAY_NOT_OPEN


def test_who_has_left_is_in_no_default():
    union = settled_world(0)
    union.must("QO", c.Propose(p.LeaveUnion("QO"), bytes(32)))
    union.pass_days(1)
    assert union.state.standings["QO"].standing is Standing.LEFT
    assert refusal(union.tell("QM", DeclareDefault(C1, Cause.INSOLVENT))) is Reason.WRONG_STATUS


@pytest.mark.parametrize("party", [B1, "QN"])
def test_a_party_in_default_does_no_business_and_nobody_does_any_with_it(party):
    union = settled_world()
    declare(union, party)
    order = union.order(debtor_agent=B1, creditor_agent=A1)
    for body in (batch((order,)), c.EnrolFirms((lei(60),)), c.ReserveLiquidity("IDR", 5)):
        assert refusal(union.tell(B1, body)) is Reason.PARTY_IN_DEFAULT
    assert refusal(union.tell(B1, ReleaseCollateral("IDR", 5))) is Reason.PARTY_IN_DEFAULT
    (item,) = union.pay(debtor_agent=A1, creditor_agent=B1).items
    assert item.refusal.reason is Reason.COUNTERPARTY_IN_DEFAULT
    (item,) = union.owe(0, 4, 50).items
    assert item.refusal.reason is Reason.COUNTERPARTY_IN_DEFAULT


def test_many_payments_at_once_to_who_is_in_default_are_each_refused():
    union = settled_world()
    declare(union)
    orders = tuple(union.order(creditor_agent=B1 if n % 2 else A2, amount=1) for n in range(20))
    items = union.tell(A1, batch(orders)).items
    assert [item.status for item in items] == [Status.SETTLED, Status.REFUSED] * 10


def test_a_bank_in_default_still_owns_up_to_debts_pledges_and_repays():
    union = settled_world()
    claim = f"{lei(0)}/INV-9"
    item = c.ObligationItem(claim, lei(4), lei(0), "IDR", 50, TUESDAY, bytes(32))
    union.must(A1, c.RegisterObligations((item,)))
    declare(union)
    union.must(B1, c.AcceptObligations((claim,)))
    pledge(union, B1, 5)
    assert refusal(union.tell(B1, RepayLoss(1, "IDR", 5))) is Reason.NOTHING_OWED


def test_a_member_in_default_governs_and_its_currency_goes_on():
    union = settled_world()
    declare(union, "QN")
    union.issue(A1, "VND", 5)
    union.must("QN", c.SetLimit(A1, "VND", 5), ("QN", "approve"))
    number = union.propose("QN", p.SetRule("set_off_horizon_days", 5))
    union.vote("QM", number)
    union.must("QN", c.CallCycle(1))
    lend = c.SetSwingLine("QO", 5)
    assert refusal(union.tell("QN", lend, ("QO", "approve"))) is Reason.PARTY_IN_DEFAULT
    borrow = c.SetSwingLine("QN", 5)
    assert refusal(union.tell("QM", borrow, ("QN", "approve"))) is Reason.COUNTERPARTY_IN_DEFAULT
    union.pay(debtor_agent=A1, creditor_agent=A2, currency="VND", amount=5)
    assert union.balance(A2, "VND") == 1_005


def test_a_cycle_under_way_is_computed_without_the_party():
    union = settled_world(100)
    union.owe(4, 0, 60)
    union.owe(0, 4, 60)
    pay(union, B1, C1, 30)
    pay(union, A1, B1, 20)
    pay(union, A1, C1, 10)
    union.must("QM", c.CallCycle(1))
    declare(union)
    union.must("QN", c.CallCycle(1))
    netted = [event for event in union.events if isinstance(event, PositionsNetted) and event.gross]
    assert [(event.currency, event.positions) for event in netted] == [
        ("IDR", ((settlement_account(A1, "IDR"), -10), (settlement_account(C1, "IDR"), 10)))
    ]
    assert not any(isinstance(event, ObligationsSetOff) for event in union.events)
    assert sum(each.open for each in union.state.obligations.records()) == 120
    (certified,) = [event for event in union.events if isinstance(event, CycleCertified)]
    assert [(item.left_out, item.why) for item in certified.items if item.left_out] == [
        (60, Why.STOPPED),
        (60, Why.STOPPED),
    ]
    assert union.balance(B1) == 100


def test_a_cycle_is_whole_before_anybody_can_speak_again():
    """What can be unwound is what no cycle has settled: called and settled are one command."""
    union = settled_world(100)
    pay(union, B1, C1, 30)
    union.must("QM", c.CallCycle(1))
    before = len(union.events)
    union.must("QN", c.CallCycle(1))
    assert any(isinstance(event, CycleSettled) for event in union.events[before:])
    declare(union)
    assert union.balance(C1) == 130, "settled is final"


def test_without_unwinding_what_was_entered_runs_off_with_the_partys_own_money():
    union = settled_world(100, default=RUN_OFF)
    union.must("QM", c.SetSwingLine("QN", 900), ("QN", "approve"))
    pay(union, B1, C1, 90)
    pay(union, B1, C2, 50)
    declare(union)
    union.cycle()
    assert not any(isinstance(event, PaymentRejected | SwingDrawn) for event in union.events)
    assert (union.balance(B1), union.balance(C1), union.balance(C2)) == (10, 190, 100)


def test_items_wait_when_a_vote_takes_them_out_later():
    union = settled_world(100, default=RUN_OFF)
    later = TUESDAY.fromordinal(TUESDAY.toordinal() + 6)
    union.pay(debtor_agent=B1, creditor_agent=C1, amount=5, channel=c.Channel.MPNS, value_date=later)
    declare(union)
    union.carry(p.SetRule("default.unwind", 1))
    union.pass_days(6)
    assert union.state.charter.rules.default.unwind == 1
    union.cycle()
    assert (union.balance(B1), len(union.state.waiting)) == (100, 1)


def test_a_default_ends_by_vote_once_its_advances_are_paid():
    union = indebted(1_000, 600)
    declare(union)
    change = p.EndDefault(1, B1)
    assert refusal(union.tell("QM", c.Propose(change, bytes(32)))) is Reason.LOSS_UNPAID
    assert refusal(union.tell("QM", c.Propose(p.EndDefault(1, B2), bytes(32)))) is Reason.UNKNOWN_DEFAULT
    union.must(A1, RepayLoss(1, "IDR", 600))
    union.enact(change)
    assert any(isinstance(event, DefaultEnded) for event in union.events)
    pay(union, A1, B1, 5)
    assert len(union.state.waiting) == 1


@pytest.mark.parametrize(
    ("days", "party", "why"),
    [
        (1, B1, None),
        (90, B1, None),
        (0, B1, Reason.RULE_INVALID),
        (91, B1, Reason.RULE_INVALID),
        (5, B2, Reason.UNKNOWN_DEFAULT),
    ],
)
def test_a_loss_is_deferred_for_as_long_as_the_charter_lets_it(days, party, why):
    union = indebted()
    declare(union)
    until = TUESDAY.fromordinal(TUESDAY.toordinal() + days)
    assert refusal(union.tell("QM", c.Propose(p.DeferLoss(1, party, until), bytes(32)))) is why


def test_a_loss_that_is_borne_is_not_deferred():
    union = with_pledges(own=600, sponsor=0, issuer=0, other=0)
    declare(union)
    until = TUESDAY.fromordinal(TUESDAY.toordinal() + 5)
    outcome = union.tell("QM", c.Propose(p.DeferLoss(1, B1, until), bytes(32)))
    assert refusal(outcome) is Reason.NOTHING_OWED


def test_a_member_has_no_vote_on_its_own_default():
    union = indebted()
    declare(union, "QN")
    until = TUESDAY.fromordinal(TUESDAY.toordinal() + 5)
    change = p.DeferLoss(1, "QN", until)
    assert refusal(union.tell("QN", c.Propose(change, bytes(32)))) is Reason.NO_VOTE
    union.carry(change)
    assert union.state.defaults["000001"].deferred == until


@pytest.mark.parametrize(
    ("author", "body", "why"),
    [
        (A1, RepayLoss(1, "XXX", 5), Reason.UNKNOWN_ACCOUNT),
        (A1, RepayLoss(1, "IDR", 0), Reason.AMOUNT_ZERO),
        (A1, RepayLoss(1, "IDR", -5), Reason.AMOUNT_INVALID),
        (C1, RepayLoss(1, "IDR", 1_001), Reason.INSUFFICIENT_FUNDS),
        ("QM", RepayLoss(1, "IDR", 5), Reason.UNKNOWN_ACCOUNT),
        (C1, RepayLoss(1, "VND", 5), Reason.NOTHING_OWED),
        (C1, RepayLoss(1, "IDR", 5), None),
    ],
)
def test_who_repays_does_so_from_an_account_of_its_own(author, body, why):
    union = indebted()
    declare(union)
    assert refusal(union.tell(author, body)) is why


def test_a_phase_of_the_day_is_no_word_on_a_default():
    union = settled_world(0)
    union.must("QM", DeclareDefault(B1, Cause.INSOLVENT))
    union.must("QM", c.DeclarePhase(TUESDAY, Phase.CUT_OFF))
    union.must("QM", c.CallCycle(1))
    union.must("QN", DeclareDefault(B1, Cause.INSOLVENT))
    assert len(union.state.defaults) == 1
