"""A ledger that grows: speed, memory, disk, snapshots and restart at 1, 10 and 50 million settled payments.

Usage: python benchmarks/growth.py [--millions 1 10 50] [--folder DIR] [--write docs/performance.md]

The rules alone: commands of 8,190 payments are dealt with as on a node, their signatures too, and the state root
is taken after each; there is no journal and there are no views. What the register keeps on disk goes into a
temporary folder (in DIR). Speed is that of the last million payments before each mark, in processor time of their
thread, with all that the register does in between. For a restart another process takes the last snapshot, from
files that are not in the system's cache, and deals with the payments after it, as a node that was killed.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from report import machine, put_section

from mufakat.core import apply
from mufakat.core.dump import load
from mufakat.core.state import State
from mufakat.journal import snapshot
from mufakat.node.rooms import FolderRooms
from mufakat.node.saving import Saving
from mufakat.simulation.ledger import MOST_A_BATCH, NOON_US, Payers, genesis

_SEED = 1
_MILLION = 1_000_000
HEADINGS = (
    *("settled payments", "payments/s", "longest batch, ms", "memory a payment, B", "disk a payment, B"),
    *("snapshot, ms in the way", "snapshot, ms behind", "snapshot, KB", "restart, s"),
)


class Mark(NamedTuple):
    """What was measured at so many payments.

    `memory`: bytes of anonymous memory a payment, over those of an empty ledger. `taken`, `written`: milliseconds
    of a snapshot. `restart`: seconds of a new process from its start.
    """

    payments: int
    per_second: float
    longest: float
    memory: float
    disk: float
    taken: float
    written: float
    snapshot: int
    restart: float


class Ledger:
    """A made-up union whose register lies in a folder, as a node keeps it."""

    def __init__(self, folder: Path) -> None:
        state = apply.found(genesis(_SEED))
        assert isinstance(state, State), "the made-up union can be founded"
        self.folder, self.state, self.payers = folder, state, Payers(_SEED)
        self.saving = Saving(folder / "state")
        self.saving.found(state)
        self.height, self.taken, self.written = 0, 0.0, 0.0
        self.since = (folder / "commands").open("wb+")
        for command in self.payers.founding():
            apply.execute(state, command, NOON_US)
        self.save()
        self.empty = anonymous()

    def grow(self, payments: int) -> list[tuple[float, float]]:
        """Settle payments until there are so many; returns seconds of processor and of clock for each batch."""
        times = []
        while len(self.state.register) < payments:
            command = self.payers.command(MOST_A_BATCH)
            self.since.write(len(command).to_bytes(8, "big") + command)
            begun = time.thread_time(), time.perf_counter()
            outcome, _ = apply.execute(self.state, command, NOON_US)
            self.state.root()
            times.append((time.thread_time() - begun[0], time.perf_counter() - begun[1]))
            assert outcome.refusal is None, "each payment settles"
            self.height += 1
            if self.saving.is_due(self.state, self.height):
                self.save()
        return times

    def save(self) -> None:
        """Save a snapshot, and note how long it took."""
        begun = time.perf_counter()
        taken = self.saving.take(self.state, self.height, self.height)
        between = time.perf_counter()
        self.saving.write(taken, self.height)
        self.saving.settle()
        self.taken, self.written = between - begun, time.perf_counter() - between
        self.since.seek(0)
        self.since.truncate()

    def disk(self) -> int:
        """Return the bytes of all files that this process has open in the folder, nameless ones too."""
        sizes = {}
        for each in Path("/proc/self/fd").iterdir():
            if os.path.realpath(each).startswith(str(self.folder / "state")):
                found = each.stat()
                sizes[found.st_ino] = found.st_blocks * 512
        return sum(sizes.values())

    def restart(self) -> float:
        """Let another process come to where this one is, from copies of its files; returns its seconds."""
        copy = self.folder / "copy"
        shutil.copytree(self.folder / "state", copy)
        self.since.flush()
        shutil.copyfile(self.folder / "commands", copy / "commands")
        for path in copy.iterdir():
            forget(path)
        words = [sys.executable, __file__, "--restart", str(copy), self.state.root().hex()]
        begun = time.perf_counter()
        subprocess.run(words, check=True)
        seconds = time.perf_counter() - begun
        shutil.rmtree(copy)
        return seconds


def measure(marks: Sequence[int], folder: Path | None) -> list[Mark]:
    """Let a ledger grow to each of so many payments."""
    with tempfile.TemporaryDirectory(prefix="mufakat-growth-", dir=folder) as where:
        ledger, found = Ledger(Path(where)), []
        for payments in marks:
            ledger.grow(payments - _MILLION)
            before = len(ledger.state.register)
            times = ledger.grow(payments)
            count = len(ledger.state.register)
            memory = (anonymous() - ledger.empty) / count
            newest = next(snapshot.saved(ledger.folder / "state"))
            mark = Mark(
                payments,
                (count - before) / sum(processor for processor, _ in times),
                1_000 * max(clock for _, clock in times),
                memory,
                ledger.disk() / count,
                1_000 * ledger.taken,
                1_000 * ledger.written,
                len(newest.state),
                ledger.restart(),
            )
            found.append(mark)
            print(cells(mark), flush=True)
        ledger.saving.close()
        ledger.since.close()
    return found


def anonymous() -> int:
    """Return the bytes of this process's memory that no file holds."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(1_024 * int(line.split()[1]) for line in lines if line.startswith("Anonymous:"))


def forget(path: Path) -> None:
    """Write a file out, and let the system forget what it has of it in memory."""
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def come_back(folder: Path, root: str) -> None:
    """Go on from the newest snapshot, and deal with the commands after it."""
    newest = next(snapshot.saved(folder))
    state = load(newest.state, FolderRooms(folder))
    state.root()
    data, at = (folder / "commands").read_bytes(), 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 8], "big")
        apply.execute(state, data[at + 8 : at + 8 + size], NOON_US)
        at += 8 + size
    assert state.root().hex() == root, "it is the same state"


def cells(mark: Mark) -> tuple[str, ...]:
    """Write what was measured at a mark for a table."""
    return (
        f"{mark.payments:,}",
        f"{mark.per_second:,.0f}",
        f"{mark.longest:.1f}",
        f"{mark.memory:.2f}",
        f"{mark.disk:.1f}",
        f"{mark.taken:.1f}",
        f"{mark.written:.0f}",
        f"{mark.snapshot / 1_000:,.0f}",
        f"{mark.restart:.1f}",
    )


def page(found: Sequence[Mark], seconds: float) -> list[str]:
    """Write the figures as a section of the page."""
    ratio = found[-1].per_second / found[0].per_second
    return [
        "The rules alone, in batches of 8,190, signatures and state root included, no journal and no views.",
        "Payments/s: of the last million before the mark, in processor time. Memory: anonymous, over that of an",
        "empty ledger; disk: rows and what they are found by. A snapshot is taken every 1,048,576 payments, in the",
        "way of payments and then behind them. Restart: a new process, files not in the system's cache, from the",
        f"last snapshot through the payments after it. One run of {seconds:,.0f} s. Machine: {machine()}.",
        "",
        f"| {' | '.join(HEADINGS)} |",
        f"|{'---|' * len(HEADINGS)}",
        *(f"| {' | '.join(cells(mark))} |" for mark in found),
        "",
        f"Speed at the last mark is {100 * ratio:.0f} % of that at the first.",
    ]


def main() -> None:
    """Measure, print, and write the page if asked."""
    options = argparse.ArgumentParser(description="A ledger that grows.")
    options.add_argument("--millions", type=int, nargs="+", default=[1, 10, 50])
    options.add_argument("--folder", type=Path)
    options.add_argument("--write", type=Path)
    options.add_argument("--restart", nargs=2, metavar=("FOLDER", "ROOT"))
    chosen = options.parse_args()
    if chosen.restart:
        come_back(Path(chosen.restart[0]), chosen.restart[1])
        return
    begun = time.perf_counter()
    found = measure([_MILLION * each for each in sorted(chosen.millions)], chosen.folder)
    lines = page(found, time.perf_counter() - begun)
    print("\n".join(lines))
    if chosen.write:
        put_section(chosen.write, "A ledger that grows", lines)


if __name__ == "__main__":
    main()
