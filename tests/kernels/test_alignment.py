"""How words of two names stand side by side: as by sorting all pairs; and no token twice."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mufakat.kernels.alignment import INITIAL, MOST_TOKENS, Names, Query, align, candidates
from tests.naive import aligned_by_sorting

NOBODY = Names(
    token_begins=np.zeros(1, np.int64),
    token_weights=np.zeros(0, np.int32),
    heads=np.zeros(0, np.uint8),
    lengths=np.zeros(0, np.uint8),
    unit_begins=np.zeros(1, np.int64),
    unit_words=np.zeros(0, np.int32),
    unit_firsts=np.zeros(0, np.int8),
    unit_spans=np.zeros(0, np.int8),
)


@st.composite
def names(draw):
    weights = draw(st.lists(st.integers(1, 1000), min_size=1, max_size=5))
    units = [(at, 1) for at in range(len(weights))] + [(at, 2) for at in range(len(weights) - 1)]
    return weights, units


def scored(ours, theirs, near, lengths=(5, 5), heads=(1, 2), *, cut=False):
    (weights, units), (listed, other_units) = ours, theirs
    query = Query(
        weights=np.array(weights, np.int32),
        heads=np.full(len(weights), heads[0], np.uint8),
        lengths=np.full(len(weights), lengths[0], np.uint8),
        firsts=np.array([first for first, _ in units], np.int8),
        spans=np.array([span for _, span in units], np.int8),
        alone=np.array(weights, np.int32),
        cut=cut,
    )
    index = Names(
        token_begins=np.array([0, len(listed)], np.int64),
        token_weights=np.array(listed, np.int32),
        heads=np.full(len(listed), heads[1], np.uint8),
        lengths=np.full(len(listed), lengths[1], np.uint8),
        unit_begins=np.array([0, len(other_units)], np.int64),
        unit_words=np.arange(len(other_units), dtype=np.int32),
        unit_firsts=np.array([first for first, _ in other_units], np.int8),
        unit_spans=np.array([span for _, span in other_units], np.int8),
    )
    matrix = np.array([[near.get((unit, other), 0) for unit in units] for other in other_units], np.int16)
    pairs = np.full((MOST_TOKENS + 1, 5), -1, np.int32)
    score = align(query, matrix, index, 0, pairs)
    return score, pairs[: int(np.argmax(pairs[:, 0] < 0))].tolist()


@given(names(), names(), st.data())
def test_the_score_is_that_of_pairs_taken_in_order_of_what_they_explain(ours, theirs, data):
    near = {
        (unit, other): data.draw(st.sampled_from([0, 0, 720, 850, 1000]))
        for unit in ours[1]
        for other in theirs[1]
    }
    score, pairs = scored(ours, theirs, near)
    assert score == aligned_by_sorting(ours, theirs, near)
    for first, span in ((0, 1), (2, 3)):
        taken = [at for pair in pairs for at in range(pair[first], pair[first] + pair[span])]
        assert len(taken) == len(set(taken))


@given(names())
def test_a_name_fits_itself_whole_and_nothing_fits_not_at_all(name):
    near = {(unit, unit): 1000 for unit in name[1]}
    assert scored(name, name, near)[0] == 1000
    assert scored(name, name, {}) == (0, [])


def test_an_initial_stands_for_a_word_that_begins_with_it():
    two = ([100, 900], [(0, 1), (1, 1)])
    near = {((1, 1), (1, 1)): 1000}
    without, _ = scored(two, two, near)
    score, pairs = scored(two, two, near, lengths=(1, 5), heads=(3, 3))
    assert score > without
    assert pairs == [[1, 1, 1, 1, 1000], [0, 1, 0, 1, INITIAL]]


def test_what_the_name_has_beyond_a_cut_weighs_little():
    ours, theirs = ([900], [(0, 1)]), ([900, 900], [(0, 1), (1, 1)])
    near = {((0, 1), (0, 1)): 1000}
    assert scored(ours, theirs, near, cut=True)[0] > scored(ours, theirs, near)[0]


@given(st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=4), min_size=1, max_size=9), st.data())
def test_candidates_share_the_most_weight_and_a_token_counts_once_in_each(listed, data):
    """Two tokens and them joined; words 0 to 5 of the vocabulary, each near to some of the three units."""
    weights, covers = [300, 700], [(0,), (1,), (0, 1)]
    near = [{word: data.draw(st.sampled_from([0, 720, 1000])) for word in range(6)} for _ in covers]
    pairs = [[(word, value) for word, value in each.items() if value] for each in near]
    postings = [[n for n, words in enumerate(listed) if word in words] for word in range(6)]
    totals = [100 * len(words) for words in listed]
    query, names = scored_query(weights), NOBODY
    sums, gains, turns = (np.zeros(len(listed), kind) for kind in (np.int64, np.int64, np.int8))
    found = candidates(
        query,
        names,
        np.cumsum([0, *map(len, pairs)]).astype(np.int64),
        np.array([word for each in pairs for word, _ in each], np.int32),
        np.array([value for each in pairs for _, value in each], np.int32),
        np.cumsum([0, *map(len, postings)]).astype(np.int64),
        np.array([n for each in postings for n in each], np.int32),
        np.array(totals, np.int32),
        sums,
        gains,
        turns,
        3,
    ).tolist()
    assert not sums.any() and not turns.any()

    def worth(n: int) -> int:
        best = [
            max(near[u][word] for u, cover in enumerate(covers) if q in cover for word in listed[n])
            for q in (0, 1)
        ]
        return (best[0] * 300 + best[1] * 700) * 1024 // (2000 + totals[n])

    assert [worth(n) for n in found] == sorted(filter(None, map(worth, range(len(listed)))), reverse=True)[:3]


def scored_query(weights: list[int]) -> Query:
    return Query(
        weights=np.array(weights, np.int32),
        heads=np.array([1, 2], np.uint8),
        lengths=np.array([5, 5], np.uint8),
        firsts=np.array([0, 1, 0], np.int8),
        spans=np.array([1, 1, 2], np.int8),
        alone=np.array(weights, np.int32),
        cut=False,
    )
