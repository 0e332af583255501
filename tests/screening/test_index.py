"""The index: whoever is listed is found by each own name, as it stands and as it is written otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.kernels.names import WHOLE
from mufakat.model.listing import Alias, Entry, Kind
from mufakat.screening import names
from mufakat.screening.index import ENDED, Index
from tests.screening.lists import small

INDEX = Index([small()])


def best(text: str) -> tuple[int, str]:
    found = (0, "")
    for reading in names.readings(text):
        which, scores = INDEX.search(reading, cut=names.may_be_cut(text))
        for number, score in zip(which.tolist(), scores.tolist(), strict=True):
            found = max(found, (score, INDEX.entries[INDEX.aliases[number][0]][1].id))
    return found


def test_each_name_is_found_whole():
    for _, entry in INDEX.entries:
        for alias in entry.names:
            assert best(alias.text) == (WHOLE, entry.id)


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("anwari taher muhammad", "1"),
        ("Mohamed Tahir Anvari", "1"),
        ("Muhammad TaherAnwari", "1"),
        ("Muhammad Ta her Anwari", "1"),
        ("M. Taher Anwari", "1"),
        ("Gazmash Holdnig Ltd", "2"),
        ("LI Guihua", "4"),
        ("李桂花", "4"),
        ("김종남", "4"),
    ],
)
def test_names_are_found_as_they_are_written_otherwise(text, id_):
    score, found = best(text)
    assert found == id_
    assert score > 700


def test_a_name_that_is_cut_where_fields_end_is_found():
    cut = "MARITIME TRANSPORT AND BUNKERING ENTERPRISE OF NAMPO"[:35]
    assert best(cut) == (ENDED, "5")
    assert best(cut[:32])[0] < ENDED


def test_who_is_not_listed_is_not_found():
    assert best("Ingeborg Schneider")[0] < 500


@given(st.permutations(["muhammad", "taher", "anwari"]))
def test_the_order_of_words_is_nothing(words):
    assert best(" ".join(words)) == (WHOLE, "1")


@given(st.text(max_size=60))
def test_a_search_leaves_no_trace(text):
    best(text)
    assert not INDEX._sums.any()
    assert not INDEX._matrix.any()
    assert not INDEX._seen.any()


def test_words_that_many_have_weigh_less():
    crowd = [Entry(id=f"{at}", kind=Kind.PERSON, names=(Alias(f"Mohammed N{at}x"),)) for at in range(50)]
    index = Index([small(*crowd, Entry(id="x", kind=Kind.PERSON, names=(Alias("Mohammed Zawahiri"),)))])
    common, rare = names.readings("mohammed zawahiri")[0]
    assert index.near(common).weight * 3 < index.near(rare).weight


def test_a_list_whose_names_hold_no_letter_has_an_index():
    assert Index([small(Entry(id="1", kind=Kind.ENTITY, names=(Alias("..."),)))]).search(
        names.readings("a b")[0]
    )
