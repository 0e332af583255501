"""Texts on the log: what can be seen, in any script, and nothing that cannot."""

import pytest

from mufakat.model.text import is_text


@pytest.mark.parametrize("text", ["a", "Cần Thơ", "釜山", "بندر عباس", "x" * 70, "0.5 m³ / 3 boxes", "é"])
def test_a_text_is_what_can_be_seen_in_any_script(text):
    assert is_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " a",
        "a ",
        "x" * 71,
        "a\nb",
        "a\tb",
        "a\0b",
        "a\u00a0b",
        "a\u200bb",
        "a\u202eb",
        "\ufeffa",
        "a\u2066b",
    ],
)
def test_a_text_hides_nothing_and_turns_nothing_round(text):
    assert not is_text(text)
