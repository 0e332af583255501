"""Names of an entry: each once, good before weak."""

from mufakat.model.listing import Alias
from mufakat.screening.entry import aliases, distinct, squeezed


def test_blanks_and_line_ends_are_one_blank():
    assert squeezed("  a\n\t b  ") == "a b"
    assert squeezed(None) == ""
    assert distinct(["b ", "", "a", "b"]) == ("b", "a")


def test_a_name_that_is_given_as_weak_and_as_good_is_good():
    found = aliases([Alias("Haji", weak=True), Alias(""), Alias("Abu"), Alias("Haji ")])
    assert found == (Alias("Haji"), Alias("Abu"))
