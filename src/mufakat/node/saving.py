"""What a node saves of its state, so that opening it need not replay everything: the folder `state` of its home.

`rows` has the register's rows, which are only added to; a snapshot (`journal.snapshot`) all else, and how many rows
there were. So a snapshot costs what came since the last one, and what is not settled. It is written behind the
node's back: rows first, then the snapshot, and only then older ones go. All of it is a cache. A snapshot is taken
only when the root of its state is the one that the journal has; if none is, the journal is replayed from genesis.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import msgspec

from mufakat.core.dump import dump_beside_rows, load
from mufakat.core.register import Register
from mufakat.core.state import State
from mufakat.journal import snapshot
from mufakat.journal.log import Journal
from mufakat.journal.snapshot import Snapshot
from mufakat.node.rooms import FolderRooms

PAYMENTS: Final = 1 << 20
"""Payments after which a snapshot is taken while the node runs."""
_ENTRY_WEIGHT: Final = 16
"""How many payments of a batch take as long to replay as another command."""


class Saving:
    """The folder of what is saved."""

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder
        self._rooms: Final = FolderRooms(folder)
        self._writer: Final = ThreadPoolExecutor(1, "snapshot")
        self._writing: Future[None] | None = None
        self._entries = 0
        self._arrivals = 0

    def found(self, state: State) -> None:
        """Begin with the state of a genesis: its register goes into this folder, in place of what was there."""
        state.register = Register(self._rooms)

    def newest(self, journal: Journal, most: int) -> tuple[State, int] | None:
        """Load the newest state after `most` entries at most; with it, the entries before it.

        None when none is whole and the one that the journal has: replay must start at genesis.
        """
        for saved in snapshot.saved(self._folder):
            batch = next(journal.batches(saved.height), None)
            if batch is None or batch.entries != saved.entries or saved.entries > most:
                continue
            try:
                state = load(saved.state, self._rooms)
            except (msgspec.MsgspecError, ValueError, OSError):
                continue  # the state of another version of the program, or rows that are not there
            if state.root() == batch.state_root:
                self._entries, self._arrivals = saved.entries, state.arrivals
                return state, saved.entries
        return None

    def is_due(self, state: State, entries: int) -> bool:
        """Tell whether so much came in since the last snapshot that it is time for another one.

        Time is not spent more often than records are: what is not settled is written each time.
        """
        came = state.arrivals - self._arrivals + _ENTRY_WEIGHT * (entries - self._entries)
        return came >= PAYMENTS and came >= sum(len(table) for _, _, table in state.tables())

    def take(self, state: State, height: int, entries: int) -> Snapshot:
        """Return a snapshot of the state after a batch; an OSError names the file of rows."""
        taken = Snapshot(height, entries, dump_beside_rows(state))
        self._entries, self._arrivals = entries, state.arrivals
        return taken

    def write(self, taken: Snapshot, reached: int) -> None:
        """Write a snapshot whose batch is durable, behind the caller's back; older ones go once it is there.

        `reached`: how many entries the views have; the newest snapshot before that stays.
        """
        self._writing = self._writer.submit(self._write, taken, reached)

    def _write(self, taken: Snapshot, reached: int) -> None:
        self._rooms.sync()
        snapshot.save(self._folder, taken, reached)

    def settle(self) -> None:
        """Wait until the last snapshot is written; an OSError names the file that could not be."""
        if self._writing is not None:
            writing, self._writing = self._writing, None
            writing.result()

    def close(self) -> None:
        """Wait for what is being written, and tell whether it was, as `settle`."""
        self._writer.shutdown()
        self.settle()
