"""What happened when: payments and their steps, the queue over the day, obligations, cycles, phases."""

import itertools
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from hypothesis import given, settings

from mufakat.core.accounts import settlement_account
from mufakat.core.state import PaymentStatus
from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.model.record import batch
from mufakat.model.refusal import Reason
from mufakat.projections import timeline
from mufakat.projections.rows import PART_SETTLED
from tests.projections.conftest import folded
from tests.strategies import Watched, play, steps, world
from tests.union import A1, A2, B1, NOON_US, TUESDAY, Union, lei, settled_world, uetr

STATUSES = [each.name.lower() for each in PaymentStatus]


def queue_by_the_rules(union: Watched) -> dict[int, int]:
    """Watch a union: after each command, at its log time, how many payments wait for funds."""
    waiting: dict[int, int] = {}

    @contextmanager
    def watch(of: Watched) -> Iterator[None]:
        at_us = of.now_us
        yield
        waiting[at_us] = sum(len(queue) for queue in of.state.queues.values())

    union.watch = watch
    return waiting


@settings(max_examples=80, deadline=None, derandomize=True)
@given(steps())
def test_at_every_moment_as_many_wait_as_stand_in_the_rules_queues(said):
    union = world()
    truth = queue_by_the_rules(union)
    play(union, said)
    with closing(folded(union)) as views:
        points = timeline.queue_over_time(views.sql)
    curve, waiting = dict(points), 0
    for at_us, expected in truth.items():
        waiting = curve.get(at_us, waiting)
        assert waiting == expected
    levels = [0, *(level for _, level in points)]
    assert all(before != after for before, after in itertools.pairwise(levels)), "a point is a change"
    assert [at_us for at_us, _ in points] == sorted({at_us for at_us, _ in points})


def test_what_queues_and_settles_in_one_entry_is_no_change_of_the_queue():
    union = settled_world(1_000)
    thursday = TUESDAY.replace(day=26)
    union.pay(amount=100, value_date=thursday)
    for phase in (Phase.CUT_OFF, Phase.CLOSED):
        union.phase(phase)
    union.open_day(thursday)

    with closing(folded(union)) as views:
        (payment,) = timeline.payments(views.sql, "settled")
        assert [each.status for each in timeline.steps(views.sql, payment.uetr)] == [
            "accepted",
            "queued",
            "settled",
        ]
        assert timeline.queue_over_time(views.sql) == []


@settings(max_examples=60, deadline=None, derandomize=True)
@given(steps())
def test_queues_are_listed_in_the_order_in_which_they_settle(said):
    union = world()
    play(union, said)
    with closing(folded(union)) as views:
        listed: dict[str, list[str]] = {}
        for each in timeline.payments(views.sql, "queued"):
            listed.setdefault(settlement_account(each.debtor_agent, each.currency), []).append(each.uetr)
        assert listed == {account: [*queue] for account, queue in union.state.queues.items() if queue}
        assert [each.uetr for each in timeline.payments(views.sql, "accepted")] == [*union.state.waiting]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(steps())
def test_each_payment_has_one_status_and_its_steps_lead_there(said):
    union = world()
    play(union, said)
    with closing(folded(union)) as views:
        listed = [each for status in STATUSES for each in timeline.payments(views.sql, status)]
        assert {each.uetr for each in listed} == set(union.payments)
        assert len(listed) == len(union.payments)
        for each in listed:
            path = timeline.steps(views.sql, each.uetr)
            assert (path[0].at_us, path[-1].at_us) == (each.submitted_us, each.changed_us)
            last = path[-1].status
            assert ("queued" if last == PART_SETTLED else last) == each.status
            assert [step.entry for step in path] == sorted(step.entry for step in path)
            assert [union.log[step.entry - 1][1] for step in path] == [step.at_us for step in path]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(steps())
def test_what_cycles_set_off_is_what_was_taken_off_obligations(said):
    union = world()
    play(union, said)
    with closing(folded(union)) as views:
        by_cycle, by_obligation = {}, {}
        for each in timeline.cycles(views.sql):
            by_cycle[each.currency] = by_cycle.get(each.currency, 0) + each.set_off
            assert 0 <= each.swing <= each.net <= each.gross
            assert (each.items == 0) == (each.gross == 0)
        for each in timeline.obligations(views.sql):
            by_obligation[each.currency] = by_obligation.get(each.currency, 0) + each.set_off
    assert {k: v for k, v in by_cycle.items() if v} == {k: v for k, v in by_obligation.items() if v}


def test_a_cycle_tells_what_was_netted_what_moved_and_what_was_left_out():
    union = settled_world(100)
    union.must("QM", c.SetSwingLine("QN", 30), ("QN", "approve"))
    for change in (
        {"amount": 90},
        {"debtor_agent": A2, "creditor_agent": A1, "amount": 50},
        {"debtor_agent": B1, "amount": 120},
        {"debtor_agent": B1, "amount": 700},
    ):
        union.pay(channel=c.Channel.MPNS, **change)
    called_us = union.now_us + 1_000
    union.cycle()

    with closing(folded(union)) as views:
        cycles = {each.currency: each for each in timeline.cycles(views.sql)}
    idr = cycles.pop("IDR")

    assert (idr.number, idr.at_us, idr.set_off) == (1, called_us, 0)
    assert (idr.gross, idr.items, idr.deferred) == (90 + 50 + 120, 3, 1)
    assert (idr.net, idr.swing) == (160, 20)
    assert {(each.gross, each.items, each.net) for each in cycles.values()} == {(0, 0, 0)}


@pytest.mark.parametrize("returned", [False, True])
def test_a_payment_keeps_the_cycle_in_which_it_settled(returned):
    union = settled_world(1_000)
    order = union.order(channel=c.Channel.MPNS)
    union.must(A1, batch((order,)))
    union.cycle()
    if returned:
        union.must(A2, c.ReturnPayment(order.uetr, "AC04"))

    with closing(folded(union)) as views:
        payment = timeline.payment(views.sql, order.uetr)

    assert (payment.status, payment.cycle) == ("returned" if returned else "settled", 1)


def test_a_payment_settled_by_itself_has_no_cycle():
    union = settled_world(1_000)
    union.pay()
    with closing(folded(union)) as views:
        (payment,) = timeline.payments(views.sql, "settled")
    assert (payment.cycle, payment.reason, payment.channel) == (None, None, "RTGS")


def test_a_rejected_payment_keeps_its_reason():
    union = settled_world(1_000)
    union.pay(amount=5_000)
    union.pay(creditor_agent="NOBKQMA1XXX")
    for phase in (Phase.CUT_OFF, Phase.CLOSED):
        union.phase(phase)
    with closing(folded(union)) as views:
        reasons = [each.reason for each in timeline.payments(views.sql, "rejected")]
    assert reasons == [Reason.UNSETTLED_AT_CLOSE, Reason.UNKNOWN_CREDITOR_AGENT]


def test_payments_of_one_bank_are_listed_by_themselves():
    union = settled_world(100)
    union.pay(amount=500)
    union.pay(debtor_agent=B1, amount=600)
    with closing(folded(union)) as views:
        assert [each.amount for each in timeline.payments(views.sql, "queued")] == [500, 600]
        assert [each.amount for each in timeline.payments(views.sql, "queued", agent=B1)] == [600]
        assert timeline.payments(views.sql, "queued", agent="NOBODY") == []


def test_a_payment_that_the_log_does_not_know_is_none(sql):
    assert timeline.payment(sql, uetr(999_999)) is None
    assert timeline.steps(sql, uetr(999_999)) == []


def test_obligations_stand_oldest_due_first_and_are_found_by_status_firm_and_agent():
    union = settled_world()
    later = TUESDAY.replace(day=30)
    for debtor, creditor, due in ((0, 4, later), (4, 8, TUESDAY), (8, 0, TUESDAY.replace(day=27))):
        union.owe(debtor, creditor, 10, due=due)
    disputed = f"{lei(4)}/INV-X"
    item = c.ObligationItem(disputed, lei(0), lei(4), "IDR", 7, later, bytes(32))
    union.must(B1, c.RegisterObligations((item,)))
    union.must(A1, c.DisputeObligations((disputed,)))

    with closing(folded(union)) as views:

        def found(**named):
            return [each.debtor for each in timeline.obligations(views.sql, **named)]

        assert found() == [lei(4), lei(8), lei(0), lei(0)]
        assert found(status="accepted") == [lei(4), lei(8), lei(0)]
        assert [each.id for each in timeline.obligations(views.sql, status="disputed")] == [disputed]
        assert found(firm=lei(8)) == [lei(4), lei(8)]
        assert found(agent=B1) == [lei(4), lei(0), lei(0)]
        assert found(agent=B1, firm=lei(8), status="accepted") == [lei(4)]
        assert found(firm=lei(11)) == []


def test_an_obligation_is_known_by_the_document_that_registered_it():
    union = settled_world()
    outcome = union.owe(0, 2, 500, document=bytes([7]) * 32)
    name = outcome.items[0].id
    with closing(folded(union)) as views:
        assert timeline.obligation_status(views.sql, name, bytes([7]) * 32) == "accepted"
        assert timeline.obligation_status(views.sql, name, bytes(32)) is None
        assert timeline.obligation_status(views.sql, "another", bytes([7]) * 32) is None


def test_phases_stand_in_order_with_their_dates():
    union = settled_world()
    for phase in (Phase.CUT_OFF, Phase.CLOSED):
        union.phase(phase)
    with closing(folded(union)) as views:
        phases = timeline.phases(views.sql)
        assert timeline.business_date(views.sql) == TUESDAY.isoformat()
    assert [(date, phase) for date, phase, _ in phases] == [
        (TUESDAY.isoformat(), phase) for phase in ("OPEN", "CUT_OFF", "CLOSED")
    ]
    assert NOON_US < phases[0][2] < phases[1][2] < phases[2][2] < union.now_us


def test_before_anything_happened_there_is_nothing_to_tell():
    with closing(folded(Union())) as views:
        assert timeline.phases(views.sql) == timeline.cycles(views.sql) == []
        assert timeline.business_date(views.sql) is None
        assert timeline.queue_over_time(views.sql) == timeline.obligations(views.sql) == []
