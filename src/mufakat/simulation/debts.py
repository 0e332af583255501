"""Made-up graphs of debts, by family, to measure a set-off on: from one seed, the same arrays on every machine.

What such graphs look like: many firms with few debts and few with many (scale-free, preferential attachment,
R-MAT), chains of supply with few cycles, rings, a core in which all trade with all. Amounts are log-normal.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]
_Ends = tuple[Int64, Int64]
_DEBTS_A_FIRM: Final = 5
_LAYERS: Final = 10
_BACK: Final = 0.03
"""The part of debts that run against the chain."""


class Graph(NamedTuple):
    """Debts between firms 0 to `firms` - 1; no two have the same pair, pairs are in order, amounts positive."""

    firms: int
    debtors: Int32
    creditors: Int32
    amounts: Int64


def make_graph(family: str, debts: int, seed: int) -> Graph:
    """Make a graph of about `debts` debts, of a family in FAMILIES."""
    rng = np.random.default_rng(seed)
    debtors, creditors = FAMILIES[family](rng, debts)
    apart = debtors != creditors
    debtors, creditors = debtors[apart], creditors[apart]
    amounts = np.maximum(1, np.exp(rng.normal(9, 1.6, len(debtors))).astype(np.int64))
    if family == UNITS:
        amounts = np.ones_like(amounts)
    if family == LARGEST:
        amounts *= (2**62 - 1) // int(amounts.sum())
    firms = int(max(debtors.max(), creditors.max())) + 1
    return graph_of(firms, debtors, creditors, amounts)


def graph_of(firms: int, debtors: Int64, creditors: Int64, amounts: Int64) -> Graph:
    """Make a graph of debts in any order; debts of the same pair become one."""
    pair = debtors * firms + creditors
    order = np.argsort(pair, kind="stable")
    first = np.flatnonzero(np.diff(pair[order], prepend=-1))
    pairs = pair[order][first]
    sums = np.add.reduceat(amounts[order], first)
    return Graph(firms, (pairs // firms).astype(np.int32), (pairs % firms).astype(np.int32), sums)


def _scale_free(rng: np.random.Generator, debts: int) -> _Ends:
    """Firms by a power law of weights; half of them owe about as much as they are owed."""
    firms = max(4, debts // _DEBTS_A_FIRM)
    weights = np.cumsum((np.arange(firms) + 1.0) ** -0.75)
    owing = rng.permutation(firms)
    owed = owing.copy()
    some = rng.choice(firms, firms // 2, replace=False)
    owed[some] = owed[rng.permutation(some)]
    ends = (np.searchsorted(weights, rng.random(debts) * weights[-1]) for _ in range(2))
    first, second = ends
    return owing[first], owed[second]


def _preferential(rng: np.random.Generator, debts: int) -> _Ends:
    """Each new firm trades with some met already, the more the more they trade; either may be the debtor."""
    firms = max(2, debts // _DEBTS_A_FIRM)
    new = np.repeat(np.arange(firms), _DEBTS_A_FIRM)
    drawn = (rng.random(len(new)) * (2 * _DEBTS_A_FIRM * new)).astype(np.int64)
    met = [0] * len(new)
    firm = new.tolist()
    for debt, end in enumerate(drawn.tolist()):
        if debt >= _DEBTS_A_FIRM:
            met[debt] = met[end >> 1] if end & 1 else firm[end >> 1]
    turned = rng.random(len(new)) < 0.5
    other = np.array(met)
    return np.where(turned, other, new), np.where(turned, new, other)


def _rmat(rng: np.random.Generator, debts: int) -> _Ends:
    """A matrix of four quarters, each filled alike, 57, 19, 19 and 5 in the hundred."""
    levels = max(2, (debts // _DEBTS_A_FIRM - 1).bit_length())
    debtors, creditors = np.zeros(debts, np.int64), np.zeros(debts, np.int64)
    for _ in range(levels):
        at = rng.random(debts)
        debtors = 2 * debtors + (at >= 0.76)
        creditors = 2 * creditors + (((at >= 0.57) & (at < 0.76)) | (at >= 0.95))
    names = rng.permutation(1 << levels)
    return names[debtors], names[creditors]


def _chains(rng: np.random.Generator, debts: int) -> _Ends:
    """Firms in layers, each owing firms of the next; a few debts run anywhere."""
    firms = max(_LAYERS, debts // _DEBTS_A_FIRM)
    layer = np.arange(firms) % _LAYERS
    by_layer = np.argsort(layer, kind="stable")
    start = np.searchsorted(layer[by_layer], np.arange(_LAYERS + 1))
    debtors = rng.integers(0, firms, debts)
    to = np.where(rng.random(debts) < _BACK, rng.integers(0, _LAYERS, debts), layer[debtors] + 1)
    on = to < _LAYERS
    debtors, to = debtors[on], to[on]
    sizes = start[to + 1] - start[to]
    return debtors, by_layer[start[to] + (rng.random(len(to)) * sizes).astype(np.int64)]


def _long_ring(rng: np.random.Generator, debts: int) -> _Ends:
    """Each firm owes the next five in one ring."""
    firms = max(7, debts // _DEBTS_A_FIRM)
    names = rng.permutation(firms)
    at, step = np.tile(np.arange(firms), _DEBTS_A_FIRM), np.repeat(np.arange(1, _DEBTS_A_FIRM + 1), firms)
    return names[at], names[(at + step) % firms]


def _one_cycle(rng: np.random.Generator, debts: int) -> _Ends:
    names = rng.permutation(debts)
    return names, np.roll(names, -1)


def _dense_core(rng: np.random.Generator, debts: int) -> _Ends:
    """All trade with all: two firms for each root of the debts."""
    firms = max(3, 2 * int(debts**0.5))
    return rng.integers(0, firms, debts), rng.integers(0, firms, debts)


UNITS: Final = "unit amounts"
LARGEST: Final = "amounts near 2^62"
FAMILIES: Final[dict[str, Callable[[np.random.Generator, int], _Ends]]] = {
    "scale-free": _scale_free,
    "preferential attachment": _preferential,
    "R-MAT": _rmat,
    "chains, few cycles": _chains,
    "long ring": _long_ring,
    "one cycle": _one_cycle,
    "dense core": _dense_core,
    UNITS: _scale_free,
    LARGEST: _scale_free,
}
