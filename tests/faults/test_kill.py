"""kill -9 of a writer, again and again on one journal: what was acknowledged is there once, and it goes on."""

import hashlib
import random
import subprocess
import sys
import time
from collections import Counter

import pytest

from mufakat.audit.replay import verify
from mufakat.journal.log import Journal
from mufakat.node.embedded import Node
from tests.journal import histories
from tests.journal.editing import headers, slots
from tests.union import NOON_US, settled_world


def killed_after(home, seed, groups, pause):
    """Run a writer, wait until it has acknowledged some commands, kill it; returns all that it acknowledged."""
    command = [sys.executable, "-m", "tests.faults.writer", str(home), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        told = [process.stdout.readline() for _ in range(groups)]
        time.sleep(pause)  # into the midst of whatever it does then
        process.kill()
        told += process.stdout.readlines()
        assert not (errors := process.stderr.read()), errors.decode()
    return [line[:-1].decode() for line in told if line.endswith(b"\n")]


def kill_often(folder, times, seed):
    home, chance = folder / "home", random.Random(seed)
    histories.write(home, settled_world())
    path = home / "journal.db"
    acknowledged, entries, hot = [], verify(path).entries, 0
    for number in range(times):
        new = killed_after(home, number, chance.randrange(1, 40), chance.random() * 0.02)
        assert new, "the writer goes on after each kill"
        acknowledged += new
        before = path.read_bytes()
        hot += headers(before)[-1].batch.height > max(slot.height for slot in slots(before))
        audited = verify(path)  # as the kill left it: no writer has cut anything off
        assert path.read_bytes() == before, "an audit does not write"
        assert audited.entries >= entries + len(new)
        with Journal.open(path) as journal:
            kept = Counter(hashlib.sha256(entry.command).hexdigest() for entry in journal.entries())
        assert all(kept[each] == 1 for each in acknowledged)
        assert set(kept.values()) == {1}
        assert verify(path) == audited
        entries = audited.entries
    with Node.open(home, lambda: NOON_US) as node:
        assert node.state_root() == audited.state_root
        assert node.views.entries == node.entries == entries
    return hot


def test_a_writer_killed_fifteen_times_loses_nothing_that_it_acknowledged(tmp_path):
    assert kill_often(tmp_path, 15, seed=15) > 0, "some kills fell before a head slot named the last batch"


@pytest.mark.long
def test_a_writer_killed_a_hundred_times_loses_nothing_that_it_acknowledged(tmp_path):
    assert kill_often(tmp_path, 100, seed=100) > 0, "some kills fell before a head slot named the last batch"
