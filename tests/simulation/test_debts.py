import numpy as np
import pytest

from mufakat.kernels.setoff import largest_set_off
from mufakat.simulation.debts import FAMILIES, LARGEST, make_graph


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_makes_sound_debts_alike_each_time(family):
    graph, again = make_graph(family, 2_000, 3), make_graph(family, 2_000, 3)
    assert all(np.array_equal(a, b) for a, b in zip(graph, again, strict=True))
    assert 1_000 < len(graph.amounts) <= 2_000
    assert (graph.amounts > 0).all() and (graph.debtors != graph.creditors).all()
    pairs = graph.debtors.astype(np.int64) * graph.firms + graph.creditors
    assert (np.diff(pairs) > 0).all()
    assert sum(graph.amounts.tolist()) < 2**62


@pytest.mark.parametrize("family", FAMILIES)
def test_the_set_off_of_a_family_is_proved(family):
    firms, debtors, creditors, amounts = make_graph(family, 3_000, 4)
    cleared, p = largest_set_off(firms, debtors, creditors, amounts)
    bound = sum(
        a * max(0, 1 + x) for a, x in zip(amounts.tolist(), (p[debtors] - p[creditors]).tolist(), strict=True)
    )
    assert sum(cleared.tolist()) == bound > 0


def test_large_amounts_are_near_the_largest():
    assert sum(make_graph(LARGEST, 1_000, 1).amounts.tolist()) > 2**61
