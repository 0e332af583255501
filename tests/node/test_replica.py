"""Memory runs ahead of the file between stage and commit, and never otherwise."""

import sqlite3

import pytest

from mufakat.core import apply
from mufakat.core.apply import ProtocolUnknown
from mufakat.core.dump import dump
from mufakat.journal import snapshot
from mufakat.journal.frame import head_hash
from mufakat.journal.log import JournalError, JournalStopped
from mufakat.journal.snapshot import Snapshot
from mufakat.model.record import batch
from mufakat.model.refusal import Reason
from mufakat.node import publishing
from mufakat.node import replica as module
from mufakat.node.publishing import Pace
from mufakat.node.replica import GenesisRefused, NodeStopped, Replica
from mufakat.projections.store import Views
from tests.journal import histories
from tests.union import A1, NOON_US, Union, genesis, settled_world


@pytest.fixture
def world():
    return settled_world()


@pytest.fixture
def replica(tmp_path, world):
    made = Replica.create(tmp_path / "h", world.genesis, NOON_US)
    deal(made, world.log)
    yield made
    made.close()


def deal(replica, log, block=0):
    times = iter([at_us for _, at_us in log])
    outcomes = replica.stage([data for data, _ in log], lambda: next(times))
    replica.commit(block)
    return outcomes


def again(replica):
    replica.close()
    return Replica.open(replica.journal.path.parent)


def pay(world):
    return world.signed(A1, batch((world.order(),)))


def test_what_is_staged_is_in_memory_and_not_in_the_file(replica, world):
    entries, root = replica.entries, replica.state.root()
    replica.stage([pay(world)], lambda: world.now_us)

    assert (replica.staged, replica.entries) == (1, entries)
    assert replica.state.root() != root
    opened = again(replica)
    assert (opened.staged, opened.entries, opened.state.root()) == (0, entries, root)
    opened.close()


def test_the_hash_before_the_commit_is_that_of_the_head_after_it(replica, world):
    replica.stage([pay(world), b"noise"], lambda: world.now_us)
    told = replica.head_hash()
    head = replica.commit(77)

    assert told == replica.head_hash() == head_hash(head.entries, head.tree_root, head.state_root)
    assert (head.block, head.count) == (77, 2)


def test_stages_of_one_commit_are_one_batch(replica, world):
    entries = replica.entries
    for _ in range(3):
        replica.stage([b"noise"], lambda: world.now_us)
    told = replica.head_hash()
    assert replica.commit(5).count == 3
    assert replica.entries == entries + 3
    assert replica.head_hash() == told


def test_a_commit_of_nothing_writes_nothing(replica):
    before = replica.journal.head
    assert replica.stage([], lambda: 0) == []
    assert replica.commit(99) == before == replica.journal.head


def test_log_time_never_goes_back(replica, world):
    last = replica.last_us
    deal(replica, [(b"noise", last - 1_000_000), (b"more", last + 5), (b"still", last)])
    assert [entry.at_us for entry in replica.log()][-3:] == [last, last + 5, last + 5]
    opened = again(replica)
    assert opened.last_us == last + 5
    opened.close()


def test_a_write_that_fails_stops_the_replica_for_good(replica, world, monkeypatch):
    def full(*_):
        raise JournalError("no room")

    before = replica.entries
    monkeypatch.setattr(replica.journal, "append", full)
    replica.stage([pay(world)], lambda: world.now_us)
    with pytest.raises(JournalError, match="no room"):
        replica.commit()
    monkeypatch.undo()
    for use in (
        replica.commit,
        replica.save_snapshot,
        lambda: replica.stage([b""], lambda: 0),
    ):
        with pytest.raises(NodeStopped):
            use()
    opened = again(replica)
    assert opened.entries == before
    opened.close()


def test_whatever_breaks_off_a_stage_stops_the_replica(replica, world, monkeypatch):
    monkeypatch.setattr(apply, "PROTOCOLS", ())
    with pytest.raises(ProtocolUnknown):
        replica.stage([pay(world)], lambda: world.now_us)
    monkeypatch.undo()
    with pytest.raises(NodeStopped):
        replica.commit()


def test_a_snapshot_of_memory_that_is_ahead_is_not_taken(replica, world):
    replica.stage([pay(world)], lambda: world.now_us)
    with pytest.raises(NodeStopped):
        replica.save_snapshot()


def test_closing_a_long_tail_saves_a_snapshot_and_opening_replays_only_what_is_after_it(
    replica, world, monkeypatch
):
    monkeypatch.setattr(module, "SNAPSHOT_EVERY", 5)
    opened = again(replica)
    assert next(snapshot.saved(opened.journal.path.with_name("state"))).entries == opened.entries
    deal(opened, [(pay(world), world.now_us)])
    calls = []
    real = apply.execute

    def counted(*words):
        calls.append(words)
        return real(*words)

    monkeypatch.setattr(apply, "execute", counted)
    root = opened.state.root()
    last = again(opened)
    assert len(calls) == 1
    assert last.state.root() == root
    last.close()


def test_a_genesis_that_founds_nothing_leaves_nothing(tmp_path, world):
    broken = genesis(world.genesis.charter)
    with pytest.raises(GenesisRefused) as refused:
        Replica.create(tmp_path / "h", type(broken)(broken.charter, ()), NOON_US)
    assert refused.value.faults
    assert not (tmp_path / "h").exists()


def test_a_union_is_not_founded_over_another(replica, world):
    with pytest.raises(FileExistsError, match="never written over"):
        Replica.create(replica.journal.path.parent, world.genesis, NOON_US)


def test_founding_that_cannot_be_written_leaves_no_journal_in_the_way(tmp_path, monkeypatch):
    def full(*_, **__):
        raise JournalStopped("no")

    with monkeypatch.context() as broken:
        broken.setattr(module.Journal, "append", full)
        with pytest.raises(JournalStopped):
            Replica.create(tmp_path / "h", Union().genesis, NOON_US)
    Replica.create(tmp_path / "h", Union().genesis, NOON_US).close()


def test_views_are_brought_up_to_the_journal_and_made_anew_when_they_are_ahead_of_it(replica, world):
    home = replica.journal.path.parent
    count = replica.views.entries
    replica.close()
    (home / "views.db").unlink()
    opened = Replica.open(home)
    assert opened.views.entries == count
    opened.close()
    with sqlite3.connect(home / "views.db") as sql:
        sql.execute("UPDATE progress SET entries = entries + 1")
    sql.close()
    opened = Replica.open(home)
    assert opened.views.entries == count
    opened.close()


def test_views_that_are_missed_are_folded_a_group_at_a_time_and_progress_is_told(replica, world, monkeypatch):
    home = replica.journal.path.parent
    entries, rows = replica.entries, list(replica.views.sql.execute("SELECT * FROM movement ORDER BY number"))
    replica.close()
    monkeypatch.setattr(module, "_TOGETHER", 3)
    folded, told, fold = [], [], Views.fold
    monkeypatch.setattr(
        Views, "fold", lambda self, batch, count: folded.append(count) or fold(self, batch, count)
    )
    opened = Replica.open(home, anew=True, progress=lambda done, of: told.append((done, of)))
    assert list(opened.views.sql.execute("SELECT * FROM movement ORDER BY number")) == rows
    assert len(folded) > 3 and folded[-1] == entries and folded == sorted(folded)
    assert told == [(number, entries - 1) for number in range(1, entries)]
    opened.close()


def test_closing_a_replica_folds_what_its_views_do_not_show(tmp_path, world, monkeypatch):
    made = Replica.create(tmp_path / "f", world.genesis, NOON_US, Pace.SOON)
    monkeypatch.setattr(publishing, "_AT_ONCE", -1)
    monkeypatch.setattr(publishing, "_REST", 10**9)
    made.stir()
    deal(made, world.log)
    made.close()
    with Views.open_to_read(tmp_path / "f" / "views.db").sql as sql:
        assert sql.execute("SELECT entries FROM progress").fetchone() == (len(world.log) + 1,)
    sql.close()


def test_outcomes_are_returned_in_order(replica, world):
    good, noise = deal(replica, [(pay(world), world.now_us), (b"noise", world.now_us)])
    assert good.refusal is None
    assert noise.refusal.reason is Reason.MALFORMED


def test_a_whole_day_staged_in_any_groups_is_one_history(tmp_path):
    day = histories.day()
    hashes = set()
    for size in (1_000, 11):
        replica = Replica.create(tmp_path / f"{size}", day.genesis, NOON_US)
        for block, group in enumerate(histories.grouped(day.log, size)):
            deal(replica, group, block)
        hashes.add(replica.head_hash())
        replica.close()
    assert len(hashes) == 1


def test_each_time_a_replica_opens_it_looks_for_payments_at_other_places(tmp_path):
    keys = []
    for _ in range(2):
        replica = (
            Replica.open(tmp_path) if keys else Replica.create(tmp_path, settled_world().genesis, NOON_US)
        )
        keys.append(replica.state.register._index.key.tobytes())
        replica.close()
    assert len({bytes(16), *keys}) == 3


def test_a_saved_state_that_is_not_the_one_of_its_batch_is_done_without(replica, world, monkeypatch):
    folder, other = replica.journal.path.with_name("state"), histories.day().state
    replica.save_snapshot()
    (honest,) = snapshot.saved(folder)
    deal(replica, [(pay(world), world.now_us)])
    head, root = replica.journal.head, replica.state.root()
    replayed = []
    real = apply.execute
    monkeypatch.setattr(apply, "execute", lambda *words: replayed.append(words) or real(*words))
    for forged in (
        Snapshot(head.height, head.entries, dump(other)),
        Snapshot(head.height, head.entries - 1, dump(replica.state)),
        Snapshot(head.height + 5, head.entries, dump(replica.state)),
        Snapshot(head.height, head.entries, b"of another version of the program"),
    ):
        snapshot.save(folder, forged, 0)
        snapshot.save(folder, honest, 0)
        replayed.clear()
        replica = again(replica)
        assert (len(replayed), replica.state.root()) == (1, root), "it goes on from the earlier one"
        (folder / f"{forged.height}.snapshot").unlink()
    snapshot.save(folder, Snapshot(honest.height, honest.entries, dump(other)), 0)
    replayed.clear()
    replica = again(replica)
    assert (len(replayed), replica.state.root()) == (replica.entries - 1, root), "it replays all"
    replica.close()


def test_a_new_union_does_not_begin_with_states_of_an_older_one(tmp_path, world):
    folder = tmp_path / "h"
    first = Replica.create(folder, world.genesis, NOON_US)
    first.save_snapshot()
    first.close()
    (folder / "journal.db").unlink()
    Replica.create(folder, world.genesis, NOON_US).close()
    assert not list(snapshot.saved(folder / "state"))
