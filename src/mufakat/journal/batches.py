"""Finding batches, entries and tree hashes in a journal's file, without a list of them in memory.

The last batch leads back to any other: each names the one before it, and one far before it, so that a batch is
found among n in the square of log n steps at most. What steps read is kept for the next search.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

from mufakat.journal import frame, layout
from mufakat.journal.disk import Disk
from mufakat.journal.errors import JournalDamaged
from mufakat.journal.frame import ZERO, Batch, Row
from mufakat.journal.layout import HASH_BYTES, HEADER_BYTES, START, Header
from mufakat.journal.tip import Tip
from mufakat.model.merkle import Frontier, folded, is_included

_KEPT: Final = 4_096
"""Headers kept in memory, about half a kilobyte each."""


class Batches:
    """The batches of one file, up to a tip."""

    def __init__(self, disk: Disk, salt: bytes) -> None:
        self._disk: Final = disk
        self._salt: Final = salt
        self._kept: Final = lru_cache(_KEPT)(self._header)

    def header(self, offset: int, entry: int) -> Header:
        """Return the header at `offset`; raises JournalDamaged, naming `entry`, when none is there."""
        try:
            header = self._kept(offset)
        except OSError as error:
            raise JournalDamaged(entry, f"its batch cannot be read: {error.strerror}") from error
        if header is None or header.offset != offset:
            raise JournalDamaged(entry, "the header of its batch is damaged")
        return header

    def _header(self, offset: int) -> Header | None:
        return layout.header_of(self._disk.read(offset, HEADER_BYTES), self._salt)

    def of_height(self, tip: Tip, height: int) -> Header:
        """Return the header of a batch that is there."""
        return self._search(tip, lambda batch: batch.height - height)

    def of_entry(self, tip: Tip, seq: int) -> Header:
        """Return the header of the batch of an entry that is there."""
        return self._search(tip, lambda batch: 0 if batch.first <= seq < batch.entries else batch.first - seq)

    def _search(self, tip: Tip, distance: Callable[[Batch], int]) -> Header:
        """Return the batch whose distance is 0; that of one before it is negative."""
        try:
            found = self.header(tip.offset, tip.batch.first)
            while distance(found.batch):
                entry = found.batch.first - 1
                far = self.header(found.skip, entry)
                found = far if distance(far.batch) >= 0 else self.header(found.before, entry)
        except JournalDamaged:
            # Go through all from the first one on: up to the one that is looked for, or to the damage.
            return next(each for each in self.all(tip) if distance(each.batch) == 0)
        return found

    def all(self, tip: Tip) -> Iterator[Header]:
        """Give the headers of all batches, each checked to follow on the one before."""
        return self.following(self.header(START, 0), tip)

    def following(self, first: Header, tip: Tip) -> Iterator[Header]:
        """Give the headers from one on to the tip's, each checked to follow on the one before."""
        header = first
        while True:
            yield header
            if header.offset == tip.offset:
                break
            before, header = header, self.header(header.end, header.batch.entries)
            if header.before != before.offset or header.sealed != before.batch.seal:
                raise JournalDamaged(before.batch.entries, "its batch does not follow on the one before")
        if header.batch != tip.batch:
            raise JournalDamaged(header.batch.first, "its batch is not the one that was written")

    def chain_before(self, header: Header) -> bytes:
        """Return the chain before the first entry of a batch."""
        if header.batch.height == 0:
            return ZERO
        return self.header(header.before, header.batch.first - 1).chain

    def rows(self, header: Header, link: bytes) -> list[Row]:
        """Return the entries of a batch; `link` is the chain before them.

        Raises JournalDamaged where content and chain part.
        """
        batch = header.batch
        try:
            data = self._disk.read(header.offset + HEADER_BYTES, header.claimed - HEADER_BYTES)
        except OSError as error:
            raise JournalDamaged(batch.first, f"its batch cannot be read: {error.strerror}") from error
        return rows_of(data, header, link)

    def hash(self, tip: Tip, level: int, number: int) -> bytes:
        """Return the root of the complete subtree `number` of 2**level leaves."""
        entry, place = layout.hash_place(level, number)
        header = self.of_entry(tip, entry)
        within = place - layout.hashes_through(header.batch.first)
        try:
            found = self._disk.read(header.offset + HEADER_BYTES + HASH_BYTES * within, HASH_BYTES)
        except OSError as error:
            raise JournalDamaged(entry, f"its tree hash cannot be read: {error.strerror}") from error
        if len(found) < HASH_BYTES:
            raise JournalDamaged(entry, "its tree hash is missing")
        return found

    def frontier(self, tip: Tip) -> Frontier:
        """Return the right edge of the tree at a tip, from the hashes on the disk."""
        size, roots, at = tip.batch.entries, [], 0
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                roots.append(self.hash(tip, level, at >> level))
                at += 1 << level
        return Frontier(size, roots)

    def path(self, tip: Tip, seq: int) -> list[bytes]:
        """Return the audit path of an entry in the tree at a tip, from the leaf upwards (RFC 9162, 2.1.3.1).

        Raises JournalDamaged when it does not lead to the tree's root.
        """
        size, roots, at = tip.frontier.size, list(tip.frontier.roots), 0
        place, level = 0, size.bit_length() - 1
        while True:  # find the complete subtree on the right edge that holds the entry
            if size >> level & 1:
                if seq < at + (1 << level):
                    break
                place, at = place + 1, at + (1 << level)
            level -= 1
        path = [self.hash(tip, each, (seq >> each) ^ 1) for each in range(level)]
        if roots[place + 1 :]:
            path.append(folded(roots[place + 1 :]))
        path += roots[:place][::-1]
        if not is_included(self.hash(tip, 0, seq), seq, size, path, tip.batch.tree_root):
            raise JournalDamaged(seq, "its tree hashes do not lead to the root of the tree")
        return path


def rows_of(data: bytes, header: Header, link: bytes) -> list[Row]:
    """Take apart what follows a header in the sectors of its batch; `link` is the chain before.

    Raises JournalDamaged where content and chain part.
    """
    batch, rows, seq = header.batch, [], header.batch.first
    begin, before = HASH_BYTES * header.hashes, layout.hashes_through(batch.first)
    frames = memoryview(data)[begin : begin + header.length]
    try:
        for row, leaf in frame.entries_of(frames, batch.first, batch.count):
            at = HASH_BYTES * (layout.hashes_through(seq) - before)
            if leaf != data[at : at + HASH_BYTES]:
                raise JournalDamaged(seq, "its leaf hash does not fit its content")
            link = frame.chain(link, leaf)
            rows.append(row)
            seq += 1
    except ValueError as error:
        raise JournalDamaged(min(seq, batch.entries - 1), f"it cannot be read: {error}") from None
    if link != header.chain:
        raise JournalDamaged(batch.entries - 1, "the chain of its batch names another last entry")
    return rows
