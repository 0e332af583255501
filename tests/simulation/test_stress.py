"""The made-up region on a bad day: the same for a seed, whole by every invariant, with a loss to share."""

import pytest

from mufakat.core.invariant import violations
from mufakat.node.rehearsal import costliest, rehearse
from mufakat.simulation.region import make_region
from mufakat.simulation.stress import stressed_state


@pytest.mark.parametrize("seed", [1, 7])
def test_a_bad_day_is_made_of_a_seed_and_breaks_no_rule(seed):
    state = stressed_state(make_region(seed))
    assert [each for each in violations(state) if not each.startswith("keys_are_what")] == []
    assert state.root() == stressed_state(make_region(seed)).root()
    told = rehearse(state, costliest(state))
    assert {each.tier for each in told.payments} >= {"sponsor", "survivor"}
    assert told.owed
