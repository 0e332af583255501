import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core import history as module
from mufakat.core.history import History
from mufakat.core.rooms import Memory


class Settled:
    """A history of made-up rows, and what it should find."""

    def __init__(self, generation, seed=1):
        rooms = Memory()
        self.room = rooms.rows(5, 0)
        self.history = History(rooms, self.room, generation)
        self.generation = generation
        self.rows = np.zeros((0, 5), np.uint64)
        self.chance = np.random.default_rng(seed)

    def seal(self):
        more = self.chance.integers(0, 2**64, (self.generation, 5), np.uint64)
        self.room.add(more)
        self.rows = np.concatenate((self.rows, more))
        self.history.seal(more)

    def check(self, strangers=50):
        records = np.zeros((len(self.rows) + strangers, 16), np.uint64)
        records[: len(self.rows), :2] = self.rows[:, :2]
        records[len(self.rows) :, :2] = self.chance.integers(0, 2**64, (strangers, 2), np.uint64)
        records[len(self.rows) + strangers // 2 :, 0] = self.rows[0, 0] if len(self.rows) else 7
        expected = [1] * len(self.rows) + [0] * strangers
        assert self.history.has(records).tolist() == expected
        for number in {0, len(self.rows) // 2, len(self.rows) - 1} if len(self.rows) else ():
            assert self.history.find(*self.rows[number, :2]) == number
        assert self.history.find(*records[-1, :2]) == -1


@settings(max_examples=30, deadline=None)
@given(st.sampled_from((1, 5, 64, 300)), st.lists(st.integers(0, 40), max_size=40), st.integers(0, 99))
def test_every_row_is_found_and_nothing_else_however_far_the_work_is(generation, steps, seed):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PORTION", 32)
        settled = Settled(generation, seed)
        for rows in steps:
            settled.seal()
            settled.history.tend(rows * generation // 10)
            settled.check()


def test_sixteen_runs_become_one_and_sixteen_of_those_one_again():
    settled = Settled(4)
    for _ in range(16 * 16 + 3):
        settled.seal()
        settled.history.tend(10_000)
    assert [len(run.words) for run in settled.history._runs] == [4 * 256, 4, 4, 4]
    settled.check()


def test_what_would_be_too_long_for_a_run_is_not_merged(monkeypatch):
    monkeypatch.setattr(module, "MOST", 64)
    settled = Settled(4)
    for _ in range(40):
        settled.seal()
        settled.history.tend(10_000)
    assert [len(run.words) for run in settled.history._runs] == [64, 64] + [4] * 8
    settled.check()


def test_the_filter_grows_with_the_rows():
    settled, sizes = Settled(64), []
    for _ in range(60):
        settled.seal()
        settled.history.tend(64)
        sizes.append(settled.history._blocks.nbytes)
        assert 4 * settled.history.count <= 5 * settled.history._capacity
    assert len(set(sizes)) > 3
    assert sizes[-1] < 5 * 60 * 64


def test_an_empty_history_has_nothing():
    settled = Settled(10)
    settled.history.tend(1_000)
    settled.check()
