import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from mufakat.audit.optimum import ClearedDebt, NotAtOptimum, check_optimum
from mufakat.kernels import setoff
from mufakat.kernels.circulation import Patience
from tests.kernels.graphs import arrays, graphs, random_graph, ring, set_off
from tests.naive import Edge, best_set_off_by_search, has_cycle, net_positions


def proved(edges: list[Edge], nodes: int) -> int:
    """Solve, check the certificate, and return what is cleared."""
    found = set_off(edges, nodes)
    debts = [ClearedDebt(*edge, f) for edge, f in zip(edges, found.cleared.tolist(), strict=True)]
    return check_optimum(debts, dict(enumerate(found.potentials.tolist()))).cleared


def left(edges: list[Edge], nodes: int) -> list[Edge]:
    cleared = set_off(edges, nodes).cleared.tolist()
    return [(d, c, amount - f) for (d, c, amount), f in zip(edges, cleared, strict=True)]


def second_opinion(edges: list[Edge], nodes: int) -> int:
    debtors, creditors, amounts = arrays(edges)
    solver = SimpleMinCostFlow()
    solver.add_arcs_with_capacity_and_unit_cost(
        debtors, creditors, amounts, np.full(len(amounts), -1, dtype=np.int64)
    )
    solver.set_nodes_supplies(np.arange(nodes), np.zeros(nodes, dtype=np.int64))
    assert solver.solve() == solver.OPTIMAL
    return -solver.optimal_cost()


@settings(deadline=None)
@given(graphs(nodes=4, most=2, edges=6))
def test_the_optimum_is_that_of_exhaustive_search(edges):
    assert proved(edges, 4) == best_set_off_by_search(edges)


@settings(deadline=None)
@given(graphs(nodes=12, most=10**12, edges=60, unique=False))
def test_net_positions_stay_nobody_owes_more_and_no_cycle_is_left(edges):
    after = left(edges, 12)
    assert net_positions(after) == net_positions(edges)
    assert all(0 <= new[2] <= old[2] for old, new in zip(edges, after, strict=True))
    assert not has_cycle(after)


@settings(deadline=None)
@given(graphs(nodes=9, most=50, edges=40, unique=False), st.booleans())
def test_the_certificate_proves_each_result_also_by_scaling(edges, scaling):
    with pytest.MonkeyPatch.context() as patch:
        if scaling:
            patch.setattr(setoff, "patience", lambda nodes: Patience(1, 1))
        proved(edges, 9)


@pytest.mark.parametrize("most", [1, 10**6])
@pytest.mark.parametrize(
    ("edges", "nodes"),
    [
        (random_graph(1, 300, 2_000, 10**9), 300),
        (random_graph(2, 2_000, 6_000, 100), 2_000),
        (random_graph(3, 40, 1_500, 2), 40),
        (random_graph(4, 500, 1_000, 2**50), 500),
        (ring(400, 3, 5), 400),
        (ring(900, 1, 6), 900),
    ],
    ids=["trade", "sparse", "dense, units", "large amounts", "ring", "one cycle"],
)
def test_the_value_is_that_of_another_solver_to_the_unit(edges, nodes, most, monkeypatch):
    monkeypatch.setattr(setoff, "patience", lambda nodes: Patience(most, most))
    assert proved(edges, nodes) == second_opinion(edges, nodes)


def test_a_certificate_of_less_than_the_optimum_is_refused(monkeypatch):
    monkeypatch.setattr(
        setoff, "balance", lambda net, potential, given: True
    )  # sends nothing: clears everything
    with pytest.raises(NotAtOptimum):
        proved([(0, 1, 5), (1, 0, 3)], 2)


def test_amounts_near_the_largest_are_exact():
    big = 2**60 + 1
    assert left([(0, 1, big), (1, 2, big), (2, 0, big - 1)], 3) == [(0, 1, 1), (1, 2, 1), (2, 0, 0)]


def test_debts_that_add_up_to_the_whole_range_are_exact():
    half = 2**62 - 1
    assert left([(0, 1, half), (1, 0, half + 1)], 2) == [(0, 1, 0), (1, 0, 1)]


def test_the_same_arrays_give_the_same_result_twice():
    edges = random_graph(7, 200, 3_000, 100)
    assert np.array_equal(set_off(edges, 200).cleared, set_off(edges, 200).cleared)


def test_no_debts_leave_nothing():
    assert set_off([], 1).cleared.tolist() == []


@pytest.mark.parametrize("edges", [[(0, 1, 5), (1, 2, 5), (1, 3, 9)], [(0, 3, 1), (1, 3, 1), (2, 3, 1)]])
def test_nothing_is_cleared_in_a_chain_or_a_star(edges):
    assert proved(edges, 4) == 0


def test_parallel_debts_by_the_thousand_are_one_debt_in_sum():
    edges = [(0, 1, 1 + i % 7) for i in range(5_000)] + [(1, 0, 3) for _ in range(4_000)]
    assert proved(edges, 2) == 2 * 12_000


def test_one_huge_cycle_is_cleared_at_its_least_debt():
    edges = [(i, (i + 1) % 50_000, 10 + i % 90) for i in range(50_000)]
    assert proved(edges, 50_000) == 10 * 50_000


def test_what_is_outside_cycles_is_proved_too():
    chain = [(i, i + 1, 7) for i in range(6)]
    assert proved([*chain, (2, 1, 3), (5, 4, 9)], 7) == 2 * 3 + 2 * 7
