"""The open reservations: amounts that are earmarked for payments which are still to be posted.

Each is a row of forty bytes: the UETR, the amount, the numbers of both accounts, the latest time and the priority,
as `kernels.posting` lays them out; `core.pages` commits to them. A row that is free is the next one to be used, the
last freed first; so which row a reservation has follows from the log alone.
"""

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from mufakat.core.pages import PAGE, Pages
from mufakat.core.register import ROW_BYTES, root_by, words_of
from mufakat.kernels import lookup, posting
from mufakat.model.identifier import Uetr, uetr_of
from mufakat.model.money import Amount
from mufakat.model.queueing import Priority

_LEAST: Final = 64
_LOW: Final = 0xFFFF_FFFF
_TIME_MASK: Final = 2**posting.TIME_BITS - 1


class Reservation(msgspec.Struct, frozen=True):
    """An open reservation. `debit`, `credit`: rows of accounts. `latest_us`: log time, 0 for the close."""

    number: int
    uetr: Uetr
    amount: Amount
    debit: int
    credit: int
    latest_us: int
    priority: Priority


class Reservations:
    """Open reservations under UETRs, with a 32-byte root over all of them."""

    __slots__ = ("_dirty", "_hashed", "_pages", "index", "marks")

    def __init__(self) -> None:
        self.index = lookup.empty(_LEAST, posting.ROW_WORDS)
        self.marks = np.array([0, 0, 0, posting.NEVER], np.int64)
        self._pages = Pages(self._read)
        self._dirty: dict[int, None] = {}
        self._hashed = 0

    def __len__(self) -> int:
        return int(self.marks[posting.OPEN])

    def __contains__(self, uetr: str) -> bool:
        return self.get(uetr) is not None

    @property
    def count(self) -> int:
        """How many rows there are, free ones included."""
        return int(self.marks[posting.USED])

    @property
    def free(self) -> int:
        """The number of the row that is used next + 1; 0 when none is free."""
        return int(self.marks[posting.FREE])

    @free.setter
    def free(self, row: int) -> None:
        self.marks[posting.FREE] = row

    @property
    def rows(self) -> npt.NDArray[np.uint64]:
        """All rows, shape (count, 5)."""
        return self.index.rows[: self.count]

    def get(self, uetr: str) -> Reservation | None:
        """Return the open reservation of a UETR, or None."""
        words = words_of(uetr) if len(self) else None
        number = -1 if words is None else lookup.find(self.index, *words)
        return None if number < 0 else reservation_of(number, self.index.rows[number].tobytes())

    def all(self) -> list[Reservation]:
        """Return the open reservations in the order of their rows."""
        return self._at(self.rows[:, 2] != 0)

    def due(self, now_us: int) -> list[Reservation]:
        """Return those whose latest time has passed, in order of it and of rows; at once when there is none."""
        if now_us <= self.marks[posting.SOONEST]:
            return []
        times = self.rows[:, 4] & np.uint64(_TIME_MASK)
        timed = (self.rows[:, 2] != 0) & (times != 0)
        due = self._at(timed & (times < np.uint64(now_us)))
        later = times[timed & (times >= np.uint64(now_us))]
        self.marks[posting.SOONEST] = int(later.min()) if len(later) else posting.NEVER
        return sorted(due, key=lambda each: (each.latest_us, each.number))

    def of(self, account: int) -> list[Reservation]:
        """Return those that debit or credit the account of a row."""
        parties = self.rows[:, 3]
        of = (parties & np.uint64(_LOW) == account) | (parties >> np.uint64(32) == account)
        return self._at((self.rows[:, 2] != 0) & of) if len(self) else []

    def _at(self, chosen: npt.NDArray[np.bool_]) -> list[Reservation]:
        numbers: list[int] = np.flatnonzero(chosen).tolist()
        return [reservation_of(each, self.index.rows[each].tobytes()) for each in numbers]

    def note(self, records: npt.NDArray[np.uint64], known: npt.NDArray[np.int8]) -> None:
        """Set `known` to 1 for each record, whose first two words are its UETR, of which a reservation is open."""
        if len(self):
            lookup.find_all(self.index, records, known)

    def make_room(self, more: int) -> None:
        """Have room for so many reservations more."""
        size = len(self.index.rows)
        while self.count + more > size:
            size *= 2
        if size > len(self.index.rows):
            self._fill(size, self.rows)

    def touch(self, numbers: npt.NDArray[np.int32]) -> None:
        """Note rows that changed; numbers below zero are none."""
        self._dirty.update(dict.fromkeys(np.unique(numbers[numbers >= 0] // PAGE).tolist()))

    def page(self, number: int) -> bytes:
        """Return the bytes of the page on which row `number` stands."""
        (page,) = self._read(number // PAGE, number // PAGE + 1)
        return bytes(page)

    def _read(self, begin: int, end: int) -> list[bytes | memoryview]:
        rows = self.index.rows[: self.count]
        return [rows[page * PAGE : (page + 1) * PAGE].tobytes() for page in range(begin, end)]

    def root(self) -> bytes:
        """Return the commitment to all rows; only pages written since the last call are hashed anew."""
        size = -(-self.count // PAGE)
        if size < self._hashed:  # where there are fewer pages than before, all are new
            self._pages, self._dirty = Pages(self._read), dict.fromkeys(range(size))
        taken = self._pages.take([each for each in self._dirty if each < size], size)
        self._dirty.clear()
        self._hashed = size
        return root_by(self.count, self._pages.root_of(taken))

    def prove(self, number: int) -> tuple[bytes, ...]:
        """Return the path from the page of row `number` to the root of the tree, from the leaf upwards."""
        self.root()
        return self._pages.prove(number // PAGE)

    def load(self, data: bytes) -> None:
        """Take all rows from what `rows.tobytes()` gave, into empty reservations; raises ValueError."""
        if len(data) % ROW_BYTES:
            raise ValueError("the reservations are broken off")
        taken = np.frombuffer(data, np.uint64).reshape(-1, posting.ROW_WORDS)
        self._fill(max(_LEAST, 1 << len(taken).bit_length()), taken)
        times = taken[taken[:, 2] != 0, 4] & np.uint64(_TIME_MASK)
        times = times[times != 0]
        soonest = int(times.min()) if len(times) else posting.NEVER
        is_open = int(np.count_nonzero(taken[:, 2]))
        self.marks[posting.USED :] = len(taken), is_open, soonest
        self._dirty.update(dict.fromkeys(range(-(-len(taken) // PAGE))))

    def _fill(self, size: int, rows: npt.NDArray[np.uint64]) -> None:
        index = lookup.empty(size, posting.ROW_WORDS)
        index.rows[: len(rows)] = rows
        for number in np.flatnonzero(rows[:, 2]).tolist():
            lookup.put(index, number)
        self.index = index


def reservation_of(number: int, data: bytes) -> Reservation:
    """Read an open row of forty bytes."""
    amount, parties, end = (int.from_bytes(data[at : at + 8], "little") for at in (16, 24, 32))
    return Reservation(
        number,
        uetr_of(data[:16]),
        Amount(amount),
        parties & _LOW,
        parties >> 32,
        end & _TIME_MASK,
        Priority(end >> posting.TIME_BITS),
    )
