"""An index of rows by their first two words: open addressing over an array, at places that nobody can foresee.

A row is some 64-bit words, the first two of which are its identifier. The table of places has a length that is a
power of two.
"""

from typing import Final, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Int8 = npt.NDArray[np.int8]
Int32 = npt.NDArray[np.int32]


class Index(NamedTuple):
    """Rows that begin with two words, and the open-addressing table by which they are found: row numbers + 1.

    `key`: two words that decide where a row is looked for, and not what is found.
    """

    rows: Words
    slots: Int32
    key: Words


_SIP: Final = (
    np.uint64(0x736F_6D65_7073_6575),
    np.uint64(0x646F_7261_6E64_6F6D),
    np.uint64(0x6C79_6765_6E65_7261),
    np.uint64(0x7465_6462_7974_6573),
)


_KEY: Final = np.zeros(2, np.uint64)


def scatter(key: bytes) -> None:
    """Let new indexes look for rows at places that follow from sixteen bytes; who keeps them draws them."""
    _KEY[:] = np.frombuffer(key, np.uint64)


def key() -> Words:
    """Return the key of new indexes."""
    return _KEY.copy()


def empty(size: int, words: int) -> Index:
    """Return an index without rows, with room for so many of so many words."""
    return Index(np.zeros((size, words), np.uint64), np.zeros(2 * size, np.int32), key())


@numba.njit(cache=True, nogil=True)
def _turned(word: np.uint64, bits: int) -> np.uint64:
    return (word << np.uint64(bits)) | (word >> np.uint64(64 - bits))


@numba.njit(cache=True, nogil=True)
def _round(
    a: np.uint64, b: np.uint64, c: np.uint64, d: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    a, c = a + b, c + d
    b, d = _turned(b, 13) ^ a, _turned(d, 16) ^ c
    a, c = _turned(a, 32) + d, c + b
    b, d = _turned(b, 17) ^ c, _turned(d, 21) ^ a
    return a, b, _turned(c, 32), d


@numba.njit(cache=True, nogil=True)
def hashed(first: np.uint64, second: np.uint64, key: Words) -> np.uint64:
    """Return the SipHash-1-3 of two words, without their length.

    Who orders payments chooses their UETRs. Without the key nobody finds many that begin at one place, and so make
    each search go through all of them.
    """
    a, b, c, d = key[0] ^ _SIP[0], key[1] ^ _SIP[1], key[0] ^ _SIP[2], key[1] ^ _SIP[3]
    a, b, c, d = _round(a, b, c, d ^ first)
    a, b, c, d = _round(a ^ first, b, c, d ^ second)
    a, c = a ^ second, c ^ np.uint64(0xFF)
    for _ in range(3):
        a, b, c, d = _round(a, b, c, d)
    return a ^ b ^ c ^ d


@numba.njit(cache=True, nogil=True)
def place(first: np.uint64, second: np.uint64, key: Words, mask: np.uint64) -> np.uint64:
    """Return where to begin to look for two words in a table."""
    return hashed(first, second, key) & mask


@numba.njit(cache=True, nogil=True)
def find(index: Index, first: np.uint64, second: np.uint64) -> int:
    """Return the number of the row that begins with two words, or -1."""
    rows, slots, key = index
    mask = np.uint64(len(slots) - 1)
    at = place(first, second, key, mask)
    while slots[at]:
        row = slots[at] - 1
        if rows[row, 0] == first and rows[row, 1] == second:
            return int(row)
        at = (at + np.uint64(1)) & mask
    return -1


@numba.njit(cache=True, nogil=True)
def put(index: Index, row: int) -> None:
    """Enter a row, whose words are new, into the index; there must be a free slot."""
    rows, slots, key = index
    mask = np.uint64(len(slots) - 1)
    at = place(rows[row, 0], rows[row, 1], key, mask)
    while slots[at]:
        at = (at + np.uint64(1)) & mask
    slots[at] = row + 1


@numba.njit(cache=True, nogil=True)
def put_all(index: Index, begin: int, end: int) -> None:
    """Enter rows, whose words are new, into the index; there must be free slots."""
    rows, slots, key = index
    mask = np.uint64(len(slots) - 1)
    places = np.empty(end - begin, np.uint64)
    for i in range(begin, end):
        places[i - begin] = place(rows[i, 0], rows[i, 1], key, mask)
    for i in range(begin, end):
        at = places[i - begin]
        while slots[at]:
            at = (at + np.uint64(1)) & mask
        slots[at] = i + 1


@numba.njit(cache=True, nogil=True)
def take_out(index: Index, row: int) -> None:
    """Take a row that is there out of the index; what stood behind it for want of its slot moves up."""
    rows, slots, key = index
    mask, one = np.uint64(len(slots) - 1), np.uint64(1)
    gap = place(rows[row, 0], rows[row, 1], key, mask)
    while slots[gap] != row + 1:
        gap = (gap + one) & mask
    at = (gap + one) & mask
    while slots[at]:
        other = slots[at] - 1
        home = place(rows[other, 0], rows[other, 1], key, mask)
        if (at - home) & mask >= (at - gap) & mask:
            slots[gap] = slots[at]
            gap = at
        at = (at + one) & mask
    slots[gap] = 0


@numba.njit(cache=True, nogil=True)
def find_all(index: Index, records: Words, known: Int8) -> None:
    """Set `known` to 1 for each record whose first two words begin a row."""
    rows, slots, key = index
    mask = np.uint64(len(slots) - 1)
    places = np.empty(len(records), np.uint64)
    for i in range(len(records)):
        places[i] = place(records[i, 0], records[i, 1], key, mask)
    for i in range(len(records)):
        at = places[i]
        while slots[at]:
            row = slots[at] - 1
            if rows[row, 0] == records[i, 0] and rows[row, 1] == records[i, 1]:
                known[i] = 1
                break
            at = (at + np.uint64(1)) & mask


def warm_up() -> None:
    """Run every kernel on one row, with arrays of the kinds that the ledger passes."""
    for words in (2, 5):
        rows = empty(1, words)
        put_all(rows, 0, 1)
        find(rows, rows.rows[0, 0], rows.rows[0, 1])
        put(empty(1, words), 0)
        records = np.frombuffer(bytes(8 * words), np.uint64).reshape(1, words)
        find_all(rows, records, np.zeros(1, np.int8))
    take_out(rows, 0)
