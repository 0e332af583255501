import hashlib
import random
import struct

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.journal.frame import LARGE, Batch, Entry, chain, entries_of, frame, leaf, parts, seal
from mufakat.model.merkle import leaf_hash

numbers, times = st.integers(0, 2**63 - 1), st.integers(-(2**63), 2**63 - 1)
entries = st.builds(Entry, numbers, times, st.binary(max_size=60), st.binary(max_size=60))


def parsed(data):
    seq, at_us, length = struct.unpack_from(">QqQ", data)
    command, rest = data[24 : 24 + length], data[24 + length :]
    assert int.from_bytes(rest[:8], "big") == len(rest) - 8
    return Entry(seq, at_us, command, rest[8:])


@given(entries)
def test_a_frame_can_be_read_in_one_way_only(entry):
    assert parsed(frame(entry)) == entry


def row(entry):
    return entry.at_us, entry.command, entry.outcome


@given(entries, st.integers(0, 2**32), st.integers(0, 80_000), st.integers(0, 80_000))
def test_a_leaf_hash_is_that_of_the_frame_however_large_its_parts(entry, seed, command, outcome):
    chance = random.Random(seed)
    large = Entry(entry.seq, entry.at_us, chance.randbytes(command), chance.randbytes(outcome))
    for each in (entry, large):
        pieces = parts(each.seq, row(each))
        assert b"".join(pieces) == frame(each)
        assert leaf(pieces) == leaf_hash(frame(each))


def test_what_is_large_is_not_copied():
    command, outcome = bytes(LARGE), bytes(5)
    assert any(each is command for each in parts(1, (2, command, outcome)))


@given(st.lists(entries, min_size=1, max_size=5), st.integers(0, 2**62))
def test_entries_end_to_end_are_taken_apart_as_they_were_put_together(made, first):
    made = [msgspec.structs.replace(entry, seq=first + at) for at, entry in enumerate(made)]
    frames = b"".join(map(frame, made))
    found = list(entries_of(memoryview(frames), first, len(made)))
    assert found == [(row(entry), leaf_hash(frame(entry))) for entry in made]
    for wrong in (frames[:-1], frames + b"x", frames[8:]):
        with pytest.raises(ValueError, match=r"fit|follows"):
            list(entries_of(memoryview(wrong), first, len(made)))


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_a_chain_hash_depends_on_all_before_it(before, leaf):
    assert chain(before, leaf) == hashlib.sha256(b"mufakat/chain/v2\0" + before + leaf).digest()


def test_a_seal_depends_on_each_number_and_root_but_not_on_the_stated_seal():
    def sealed(before=bytes(32), last=bytes(32), **change):
        fields = {"height": 1, "first": 2, "count": 3, "tree_root": bytes(32), "state_root": bytes(32)}
        return seal(before, Batch(**{**fields, "seal": b"", **change}), last)

    other = b"\1" * 32
    changes = [
        *({"height": 9}, {"first": 9}, {"count": 9}, {"tree_root": other}, {"state_root": other}),
        *({"before": other}, {"last": other}),
    ]
    assert len({sealed(), *(sealed(**change) for change in changes)}) == len(changes) + 1
    assert sealed(seal=other) == sealed()
