import hashlib

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mufakat.core.leaves import PAGE, Leaves, root_of_leaf


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def leaf(number, version=0):
    return sha(number.to_bytes(8, "big"), bytes([version]))


def root_said(leaves):
    """The root by the words of the module, over all leaves at once."""
    padded = [*leaves, *[bytes(32)] * PAGE]
    level = [sha(b"\2", *padded[at : at + PAGE]) for at in range(0, max(1, len(leaves)), PAGE)]
    while len(level) > 1:
        level += [bytes(32)] * (len(level) % 2)
        level = [sha(b"\1", *level[at : at + 2]) for at in range(0, len(level), 2)]
    return sha(b"\3", len(leaves).to_bytes(8, "big"), level[0])


@pytest.mark.parametrize("count", [*range(40), 63, 64, 65, 255, 256, 257])
def test_each_leaf_is_proved_at_its_own_place_and_nowhere_else(count):
    pages, leaves = Leaves(), [leaf(number) for number in range(count)]
    root = pages.write(range(count), leaves, count)
    assert root == root_said(leaves)
    for number in range(count):
        page, beside = pages.way(number)
        assert root_of_leaf(leaves[number], number, count, page, beside) == root
        for other in (number - 1, number + 1, number ^ PAGE, number + 2**40, -1):
            if other != number:
                assert root_of_leaf(leaves[number], other, count, page, beside) != root
        for other in (count - 1, count + 1, 2 * count + PAGE, 2**63, 2**70, 0, -1):
            assert root_of_leaf(leaves[number], number, other, page, beside) != root


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 40), st.sets(st.integers(0, 200), max_size=20)), max_size=6))
def test_a_root_kept_up_to_date_is_that_of_a_fresh_tree(steps):
    pages, leaves = Leaves(), []
    for version, (more, again) in enumerate(steps, 1):
        new = range(len(leaves), len(leaves) + more)
        leaves += [leaf(number) for number in new]
        changed = sorted(number for number in again if number < len(leaves))
        for number in changed:
            leaves[number] = leaf(number, version)
        written = sorted({*new, *changed})
        assert pages.write(written, [leaves[number] for number in written], len(leaves)) == root_said(leaves)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.data())
def test_a_changed_way_leads_elsewhere(data):
    count = data.draw(st.integers(1, 70))
    pages, leaves = Leaves(), [leaf(number) for number in range(count)]
    root = pages.write(range(count), leaves, count)
    number = data.draw(st.integers(0, count - 1))
    right = pages.way(number)
    theirs = pages.way(data.draw(st.integers(0, count - 1)))
    parts = [*right[0], *right[1], *theirs[0], *theirs[1], root, b"", bytes(32), bytes(64)]
    page, beside = map(list, right)
    changed = data.draw(st.sampled_from((page, beside)))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(changed)))
        changed[at : at + data.draw(st.integers(0, 2))] = data.draw(
            st.lists(st.sampled_from(parts), max_size=2)
        )
    assume((tuple(page), tuple(beside)) != right)
    assert root_of_leaf(leaves[number], number, count, page, beside) != root


def test_no_node_and_no_missing_leaf_passes_for_a_leaf():
    pages, count = Leaves(), PAGE + 2
    root = pages.write(range(count), [leaf(number) for number in range(count)], count)
    page, beside = pages.way(count - 1)
    assert page[2] == bytes(32)
    assert root_of_leaf(bytes(32), count, count, page, beside) is None
    assert root_of_leaf(bytes(32), count, count + 1, page, beside) != root
    assert root_of_leaf(beside[0], 0, 1, (beside[0], *page[1:]), ()) != root
