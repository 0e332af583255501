"""The tree over the register's pages (RFC 9162), of which hashes are kept for every sixteen pages only.

A page is 64 rows, a leaf its bytes; sixteen pages are a span. Kept are the root of each span and the nodes above,
four bytes for each page in all. The leaves below are hashed again when a page of a span changes or is proved; those
of the newest span are at hand.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from mufakat.model.merkle import EMPTY_ROOT, HASH_BYTES, node_hash

PAGE: Final = 64
_SPAN: Final = 16

Read = Callable[[int], bytes | memoryview]
"""Gives the bytes of a page."""


class Pages:
    """The tree over pages that come at the end, and seldom change."""

    __slots__ = ("_count", "_leaves", "_levels", "_read", "_span")

    def __init__(self, read: Read) -> None:
        self._read: Final = read
        self._count = 0
        self._span = 0
        self._leaves: list[bytes] = []
        self._levels: list[bytearray] = [bytearray()]

    def root(self) -> bytes:
        """Return the root over all pages, 32 bytes."""
        return bytes(self._levels[-1]) if self._count else EMPTY_ROOT

    def update(self, changed: Iterable[int], count: int) -> None:
        """Hash the pages that changed or are new, and what is above them; `count`: pages in all."""
        spans: dict[int, list[int]] = {}
        for page in sorted(changed):
            spans.setdefault(page // _SPAN, []).append(page)
        self._count = count
        for span, pages in spans.items():
            self._put(0, span, _root_of(self._leaves_of(span, pages)))
        self._join(sorted(spans))

    def prove(self, page: int) -> tuple[bytes, ...]:
        """Return the path from a page to the root, from the leaf upwards."""
        span, place, path = page // _SPAN, page % _SPAN, []
        level = self._leaves if span == self._span else self._hashed(span)
        while len(level) > 1:
            if place ^ 1 < len(level):
                path.append(level[place ^ 1])
            level, place = _above(level), place >> 1
        place = span
        for nodes in self._levels[:-1]:
            if (place ^ 1) * HASH_BYTES < len(nodes):
                path.append(bytes(nodes[(place ^ 1) * HASH_BYTES :][:HASH_BYTES]))
            place >>= 1
        return tuple(path)

    def _leaves_of(self, span: int, changed: Sequence[int]) -> list[bytes]:
        """Return the leaves of a span, of which pages changed; those of the newest span are kept."""
        if span != self._span:
            leaves = self._hashed(span)
            if span == (self._count - 1) // _SPAN:
                self._span, self._leaves = span, leaves
            return leaves
        for page in changed:
            self._leaves[page % _SPAN : page % _SPAN + 1] = [_leaf(self._read(page))]
        return self._leaves

    def _hashed(self, span: int) -> list[bytes]:
        pages = range(span * _SPAN, min((span + 1) * _SPAN, self._count))
        return [_leaf(self._read(page)) for page in pages]

    def _put(self, height: int, place: int, node: bytes) -> None:
        if height == len(self._levels):
            self._levels.append(bytearray())
        self._levels[height][place * HASH_BYTES : (place + 1) * HASH_BYTES] = node

    def _join(self, changed: list[int]) -> None:
        """Hash the nodes above spans that changed. A node without a right half is its left half."""
        height = 0
        while len(self._levels[height]) > HASH_BYTES:
            below = self._levels[height]
            height += 1
            changed = sorted({each >> 1 for each in changed})
            for each in changed:
                pair = bytes(below[2 * HASH_BYTES * each : 2 * HASH_BYTES * (each + 1)])
                node = hashlib.sha256(b"\1" + pair).digest() if len(pair) > HASH_BYTES else pair
                self._put(height, each, node)


def _leaf(page: bytes | memoryview) -> bytes:
    """Hash a page, in two halves: what is longer makes room for other threads each time, and waits for its turn."""
    half = len(page) // 2
    leaf = hashlib.sha256(b"\0")
    leaf.update(page[:half])
    leaf.update(page[half:])
    return leaf.digest()


def _above(level: Sequence[bytes]) -> list[bytes]:
    """Return the nodes above a level; the last without a neighbour goes up as it is."""
    joined = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return joined if len(level) % 2 == 0 else [*joined, level[-1]]


def _root_of(leaves: Sequence[bytes]) -> bytes:
    while len(leaves) > 1:
        leaves = _above(leaves)
    return leaves[0]
