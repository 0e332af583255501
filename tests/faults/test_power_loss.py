"""Power loss and failing syncs, on a disk made in Python: what was acknowledged is there, the rest not or whole."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.audit.reading import IntegrityFault, reading
from mufakat.audit.replay import verify
from mufakat.journal.frame import Entry
from mufakat.journal.log import Journal, JournalDamaged, JournalError, JournalFull, JournalStopped
from mufakat.node.embedded import Node
from mufakat.node.replica import NodeStopped
from tests.faults.power import PowerDisk, keeping, keeping_first, power
from tests.journal import histories
from tests.union import NOON_US

ROOT = b"r" * 32
contents = st.one_of(
    st.binary(max_size=40),
    st.integers(0, 2**32).map(lambda seed: random.Random(seed).randbytes(1_700)),
    st.integers(0, 2**32).map(lambda seed: random.Random(seed).randbytes(40_000)),
    st.sampled_from((bytes(700), bytes(2_000), b"\1" + bytes(1_500), bytes(40_000))),
)
rows = st.lists(st.tuples(st.integers(0, 2**40), contents, contents), min_size=1, max_size=3)
chances = st.integers(0, 2**32).map(random.Random)
steps = st.lists(
    st.one_of(
        st.lists(rows, min_size=1, max_size=3), st.sampled_from(("idle", "close", "reopen after a crash"))
    ),
    min_size=1,
    max_size=6,
)


class Written:
    """A journal on a power disk, and what it must hold: `entries` of all batches begun, `acknowledged` of them."""

    def __init__(self, path):
        self.path = path
        self.journal = Journal.create(path)
        self.entries, self.ends, self.acknowledged = [], [0], 0

    @property
    def disk(self):
        return PowerDisk.made[self.path]

    def take(self, step):
        if step == "idle":
            self.journal.sync_head()
        elif isinstance(step, str):
            if step == "close":
                self.journal.close()
            self.path.write_bytes(self.disk.content)
            self.journal = Journal.open(self.path)
        else:
            for batch in step:
                self.entries += [Entry(len(self.entries) + at, *row) for at, row in enumerate(batch)]
                self.ends.append(len(self.entries))
            self.journal.extend((batch, ROOT, 0) for batch in step)
            self.acknowledged = len(self.entries)


def opened(path, image):
    """Write an image and open it; returns the entries that the node finds, which an audit must find before."""
    path.write_bytes(image)
    with reading(path) as journal:
        audited = [entry.seq for batch in journal.read() for entry in batch.entries]
    assert path.read_bytes() == image, "an audit does not write"
    with Journal.open(path) as journal:
        found = list(journal.entries())
    assert audited == [entry.seq for entry in found]
    return found


@settings(max_examples=60, deadline=None)
@given(steps, chances)
def test_whatever_a_power_cut_leaves_opens_to_all_that_was_acknowledged(tmp_path_factory, taken, chance):
    folder = tmp_path_factory.mktemp("cut")

    def cut(disk):
        if disk is not PowerDisk.made.get(folder / "journal.db") or "written" not in state:
            return
        written = state["written"]
        for keep in (
            *(keeping(chance, share) for share in (0.0, 0.5, 0.9, 1.0)),
            keeping_first(chance.randrange(20)),
        ):
            Journal.disk, before = real, Journal.disk
            found = opened(folder / "cut.db", disk.after_a_cut(keep))
            Journal.disk = before
            assert found == written.entries[: len(found)]
            assert len(found) >= written.acknowledged
            assert len(found) in written.ends

    state, real = {}, Journal.disk
    with power(cut):
        state["written"] = Written(folder / "journal.db")
        for step in taken:
            state["written"].take(step)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(rows, min_size=1, max_size=3), min_size=1, max_size=4), chances)
def test_a_second_power_cut_while_the_journal_is_opened_again_loses_nothing_either(
    tmp_path_factory, taken, chance
):
    folder, real = tmp_path_factory.mktemp("twice"), Journal.disk
    images = []
    with power(lambda disk: images.append(disk.after_a_cut(keeping(chance, chance.random())))):
        written = Written(folder / "journal.db")
        for step in taken[:-1]:
            written.take(step)
        images.clear()
        Written.take(written, taken[-1])
        acknowledged = len(written.entries) - sum(map(len, taken[-1]))
        for image in tuple(images[:1]):  # before the sync: nothing of the last step was acknowledged
            images.clear()
            (folder / "again.db").write_bytes(image)
            Journal.open(folder / "again.db").close()
            for twice in [image, *images]:
                Journal.disk, before = real, Journal.disk
                found = opened(folder / "twice.db", twice)
                Journal.disk = before
                assert found == written.entries[: len(found)]
                assert len(found) >= acknowledged


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(rows, min_size=1, max_size=2), min_size=1, max_size=3), chances)
def test_a_disk_that_tears_sectors_makes_no_other_history(tmp_path_factory, taken, chance):
    """Then a cut can be told as damage, which somebody has to look at; never does it change what is there."""
    folder, real = tmp_path_factory.mktemp("torn"), Journal.disk
    images, told = [], []
    with power(lambda disk: images.append(disk.after_a_cut(keeping(chance, 0.8), torn=chance))):
        written = Written(folder / "journal.db")
        for step in taken:
            images.clear()
            acknowledged = written.acknowledged
            written.take(step)
            Journal.disk = real
            try:
                found = opened(folder / "cut.db", images[0])
            except (JournalDamaged, IntegrityFault) as damage:
                told.append((damage.entry, acknowledged))
            else:
                assert found == written.entries[: len(found)]
                assert len(found) >= acknowledged
            Journal.disk = PowerDisk
    assert all(entry >= acknowledged for entry, acknowledged in told), "they lie in blocks of their own"


def test_the_power_test_sees_a_journal_that_acknowledges_too_early(tmp_path, monkeypatch):
    """The canary: without syncs, a cut after the acknowledgement leaves less than was promised."""
    real = Journal.disk
    with power():
        written = Written(tmp_path / "journal.db")
        monkeypatch.setattr(PowerDisk, "sync", lambda disk: None)
        for number in range(4):
            written.take([[(number, b"command", b"outcome")]])
        image = written.disk.after_a_cut(keeping(random.Random(3), 0.0))
    assert Journal.disk is real
    assert len(opened(tmp_path / "cut.db", image)) < written.acknowledged


@pytest.mark.parametrize("size", [100, 3_000, 300_000])
def test_a_journal_whose_disk_fails_a_sync_stops_and_opens_again_to_what_was_acknowledged(tmp_path, size):
    with power():
        written = Written(tmp_path / "journal.db")
        written.take([[(1, b"first", b"o")]])
        disk = written.disk
        disk.failing = lambda number: True
        with pytest.raises(JournalError) as failure:
            written.take([[(2, random.Random(size).randbytes(size), b"o")]])
        assert not isinstance(failure.value, JournalFull)
        disk.failing = lambda number: False
        for refused in (
            lambda: written.journal.append([(3, b"c", b"o")], ROOT),
            written.journal.sync_head,
        ):
            with pytest.raises(JournalStopped):
                refused()
        written.journal.close()
        lost, kept = disk.after_a_cut(lambda: False), bytes(disk.content)
        for image, count in ((lost, 1), (kept, 2)):
            # What the system still has in memory of a sync that failed is written anew before it is built upon.
            (tmp_path / "again.db").write_bytes(image)
            PowerDisk.made.clear()
            with Journal.open(tmp_path / "again.db") as again:
                assert list(again.entries()) == written.entries[:count]
                again_disk = PowerDisk.made[tmp_path / "again.db"]
                assert again_disk.synced == bytes(again_disk.content)


def test_the_last_batch_is_written_anew_when_nobody_knows_whether_it_is_on_the_disk(tmp_path):
    with power():
        written = Written(tmp_path / "journal.db")
        written.take([[(1, b"first", b"o")]])
        end = len(written.disk.content)
        written.take([[(2, b"second", b"o")]])
        (tmp_path / "again.db").write_bytes(written.disk.content)
        seen = []
        PowerDisk.at_sync = staticmethod(lambda disk: seen.append(list(disk.since)))
        Journal.open(tmp_path / "again.db")
        assert [at for at, data in seen[0] if data is not None] == [end]
        assert seen[1] == [], "and is durable before a head slot names it"


def test_a_power_cut_at_any_sync_of_a_day_leaves_a_history_that_verifies(tmp_path):
    home, real, chance = tmp_path / "home", Journal.disk, random.Random(1)
    (tmp_path / "cut").mkdir()
    home.mkdir()
    model, acknowledged, seen = [], 0, 0

    def cut(disk):
        nonlocal seen
        if not acknowledged:
            return
        for share in (0.0, 1.0, chance.random()):
            (tmp_path / "cut" / "journal.db").write_bytes(disk.after_a_cut(keeping(chance, share)))
            audited = verify(tmp_path / "cut" / "journal.db")
            assert acknowledged <= audited.entries <= len(model)
            seen += 1

    with power(cut):
        journal = Journal.create(home / "journal.db")
        for batch, root in histories.batches(histories.day(), 13):
            model += batch
            journal.append(batch, root)
            acknowledged = len(model)
        journal.close()
    assert Journal.disk is real
    assert seen > 20


def test_a_node_whose_disk_fails_a_sync_stops_and_reopens_to_what_was_acknowledged(tmp_path):
    union, home = histories.day(), tmp_path / "home"
    groups = [[data for data, _ in group] for group in histories.grouped(union.log, 10)]
    with power():
        times = iter([NOON_US, *(at for _, at in union.log)])
        node = Node.create(home, union.genesis, lambda: next(times))
        node.submit(groups[0])
        acknowledged, root = node.entries, node.state_root()
        disk = PowerDisk.made[home / "journal.db"]
        disk.failing = lambda number: True
        with pytest.raises(JournalError) as failure:
            node.submit(groups[1])
        assert not isinstance(failure.value, JournalFull)
        disk.failing = lambda number: False
        with pytest.raises(NodeStopped):
            node.submit(groups[1])
        with pytest.raises(NodeStopped):
            node.save_snapshot()
        node.close()
        lost, kept = disk.after_a_cut(lambda: False), bytes(disk.content)
    for image, entries in ((lost, acknowledged), (kept, acknowledged + len(groups[1]))):
        (home / "journal.db").write_bytes(image)
        left = verify(home / "journal.db")
        assert left.entries == entries
        times = iter(at for _, at in union.log[entries - 1 :])
        with Node.open(home, times.__next__) as again:
            assert (again.entries, again.state_root()) == (entries, left.state_root)
            if entries == acknowledged:
                assert left.state_root == root
            again.submit([data for data, _ in union.log[entries - 1 :]])
            assert again.state_root() == union.state.root()
        (home / "views.db").unlink()
