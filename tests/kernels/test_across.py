import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.audit.optimum import AcrossDebt, NotAtOptimum, check_across
from mufakat.kernels.across import rounded_up, set_off_across
from tests.kernels.graphs import arrays, graphs, random_graph, set_off
from tests.naive import gained_at, ups_by_rings

PRICES = (1, 7, 10, 613, 1_000)
mixed = graphs(nodes=8, most=40, edges=24, unique=False).flatmap(
    lambda edges: st.tuples(
        st.just(edges), st.lists(st.sampled_from(PRICES), min_size=len(edges), max_size=len(edges))
    )
)


def across(edges, prices, nodes, ids=None):
    debtors, creditors, amounts = arrays(edges)
    ids = np.array(range(len(edges)) if ids is None else ids, np.int32)
    dues = np.zeros_like(ids)
    return set_off_across(nodes, debtors, creditors, amounts, np.array(prices, np.int64), dues, ids)


def checked(edges, prices, nodes):
    found = across(edges, prices, nodes)
    debts = [
        AcrossDebt(d, c, amount, cleared, price)
        for (d, c, amount), cleared, price in zip(edges, found.cleared.tolist(), prices, strict=True)
    ]
    return found, check_across(debts, dict(enumerate(found.potentials.tolist())), found.step)


@settings(deadline=None, max_examples=300)
@given(mixed)
def test_nobody_gains_or_loses_a_unit_and_what_is_gained_is_lost(case):
    edges, prices = case
    found, _ = checked(edges, prices, 8)
    cleared = [(*edge[:2], each) for edge, each in zip(edges, found.cleared.tolist(), strict=True)]
    gained = gained_at(cleared, prices)
    assert sum(gained.values()) == 0
    for firm, points in gained.items():
        dearest = max(price for edge, price in zip(edges, prices, strict=True) if firm in edge[:2])
        assert abs(points) < dearest


@settings(deadline=None)
@given(mixed)
def test_what_is_cleared_is_the_optimum_in_points_but_for_the_rounding(case):
    edges, prices = case
    found, _ = checked(edges, prices, 8)
    tokens = [(d, c, amount * price) for (d, c, amount), price in zip(edges, prices, strict=True)]
    assert (found.step, found.steps) == (1, int(set_off(tokens, 8).cleared.sum()))
    after = sum(each * price for each, price in zip(found.cleared.tolist(), prices, strict=True))
    assert abs(after - found.steps) < 8 * max(prices, default=1)


@settings(deadline=None)
@given(mixed, st.randoms(use_true_random=False))
def test_the_order_of_rows_decides_nothing(case, random):
    edges, prices = case
    numbers = random.sample(range(len(edges)), len(edges))
    once = across(edges, prices, 8).cleared
    again = across([edges[n] for n in numbers], [prices[n] for n in numbers], 8, numbers).cleared
    assert once[numbers].tolist() == again.tolist()


def test_with_one_currency_nothing_is_rounded():
    edges = random_graph(5, 40, 300, 90)
    found, proved = checked(edges, [7] * 300, 40)
    assert int(found.cleared.sum()) * 7 == found.steps == proved.cleared


def test_a_large_graph_of_many_currencies_keeps_the_bound_for_each_firm():
    edges = random_graph(6, 3_000, 20_000, 10**7)
    rng = np.random.default_rng(6)
    prices = rng.choice(PRICES, 20_000).tolist()
    found, proved = checked(edges, prices, 3_000)
    assert proved.cleared > found.steps * 9_999 // 10_000


@settings(deadline=None, max_examples=100)
@given(graphs(nodes=6, most=10**18 // 40, edges=16, unique=False), st.data())
def test_debts_and_prices_of_any_size_keep_the_bound_for_each_firm(edges, data):
    price = st.sampled_from((1, 613, 10**9 + 7, 10**13, 2**61 - 1))
    prices = data.draw(st.lists(price, min_size=len(edges), max_size=len(edges)))
    found, _ = checked(edges, prices, 6)
    cleared = [(*edge[:2], each) for edge, each in zip(edges, found.cleared.tolist(), strict=True)]
    for firm, points in gained_at(cleared, prices).items():
        assert abs(points) < max(p for edge, p in zip(edges, prices, strict=True) if firm in edge[:2])


def test_a_part_is_rounded_up_or_down_and_what_is_whole_stays():
    debtors, creditors, parts = arrays([(0, 1, 5), (1, 2, 1), (2, 0, 0)])
    ups = rounded_up(3, debtors, creditors, parts, np.array([10, 7, 1], np.int64))
    assert ups.tolist() == [0, 0, 0]
    assert rounded_up(3, *arrays([(0, 1, 5), (1, 0, 5)]), np.array([10, 7], np.int64)).tolist() == [0, 0]


@settings(deadline=None, max_examples=300)
@given(mixed, st.randoms(use_true_random=False))
def test_the_rounding_is_that_of_its_plain_twin(case, random):
    edges, prices = case
    debts = [(*edge[:2], random.randrange(price), price) for edge, price in zip(edges, prices, strict=True)]
    parts = arrays([each[:3] for each in debts])
    assert rounded_up(8, *parts, np.array(prices, np.int64)).tolist() == ups_by_rings(8, debts)


def test_the_rounding_of_a_chain_against_the_order_of_firms_ends_soon():
    firms = 300_000  # half a minute or more if each debt were followed to the chain's end
    debtors = np.arange(1, firms, dtype=np.int32)
    parts = np.full(firms - 1, 5, np.int64)
    start = time.process_time()
    ups = rounded_up(firms, debtors, debtors - 1, parts, 2 * parts)
    assert time.process_time() - start < 5
    assert not ups.any()  # all rounded down: only the two ends differ, by half a unit


def test_a_set_off_that_takes_from_a_firm_is_noticed():
    debts = [AcrossDebt(0, 1, 10, 10, 7), AcrossDebt(1, 0, 10, 8, 7)]
    with pytest.raises(NotAtOptimum, match="0: gains 14 points, a unit or more"):
        check_across(debts, {}, 1)
    with pytest.raises(NotAtOptimum, match="not proved the most"):
        check_across([AcrossDebt(0, 1, 10, 0, 7), AcrossDebt(1, 0, 10, 0, 7)], {}, 1)
    with pytest.raises(NotAtOptimum, match="11 cleared of 10"):
        check_across([AcrossDebt(0, 1, 10, 11, 7), AcrossDebt(1, 0, 11, 11, 7)], {}, 1)


@pytest.mark.parametrize("step", [0, 2, 10**30])
def test_a_step_larger_than_the_debts_need_proves_nothing(step):
    debts = [AcrossDebt(0, 1, 10, 0, 7), AcrossDebt(1, 0, 10, 0, 7)]
    with pytest.raises(NotAtOptimum, match=f"its step is {step} points.* has to be 1"):
        check_across(debts, {}, step)
