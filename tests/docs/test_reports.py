"""The page on reports plays what it draws: what comes out is the example, but for its own name and time."""

import re
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from tests import program
from tests.docs.test_flows import ARROW, said
from tests.messages.official import NS, needs_data, official

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples" / "reports"
PAGE = (ROOT / "docs" / "how-to" / "reports.md").read_text(encoding="utf-8")
COMMANDS = [
    line.strip().split()[1:] for line in PAGE.splitlines() if line.startswith("    .venv/bin/mufakat")
]
CHOSEN = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1]


@pytest.fixture(scope="module")
def played(tmp_path_factory) -> list[Path]:
    """What came out when all commands of the page were run, but for the statements of the close."""
    desk = tmp_path_factory.mktemp("desk")
    (desk / "examples").symlink_to(ROOT / "examples")
    home = desk / "build" / "reports"
    for words in COMMANDS:
        done = program.run(*words, cwd=desk)
        refused = "not-entitled" in words[-1]
        assert done.returncode == refused, f"{words}\n{done.stdout}\n{done.stderr}"
        if "open" in words:
            (home / "participants.toml").write_text(CHOSEN)
    assert len(list(home.glob("out/camt.053/*/*.xml"))) == 5
    return sorted(home.glob("out/*/*.xml"))


def test_each_example_is_played():
    files = [Path(words[-1]).name for words in COMMANDS if words[-1].endswith(".in.xml")]
    assert files == sorted(each.name for each in EXAMPLES.glob("*.in.xml"))


def test_what_comes_out_is_what_the_examples_say(played):
    assert Counter(map(said, played)) == Counter(map(said, EXAMPLES.glob("*.out-*.xml")))


def test_the_pictures_draw_what_comes_out_of_each_file_that_goes_in():
    drawn = Counter(
        f"{'in' if receiver == 'M' else 'out'} {kind}" for _, receiver, kind in ARROW.findall(PAGE)
    )
    files = [*EXAMPLES.glob("*.in.xml"), *EXAMPLES.glob("*.out-*.xml")]
    assert drawn == Counter(f"{path.name.split('.')[1].split('-')[0]} {said(path)[0]}" for path in files)


@needs_data
@pytest.mark.parametrize("path", sorted(EXAMPLES.iterdir()), ids=lambda path: path.name)
def test_each_example_is_official_header_and_document(path):
    header, document = etree.parse(path).getroot()
    for each in (header, document):
        official(etree.QName(each).namespace.removeprefix(NS)).assertValid(each)
    assert header.findtext("{*}MsgDefIdr") == etree.QName(document).namespace.removeprefix(NS)
