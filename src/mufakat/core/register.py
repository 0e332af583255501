"""The register of payments that settled on entry or after a reservation: forty bytes each, in that order.

A row holds the UETR, the amount, the numbers of both accounts, the value date and the status, as
`kernels.posting` lays them out; `core.pages` commits to them.
"""

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from mufakat.core.pages import PAGE, Pages
from mufakat.kernels import lookup, posting
from mufakat.model.identifier import uetr_of
from mufakat.model.money import Amount

ROW_BYTES: Final = 8 * posting.ROW_WORDS
_LEAST: Final = 1_024


class Row(msgspec.Struct, frozen=True):
    """A payment that is over. `debit` and `credit`: rows of accounts. `date`: days since 0001-01-01."""

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
    lookup.put_from(grown, 0, count)
    return grown


class Register:
    """Rows under UETRs, with a 32-byte root over all of them."""

    __slots__ = ("_other_count", "_others", "_pages", "count", "index")

    def __init__(self) -> None:
        self.count = 0
        self.index = lookup.empty(_LEAST, posting.ROW_WORDS)
        self._others = lookup.empty(_LEAST, 2)
        self._other_count = 0
        self._pages = Pages(lambda number: self.page(number * PAGE))

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

    def seen(self, records: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
        """Return for each record, whose first two words are its UETR, 1 if that is on the log, and 0 if not."""
        known = np.zeros(len(records), np.uint8)
        for index, count in ((self.index, self.count), (self._others, self._other_count)):
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
        before, end = self.count, self.count + len(rows)
        self.index = _with_room(self.index, before, len(rows))
        self.index.rows[before:end] = rows
        lookup.put_from(self.index, before, end)
        self.count = end
        self._touch(before, end)

    def load(self, rows: bytes) -> None:
        """Take all rows from what `rows.tobytes()` gave, into an empty register; raises ValueError."""
        if len(rows) % ROW_BYTES:
            raise ValueError("the register is broken off")
        count = len(rows) // ROW_BYTES
        self.index = _with_room(self.index, 0, count)
        self.index.rows[:count] = np.frombuffer(rows, np.uint64).reshape(count, posting.ROW_WORDS)
        lookup.put_from(self.index, 0, count)
        self.count = count
        self._touch(0, count)

    def _touch(self, first: int, end: int) -> None:
        if end > first:
            self._pages.touch(range(first // PAGE, (end - 1) // PAGE + 1))

    def set_status(self, number: int, status: int) -> None:
        """Change the status of row `number`."""
        word = int(self.index.rows[number, 4]) & 0xFFFF_FFFF
        self.index.rows[number, 4] = word | status << 32
        self._pages.touch((number // PAGE,))

    def root(self) -> bytes:
        """Return the commitment to all rows; only pages written since the last call are hashed anew."""
        return self._pages.root(self.count)

    def prove(self, number: int) -> tuple[bytes, ...]:
        """Return the path from the page of row `number` to the root of the tree, from the leaf upwards."""
        return self._pages.prove(number, self.count)


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
