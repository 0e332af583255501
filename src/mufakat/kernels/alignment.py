"""Which names of an index have most in common with a query, and how their words stand side by side.

A name and a query are tokens with weights per mille (rare words weigh more), and units: a token, or
neighbours joined, by first token and span. `near[v, u]` says how close unit `u` of the query is to word `v`
of the vocabulary, per mille, 0 for not close. Name `n` has tokens `token_begins[n]:token_begins[n + 1]` and
units `unit_begins[n]:unit_begins[n + 1]`.

Units are paired greedily by what they explain, no token twice; initials stand for what begins with them. The
score is the weight explained on both sides over all weight, per mille; what only the name has weighs less
than what only the query has, for a list says more of a person than a payment does.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from mufakat.kernels.compiled import Int8, Int32, Int64, compiled
from mufakat.kernels.names import WHOLE

Near = npt.NDArray[np.int16]

MOST_TOKENS: Final = 24
"""Tokens of a name that are compared; longer texts are looked at in windows."""
MOST_PAIRS: Final = 600
SHARP: Final = 250
"""Per mille of what is missing to a whole match that is taken off once more: near words are not the same words."""
ONLY_LISTED: Final = 550
"""Per mille of the weight that words count with which the name has and the query lacks."""
ONLY_LISTED_CUT: Final = 150
"""The same where the query was cut at the end."""
INITIAL: Final = 850
"""How close an initial is to a word that begins with it, per mille."""
INITIAL_WEIGHT: Final = 350
"""Per mille of its weight that a word counts with which only an initial stands for."""
INITIAL_LISTED: Final = 600
INITIAL_LISTED_WEIGHT: Final = 700
"""The same for initials of the list: a single letter on it may be anything, mostly a part of a firm's name."""


class Names(NamedTuple):
    """The names of an index, as arrays; `heads` and `lengths`: first letter and length of each token."""

    token_begins: Int64
    token_weights: Int32
    heads: npt.NDArray[np.uint8]
    lengths: npt.NDArray[np.uint8]
    unit_begins: Int64
    unit_words: Int32
    unit_firsts: npt.NDArray[np.int8]
    unit_spans: npt.NDArray[np.int8]


class Query(NamedTuple):
    """A query, as arrays like those of a name.

    `alone`: weights of tokens that the name lacks. `cut`: the end may be missing.
    """

    weights: Int32
    heads: npt.NDArray[np.uint8]
    lengths: npt.NDArray[np.uint8]
    firsts: npt.NDArray[np.int8]
    spans: npt.NDArray[np.int8]
    alone: Int32
    cut: bool


@compiled
def _begun(query: Query, names: Names, n: int) -> int:
    """Return what tokens of a name weigh, per mille of a mille, that begin with an initial of the query."""
    weight = 0
    for q in range(len(query.weights)):
        for t in range(names.token_begins[n], names.token_begins[n + 1] if query.lengths[q] == 1 else 0):
            if names.heads[t] == query.heads[q] and names.lengths[t] > 1:
                weight += (query.weights[q] + names.token_weights[t]) * INITIAL_WEIGHT // WHOLE * INITIAL
                break
    return weight


@compiled
def candidates(
    query: Query,
    names: Names,
    near_begins: Int64,
    near_words: Int32,
    near_values: Int32,
    posting_begins: Int64,
    postings: Int32,
    totals: Int32,
    sums: Int64,
    gains: Int64,
    turns: Int8,
    most: int,
) -> Int32:
    """Return at most `most` names that share the most weight with a query, the best first.

    Unit `u` is near to `near_words[near_begins[u]:near_begins[u + 1]]`; word `v` stands in `postings` of names.
    `totals`: weight of each name. `sums`, `gains`, `turns`: by name, what it shares, what of it is of the token
    that was last in turn, and which that was; all zero but for `gains`, and again afterwards. A token counts
    once in a name, by the word that it is nearest to.
    """
    touched = np.empty(len(totals), np.int32)
    count = 0
    own = max(query.weights.sum(), 1)
    for q in range(len(query.weights)):
        for u in range(len(near_begins) - 1):
            if not query.firsts[u] <= q < query.firsts[u] + query.spans[u]:
                continue
            for at in range(near_begins[u], near_begins[u + 1]):
                word = near_words[at]
                gain = query.weights[q] * near_values[at]
                for place in range(posting_begins[word], posting_begins[word + 1]):
                    name = postings[place]
                    if turns[name] != q + 1:
                        if turns[name] == 0:
                            touched[count] = name
                            count += 1
                        turns[name], gains[name] = q + 1, 0
                    if gain > gains[name]:
                        sums[name] += gain - gains[name]
                        gains[name] = gain
    initials = bool((query.lengths == 1).any())
    kept = np.empty(most, np.int32)
    value = np.empty(most, np.int64)
    size = 0
    for at in range(count):
        name = touched[at]
        if initials:
            sums[name] += _begun(query, names, name)
        worth = sums[name] * 1024 // (own * 2 + totals[name])
        sums[name], turns[name] = 0, 0
        if size == most and worth <= value[size - 1]:
            continue
        place = size if size < most else most - 1
        while place > 0 and value[place - 1] < worth:
            if place < most:
                value[place], kept[place] = value[place - 1], kept[place - 1]
            place -= 1
        value[place], kept[place] = worth, name
        size = min(size + 1, most)
    return kept[:size].copy()


@compiled
def _weight(weights: Int32, first: int, span: int) -> int:
    weight = 0
    for at in range(first, first + span):
        weight += weights[at]
    return weight


@compiled
def _worth(close: int) -> int:
    """Return what a closeness counts, per mille."""
    return max(close - (WHOLE - close) * SHARP // WHOLE, 0)


@compiled
def _gather(query: Query, near: Near, names: Names, n: int, order: Int64) -> int:
    """Write the units of the query and of name `n` that are close to `order`, the most explained first.

    `order`: int64 of shape (pairs, 3), what a pair explains and its two units. Returns how many pairs there are.
    """
    t0 = names.token_begins[n]
    listed = names.token_weights[t0 : names.token_begins[n + 1]]
    count = 0
    for u in range(len(query.firsts)):
        first, span = query.firsts[u], query.spans[u]
        weight = _weight(query.weights, first, span)
        for x in range(names.unit_begins[n], names.unit_begins[n + 1]):
            close = near[names.unit_words[x], u]
            if close == 0 or count == MOST_PAIRS:
                continue
            other, wide = names.unit_firsts[x], names.unit_spans[x]
            # Of two ways that explain the same, the one in fewer joined words, then the one in order.
            gain = _worth(close) * (weight + _weight(listed, other, wide)) * 64
            gain -= 8 * (span + wide) + min(abs(first - other), 7)
            place = count
            while place > 0 and order[place - 1, 0] < gain:
                order[place] = order[place - 1]
                place -= 1
            order[place, 0], order[place, 1], order[place, 2] = gain, u, x
            count += 1
    return count


@compiled
def _initial(query: Query, names: Names, q: int, t0: int, t1: int, taken: int) -> int:
    """Return the first free token of a name of which `q` is the initial, or which is that of `q`; -1: none."""
    for t in range(t1 - t0):
        if taken >> t & 1 or query.heads[q] != names.heads[t0 + t]:
            continue
        one, other = query.lengths[q], names.lengths[t0 + t]
        if min(one, other) == 1 and max(one, other) > 1:
            return t
    return -1


@compiled
def align(query: Query, near: Near, names: Names, n: int, pairs: Int32) -> int:
    """Return the score of name `n`, per mille; write the pairs to `pairs`, int32 of shape (tokens + 1, 5).

    A pair is first token and span on the side of the query, first token and span on that of the name, and how
    close; a row of -1 ends them.
    """
    t0, t1 = names.token_begins[n], names.token_begins[n + 1]
    listed = names.token_weights[t0:t1]
    order = np.empty((MOST_PAIRS, 3), np.int64)
    taken_q, taken_n, made, matched, total = 0, 0, 0, 0, 0
    for at in range(_gather(query, near, names, n, order)):
        u, x = order[at, 1], order[at, 2]
        first, span = query.firsts[u], query.spans[u]
        other, wide = names.unit_firsts[x], names.unit_spans[x]
        mask_q, mask_n = ((1 << span) - 1) << first, ((1 << wide) - 1) << other
        if taken_q & mask_q or taken_n & mask_n:
            continue
        taken_q, taken_n = taken_q | mask_q, taken_n | mask_n
        close = near[names.unit_words[x], u]
        weight = _weight(query.weights, first, span) + _weight(listed, other, wide)
        matched, total = matched + weight * _worth(close), total + weight
        pairs[made, 0], pairs[made, 1], pairs[made, 2], pairs[made, 3] = first, span, other, wide
        pairs[made, 4] = close
        made += 1
    for q in range(len(query.weights)):
        t = -1 if taken_q >> q & 1 else _initial(query, names, q, t0, t1, taken_n)
        if t >= 0:
            taken_q, taken_n = taken_q | 1 << q, taken_n | 1 << t
            close, counts = INITIAL, INITIAL_WEIGHT
            if query.lengths[q] > 1:
                close, counts = INITIAL_LISTED, INITIAL_LISTED_WEIGHT
            weight = (query.weights[q] + listed[t]) * counts // WHOLE
            matched, total = matched + weight * close, total + weight
            pairs[made, 0], pairs[made, 1], pairs[made, 2], pairs[made, 3] = q, 1, t, 1
            pairs[made, 4] = close
            made += 1
    pairs[made, 0] = -1
    if made == 0:
        return 0
    for q in range(len(query.weights)):
        if not taken_q >> q & 1:
            total += query.alone[q]
    share = ONLY_LISTED_CUT if query.cut else ONLY_LISTED
    for t in range(t1 - t0):
        if not taken_n >> t & 1:
            total += listed[t] * share // WHOLE
    return matched // total if total else 0


@compiled
def score_all(query: Query, near: Near, names: Names, which: Int32) -> Int32:
    """Return the score of each of the names `which`, per mille."""
    pairs = np.empty((MOST_TOKENS + 1, 5), np.int32)
    scores = np.empty(len(which), np.int32)
    for at in range(len(which)):
        scores[at] = align(query, near, names, which[at], pairs)
    return scores


@compiled
def best(
    query: Query,
    near_begins: Int64,
    near_words: Int32,
    near_values: Int32,
    names: Names,
    posting_begins: Int64,
    postings: Int32,
    totals: Int32,
    also: Int32,
    sums: Int64,
    gains: Int64,
    turns: Int8,
    near: Near,
    most: int,
) -> tuple[Int32, Int32]:
    """Return the candidates of a query and the names `also`, with their scores.

    `near`: int16, words by units, all zero, and again afterwards; the others as for `candidates`.
    """
    found = candidates(
        query,
        names,
        near_begins,
        near_words,
        near_values,
        posting_begins,
        postings,
        totals,
        sums,
        gains,
        turns,
        most,
    )
    which = np.empty(len(found) + len(also), np.int32)
    which[: len(found)] = found
    which[len(found) :] = also
    for u in range(len(near_begins) - 1):
        for at in range(near_begins[u], near_begins[u + 1]):
            near[near_words[at], u] = near_values[at]
    scores = score_all(query, near, names, which)
    for u in range(len(near_begins) - 1):
        for at in range(near_begins[u], near_begins[u + 1]):
            near[near_words[at], u] = 0
    return which, scores
