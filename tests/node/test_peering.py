"""Peers follow the charter in force: each node in its turn, once, and not again at once."""

from itertools import pairwise

import msgspec
import pytest

from mufakat.node import peering
from mufakat.node.engine import dialled, peers_of, write_configuration
from mufakat.node.peering import Peering
from tests.engines import lone_home
from tests.union import MEMBERS, charter

NODE = {name: f"{number:040x}@{name.lower()}.example:26656" for number, name in enumerate(MEMBERS)}


def charter_with(peers):
    whole = charter()
    members = tuple(msgspec.structs.replace(each, peer=peers.get(each.id, "")) for each in whole.members)
    return msgspec.structs.replace(whole, members=members)


AT_FIRST = charter_with(NODE)
MOVED = charter_with({**NODE, "QO": f"{'c' * 40}@elsewhere.example:1"})


@pytest.fixture
def home(tmp_path):
    """The home of QM's node, whose engine calls QN and QO where they were at first."""
    found = lone_home(tmp_path)
    write_configuration(found, AT_FIRST)
    return found


def test_a_node_calls_all_others_that_have_an_address_and_not_itself():
    assert peers_of(AT_FIRST, "QM") == [NODE["QN"], NODE["QO"]]
    assert peers_of(charter_with({"QN": NODE["QN"]}), "QO") == [NODE["QN"]]


def test_the_engine_is_left_alone_while_peers_are_those_of_the_charter_or_no_block_was_decided(home):
    before = home.configuration.stat().st_mtime_ns
    follower = Peering(home)
    assert not follower.follow(None, 0)
    assert not follower.follow(AT_FIRST, 1_000)
    assert not follower.follow(charter_with({**NODE, "QM": f"{'d' * 40}@here.example:1"}), 2_000)
    assert home.configuration.stat().st_mtime_ns == before


@pytest.mark.parametrize("text", ["", "[p2p", "[p2p]\n", None])
def test_a_configuration_that_its_owner_is_writing_is_left_alone(home, text):
    if text is None:
        home.configuration.unlink()
    else:
        home.configuration.write_text(text, encoding="utf-8")
    assert not Peering(home).follow(MOVED, 5)
    assert text is None or home.configuration.read_text(encoding="utf-8") == text


def test_an_address_that_changed_is_written_once(home):
    follower = Peering(home)
    assert follower.follow(MOVED, 5)
    assert dialled(home) == peers_of(MOVED, "QM")
    assert not follower.follow(MOVED, 6)
    assert not Peering(home).follow(MOVED, 7), "what is written is known after a restart"


def test_members_take_turns_so_that_not_all_engines_start_anew_at_once(home, tmp_path):
    turns = []
    for name in (*MEMBERS, "QR"):  # QR follows before it is admitted
        other = lone_home(tmp_path / name)
        text = other.settings.read_text(encoding="utf-8").replace('"QM"', f'"{name}"')
        other.settings.write_text(text, encoding="utf-8")
        write_configuration(other, AT_FIRST)
        change = charter_with({each: peer.replace("example", "invalid") for each, peer in NODE.items()})
        follower = Peering(other)
        turns.append(next(second for second in range(100) if follower.follow(change, second)))
    assert turns[0] == 0
    assert all(later - earlier >= peering._TURN_SECONDS for earlier, later in pairwise(turns))


def test_a_member_that_moves_on_and_on_cannot_keep_the_engine_from_running(home):
    follower = Peering(home)
    written = [
        second
        for second in range(2_000)
        if follower.follow(MOVED if second // 10 % 2 == 0 else AT_FIRST, second)
    ]
    assert len(written) == 4
    assert all(later - earlier >= peering._PAUSE_SECONDS for earlier, later in pairwise(written))


def test_a_change_that_is_taken_back_before_the_turn_came_is_none(home):
    text = home.settings.read_text(encoding="utf-8").replace('"QM"', '"QN"')
    home.settings.write_text(text, encoding="utf-8")
    write_configuration(home, AT_FIRST)
    follower = Peering(home)
    assert not follower.follow(MOVED, 0)
    assert not follower.follow(AT_FIRST, 1)
    assert not follower.follow(MOVED, 100), "its turn is counted anew"
    assert follower.follow(MOVED, 100 + peering._TURN_SECONDS)
