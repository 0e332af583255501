import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.kernels import conditions
from mufakat.kernels.conditions import set_off_under
from mufakat.kernels.limits import NO_LIMIT
from tests.naive import allotted, best_set_off_by_search, best_set_off_within_limits, net_positions

pairs = st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(lambda pair: pair[0] != pair[1])
rows = st.lists(
    st.tuples(pairs, st.integers(1, 3), st.integers(0, 2), st.booleans()).map(lambda d: (*d[0], *d[1:])),
    min_size=1,
    max_size=7,
)
some_limits = st.dictionaries(st.integers(0, 3), st.integers(0, 5), max_size=3)


def under(of, limits, ids=None):
    debtors, creditors, amounts, dues, wholes = zip(*of, strict=True)
    limit = np.full(4, NO_LIMIT, np.int64)
    limit[list(limits)] = list(limits.values())
    return set_off_under(
        4,
        np.array(debtors, np.int32),
        np.array(creditors, np.int32),
        np.array(amounts, np.int64),
        np.array(dues, np.int32),
        np.array(range(len(of)) if ids is None else ids, np.int32),
        np.array(wholes, np.bool_),
        limit,
    )


@settings(deadline=None, max_examples=300)
@given(rows, some_limits)
def test_what_is_indivisible_is_cleared_as_a_whole_or_not_and_nothing_is_above_what_is_possible(of, limits):
    found = under(of, limits)
    cleared = found.cleared.tolist()
    edges = [row[:3] for row in of]
    wholes = {number for number, row in enumerate(of) if row[4]}
    for row, each in zip(of, cleared, strict=True):
        assert 0 <= each <= row[2]
        assert not row[4] or each in {0, row[2]}
    assert net_positions([(*row[:2], each) for row, each in zip(of, cleared, strict=True)]) == {}
    for firm, limit in limits.items():
        assert sum(each for row, each in zip(of, cleared, strict=True) if row[0] == firm) <= limit
    assert sum(cleared) <= best_set_off_within_limits(edges, limits, wholes)
    assert found.bound == best_set_off_within_limits(edges, limits)
    if not wholes:
        assert sum(cleared) == found.bound


@settings(deadline=None)
@given(rows, some_limits, st.randoms(use_true_random=False))
def test_the_order_of_rows_decides_nothing(of, limits, random):
    ids = list(range(len(of)))
    mixed = random.sample(ids, len(ids))
    once = under(of, limits).cleared
    again = under([of[n] for n in mixed], limits, mixed).cleared
    assert once[mixed].tolist() == again.tolist()


@settings(deadline=None)
@given(rows)
def test_without_conditions_a_pairs_total_of_the_free_optimum_goes_to_its_oldest_debts(of):
    found = under([(*row[:4], False) for row in of], {}).cleared.tolist()
    assert sum(found) == best_set_off_by_search([row[:3] for row in of])
    totals: dict[tuple[int, int], int] = {}
    for row, each in zip(of, found, strict=True):
        totals[row[:2]] = totals.get(row[:2], 0) + each
    assert found == allotted([(*row[:4], n) for n, row in enumerate(of)], totals)


@settings(deadline=None)
@given(rows, st.randoms(use_true_random=False))
def test_without_identifiers_equal_debts_together_get_the_same(of, random):
    def by_kind(drawn):
        cleared = under(drawn, {}, [0] * len(drawn)).cleared.tolist()
        return sorted(zip((row[:4] for row in drawn), cleared, strict=True))

    of = [(*row[:4], False) for row in of]
    assert by_kind(of) == by_kind(random.sample(of, len(of)))


def test_sums_up_to_the_whole_range_are_exact():
    half = 2**62 - 1
    found = under([(0, 1, half, 0, False), (1, 0, half - 5, 0, False), (1, 0, 6, 1, False)], {})
    assert found.cleared.tolist() == [half, half - 5, 5]


def test_the_debt_that_fits_is_cleared_in_place_of_the_one_that_does_not():
    of = [(0, 1, 3, 0, True), (0, 1, 2, 1, True), (1, 0, 2, 0, False)]
    found = under(of, {})
    assert found.cleared.tolist() == [0, 2, 2]
    assert found.taking_part.tolist() == [3, 2, 2]


def test_the_latest_that_fits_only_in_part_is_left_out_and_said_to_be():
    of = [(0, 1, 2, 0, True), (0, 1, 2, 1, True), (1, 0, 3, 0, False)]
    found = under(of, {})
    assert found.cleared.tolist() == [2, 0, 2]
    assert (found.taking_part.tolist(), found.bound) == ([2, 0, 3], 6)


def test_it_ends_also_where_hardly_anything_fits(monkeypatch):
    monkeypatch.setattr(conditions, "FINE_ROUNDS", 1)
    of = [(n, (n + 1) % 4, 3 - n % 2, 0, True) for n in range(4)] + [(0, 2, 1, 0, True), (2, 0, 2, 0, True)]
    assert under(of, {}).cleared.tolist() == [0] * 6


def test_an_amount_of_nothing_takes_no_part():
    assert under([(0, 1, 0, 0, False), (1, 0, 0, 0, True)], {}).cleared.tolist() == [0, 0]
