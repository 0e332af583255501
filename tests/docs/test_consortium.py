"""The page on a union of four, done as it says."""

from pathlib import Path

from tests.docs.desk import ROOT, steps

PAGE = ROOT / "docs" / "how-to" / "consortium.md"


def test_the_union_of_four_does_what_its_page_says(desk):
    assert desk.play(PAGE) == len(list(steps(PAGE))) > 12


def test_a_page_is_read_as_commands_with_what_they_print(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("Do\n\n    one \\\n      two\n    # said … twice\n    three      # exit 1\n\nand more.\n")
    assert [(each.command, each.code, each.prints) for each in steps(page)] == [
        ("one two", 0, ["said … twice"]),
        ("three", 1, []),
    ]
