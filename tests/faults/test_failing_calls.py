"""EIO and ENOSPC from the system's own calls, by a library before them: the node stops, and loses nothing."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from mufakat.audit.replay import verify
from mufakat.node.embedded import Node
from tests.journal import histories
from tests.union import NOON_US, settled_world


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler is here (cc or gcc) to make the library that lets calls fail")
    made = tmp_path_factory.mktemp("library") / "failing.so"
    source = Path(__file__).with_name("failing.c")
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-o", made, source, "-ldl"], check=True
    )
    return made


def until_it_stops(library, home, failing, short=0):
    """Run a writer whose calls fail from some number on; returns what it acknowledged, and what it said last."""
    named = {"LD_PRELOAD": str(library), "MUFAKAT_FAIL": failing, "MUFAKAT_SHORT": str(short)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.writer", str(home), "7"],
        env={**os.environ, **named},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1
    return done.stdout.split(), done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("failing", "short", "told"),
    [
        ("fdatasync 1 EIO", 0, "JournalError: .*Input/output error"),
        ("fdatasync 2 EIO", 0, "JournalError: .*Input/output error"),
        ("fdatasync 9 EIO", 0, "JournalError: .*Input/output error"),
        ("fdatasync 4 ENOSPC", 0, "JournalFull: .*the disk is full"),
        ("pwritev 3 ENOSPC", 0, "JournalFull: .*the disk is full"),
        ("pwritev 8 ENOSPC", 300, "JournalFull: .*the disk is full"),
        ("pwritev 9 ENOSPC", 5_000, "JournalFull: .*the disk is full"),
        ("pwritev 12 EIO", 700, "JournalError: .*Input/output error"),
    ],
)
def test_a_call_that_fails_stops_the_node_and_what_was_acknowledged_is_there(
    library, tmp_path, failing, short, told
):
    home = tmp_path / "home"
    histories.write(home, settled_world())
    before = verify(home / "journal.db").entries
    acknowledged, last = until_it_stops(library, home, failing, short)
    assert re.search(told, last), last
    audited = verify(home / "journal.db")
    assert audited.entries >= before + len(acknowledged)
    with Node.open(home, lambda: NOON_US * 2) as node:
        kept = Counter(hashlib.sha256(entry.command).hexdigest() for entry in node.log())
        assert all(kept[each] == 1 for each in acknowledged)
        assert (node.entries, node.state_root()) == (audited.entries, audited.state_root)
        node.submit([b"more"])
    assert verify(home / "journal.db").entries == audited.entries + 1
