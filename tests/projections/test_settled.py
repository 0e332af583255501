"""Payments that settled on entry are booked many at a time, as if each had been booked by itself."""

from contextlib import closing

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mufakat.model import command as c
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.queueing import Priority
from mufakat.model.record import batch
from mufakat.projections import timeline
from mufakat.projections.settled import Columns, running
from tests.projections.conftest import folded
from tests.union import A1, A2, B1, settled_world


def one_by_one(accounts, amounts, opening):
    held, after = dict(opening), []
    for account, amount in zip(accounts, amounts, strict=True):
        held[account] += amount
        after.append(held[account])
    return after, {account: held[account] for account in set(accounts)}


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(-MAX_AMOUNT, MAX_AMOUNT)), min_size=1, max_size=40),
    st.lists(st.integers(-MAX_AMOUNT, MAX_AMOUNT), min_size=5, max_size=5),
)
def test_balances_run_as_if_movements_came_one_by_one(moved, held):
    accounts, amounts = zip(*moved, strict=True)
    opening = dict(enumerate(held))
    expected = one_by_one(accounts, amounts, opening)
    if all(abs(balance) < 1 << 63 for balance in expected[0]):
        after, last = running(np.array(accounts), np.array(amounts, np.int64), opening)
        assert (after.tolist(), last) == expected


def test_columns_say_what_the_records_do():
    union = settled_world()
    orders = (
        union.order(amount=1, details=b"\0" * 32),
        union.order(debtor_agent=B1, amount=MAX_AMOUNT, details=bytes(range(32)), priority=Priority.HIGH),
        union.order(amount=7, divisible=True),
        union.order(amount=8, linked=True),
    )
    columns = Columns(batch(orders).records)
    assert columns.uetrs == [bytes.fromhex(each.uetr.replace("-", "")) for each in orders]
    assert columns.details == [each.details for each in orders]
    assert columns.debtors == [f"{each.debtor_agent}IDR".encode() for each in orders]
    assert columns.creditors == [f"{each.creditor_agent}IDR".encode() for each in orders]
    assert columns.amounts.tolist() == [each.amount for each in orders]
    assert columns.with_terms == [1, 2]


def test_payments_of_several_entries_are_booked_before_what_comes_after_them():
    union = settled_world(1_000)
    for amount in (10, 20):
        union.pay(amount=amount)
    union.must("QM", c.IssueMoney(A1, "IDR", 500))
    union.pay(amount=1_470)
    with closing(folded(union)) as views:
        balances = views.sql.execute(
            "SELECT balance FROM movement WHERE account = ? ORDER BY number", (f"settlement/{A1}/IDR",)
        ).fetchall()
    assert [balance for (balance,) in balances] == [1_000, 990, 970, 1_470, 0]


def test_what_a_payment_said_beside_what_is_paid_is_kept():
    union = settled_world(1_000)
    orders = union.order(amount=5), union.order(amount=6, priority=Priority.URGENT, divisible=True)
    union.must(A1, batch(orders))
    with closing(folded(union)) as views:
        plain, urgent = (timeline.payment(views.sql, each.uetr) for each in orders)
    assert (plain.priority, plain.divisible) == ("normal", 0)
    assert (urgent.priority, urgent.divisible, urgent.status) == ("urgent", 1, "settled")
    assert urgent.creditor_agent == A2
