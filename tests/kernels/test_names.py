"""How close words are, and which of a vocabulary are near: as by comparing with each, and as names are misspelt."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.kernels.names import closeness, keys_of, nearest
from mufakat.screening.names import encoded
from tests.naive import closeness_by_search, nearest_by_search

WORDS = st.text("abdehiklmnoqrsty", min_size=1, max_size=9)


def near(word: str, vocabulary: list[str], floor: int) -> dict[int, int]:
    spelt = [encoded(each) for each in vocabulary]
    begins = np.concatenate([[0], np.cumsum([len(each) for each in spelt])]).astype(np.int64)
    nothing = np.zeros(len(spelt), np.bool_)
    letters = np.concatenate(spelt)
    seen = nothing.copy()
    table = keys_of(letters, begins, nothing, nothing)
    found = nearest(encoded(word), False, False, floor, floor, letters, begins, *table, seen)
    assert not seen.any()
    return dict(zip(found[0].tolist(), found[1].tolist(), strict=True))


@given(WORDS, WORDS, st.booleans())
def test_closeness_is_the_cheapest_of_all_ways(a, b, bare):
    assert closeness(encoded(a), encoded(b), -5000, bare) == closeness_by_search(a, b, bare=bare)


@given(WORDS, WORDS)
def test_closeness_is_the_same_from_both_sides_and_whole_for_the_same(a, b):
    assert closeness(encoded(a), encoded(b), 1, False) == closeness(encoded(b), encoded(a), 1, False)
    assert closeness(encoded(a), encoded(a), 1000, False) == 1000


@given(WORDS, st.lists(WORDS, min_size=1, max_size=12, unique=True), st.sampled_from([500, 720, 840]))
def test_what_is_near_is_what_a_search_through_all_finds(word, vocabulary, floor):
    assert near(word, vocabulary, floor) == nearest_by_search(word, vocabulary, floor)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("mohammed", "muhammad"),
        ("osama", "usama"),
        ("laden", "ladin"),
        ("holdigs", "holdings"),
    ],
)
def test_spellings_of_a_name_are_near(a, b):
    assert near(a, ["somethingelse", b], 720).keys() == {1}


@pytest.mark.parametrize(("a", "b"), [("ivan", "omar"), ("schmidt", "schneider"), ("12345", "12346")])
def test_other_names_are_not(a, b):
    assert near(a, [b], 800) == {}


def test_a_word_without_vowels_is_near_to_the_one_with():
    assert closeness(encoded("mhmd"), encoded("muhammad"), 1, True) > 850
    assert closeness(encoded("mhmd"), encoded("muhammad"), 1, False) < 800
