import hashlib
import struct

from hypothesis import given
from hypothesis import strategies as st

from mufakat.journal.frame import Batch, Entry, chain, frame, seal

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


@given(st.binary(min_size=32, max_size=32), entries)
def test_a_chain_hash_depends_on_all_before_it(before, entry):
    framed = frame(entry)
    assert chain(before, framed) == hashlib.sha256(b"mufakat/chain/v1\0" + before + framed).digest()


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
