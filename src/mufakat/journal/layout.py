"""The bytes of a journal's file, all numbers big-endian.

    block 0     identity: "mufakat journal" and a line feed | format u32 | salt, 16 bytes | check
    blocks 1, 2 head slots, in turn: "muf-head" | check | height i64 | entries u64 | offset u64 | end u64
                | chain | seal
    then        batches, each from the start of a block: header | tree hashes | entries, framed | zeros | check

A block is 4,096 bytes and belongs to one batch alone, so that what was acknowledged is never written again, not
even with the same bytes. A batch claims whole sectors of 512 bytes, of which the last ends with the check of its
header; what is left of its last block is zero, and so is what lies after the last batch.

A check is the SHA-256 of the file's salt and what the check is of. The salt is random: no bytes of an entry, and
none of another file, pass for a header.

Tree hashes: for each entry its leaf hash, then the roots of the subtrees of 2, 4, 8 ... leaves that it completes.
"""

import hashlib
import struct
from typing import Final

import msgspec

from mufakat.journal.frame import ZERO, Batch

BLOCK: Final = 4096
SECTOR: Final = 512
START: Final = 3 * BLOCK
"""Where the first batch begins."""
FORMAT: Final = 3
HASH_BYTES: Final = 32
_MAGIC: Final = b"mufakat journal\n"
_IDENTITY: Final = struct.Struct(">16sI16s32s")
_HEAD: Final = struct.Struct(">8s32sqQQQ32s32s")
_HEAD_MAGIC: Final = b"muf-head"
_BATCH: Final = struct.Struct(">8s32sQQQqQQQQQ32s32s32s32s32s")
BATCH_MAGIC: Final = b"mufbatch"
HEADER_BYTES: Final = _BATCH.size
_CHECKED: Final = 40
"""Bytes of magic and check, before what is checked."""


class Header(msgspec.Struct, frozen=True):
    """A batch where it lies.

    `offset`: of its own first byte; `before`: of the batch before it, or 0; `skip`: of the batch whose height is
    its own without the lowest bit that is set, or 0. `durable`: height of the last batch that was durable when it
    was written, or -1. `length`: bytes of its framed entries. `chain`: after its last entry; `sealed`: the seal
    before it.
    """

    offset: int
    before: int
    skip: int
    durable: int
    length: int
    batch: Batch
    chain: bytes
    sealed: bytes

    @property
    def hashes(self) -> int:
        """How many tree hashes it holds."""
        return hashes_through(self.batch.entries) - hashes_through(self.batch.first)

    @property
    def claimed(self) -> int:
        """How many bytes it claims, whole sectors."""
        return _up(HEADER_BYTES + HASH_BYTES * (self.hashes + 1) + self.length, SECTOR)

    @property
    def end(self) -> int:
        """Where the next batch begins."""
        return self.offset + _up(self.claimed, BLOCK)


class Slot(msgspec.Struct, frozen=True):
    """What a head slot says: the last batch that was durable, where it begins and ends, its chain and seal."""

    height: int
    entries: int
    offset: int
    end: int
    chain: bytes
    seal: bytes


EMPTY: Final = Slot(-1, 0, 0, START, ZERO, ZERO)


def hashes_through(entries: int) -> int:
    """Return how many tree hashes the first so many entries have: each subtree that is complete has one."""
    return 2 * entries - entries.bit_count()


def hash_place(level: int, number: int) -> tuple[int, int]:
    """Return which entry completes subtree `number` of 2**level leaves, and which of all hashes is its root."""
    entry = ((number + 1) << level) - 1
    return entry, hashes_through(entry) + level


def identity(salt: bytes) -> bytes:
    """Write the first block of a file, without the zeros that follow."""
    said = _IDENTITY.pack(_MAGIC, FORMAT, salt, ZERO)[:-32]
    return said + hashlib.sha256(said).digest()


def salt_of(block: bytes) -> bytes | None:
    """Read the salt from a file's first block; None when it is no journal; raises ValueError if it is damaged."""
    if not block.startswith(_MAGIC) or len(block) < _IDENTITY.size:
        return None
    _, number, salt, check = _IDENTITY.unpack_from(block)
    if hashlib.sha256(block[: _IDENTITY.size - 32]).digest() != check:
        raise ValueError("the first block of the file is damaged")
    return bytes(salt) if number == FORMAT else None


def is_written_over(data: bytes) -> bool:
    """Tell whether something else stands where a head slot should, and not one that is only damaged."""
    return not data.startswith(_HEAD_MAGIC)


def packed_slot(slot: Slot, salt: bytes) -> bytes:
    """Write a head slot."""
    return _with_check(_HEAD.pack(_HEAD_MAGIC, ZERO, *msgspec.structs.astuple(slot)), salt)


def slot_of(data: bytes, salt: bytes) -> Slot | None:
    """Read a head slot; None when it is damaged."""
    if not _is_checked(data, _HEAD, _HEAD_MAGIC, salt):
        return None
    return Slot(*_HEAD.unpack_from(data)[2:])


def packed_header(header: Header, salt: bytes) -> bytes:
    """Write the header of a batch."""
    batch = header.batch
    bare = _BATCH.pack(
        *(BATCH_MAGIC, ZERO, header.offset, header.before, header.skip, header.durable, header.length),
        *(batch.height, batch.first, batch.count, batch.block),
        *(header.chain, batch.tree_root, batch.state_root, header.sealed, batch.seal),
    )
    return _with_check(bare, salt)


def header_of(data: bytes, salt: bytes) -> Header | None:
    """Read the header of a batch; None when there is none, or a damaged one."""
    if not _is_checked(data, _BATCH, BATCH_MAGIC, salt):
        return None
    _, _, offset, before, skip, durable, length, *rest = _BATCH.unpack_from(data)
    height, first, count, block, link, tree_root, state_root, sealed, seal = rest
    batch = Batch(height, first, count, tree_root, state_root, seal, block)
    return Header(offset, before, skip, durable, length, batch, link, sealed)


def _with_check(data: bytes, salt: bytes) -> bytes:
    return data[:8] + hashlib.sha256(salt + data[_CHECKED:]).digest() + data[_CHECKED:]


def _is_checked(data: bytes, form: struct.Struct, magic: bytes, salt: bytes) -> bool:
    if len(data) < form.size or not data.startswith(magic):
        return False
    return hashlib.sha256(salt + data[_CHECKED : form.size]).digest() == data[8:_CHECKED]


def _up(length: int, unit: int) -> int:
    return -(-length // unit) * unit
