"""The rows of payments are lean, and the views over them say in words all that follows from them."""

from contextlib import closing

import pytest

from mufakat.model import command as c
from mufakat.model.record import batch
from tests.projections.conftest import folded
from tests.union import A1, A2, B1, TUESDAY, settled_world


@pytest.fixture
def three():
    """Payments that settled on entry, waited, and were given back."""
    union = settled_world(100)
    orders = union.order(amount=60), union.order(amount=500), union.order(debtor_agent=B1, amount=10)
    for order in orders:
        union.must(order.debtor_agent, batch((order,)))
    union.must(A2, c.ReturnPayment(orders[2].uetr, "AC04"))
    with closing(folded(union)) as views:
        yield union, orders, views.sql


def test_a_payment_that_settled_on_entry_is_one_row(three):
    _, orders, sql = three
    rows = sql.execute("SELECT number, status, channel, value_date, changed FROM payment_row").fetchall()
    assert rows[0] == (0, None, None, None, None)
    assert [row[1] for row in rows] == [None, "queued", "returned"]
    assert [row[0] for row in sql.execute("SELECT payment FROM step_row ORDER BY number")] == [1, 2]
    assert sql.execute("SELECT reference FROM booking WHERE kind = 'payment'").fetchall() == []
    steps = sql.execute("SELECT uetr, status, date FROM step ORDER BY payment, number").fetchall()
    today = TUESDAY.isoformat()
    assert steps == [
        (orders[0].uetr, "settled", today),
        (orders[1].uetr, "queued", today),
        (orders[2].uetr, "settled", today),
        (orders[2].uetr, "returned", today),
    ]


def test_the_view_of_payments_says_what_no_row_repeats(three):
    union, orders, sql = three
    at_us = [at_us for _, at_us in union.log[-4:]]
    assert sql.execute(
        "SELECT uetr, debtor_agent, creditor_agent, currency, value_date, channel, status, submitted_us,"
        " changed_us, arrival FROM payment ORDER BY arrival"
    ).fetchall() == [
        (
            *(orders[number].uetr, payer, A2, "IDR", TUESDAY.isoformat(), "RTGS", status),
            *(at_us[number], at_us[changed], number),
        )
        for number, (payer, status, changed) in enumerate(
            ((A1, "settled", 0), (A1, "queued", 1), (B1, "returned", 3))
        )
    ]


def test_the_movements_have_numbers_without_gaps(three):
    _, _, sql = three
    numbers = [number for (number,) in sql.execute("SELECT number FROM movement ORDER BY number")]
    assert numbers == [*range(1, len(numbers) + 1)]


@pytest.mark.parametrize(
    "where",
    [
        "debtor = 1 AND movement IS NOT NULL AND number > 5",
        "creditor = 1 AND movement IS NOT NULL AND number > 5",
        "debtor = 1 AND movement IS NULL AND number > 5",
        "creditor = 1 AND movement IS NULL AND number > 5",
        "status = 'queued' AND number > 5",
        "cycle = 3 AND number > 5",
    ],
)
def test_what_is_often_asked_of_payments_goes_by_an_index_in_order(sql, where):
    plan = [
        row[-1]
        for row in sql.execute(f"EXPLAIN QUERY PLAN SELECT * FROM payment_row WHERE {where} ORDER BY number")
    ]
    assert len(plan) == 1, "nothing is sorted"
    assert plan[0].startswith("SEARCH payment_row USING INDEX")
