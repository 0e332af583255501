import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.audit.tree import Recomputed, tree_head
from mufakat.model.merkle import (
    EMPTY_ROOT,
    Frontier,
    folded,
    inclusion_proof,
    is_included,
    leaf_hash,
    root_above,
    root_of,
)

# The leaves and root that the tests of certificate transparency logs share.
KNOWN_LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
KNOWN_ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def leaves(size):
    return [leaf_hash(bytes([n])) for n in range(size)]


@pytest.mark.parametrize(("size", "root"), KNOWN_ROOTS.items())
def test_the_known_trees_have_their_known_roots(size, root):
    entries = KNOWN_LEAVES[:size]
    assert root_of([leaf_hash(entry) for entry in entries]).hex() == root
    assert tree_head(entries).hex() == root


@given(st.lists(st.binary(max_size=40), max_size=70))
def test_the_growing_tree_has_the_root_that_the_rfc_defines_at_every_size(entries):
    frontier, recomputed = Frontier(), Recomputed()
    assert frontier.root() == recomputed.head() == EMPTY_ROOT
    for size, entry in enumerate(entries, start=1):
        assert frontier.append(leaf_hash(entry)) == recomputed.add(entry)
        assert frontier.size == size
        assert frontier.root() == recomputed.head() == tree_head(entries[:size])
        assert folded(frontier.roots) == frontier.root()


@given(st.integers(0, 70), st.integers(0, 70))
def test_a_restored_frontier_goes_on_as_if_it_had_never_stopped(before, after):
    frontier = Frontier()
    for leaf in leaves(before):
        frontier.append(leaf)
    restored, whole = Frontier(before, frontier.roots), leaves(before + after)
    for leaf in whole[before:]:
        restored.append(leaf)
    assert restored.root() == root_of(whole)
    assert frontier.root() == root_of(whole[:before]), "a copy shares nothing with its original"


@pytest.mark.parametrize(("size", "roots"), [(1, []), (0, [bytes(32)]), (3, [bytes(32)]), (1, [bytes(31)])])
def test_a_frontier_refuses_roots_that_do_not_fit_its_size(size, roots):
    with pytest.raises(ValueError, match="do not fit"):
        Frontier(size, roots)


@pytest.mark.parametrize("size", range(1, 41))
def test_each_leaf_is_proved_at_its_own_place_and_nowhere_else(size):
    tree = leaves(size)
    root = root_of(tree)
    for index, leaf in enumerate(tree):
        path = inclusion_proof(tree, index)
        assert is_included(leaf, index, size, path, root)
        assert [at for at in range(-1, size + 2) if is_included(leaf, at, size, path, root)] == [index]
        assert not is_included(tree[index - 1], index, size, path, root) or size == 1


@given(st.integers(1, 40), st.data())
def test_an_altered_proof_is_refused(size, data):
    tree = leaves(size)
    root, index = root_of(tree), data.draw(st.integers(0, size - 1))
    path = inclusion_proof(tree, index)
    places = ["leaf", "root", "longer", *(range(len(path))), *(["shorter", "reversed"] if path else [])]
    place = data.draw(st.sampled_from(places))
    bit = data.draw(st.integers(0, 255))

    def flip(value):
        return (int.from_bytes(value, "big") ^ (1 << bit)).to_bytes(32, "big")

    match place:
        case "leaf":
            assert not is_included(flip(tree[index]), index, size, path, root)
        case "root":
            assert not is_included(tree[index], index, size, path, flip(root))
        case "longer":
            assert not is_included(tree[index], index, size, [*path, bytes(32)], root)
        case "shorter":
            assert not is_included(tree[index], index, size, path[:-1], root)
        case "reversed":
            assert len(path) == 1 or not is_included(tree[index], index, size, path[::-1], root)
        case int():
            altered = [flip(node) if at == place else node for at, node in enumerate(path)]
            assert not is_included(tree[index], index, size, altered, root)


def test_no_leaf_outside_the_tree_has_a_proof():
    for size, index in ((0, 0), (3, 3), (3, -1)):
        with pytest.raises(IndexError):
            inclusion_proof(leaves(size), index)
        assert not is_included(bytes(32), index, size, [], EMPTY_ROOT)


def test_a_leaf_is_never_taken_for_a_node():
    left, right = leaves(2)
    assert leaf_hash(left + right) != root_of([left, right])
    assert hashlib.sha256(b"\1" + left + right).digest() == root_of([left, right])


@pytest.mark.parametrize("height", range(5))
def test_a_node_leads_to_the_root_of_a_full_tree_from_its_own_place(height):
    leaves = [leaf_hash(bytes([number])) for number in range(1 << height)]
    for place, leaf in enumerate(leaves):
        assert root_above(leaf, place, inclusion_proof(leaves, place)) == root_of(leaves)
        if height:
            assert root_above(leaf, place ^ 1, inclusion_proof(leaves, place)) != root_of(leaves)
