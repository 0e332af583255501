"""kill -9 at random moments of a day: what was acknowledged is there, once, and the journal is whole."""

import hashlib
import itertools
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from mufakat.audit.replay import verify
from mufakat.node.embedded import Node
from mufakat.simulation.region import make_region
from mufakat.simulation.workload import write_day

COMMANDS = 600
"""A few less than the day has."""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("day") / "in"
    write_day(make_region(1), folder, seed=1, payments=1_000, invoices=20, obligations=2_000)
    return folder


def kill_once(files: Path, home: Path, acknowledged_first: int, seconds_more: float) -> int:
    """Kill a day some seconds after that many commands were acknowledged; returns how many were in the end."""
    home.mkdir()
    (home / "in").symlink_to(files)
    script = Path(__file__).with_name("play_day.py")
    program = [sys.executable, script, home]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        lines = list(itertools.islice(process.stdout, acknowledged_first))
        time.sleep(seconds_more)
        process.send_signal(signal.SIGKILL)
        lines += process.stdout
    acknowledged = {line.strip() for line in lines if len(line) == 65}
    assert len(acknowledged) >= acknowledged_first, "the day ended before"
    root = verify(home / "journal.db").state_root
    with Node.open(home, lambda: 0) as node:
        kept = Counter(hashlib.sha256(entry.command).hexdigest() for entry in node.log())
        assert node.state_root() == root
        assert node.views.entries == node.entries
    assert all(kept[each] == 1 for each in acknowledged)
    assert set(kept.values()) == {1}
    return len(acknowledged)


def kill_often(files: Path, folder: Path, times: int, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(times):
        home = folder / str(number)
        kill_once(files, home, chance.randint(1, COMMANDS), chance.uniform(0, 0.3))
        shutil.rmtree(home)


def test_what_was_acknowledged_survives_a_kill(files, tmp_path):
    kill_often(files, tmp_path, 8, seed=8)


@pytest.mark.long
def test_what_was_acknowledged_survives_a_hundred_kills(files, tmp_path):
    kill_often(files, tmp_path, 100, seed=100)
