"""How an entry becomes bytes, and how entries and batches are chained.

    frame(entry)  = seq u64 | at_us i64 | len(command) u64 | command | len(outcome) u64 | outcome   (big-endian)
    chain(entry)  = SHA-256("mufakat/chain/v1" 0x00 | chain(before) | frame(entry))
    leaf(entry)   = frame(entry), hashed as RFC 9162 says
    seal(batch)   = SHA-256("mufakat/seal/v1" 0x00 | seal(before) | height u64 | first u64 | count u64 | block u64
                            | chain(last entry) | tree root | state root)
    head(batch)   = SHA-256("mufakat/head/v1" 0x00 | entries u64 | tree root | state root)

The chain and seal before the first are 32 zero bytes.
"""

import hashlib
import struct
from typing import Final

import msgspec

ZERO: Final = bytes(32)
_CHAIN: Final = b"mufakat/chain/v1\0"
_SEAL: Final = b"mufakat/seal/v1\0"
_HEAD: Final = b"mufakat/head/v1\0"


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


def frame(entry: Entry) -> bytes:
    """Return the canonical bytes of an entry."""
    head = struct.pack(">QqQ", entry.seq, entry.at_us, len(entry.command))
    return head + entry.command + struct.pack(">Q", len(entry.outcome)) + entry.outcome


def chain(before: bytes, framed: bytes) -> bytes:
    """Chain a framed entry to the one before it."""
    return hashlib.sha256(_CHAIN + before + framed).digest()


def seal(before: bytes, batch: Batch, last_chain: bytes) -> bytes:
    """Chain a batch to the one before it; the batch's own `seal` does not count."""
    numbers = struct.pack(">QQQQ", batch.height, batch.first, batch.count, batch.block)
    return hashlib.sha256(_SEAL + before + numbers + last_chain + batch.tree_root + batch.state_root).digest()


def head_hash(entries: int, tree_root: bytes, state_root: bytes) -> bytes:
    """Commit to a whole history and the state that it leads to, 32 bytes: what members sign in every block."""
    return hashlib.sha256(_HEAD + struct.pack(">Q", entries) + tree_root + state_root).digest()
