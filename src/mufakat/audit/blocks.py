"""The bytes of a journal's file as the auditor takes them apart; numbers are big-endian.

The first block says what the file is and has its salt, the next two hold the head slots, and from there on each
batch begins with a block of 4,096 bytes. Whatever no field fills is zero. Hashes with the salt in front tell
that a slot or the head of a batch is as it was written.
"""

import hashlib
from typing import Final

import msgspec

BLOCK: Final = 4096
SECTOR: Final = 512
FIRST_BATCH: Final = 12_288
SLOT_PLACES: Final = (4096, 8192)
BATCH_HEAD: Final = 272
"""Bytes before a batch's tree hashes."""
SLOT_MAGIC: Final = b"muf-head"
SLOT_BYTES: Final = 136
_IDENTITY: Final = b"mufakat journal\n" + (3).to_bytes(4, "big")


class Slot(msgspec.Struct, frozen=True):
    """A head slot: the last batch of which it is known that it was durable. `height` is -1 where there was none."""

    height: int
    entries: int
    offset: int
    end: int
    chain: bytes
    seal: bytes


class BatchHead(msgspec.Struct, frozen=True):
    """What stands before the content of a batch.

    `offset`, `before`, `skip`: where it lies, the batch before it, and the one whose height lacks its lowest bit.
    `durable`: the last batch that was durable when this one was written, -1 where none was. `length`: bytes of
    its entries.
    """

    offset: int
    before: int
    skip: int
    durable: int
    length: int
    height: int
    first: int
    count: int
    block: int
    chain: bytes
    tree_root: bytes
    state_root: bytes
    seal_before: bytes
    seal: bytes
    check: bytes

    @property
    def hashes(self) -> int:
        """Bytes of its tree hashes: one for each entry, and one for each subtree that an entry completes."""
        through = self.first + self.count
        return 32 * (2 * self.count - through.bit_count() + self.first.bit_count())

    @property
    def claimed(self) -> int:
        """Bytes of the sectors that it claims."""
        bare = BATCH_HEAD + self.hashes + self.length + 32
        return bare + -bare % SECTOR

    @property
    def room(self) -> int:
        """Bytes of the blocks that it takes up."""
        return self.claimed + -self.claimed % BLOCK


def is_empty(part: bytes | bytearray | memoryview) -> bool:
    """Tell whether there is nothing but zeros."""
    return part == bytes(len(part))


def salt_of(block: bytes) -> bytes | None:
    """Return the salt of a file from its first block, or None when it is no whole one of a journal."""
    if (
        block[:20] != _IDENTITY
        or hashlib.sha256(block[:36]).digest() != block[36:68]
        or not is_empty(block[68:])
    ):
        return None
    return block[20:36]


def slot_of(block: bytes, salt: bytes) -> Slot | None:
    """Return what a head slot says, or None when it is not as it was written."""
    if block[:8] != SLOT_MAGIC or not is_empty(block[SLOT_BYTES:SECTOR]):
        return None
    if hashlib.sha256(salt + block[40:SLOT_BYTES]).digest() != block[8:40]:
        return None
    height = int.from_bytes(block[40:48], "big", signed=True)
    entries, offset, end = (int.from_bytes(block[at : at + 8], "big") for at in (48, 56, 64))
    return Slot(height, entries, offset, end, block[72:104], block[104:136])


def batch_of(head: bytes, salt: bytes) -> BatchHead | None:
    """Return what the head of a batch says, or None when it is not as it was written."""
    if len(head) < BATCH_HEAD or not head.startswith(b"mufbatch"):
        return None
    if hashlib.sha256(salt + head[40:BATCH_HEAD]).digest() != head[8:40]:
        return None
    offset, before, skip = (int.from_bytes(head[at : at + 8], "big") for at in (40, 48, 56))
    durable = int.from_bytes(head[64:72], "big", signed=True)
    length, height, first, count, block = (
        int.from_bytes(head[at : at + 8], "big") for at in range(72, 112, 8)
    )
    chain, tree_root, state_root, seal_before, seal = (
        head[at : at + 32] for at in range(112, BATCH_HEAD, 32)
    )
    return BatchHead(
        offset,
        before,
        skip,
        durable,
        length,
        height,
        first,
        count,
        block,
        chain,
        tree_root,
        state_root,
        seal_before,
        seal,
        head[8:40],
    )
