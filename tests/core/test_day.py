import datetime

import pytest

from mufakat.core.state import PaymentStatus
from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.model.outcome import Status
from mufakat.model.refusal import Reason
from tests.union import A1, HOLIDAY, MONDAY, TUESDAY, Union, settled_world

WEDNESDAY, SATURDAY = HOLIDAY, datetime.date(2026, 11, 28)
STEPS = ((TUESDAY, Phase.OPEN), (TUESDAY, Phase.CUT_OFF), (TUESDAY, Phase.CLOSED), (WEDNESDAY, Phase.OPEN))


def reason(outcome):
    return outcome.refusal and outcome.refusal.reason


def test_a_new_union_is_closed():
    assert Union().state.day.phase is Phase.CLOSED


@pytest.mark.parametrize("done", range(4))
@pytest.mark.parametrize("date", [MONDAY, TUESDAY, WEDNESDAY])
@pytest.mark.parametrize("phase", Phase)
def test_phases_come_in_their_order_and_dates_only_go_on(done, date, phase):
    union = Union()
    for step in STEPS[:done]:
        union.phase(step[1], step[0])
    later = phase is Phase.OPEN and done in {0, 3} and (done == 0 or date > TUESDAY)
    right = (date, phase) == STEPS[done] or later
    outcome = union.tell("QM", c.DeclarePhase(date, phase))
    assert reason(outcome) is (None if right else Reason.PHASE_OUT_OF_ORDER)


def test_a_phase_is_entered_when_the_quorum_has_said_the_same():
    union = Union(day_quorum=3)
    opening = c.DeclarePhase(TUESDAY, Phase.OPEN)
    assert union.tell("QM", opening).status is Status.AWAITING_QUORUM
    assert reason(union.tell("QM", opening)) is Reason.ALREADY_DECLARED
    assert union.tell("QN", c.DeclarePhase(WEDNESDAY, Phase.OPEN)).status is Status.AWAITING_QUORUM
    assert union.tell("QO", opening).status is Status.AWAITING_QUORUM
    assert union.state.day.phase is Phase.CLOSED
    assert union.tell("QN", opening).status is Status.DONE
    assert (union.state.day.date, union.state.day.phase) == (TUESDAY, Phase.OPEN)


def test_only_members_declare():
    assert reason(settled_world(0).tell(A1, c.DeclarePhase(TUESDAY, Phase.CUT_OFF))) is Reason.NOT_OWN_AFFAIR


def test_the_union_opens_when_one_member_works_and_not_otherwise():
    union = Union()
    assert reason(union.tell("QM", c.DeclarePhase(SATURDAY, Phase.OPEN))) is Reason.NOT_A_BUSINESS_DAY
    union.open_day(HOLIDAY)


def test_nothing_settles_in_a_currency_on_its_issuers_holiday():
    union = settled_world(100)
    union.phase(Phase.CUT_OFF)
    union.phase(Phase.CLOSED)
    union.open_day(HOLIDAY)
    closed = union.pay(currency="VND", value_date=HOLIDAY).items[0]
    assert closed.refusal.reason is Reason.CURRENCY_CLOSED
    assert union.pay(currency="IDR", value_date=HOLIDAY).items[0].status is Status.SETTLED


def test_a_payment_for_a_day_that_was_skipped_waits_for_its_currency():
    union = settled_world(100)
    thursday = datetime.date(2026, 11, 26)
    union.pay(currency="IDR", amount=5, value_date=WEDNESDAY)
    union.pay(currency="VND", amount=6, value_date=thursday)
    union.pay(currency="IDR", amount=7, value_date=thursday, channel=c.Channel.MPNS)
    union.phase(Phase.CUT_OFF)
    union.phase(Phase.CLOSED)
    union.open_day(thursday)
    assert (union.balance(A1, "IDR"), union.balance(A1, "VND")) == (95, 94)
    assert len(union.state.waiting) == 1


def test_a_call_of_a_cycle_does_not_outlast_its_day():
    union = settled_world(0)
    union.tell("QM", c.CallCycle(1))
    union.phase(Phase.CUT_OFF)
    union.phase(Phase.CLOSED)
    assert reason(union.tell("QM", c.CallCycle(1))) is Reason.DAY_NOT_OPEN
    union.open_day(HOLIDAY)
    assert union.tell("QN", c.CallCycle(1)).status is Status.AWAITING_QUORUM
    assert union.tell("QM", c.CallCycle(1)).status is Status.DONE


def test_a_future_payment_outlives_the_close_and_one_that_is_due_does_not():
    union = settled_world(0)
    union.pay(amount=5, channel=c.Channel.MPNS)
    union.pay(amount=6, value_date=HOLIDAY)
    union.phase(Phase.CUT_OFF)
    union.phase(Phase.CLOSED)
    statuses = [payment.status for payment in union.payments.values()]
    assert statuses == [PaymentStatus.REJECTED, PaymentStatus.ACCEPTED]
