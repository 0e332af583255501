import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.kernels.components import components, line_up
from tests.kernels.graphs import arrays, graphs
from tests.naive import reaches_each_other


@settings(deadline=None)
@given(graphs(nodes=8, most=1, edges=20, unique=False), st.lists(st.integers(0, 7), max_size=3))
def test_components_are_the_firms_that_reach_each_other(edges, alone):
    edges = edges + [(node, node, 1) for node in alone]
    debtors, creditors, _ = arrays(edges)
    count, component = components(8, debtors, creditors)
    assert set(component.tolist()) == set(range(count))
    same = {(a, b) for a in range(8) for b in range(8) if component[a] == component[b]}
    assert same == reaches_each_other(edges, 8)
    assert (component[debtors] >= component[creditors]).all()


def test_a_chain_of_a_million_firms_needs_no_recursion():
    chain = np.arange(1_000_000, dtype=np.int32)
    count, _ = components(1_000_000, chain[:-1], chain[1:])
    assert count == 1_000_000
    assert components(1_000_000, chain, np.roll(chain, -1))[0] == 1


@settings(deadline=None)
@given(graphs(nodes=8, most=1, edges=20), st.lists(st.integers(-5, 5), min_size=8, max_size=8))
def test_debts_between_components_lead_up_and_inside_nothing_changes(edges, given):
    debtors, creditors, _ = arrays(edges)
    count, component = components(8, debtors, creditors)
    before = np.array(given, dtype=np.int64)
    after = before.copy()
    line_up(count, component, debtors, creditors, after)
    inside = component[debtors] == component[creditors]
    moved = after - before
    assert (moved[debtors[inside]] == moved[creditors[inside]]).all()
    assert (after[creditors[~inside]] >= after[debtors[~inside]] + 1).all()
