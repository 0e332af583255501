import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.audit.optimum import AcrossDebt, NotAtOptimum, check_across
from mufakat.kernels.across import set_off_across, whole_units
from tests.kernels.graphs import arrays, graphs, random_graph, set_off
from tests.naive import gained_at

WORTHS = (1, 7, 10, 613, 1_000)
mixed = graphs(nodes=8, most=40, edges=24, unique=False).flatmap(
    lambda edges: st.tuples(
        st.just(edges), st.lists(st.sampled_from(WORTHS), min_size=len(edges), max_size=len(edges))
    )
)


def across(edges, worths, nodes, ids=None):
    debtors, creditors, amounts = arrays(edges)
    ids = np.array(range(len(edges)) if ids is None else ids, np.int32)
    dues = np.zeros_like(ids)
    return set_off_across(nodes, debtors, creditors, amounts, np.array(worths, np.int64), dues, ids)


def checked(edges, worths, nodes):
    found = across(edges, worths, nodes)
    debts = [
        AcrossDebt(d, c, amount, cleared, worth)
        for (d, c, amount), cleared, worth in zip(edges, found.cleared.tolist(), worths, strict=True)
    ]
    return found, check_across(debts, dict(enumerate(found.potentials.tolist())))


@settings(deadline=None, max_examples=300)
@given(mixed)
def test_nobody_gains_or_loses_a_unit_and_what_is_gained_is_lost(case):
    edges, worths = case
    found, _ = checked(edges, worths, 8)
    cleared = [(*edge[:2], each) for edge, each in zip(edges, found.cleared.tolist(), strict=True)]
    gained = gained_at(cleared, worths)
    assert sum(gained.values()) == 0
    for firm, tokens in gained.items():
        dearest = max(worth for edge, worth in zip(edges, worths, strict=True) if firm in edge[:2])
        assert abs(tokens) < dearest


@settings(deadline=None)
@given(mixed)
def test_what_is_cleared_is_the_optimum_in_tokens_but_for_the_rounding(case):
    edges, worths = case
    found, _ = checked(edges, worths, 8)
    tokens = [(d, c, amount * worth) for (d, c, amount), worth in zip(edges, worths, strict=True)]
    assert found.tokens == int(set_off(tokens, 8).cleared.sum())
    after = sum(each * worth for each, worth in zip(found.cleared.tolist(), worths, strict=True))
    assert abs(after - found.tokens) < 8 * max(worths, default=1)


@settings(deadline=None)
@given(mixed, st.randoms(use_true_random=False))
def test_the_order_of_rows_decides_nothing(case, random):
    edges, worths = case
    numbers = random.sample(range(len(edges)), len(edges))
    once = across(edges, worths, 8).cleared
    again = across([edges[n] for n in numbers], [worths[n] for n in numbers], 8, numbers).cleared
    assert once[numbers].tolist() == again.tolist()


def test_with_one_currency_nothing_is_rounded():
    edges = random_graph(5, 40, 300, 90)
    found, proved = checked(edges, [7] * 300, 40)
    assert int(found.cleared.sum()) * 7 == found.tokens == proved.cleared


def test_a_large_graph_of_many_currencies_keeps_the_bound_for_each_firm():
    edges = random_graph(6, 3_000, 20_000, 10**7)
    rng = np.random.default_rng(6)
    worths = rng.choice(WORTHS, 20_000).tolist()
    found, proved = checked(edges, worths, 3_000)
    assert proved.cleared > found.tokens * 9_999 // 10_000


def test_units_are_the_quotient_or_one_more():
    debtors, creditors, tokens = arrays([(0, 1, 15), (1, 2, 15), (2, 0, 15)])
    worths = np.array([10, 7, 1], np.int64)
    units = whole_units(3, debtors, creditors, tokens, worths)
    assert all(0 <= unit - q <= 1 for unit, q in zip(units, tokens // worths, strict=True))


def test_a_set_off_that_takes_from_a_firm_is_noticed():
    debts = [AcrossDebt(0, 1, 10, 10, 7), AcrossDebt(1, 0, 10, 8, 7)]
    with pytest.raises(NotAtOptimum, match="0: gains 14 tokens, a unit or more"):
        check_across(debts, {})
    with pytest.raises(NotAtOptimum, match="not proved the most"):
        check_across([AcrossDebt(0, 1, 10, 0, 7), AcrossDebt(1, 0, 10, 0, 7)], {})
    with pytest.raises(NotAtOptimum, match="11 cleared of 10"):
        check_across([AcrossDebt(0, 1, 10, 11, 7), AcrossDebt(1, 0, 11, 11, 7)], {})
