"""Which of many identifiers stand among those of a long history: a filter in memory before sorted runs on disk.

A run is a sorted array of 64-bit words, one for each of up to 2^26 rows that follow each other: 38 bits of the
keyed hash of its identifier (`lookup.hashed`), then the row's number within the run. The filter is a blocked
Bloom filter: a block is eight words, one cache line, and a row sets one bit in each of them. Blocks lie in the
order of the hash, so that a run goes into a filter from its beginning to its end.
"""

from typing import Final

import numba
import numpy as np
import numpy.typing as npt

from mufakat.kernels.lookup import Words, hashed

Int8 = npt.NDArray[np.int8]
Int64 = npt.NDArray[np.int64]

ROW_BITS: Final = 26
LANES: Final = 8
"""Words of a block."""
_LINE: Final = 64
"""Bytes of a cache line, and of a block, which begins where a line does."""
_KEYS_A_BLOCK: Final = 32
_ROW_MASK: Final = np.uint64((1 << ROW_BITS) - 1)
_HASH_MASK: Final = np.uint64(2**64 - 2**ROW_BITS)
_SHIFT: Final = np.uint64(ROW_BITS)
_HALF: Final = np.uint64(32)
_SPREAD: Final = np.uint64(0x9E37_79B9_7F4A_7C15)
_LANE_BITS: Final = np.uint64(6)
_LANE_MASK: Final = np.uint64(63)
_ONE: Final = np.uint64(1)
_TOGETHER: Final = 256


def filter_for(keys: int) -> Words:
    """Return an empty filter, shape (blocks, 8), of 16 bits for each of so many keys."""
    count = max(1, -(-keys // _KEYS_A_BLOCK))
    words = np.zeros((count + 1) * LANES, np.uint64)
    begin = -words.ctypes.data % _LINE // words.itemsize
    return words[begin : begin + count * LANES].reshape(count, LANES)


@numba.njit(cache=True, nogil=True)
def enter(rows: Words, key: Words, run: Words) -> None:
    """Write the word of each row, the first of which is row 0 of the run; it is not sorted yet."""
    for i in range(len(rows)):
        run[i] = (hashed(rows[i, 0], rows[i, 1], key) & _HASH_MASK) | np.uint64(i)


@numba.njit(cache=True, nogil=True)
def _block(word: np.uint64, blocks: Words) -> np.uint64:
    return ((word >> _HALF) * np.uint64(len(blocks))) >> _HALF


@numba.njit(cache=True, nogil=True)
def _fetch(words: Words, begin: int, end: int, blocks: Words) -> np.uint64:
    """Read a word of each block that is wanted next, so that the waits for memory fall together."""
    read = np.uint64(0)
    for i in range(begin, end):
        read ^= blocks[_block(words[i], blocks), 0]
    return read


@numba.njit(cache=True, nogil=True)
def fill(blocks: Words, run: Words) -> np.uint64:
    """Enter words of a run into a filter; what is returned has no meaning."""
    read = np.uint64(0)
    for begin in range(0, len(run), _TOGETHER):
        end = min(begin + _TOGETHER, len(run))
        read ^= _fetch(run, begin, end, blocks)
        for i in range(begin, end):
            block = _block(run[i], blocks)
            bits = (run[i] >> _SHIFT) * _SPREAD
            for lane in range(LANES):
                bits >>= _LANE_BITS
                blocks[block, lane] |= _ONE << (bits & _LANE_MASK)
    return read


@numba.njit(cache=True, nogil=True)
def sift(records: Words, key: Words, blocks: Words, hashes: Words, maybe: Int8) -> np.uint64:
    """Write for each record the hash of its first two words, and 0 when the filter has it not, 1 when it may.

    What is returned has no meaning.
    """
    read = np.uint64(0)
    for begin in range(0, len(records), _TOGETHER):
        end = min(begin + _TOGETHER, len(records))
        for i in range(begin, end):
            hashes[i] = hashed(records[i, 0], records[i, 1], key) & _HASH_MASK
        read ^= _fetch(hashes, begin, end, blocks)
        for i in range(begin, end):
            block = _block(hashes[i], blocks)
            bits = (hashes[i] >> _SHIFT) * _SPREAD
            found = _ONE
            for lane in range(LANES):
                bits >>= _LANE_BITS
                found &= blocks[block, lane] >> (bits & _LANE_MASK)
            maybe[i] = found & _ONE
    return read


@numba.njit(cache=True, nogil=True)
def search(
    run: Words, first: int, rows: Words, records: Words, hashes: Words, asked: Int64, found: Int64
) -> None:
    """Write for each record whose number is in `asked` its row, where the run has it.

    `first`: the row of `rows` that is row 0 of the run. `found`: one number for each of `asked`.
    """
    for n in range(len(asked)):
        i = asked[n]
        at = _first_at(run, hashes[i])
        while at < len(run) and run[at] & _HASH_MASK == hashes[i]:
            row = first + np.int64(run[at] & _ROW_MASK)
            if rows[row, 0] == records[i, 0] and rows[row, 1] == records[i, 1]:
                found[n] = row
            at += 1


@numba.njit(cache=True, nogil=True)
def _first_at(run: Words, least: np.uint64) -> int:
    """Return where in a run the words from `least` on begin; sought around where a hash so large should be."""
    low, high, step = np.int64(0), np.int64(len(run)), np.int64(8)
    guess = np.int64(((least >> _HALF) * np.uint64(len(run))) >> _HALF)
    if run[guess] < least:
        low = guess + 1
        while low + step < high and run[low + step] < least:
            low, step = low + step + 1, 2 * step
        high = min(high, low + step)
    else:
        high = guess
        while high - step >= 0 and run[high - step] >= least:
            high, step = high - step, 2 * step
        low = max(low, high - step)
    while low < high:
        middle = (low + high) >> 1
        if run[middle] < least:
            low = middle + 1
        else:
            high = middle
    return int(low)


def warm_up() -> None:
    """Run every kernel on one row, with arrays of the kinds that the ledger passes."""
    records = np.frombuffer(bytes(8 * 16), np.uint64).reshape(1, 16)
    rows = np.frombuffer(bytes(8 * 5), np.uint64).reshape(1, 5)
    key, run, blocks = np.zeros(2, np.uint64), np.zeros(1, np.uint64), filter_for(1)
    hashes, maybe, found = np.zeros(1, np.uint64), np.zeros(1, np.int8), np.zeros(1, np.int64)
    enter(rows, key, run)
    shared = np.frombuffer(run.tobytes(), np.uint64)
    fill(blocks, shared)
    sift(records, key, blocks, hashes, maybe)
    search(shared, 0, rows, records, hashes, np.zeros(1, np.int64), found)
