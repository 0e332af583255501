"""What a state was when it was sealed is what its root says, however much happens before it is hashed."""

import itertools

import pytest

from mufakat.core import apply
from mufakat.core.sealing import root_over
from mufakat.simulation.ledger import NOON_US, Payers, genesis


@pytest.fixture
def steps():
    """The commands of a young union, and of many payments in batches of all sizes."""
    payers = Payers(1)
    return [*payers.founding(), *(payers.command(size) for size in (1, 300, 1, 2_500, 64, 900, 7, 4_000, 1))]


def played(steps):
    state, ticks = apply.found(genesis(1)), itertools.count(NOON_US)
    for step in steps:
        apply.execute(state, step, next(ticks))
        yield state


def test_a_root_is_of_the_moment_of_the_seal_and_not_of_its_hashing(steps):
    roots = [state.root() for state in played(steps)]
    seals = [state.seal() for state in played(steps)]
    assert len(set(roots)) == len(roots)
    assert [seal.root() for seal in seals] == roots
    assert [seal.root() for seal in reversed(seals)] == roots[::-1]
    assert [root_over(seal.preamble, seal.roots()) for seal in seals] == roots


def test_the_root_of_a_later_seal_asked_for_first_leaves_the_earlier_ones_as_they_were(steps):
    roots = [state.root() for state in played(steps)]
    seals = [state.seal() for state in played(steps)]
    assert [seal.root() for seal in reversed(seals)] == roots[::-1]
