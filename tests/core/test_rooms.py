import numpy as np
import pytest

from mufakat.core.rooms import Memory


@pytest.mark.parametrize("sizes", [(), (1,), (0, 3), (1_024, 1), (700, 700, 5_000)])
def test_a_room_gives_all_that_was_added_and_keeps_it(sizes):
    rooms = Memory()
    rows, words = rooms.rows(5, 0), rooms.scratch()
    chance, all_rows = np.random.default_rng(3), np.zeros((0, 5), np.uint64)
    for size in sizes:
        more = chance.integers(0, 2**63, (size, 5), np.uint64)
        all_rows = np.concatenate((all_rows, more))
        rows.add(more)
        words.add(more[:, 0])
        more[:] = 0
    assert (rows.words() == all_rows).all()
    assert (words.words() == all_rows[:, 0]).all()
    with pytest.raises(ValueError, match="read-only"):
        rows.words()[...] = 1


def test_what_a_room_gave_stays_as_it_was():
    room = Memory().scratch()
    room.add(np.arange(10, dtype=np.uint64))
    before = room.words()
    room.add(np.arange(5_000, dtype=np.uint64))
    assert before.tolist() == list(range(10))
