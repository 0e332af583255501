import pytest

from mufakat.core.lifecycle import move, payment_of
from mufakat.core.state import PaymentStatus
from mufakat.model import queueing as q
from tests.core.test_queue import pay
from tests.union import A1, A2, settled_world, uetr


def test_a_payment_is_found_whether_it_settled_on_entry_or_waited():
    union = settled_world(100)
    (done, _), (waits, _) = pay(union, amount=60), pay(union, amount=400, priority=q.Priority.HIGH)
    found = payment_of(union.state, done)
    assert (found.order.amount, found.order.debtor_agent, found.order.creditor_agent) == (60, A1, A2)
    assert (found.status, found.rest) == (PaymentStatus.SETTLED, 60)
    assert payment_of(union.state, waits) == union.state.payments[waits]
    assert payment_of(union.state, waits).priority is q.Priority.HIGH
    assert payment_of(union.state, uetr(999_999)) is None


@pytest.mark.parametrize(
    "status", [PaymentStatus.ACCEPTED, PaymentStatus.QUEUED, PaymentStatus.REJECTED, PaymentStatus.CANCELLED]
)
def test_no_step_leads_back_from_what_is_final(status):
    union = settled_world(100)
    done, _ = pay(union, amount=60)
    with pytest.raises(AssertionError, match="no step from SETTLED"):
        move(union.state, done, status)


def test_a_rejected_payment_that_was_never_paid_is_not_returned():
    union = settled_world(100)
    waits, _ = pay(union, amount=400)
    union.close_day()
    with pytest.raises(AssertionError, match="no step from REJECTED to RETURNED"):
        move(union.state, waits, PaymentStatus.RETURNED)
