"""Names read as words: in any script, whatever marks that nobody sees stand in them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.kernels.alignment import MOST_TOKENS
from mufakat.screening import names

UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202e\u2060\u2066\u2069\ufeff\u00ad\u0640"
ALIKE = str.maketrans("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")  # noqa: RUF001 - Cyrillic on purpose


def words(text: str) -> list[list[str]]:
    return [[token.text for token in reading] for reading in names.readings(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("AL-ZAWAHIRI, Ayman", ["al", "zawahiri", "ayman"]),
        ("Qa'ida", ["qaida"]),
        ("Ｆｕｌｌ Ｗｉｄｔｈ", ["full", "width"]),  # noqa: RUF001
        ("Érnö Øst", ["erno", "ost"]),
        ("Владимир", ["vladimir"]),
        ("김정은", ["gim", "jeong", "eun"]),
        ("习近平", ["xi", "jin", "ping"]),
        ("محمد الظواهري", ["mhmd", "al", "zwahry"]),
        ("Gazprom Limited Liability Company", ["gazprom", "llc"]),
        ("Société Anonyme X", ["sa", "x"]),
    ],
)
def test_a_name_is_words_in_latin_letters(text, found):
    assert words(text)[0] == found


@pytest.mark.parametrize(
    "text", ["", " ", "...", "\u200b\u202e", "—", "\ud800".encode("utf-8", "replace").decode()]
)
def test_what_holds_no_letter_has_no_reading(text):
    assert words(text) == []


def test_a_script_that_leaves_vowels_out_is_known_and_points_do_not_count():
    (reading,) = names.readings("مُحَمَّد")
    assert [(token.text, token.bare) for token in reading] == [("mhmd", True)]


def test_words_that_say_little_are_known():
    (reading,) = names.readings("The Gazprom Ltd")
    assert [token.minor for token in reading] == [True, False, True]


@given(st.lists(st.sampled_from(["Osama", "KHAMENEI", "Petrov", "Maher Axe"]), min_size=1), st.data())
def test_marks_that_nobody_sees_change_nothing(parts, data):
    name = " ".join(parts)
    places = data.draw(st.lists(st.tuples(st.integers(0, len(name)), st.sampled_from(UNSEEN)), max_size=8))
    dirty = name
    for at, mark in places:
        dirty = dirty[:at] + mark + dirty[at:]
    assert words(dirty)[0] == words(name)[0]


@given(st.text("aceopxyABCEHKMOPTXlm ", min_size=1), st.data())
def test_letters_that_look_alike_are_read_as_what_they_look_like_too(name, data):
    dirty = "".join(each.translate(ALIKE) if data.draw(st.booleans()) else each for each in name)
    assert not words(name) or words(name)[0] in words(dirty)


@given(st.text(max_size=200))
def test_any_text_has_readings_of_letters_that_kernels_take(text):
    for reading in names.readings(text):
        for token in reading:
            letters = names.encoded(token.text)
            assert 0 < len(letters) <= 48
            assert letters.max() < 64


def test_a_long_text_is_looked_at_in_windows_that_overlap():
    (reading,) = names.readings(" ".join(f"w{at}" for at in range(100)))
    found = names.windows(reading)
    assert all(len(each) <= MOST_TOKENS for each in found)
    neighbours = {pair for each in found for pair in pairwise(each)}
    assert neighbours == set(pairwise(reading))


def test_units_are_words_and_neighbours_joined():
    (reading,) = names.readings("abd al rahman")
    assert [(token.text, at, span) for token, at, span in names.units(reading)] == [
        ("abd", 0, 1),
        ("al", 1, 1),
        ("rahman", 2, 1),
        ("abdal", 0, 2),
        ("alrahman", 1, 2),
        ("abdalrahman", 0, 3),
    ]


def test_a_text_as_long_as_a_field_may_be_cut():
    assert names.may_be_cut("x" * 35) and names.may_be_cut("x" * 33)
    assert not names.may_be_cut("x" * 36) and not names.may_be_cut("x" * 20)
