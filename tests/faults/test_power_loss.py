"""Power loss and failing syncs, on a disk made in Python: what was acknowledged is there, the rest not or whole."""

import random
import shutil

import pytest

from mufakat.audit.reading import IntegrityFault
from mufakat.audit.replay import verify
from mufakat.journal.log import Journal, JournalError, JournalFull, JournalStopped
from mufakat.node.embedded import Node
from mufakat.node.replica import NodeStopped
from tests.faults.power import PowerDisk, keeping
from tests.journal import histories
from tests.union import NOON_US


class Cuts:
    """At every sync: cuts the power in several ways, and checks what is left of the journal."""

    def __init__(self, folder, chance):
        self.folder, self.chance = folder, chance
        self.acknowledged, self.entries, self.seen, self.hot = 0, [], 0, 0

    def __call__(self, disk):
        for share in (0.0, 1.0, *(self.chance.random() for _ in range(2))):
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir()
            disk.leave(self.folder, keeping(self.chance, share))
            self.check()

    def check(self):
        path = self.folder / "journal.db"
        hot = path.with_name("journal.db-journal")
        self.hot += hot.exists() and hot.stat().st_size > 0
        self.seen += 1
        if self.acknowledged == 0:
            return  # nothing was promised yet
        audited = verify(path).entries  # as it lies there, before any writer came back
        with Journal.open(path, vfs="unix") as journal:
            left = [(entry.at_us, entry.command, entry.outcome) for entry in journal.entries()]
        assert len(left) == audited == verify(path).entries
        assert len(left) >= self.acknowledged
        assert left == self.entries[: len(left)]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_power_cut_at_any_sync_loses_no_acknowledged_batch(tmp_path, seed):
    cuts, home = Cuts(tmp_path / "cut", random.Random(seed)), tmp_path / "home"
    home.mkdir()
    with PowerDisk(f"power-{seed}", cuts):
        journal = Journal.create(home / "journal.db")
        for rows, root in histories.batches(histories.day(), 13):
            cuts.entries += rows
            journal.append(rows, root)
            cuts.acknowledged = len(cuts.entries)
        journal.close()
    assert cuts.hot > 20, "cuts fell into commits"
    assert cuts.seen > 100


def test_the_power_test_sees_a_journal_that_acknowledges_too_early(tmp_path):
    """The canary: without syncs, a cut after the acknowledgement leaves less than was promised."""
    cuts, home = Cuts(tmp_path / "cut", random.Random(3)), tmp_path / "home"
    home.mkdir()
    with PowerDisk("power-canary") as disk:
        journal = Journal.create(home / "journal.db")
        batches = histories.batches(histories.day(), 20)
        rows, root = next(batches)
        journal.append(rows, root)
        journal._sql.execute("PRAGMA synchronous = OFF")
        cuts.entries = rows
        for rows, root in batches:
            cuts.entries = cuts.entries + rows
            journal.append(rows, root)
            cuts.acknowledged = len(cuts.entries)
        with pytest.raises((AssertionError, IntegrityFault)):
            cuts(disk)
        journal.close()


@pytest.mark.parametrize("kind", ["first", "second", "third", "last"])
def test_a_node_whose_disk_fails_a_sync_stops_and_reopens_to_what_was_acknowledged(tmp_path, kind):
    union, home = histories.day(), tmp_path / "home"
    groups = [[data for data, _ in group] for group in histories.grouped(union.log, 10)]
    with PowerDisk(f"failing-{kind}") as disk:
        times = iter([NOON_US, *(at for _, at in union.log)])
        node = Node.create(home, union.genesis, lambda: next(times))
        node.submit(groups[0])
        before = disk.syncs
        node.submit(groups[1])
        steps, begun = disk.syncs - before, disk.syncs
        which = {"first": 1, "second": 2, "third": 3, "last": steps}[kind]
        acknowledged, root = node.entries, node.state_root()
        disk.failing = lambda number: number >= begun + which
        with pytest.raises(JournalError) as failure:
            node.submit(groups[2])
        assert not isinstance(failure.value, JournalFull)
        disk.failing = lambda number: False
        with pytest.raises(NodeStopped):
            node.submit(groups[2])
        with pytest.raises(NodeStopped):
            node.save_snapshot()
        with pytest.raises(JournalStopped):
            node._replica.journal.append([(NOON_US, b"c", b"o")], root)
        node.close()
    left = verify(home / "journal.db")
    times = iter(at for _, at in union.log[left.entries - 1 :])
    with Node.open(home, lambda: next(times)) as again:
        assert (again.entries, again.state_root()) == (left.entries, left.state_root)
        # A commit whose very last sync failed may be there: it was never acknowledged, and is whole or absent.
        assert left.entries in (
            {acknowledged, acknowledged + len(groups[2])} if kind == "last" else {acknowledged}
        )
        if left.entries == acknowledged:
            assert left.state_root == root
        again.submit([data for data, _ in union.log[left.entries - 1 :]])
        assert again.state_root() == union.state.root()
