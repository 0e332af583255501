"""A batch posted on arrays does what its payments do one at a time."""

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core import batch as arrays
from mufakat.core.dump import dump, load
from mufakat.core.register import Register
from mufakat.core.state import PaymentStatus
from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.model.event import PaymentsSettled
from mufakat.model.outcome import Status
from mufakat.model.proposal import SuspendMember
from mufakat.model.record import batch
from tests.strategies import world
from tests.union import A1, A2, B1, B2, C1, TUESDAY, settled_world, uetr

orders = st.lists(
    st.tuples(
        st.sampled_from((A1, A1, A1, A2)),
        st.sampled_from((A1, A2, A2, B1, B2, C1, "NOBKQMA1XXX")),
        st.sampled_from(("IDR", "IDR", "IDR", "PHP", "JPY")),
        st.one_of(st.integers(0, 30), st.sampled_from((-1, 199, 10**7 + 1, 10**18, 2**63 - 1))),
        st.sampled_from((0, 0, 0, 0, 1, -1)),
        st.sampled_from((c.Channel.RTGS, c.Channel.RTGS, c.Channel.RTGS, c.Channel.MPNS)),
        st.integers(0, 40),
    ),
    min_size=1,
    max_size=40,
)


def told(union, several, at_least):
    """What becomes of batches when arrays take those that are so large, and the state thereafter."""
    outcomes = []
    for said in several:
        made = [
            c.PaymentOrder(
                uetr(1_000 + number), *names, amount, TUESDAY + datetime.timedelta(days), channel, bytes(32)
            )
            for *names, amount, days, channel, number in said
        ]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(arrays, "LEAST", at_least)
            outcomes.append(union.tell(A1, batch(made)))
    return outcomes, union.state.root(), dump(union.state)


def busy(phase: Phase):
    """A world in which a queue stands, a member is suspended, and a line and a limit are drawn on."""
    union = world()
    union.pay(debtor_agent=A1, creditor_agent=B1, amount=150)
    union.pay(debtor_agent=A2, creditor_agent=B1, amount=10_000)
    union.enact(SuspendMember("QO"))
    union.must("QM", c.SetLimit(A1, "IDR", 25), ("QM", "approve"))
    union.must(A1, c.ReserveLiquidity("IDR", 5))
    if phase is not union.state.day.phase:
        union.phase(phase, union.state.day.date)
    return union


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(orders, min_size=1, max_size=3), st.sampled_from((Phase.OPEN, Phase.OPEN, Phase.CUT_OFF)))
def test_arrays_give_what_the_rules_give_one_payment_at_a_time(several, phase):
    assert told(busy(phase), several, 1) == told(busy(phase), several, 10**9)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(orders, min_size=1, max_size=3), st.integers(1, 20))
def test_it_does_not_matter_how_many_settled_payments_are_in_memory(several, generation):
    union = settled_world(200)
    union.state.register = Register(generation=generation)
    assert told(union, several, 1) == told(settled_world(200), several, 1)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(orders, min_size=1, max_size=3))
def test_on_a_quiet_day_too(several):
    assert told(settled_world(200), several, 1) == told(settled_world(200), several, 10**9)


def test_payments_that_settle_are_one_event():
    union = settled_world(1_000)
    first = len(union.events)
    union.must(A1, batch(tuple(union.order(amount=1) for _ in range(500))))
    settled = [event for event in union.events[first:] if isinstance(event, PaymentsSettled)]
    assert [len(event.records) for event in settled] == [500 * 128]
    assert (union.balance(A1), union.balance(A2)) == (500, 1_500)
    assert len(union.state.register) == union.state.arrivals == 500


def test_what_moves_the_day_on_is_seen_by_the_next_batch():
    union = settled_world(1_000)
    said = [
        tuple(union.order(amount=1, value_date=union.state.day.date) for _ in range(20)) for _ in range(3)
    ]
    union.must(A1, batch(said[0]))
    union.must("QM", c.SetLimit(A2, "IDR", 5), ("QM", "approve"))
    union.phase(Phase.CUT_OFF)
    outcome = union.tell(A1, batch(said[1]))
    assert {item.status for item in outcome.items} == {Status.REFUSED}
    union.phase(Phase.CLOSED)
    union.open_day(TUESDAY + datetime.timedelta(1))
    outcome = union.tell(A1, batch(said[2]))
    assert {item.refusal.reason.name for item in outcome.items} == {"VALUE_DATE_PAST"}


def test_a_state_that_was_saved_goes_on_as_if_it_had_not_been():
    union = settled_world(1_000)
    union.must(A1, batch(tuple(union.order(amount=1) for _ in range(100))))
    union.tell(
        A2, batch(tuple(union.order(debtor_agent=A2, creditor_agent=A1, amount=900) for _ in range(3)))
    )
    again = load(dump(union.state))
    assert again.root() == union.state.root()
    assert dump(again) == dump(union.state)
    union.state = again
    repeated = union.log[-2][0]
    body = c.decode(repeated).instruction.body
    outcome = union.tell(A1, body)
    assert {item.refusal.reason.name for item in outcome.items} == {"DUPLICATE"}
    paid = next(each for each in union.payments.values() if each.status is PaymentStatus.SETTLED)
    union.must(A2, c.ReturnPayment(paid.order.uetr, "AC04"))
    assert union.payments[paid.order.uetr].status is PaymentStatus.RETURNED
