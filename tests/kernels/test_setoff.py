import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.kernels import setoff
from mufakat.kernels.setoff import remaining_debt
from tests.naive import Edge, best_set_off_by_search, has_cycle, net_positions


@st.composite
def graphs(draw: st.DrawFn, nodes: int, most: int, edges: int) -> list[Edge]:
    pairs = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1)).filter(lambda p: p[0] != p[1])
    chosen = draw(st.lists(pairs, max_size=edges, unique=True))
    return [(debtor, creditor, draw(st.integers(1, most))) for debtor, creditor in chosen]


def solve(edges: list[Edge], nodes: int) -> list[Edge]:
    debtors, creditors, amounts = (np.array([e[i] for e in edges], dtype=np.int64) for i in range(3))
    left = remaining_debt(nodes, debtors, creditors, amounts).tolist()
    return [(d, c, amount) for (d, c, _), amount in zip(edges, left, strict=True)]


@given(graphs(nodes=4, most=2, edges=6))
def test_the_optimum_is_that_of_exhaustive_search(edges):
    cleared = sum(e[2] for e in edges) - sum(e[2] for e in solve(edges, 4))
    assert cleared == best_set_off_by_search(edges)


@given(graphs(nodes=12, most=10**12, edges=60))
def test_net_positions_stay_nobody_owes_more_and_no_cycle_is_left(edges):
    left = solve(edges, 12)
    assert net_positions(left) == net_positions(edges)
    assert all(0 <= after[2] <= before[2] for before, after in zip(edges, left, strict=True))
    assert not has_cycle(left)


def test_amounts_near_the_largest_are_exact():
    big = 2**60 + 1
    assert solve([(0, 1, big), (1, 2, big), (2, 0, big - 1)], 3) == [(0, 1, 1), (1, 2, 1), (2, 0, 0)]


def test_the_order_of_equal_input_gives_the_same_result_twice():
    edges = [(i % 50, (i * 7 + 1) % 50, i % 13 + 1) for i in range(300) if i % 50 != (i * 7 + 1) % 50]
    edges = list({e[:2]: e for e in edges}.values())
    assert solve(edges, 50) == solve(edges, 50)


def test_no_debts_leave_nothing():
    assert solve([], 1) == []


def test_a_solver_without_an_optimum_stops_the_program(monkeypatch):
    class Hopeless(setoff.SimpleMinCostFlow):
        def solve(self):
            return self.INFEASIBLE

    monkeypatch.setattr(setoff, "SimpleMinCostFlow", Hopeless)
    with pytest.raises(ArithmeticError, match="2 debts"):
        solve([(0, 1, 1), (1, 0, 1)], 2)


def test_debts_that_add_up_to_the_whole_range_are_exact():
    half = 2**61 - 1
    assert solve([(0, 1, half), (1, 0, half + 1)], 2) == [(0, 1, 0), (1, 0, 1)]
