"""A batch posted on arrays does what its payments do one at a time."""

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core import batch as arrays
from mufakat.core.accounts import settlement_account
from mufakat.core.dump import dump, load
from mufakat.core.lifecycle import payment_of
from mufakat.core.register import Register
from mufakat.core.state import PaymentStatus
from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.model.event import PaymentsSettled
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.outcome import Status
from mufakat.model.proposal import SuspendMember
from mufakat.model.queueing import Action, LimitPayments, Priority
from mufakat.model.record import batch, is_linked
from tests.naive import Ledger, Packed
from tests.strategies import world
from tests.union import A1, A2, B1, B2, BANKS, C1, TUESDAY, settled_world, uetr

LATEST = st.sampled_from((0, 0, 0, -1_000_000, 0, 2_500, 10**9))
"""Microseconds from now."""
orders = st.lists(
    st.tuples(
        st.sampled_from((A1, A1, A1, A2, B1)),
        st.sampled_from((A1, A2, A2, B1, B2, C1, "NOBKQMA1XXX")),
        st.sampled_from(("IDR", "IDR", "IDR", "MYR", "JPY")),
        st.one_of(st.integers(0, 30), st.sampled_from((-1, 199, 10**7 + 1, 10**18, 2**63 - 1))),
        st.sampled_from((0, 0, 0, 0, 1, -1)),
        st.sampled_from((c.Channel.RTGS, c.Channel.RTGS, c.Channel.RTGS, c.Channel.MPNS)),
        st.integers(0, 40),
        st.sampled_from((*(Action.PAY,) * 3, *(Action.RESERVE,) * 2, Action.POST, Action.VOID)),
        st.sampled_from((False, False, True)),
        LATEST,
        st.sampled_from((Priority.NORMAL, Priority.NORMAL, Priority.NORMAL, Priority.HIGH)),
        st.sampled_from((0,) * 19 + (1,)),
    ),
    min_size=1,
    max_size=40,
)


def records_of(union, said) -> bytes:
    """Records of a batch, the last of which is linked to none; some have a byte that does not belong there."""
    made = bytearray()
    for place, (*names, amount, days, channel, number, action, linked, latest, priority, bad) in enumerate(
        said
    ):
        plain = action is Action.PAY and not (linked := linked and place < len(said) - 1)
        timed = latest and action in {Action.PAY, Action.RESERVE}
        order = c.PaymentOrder(
            uetr(1_000 + number),
            *names,
            amount,
            TUESDAY + datetime.timedelta(days),
            channel if plain else c.Channel.RTGS,
            bytes(32),
            priority,
            latest_us=union.now_us + latest if timed else 0,
            action=action,
            linked=linked,
        )
        record = bytearray(batch((order,)).records)
        record[75] = bad
        made += record
    return bytes(made)


def told(union, several, at_least, signers=(), stop=None):
    """What becomes of batches when arrays take those that are so large, and the state thereafter.

    `stop`: after how many records a run ends, or with the chain that is then under way.
    """
    outcomes = []
    for said in several:
        records = records_of(union, said)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(arrays, "LEAST", at_least)
            if stop is not None:
                patch.setattr(arrays.Run, "end", stopping(arrays.Run.end, records, stop))
            cosigners = tuple((each, "submit") for each in signers)
            outcomes.append(union.tell(A1, c.SubmitPayments(records, signers), *cosigners))
    return outcomes, union.state.root(), dump(union.state)


def stopping(end, records, stop):
    def stopped(run, begin):
        whole = until = end(run, begin)
        if begin + stop < whole:
            until = begin + stop
            while is_linked(records[until * 128 - 128 : until * 128]):
                until += 1
        return until

    return stopped


def busy(phase: Phase):
    """A world in which a queue stands, a member is suspended, and lines, limits and reservations are drawn on."""
    union = world()
    union.pay(debtor_agent=A1, creditor_agent=B1, amount=150)
    union.pay(debtor_agent=A2, creditor_agent=B1, amount=10_000)
    union.enact(SuspendMember("QO"))
    union.must("QM", c.SetLimit(A1, "IDR", 25), ("QM", "approve"))
    union.must(A1, c.ReserveLiquidity("IDR", 5))
    union.must(A1, LimitPayments("MYR", None, 20))
    for number in range(3):
        union.pay(
            uetr=uetr(1_000 + number),
            creditor_agent=A2,
            amount=5,
            value_date=union.state.day.date,
            action=Action.RESERVE,
        )
    if phase is not union.state.day.phase:
        union.phase(phase, union.state.day.date)
    return union


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.lists(orders, min_size=1, max_size=3),
    st.sampled_from((Phase.OPEN, Phase.OPEN, Phase.CUT_OFF)),
    st.sampled_from(((), (A2,))),
)
def test_arrays_give_what_the_rules_give_one_payment_at_a_time(several, phase, signers):
    assert told(busy(phase), several, 1, signers) == told(busy(phase), several, 10**9, signers)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(orders, min_size=1, max_size=3), st.integers(1, 20))
def test_it_does_not_matter_how_many_settled_payments_are_in_memory(several, generation):
    union = world()
    union.state.register = Register(generation=generation)
    assert told(union, several, 1) == told(world(), several, 1)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(orders, min_size=1, max_size=3), st.sampled_from(((), (A2,))), st.integers(1, 9))
def test_on_a_quiet_day_too_wherever_a_run_ends(several, signers, stop):
    expected = told(world(), several, 10**9, signers)
    assert told(world(), several, 1, signers) == expected
    assert told(world(), several, 1, signers, stop) == expected


PLENTY = 10**6
packed = st.lists(
    st.builds(
        Packed,
        st.integers(2_000, 2_006).map(uetr),
        st.tuples(st.sampled_from((A1, A1, A1, A2, B1)), st.sampled_from(("IDR", "MYR", "JPY"))),
        st.tuples(st.sampled_from((A2, A2, A2, A2, A1, B1, "NOBKQMA1XXX")), st.just("")),
        st.sampled_from((5, 5, 5, 9, 9, 60, 0, -5, 500)),
        st.sampled_from(("pay", "pay", "reserve", "reserve", "post", "post", "void")),
        st.booleans(),
        st.sampled_from((0, 0, 0, -1_000_000, 500, 10**9)),
        st.sampled_from((0, 0, 0, 0, 0, -1, 1)),
        st.sampled_from((True,) * 12 + (False,)),
    ),
    min_size=1,
    max_size=30,
)


def in_order(record: Packed, *, last: bool) -> Packed:
    """One account a side; the last is linked to none; what waits for funds is not what is looked at here."""
    record = record._replace(credit=(record.credit[0], record.debit[1]), linked=record.linked and not last)
    if record.action == "pay" and not record.linked and record.debit[1] == "MYR":
        record = record._replace(action="reserve")
    timed = record.action in {"pay", "reserve"} and (record.linked or record.days <= 0)
    return record._replace(latest=record.latest if timed else 0)


def written(union, records) -> bytes:
    made = bytearray()
    for each in records:
        order = c.PaymentOrder(
            each.uetr,
            each.debit[0],
            each.credit[0],
            each.debit[1],
            each.amount,
            TUESDAY + datetime.timedelta(each.days),
            c.Channel.RTGS,
            bytes(32),
            latest_us=union.now_us + each.latest if each.latest else 0,
            action=Action[each.action.upper()],
            linked=each.linked,
        )
        record = bytearray(batch((order,)).records)
        record[127] = not each.formed
        made += record
    return bytes(made)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(packed, min_size=1, max_size=4), st.sampled_from(((), (A2,))), st.sampled_from((1, 8, 10**9)))
def test_a_batch_does_what_plain_dictionaries_do(several, signers, at_least):
    union = world(100, 400)
    for bank in (A1, A2):
        union.issue(bank, "IDR", PLENTY)
    accounts = [each for each in union.state.accounts.records() if each.id.startswith("settlement/")]
    funds = {(each.owner, each.currency): each.balance for each in accounts}
    ledger = Ledger(funds, set(BANKS), {"IDR", "MYR", "VND"}, 400, MAX_AMOUNT)
    for said in several:
        records = [in_order(each, last=place == len(said) - 1) for place, each in enumerate(said)]
        for each in [each for each in ledger.open.values() if 0 < each.latest < union.now_us]:
            ledger.reserved[each.debit] -= each.amount
            ledger.over[ledger.open.pop(each.uetr).uetr] = "rejected"
        timed = [each._replace(latest=union.now_us + each.latest if each.latest else 0) for each in records]
        expected = ledger.batch(timed, {A1, *signers}, union.now_us)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(arrays, "LEAST", at_least)
            cosigners = tuple((each, "submit") for each in signers)
            outcome = union.tell(A1, c.SubmitPayments(written(union, records), signers), *cosigners)
        assert [
            each.status.name.lower() if each.refusal is None else each.refusal.reason.name
            for each in outcome.items
        ] == expected
        state = union.state
        assert {each.uetr: each.amount for each in state.reservations.all()} == {
            name: each.amount for name, each in ledger.open.items()
        }
        for (bank, currency), held in ledger.funds.items():
            account = state.accounts[settlement_account(bank, currency)]
            assert (account.balance, account.earmarked) == (held, ledger.reserved[bank, currency])
        for name, end in ledger.over.items():
            found = payment_of(state, name)
            assert found is not None
            assert found.status.name.lower() == end


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
