import functools
import subprocess
import sys

import pytest

from mufakat.audit.reading import IntegrityFault, InUse
from mufakat.audit.replay import verify
from mufakat.core import apply
from mufakat.node.embedded import Node
from tests.journal.histories import day, write
from tests.strategies import governed_once, play, recorded_once, world
from tests.union import NOON_US


@pytest.mark.parametrize("size", [1, 7, 4_096])
def test_any_batch_size_gives_one_state_root(tmp_path, size):
    union = day()
    assert write(tmp_path / "u", union, size) == union.state.root()
    verdict = verify(tmp_path / "u" / "journal.db")
    assert verdict.state_root == union.state.root()
    assert verdict.entries == len(union.log) + 1


def test_opening_from_a_snapshot_and_from_genesis_gives_the_same_state(tmp_path):
    union = day()
    write(tmp_path / "u", union, 7, snapshot_after=3)
    for _ in range(2):
        with Node.open(tmp_path / "u", lambda: NOON_US) as node:
            assert node.state_root() == union.state.root()
        (tmp_path / "u" / "views.db").unlink()


def test_log_time_does_not_go_back_after_opening_from_a_snapshot(tmp_path):
    union = day()
    write(tmp_path / "u", union, 7)
    with Node.open(tmp_path / "u", lambda: NOON_US) as node:
        node.save_snapshot()
    with Node.open(tmp_path / "u", lambda: 1) as node:
        node.submit([b"not a command"])
    assert verify(tmp_path / "u" / "journal.db").entries == len(union.log) + 2


def test_a_journal_that_a_node_writes_now_is_not_called_damaged(tmp_path):
    write(tmp_path / "u", day(), 7)
    script = (
        "import sys, pathlib; from mufakat.node.embedded import Node\n"
        "node = Node.open(pathlib.Path(sys.argv[1]), lambda: 1); print('open', flush=True); sys.stdin.read()"
    )
    words = [sys.executable, "-c", script, tmp_path / "u"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout.readline() == b"open\n"
        with pytest.raises(InUse):
            verify(tmp_path / "u" / "journal.db")
        writer.stdin.close()
    assert verify(tmp_path / "u" / "journal.db").entries > 1


def test_a_history_in_which_the_rules_changed_in_every_way_verifies_at_any_batch_size(tmp_path):
    union = governed()
    for size in (1, 7, 4_096):
        write(tmp_path / str(size), union, size, snapshot_after=3 if size == 7 else None)
        verdict = verify(tmp_path / str(size) / "journal.db")
        assert (verdict.state_root, verdict.union) == (union.state.root(), union.state.union)


def test_a_history_with_trade_records_verifies_and_a_node_goes_on_from_its_snapshot(tmp_path):
    union = world()
    play(union, list(recorded_once()))
    assert len(union.state.trade_records) > 3
    write(tmp_path / "u", union, 3, snapshot_after=2)
    assert verify(tmp_path / "u" / "journal.db").state_root == union.state.root()
    with Node.open(tmp_path / "u", lambda: NOON_US) as node:
        assert node.state_root() == union.state.root()


def test_a_program_that_does_not_know_the_protocol_says_so(tmp_path, monkeypatch):
    write(tmp_path / "u", governed())
    monkeypatch.setattr(apply, "PROTOCOLS", (1,))
    with pytest.raises(IntegrityFault, match="cannot be verified: the union runs protocol 2"):
        verify(tmp_path / "u" / "journal.db")


@functools.cache
def governed():
    union = world()
    play(union, list(governed_once()))
    return union
