"""The auditor's own reading of a journal's file: its own code, the same format.

It never writes, and recomputes chain, tree and seals from the bytes. The first thing that does not fit ends it with
an IntegrityFault that names the entry; where no entry is to blame, the first one that cannot be read.

Up to the batch that a head slot names, all must be there. After it a write can have been broken off when a process
crashed: what was never acknowledged is left out, as the node will leave it out when it opens the file.
"""

import fcntl
import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from mufakat.audit.blocks import (
    BATCH_HEAD,
    BLOCK,
    FIRST_BATCH,
    SECTOR,
    SLOT_MAGIC,
    SLOT_PLACES,
    BatchHead,
    Slot,
    batch_of,
    is_empty,
    salt_of,
    slot_of,
)
from mufakat.audit.tree import Recomputed

_CHAIN: Final = b"mufakat/chain/v2\0"
_SEAL: Final = b"mufakat/seal/v1\0"
_BUFFER: Final = 1 << 20


class IntegrityFault(Exception):
    """The file is not a whole history. `entry` is the first entry at fault, or that cannot be read."""

    def __init__(self, entry: int, what: str) -> None:
        super().__init__(f"entry {entry}: {what}")
        self.entry: Final = entry
        self.what: Final = what


class InUse(Exception):
    """A running node writes the journal at this moment; stop it, or verify a copy made while it stood."""


class ReadEntry(msgspec.Struct, frozen=True):
    """An entry as read. `at_us`: log time, UTC microseconds."""

    seq: int
    at_us: int
    command: bytes
    outcome: bytes


class ReadBatch(msgspec.Struct, frozen=True):
    """A batch as read and recomputed, with its entries."""

    height: int
    entries: tuple[ReadEntry, ...]
    tree_root: bytes
    state_root: bytes


class Reading:
    """A journal open for reading. `entries`: how many its heads name, one that was broken off maybe among them."""

    def __init__(self, file: "io.BufferedReader[io.FileIO]") -> None:
        self._file: Final = file
        self._size: Final = os.fstat(file.fileno()).st_size
        salt = salt_of(self._read(0, BLOCK, 0))
        if salt is None:
            raise IntegrityFault(
                0, "the file is not a mufakat journal of format 3, or its first block is damaged"
            )
        self._salt: Final = salt
        slots = [self._slot(place) for place in SLOT_PLACES]
        self._slots: Final = [slot for slot in slots if slot is not None]
        if not self._slots:
            raise IntegrityFault(0, "both heads of the file are damaged")
        self._named: Final = max(self._slots, key=lambda slot: slot.height)
        self.entries: Final = self._counted()

    def _read(self, place: int, length: int, entry: int) -> bytes:
        """Return the bytes at a place, fewer where the file ends; `entry` is the first one that they could hold."""
        if place >= self._size:
            return b""
        try:
            self._file.seek(place)
            return self._file.read(length)
        except OSError as error:
            raise IntegrityFault(entry, f"from here on it cannot be read: {error.strerror}") from None

    def _slot(self, place: int) -> Slot | None:
        block = self._read(place, BLOCK, 0)
        if not is_empty(block[SECTOR:]):
            raise IntegrityFault(0, "something follows a head in its block")
        return slot_of(block, self._salt)

    def _counted(self) -> int:
        """Count entries by the heads of the batches after the one that a slot names."""
        entries, place = self._named.entries, self._named.end
        while (head := batch_of(self._read(place, BATCH_HEAD, entries), self._salt)) is not None:
            if head.first != entries or not head.count:
                break
            entries, place = entries + head.count, place + head.room
        return entries

    def read(self) -> Iterator[ReadBatch]:
        """Give the batches in order, each recomputed; raises IntegrityFault at the first fault."""
        history = _History(self._slots)
        while history.height <= self._named.height or not self._is_zero(history):
            try:
                batch, history, is_followed = self._next(history)
            except IntegrityFault:
                if history.height > self._named.height and self._is_broken_off(history):
                    break
                raise
            if is_followed:
                raise IntegrityFault(
                    batch.entries[0].seq, "something follows its batch, where zeros should be"
                )
            yield batch
        for place in SLOT_PLACES:
            if not self._read(place, SECTOR, 0).startswith(SLOT_MAGIC):
                raise IntegrityFault(history.entries, "something else stands where a head of the file should")

    def _next(self, history: "_History") -> "tuple[ReadBatch, _History, bool]":
        """Return the batch after a history, the history with it, and whether anything follows it in its blocks."""
        at, place = history.entries, history.place
        first = self._read(place, BLOCK, at)
        head = batch_of(first, self._salt)
        if head is None:
            raise IntegrityFault(at, "its batch is missing, or the head of its batch is damaged")
        longer = history.checked(head)
        if place + (head.room if history.height <= self._named.height else head.claimed) > self._size:
            raise IntegrityFault(at, "the file ends within its batch")
        data = bytearray(head.room)
        data[: len(first)] = first
        self._read_into(memoryview(data)[len(first) :], place + len(first), at)
        return longer.recomputed(head, memoryview(data)), longer, not is_empty(data[head.claimed :])

    def _read_into(self, rest: memoryview, place: int, entry: int) -> None:
        try:
            self._file.seek(place)
            while rest and (count := self._file.readinto(rest)):
                rest = rest[count:]
        except OSError as error:
            raise IntegrityFault(entry, f"from here on it cannot be read: {error.strerror}") from None

    def _is_zero(self, history: "_History") -> bool:
        """Tell whether nothing but zeros follows a history."""
        place = history.place
        while piece := self._read(place, _BUFFER, history.entries):
            if not is_empty(piece):
                return False
            place += len(piece)
        return True

    def _is_broken_off(self, history: "_History") -> bool:
        """Tell whether what follows a history is the beginning of a write that never ended.

        Then a sector that it claims was never written: it is zero, or past the end of the file. And no later
        batch may say that this one had been durable.
        """
        at, place = history.entries, history.place
        first = self._read(place, SECTOR, at)
        head = batch_of(first, self._salt)
        if head is None:
            unwritten = len(first) < SECTOR or is_empty(first)
        elif (head.offset, head.first, head.seal_before) != (place, at, history.seal):
            return False
        elif place + head.claimed > self._size:
            unwritten = True
        else:
            data = self._read(place, head.claimed, at)
            unwritten = any(is_empty(data[at : at + SECTOR]) for at in range(0, head.claimed, SECTOR))
        return unwritten and not self._is_vouched_for(history)

    def _is_vouched_for(self, history: "_History") -> bool:
        """Tell whether a later batch says that the one after a history was durable, or lies in a wrong place."""
        for place in range(history.place + BLOCK, self._size, BLOCK):
            head = batch_of(self._read(place, BATCH_HEAD, history.entries), self._salt)
            if head is not None and (head.durable >= history.height or head.offset != place):
                return True
        return False


class _History:
    """What is known after some batches: `height` and `place` are those of the next one."""

    def __init__(self, slots: list[Slot]) -> None:
        self.height, self.entries, self.place, self.block = 0, 0, FIRST_BATCH, 0
        self.chain = self.seal = bytes(32)
        self._durable, self._before = -1, 0
        self._tree = Recomputed()
        self._skips: list[tuple[int, int]] = []
        self._slots = slots

    def checked(self, head: BatchHead) -> "_History":
        """Return another history for the batch of `head`, whose numbers continue this one."""
        at, lower = self.entries, head.height & (head.height - 1) if head.height else 0
        skip = next((place for height, place in reversed(self._skips) if height <= lower), 0)
        if (head.offset, head.height, head.first, head.seal_before) != (
            *(self.place, self.height, at),
            self.seal,
        ) or not head.count:
            raise IntegrityFault(at, f"batch {self.height} does not continue the one before it")
        if (head.before, head.skip) != (self._before, skip) or head.durable not in {
            self.height - 1,
            self._durable,
        }:
            raise IntegrityFault(at, f"batch {self.height} names other batches than those before it")
        if head.block < self.block or (head.block == self.block and head.block):
            raise IntegrityFault(at, f"batch {self.height} names a block that does not follow")
        longer = _History(self._slots)
        longer.height, longer.entries, longer.place = self.height + 1, at + head.count, self.place + head.room
        longer.block, longer.chain, longer.seal = head.block, self.chain, self.seal
        longer._durable, longer._before = head.durable, self.place
        longer._tree = self._tree.copy()
        longer._skips = [each for each in self._skips if each[0] <= lower] + [(self.height, self.place)]
        return longer

    def recomputed(self, head: BatchHead, data: memoryview) -> ReadBatch:
        """Recompute a batch from its bytes, and take it in."""
        begin = BATCH_HEAD + head.hashes
        stated, frames = data[BATCH_HEAD:begin], data[begin : begin + head.length]
        read: list[ReadEntry] = []
        at = place = 0
        for seq in range(head.first, head.first + head.count):
            entry, end = _entry(frames, at, seq)
            for number, found in enumerate(self._tree.add(frames[at:end])):
                if found != stated[place : place + 32]:
                    what = "subtree's hash" if number else "leaf hash"
                    raise IntegrityFault(seq, f"its {what} does not fit its content")
                if not number:
                    self.chain = hashlib.sha256(_CHAIN + self.chain + found).digest()
                place += 32
            read.append(entry)
            at = end
        last = head.first + head.count - 1
        if at != head.length or not is_empty(data[begin + at : head.claimed - 32]):
            raise IntegrityFault(last, "something follows it in its batch")
        if data[head.claimed - 32 : head.claimed] != head.check:
            raise IntegrityFault(last, "the end of its batch is damaged")
        if self.chain != head.chain:
            raise IntegrityFault(last, "the chain of its batch names another last entry")
        if self._tree.head() != head.tree_root:
            raise IntegrityFault(
                head.first, f"the Merkle tree head of batch {head.height} does not fit its entries"
            )
        self._seal(head)
        return ReadBatch(head.height, tuple(read), head.tree_root, head.state_root)

    def _seal(self, head: BatchHead) -> None:
        place = b"".join(
            number.to_bytes(8, "big") for number in (head.height, head.first, head.count, head.block)
        )
        roots = head.tree_root + head.state_root
        self.seal = hashlib.sha256(_SEAL + head.seal_before + place + head.chain + roots).digest()
        if self.seal != head.seal:
            raise IntegrityFault(head.first, f"the seal of batch {head.height} does not fit its content")
        said = Slot(head.height, self.entries, head.offset, self.place, self.chain, self.seal)
        if any(slot.height == head.height and slot != said for slot in self._slots):
            raise IntegrityFault(self.entries - 1, "a head of the file names another last batch")


def _entry(frames: memoryview, at: int, seq: int) -> tuple[ReadEntry, int]:
    """Return the entry whose bytes begin at `at`, and where they end."""
    size = int.from_bytes(frames[at + 16 : at + 24], "big")
    middle = at + 24 + size
    end = middle + 8 + int.from_bytes(frames[middle : middle + 8], "big")
    if end > len(frames) or int.from_bytes(frames[at : at + 8], "big") != seq:
        raise IntegrityFault(seq, "its number or its length cannot be right")
    at_us = int.from_bytes(frames[at + 8 : at + 16], "big", signed=True)
    return ReadEntry(seq, at_us, bytes(frames[at + 24 : middle]), bytes(frames[middle + 8 : end])), end


@contextmanager
def reading(path: Path) -> Iterator[Reading]:
    """Open the journal at `path` for audit; raises IntegrityFault for any file that is not a whole one.

    Raises InUse while a node writes it; while it is read here, no node can open it.
    """
    with io.BufferedReader(io.FileIO(path), _BUFFER) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(f"{path} is in use by a running node; stop it, or verify a copy") from None
        yield Reading(file)
