"""Queues, limits and their use, as the views show them: what the rules know, and nothing else."""

from contextlib import closing

import pytest

from mufakat.core import limits as bounds
from mufakat.core.state import PaymentStatus
from mufakat.model import command as c
from mufakat.model import queueing as q
from mufakat.model.record import batch
from mufakat.projections import certificate, queue, timeline
from mufakat.projections.statement import statement
from tests.projections.conftest import folded
from tests.strategies import SECOND
from tests.union import A1, A2, B1, settled_world


def assert_the_queues_are_what_they_are(sql, union):
    """Compare the queues' rows with the state of the rules; other modules compare all rows with it."""
    state = union.state
    shown: dict[str, list[str]] = {}
    for each in queue.waiting(sql):
        payment = state.payments[each.uetr]
        account = f"settlement/{each.debtor_agent}/{each.currency}"
        assert payment.status.name.lower() == each.status
        assert (payment.paid, payment.priority.name.lower(), payment.latest_us) == (
            *(each.paid, each.priority),
            each.latest_us,
        )
        assert (payment.order.earliest_us, payment.order.divisible) == (each.earliest_us, each.divisible)
        if each.status == "queued":
            shown.setdefault(account, []).append(each.uetr)
            assert each.place == len(shown[account])
        else:
            assert each.place == 0
    assert shown == {account: list(line) for account, line in state.queues.items() if line}
    for uetr, payment in union.payments.items():
        view = timeline.payment(sql, uetr)
        order = payment.order
        if payment.status is not PaymentStatus.QUEUED and uetr in state.register:
            assert (view.priority, view.paid) == (order.priority.name.lower(), 0)
        elif uetr in state.payments:
            record = state.payments[uetr]
            assert (view.priority, view.paid) == (record.priority.name.lower(), record.paid)
        assert (view.earliest_us, view.divisible) == (order.earliest_us, order.divisible)
    set_limits = {
        (each.account, limit.counterparty or ""): (limit.most, limit.used)
        for each in state.queue_terms.records()
        for limit in bounds.terms_of(state, each.account).limits
    }
    assert {
        (each.account, each.counterparty): (each.most, each.used) for each in queue.limits(sql)
    } == set_limits
    assert queue.bypasses(sql) == [each.account for each in state.queue_terms.records() if each.bypass]
    runs = {each.currency: each for each in queue.resolutions(sql)}
    assert {currency: (each.at_us, each.waiting) for currency, each in runs.items()} == {
        each.currency: (each.at_us, each.left) for each in state.resolutions.records() if each.at_us
    }
    resolved = [event for event in union.events if isinstance(event, q.QueuesResolved)]
    assert [(each.payments, each.amount) for each in queue.resolutions(sql)] == [
        (len(event.payments), sum(amount for *_, amount in event.payments)) for event in resolved
    ]


@pytest.fixture
def waits():
    """A1 has 100 of IDR, and four payments that wait: two normal, one high, and one for its time."""
    union = settled_world(100)
    for amount, change in (
        (400, {}),
        (200, {"priority": q.Priority.HIGH, "latest_us": union.now_us + 60 * SECOND}),
        (300, {}),
        (5, {"earliest_us": union.now_us + 60 * SECOND}),
    ):
        union.pay(amount=amount, **change)
    return union


def test_the_queue_is_shown_in_its_order_and_then_what_waits_for_its_time(waits):
    with closing(folded(waits)) as views:
        rows = queue.waiting(views.sql)
        assert [(each.place, each.amount, each.priority, each.status) for each in rows] == [
            (1, 200, "high", "queued"),
            (2, 400, "normal", "queued"),
            (3, 300, "normal", "queued"),
            (0, 5, "normal", "accepted"),
        ]
        assert queue.waiting(views.sql, agent=A2) == queue.waiting(views.sql, currency="VND") == []


def test_a_part_that_settled_is_in_the_statement_and_the_rest_in_the_queue():
    union = settled_world(100)
    union.pay(amount=400, divisible=True)
    with closing(folded(union)) as views:
        (row,) = queue.waiting(views.sql)
        assert (row.amount, row.paid, row.status) == (400, 100, "queued")
        view = statement(views.sql, f"settlement/{A1}/IDR")
        assert [(each.amount, each.kind, each.reference) for each in view.movements][-1:] == [
            (-100, "payment", row.uetr)
        ]
        assert [each.status for each in timeline.steps(views.sql, row.uetr)] == ["queued", "part settled"]
        assert timeline.queue_over_time(views.sql)[-1][1] == 1
        assert [each.uetr for each in timeline.waiting(views.sql, row.value_date)] == [row.uetr]


def test_a_cycle_is_certified_for_what_was_left_of_a_payment_then():
    union = settled_world(100)
    union.pay(amount=400, divisible=True)
    union.cycle()
    union.issue(A1, "IDR", 50)
    union.cycle()
    union.issue(A1, "IDR", 900)
    with closing(folded(union)) as views:
        taken = [[(each.netted, each.left_out) for each in certificate.items(views.sql, n)] for n in (1, 2)]
        assert taken == [[(0, 300)], [(0, 250)]]
        assert certificate.amounts_that_differ(views.sql, 1) == []
        assert certificate.amounts_that_differ(views.sql, 2) == []


def test_limits_are_shown_with_what_was_used_of_them_today():
    union = settled_world(1_000)
    union.must(A1, q.LimitPayments("IDR", B1, 300))
    union.must(A1, q.LimitPayments("IDR", None, 500))
    union.pay(amount=120, creditor_agent=B1)
    union.pay(amount=70)
    union.pay(amount=9, priority=q.Priority.URGENT)
    union.pay(amount=20, debtor_agent=B1, creditor_agent=A1)
    with closing(folded(union)) as views:
        assert [(each.counterparty, each.most, each.used) for each in queue.limits(views.sql)] == [
            ("", 500, 70),
            (B1, 300, 100),
        ]
        assert queue.limits(views.sql, agent=B1) == []
    union.pass_days(1)
    with closing(folded(union)) as views:
        assert [each.used for each in queue.limits(views.sql, agent=A1)] == [0, 0]


def test_what_is_given_back_is_counted_as_the_rules_count_it():
    union = settled_world(1_000)
    for bank, other in ((A1, B1), (B1, A1)):
        union.must(bank, q.LimitPayments("IDR", other, 50))
    paid = union.order(creditor_agent=B1, amount=50)
    urgent = union.order(creditor_agent=B1, amount=190, priority=q.Priority.URGENT)
    union.must(A1, batch((paid, urgent)))
    used = []
    for order in (paid, urgent):
        union.must(B1, c.ReturnPayment(order.uetr, "AC04"))
        with closing(folded(union)) as views:
            assert_the_queues_are_what_they_are(views.sql, union)
            used.append([each.used for each in queue.limits(views.sql)])
    assert used == [[0, 0], [-190, 50]]


def test_payments_that_settle_together_are_counted_by_their_net():
    union = settled_world(0)
    union.must(A1, q.LimitPayments("IDR", A2, 20))
    union.issue(A1, "IDR", 1_000)
    union.pay(debtor_agent=A2, creditor_agent=A1, amount=90)
    union.pay(debtor_agent=A1, creditor_agent=A2, amount=100)
    assert any(isinstance(event, q.PaymentsOffset) for event in union.events)
    with closing(folded(union)) as views:
        assert [each.used for each in queue.limits(views.sql)] == [10]
        assert_the_queues_are_what_they_are(views.sql, union)
