"""What must hold of payments that wait; `test_invariant.py` breaks each of these rules on purpose."""

import pytest

from mufakat.core.invariant import INVARIANTS
from mufakat.core.queue_invariant import QUEUE_INVARIANTS
from tests.strategies import each_once, play, world


def test_they_are_among_the_invariants_of_the_union():
    assert set(QUEUE_INVARIANTS) <= set(INVARIANTS)


@pytest.mark.parametrize("check", QUEUE_INVARIANTS, ids=lambda check: check.__name__)
def test_they_hold_on_a_day_in_which_everything_happens(check):
    union = world()
    play(union, list(each_once()))
    assert check(union.state) == []
