"""The page on flows plays what it draws: each file that comes out is the example, but for its own name and time."""

import re
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from tests import program
from tests.messages.official import NS, needs_data, official

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples" / "flows"
PAGE = (ROOT / "docs" / "how-to" / "flows.md").read_text(encoding="utf-8")
COMMANDS = [
    line.strip().split()[1:] for line in PAGE.splitlines() if line.startswith("    .venv/bin/mufakat")
]
CHOSEN = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1]
ARROW = re.compile(r"^    (\w)->>(\w): (\S+)", re.MULTILINE)
ITS_OWN = {"MsgId", "BizMsgIdr", "CreDt", "CreDtTm", "RjctnDtTm"}
"""What differs with each run: identifiers that follow from the vault's secret, and times."""


def said(path: Path) -> tuple[str, bytes]:
    """The kind of message in a file, and what it says but for what is its own."""
    root = etree.parse(path, etree.XMLParser(remove_blank_text=True)).getroot()
    for element in root.iter():
        if etree.QName(element).localname in ITS_OWN:
            element.text = "…"
    definition = etree.QName(root[-1]).namespace.removeprefix(NS)
    return definition[:8], etree.tostring(root, method="c14n")


@pytest.fixture(scope="module")
def played(tmp_path_factory) -> Path:
    """The folder in which all commands of the page were run, in their order."""
    desk = tmp_path_factory.mktemp("desk")
    (desk / "examples").symlink_to(ROOT / "examples")
    for words in COMMANDS:
        if "edge" in words[-1]:
            (desk / "build" / "flows" / "participants.toml").write_text(CHOSEN)
        done = program.run(*words, cwd=desk)
        refused = "not-taken" in words[-1]
        assert done.returncode == refused, f"{words}\n{done.stdout}\n{done.stderr}"
    return desk / "build" / "flows" / "out"


def test_each_example_is_played():
    assert [Path(words[-1]).name for words in COMMANDS[2:]] == sorted(
        each.name for each in EXAMPLES.glob("*.in.xml")
    )


def test_what_comes_out_is_what_the_examples_say(played):
    came = Counter(said(path) for path in played.rglob("*.xml"))
    assert came == Counter(said(path) for path in EXAMPLES.glob("*.out-*.xml"))


def test_each_file_is_named_after_the_bank_that_gets_it(played):
    for path in played.rglob("*.xml"):
        to = etree.parse(path).findtext(".//{*}AppHdr/{*}To/{*}FIId/{*}FinInstnId/{*}BICFI")
        assert path.name.startswith(f"{to}-")


def test_the_pictures_draw_what_comes_out_of_each_file_that_goes_in():
    drawn: Counter[str] = Counter()
    for sender, receiver, kind in ARROW.findall(PAGE):
        drawn[f"{'in' if receiver == 'M' else 'out'} {kind}"] += 1
        assert "M" in {sender, receiver}
    files = [*EXAMPLES.glob("*.in.xml"), *EXAMPLES.glob("*.out-*.xml")]
    there = Counter(f"{path.name.split('.')[1].split('-')[0]} {said(path)[0]}" for path in files)
    assert drawn == there


@needs_data
@pytest.mark.parametrize("path", sorted(EXAMPLES.iterdir()), ids=lambda path: path.name)
def test_each_example_is_official_header_and_document(path):
    header, document = etree.parse(path).getroot()
    for each in (header, document):
        official(etree.QName(each).namespace.removeprefix(NS)).assertValid(each)
    assert header.findtext("{*}MsgDefIdr") == etree.QName(document).namespace.removeprefix(NS)
