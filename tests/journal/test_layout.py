"""The bytes of the file: the same back again, and the auditor's own reading of them says the same."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.audit import blocks
from mufakat.journal import layout
from mufakat.journal.frame import Batch
from mufakat.journal.layout import BLOCK, SECTOR, Header, Slot
from mufakat.model.merkle import Frontier

numbers, hashes = st.integers(0, 2**64 - 1), st.binary(min_size=32, max_size=32)
heights = st.integers(-1, 2**63 - 1)
salts = st.binary(min_size=16, max_size=16)
slots = st.builds(Slot, heights, numbers, numbers, numbers, hashes, hashes)
small = st.integers(0, 2**40)
batches = st.builds(Batch, small, small, small, hashes, hashes, hashes, numbers)
headers = st.builds(Header, small, numbers, numbers, heights, small, batches, hashes, hashes)


@given(slots, salts)
def test_a_slot_is_read_back_and_so_it_is_by_the_auditor(slot, salt):
    packed = layout.packed_slot(slot, salt)
    assert len(packed) == blocks.SLOT_BYTES
    assert layout.slot_of(packed, salt) == slot
    audited = blocks.slot_of(packed.ljust(SECTOR, b"\0"), salt)
    assert msgspec.structs.astuple(audited) == msgspec.structs.astuple(slot)


@given(headers, salts)
def test_a_header_is_read_back_and_so_it_is_by_the_auditor(header, salt):
    packed = layout.packed_header(header, salt)
    assert layout.header_of(packed, salt) == header
    audited, batch = blocks.batch_of(packed, salt), header.batch
    assert (audited.height, audited.first, audited.count, audited.block, audited.durable) == (
        *(batch.height, batch.first, batch.count, batch.block),
        header.durable,
    )
    assert (audited.chain, audited.tree_root, audited.state_root, audited.seal_before, audited.seal) == (
        *(header.chain, batch.tree_root, batch.state_root, header.sealed),
        batch.seal,
    )
    assert (audited.offset, audited.before, audited.skip) == (header.offset, header.before, header.skip)
    assert (audited.hashes, audited.claimed) == (32 * header.hashes, header.claimed)
    assert audited.offset + audited.room == header.end
    assert header.claimed % SECTOR == 0 == (header.end - header.offset) % BLOCK


@given(headers, slots, salts, st.integers(0, 271), st.integers(0, 7))
def test_any_flipped_bit_and_another_salt_are_found(header, slot, salt, place, bit):
    for packed, read, audited in (
        (layout.packed_header(header, salt), layout.header_of, blocks.batch_of),
        (layout.packed_slot(slot, salt), layout.slot_of, blocks.slot_of),
    ):
        damaged = bytearray(packed)
        damaged[place % len(packed)] ^= 1 << bit
        assert read(bytes(damaged), salt) is None is audited(bytes(damaged), salt)
        assert read(packed, bytes(16)) is None or salt == bytes(16)
        assert read(packed[:-1], salt) is None


@given(salts)
def test_the_first_block_holds_the_salt(salt):
    block = layout.identity(salt).ljust(BLOCK, b"\0")
    assert layout.salt_of(block) == blocks.salt_of(block) == salt
    assert layout.salt_of(block[:50]) is None
    for other in (b"", b"SQLite format 3\0" + bytes(4_080)):
        assert layout.salt_of(other) is None is blocks.salt_of(other)
    with pytest.raises(ValueError, match="first block"):
        layout.salt_of(block[:30] + bytes([block[30] ^ 1]) + block[31:])


def test_each_tree_hash_lies_where_the_tree_completed_it():
    frontier, kept = Frontier(), []
    leaves = [bytes([n]) * 32 for n in range(70)]
    for entry, leaf in enumerate(leaves):
        assert layout.hashes_through(entry) == len(kept)
        for level, found in enumerate(frontier.append(leaf)):
            assert layout.hash_place(level, entry >> level) == (entry, len(kept))
            kept.append(found)
