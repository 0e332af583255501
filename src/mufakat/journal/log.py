"""The journal of one node: an append-only log of entries in one file.

When `append` returns, the batch survives kill -9 and power loss; it costs one sync. `journal.layout` says what lies
in the file, `journal.recovery` what becomes of a write that was broken off, `journal.errors` what can go wrong,
and `docs/adr/0002-journal-file.md` why, with the faults that are found and those that cannot be.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Final, Self

from mufakat.journal import errors, frame, layout, recovery
from mufakat.journal.batches import Batches
from mufakat.journal.disk import Disk
from mufakat.journal.durable import settle_folder
from mufakat.journal.errors import (
    JournalDamaged,
    JournalError,
    JournalFull,
    JournalInUse,
    JournalMissing,
    JournalStopped,
    NotAJournal,
)
from mufakat.journal.frame import Batch, Entry, Row
from mufakat.journal.layout import BLOCK, EMPTY, Slot
from mufakat.journal.tip import Draft, Tip
from mufakat.model.merkle import Frontier

__all__ = (
    "Journal",
    "JournalDamaged",
    "JournalError",
    "JournalFull",
    "JournalInUse",
    "JournalMissing",
    "JournalStopped",
    "NotAJournal",
)

_SALT_BYTES: Final = 16
_MOST_AHEAD: Final = 1 << 20
"""Bytes of zeros that are written ahead: a small batch that goes over them costs less than one that makes the
file longer."""
_LARGE: Final = 256 << 10
"""Bytes from which on a batch is not worth zeros ahead of the next."""


class Journal:
    """A journal open for writing; one process at a time.

    One thread appends; others may read at the same time what was there when they began.
    """

    disk: ClassVar[type[Disk]] = Disk
    """What it writes with."""

    def __init__(self, disk: Disk, path: Path, salt: bytes, tip: Tip, slot: Slot) -> None:
        self.path: Final = path
        self._disk: Final = disk
        self._salt: Final = salt
        self._batches: Final = Batches(disk, salt)
        self._tip = tip
        self._slot = slot
        self._size = disk.size()
        self._ahead = 0
        self._hashed: tuple[Batch, list[tuple[Row, bytes]]] = (tip.batch, [])
        self._stopped = False
        self._is_closed = False

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make an empty journal; FileExistsError when something is there already."""
        salt = os.urandom(_SALT_BYTES)
        try:
            disk = cls.disk(path, new=True)
        except FileExistsError:
            raise FileExistsError(f"{path} exists already; a journal is never written over") from None
        try:
            disk.write(0, (layout.identity(salt).ljust(BLOCK, b"\0"),))
            slot = layout.packed_slot(EMPTY, salt).ljust(BLOCK, b"\0")
            disk.write(BLOCK, (slot, slot))
            disk.sync()
            settle_folder(path.parent)
            return cls(disk, path, salt, Tip(), EMPTY)
        except OSError as error:
            disk.close()
            path.unlink(missing_ok=True)
            raise errors.not_written(error, path) from error

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a journal for writing; an unfinished batch of a crashed process is cut off."""
        try:
            disk = cls.disk(path)
        except FileNotFoundError:
            raise JournalMissing(
                f"{path} is not there. Name another, or make a union with `mufakat init`."
            ) from None
        except BlockingIOError:
            raise JournalInUse(f"{path} is in use by another process; stop it or wait") from None
        except OSError as error:
            raise JournalError(f"{path}: {error.strerror}") from error
        try:
            salt = _salt(disk, path)
            return cls(disk, path, salt, *recovery.recover(disk, salt))
        except BaseException as error:
            disk.close()  # or the lock would stay as long as somebody keeps the exception
            if isinstance(error, OSError):
                raise errors.not_written(error, path) from error
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def head(self) -> Batch:
        """The last batch; one of height -1 in an empty journal."""
        return self._tip.batch

    def append(self, entries: Sequence[Row], state_root: bytes, block: int = 0) -> Batch:
        """Commit a batch of (log time, command, outcome) with the state root after it, durably.

        `block`: height of the engine's block that carries it; 0 on an embedded node.

        Raises JournalFull, or another JournalError; then nothing of the batch is acknowledged, and the
        journal refuses further use until it is opened again.
        """
        return self.extend([(entries, state_root, block)])

    def extend(self, batches: Iterable[tuple[Sequence[Row], bytes, int]]) -> Batch:
        """Commit several batches in one durable write, each as `append` takes it; returns the last."""
        self._refuse_stopped()
        draft = Draft(self._tip, self._salt, self._tip.batch.height)
        for rows, state_root, block in batches:
            draft.add(rows, self._leaves(draft.tip, rows), state_root, block)
        self._stopped = True
        try:
            self._write(draft)
        except OSError as error:
            raise errors.not_written(error, self.path) from error
        self._stopped = False
        return self._tip.batch

    def _write(self, draft: Draft) -> None:
        at, end = self._tip.end, draft.tip.end
        ahead = 0
        if end > self._size:
            ahead = self._ahead
            is_small = end - at < _LARGE
            self._ahead = min(_MOST_AHEAD, 2 * self._ahead + end - at) if is_small else 0
        if self._slot.height != self._tip.batch.height:
            self._say(self._tip.slot)
        self._size = max(self._size, self._disk.write(at, draft.parts, ahead))
        self._disk.sync()
        if draft.is_thin:
            # Only what a head slot names is told from a write that was broken off.
            self._say(draft.tip.slot)
            self._disk.sync()
        self._tip = draft.tip

    def _say(self, slot: Slot) -> None:
        recovery.write_slot(self._disk, self._salt, slot)
        self._slot = slot

    def _refuse_stopped(self) -> None:
        if self._stopped:
            raise JournalStopped("a write failed before; open the journal again")

    def sync_head(self) -> None:
        """Write down durably which batch is the last: from then on, damage to it is told from a broken write.

        The next batch does the same, and so does `close`; it is for when nothing else is to be done.
        """
        self._refuse_stopped()
        if self._slot.height == self._tip.batch.height:
            return
        self._stopped = True
        try:
            self._say(self._tip.slot)
            self._disk.sync()
        except OSError as error:
            raise errors.not_written(error, self.path) from error
        self._stopped = False

    def preview(self, entries: Sequence[Row]) -> Frontier:
        """Return the tree as it will be once (log time, command, outcome) of `entries` are appended."""
        tip = self._tip
        frontier, leaves = tip.frontier.copy(), self._leaves(tip, entries)
        for row in entries[len(leaves) :]:
            leaves.append(frame.leaf(frame.parts(frontier.size + len(leaves), row)))
        for leaf in leaves:
            frontier.append(leaf)
        self._hashed = tip.batch, list(zip(entries, leaves, strict=True))
        return frontier

    def _leaves(self, tip: Tip, rows: Sequence[Row]) -> list[bytes]:
        """Return the leaf hashes, which a preview made, of the first of these very rows after this very tip."""
        batch, hashed = self._hashed
        leaves: list[bytes] = []
        if batch is tip.batch:
            for row, (before, leaf) in zip(rows, hashed, strict=False):
                if row is not before:
                    break
                leaves.append(leaf)
        return leaves

    def entries(self, first: int = 0) -> Iterator[Entry]:
        """Give the entries from number `first` on; raises JournalDamaged where content and chain part."""
        tip = self._tip
        if first >= tip.batch.entries:
            return
        header = self._batches.of_entry(tip, first)
        link = self._batches.chain_before(header)
        for each in self._batches.following(header, tip):
            for seq, row in enumerate(self._batches.rows(each, link), start=each.batch.first):
                if seq >= first:
                    yield Entry(seq, *row)
            link = each.chain

    def batches(self, first: int = 0) -> Iterator[Batch]:
        """Give the batches from height `first` on."""
        tip = self._tip
        if first <= tip.batch.height:
            for header in self._batches.following(self._batches.of_height(tip, first), tip):
                yield header.batch

    def contents(self, batch: Batch) -> list[Row]:
        """Return the entries of a batch as `append` takes them."""
        header = self._batches.of_height(self._tip, batch.height)
        return self._batches.rows(header, self._batches.chain_before(header))

    def entry(self, seq: int) -> Entry | None:
        """Return one entry, or None when there is none of that number."""
        return next(self.entries(seq), None) if seq >= 0 else None

    def inclusion_proof(self, seq: int) -> list[bytes]:
        """Return the RFC 9162 audit path of entry `seq` in the tree of the head."""
        tip = self._tip
        if not 0 <= seq < tip.batch.entries:
            raise IndexError(f"no entry {seq} among {tip.batch.entries}")
        return self._batches.path(tip, seq)

    def close(self) -> None:
        """Close the file; safe to call twice."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            if not self._stopped:
                self.sync_head()
                if self._size > self._tip.end:
                    self._disk.cut(self._tip.end)
        except OSError as error:
            raise errors.not_written(error, self.path) from error
        finally:
            self._disk.close()


def _salt(disk: Disk, path: Path) -> bytes:
    try:
        salt = layout.salt_of(disk.read(0, BLOCK))
    except ValueError as error:
        raise JournalDamaged(None, f"{path}: {error}") from None
    if salt is None:
        raise NotAJournal(f"{path} is not a journal of this program's format")
    return salt
