"""The bench of messages: each work does all of its work, and refuses to measure what is not in order."""

import pytest

from mufakat.cli.bench_messages import HEADINGS, Shape, cells, floor, own
from mufakat.simulation.messages import credit_transfers


@pytest.mark.parametrize("work", [own, floor])
@pytest.mark.parametrize("transactions", [1, 5])
def test_what_is_measured_takes_every_file(work, transactions):
    work(list(credit_transfers(1, 2, transactions)))


@pytest.mark.parametrize("work", [own, floor])
def test_a_file_that_is_not_in_order_is_not_measured(work):
    (data,) = credit_transfers(1, 1, 1)
    with pytest.raises(AssertionError):
        work([data.replace(b"<SttlmMtd>CLRG<", b"<SttlmMtd>XXXX<")])


def test_a_row_has_a_cell_for_each_heading():
    row = cells(Shape(1_000, 15, 14_763, 59_494, 4.01, None, None, 1.1))
    assert len(row) == len(HEADINGS)
    assert row[2:8] == ["14,763", "59,494", "4.01", "-", "-", "1.1 times"]
