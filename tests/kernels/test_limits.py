import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.audit.optimum import ClearedDebt, Limit, NotAtOptimum, check_optimum
from mufakat.kernels.limits import MOST_WITH_LIMITS, NO_LIMIT, largest_set_off_within
from tests.kernels.graphs import arrays, graphs, random_graph, set_off
from tests.naive import best_set_off_within_limits, has_cycle


def within(edges, nodes, limits):
    of = np.full(nodes, NO_LIMIT, np.int64)
    of[list(limits)] = list(limits.values())
    return largest_set_off_within(nodes, *arrays(edges), of)


def proved(edges, nodes, limits):
    """Solve, check the certificate with the limits, and return what is cleared."""
    found = within(edges, nodes, limits)
    debts = [ClearedDebt(*edge, f) for edge, f in zip(edges, found.cleared.tolist(), strict=True)]
    bounds = {firm: Limit(limit, int(found.receiving[firm])) for firm, limit in limits.items()}
    return check_optimum(debts, dict(enumerate(found.paying.tolist())), bounds).cleared


some_limits = st.dictionaries(st.integers(0, 3), st.integers(0, 4), max_size=4)


@settings(deadline=None)
@given(graphs(nodes=4, most=2, edges=6), some_limits)
def test_the_optimum_within_limits_is_that_of_exhaustive_search(edges, limits):
    assert proved(edges, 4, limits) == best_set_off_within_limits(edges, limits)


@settings(deadline=None)
@given(
    graphs(nodes=12, most=10**12, edges=60, unique=False),
    st.dictionaries(st.integers(0, 11), st.integers(0, 10**12), max_size=12),
)
def test_the_certificate_proves_each_result_and_no_limit_is_passed(edges, limits):
    cleared = proved(edges, 12, limits)
    assert cleared <= int(set_off(edges, 12).cleared.sum())


def test_without_a_limit_that_binds_the_result_is_the_free_one():
    edges = random_graph(3, 60, 400, 1_000)
    free = set_off(edges, 60)
    wide = within(edges, 60, dict.fromkeys(range(60), 10**9))
    assert np.array_equal(free.cleared, wide.cleared)


def test_a_large_graph_with_limits_is_proved():
    edges = random_graph(4, 500, 4_000, 10**6)
    limits = {firm: 700_000 * (firm % 7) for firm in range(0, 500, 3)}
    free = int(set_off(edges, 500).cleared.sum())
    assert 0 < proved(edges, 500, limits) < free


def test_a_firm_that_allows_nothing_is_passed_by():
    edges = [(0, 1, 5), (1, 0, 5), (1, 2, 3), (2, 1, 3)]
    assert within(edges, 3, {0: 0}).cleared.tolist() == [0, 0, 3, 3]
    assert not has_cycle([(1, 2, 0), (2, 1, 0)])


def test_a_limit_that_was_passed_or_a_wrong_proof_is_noticed():
    edges = [(0, 1, 5), (1, 0, 5)]
    debts = [ClearedDebt(*edge, 5) for edge in edges]
    with pytest.raises(NotAtOptimum, match="0: 5 set off, more than its limit 4"):
        check_optimum(debts, {}, {0: Limit(4, 0)})
    with pytest.raises(NotAtOptimum, match="not proved the most"):
        check_optimum([ClearedDebt(*edge, 3) for edge in edges], {}, {0: Limit(4, 0)})


def test_amounts_up_to_half_the_range_are_exact():
    half = MOST_WITH_LIMITS // 2
    edges = [(0, 1, half), (1, 0, half)]
    assert within(edges, 2, {0: half - 1}).cleared.tolist() == [half - 1, half - 1]
