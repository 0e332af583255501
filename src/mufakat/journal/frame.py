"""How an entry becomes bytes, and how entries and batches are chained.

    frame(entry)  = seq u64 | at_us i64 | len(command) u64 | command | len(outcome) u64 | outcome   (big-endian)
    leaf(entry)   = SHA-256(0x00 | frame(entry)), as RFC 9162 says
    chain(entry)  = SHA-256("mufakat/chain/v2" 0x00 | chain(before) | leaf(entry))
    seal(batch)   = SHA-256("mufakat/seal/v1" 0x00 | seal(before) | height u64 | first u64 | count u64 | block u64
                            | chain(last entry) | tree root | state root)
    head(batch)   = SHA-256("mufakat/head/v1" 0x00 | entries u64 | tree root | state root)

The chain and seal before the first are 32 zero bytes. The bytes of an entry are hashed once, as a leaf.
"""

import hashlib
import struct
from collections.abc import Iterator
from typing import Final

import msgspec

ZERO: Final = bytes(32)
_CHAIN: Final = b"mufakat/chain/v2\0"
_SEAL: Final = b"mufakat/seal/v1\0"
_HEAD: Final = b"mufakat/head/v1\0"
_BEGINNING: Final = struct.Struct(">QqQ")
_LENGTH: Final = struct.Struct(">Q")
_NUMBERS: Final = struct.Struct(">QQQQ")
LARGE: Final = 32 << 10
"""Bytes from which on a command or an outcome is hashed and written where it lies, never copied."""

Row = tuple[int, bytes, bytes]
"""An entry as `append` takes it: log time, command, outcome."""


class Entry(msgspec.Struct, frozen=True):
    """One command with its outcome. `at_us` is log time, UTC microseconds."""

    seq: int
    at_us: int
    command: bytes
    outcome: bytes


class Batch(msgspec.Struct, frozen=True):
    """One group commit: `count` entries from `first`, and the roots and seal after them.

    `block`: height of the consensus engine's block that carried them; 0 on an embedded node.
    """

    height: int
    first: int
    count: int
    tree_root: bytes
    state_root: bytes
    seal: bytes
    block: int = 0

    @property
    def entries(self) -> int:
        """How many entries the journal holds with this batch."""
        return self.first + self.count


def parts(seq: int, row: Row) -> tuple[bytes, ...]:
    """Return the canonical bytes of an entry in parts: what is large stays the object that it is."""
    at_us, command, outcome = row
    beginning, length = _BEGINNING.pack(seq, at_us, len(command)), _LENGTH.pack(len(outcome))
    if len(command) < LARGE and len(outcome) < LARGE:
        return (beginning + command + length + outcome,)
    return beginning, command, length, outcome


def frame(entry: Entry) -> bytes:
    """Return the canonical bytes of an entry."""
    return b"".join(parts(entry.seq, (entry.at_us, entry.command, entry.outcome)))


def leaf(framed: tuple[bytes, ...]) -> bytes:
    """Hash the parts of an entry's bytes as a leaf of the tree."""
    if len(framed) == 1:
        return hashlib.sha256(b"\0" + framed[0]).digest()
    digest = hashlib.sha256(b"\0")
    for part in framed:
        digest.update(part)
    return digest.digest()


def entries_of(frames: memoryview, first: int, count: int) -> Iterator[tuple[Row, bytes]]:
    """Take `count` framed entries apart that follow on each other; gives each with its leaf hash.

    Raises ValueError at the entry whose bytes do not fit.
    """
    at = 0
    for seq in range(first, first + count):
        try:
            stated, at_us, length = _BEGINNING.unpack_from(frames, at)
            middle = at + _BEGINNING.size + length
            (more,) = _LENGTH.unpack_from(frames, middle)
        except (struct.error, OverflowError):
            raise ValueError("its length does not fit") from None
        end = middle + _LENGTH.size + more
        if stated != seq or end > len(frames):
            raise ValueError("its number or its length does not fit")
        digest = hashlib.sha256(b"\0")
        digest.update(frames[at:end])
        row = at_us, bytes(frames[at + _BEGINNING.size : middle]), bytes(frames[middle + _LENGTH.size : end])
        yield row, digest.digest()
        at = end
    if at != len(frames):
        raise ValueError("something follows the last entry of the batch")


def chain(before: bytes, leaf_hash: bytes) -> bytes:
    """Chain an entry's leaf hash to the entry before it."""
    return hashlib.sha256(_CHAIN + before + leaf_hash).digest()


def seal(before: bytes, batch: Batch, last_chain: bytes) -> bytes:
    """Chain a batch to the one before it; the batch's own `seal` does not count."""
    numbers = _NUMBERS.pack(batch.height, batch.first, batch.count, batch.block)
    return hashlib.sha256(_SEAL + before + numbers + last_chain + batch.tree_root + batch.state_root).digest()


def head_hash(entries: int, tree_root: bytes, state_root: bytes) -> bytes:
    """Commit to a whole history and the state that it leads to, 32 bytes: what members sign in every block."""
    return hashlib.sha256(_HEAD + _LENGTH.pack(entries) + tree_root + state_root).digest()
