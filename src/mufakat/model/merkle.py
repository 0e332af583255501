"""The Merkle tree over the journal, RFC 9162 section 2.1, kept incrementally.

Leaves are SHA-256(0x00 || entry), nodes SHA-256(0x01 || left || right). A tree of n leaves is kept as the roots
of its perfect subtrees, one for each bit of n, so that a new leaf costs O(log n).
"""

import hashlib
from collections.abc import Sequence
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash one entry (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\1" + left + right).digest()


def root_above(found: bytes, place: int, beside: Sequence[bytes]) -> bytes:
    """Return the root to which node number `place` of its level leads, in a tree of two below each node."""
    for sibling in beside:
        found = node_hash(sibling, found) if place & 1 else node_hash(found, sibling)
        place >>= 1
    return found


class Frontier:
    """The right edge of a growing tree: `size` leaves, and the roots of its perfect subtrees, largest first."""

    __slots__ = ("_roots", "size")

    def __init__(self, size: int = 0, roots: Sequence[bytes] = ()) -> None:
        if size.bit_count() != len(roots) or any(len(root) != HASH_BYTES for root in roots):
            raise ValueError(f"{len(roots)} subtree roots do not fit a tree of {size} leaves")
        self.size = size
        self._roots = list(roots)

    @property
    def roots(self) -> tuple[bytes, ...]:
        """The roots of the perfect subtrees, largest first."""
        return tuple(self._roots)

    def copy(self) -> "Frontier":
        """Return another frontier of the same tree."""
        return Frontier(self.size, self._roots)

    def append(self, leaf: bytes) -> list[bytes]:
        """Add a leaf hash; returns it and the roots of the subtrees that it completes, the smallest first."""
        size, completed = self.size, [leaf]
        while size & 1:
            leaf = node_hash(self._roots.pop(), leaf)
            completed.append(leaf)
            size >>= 1
        self._roots.append(leaf)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """Return the root of the tree."""
        return folded(self._roots) if self._roots else EMPTY_ROOT


def folded(roots: Sequence[bytes]) -> bytes:
    """Return the root over the roots of perfect subtrees, one at least, largest first."""
    root = roots[-1]
    for left in reversed(roots[:-1]):
        root = node_hash(left, root)
    return root


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root of a tree of these leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the audit path of leaf `index`, from the leaf upwards (RFC 9162, 2.1.3.1)."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"no leaf {index} in a tree of {len(leaves)}")
    if len(leaves) == 1:
        return []
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root_of(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root_of(leaves[:split])]


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Tell whether `path` proves that leaf hash `leaf` is number `index` of `size` (RFC 9162, 2.1.3.2)."""
    return root_by_path(leaf, index, size, path) == root


def root_by_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root to which `path` leads from leaf hash `leaf`, number `index` of `size` (RFC 9162, 2.1.3.2).

    None when the path is too long or too short for such a leaf.
    """
    if not 0 <= index < size:
        return None
    place, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return found if last == 0 else None
