"""Where the register keeps what is settled: words that are added at the end, and read as one array.

The rules do no input or output. Whoever runs them may give rooms that lie in files; in memory the same things
happen.
"""

from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]

_LEAST: Final = 1_024


class Room(Protocol):
    """Words, so many a row, that are never changed."""

    def add(self, rows: Words) -> None:
        """Add a copy of rows at the end."""

    def words(self) -> Words:
        """Return all that was added, one row a word or shape (rows, width), read-only."""


class Rooms(Protocol):
    """What gives rooms to a register."""

    def rows(self, width: int, count: int) -> Room:
        """Return the room of settled rows, with its first `count` rows and nothing after them.

        Raises ValueError where it has fewer.
        """

    def scratch(self) -> Room:
        """Return an empty room for single words, which is gone with its last reader."""


class MemoryRoom:
    """A room in memory."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._words: Words = np.empty((_LEAST, *shape), np.uint64)
        self._count = 0

    def add(self, rows: Words) -> None:
        """Add a copy of rows at the end."""
        end = self._count + len(rows)
        if end > len(self._words):
            grown = np.empty((max(end, 2 * len(self._words)), *self._words.shape[1:]), np.uint64)
            grown[: self._count] = self._words[: self._count]
            self._words = grown
        self._words[self._count : end] = rows
        self._count = end

    def words(self) -> Words:
        """Return all that was added, read-only."""
        words = self._words[: self._count]
        words.flags.writeable = False
        return words


class Memory:
    """Rooms in memory, none of which has anything yet."""

    def rows(self, width: int, count: int) -> Room:
        """Return an empty room; raises ValueError where `count` rows should be in it."""
        if count:
            raise ValueError("the register's rows are not there")
        return MemoryRoom((width,))

    def scratch(self) -> Room:
        """Return an empty room for single words."""
        return MemoryRoom(())
