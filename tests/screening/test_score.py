"""A score explained: both names, and what stands for what."""

from mufakat.screening.score import Pair, Why
from mufakat.screening.screener import Screener
from tests.screening.lists import small

SCREENER = Screener([small()], 500)


def why(text: str) -> Why:
    found = SCREENER.screen(text).matches[0].why
    assert found is not None
    return found


def test_each_word_of_both_names_is_in_the_explanation_once():
    found = why("Tahir Anwari of Kabul")
    assert (found.asked, found.listed) == ("Tahir Anwari of Kabul", "MUHAMMAD TAHER ANWARI")
    assert sorted(" ".join(each.asked for each in found.pairs).split()) == ["anwari", "kabul", "of", "tahir"]
    assert sorted(" ".join(each.listed for each in found.pairs).split()) == ["anwari", "muhammad", "taher"]
    assert Pair("kabul", "", 0) in found.pairs


def test_an_explanation_is_said_in_a_line():
    said = str(why("Tahir Anwari of Kabul"))
    assert "'Tahir Anwari of Kabul' and 'MUHAMMAD TAHER ANWARI'" in said
    assert "kabul only asked" in said and "muhammad only listed" in said


def test_a_name_that_is_the_same_is_explained_without_a_doubt():
    found = why("ebano star")
    assert found.score == 1000
    assert all(each.near == 1000 for each in found.pairs)
