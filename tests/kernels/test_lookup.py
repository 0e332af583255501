import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mufakat.kernels import lookup


def index(rows, room=64):
    made = lookup.empty(room, rows.shape[1])
    made.rows[: len(rows)] = rows
    lookup.put_all(made, 0, len(rows))
    return made


@given(st.lists(st.integers(0, 2**128 - 1), unique=True, max_size=60), st.integers(0, 2**128 - 1))
def test_an_index_finds_what_was_put_there_and_nothing_else(numbers, other):
    rows = np.array([divmod(each, 2**64) for each in numbers] or np.zeros((0, 2)), np.uint64)
    made = index(rows)
    for number, (first, second) in enumerate(rows):
        assert lookup.find(made, first, second) == number
    first, second = np.array(divmod(other, 2**64), np.uint64)
    assert lookup.find(made, first, second) == (numbers.index(other) if other in numbers else -1)


def test_who_does_not_know_the_key_finds_no_rows_that_are_looked_for_at_one_place(monkeypatch):
    known, mask = np.zeros(2, np.uint64), np.uint64(255)
    drawn = np.random.default_rng(7).integers(0, 2**63, (64 * 256, 2), dtype=np.uint64)
    chosen = np.array([row for row in drawn if lookup.place(*row, known, mask) == 0])
    assert len(chosen) > 40
    places = [lookup.place(*row, np.array([1, 2], np.uint64), mask) for row in chosen]
    assert len(set(places)) > len(chosen) // 2
    before = index(chosen)
    with monkeypatch.context() as patch:
        patch.setattr(lookup, "_KEY", lookup._KEY.copy())
        lookup.scatter(bytes(range(16)))
        after = index(chosen)
    assert (before.slots != after.slots).any()
    for each in (before, after):
        assert [lookup.find(each, *row) for row in chosen] == list(range(len(chosen)))


def test_a_key_whose_words_are_close_gives_places_that_are_not():
    key, mask = np.array([5, 9], np.uint64), np.uint64(2**20 - 1)
    places = [
        lookup.place(np.uint64(high), np.uint64(low), key, mask) for high in range(64) for low in range(64)
    ]
    assert len(set(places)) > 4_000
