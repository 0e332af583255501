"""What can go wrong with a journal.

JournalError
|- JournalMissing      no file there
|- NotAJournal         a file, but not one of these
|- JournalInUse        another process writes it
|- JournalFull         no room on the disk; the batch was not acknowledged, what was there is whole
|- JournalDamaged      the file contradicts itself at an entry
'- JournalStopped      a write failed before; what is durable is unknown until it is opened again
"""

import errno
from pathlib import Path
from typing import Final

_NO_ROOM: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))


class JournalError(Exception):
    """What can go wrong with a journal."""


class JournalMissing(JournalError):
    """There is no file."""


class NotAJournal(JournalError):
    """The file is not a journal of this format."""


class JournalInUse(JournalError):
    """Another process writes this journal."""


class JournalFull(JournalError):
    """The disk is full."""


class JournalStopped(JournalError):
    """A write failed; the journal must be opened again."""


class JournalDamaged(JournalError):
    """The file contradicts itself. `entry` is the first entry at fault, None when none can be named."""

    def __init__(self, entry: int | None, what: str) -> None:
        super().__init__(what if entry is None else f"entry {entry}: {what}")
        self.entry: Final = entry


def not_written(error: OSError, path: Path) -> JournalError:
    """Say a failed write or sync as an error of the journal."""
    if error.errno in _NO_ROOM:
        return JournalFull(f"{path}: the disk is full; nothing of this batch was acknowledged")
    return JournalError(f"{path}: {error.strerror or error}")
