"""How close words are: as the cheapest of all ways to make one of the other."""

from hypothesis import given
from hypothesis import strategies as st

from mufakat.kernels.names import closeness
from mufakat.screening.names import encoded
from tests.naive import closeness_by_search

WORDS = st.text("abcdehijklmnoqrstwyz", min_size=1, max_size=9)


@given(WORDS, WORDS, st.booleans())
def test_closeness_is_the_cheapest_of_all_ways(a, b, bare):
    assert closeness(encoded(a), encoded(b), -5000, bare) == closeness_by_search(a, b, bare=bare)


@given(WORDS, WORDS)
def test_closeness_is_the_same_from_both_sides_and_whole_for_the_same(a, b):
    assert closeness(encoded(a), encoded(b), 1, False) == closeness(encoded(b), encoded(a), 1, False)
    assert closeness(encoded(a), encoded(a), 1000, False) == 1000


def test_a_word_without_vowels_is_near_to_the_one_with():
    assert closeness(encoded("mhmd"), encoded("muhammad"), 1, True) > 850
    assert closeness(encoded("mhmd"), encoded("muhammad"), 1, False) < 800
