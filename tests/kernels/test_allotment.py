import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.kernels.allotment import set_off_debts
from tests.naive import allotted, best_set_off_by_search, net_positions

pairs = st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda pair: pair[0] != pair[1])
debts = st.lists(
    st.tuples(pairs, st.integers(1, 30), st.integers(0, 2)).map(lambda d: (*d[0], *d[1:])),
    min_size=1,
    max_size=40,
).map(lambda drawn: [(*debt, number) for number, debt in enumerate(drawn)])


def clear(rows, *, with_ids=True):
    columns = [np.array(column, dtype=np.int32) for column in zip(*rows, strict=True)]
    debtors, creditors, amounts, dues, ids = columns
    ids = ids if with_ids else np.zeros_like(ids)
    return set_off_debts(6, debtors, creditors, amounts.astype(np.int64), dues, ids).cleared.tolist()


@settings(deadline=None)
@given(debts)
def test_a_pairs_total_goes_to_its_oldest_debts(rows):
    cleared = clear(rows)
    totals: dict[tuple[int, int], int] = {}
    for row, each in zip(rows, cleared, strict=True):
        totals[row[:2]] = totals.get(row[:2], 0) + each
    assert cleared == allotted(rows, totals)
    assert net_positions([(*row[:2], each) for row, each in zip(rows, cleared, strict=True)]) == {}


@settings(deadline=None)
@given(debts, st.randoms(use_true_random=False))
def test_the_order_of_rows_decides_nothing(rows, random):
    permuted = random.sample(rows, len(rows))
    assert dict(zip(rows, clear(rows), strict=True)) == dict(zip(permuted, clear(permuted), strict=True))


@settings(deadline=None)
@given(debts, st.randoms(use_true_random=False))
def test_without_identifiers_equal_debts_together_get_the_same(rows, random):
    def by_kind(of):
        return sorted(zip((row[:4] for row in of), clear(of, with_ids=False), strict=True))

    assert by_kind(rows) == by_kind(random.sample(rows, len(rows)))


def test_the_value_is_the_largest():
    rows = [(0, 1, 2, 0, 0), (1, 0, 1, 0, 1), (1, 2, 2, 0, 2), (2, 0, 2, 0, 3)]
    assert sum(clear(rows)) == best_set_off_by_search([row[:3] for row in rows])


def test_sums_up_to_the_whole_range_are_exact():
    half = 2**62 - 1
    numbers = [np.array(column, dtype=np.int32) for column in ([0, 1, 1], [1, 0, 0], [0, 0, 1], [0, 1, 2])]
    amounts = np.array([half, half - 5, 6], dtype=np.int64)
    found = set_off_debts(2, numbers[0], numbers[1], amounts, numbers[2], numbers[3])
    assert found.cleared.tolist() == [half, half - 5, 5]
