"""A full disk refuses a batch, loses nothing that was acknowledged, and the node goes on once there is room.

What settled while its answer found no room is answered when there is.
"""

import sqlite3
import subprocess
from contextlib import contextmanager

import pytest

from mufakat.audit.replay import verify
from mufakat.journal.log import Journal, JournalFull, JournalStopped
from mufakat.node.embedded import Node
from mufakat.node.replica import NodeStopped
from mufakat.projections import timeline
from tests.journal import histories
from tests.node.conftest import Small, message, transaction
from tests.union import NOON_US, settled_world


@contextmanager
def disk(folder, size):
    """Mount a small file system on a folder."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small tmpfs cannot be mounted here (it needs root)")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def small_disk(tmp_path):
    with disk(tmp_path, "1500k"):
        yield tmp_path


def test_a_full_disk_refuses_the_batch_and_keeps_what_was_acknowledged(small_disk):
    union = settled_world()
    times = iter([NOON_US, *(at for _, at in union.log)])
    node = Node.create(small_disk, union.genesis, lambda: next(times))
    node.submit([data for data, _ in union.log])
    root, entries = node.state_root(), node.entries
    node.close()
    path = small_disk / "journal.db"
    with Journal.open(path) as journal:
        with pytest.raises(JournalFull):
            journal.append([(NOON_US * 2, bytes(2_000_000), b"")], root)
        with pytest.raises(JournalStopped):
            journal.append([(NOON_US * 2, b"small", b"")], root)
    verdict = verify(path)
    assert (verdict.state_root, verdict.entries) == (root, entries)
    with Node.open(small_disk, lambda: NOON_US) as again:
        assert again.submit([b"not a command"])[0].refusal is not None
        assert again.entries == entries + 1


GROUP = 20


def fill(node, acknowledged):
    for number in range(1_000):
        group = [b"no command, number %d.%d %s" % (number, n, bytes(500)) for n in range(GROUP)]
        node.submit(group)
        acknowledged += group


def test_a_node_writes_until_the_disk_is_full_and_goes_on_once_there_is_room(small_disk):
    home, filler = small_disk / "u", small_disk / "filler"
    histories.write(home, histories.day())
    filler.write_bytes(bytes(150_000))
    acknowledged = []
    with Node.open(home, lambda: NOON_US * 2) as node:
        entries = node.entries
        with pytest.raises(
            (JournalFull, sqlite3.OperationalError)
        ):  # the journal's room ends first, or the views'
            fill(node, acknowledged)
        with pytest.raises(NodeStopped):
            node.submit([b"more"])
    assert acknowledged
    verdict = verify(home / "journal.db")
    assert verdict.entries - entries - len(acknowledged) in {0, GROUP}, "at most what was under way"
    filler.unlink()
    with Node.open(home, lambda: NOON_US * 2) as again:
        log = [entry.command for entry in again.log()][entries:]
        assert log[: len(acknowledged)] == acknowledged
        assert again.state_root() == verdict.state_root
        again.submit([b"more"])
        assert again.views.entries == again.entries == verdict.entries + 1


def test_each_payment_that_settled_is_answered_so_once_the_full_disk_has_room(tmp_path):
    paths = [tmp_path / f"{number:03}.xml" for number in range(30)]
    for number, path in enumerate(paths):
        path.write_text(message(transaction(number, "1.00")))
    small = Small(tmp_path / "u")
    small.home.out.mkdir(exist_ok=True)
    with disk(small.home.out, "40k"):
        with pytest.raises(OSError, match="No space left"):
            small.take(*paths)
        settled, written = len(timeline.payments(small.node.views.sql, "settled")), small.written()
        assert settled > len(written), "the disk was full before the answers were all written"
        small.close()
    again = Small(tmp_path / "u")
    assert again.answers.write_missing() >= settled - len(written)
    results = [each.status for receipt in again.take(*paths) for each in receipt.results]
    assert results == ["settled"] * len(paths)
    answers = [path.read_bytes() for path in again.home.out.glob("pacs.002/*.xml")]
    assert len(answers) == len(paths)
    assert all(b"<GrpSts>ACSC<" in each for each in answers)
    again.close()
