"""One of four that lies, and how the others say so."""

import subprocess
import sys

import msgspec

from tests.cluster.consortium import PATIENCE, wait
from tests.union import B1, B2

HONEST = ("QM", "QN", "QO")
LIAR = "QP"


def said(consortium, *words, name="."):
    """Run a command of the program on a home, and return its exit code and what it says."""
    home = str(consortium.folder / name)
    program = [sys.executable, "-m", "mufakat", "--home", home, *words]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def seen_by(consortium, name, kind):
    return [each for each in consortium.status(name).evidence if each["kind"] == kind]


def lies(consortium, groups):
    """Let the liar put each group of commands into a block that it proposes; returns when all were tried."""
    home = consortium.fleet.homes[LIAR].folder
    told = home / "lies.told"
    consortium.fleet.stop(LIAR)
    (home / "lies").write_bytes(msgspec.msgpack.encode(groups))
    told.unlink(missing_ok=True)
    consortium.start(LIAR, "proposes_what_nobody_may")
    consortium.level()

    def tried():
        union.transfer(B1, B2)  # the union goes on meanwhile, and each block is somebody's turn
        return told.exists() and int(told.read_text()) == len(groups)

    with consortium.voice() as union:
        wait(tried, "the liar has had its turns", PATIENCE + 5 * len(groups))
        union.transfer(B1, B2)
