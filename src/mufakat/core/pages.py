"""The tree over the register's pages (RFC 9162), of which hashes are kept for every sixteen pages only.

A page is 64 rows, a leaf its bytes; sixteen pages are a span. Kept are the root of each span and the nodes above,
four bytes for each page in all. The leaves below are hashed again when a page of a span changes or is proved; those
of the newest span are at hand.

Taking the pages that changed is one thing, hashing them another, which can be done later: meanwhile pages may
change again, and are taken again.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from mufakat.model.merkle import EMPTY_ROOT, HASH_BYTES, node_hash

PAGE: Final = 64
_SPAN: Final = 16

Read = Callable[[int, int], Sequence[bytes | memoryview]]
"""Gives the bytes of the pages from one number on to before another. They stay as they are when pages change."""


class Taken:
    """Pages as they were when taken: of `count` in all, by span and place. `root` is there once they are hashed."""

    __slots__ = ("count", "root", "spans")

    def __init__(self, count: int) -> None:
        self.count: Final = count
        self.spans: Final[dict[int, dict[int, bytes | memoryview]]] = {}
        self.root: bytes | None = None


class Pages:
    """The tree over pages that come at the end, and seldom change."""

    __slots__ = ("_count", "_leaves", "_levels", "_newest", "_read", "_span", "_waiting")

    def __init__(self, read: Read) -> None:
        self._read: Final = read
        self._count = 0
        self._newest = 0
        self._waiting: Final[deque[Taken]] = deque()
        self._span = 0
        self._leaves: list[bytes] = []
        self._levels: list[bytearray] = [bytearray()]

    def take(self, changed: Iterable[int], count: int) -> Taken:
        """Take the pages that changed or are new since the last time; `count`: pages in all."""
        taken, spans = Taken(count), dict[int, list[int]]()
        for page in sorted(changed):
            spans.setdefault(page // _SPAN, []).append(page)
        for span, pages in spans.items():
            first = span * _SPAN
            is_at_hand = span == self._newest
            wanted = pages if is_at_hand else list(range(first, min(first + _SPAN, count)))
            begin, read = wanted[0], self._read(wanted[0], wanted[-1] + 1)
            taken.spans[span] = {page - first: read[page - begin] for page in wanted}
        if count:
            self._newest = (count - 1) // _SPAN
        self._waiting.append(taken)
        return taken

    def root_of(self, taken: Taken) -> bytes:
        """Return the root, 32 bytes, over all pages as they were when some were taken.

        All that were taken till then are hashed.
        """
        while taken.root is None:
            self._hash(self._waiting.popleft())
        return taken.root

    def _hash(self, taken: Taken) -> None:
        self._count = taken.count
        for span, pages in taken.spans.items():
            self._put(0, span, _root_of(self._leaves_of(span, pages)))
        if taken.spans:
            self._join(sorted(taken.spans))
        taken.root = bytes(self._levels[-1]) if self._count else EMPTY_ROOT
        taken.spans.clear()

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

    def _leaves_of(self, span: int, pages: dict[int, bytes | memoryview]) -> list[bytes]:
        """Return the leaves of a span, of which pages changed; those of the newest span are kept."""
        if span == self._span:
            for place, page in pages.items():
                self._leaves[place : place + 1] = [_leaf(page)]
            return self._leaves
        leaves = [_leaf(page) for page in pages.values()]
        if span == (self._count - 1) // _SPAN:
            self._span, self._leaves = span, leaves
        return leaves

    def _hashed(self, span: int) -> list[bytes]:
        first = span * _SPAN
        return [_leaf(page) for page in self._read(first, min(first + _SPAN, self._count))]

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
