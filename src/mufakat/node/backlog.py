"""What was published and is not yet folded into the views: in order, the first of it in memory, the rest in files.

The files have no name: they are gone with the process. Nothing is lost with them, since views are folded from the
journal when a node opens again. Commands are not written a second time: who takes an entry finds its command in the
journal, and the payments that settled in the command that submitted them.
"""

import os
import tempfile
from collections import deque
from pathlib import Path
from typing import IO, Final, NamedTuple

import msgspec

from mufakat.model.event import AnyEvent, PaymentsSettled, RecordsPosted
from mufakat.model.record import RECORD_BYTES
from mufakat.projections.rows import Entry

Published = tuple[Entry, tuple[AnyEvent, ...]]

MEMORY_BYTES: Final = 64 << 20
"""Of what waits in memory: of a command and its events, about the bytes."""
_FILE_BYTES: Final = 256 << 20
"""A file takes no more when it is so long; it is given back when all of it is read."""
_EVENT_BYTES: Final = 500
_LENGTH_BYTES: Final = 8


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """An entry without its command, and its events. `within`: which are records, and where in the command."""

    number: int
    at_us: int
    events: tuple[AnyEvent, ...]
    within: tuple[tuple[int, int, int], ...]


_READ: Final = msgspec.msgpack.Decoder(Kept)


def payments_of(published: Published) -> int:
    """Count what there is to fold: payments that settled on entry, and other events."""
    return sum(
        len(event.records) // RECORD_BYTES if isinstance(event, PaymentsSettled | RecordsPosted) else 1
        for event in published[1]
    )


def keep(published: Published) -> bytes:
    """Encode an entry, without its command, and its events."""
    entry, events = published
    within: list[tuple[int, int, int]] = []
    short: list[AnyEvent] = []
    for number, event in enumerate(events):
        if isinstance(event, PaymentsSettled) and (at := _place(event.records, entry.command)) >= 0:
            within.append((number, at, len(event.records)))
            short.append(PaymentsSettled(b""))
        else:
            short.append(event)
    return msgspec.msgpack.encode(Kept(entry.number, entry.at_us, tuple(short), tuple(within)))


def _place(records: bytes, command: bytes) -> int:
    """Return where in a command records stand, or -1; the first of them tells, since none stands there twice."""
    at = command.find(records[:RECORD_BYTES])
    return at if command.startswith(records, at if at >= 0 else len(command)) else -1


def whole(kept: Kept, command: bytes) -> Published:
    """Return an entry that was kept, with its command."""
    events = list(kept.events)
    for number, at, length in kept.within:
        events[number] = PaymentsSettled(command[at : at + length])
    return Entry(kept.number, kept.at_us, command), tuple(events)


class _File:
    """A file that is written at its end and read from its beginning."""

    def __init__(self, folder: Path) -> None:
        self._file: Final[IO[bytes]] = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - see close
        self.written = 0
        self._read = 0

    def put(self, data: bytes) -> None:
        whole = len(data).to_bytes(_LENGTH_BYTES, "little") + data
        while whole:
            count = os.pwrite(self._file.fileno(), whole, self.written)
            self.written, whole = self.written + count, whole[count:]

    def take(self) -> bytes:
        length = int.from_bytes(self._get(_LENGTH_BYTES), "little")
        return self._get(length)

    def _get(self, length: int) -> bytes:
        parts = []
        while length:
            part = os.pread(self._file.fileno(), length, self._read)
            assert part, "what was written can be read"
            parts.append(part)
            self._read, length = self._read + len(part), length - len(part)
        return b"".join(parts)

    @property
    def is_read(self) -> bool:
        return self._read == self.written

    def close(self) -> None:
        self._file.close()


class _Spilled(NamedTuple):
    """An entry in a file: how much of it there is to fold, and its log time."""

    payments: int
    at_us: int


class Backlog:
    """Entries with their events that wait, first in, first out. Who owns it lets in one thread at a time.

    `payments`: how many payments and other events wait. `spilled`: entries of them that are in files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder
        self._memory: Final[deque[tuple[Published, int]]] = deque()
        self._bytes = 0
        self._files: Final[deque[_File]] = deque()
        self._spilled: Final[deque[_Spilled]] = deque()
        self.payments = 0

    def __len__(self) -> int:
        return len(self._memory) + self.spilled

    @property
    def spilled(self) -> int:
        """How many entries are in files."""
        return len(self._spilled)

    @property
    def first_us(self) -> int:
        """Log time of the first entry that waits; 0 for none."""
        if self._memory:
            return self._memory[0][0][0].at_us
        return self._spilled[0].at_us if self._spilled else 0

    def put(self, published: Published) -> None:
        """Let an entry wait; raises OSError when it could not be written."""
        count = payments_of(published)
        size = len(published[0].command) + RECORD_BYTES * count + _EVENT_BYTES
        if self._files or self._bytes + size > MEMORY_BYTES:
            if not self._files or self._files[-1].written > _FILE_BYTES:
                self._files.append(_File(self._folder))
            self._files[-1].put(keep(published))
            self._spilled.append(_Spilled(count, published[0].at_us))
        else:
            self._memory.append((published, size))
            self._bytes += size
        self.payments += count

    def take(self) -> Published | Kept | None:
        """Take the first entry, or None when none waits; one that was in a file is without its command."""
        if self._memory:
            published, size = self._memory.popleft()
            self._bytes -= size
            self.payments -= payments_of(published)
            return published
        if not self._spilled:
            return None
        self.payments -= self._spilled.popleft().payments
        file = self._files[0]
        kept = _READ.decode(file.take())
        if file.is_read:
            self._files.popleft().close()
        return kept

    def close(self) -> None:
        """Forget what waits."""
        while self._files:
            self._files.popleft().close()
        self._memory.clear()
        self._spilled.clear()
        self._bytes = self.payments = 0
