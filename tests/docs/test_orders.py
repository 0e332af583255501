"""The page on orders plays what it draws: what comes out is the example, but for its own name and time."""

from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from tests import program
from tests.docs.test_flows import ARROW, said
from tests.messages.official import NS, needs_data, official

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples" / "orders"
PAGE = (ROOT / "docs" / "how-to" / "orders.md").read_text(encoding="utf-8")
COMMANDS = [
    line.strip().split()[1:] for line in PAGE.splitlines() if line.startswith("    .venv/bin/mufakat")
]


@pytest.fixture(scope="module")
def played(tmp_path_factory) -> list[Path]:
    """What came out when all commands of the page were run."""
    desk = tmp_path_factory.mktemp("desk")
    (desk / "examples").symlink_to(ROOT / "examples")
    for words in COMMANDS:
        done = program.run(*words, cwd=desk)
        refused = "not-taken" in words[-1]
        assert done.returncode == refused, f"{words}\n{done.stdout}\n{done.stderr}"
    return sorted((desk / "build" / "orders" / "out").glob("*/*.xml"))


def test_each_example_is_played():
    files = [Path(words[-1]).name for words in COMMANDS if words[-1].endswith(".in.xml")]
    assert files == sorted(each.name for each in EXAMPLES.glob("*.in.xml"))


def test_what_comes_out_is_what_the_examples_say(played):
    assert Counter(map(said, played)) == Counter(map(said, EXAMPLES.glob("*.out-*.xml")))


def test_the_pictures_draw_what_passes_the_union():
    drawn = Counter(
        f"{'in' if receiver == 'M' else 'out'} {kind}"
        for sender, receiver, kind in ARROW.findall(PAGE)
        if "M" in (sender, receiver)
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
