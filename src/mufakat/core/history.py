"""The settled rows that are no longer in memory, and how a UETR is found among them.

Rows come a generation at a time. Each becomes a sorted run of a few bytes a row (`kernels.history`), which lies
beside the rows; sixteen runs of one size become one of the next. A filter in memory answers almost every question
for a UETR that is not there. Runs and filter follow from the rows, and are made anew with them.

Merging runs and making a larger filter goes on a little with each generation's rows that come in, so that nobody
waits for it. What is found never depends on how far that is.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from mufakat.core.rooms import Room, Rooms, Words
from mufakat.kernels import history, lookup

MOST: Final = 1 << history.ROW_BITS
"""Rows of a run at most."""
_TOGETHER: Final = 16
_PACE: Final = 4
"""Words that are merged or entered anew for each row that comes in, while there is such work."""
_PORTION: Final = 1 << 15
"""Words that are handled at a time."""


class _Run(NamedTuple):
    """Rows from number `first` on, as a run; `size` counts how often sixteen became one."""

    first: int
    words: Words
    size: int


class History:
    """Rows in a room, from number 0 on, with what is needed to find them."""

    __slots__ = (
        "_blocks",
        "_capacity",
        "_key",
        "_owed",
        "_room",
        "_rooms",
        "_runs",
        "_work",
        "count",
        "rows",
    )

    def __init__(self, rooms: Rooms, room: Room, generation: int) -> None:
        self.count = 0
        self.rows = room.words()
        self._rooms: Final = rooms
        self._room: Final = room
        self._key: Final = lookup.key()
        self._capacity = 4 * generation
        while 5 * len(self.rows) > 4 * self._capacity:
            self._capacity *= 2
        self._blocks = history.filter_for(0)
        self._runs: list[_Run] = []
        self._work: Iterator[int] = iter(())
        self._owed = 0

    def seal(self, rows: Words) -> None:
        """Index the next rows of the room; these are they."""
        if not self.count:
            self._blocks = history.filter_for(self._capacity)
        self.rows = self._room.words()
        words = np.empty(len(rows), np.uint64)
        history.enter(_read_only(rows), self._key, words)
        words.sort()
        words = _read_only(words)
        run = self._rooms.scratch()
        run.add(words)
        self._runs.append(_Run(self.count, run.words(), 0))
        history.fill(self._blocks, words)
        self.count += len(rows)

    def tend(self, rows: int) -> None:
        """Go on with merging and with the larger filter, as much as befits so many rows that came in."""
        if not self.count:
            return
        self._owed += _PACE * rows
        while self._owed > 0:
            done = next(self._work, None)
            if done is not None:
                self._owed -= done
            elif (work := self._due()) is not None:
                self._work = work
            else:
                self._owed = 0

    def has(self, records: Words) -> npt.NDArray[np.int8]:
        """Tell for each record, which begins with its UETR, whether a row has it: 1, else 0."""
        known = np.zeros(len(records), np.int8)
        if self.count:
            asked, found = self._sought(records, known)
            known[asked] = found >= 0
        return known

    def find(self, first: np.uint64, second: np.uint64) -> int:
        """Return the number of the row of a UETR, or -1."""
        if not self.count:
            return -1
        record = np.array([[first, second]], np.uint64)
        record.flags.writeable = False
        _, found = self._sought(record, np.zeros(1, np.int8))
        return int(found[0]) if len(found) else -1

    def _sought(
        self, records: Words, maybe: npt.NDArray[np.int8]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the numbers of the records that the filter may have, and the row of each, or -1."""
        hashes = np.empty(len(records), np.uint64)
        history.sift(records, self._key, self._blocks, hashes, maybe)
        asked = np.flatnonzero(maybe)
        found = np.full(len(asked), -1, np.int64)
        for run in self._runs if len(asked) else ():
            history.search(run.words, run.first, self.rows, records, hashes, asked, found)
        return asked, found

    def _due(self) -> Iterator[int] | None:
        """Return the work that is to be done next, if there is any."""
        if 5 * self.count > 4 * self._capacity:
            return self._widened()
        sizes = [run.size for run in self._runs]
        for at in range(len(sizes) - _TOGETHER + 1):
            together = self._runs[at : at + _TOGETHER]
            if sizes[at] == sizes[at + _TOGETHER - 1] and sum(len(run.words) for run in together) <= MOST:
                return self._merged(at, together)
        return None

    def _widened(self) -> Iterator[int]:
        """Make a filter for twice as many rows; gives how many words were entered at a time."""
        blocks, at = history.filter_for(2 * self._capacity), 0
        while at < len(self._runs):
            run = self._runs[at].words
            for begin in range(0, len(run), _PORTION):
                history.fill(blocks, run[begin : begin + _PORTION])
                yield min(_PORTION, len(run) - begin)
            at += 1
        self._blocks, self._capacity = blocks, 2 * self._capacity

    def _merged(self, at: int, runs: list[_Run]) -> Iterator[int]:
        """Make one run of those from number `at` on; gives how many words were sorted at a time."""
        room, total = self._rooms.scratch(), sum(len(run.words) for run in runs)
        slices = max(1, total // _PORTION)
        before = [0] * len(runs)
        for number in range(1, slices + 1):
            ends = [len(run.words) for run in runs]
            if number < slices:
                bound = np.uint64((number << 64) // slices)
                ends = [int(np.searchsorted(run.words, bound)) for run in runs]
            words = np.concatenate(
                [
                    run.words[begin:end] + np.uint64(run.first - runs[0].first)
                    for run, begin, end in zip(runs, before, ends, strict=True)
                ]
            )
            words.sort()
            room.add(words)
            before = ends
            yield len(words)
        self._runs[at : at + len(runs)] = [_Run(runs[0].first, room.words(), runs[0].size + 1)]


def _read_only(words: Words) -> Words:
    """Return the same words as the kernels take them."""
    view = words.view()
    view.flags.writeable = False
    return view
