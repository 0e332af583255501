"""Which words of a vocabulary are near: as by comparing with each that shares a key, and as names are misspelt."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.kernels.vocabulary import NEAR, Vocabulary, keys_of, nearest
from mufakat.screening.names import encoded
from tests.naive import nearest_by_search

WORDS = st.text("abcdehijklmnoqrstwyz", min_size=1, max_size=11)


def near(word: str, vocabulary: list[str], *, bare: bool = False) -> dict[int, int]:
    spelt = [encoded(each) for each in vocabulary]
    begins = np.concatenate([[0], np.cumsum([len(each) for each in spelt])]).astype(np.int64)
    nothing = np.zeros(len(spelt), np.bool_)
    letters = np.concatenate(spelt)
    seen = nothing.copy()
    known = Vocabulary(letters, begins, *keys_of(letters, begins, nothing, nothing))
    found = nearest(encoded(word), bare, False, known, seen)
    assert not seen.any()
    return dict(zip(found[0].tolist(), found[1].tolist(), strict=True))


@given(WORDS, st.lists(WORDS, min_size=1, max_size=12, unique=True), st.data(), st.booleans())
def test_what_is_near_is_what_a_search_through_all_finds(word, vocabulary, data, bare):
    at = data.draw(st.integers(0, len(word) - 1))
    vocabulary = list(dict.fromkeys([*vocabulary, word[:at] + data.draw(WORDS)[:1] + word[at + 1 :]]))
    assert near(word, vocabulary, bare=bare) == nearest_by_search(word, vocabulary, NEAR, bare=bare)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("mohammed", "muhammad"),
        ("osama", "usama"),
        ("laden", "ladin"),
        ("holdigs", "holdings"),
        ("chwabe", "shvabe"),
        ("unirefriclima", "ubiregriclima"),
        ("djamel", "jamal"),
        ("katanga", "katsnga"),
    ],
)
def test_spellings_of_a_name_are_near(a, b):
    assert near(a, ["somethingelse", b]).keys() == {1}


@pytest.mark.parametrize(("a", "b"), [("ivan", "omar"), ("schmidt", "schneider"), ("12345", "12346")])
def test_other_names_are_not(a, b):
    assert near(a, [b]).get(0, 0) < 800


def test_joined_words_meet_what_a_blank_alone_keeps_apart():
    spelt = [encoded(each) for each in ("runninggbrook", "ali")]
    letters, begins = np.concatenate(spelt), np.array([0, 13, 16], np.int64)
    joined, bare = np.array([True, False]), np.zeros(2, np.bool_)
    known = Vocabulary(letters, begins, *keys_of(letters, begins, joined, bare))
    for word, found in (("runningbrook", 1), ("runnynkbrook", 0)):
        assert len(nearest(encoded(word), False, True, known, np.zeros(2, np.bool_))[0]) == found
