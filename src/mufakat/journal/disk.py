"""One file on the disk, open for writing by one process: bytes at places, and when they are durable.

The lock is `flock`, which belongs to this opening of the file: other openings, and closing them, do not end it.
"""

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mufakat.journal.errors import JournalStopped

_MOST_PARTS: Final = 512
"""Parts of one write; the system takes 1,024."""

_LARGE: Final = 1 << 20
_FAR: Final = 1 << 62


class Disk:
    """A file that is locked and open. An OSError of any call is the system's; JournalStopped after `close`."""

    def __init__(self, path: Path, *, new: bool = False) -> None:
        """Open the file, or make it; raises BlockingIOError when another process has it."""
        flags = os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT | os.O_EXCL if new else 0)
        self._file: int | None = os.open(path, flags, 0o666)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
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

    def cut(self, length: int) -> None:
        """End the file after `length` bytes; not durable before `sync`."""
        os.ftruncate(self._open, length)

    def sync(self) -> None:
        """Make durable what was written and cut."""
        os.fdatasync(self._open)

    def close(self) -> None:
        """Unlock and close the file; safe to call twice."""
        if self._file is not None:
            file, self._file = self._file, None
            fcntl.flock(file, fcntl.LOCK_UN)  # also for a child process that has the file from this one
            os.close(file)
