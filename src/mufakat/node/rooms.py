"""Rooms of a register in files: settled rows in one that stays, what follows from them in some without a name.

Both are written at their end and read as mapped memory, which the system takes back when it needs it. A file is
never written where it was read before; whoever shortens it from outside while a node runs ends that node.
"""

import mmap
import os
import tempfile
import weakref
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from mufakat.core.rooms import Room, Words
from mufakat.journal.durable import settle_folder

_AT_ONCE: Final = 1 << 18
"""Bytes of one write. For longer ones the system looks for long stretches of memory, which takes far longer."""
_NAMELESS: Final = "scratch-"
"""How a file begins that has its name for a moment only."""


class FileRoom:
    """A room in an open file, which is closed with its last user; an OSError names `path`."""

    def __init__(self, descriptor: int, path: Path, shape: tuple[int, ...], count: int) -> None:
        self._file: Final = descriptor
        weakref.finalize(self, os.close, descriptor)
        self._path: Final = path
        self._shape: Final = shape
        self._bytes = 8 * count * (shape[0] if shape else 1)

    def add(self, rows: Words) -> None:
        """Add a copy of rows at the end; after an OSError, none of them."""
        left = np.ascontiguousarray(rows).reshape(-1).view(np.uint8).data
        end = self._bytes
        try:
            while left:
                written = os.pwrite(self._file, left[:_AT_ONCE], end)
                left, end = left[written:], end + written
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self._path)) from error
        self._bytes = end

    def words(self) -> Words:
        """Return all that was added, read-only."""
        if not self._bytes:
            return np.frombuffer(b"", np.uint64).reshape(0, *self._shape)
        mapped = mmap.mmap(self._file, self._bytes, prot=mmap.PROT_READ)
        words: npt.NDArray[np.uint64] = np.frombuffer(mapped, np.uint64).reshape(-1, *self._shape)
        return words

    def sync(self) -> None:
        """Make all that was added before durable."""
        try:
            os.fsync(self._file)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self._path)) from error


class FolderRooms:
    """Rooms in a folder: the rows in its file `rows`."""

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder
        self._rows: FileRoom | None = None

    def rows(self, width: int, count: int) -> Room:
        """Return the room of settled rows, with its first `count` rows and nothing after them.

        Raises ValueError where the file has fewer.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        for left in self._folder.glob(f"{_NAMELESS}*"):
            left.unlink()
        path = self._folder / "rows"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        room = FileRoom(descriptor, path, (width,), count)
        if os.fstat(descriptor).st_size < 8 * width * count:
            raise ValueError(f"{path} has fewer than {count} rows")
        os.ftruncate(descriptor, 8 * width * count)
        self._rows = room
        return room

    def scratch(self) -> Room:
        """Return an empty room for single words, whose file is gone when nobody reads it any more."""
        descriptor, name = tempfile.mkstemp(prefix=_NAMELESS, dir=self._folder)
        Path(name).unlink()
        return FileRoom(descriptor, self._folder, (), 0)

    def sync(self) -> None:
        """Make the rows that were added before durable."""
        if self._rows is not None:
            self._rows.sync()
            settle_folder(self._folder)
