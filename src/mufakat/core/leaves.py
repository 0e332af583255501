"""A tree over leaves that are numbered from 0, for what changes often: leaves lie together, eight are a page.

A page hashes its eight leaves, 0x02 || leaves, a node the two below it, 0x01 || left || right; both count what is
missing as 32 zero bytes. The tree is as high as its pages need, and the root is 0x03 || number of leaves || top, so
that a leaf is proved by its page, the nodes beside the way up, its number and the number of all.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np

from mufakat.model.merkle import HASH_BYTES, node_hash, root_above

PAGE: Final = 8
_PAGE_BYTES: Final = PAGE * HASH_BYTES
_LEAF: Final = np.dtype(f"V{HASH_BYTES}")
_MISSING: Final = bytes(HASH_BYTES)
_MOST: Final = 1 << 63


def _height_of(count: int) -> int:
    """Return how many nodes are above a page of `count` leaves."""
    return max(0, (count - 1) // PAGE).bit_length()


def _page_hash(leaves: bytes | bytearray) -> bytes:
    return hashlib.sha256(b"\2" + leaves).digest()


def _root_over(count: int, top: bytes) -> bytes:
    return hashlib.sha256(b"\3" + count.to_bytes(8, "big") + top).digest()


def root_of_leaf(
    leaf: bytes, number: int, count: int, page: Sequence[bytes], beside: Sequence[bytes]
) -> bytes | None:
    """Return the root to which leaf `number` of `count` leads, or None when that is not its page or its way."""
    if not 0 <= number < count < _MOST or len(page) != PAGE or len(beside) != _height_of(count):
        return None
    if any(len(each) != HASH_BYTES for each in (*page, *beside)) or page[number % PAGE] != leaf:
        return None
    return _root_over(count, root_above(_page_hash(b"".join(page)), number // PAGE, beside))


class Leaves:
    """Leaves of 32 bytes, and all hashes above them."""

    __slots__ = ("_leaves", "_levels")

    def __init__(self) -> None:
        self._leaves = bytearray(_PAGE_BYTES)
        self._levels: list[list[bytes]] = [[_page_hash(self._leaves)]]

    def write(self, numbers: Sequence[int], leaves: Sequence[bytes], count: int) -> bytes:
        """Put leaves under their numbers; return the root over the `count` leaves that there are now."""
        held, touched = self._leaves, dict.fromkeys([number // PAGE for number in numbers])
        pages = max(1, -(-count // PAGE))
        held.extend(bytes(pages * _PAGE_BYTES - len(held)))
        np.frombuffer(held, _LEAF)[np.array(numbers, np.int64)] = np.frombuffer(b"".join(leaves), _LEAF)
        level = self._level(0, pages)
        for page in touched:
            level[page] = _page_hash(held[page * _PAGE_BYTES : (page + 1) * _PAGE_BYTES])
        for height in range(1, _height_of(count) + 1):
            below, level = level, self._level(height, (len(level) + 1) // 2)
            touched = dict.fromkeys([each >> 1 for each in touched])
            last = len(below) - 1
            for node in touched:
                right = below[2 * node + 1] if 2 * node < last else _MISSING
                level[node] = node_hash(below[2 * node], right)
        return _root_over(count, level[0])

    def way(self, number: int) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """Return the leaves of the page of leaf `number`, and the nodes beside the way from it to the top."""
        place, beside = number // PAGE, []
        first = place * _PAGE_BYTES
        page = [
            bytes(self._leaves[at : at + HASH_BYTES]) for at in range(first, first + _PAGE_BYTES, HASH_BYTES)
        ]
        for level in self._levels[:-1]:
            beside.append(level[place ^ 1] if place ^ 1 < len(level) else _MISSING)
            place >>= 1
        return tuple(page), tuple(beside)

    def _level(self, height: int, size: int) -> list[bytes]:
        """Return a level with room for `size` hashes."""
        if height == len(self._levels):
            self._levels.append([])
        level = self._levels[height]
        level.extend([_MISSING] * (size - len(level)))
        return level
