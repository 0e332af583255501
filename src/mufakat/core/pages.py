"""A tree over pages of rows (RFC 9162, a leaf being a page's bytes), hashed anew only where rows changed.

Sixty-four rows are a page. So a row is proved by its page and a path, and a change costs what its own pages cost.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from mufakat.model.merkle import HASH_BYTES, leaf_hash, node_hash, root_by_path

PAGE: Final = 64
_DOMAIN: Final = b"\3"
_EMPTY: Final = hashlib.sha256(b"").digest()


class Pages:
    """The tree over the pages that `page` gives by number."""

    __slots__ = ("_dirty", "_levels", "_page")

    def __init__(self, page: Callable[[int], bytes]) -> None:
        self._page: Final = page
        self._dirty: dict[int, None] = {}
        self._levels: list[list[bytes]] = [[]]

    def touch(self, numbers: Iterable[int]) -> None:
        """Note pages of which rows changed."""
        self._dirty.update(dict.fromkeys(numbers))

    def root(self, count: int) -> bytes:
        """Return the commitment to the first `count` rows; only pages touched since the last call are hashed."""
        self._hash(-(-count // PAGE))
        return root_by(count, self._levels[-1][0] if self._levels[-1] else _EMPTY)

    def prove(self, number: int, count: int) -> tuple[bytes, ...]:
        """Return the path from the page of row `number` to the root of the tree, from the leaf upwards."""
        self._hash(-(-count // PAGE))
        place, path = number // PAGE, []
        for level in self._levels[:-1]:
            beside = place ^ 1
            if beside < len(level):
                path.append(level[beside])
            place >>= 1
        return tuple(path)

    def _hash(self, size: int) -> None:
        """Hash the pages that changed, of so many, and the nodes above. A node without a right half is its left."""
        pages = self._levels[0]
        if size < len(pages):
            del pages[size:]
            self._dirty[size - 1] = None
        changed = sorted(each for each in self._dirty if 0 <= each < size)
        self._dirty.clear()
        for each in changed:
            _set(pages, each, leaf_hash(self._page(each)))
        height = 0
        while len(self._levels[height]) > 1:
            below = self._levels[height]
            height += 1
            if height == len(self._levels):
                self._levels.append([])
            level = self._levels[height]
            del level[-(-len(below) // 2) :]
            changed = sorted({each >> 1 for each in changed})
            for each in changed:
                pair = below[2 * each : 2 * each + 2]
                _set(level, each, node_hash(*pair) if len(pair) == 2 else pair[0])
        del self._levels[height + 1 :]


def _set(level: list[bytes], at: int, node: bytes) -> None:
    if at < len(level):
        level[at] = node
    else:
        level.append(node)


def root_by(count: int, tree: bytes) -> bytes:
    """Return the root over rows from their number and the root of the tree over their pages."""
    return hashlib.sha256(_DOMAIN + count.to_bytes(8, "big") + tree).digest()


def root_of_page(page: bytes, number: int, count: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root to which the page of row `number` among `count` leads, or None."""
    if not 0 <= number < count < 2**63 or any(len(each) != HASH_BYTES for each in path):
        return None
    tree = root_by_path(leaf_hash(page), number // PAGE, -(-count // PAGE), path)
    return None if tree is None else root_by(count, tree)
