"""Plain decimal text and exact sums."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.messages.amount import is_plain, total

plain = st.from_regex(r"[0-9]{1,18}(\.[0-9]{1,17})?", fullmatch=True)


@pytest.mark.parametrize("text", ["0", "1", "1500.25", "007.10", "9" * 18, "9" * 400])
def test_digits_with_at_most_one_point_are_plain(text):
    assert is_plain(text)


@pytest.mark.parametrize(
    "text", ["", "-0", "+1", ".5", "5.", "1e5", "NaN", "1,5", " 1", "1\n", "\u0661", "1_0"]
)
def test_anything_else_is_not(text):
    assert not is_plain(text)


@given(st.lists(plain))
def test_a_sum_is_exact(texts):
    assert Fraction(total(texts)) == sum(map(Fraction, texts), Fraction(0))
