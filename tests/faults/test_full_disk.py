"""A full disk refuses a batch, loses nothing that was acknowledged, and the node goes on once there is room."""

import subprocess

import pytest

from mufakat.audit.replay import verify
from mufakat.journal.log import Journal, JournalFull, JournalStopped
from mufakat.node.embedded import Node
from tests.union import NOON_US, settled_world


@pytest.fixture
def small_disk(tmp_path):
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small tmpfs cannot be mounted here (it needs root)")
    yield tmp_path
    subprocess.run(["umount", "-l", str(tmp_path)], check=True)


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
