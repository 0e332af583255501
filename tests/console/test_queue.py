"""The queue drawn on the terminal."""

import pytest

from mufakat.console import queue as pages
from mufakat.projections import queue as views
from tests.console.test_tables import lines, shown
from tests.union import A1, B1, charter, settled_world


@pytest.mark.parametrize(
    ("earliest", "latest", "told"),
    [
        (0, 0, ""),
        (1_000_000, 0, "1970-01-01 00:00:01 to …"),
        (0, 61_000_000, "… to 1970-01-01 00:01:01"),
        (1_000_000, 2_000_000, "1970-01-01 00:00:01 to 1970-01-01 00:00:02"),
    ],
)
def test_times_are_told_as_far_as_there_are_any(earliest, latest, told):
    assert pages.between(earliest, latest) == told


def test_a_payment_that_was_paid_in_parts_shows_its_rest():
    union = settled_world(10_000)
    union.pay(amount=25_000, divisible=True)
    rows = shown(union, lambda charter, sql: pages.waiting(charter, views.waiting(sql)))
    assert rows[0] == ["1 payment waits"]
    assert next(row for row in rows if A1 in row)[-3:] == ["1", "250.00", "150.00"]


def test_a_limit_shows_what_is_left_even_when_more_was_received():
    limits = [views.LimitView(f"settlement/{A1}/IDR", B1, 5_000, -2_000)]
    row = lines(pages.limits(charter(), limits))[-1]
    assert row == [A1, "IDR", B1, "50.00", "-20.00", "70.00"]
