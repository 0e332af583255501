"""The page on trade documents plays what it says: what comes of each file is what lies beside it."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from mufakat.messages.trade.document import TradeDocument
from mufakat.messages.trade.reading import read_trade_document
from tests import program
from tests.messages.official import needs_data, official

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples" / "trade"
FILES = sorted(EXAMPLES.glob("*.in.xml"))
PAGE = (ROOT / "docs" / "how-to" / "trade.md").read_text(encoding="utf-8")
COMMANDS = [shlex.split(line)[1:] for line in PAGE.splitlines() if line.startswith("    .venv/bin/mufakat")]
HOME = ("--home", "build/trade")


def obligations(desk: Path) -> dict[str, Any]:
    """What the union has, by name, as when it came."""
    done = program.run(*HOME, "obligations", "--json", cwd=desk)
    return {each["id"]: each for each in json.loads(done.stdout)["obligations"]}


@pytest.fixture(scope="module")
def played(tmp_path_factory) -> dict[str, Any]:
    """What was said of each file, and which obligation came of it, by the file's name."""
    desk = tmp_path_factory.mktemp("desk")
    (desk / "examples").symlink_to(ROOT / "examples")
    found = {}
    for words in COMMANDS:
        is_file = words[-1].endswith(".in.xml")
        before = obligations(desk) if is_file else {}
        done = program.run(*words, *(["--json"] if is_file else []), cwd=desk)
        assert done.returncode == ("not-taken" in words[-1]), f"{words}\n{done.stdout}\n{done.stderr}"
        if is_file:
            (said,) = json.loads(done.stdout)["files"]
            new = [each for name, each in obligations(desk).items() if name not in before]
            told = {key: said[key] for key in ("kind", "results", "rejection")}
            found[Path(words[-1]).name] = {**told, "obligations": new}
    invoice = obligations(desk)["XQM000X0YDNYSV30K078/KU-2026-118"]
    assert (invoice["status"], invoice["set_off"], invoice["open"]) == ("accepted", 3_500_000, 38_500_000)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_comes_of_a_file_lies_beside_it(played, path):
    beside = path.with_name(path.name.replace(".in.xml", ".out.json"))
    assert played[path.name] == json.loads(beside.read_text(encoding="utf-8"))


def test_each_example_is_played_and_has_its_pair():
    assert [Path(words[-1]).name for words in COMMANDS if words[-1].endswith(".xml")] == [
        path.name for path in FILES
    ]
    assert len(list(EXAMPLES.iterdir())) == 2 * len(FILES)


@needs_data
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_example_is_official_and_says_what_is_carried_where(path):
    found = read_trade_document(path.read_bytes())
    assert isinstance(found, TradeDocument), found
    official(found.standard).assertValid(etree.parse(path))
    assert found.lines[0].commodities[0].scheme == "HS"
    assert (found.delivery.origins, found.delivery.destinations) == (("QM",), ("QN",))
    number = None if "ship-not-taken" in path.name else "9319466"
    assert all(each.imo == number for each in found.transport if each.vessel is not None)
