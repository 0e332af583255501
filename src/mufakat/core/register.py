"""The register of payments that settled on entry: forty bytes each, in the order in which they came.

A row holds the UETR, the amount, the numbers of both accounts, the value date and the status, as
`kernels.posting` lays them out. Sixty-four rows are a page; the register's root is the hash of the number of rows
and of the root of the tree over its pages (RFC 9162, a leaf being a page's bytes). So a row is proved by its page
and a path, and a batch costs what its own pages cost.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from mufakat.kernels import lookup, posting
from mufakat.model.identifier import uetr_of
from mufakat.model.merkle import HASH_BYTES, leaf_hash, node_hash, root_by_path
from mufakat.model.money import Amount

PAGE: Final = 64
ROW_BYTES: Final = 8 * posting.ROW_WORDS
_LEAST: Final = 1_024
_DOMAIN: Final = b"\3"
_EMPTY: Final = hashlib.sha256(b"").digest()


class Row(msgspec.Struct, frozen=True):
    """A payment that settled on entry. `debit` and `credit`: rows of accounts. `date`: days since 0001-01-01."""

    number: int
    amount: Amount
    debit: int
    credit: int
    date: int
    status: int


def _with_room(index: lookup.Index, count: int, more: int) -> lookup.Index:
    """Return an index of the same `count` rows that has room for so many more."""
    size = len(index.rows)
    while count + more > size:
        size *= 2
    if size == len(index.rows):
        return index
    grown = lookup.empty(size, index.rows.shape[1])
    grown.rows[:count] = index.rows[:count]
    lookup.put_all(grown, count)
    return grown


class Register:
    """Rows under UETRs, with a 32-byte root over all of them."""

    __slots__ = ("_dirty", "_levels", "_other_count", "_others", "count", "index")

    def __init__(self) -> None:
        self.count = 0
        self.index = lookup.empty(_LEAST, posting.ROW_WORDS)
        self._others = lookup.empty(_LEAST, 2)
        self._other_count = 0
        self._dirty: dict[int, None] = {}
        self._levels: list[list[bytes]] = [[]]

    def __len__(self) -> int:
        return self.count

    def __contains__(self, uetr: str) -> bool:
        return self.get(uetr) is not None

    @property
    def rows(self) -> npt.NDArray[np.uint64]:
        """All rows, shape (count, 5)."""
        return self.index.rows[: self.count]

    def get(self, uetr: str) -> Row | None:
        """Return the row of a UETR, or None."""
        words = words_of(uetr)
        if words is None:
            return None
        number = lookup.find(self.index, *words)
        return None if number < 0 else self.at(number)

    def at(self, number: int) -> Row:
        """Return row `number`."""
        return row_of(number, self.index.rows[number].tobytes())

    def page(self, number: int) -> bytes:
        """Return the bytes of the page on which row `number` stands."""
        first = number - number % PAGE
        return self.index.rows[first : min(first + PAGE, self.count)].tobytes()

    @property
    def known(self) -> posting.Known:
        """All UETRs on the log."""
        return posting.Known(self.index, self._others)

    def take_note(self, uetr: str) -> None:
        """Note the UETR of a payment that is on the log and not in the register."""
        words = words_of(uetr)
        assert words is not None, "what is on the log has a UETR"
        self._others = _with_room(self._others, self._other_count, 1)
        self._others.rows[self._other_count] = words
        lookup.put(self._others, self._other_count)
        self._other_count += 1

    def post(
        self,
        records: npt.NDArray[np.uint64],
        debited: npt.NDArray[np.int32],
        credited: npt.NDArray[np.int32],
        status: int,
        balances: npt.NDArray[np.int64],
    ) -> None:
        """Move the money of records that settle at once, and add a row of `status` for each."""
        self.index = _with_room(self.index, self.count, len(records))
        posting.post(records, debited, credited, int(status), balances, self.index, self.count)
        before, self.count = self.count, self.count + len(records)
        self._touch(before, self.count)

    def load(self, rows: bytes) -> None:
        """Take all rows from what `rows.tobytes()` gave, into an empty register; raises ValueError."""
        if len(rows) % ROW_BYTES:
            raise ValueError("the register is broken off")
        count = len(rows) // ROW_BYTES
        self.index = _with_room(self.index, 0, count)
        self.index.rows[:count] = np.frombuffer(rows, np.uint64).reshape(count, posting.ROW_WORDS)
        lookup.put_all(self.index, count)
        self.count = count
        self._touch(0, count)

    def set_status(self, number: int, status: int) -> None:
        """Change the status of row `number`."""
        word = int(self.index.rows[number, 4]) & 0xFFFF_FFFF
        self.index.rows[number, 4] = word | status << 32
        self._touch(number, number + 1)

    def _touch(self, first: int, end: int) -> None:
        if end > first:
            self._dirty.update(dict.fromkeys(range(first // PAGE, (end - 1) // PAGE + 1)))

    def root(self) -> bytes:
        """Return the commitment to all rows; only pages written since the last call are hashed anew."""
        self._hash()
        return root_by(self.count, self._levels[-1][0] if self._levels[-1] else _EMPTY)

    def prove(self, number: int) -> tuple[bytes, ...]:
        """Return the path from the page of row `number` to the root of the tree, from the leaf upwards."""
        self._hash()
        place, path = number // PAGE, []
        for level in self._levels[:-1]:
            beside = place ^ 1
            if beside < len(level):
                path.append(level[beside])
            place >>= 1
        return tuple(path)

    def _hash(self) -> None:
        """Hash the pages that changed, and the nodes above them. A node without a right half is its left half."""
        pages, changed = self._levels[0], sorted(self._dirty)
        self._dirty.clear()
        for each in changed:
            leaf = leaf_hash(self.page(each * PAGE))
            if each < len(pages):
                pages[each] = leaf
            else:
                pages.append(leaf)
        height = 0
        while len(self._levels[height]) > 1:
            below = self._levels[height]
            height += 1
            if height == len(self._levels):
                self._levels.append([])
            level = self._levels[height]
            changed = sorted({each >> 1 for each in changed})
            for each in changed:
                pair = below[2 * each : 2 * each + 2]
                node = node_hash(*pair) if len(pair) == 2 else pair[0]
                if each < len(level):
                    level[each] = node
                else:
                    level.append(node)


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
    return Row(number, Amount(words[0]), accounts & low, accounts >> 32, rest & low, rest >> 32)


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
