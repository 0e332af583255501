import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from mufakat.kernels.conditions import set_off_under
from mufakat.kernels.limits import NO_LIMIT
from mufakat.kernels.shadow import gains
from tests.kernels.graphs import arrays, graphs, random_graph
from tests.naive import longest_way


def prices(edges, nodes, limits, wholes=()):
    of = np.full(nodes, NO_LIMIT, np.int64)
    of[list(limits)] = list(limits.values())
    debtors, creditors, amounts = arrays(edges)
    order = np.arange(len(edges), dtype=np.int32)
    whole = np.isin(order, list(wholes))
    found = set_off_under(nodes, debtors, creditors, amounts, order, order, whole, of)
    return found, gains(nodes, debtors, creditors, whole, of, found).tolist()


def value_with_credit(edges, nodes, limits, firm):
    """The optimum by another solver, when a lender gives `firm` a unit that any may keep; None lends nothing."""
    solver, lender, big = SimpleMinCostFlow(), 2 * nodes, 10**9
    for debtor, creditor, amount in edges:
        solver.add_arc_with_capacity_and_unit_cost(debtor, nodes + creditor, amount, -1)
    for node in range(nodes):
        solver.add_arc_with_capacity_and_unit_cost(nodes + node, node, limits.get(node, big), 0)
        solver.add_arc_with_capacity_and_unit_cost(nodes + node, lender, 1, 0)
    if firm is not None:
        solver.add_arc_with_capacity_and_unit_cost(lender, firm, 1, 0)
    for node in range(2 * nodes + 1):
        solver.set_node_supply(node, 0)
    assert solver.solve() == solver.OPTIMAL
    return -solver.optimal_cost()


@settings(deadline=None, max_examples=60)
@given(
    graphs(nodes=6, most=5, edges=14),
    st.dictionaries(st.integers(0, 5), st.integers(0, 8), max_size=3),
)
def test_a_unit_of_credit_frees_what_the_price_says_when_all_is_solved_again(edges, limits):
    found, said = prices(edges, 6, limits)
    free = value_with_credit(edges, 6, limits, None)
    assert free == int(found.cleared.sum())
    assert said == [value_with_credit(edges, 6, limits, firm) - free for firm in range(6)]


@settings(deadline=None, max_examples=60)
@given(graphs(nodes=8, most=9, edges=30))
def test_the_price_is_the_longest_way_and_within_what_the_certificate_bounds(edges):
    found, said = prices(edges, 8, {})
    ways = [(d, c, 1) for (d, c, amount), f in zip(edges, found.cleared, strict=True) if f < amount]
    ways += [(c, d, -1) for (d, c, _), f in zip(edges, found.cleared, strict=True) if f]
    assert said == [longest_way(ways, firm) for firm in range(8)]
    highest = max(found.paying.max(), found.receiving.max())
    assert all(price <= highest - p for price, p in zip(said, found.paying.tolist(), strict=True))


def test_a_chain_is_freed_to_its_end():
    assert prices([(0, 1, 5), (1, 2, 5), (2, 3, 5)], 4, {})[1] == [3, 2, 1, 0]


def test_a_debt_that_is_indivisible_is_not_paid_by_a_unit():
    assert prices([(0, 1, 5), (1, 2, 5), (2, 3, 5)], 4, {}, {1})[1] == [1, 0, 1, 0]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_larger_graph_agrees_with_the_plain_rounds(seed):
    edges = random_graph(seed, 120, 400, 50)
    found, said = prices(edges, 120, {})
    ways = [(d, c, 1) for (d, c, amount), f in zip(edges, found.cleared, strict=True) if f < amount]
    ways += [(c, d, -1) for (d, c, _), f in zip(edges, found.cleared, strict=True) if f]
    assert said == [longest_way(ways, firm) for firm in range(120)]
