import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.kernels import history

KEY = np.array([3, 9], np.uint64)


def run_of(rows):
    run = np.empty(len(rows), np.uint64)
    history.enter(rows, KEY, run)
    run.sort()
    return run


def rows_of(numbers):
    rows = np.zeros((len(numbers), 5), np.uint64)
    rows[:, :2] = np.array([divmod(each, 2**64) for each in numbers] or np.zeros((0, 2)), np.uint64)
    return rows


def found(run, rows, asked):
    records = rows_of(asked)
    hashes, maybe = np.zeros(len(asked), np.uint64), np.zeros(len(asked), np.int8)
    history.sift(records, KEY, history.filter_for(1), hashes, maybe)
    assert not maybe.any(), "an empty filter has nothing"
    numbers = np.full(len(asked), -1, np.int64)
    history.search(run, 10, rows, records, hashes, np.arange(len(asked)), numbers)
    return numbers.tolist()


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**128 - 1), unique=True, min_size=1, max_size=300), st.data())
def test_a_run_finds_each_of_its_rows_and_nothing_else(numbers, data):
    rows = rows_of([0] * 10 + numbers)
    run = run_of(rows[10:])
    others = data.draw(st.lists(st.integers(0, 2**128 - 1), max_size=20))
    expected = [10 + n for n in range(len(numbers))]
    expected += [10 + numbers.index(each) if each in numbers else -1 for each in others]
    assert found(run, rows, numbers + others) == expected


def test_rows_whose_hashes_are_equal_are_told_apart():
    rows = rows_of([0] * 10 + list(range(5, 25)))
    run = run_of(rows[10:])
    run[:] = (run[7] & ~np.uint64(2**history.ROW_BITS - 1)) | np.arange(20, dtype=np.uint64)
    asked = rows[10 + 7 : 10 + 20]
    hashes = np.full(len(asked), run[0], np.uint64)
    numbers = np.full(len(asked), -1, np.int64)
    history.search(run, 10, rows, asked, hashes, np.arange(len(asked)), numbers)
    assert numbers.tolist() == list(range(17, 30))


@pytest.mark.parametrize("size", [0, 1, 1_000, 40_000])
def test_a_filter_has_all_that_was_entered_and_little_else(size):
    chance = np.random.default_rng(5)
    rows = chance.integers(0, 2**64, (size, 5), np.uint64)
    others = chance.integers(0, 2**64, (20_000, 5), np.uint64)
    blocks = history.filter_for(size)
    assert blocks.ctypes.data % 64 == 0
    history.fill(blocks, run_of(rows[: size // 2]))
    history.fill(blocks, run_of(rows[size // 2 :]))
    for records, least, most in ((rows, size, size), (others, 0, 60)):
        hashes, maybe = np.zeros(len(records), np.uint64), np.zeros(len(records), np.int8)
        history.sift(records, KEY, blocks, hashes, maybe)
        assert least <= int(maybe.sum()) <= most
