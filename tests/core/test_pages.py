import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.core.pages import Pages
from mufakat.model.merkle import EMPTY_ROOT, inclusion_proof, leaf_hash, root_of


class Book:
    """Pages that tell how often each was read."""

    def __init__(self):
        self.pages, self.read = [], []

    def __call__(self, begin, end):
        self.read += range(begin, end)
        return self.pages[begin:end]


@given(st.lists(st.tuples(st.integers(0, 60), st.lists(st.integers(0, 200), max_size=4)), max_size=6))
def test_the_tree_and_each_path_are_those_of_rfc_9162_after_every_change(steps):
    book = Book()
    tree, version = Pages(book), 0
    assert tree.root_of(tree.take((), 0)) == EMPTY_ROOT
    for more, places in steps:
        first = len(book.pages)
        book.pages += [b"page %d" % number for number in range(first, first + more)]
        changed = {place for place in places if place < len(book.pages)}
        for place in changed:
            version += 1
            book.pages[place] = b"page %d, version %d" % (place, version)
        taken = tree.take({*changed, *range(first, len(book.pages))}, len(book.pages))
        leaves = [leaf_hash(page) for page in book.pages]
        assert tree.root_of(taken) == root_of(leaves)
        for page in {*changed, len(leaves) - 1} if leaves else ():
            assert list(tree.prove(page)) == inclusion_proof(leaves, page)


@pytest.mark.parametrize(("changed", "most"), [([999], 1), ([1_000], 1), ([5], 16)])
def test_a_change_costs_its_page_or_the_span_on_which_it_stands(changed, most):
    book = Book()
    book.pages = [b"%d" % number for number in range(1_001)]
    tree = Pages(book)
    tree.root_of(tree.take(range(1_000), 1_000))
    book.read.clear()
    tree.root_of(tree.take(changed, max(1_000, *(each + 1 for each in changed))))
    assert len(book.read) <= most


@given(
    st.lists(st.tuples(st.integers(0, 40), st.lists(st.integers(0, 120), max_size=3)), max_size=8),
    st.lists(st.integers(0, 3), min_size=8, max_size=8),
)
def test_what_was_taken_is_hashed_as_it_was_however_late(steps, waits):
    book, version = Book(), 0
    tree, waiting = Pages(book), []
    for (more, places), wait in zip(steps, waits, strict=False):
        first = len(book.pages)
        book.pages += [b"page %d" % number for number in range(first, first + more)]
        changed = {place for place in places if place < len(book.pages)}
        for place in changed:
            version += 1
            book.pages[place] = b"page %d, version %d" % (place, version)
        taken = tree.take({*changed, *range(first, len(book.pages))}, len(book.pages))
        waiting.append(
            (taken, root_of([leaf_hash(page) for page in book.pages]) if book.pages else EMPTY_ROOT)
        )
        while len(waiting) > wait:
            taken, root = waiting.pop(0)
            assert tree.root_of(taken) == root
    for taken, root in reversed(waiting):
        assert tree.root_of(taken) == root
