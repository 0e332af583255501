"""Groups of things hold all of them in order, and none is larger than it may be but for a single thing."""

import itertools

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from mufakat.node.portions import portions

texts = st.lists(st.text(max_size=30), max_size=20)


@given(texts, st.integers(1, 80), st.one_of(st.none(), st.integers(1, 4)))
def test_all_things_come_in_order_in_groups_that_are_small_and_no_smaller_than_need_be(
    things, most_bytes, most
):
    found = list(portions(things, most_bytes, most))
    assert [each for group in found for each in group] == things
    sizes = [[len(msgspec.msgpack.encode(each)) for each in group] for group in found]
    assert all(len(group) == 1 or sum(group) <= most_bytes for group in sizes)
    assert all(most is None or 1 <= len(group) <= most for group in sizes)
    for group, after in itertools.pairwise(sizes):
        assert len(group) == most or sum(group) + after[0] > most_bytes
