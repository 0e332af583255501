"""Every code that the program gives is explained to whoever gets it."""

import pytest

from mufakat.console.remedy import REMEDIES, remedy
from mufakat.messages.fault import CODES
from mufakat.model.refusal import EXPLANATIONS

GIVEN = sorted({each.code for each in EXPLANATIONS.values()} | CODES)


@pytest.mark.parametrize("code", GIVEN)
def test_each_code_that_is_given_has_a_meaning_and_a_remedy(code):
    means, do = remedy(code)
    assert means
    assert do.endswith(".")
    assert code in REMEDIES


def test_only_codes_that_are_given_are_explained():
    assert sorted(REMEDIES) == GIVEN


def test_of_a_code_that_nobody_knows_the_words_are_to_be_read():
    assert remedy("XXXX") == remedy("NARR")
