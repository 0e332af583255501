"""What a member's standing lets it and its banks say, and what others can say to them."""

import pytest

from mufakat.core import standing
from mufakat.core.binding import member_of
from mufakat.core.state import PaymentStatus
from mufakat.model import command as c
from mufakat.model import proposal as p
from mufakat.model import queueing as q
from mufakat.model.charter import Standing
from mufakat.model.dealing import WithdrawQuote
from mufakat.model.default import DeclareDefault, ReleaseCollateral, RepayLoss
from mufakat.model.listing import BringList
from mufakat.model.outcome import Status
from mufakat.model.record import batch
from mufakat.model.refusal import Reason
from mufakat.model.verdict import DecideCase, Rescreen
from tests.core.test_authorisation import COMMANDS, made
from tests.strategies import world
from tests.union import A1, A2, B1, B2, C1, TEXT, newcomer, suspend

BANK_OF = {"QM": A1, "QN": B1, "QO": C1}


def reason(outcome):
    return outcome.refusal and outcome.refusal.reason


def standing_as(how: Standing):
    """A union of four in which QM stands so."""
    union = world()
    union.enact(newcomer())
    union.pay(debtor_agent=A1, creditor_agent=B1, amount=7, channel=c.Channel.MPNS, value_date=today(union))
    if how is Standing.SUSPENDED:
        suspend(union, "QM")
    elif how is Standing.LEAVING:
        union.must("QM", c.Propose(p.LeaveUnion("QM"), TEXT))
    elif how is Standing.RELEASED:
        union.enact(p.ReleaseMember("QM"))
    assert standing.standing_of(union.state, "QM") is how
    return union


def today(union):
    return union.state.day.date


WINDING_UP = {
    *(c.CloseAccount, c.RedeemMoney, c.IssueMoney, c.SetLimit, c.CancelPayment, c.ReturnPayment),
    *(c.AcceptObligations, c.DisputeObligations, c.ReserveLiquidity, ReleaseCollateral, RepayLoss),
    *(Rescreen, c.HoldItem, DecideCase),
    *(q.AmendPayment, q.AllowBypass, q.LimitPayments, q.ResolveQueues, WithdrawQuote),
}
HEARD = {
    Standing.ACTIVE: set(COMMANDS),
    Standing.SUSPENDED: {Rescreen, c.HoldItem, DecideCase},
    Standing.LEAVING: WINDING_UP
    | {*c.GOVERNING, c.DeclarePhase, c.CallCycle, DeclareDefault}
    | {c.SubmitFixings, c.CertifyCycle, c.SettleSwing, BringList},
    Standing.RELEASED: WINDING_UP,
}


@pytest.mark.parametrize("how", HEARD)
def test_each_standing_has_the_commands_that_it_may_still_say(how):
    union = standing_as(how)
    for kind, (author, body) in COMMANDS.items():
        outcome = union.send(made(union, author, body))
        assert (reason(outcome) is not Reason.MEMBER_SUSPENDED) == (kind in HEARD[how]), kind.__name__
        if kind not in HEARD[how]:
            assert how.name.lower() in outcome.refusal.text


@pytest.mark.parametrize(
    ("how", "votes"),
    [
        (Standing.ACTIVE, True),
        (Standing.SUSPENDED, False),
        (Standing.LEAVING, True),
        (Standing.RELEASED, False),
    ],
)
def test_who_has_a_seat_votes_validates_and_counts(how, votes):
    union = standing_as(how)
    others = ["QN", "QO", "QP"]
    expected = ["QM", *others] if votes else others
    assert [each.id for each in standing.seated(union.state)] == expected
    assert [each for each, _ in standing.validators(union.state)] == expected
    assert standing.has_seat(union.state, "QM") is votes
    assert [each.id for each in standing.present(union.state)] == ["QM", *others]


@pytest.mark.parametrize("how", [Standing.SUSPENDED, Standing.LEAVING, Standing.RELEASED])
def test_nobody_enters_new_payments_or_obligations_to_who_is_not_active(how):
    union = standing_as(how)
    date = today(union)
    (item,) = union.pay(debtor_agent=B1, creditor_agent=A1, value_date=date).items
    assert (item.refusal.reason, item.refusal.code) == (Reason.COUNTERPARTY_SUSPENDED, "AG11")
    assert union.payments[item.id].status is PaymentStatus.REJECTED
    (item,) = union.owe(4, 0, 5, due=date, currency="MYR").items
    assert item.refusal.reason is Reason.COUNTERPARTY_SUSPENDED
    swing = c.SetSwingLine("QM", 5)
    assert reason(union.tell("QN", swing, ("QM", "approve"))) is Reason.COUNTERPARTY_SUSPENDED


@pytest.mark.parametrize("how", [Standing.SUSPENDED, Standing.LEAVING, Standing.RELEASED])
def test_a_currency_is_closed_to_new_business_when_its_issuer_is_on_the_way_out(how):
    union = standing_as(how)
    date = today(union)
    paid = union.pay(debtor_agent=B1, creditor_agent=C1, value_date=date).items[0]
    owed = union.owe(4, 8, 5, due=date).items[0]
    if how is Standing.SUSPENDED:
        assert (paid.status, owed.status) == (Status.SETTLED, Status.ACCEPTED)
    else:
        assert [each.refusal.reason for each in (paid, owed)] == [Reason.CURRENCY_LEAVING] * 2
    other = union.pay(debtor_agent=B1, creditor_agent=C1, currency="MYR", value_date=date)
    assert other.items[0].status is Status.SETTLED


def test_what_is_registered_runs_off_in_the_cycles_of_a_suspended_member():
    union = world()
    union.enact(newcomer())
    number = union.carry(p.SuspendMember("QM"))
    union.pass_days(5)
    assert union.proposal(number).status.name == "ENACTED"
    union.enact(p.ReadmitMember("QM"))
    date = today(union)
    union.carry(p.SuspendMember("QM"))
    union.owe(0, 4, 30, due=date)
    later = union.order(
        debtor_agent=A1, creditor_agent=B2, amount=9, value_date=date.replace(day=date.day + 7)
    )
    union.must(A1, batch((later,)))
    union.pass_days(6)
    assert standing.standing_of(union.state, "QM") is Standing.SUSPENDED
    union.cycle()
    assert next(iter(union.state.obligations.records())).open == 0
    union.pass_days(1)
    assert union.payments[later.uetr].status is PaymentStatus.SETTLED


def test_the_day_moves_without_a_suspended_member():
    union = world(200)
    union.enact(p.SetRule("day_quorum", 3))
    suspend(union, "QO")
    assert union.state.charter.rules.day_quorum == 3
    union.close_day()
    union.open_day(today(union).replace(month=12, day=22))
    assert today(union).day == 22


def test_what_a_member_declared_before_its_suspension_does_not_count():
    union = world()
    union.enact(newcomer())
    assert union.state.charter.rules.day_quorum == 3
    union.must("QO", c.CallCycle(1))
    union.state.standings.put("QO", type(union.state.standings["QO"])("QO", Standing.SUSPENDED))
    for member in ("QM", "QN"):
        assert union.tell(member, c.CallCycle(1)).status is Status.AWAITING_QUORUM
    assert union.tell("QP", c.CallCycle(1)).status is Status.DONE


def test_an_author_is_a_member_or_is_sponsored_by_one():
    union = world()
    assert member_of(union.state, A2) == "QM"
    assert member_of(union.state, "QM") == "QM"
    assert standing.refuse_gone(union.state, A1, "IDR") is None
