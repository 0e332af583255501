from contextlib import closing

from mufakat.model.record import batch
from tests.projections.conftest import folded
from tests.union import A1, A2, settled_world


def test_a_batch_that_settled_on_entry_is_rows_of_payments_steps_and_movements_in_order():
    union = settled_world(1_000)
    orders = tuple(union.order(amount=amount, details=bytes([amount]) * 32) for amount in range(1, 31))
    union.must(A1, batch(orders))
    at_us = union.log[-1][1]
    with closing(folded(union)) as views:
        assert views.sql.execute(
            "SELECT uetr, amount, details, status, submitted_us, changed_us, arrival FROM payment ORDER BY arrival"
        ).fetchall() == [
            (order.uetr, order.amount, order.details, "settled", at_us, at_us, place)
            for place, order in enumerate(orders)
        ]
        assert views.sql.execute("SELECT uetr, status FROM step ORDER BY payment").fetchall() == [
            (order.uetr, "settled") for order in orders
        ]
        paid = views.sql.execute(
            "SELECT account, amount, balance, reference FROM movement WHERE kind = 'payment' ORDER BY number"
        ).fetchall()
    left = 1_000
    for order, debit, credit in zip(orders, paid[::2], paid[1::2], strict=True):
        left -= order.amount
        assert debit == (f"settlement/{A1}/IDR", -order.amount, left, order.uetr)
        assert credit == (f"settlement/{A2}/IDR", order.amount, 2_000 - left, order.uetr)
