"""The demonstration's four homes, and the embedded run that their histories are compared with."""

import datetime

import msgspec
import pytest

from mufakat.journal.frame import Entry
from mufakat.model import outcome as outcomes
from mufakat.model.charter import union_id
from mufakat.model.outcome import DONE
from mufakat.node.embedded import Node
from mufakat.node.engine import genesis_in, settings_of
from mufakat.node.enginekeys import validator_public
from mufakat.node.home import Home
from mufakat.simulation.consortium import Diverged, embedded_root, found_homes
from mufakat.simulation.founding import VALIDATORS, genesis_of
from mufakat.simulation.region import make_region
from tests.journal import histories

AT = datetime.datetime(2026, 11, 23, 8, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    home = tmp_path_factory.mktemp("day") / "u"
    histories.write(home, histories.day())
    with Node.open(home, lambda: 0) as node:
        return list(node.log())


def test_four_members_get_a_home_and_the_fifth_none(tmp_path):
    region = make_region(1)
    genesis = found_homes(region, tmp_path, AT)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        each.id for each in region.members[:VALIDATORS]
    ]
    assert genesis == genesis_of(region)
    for path in tmp_path.iterdir():
        home = Home(path)
        assert genesis_in(home) == genesis
        assert settings_of(home).member == path.name
        entry = genesis.charter.member(path.name)
        assert entry.peer.endswith(settings_of(home).p2p)
        assert validator_public(home) in {key.public for key in entry.keys}
    assert union_id(genesis.charter)


def test_an_embedded_node_that_is_given_the_log_comes_to_its_root(tmp_path, log):
    told = []
    assert embedded_root(tmp_path / "e", log, told.append) == histories.day().state.root()
    assert told[-1] == len(log)
    with Node.open(tmp_path / "e", lambda: 0) as node:
        assert list(node.log()) == log


def test_a_log_whose_outcomes_are_others_is_noticed(tmp_path, log):
    at = next(number for number, each in enumerate(log) if outcomes.decode(each.outcome).refusal)
    wrong = [*log]
    wrong[at] = msgspec.structs.replace(log[at], outcome=outcomes.encode(DONE))
    with pytest.raises(Diverged, match=f"entry {at}"):
        embedded_root(tmp_path / "e", wrong, lambda done: None)
    assert isinstance(wrong[at], Entry)
