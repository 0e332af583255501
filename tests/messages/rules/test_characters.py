"""Characters that every network passes on, and others."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.messages.rules.examples import case, changed, each, found_in, holds

CASES = (
    case("CHAR-01", "cleared", ("<EndToEndId>E-1", "<EndToEndId>E_1")),
    case("CHAR-02", "cleared", ("Long Street", "Lange Straße")),
)
X = string.ascii_letters + string.digits + "/-?:().,'+"


@each(CASES)
def test_characters_of_the_set_pass_and_others_are_found(each):
    holds(each)


@given(st.text(st.sampled_from(X), min_size=1, max_size=35))
def test_every_text_of_the_x_set_passes(said):
    assert found_in("MUF-CHAR-01", changed("cleared", ("<EndToEndId>E-1", f"<EndToEndId>{said}"))) == []


@pytest.mark.parametrize("said", ["a_b", "a@b", "ä", "a\tb", "№1", "a*b"])
def test_a_reference_with_another_character_is_found(said):
    (finding,) = found_in("MUF-CHAR-01", changed("cleared", ("<EndToEndId>E-1", f"<EndToEndId>{said}")))
    assert finding.code == "RR10"


@pytest.mark.parametrize("said", ["Ann_a @ Co", "50% off!", "[a]{b}~^`|", "C:\\d #1 = *"])
def test_a_name_may_have_the_extended_set(said):
    assert found_in("MUF-CHAR-02", changed("cleared", ("<Nm>Budi Plc", f"<Nm>{said}"))) == []


@pytest.mark.parametrize("said", ["José", "株式会社", "Công ty", "a\u2019b"])
def test_a_name_in_other_letters_is_advised_against_and_not_refused(said):
    (finding,) = found_in("MUF-CHAR-02", changed("cleared", ("<Nm>Budi Plc", f"<Nm>{said}")))
    assert finding.severity == "warning"
