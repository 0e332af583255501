"""The register of payments that settled on entry or were reserved: forty bytes each, in order of their end.

A row holds the UETR, the amount, the numbers of both accounts, the value date and the status at first, as
`kernels.posting` lays them out. A row is never written again: a status that changed later stands beside the rows.
The newest rows, a generation at most, are in memory with their index; all others are read in the room that the
register was given (`core.rooms`), and found there by `core.history`.

Sixty-four rows, each with its status as it is, are a page; the register's root is the hash of the number of rows
and of the root of the tree over its pages (`core.pages`). So a row is proved by its page and a path, and a batch
costs what its own pages cost.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from mufakat.core.history import MOST, History
from mufakat.core.pages import Pages, Taken
from mufakat.core.rooms import Memory, Rooms
from mufakat.kernels import lookup, posting
from mufakat.model.identifier import uetr_of
from mufakat.model.merkle import HASH_BYTES, leaf_hash, root_by_path
from mufakat.model.money import Amount

PAGE: Final = 64
"""Rows of a page."""
ROW_BYTES: Final = 8 * posting.ROW_WORDS
_PAGE_BYTES: Final = PAGE * ROW_BYTES
GENERATION: Final = 1 << 18
"""Rows that are in memory at most."""
REASON_AT: Final = 8
"""Bits of the status, after which the reason stands."""
_STATUS_MASK: Final = (1 << REASON_AT) - 1
_LEAST: Final = 1_024
_WRITTEN_TOGETHER: Final = 1 << 13
_DOMAIN: Final = b"\3"
_STATUS: Final = 36
"""Where in a row's bytes the status stands: four of them, the lowest first."""


class Row(msgspec.Struct, frozen=True):
    """A payment that is over. `debit` and `credit`: rows of accounts. `date`: days since 0001-01-01.

    `reason`: why it was rejected, a number of `model.refusal.Reason`; 0 when it was not.
    """

    number: int
    amount: Amount
    debit: int
    credit: int
    date: int
    status: int
    reason: int = 0


def _with_room(index: lookup.Index, count: int, more: int) -> lookup.Index:
    """Return an index of the same `count` rows that has room for so many more."""
    size = len(index.rows)
    while count + more > size:
        size *= 2
    if size == len(index.rows):
        return index
    grown = lookup.empty(size, index.rows.shape[1])
    grown.rows[:count] = index.rows[:count]
    lookup.put_all(grown, 0, count)
    return grown


class Register:
    """Rows under UETRs, with a 32-byte root over all of them.

    `rooms`: where rows go. `count`: how many the room for rows has already; raises ValueError where it has fewer.
    `changed`: the statuses that changed after a row was written, by the row's number. `generation`: the rows that
    are in memory at most; nothing else depends on it.
    """

    __slots__ = (
        "_base",
        "_changed",
        "_dirty",
        "_generation",
        "_history",
        "_index",
        "_other_count",
        "_others",
        "_pages",
        "_room",
        "_written",
        "count",
    )

    def __init__(
        self,
        rooms: Rooms | None = None,
        count: int = 0,
        changed: Sequence[tuple[int, int]] = (),
        generation: int | None = None,
    ) -> None:
        generation = GENERATION if generation is None else generation
        assert 0 < generation <= MOST, "a generation is a run"
        rooms = Memory() if rooms is None else rooms
        self._generation: Final = generation
        self._room: Final = rooms.rows(posting.ROW_WORDS, count)
        self._history: Final = History(rooms, self._room, generation)
        rows = self._room.words()
        while self._history.count + generation <= count:
            self._history.seal(rows[self._history.count :][:generation])
        self._base = self._history.count
        newest = self._history.rows[self._base :]
        self._index = _with_room(lookup.empty(_LEAST, posting.ROW_WORDS), 0, len(newest))
        self._index.rows[: len(newest)] = newest
        lookup.put_all(self._index, 0, len(newest))
        self._written = self.count = count
        self._others = lookup.empty(_LEAST, 2)
        self._other_count = 0
        self._changed: dict[int, dict[int, int]] = {}
        for number, status in changed:
            self._changed.setdefault(number // PAGE, {})[number] = status
        self._pages: Final = Pages(self._read)
        self._dirty: dict[int, None] = dict.fromkeys(range(-(-count // PAGE)))

    def __len__(self) -> int:
        return self.count

    def __contains__(self, uetr: str) -> bool:
        return self.get(uetr) is not None

    @property
    def rows(self) -> npt.NDArray[np.uint64]:
        """All rows, each with its status as it is, shape (count, 5); all of them in memory."""
        whole = b"".join(self._read(0, -(-self.count // PAGE)))
        return np.frombuffer(whole, np.uint64).reshape(-1, posting.ROW_WORDS)

    @property
    def changed(self) -> list[tuple[int, int]]:
        """The statuses that changed after a row was written, by the row's number."""
        return sorted(each for page in self._changed.values() for each in page.items())

    def get(self, uetr: str) -> Row | None:
        """Return the row of a UETR, or None."""
        words = words_of(uetr)
        if words is None:
            return None
        number = lookup.find(self._index, *words)
        number = self._history.find(*words) if number < 0 else self._base + number
        return None if number < 0 else self.at(number)

    def at(self, number: int) -> Row:
        """Return row `number`."""
        return row_of(number, bytes(self.page(number)[number % PAGE * ROW_BYTES :][:ROW_BYTES]))

    def page(self, number: int) -> bytes:
        """Return the bytes of the page on which row `number` stands."""
        (page,) = self._read(number // PAGE, number // PAGE + 1)
        return bytes(page)

    def _read(self, begin: int, end: int) -> list[bytes | memoryview]:
        """Return a copy of the pages from number `begin` to before `end`, each row with its status as it is."""
        first, last = begin * PAGE, min(end * PAGE, self.count)
        data = self._index.rows[max(first - self._base, 0) : max(last - self._base, 0)].tobytes()
        if first < self._base:
            data = self._history.rows[first : min(last, self._base)].tobytes() + data
        whole = memoryview(data)
        pages: list[bytes | memoryview] = [
            whole[at : at + _PAGE_BYTES] for at in range(0, len(data), _PAGE_BYTES)
        ]
        for page in self._changed.keys() & range(begin, end) if self._changed else ():
            patched = bytearray(pages[page - begin])
            for number, status in self._changed[page].items():
                at = number % PAGE * ROW_BYTES + _STATUS
                patched[at : at + 4] = status.to_bytes(4, "little")
            pages[page - begin] = bytes(patched)
        return pages

    def seen(self, records: npt.NDArray[np.uint64]) -> npt.NDArray[np.int8]:
        """Tell for each record, whose first two words are its UETR, whether that is on the log: 1, else 0."""
        known = self._history.has(records)
        for index, count in ((self._index, self.count - self._base), (self._others, self._other_count)):
            if count:
                lookup.find_all(index, records, known)
        return known

    def take_note(self, uetr: str) -> None:
        """Note the UETR of a payment that is on the log and not in the register."""
        words = words_of(uetr)
        assert words is not None, "what is on the log has a UETR"
        self._others = _with_room(self._others, self._other_count, 1)
        self._others.rows[self._other_count] = words
        lookup.put(self._others, self._other_count)
        self._other_count += 1

    def append(self, rows: npt.NDArray[np.uint64]) -> None:
        """Add rows, shape (n, 5), of payments that are new to the register."""
        for part in self._parts(len(rows)):
            begin, came = self.count - self._base, part.stop - part.start
            self._index.rows[begin : begin + came] = rows[part]
            lookup.put_all(self._index, begin, begin + came)
            self._came(came)

    def load(self, rows: bytes) -> None:
        """Take all rows from what `rows.tobytes()` gave, into an empty register; raises ValueError."""
        if len(rows) % ROW_BYTES:
            raise ValueError("the register is broken off")
        self.append(np.frombuffer(rows, np.uint64).reshape(-1, posting.ROW_WORDS))

    def _parts(self, count: int) -> Iterator[slice]:
        """Give slices of `count` rows that each find room in memory, once those before have come."""
        done = 0
        while done < count:
            waiting = self.count - self._base
            end = min(count, done + self._generation - waiting)
            self._index = _with_room(self._index, waiting, end - done)
            yield slice(done, end)
            done = end

    def _came(self, count: int) -> None:
        """Note that so many rows came into memory; a generation that is full leaves it."""
        first, self.count = self.count, self.count + count
        self._touch(first, self.count)
        if self.count - self._base == self._generation:
            self.write()
            self._history.seal(self._index.rows[: self._generation])
            self._base = self.count
            self._index.slots.fill(0)
        elif self.count - self._written >= _WRITTEN_TOGETHER:
            self.write()
        self._history.tend(count)

    def write(self) -> None:
        """Add the rows that are only in memory to the room, too."""
        if self._written < self.count:
            self._room.add(self._index.rows[self._written - self._base : self.count - self._base])
            self._written = self.count

    def set_status(self, number: int, status: int) -> None:
        """Change the status of row `number`."""
        self._changed.setdefault(number // PAGE, {})[number] = int(status)
        self._touch(number, number + 1)

    def _touch(self, first: int, end: int) -> None:
        if end > first:
            self._dirty.update(dict.fromkeys(range(first // PAGE, (end - 1) // PAGE + 1)))

    def root(self) -> bytes:
        """Return the commitment to all rows; only pages written since the last call are hashed anew."""
        return self.root_of(self.take())

    def take(self) -> "Rows":
        """Take the rows as they are now, so that what is new or changed can be hashed later."""
        taken = self._pages.take(self._dirty, -(-self.count // PAGE))
        self._dirty = {}
        return Rows(self.count, taken)

    def root_of(self, rows: "Rows") -> bytes:
        """Return the commitment to rows that were taken."""
        return root_by(rows.number, self._pages.root_of(rows.pages))

    def prove(self, number: int) -> tuple[bytes, ...]:
        """Return the path from the page of row `number` to the root of the tree, from the leaf upwards."""
        self.root()
        return self._pages.prove(number // PAGE)


class Rows(NamedTuple):
    """All rows of a register, so many in number, as they were when they were taken."""

    number: int
    pages: Taken


def root_by(count: int, tree: bytes) -> bytes:
    """Return a register's root from its number of rows and the root of the tree over its pages."""
    return hashlib.sha256(_DOMAIN + count.to_bytes(8, "big") + tree).digest()


def root_of_page(page: bytes, number: int, count: int, path: Sequence[bytes]) -> bytes | None:
    """Return the register's root to which the page of row `number` among `count` leads, or None."""
    if not 0 <= number < count < 2**63 or any(len(each) != HASH_BYTES for each in path):
        return None
    tree = root_by_path(leaf_hash(page), number // PAGE, -(-count // PAGE), path)
    return None if tree is None else root_by(count, tree)


def row_of(number: int, data: bytes) -> Row:
    """Read a row of forty bytes."""
    words = [int.from_bytes(data[at : at + 8], "little") for at in range(16, ROW_BYTES, 8)]
    accounts, rest = words[1], words[2]
    low = 0xFFFF_FFFF
    end = rest >> 32
    ends = end & _STATUS_MASK, end >> REASON_AT
    return Row(number, Amount(words[0]), accounts & low, accounts >> 32, rest & low, *ends)


def words_of(uetr: str) -> tuple[np.uint64, np.uint64] | None:
    """Return the two words of a UETR, or None when the text is no UUID in lower case."""
    try:
        packed = bytes.fromhex(uetr.replace("-", ""))
    except ValueError:
        return None
    if len(packed) != 16 or uetr_of(packed) != uetr:
        return None
    first, second = np.frombuffer(packed, np.uint64)
    return first, second
