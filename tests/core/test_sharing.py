"""A loss is shared out to the last unit: compared with exact fractions, one unit after the other."""

import itertools
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core.sharing import Part, share_out
from tests.naive import shared

small = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30)), max_size=6)
large = st.lists(st.tuples(st.integers(0, 10**18), st.integers(0, 10**18)), max_size=6)


def parts(of):
    return [Part(f"Q{place}", weight, cap) for place, (weight, cap) in enumerate(of)]


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.integers(0, 120), small)
def test_shares_are_those_of_exact_fractions(amount, of):
    assert share_out(amount, parts(of)) == shared(amount, [(f"Q{n}", *each) for n, each in enumerate(of)])


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.integers(0, 6 * 10**18), large)
def test_the_sum_is_the_loss_or_all_caps_and_nobody_is_beyond(amount, of):
    bears = share_out(amount, parts(of))
    caps = {each.holder: each.cap for each in parts(of) if each.weight}
    assert all(0 < bears[holder] <= caps[holder] for holder in bears)
    assert sum(bears.values()) == min(amount, sum(caps.values()))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), large)
def test_who_is_not_at_its_cap_bears_within_one_unit_of_its_exact_part(amount, of):
    bears = share_out(amount, parts(of))
    open_parts = [each for each in parts(of) if each.weight and bears.get(each.holder, 0) < each.cap]
    left = sum(bears.get(each.holder, 0) for each in open_parts)
    total = sum(each.weight for each in open_parts)
    for each in open_parts:
        assert abs(bears.get(each.holder, 0) - Fraction(left * each.weight, total)) < 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_units_left_go_to_the_largest_remainders_and_ties_to_the_first_identifier(order):
    of = parts([(1, 99), (1, 99), (1, 99)])
    assert share_out(100, [of[each] for each in order]) == {"Q0": 34, "Q1": 33, "Q2": 33}
    of = parts([(5, 99), (3, 99), (1, 99)])
    assert share_out(10, [of[each] for each in order]) == {"Q0": 6, "Q1": 3, "Q2": 1}


def test_what_a_cap_leaves_the_others_share():
    assert share_out(100, parts([(1, 10), (1, 99), (2, 99)])) == {"Q0": 10, "Q1": 30, "Q2": 60}


def test_a_weight_of_zero_bears_nothing_and_nothing_is_borne_of_nothing():
    assert share_out(5, parts([(0, 9)])) == {}
    assert share_out(0, parts([(1, 9)])) == {}
    assert share_out(5, []) == {}
