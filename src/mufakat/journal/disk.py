"""One file on the disk, open for writing by one process: bytes at places, and when they are durable.

The lock is `flock`, which belongs to this opening of the file: other openings, and closing them, do not end it.
What is long and begins and ends with a block goes to the disk past the system's cache, where the file system takes
that (`O_DIRECT`): nobody reads it soon, and memory for it costs more than the disk.
"""

import contextlib
import fcntl
import mmap
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from mufakat.journal.errors import JournalStopped

_MOST_PARTS: Final = 512
"""Parts of one write; the system takes 1,024."""

_LARGE: Final = 1 << 20
_FAR: Final = 1 << 62
_SECTOR: Final = 4096
"""What begins and length of a write past the cache are multiples of."""
_DIRECT: Final = 1 << 18
"""Bytes from which on a write goes past the cache."""
_AT_ONCE: Final = 1 << 22
"""Bytes of memory in which such a write is laid out."""


class Disk:
    """A file that is locked and open. An OSError of any call is the system's; JournalStopped after `close`."""

    def __init__(self, path: Path, *, new: bool = False) -> None:
        """Open the file, or make it; raises BlockingIOError when another process has it."""
        flags = os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT | os.O_EXCL if new else 0)
        self._file: int | None = os.open(path, flags, 0o666)
        self._direct: int | None = None
        self._laid_out: mmap.mmap | None = None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with contextlib.suppress(OSError):  # not every file system goes past its cache
                self._direct = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_DIRECT)
        except BaseException:
            self.close()
            raise

    @property
    def _open(self) -> int:
        if self._file is None:
            raise JournalStopped("the journal is closed; open it again")
        return self._file

    def size(self) -> int:
        """Return the file's length in bytes."""
        return os.fstat(self._open).st_size

    def read(self, at: int, length: int) -> bytes:
        """Return `length` bytes from `at` on, fewer where the file ends."""
        if length > _LARGE or at > _FAR:  # what a damaged file says must not fill the memory
            length = max(0, min(length, self.size() - at))
            at = min(at, _FAR)
        found = os.pread(self._open, length, at)
        while len(found) < length and (more := os.pread(self._open, length - len(found), at + len(found))):
            found += more
        return found

    def write(self, at: int, parts: Sequence[bytes], ahead: int = 0) -> int:
        """Write parts end to end from `at` on, and `ahead` zeros after them, as many as there is room for.

        Returns where it stopped. Not durable before `sync`.
        """
        total = sum(map(len, parts))
        if self._direct is not None and total >= _DIRECT and not (total % _SECTOR or at % _SECTOR or ahead):
            at, parts = self._past_cache(self._direct, at, parts)
        for first in range(0, len(parts), _MOST_PARTS):
            some = parts[first : first + _MOST_PARTS]
            length = sum(map(len, some))
            is_last = first + _MOST_PARTS >= len(parts)
            done = os.pwritev(self._open, [*some, bytes(ahead)] if is_last else some, at)
            if done < length:
                whole = memoryview(b"".join(some))
                while done < length:
                    done += os.pwrite(self._open, whole[done:], at + done)
            at += done
        return at

    def _past_cache(self, file: int, at: int, parts: Sequence[bytes]) -> tuple[int, Sequence[bytes]]:
        """Write parts past the cache; return where it stopped, and what is left to write in another way."""
        if self._laid_out is None:
            self._laid_out = mmap.mmap(-1, _AT_ONCE)
        room = np.frombuffer(self._laid_out, np.uint8)
        filled = 0
        for number, part in enumerate(parts):
            data = np.frombuffer(part, np.uint8)
            while len(data):
                some = data[: _AT_ONCE - filled]
                np.copyto(room[filled : filled + len(some)], some)  # other threads go on meanwhile
                filled, data = filled + len(some), data[len(some) :]
                if filled < _AT_ONCE and (len(data) or number + 1 < len(parts)):
                    continue
                done = os.pwritev(file, [memoryview(self._laid_out)[:filled]], at)
                at += done
                if done < filled:
                    return at, [self._laid_out[done:filled], data.tobytes(), *parts[number + 1 :]]
                filled = 0
        return at, ()

    def cut(self, length: int) -> None:
        """End the file after `length` bytes; not durable before `sync`."""
        os.ftruncate(self._open, length)

    def sync(self) -> None:
        """Make durable what was written and cut."""
        os.fdatasync(self._open)

    def close(self) -> None:
        """Unlock and close the file; safe to call twice."""
        if self._direct is not None:
            direct, self._direct = self._direct, None
            os.close(direct)
        if self._file is not None:
            file, self._file = self._file, None
            fcntl.flock(file, fcntl.LOCK_UN)  # also for a child process that has the file from this one
            os.close(file)
