"""One call: everybody who is listed is found, whatever is done to the name; who is not is left in peace."""

import csv
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.model.listing import Born, Kind
from mufakat.screening.corroborate import Known
from mufakat.screening.loading import load
from mufakat.screening.screener import MOST_MATCHES, Screener
from tests.screening.lists import CONSOLIDATED, PERSON, REAL, SDN, UN, small
from tests.screening.test_names import ALIKE, UNSEEN

SCREENER = Screener([small()])


@pytest.fixture(scope="module")
def real():
    """All real lists, indexed once."""
    return Screener([load(each) for each in (UN, SDN, CONSOLIDATED)])


def test_each_entry_of_each_list_is_found_by_each_of_its_names(real):
    missed = []
    for number, (_, entry) in enumerate(real.index.entries):
        for alias in entry.names:
            fit = real.fits(alias.text).get((number, alias.weak))
            if fit is None or fit.score < 1000:
                missed.append((entry.id, alias.text, fit and fit.score))
    assert missed == []


def test_a_strong_name_is_a_hit_and_a_weak_one_only_with_something_beside_it():
    assert SCREENER.screen("Muhammad Taher Anwari").hit
    alone = SCREENER.screen("Haji Mudir")
    assert (alone.hit, alone.score, alone.matches[0].entry) == (False, 600, PERSON)
    assert SCREENER.screen("Haji Mudir", Known(born=(Born(1961, 1961),))).score == 1000


def test_what_is_known_beside_the_name_clears_a_namesake():
    assert SCREENER.screen("Muhammad Taher Anwari", Known(born=(Born(1990, 1990),))).score == 780
    assert SCREENER.screen("Muhammad Taher Anwari", Known(kind=Kind.VESSEL)).score == 840


def test_the_same_name_is_a_hit_whatever_is_said_of_type_and_country():
    elsewhere = Known(kind=Kind.ENTITY, countries=("QM",))
    assert SCREENER.screen("Muhammad Taher Anwari", elsewhere).hit
    assert not SCREENER.screen("Mohamed Tahar Anwary", elsewhere).hit


def test_an_identifier_alone_is_a_hit_and_says_so():
    found = SCREENER.screen("Some other ship", Known(identifiers=("IMO 7406784",)))
    assert (found.hit, found.score, found.matches[0].entry.id, found.matches[0].why) == (
        True,
        1000,
        "3",
        None,
    )


@pytest.mark.parametrize(
    "text", ["", "   ", "...!?", "\u202e\u200b", "\0", "٪", "🂡🂢", "a" * 10_000, "\u0445" * 10_000]
)
def test_a_name_of_nothing_is_no_hit_and_no_error(text):
    found = SCREENER.screen(text)
    assert not found.hit


def test_a_listed_name_is_found_in_a_text_of_ten_thousand_letters():
    for text in ("\u200b" * 9_000, " " * 9_000, "lorem ipsum dolor sit amet " * 180):
        assert SCREENER.screen(f"{text}Muhammad Taher Anwari {text[:900]}").hit


@given(st.sampled_from(["MUHAMMAD TAHER ANWARI", "GAZMASH", "EBANO STAR", "محمد طاهر أنوري"]), st.data())
def test_marks_and_letters_that_look_alike_hide_nobody(name, data):
    dirty = "".join(
        (each.translate(ALIKE) if data.draw(st.booleans()) else each)
        + data.draw(st.sampled_from(["", *UNSEEN]))
        for each in name
    )
    assert SCREENER.screen(dirty).hit


@given(st.text(max_size=120), st.sampled_from(list(Kind)))
def test_any_text_has_an_answer_with_the_best_first(text, kind):
    found = SCREENER.screen(text, Known(kind=kind))
    scores = [each.score for each in found.matches]
    assert scores == sorted(scores, reverse=True) and len(scores) <= MOST_MATCHES
    assert found.score == (scores[0] if scores else 0)
    assert found.hit is (found.score >= SCREENER.threshold)
    assert SCREENER.hit(text, Known(kind=kind)) == (found if found.hit else None)


@given(st.sampled_from(["Muhamad Anwari", "Gazmash Holding", "Kim Jong Nam"]), st.integers(300, 1000))
def test_the_threshold_changes_what_is_a_hit_and_no_score(name, threshold):
    other = SCREENER.screen(name)
    SCREENER.threshold, kept = threshold, SCREENER.threshold
    try:
        found = SCREENER.screen(name)
    finally:
        SCREENER.threshold = kept
    assert found.score == other.score
    assert found.hit is (found.score >= threshold)


def rows(name: str) -> list[dict[str, str]]:
    with (REAL / "labelled" / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize(
    ("name", "floor"),
    [("yente_cg_positives_un_untreated.csv", 0.99), ("yente_cg_positives_un_treated.csv", 0.99)],
)
def test_labelled_positives_of_the_un_are_hits(real, name, floor):
    found = [real.screen(row["full_name"]).hit for row in rows(name)]
    assert len(found) == 683
    assert sum(found) / len(found) >= floor


def test_few_clean_names_are_hits(real):
    clean = random.Random(1).sample(rows("yente_cg_negatives_global_first5000.csv"), 1_000)
    assert sum(real.screen(row["full_name"]).hit for row in clean) <= 6
