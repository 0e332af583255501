import itertools
import os
import sqlite3
import subprocess
import sys

import msgspec
import pytest

from mufakat.audit.replay import verify
from mufakat.core import apply
from mufakat.journal import snapshot
from mufakat.journal.log import Journal, JournalDamaged, JournalInUse, JournalMissing
from mufakat.model import outcome as outcomes
from mufakat.model.charter import Charter
from mufakat.node import replica
from mufakat.node.embedded import Node
from mufakat.node.replica import GenesisRefused, NodeStopped
from mufakat.projections.fold import FOLDS
from tests.journal import histories
from tests.union import NOON_US, Union, settled_world

REPLAY = """
import sys
from pathlib import Path
from mufakat.audit.replay import verify
from mufakat.node.embedded import Node
home = Path(sys.argv[1])
print(verify(home / "journal.db").state_root.hex())
with Node.open(home, lambda: 0) as node:
    print(node.state_root().hex())
"""


def view_rows(home):
    """Every row of every view, in order."""
    sql = sqlite3.connect(home / "views.db")
    tables = [
        name
        for (name,) in sql.execute(
            "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY 1"
        )
    ]
    rows = {name: sorted(sql.execute(f"SELECT * FROM {name}"), key=repr) for name in tables}
    sql.close()
    return rows


@pytest.mark.parametrize("size", [1, 7, 4_096])
def test_any_group_size_gives_the_state_root_and_outcomes_of_the_rules(tmp_path, size):
    union, home = histories.day(), tmp_path / "u"
    assert histories.write(home, union, size) == union.state.root()
    verdict = verify(home / "journal.db")
    assert (verdict.state_root, verdict.entries) == (union.state.root(), len(union.log) + 1)
    with Node.open(home, lambda: NOON_US) as node:
        assert node.state_root() == union.state.root()
        assert [entry.command for entry in node.log()][1:] == [data for data, _ in union.log]


@pytest.mark.parametrize("snapshot_after", [None, 0, 3])
def test_views_are_made_anew_equal_when_they_are_deleted(tmp_path, snapshot_after):
    home = tmp_path / "u"
    histories.write(home, histories.day(), 7, snapshot_after)
    rows = view_rows(home)
    (home / "views.db").unlink()
    Node.open(home, lambda: NOON_US).close()
    assert view_rows(home) == rows
    assert rows["movement"] and rows["payment"] and rows["obligation"] and rows["cycle"]


def test_a_node_goes_on_from_a_snapshot_as_one_that_never_stopped(tmp_path):
    union, home = histories.day(), tmp_path / "u"
    times = iter([NOON_US, *(at for _, at in union.log)])
    Node.create(home, union.genesis, lambda: next(times)).close()
    for group in histories.grouped(union.log, 5):
        with Node.open(home, lambda: next(times)) as node:
            node.submit([data for data, _ in group])
            node.save_snapshot()
    assert node.state_root() == union.state.root() == verify(home / "journal.db").state_root


def test_two_processes_with_other_hash_seeds_replay_to_one_root(tmp_path):
    home = tmp_path / "u"
    root = histories.write(home, histories.day()).hex()
    for seed in ("1", "4242"):
        told = subprocess.run(
            [sys.executable, "-c", REPLAY, home],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert told.stdout.split() == [root, root]


def test_a_genesis_with_faults_founds_nothing(tmp_path):
    genesis = msgspec.structs.replace(Union().genesis, charter=Charter("", (), Union().genesis.charter.rules))
    with pytest.raises(GenesisRefused) as refusal:
        Node.create(tmp_path / "u", genesis, lambda: NOON_US)
    assert refusal.value.faults
    assert not (tmp_path / "u").exists()


def test_a_union_is_not_founded_over_another(tmp_path):
    root = histories.write(tmp_path / "u", histories.day())
    with pytest.raises(FileExistsError):
        Node.create(tmp_path / "u", Union().genesis, lambda: NOON_US)
    assert verify(tmp_path / "u" / "journal.db").state_root == root


def test_founding_takes_no_views_from_a_journal_that_was_there_before(tmp_path):
    home = tmp_path / "u"
    histories.write(home, histories.day())
    (home / "journal.db").unlink()
    with Node.create(home, Union().genesis, lambda: NOON_US) as node:
        assert node.views.entries == node.entries == 1
    assert view_rows(home)["payment"] == []


def test_a_founding_that_was_broken_off_is_told(tmp_path):
    Journal.create(tmp_path / "journal.db").close()
    with pytest.raises(JournalDamaged, match="no genesis"):
        Node.open(tmp_path, lambda: NOON_US)


def test_a_union_has_one_writer(tmp_path):
    home = tmp_path / "u"
    with Node.create(home, Union().genesis, lambda: NOON_US) as node:
        with pytest.raises(JournalInUse):
            Node.open(home, lambda: NOON_US)
        node.submit([b"noise"])
    with pytest.raises(JournalMissing):
        Node.open(tmp_path / "elsewhere", lambda: NOON_US)


def test_log_time_never_goes_back(tmp_path):
    times = iter([NOON_US, NOON_US + 5, NOON_US - 9, NOON_US + 7])
    with Node.create(tmp_path / "u", Union().genesis, lambda: next(times)) as node:
        node.submit([b"a", b"b", b"c"])
        assert [entry.at_us - NOON_US for entry in node.log()] == [0, 5, 5, 7]


def test_no_command_writes_no_batch(tmp_path):
    with Node.create(tmp_path / "u", Union().genesis, lambda: NOON_US) as node:
        assert node.submit([]) == []
        assert node.entries == 1


def submit_and_look(node, group):
    node.submit(group)
    assert node.views.entries


@pytest.mark.parametrize("broken", ["rules", "views", "clock"])
def test_a_node_that_failed_within_a_group_refuses_to_go_on_and_reopens_whole(tmp_path, monkeypatch, broken):
    """Its memory is ahead of the journal, or its views behind: going on would tell what replay does not give."""
    union, home = settled_world(), tmp_path / "u"
    histories.write(home, union)
    union.pay(amount=400)
    union.pay(amount=5)
    group = [data for data, _ in union.log[-2:]]
    calls = itertools.count()

    def fails_second(*given):
        if next(calls):
            raise RuntimeError("a fault of the program")
        return real(*given)

    at_us = [at for _, at in union.log[-2:]]
    node = Node.open(home, iter(at_us).__next__)
    entries, root = node.entries, node.state_root()
    with monkeypatch.context() as patch:
        match broken:
            case "rules":
                real = apply.execute
                patch.setattr(replica.apply, "execute", fails_second)
            case "views":
                kind = type(union.events[-1])
                real = FOLDS[kind]
                patch.setitem(FOLDS, kind, fails_second)
            case "clock":
                real = node._pipeline._clock
                patch.setattr(node._pipeline, "_clock", fails_second)
        with pytest.raises(RuntimeError):
            submit_and_look(node, group)
    stopped = (RuntimeError, NodeStopped) if broken == "views" else NodeStopped
    with pytest.raises(stopped):
        node.submit(group)
    with pytest.raises(stopped):
        node.save_snapshot()
    node.close()
    with Node.open(home, iter(at_us).__next__) as again:
        if broken == "views":  # durable before they were told
            assert again.entries == entries + 2
            assert again.state_root() == union.state.root()
        else:
            assert (again.entries, again.state_root()) == (entries, root)
            again.submit(group)
        assert again.state_root() == union.state.root()
        assert again.views.entries == again.entries
    rows = view_rows(home)
    (home / "views.db").unlink()
    Node.open(home, lambda: NOON_US).close()
    assert view_rows(home) == rows


def test_closing_saves_a_snapshot_once_the_tail_is_long(tmp_path, monkeypatch):
    monkeypatch.setattr(replica, "SNAPSHOT_EVERY", 5)
    home = tmp_path / "u"
    with Node.create(home, Union().genesis, lambda: NOON_US) as node:
        node.submit([b"noise"] * 4)
    assert not list(snapshot.saved(home / "state"))
    with Node.open(home, lambda: NOON_US) as node:
        node.submit([b"noise"])
    assert len(list(snapshot.saved(home / "state"))) == 1


def test_what_the_rules_refuse_is_recorded_with_its_reason(tmp_path):
    with Node.create(tmp_path / "u", Union().genesis, lambda: NOON_US) as node:
        told = node.submit([b"noise", b""])
        assert [each.refusal is not None for each in told] == [True, True]
        assert [entry.outcome for entry in node.log()][1:] == [outcomes.encode(each) for each in told]
