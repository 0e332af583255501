"""What a journal's Merkle tree is over, and its head straight from the definition, RFC 9162 section 2.1.1.

    MTH({}) = SHA-256()
    MTH({d}) = SHA-256(0x00 || d)
    MTH(D[n]) = SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n])), k the largest power of two below n

`Recomputed` keeps the heads of complete subtrees in a stack, so that a head after each batch costs little.
"""

import hashlib
from collections.abc import Sequence


def frame_of(seq: int, at_us: int, command: bytes, outcome: bytes) -> bytes:
    """Return an entry as the tree holds it: numbers of 64 bits, each part after its length, big-endian."""
    return b"".join(
        (
            seq.to_bytes(8, "big"),
            at_us.to_bytes(8, "big", signed=True),
            len(command).to_bytes(8, "big"),
            command,
            len(outcome).to_bytes(8, "big"),
            outcome,
        )
    )


def tree_head(entries: Sequence[bytes]) -> bytes:
    """Return the head of a tree over `entries`, recursively, as the RFC writes it."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return hashlib.sha256(b"\x01" + tree_head(entries[:split]) + tree_head(entries[split:])).digest()


class Recomputed:
    """Heads of one growing tree: a stack of (leaves, head) of its complete subtrees."""

    def __init__(self) -> None:
        self._stack: list[tuple[int, bytes]] = []

    def copy(self) -> "Recomputed":
        """Return another one of the same tree."""
        other = Recomputed()
        other._stack = self._stack.copy()
        return other

    def add(self, entry: bytes | memoryview) -> list[bytes]:
        """Add an entry; returns its leaf hash and the heads of the subtrees that it completes, smallest first."""
        leaf = hashlib.sha256(b"\x00")
        leaf.update(entry)
        leaves, head = 1, leaf.digest()
        heads = [head]
        while self._stack and self._stack[-1][0] == leaves:
            left = self._stack.pop()[1]
            leaves, head = leaves * 2, hashlib.sha256(b"\x01" + left + head).digest()
            heads.append(head)
        self._stack.append((leaves, head))
        return heads

    def head(self) -> bytes:
        """Return the tree head over what was added."""
        if not self._stack:
            return hashlib.sha256().digest()
        _, head = self._stack[-1]
        for _, left in reversed(self._stack[:-1]):
            head = hashlib.sha256(b"\x01" + left + head).digest()
        return head
