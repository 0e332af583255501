"""Set-off across currencies at fixed prices: rings whose debts are of several currencies.

A price is what one unit of a currency (its smallest amount) is worth, a whole number of points. The largest
circulation is found in steps of as many points as it takes for the sum of all debts to fit 62 bits: one, unless
debts are very large. What it clears of a debt is seldom a whole number of the debt's own units, so it is
rounded, up or down, by a rule that keeps every firm's position: at the prices, what a firm is paid and what it
gives up for it differ by less than one unit of the dearest currency in which it owes or is owed here, however
many debts it has. What one firm gains so, others lose: the differences add up to nothing.

The rule: a debt of which a part of a unit would be cleared is open. While open debts form a ring, whichever way
they point, points are moved round it until one of them is whole; no position changes. Then open debts form
trees. From the root of each tree on, a firm's open debts are rounded one by one, each to the side that leaves the
firm's difference smaller: one of the two sides never lets it grow to one unit.
"""

from typing import Final, NamedTuple

import numpy as np

from mufakat.kernels.compiled import Int32, Int64, compiled
from mufakat.kernels.setoff import largest_set_off

_MOST_STEPS: Final = 2**62 - 1


class SetOffAcross(NamedTuple):
    """What is cleared of each debt, in units of its own currency, and a potential for each firm; int64.

    The potentials prove the optimum in steps of `step` points, of which `steps` are cleared before the rounding.
    """

    cleared: Int64
    potentials: Int64
    step: int
    steps: int


def set_off_across(
    firms: int,
    debtors: Int32,
    creditors: Int32,
    amounts: Int64,
    prices: Int64,
    dues: Int32,
    ids: Int32,
) -> SetOffAcross:
    """Return what is cleared of each debt.

    Arrays as in `set_off_under`; `prices` (int64): points to a unit of each debt's currency, positive, below
    2**62, the same for all debts of a currency. The debts' sum in points may have any size.
    """
    order = np.lexsort((amounts, ids, dues, prices, creditors, debtors))
    order = order[amounts[order] > 0]
    cleared = np.zeros(len(amounts), np.int64)
    if not len(order):
        return SetOffAcross(cleared, np.zeros(firms, np.int64), 1, 0)
    debtor, creditor, price = debtors[order], creditors[order], prices[order]
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = (debtor[1:] != debtor[:-1]) | (creditor[1:] != creditor[:-1]) | (price[1:] != price[:-1])
    first = np.flatnonzero(is_first)
    debtor, creditor, price = debtor[first], creditor[first], price[first]
    owed = np.add.reduceat(amounts[order], first)
    points = [amount * each for amount, each in zip(owed.tolist(), price.tolist(), strict=True)]
    step = sum(points) // _MOST_STEPS + 1
    steps = np.array([each // step for each in points], np.int64)
    some = np.flatnonzero(steps)
    found = largest_set_off(firms, debtor[some], creditor[some], steps[some])
    steps[:] = 0
    steps[some] = found.cleared
    split = [divmod(each * step, of) for each, of in zip(steps.tolist(), price.tolist(), strict=True)]
    units, parts = np.array(split, np.int64).T
    units += rounded_up(firms, debtor, creditor, parts, price)
    group, sums = np.cumsum(is_first) - 1, np.cumsum(amounts[order])
    before = sums - amounts[order]
    cleared[order] = np.clip(units[group] - (before - before[first][group]), 0, amounts[order])
    return SetOffAcross(cleared, found.potentials, step, int(steps.sum()))


def rounded_up(firms: int, debtors: Int32, creditors: Int32, parts: Int64, prices: Int64) -> Int64:
    """Tell of which debts a part of a unit is rounded up (1) or down (0), as the module's rule says.

    Arrays of one length; `parts`: points from 0 to below the price of a unit. Where nothing is to be rounded it
    is 0.
    """
    points = parts.copy()
    parents, ways = np.full(firms, -1, np.int64), np.full(firms, -1, np.int64)
    _open_rings(debtors, creditors, points, prices, parents, ways)
    _round_trees(debtors, points, prices, parents, ways)
    return points // prices


@compiled
def _set_of(sets: Int64, node: np.int64) -> np.int64:
    """Return which set a firm is in. Firms that open debts join are in one set; so may others be, once joined."""
    while sets[node] != node:
        sets[node] = sets[sets[node]]
        node = sets[node]
    return node


@compiled
def _turned(tree: Int64, ways: Int64, node: np.int64) -> None:
    """Make `node` the root of its tree."""
    above, way = tree[node], ways[node]
    tree[node] = ways[node] = -1
    while above >= 0:
        tree[above], ways[above], node, above, way = node, way, above, tree[above], ways[above]


@compiled
def _open_rings(
    debtors: Int32, creditors: Int32, points: Int64, prices: Int64, parents: Int64, ways: Int64
) -> None:
    """Move points round rings of open debts until those left open form trees, in `parents` and `ways` (debts)."""
    sets = np.arange(len(parents))
    for debt in range(len(points)):
        if points[debt] % prices[debt] == 0:
            continue
        start, end = np.int64(debtors[debt]), np.int64(creditors[debt])
        _turned(parents, ways, start)
        owing, owed = _set_of(sets, start), _set_of(sets, end)
        node = end
        if owing == owed:  # a walk to the root for each debt would take the square of a long chain
            while node != start and parents[node] >= 0:
                node = parents[node]
        sets[owing] = owed
        if node != start:
            parents[start], ways[start] = end, debt  # a tree of its own: the debt joins the two
            continue
        # The ring goes from the creditor up to the debtor, then along this debt, which gets less.
        least = points[debt] % prices[debt]
        node = end
        while node != start:
            way = ways[node]
            part = points[way] % prices[way]
            # Less flows along this debt: what comes to `node` from it is made up by its way, or saved on it.
            least = min(least, part if np.int64(debtors[way]) == node else prices[way] - part)
            node = parents[node]
        points[debt] -= least
        node = end
        whole_at = np.int64(-1)
        while node != start:
            way, above = ways[node], parents[node]
            points[way] += -least if np.int64(debtors[way]) == node else least
            if points[way] % prices[way] == 0:
                parents[node] = ways[node] = -1
                whole_at = node
            node = above
        if points[debt] % prices[debt] != 0:
            assert whole_at >= 0, "one debt of the ring is whole now"
            parents[start], ways[start] = end, debt


@compiled
def _round_trees(debtors: Int32, points: Int64, prices: Int64, parents: Int64, ways: Int64) -> None:
    """Round the debts of each tree from its root on, each against what its upper firm has gained or lost."""
    firms = len(parents)
    starts = np.zeros(firms + 1, np.int64)
    for node in range(firms):
        if parents[node] >= 0:
            starts[parents[node] + 1] += 1
    for node in range(firms):
        starts[node + 1] += starts[node]
    places, below = starts.copy(), np.empty(starts[firms], np.int64)
    for node in range(firms):
        if parents[node] >= 0:
            below[places[parents[node]]] = node
            places[parents[node]] += 1
    gained = np.zeros(firms, np.int64)
    line, done = np.empty(firms, np.int64), 0
    length = 0
    for node in range(firms):
        if parents[node] < 0:
            line[length] = node
            length += 1
    while done < length:
        upper = line[done]
        done += 1
        for at in range(starts[upper], starts[upper + 1]):
            lower = below[at]
            way = ways[lower]
            part = points[way] % prices[way]
            pays = np.int64(debtors[way]) == upper  # rounded up, more of its debt is paid: it gains
            down = gained[upper] - part if pays else gained[upper] + part
            up = down + prices[way] if pays else down - prices[way]
            change = prices[way] - part if abs(up) < abs(down) else -part
            points[way] += change
            gained[upper] += change if pays else -change
            gained[lower] -= change if pays else -change
            line[length] = lower
            length += 1


def warm_up() -> None:
    """Run the kernel on a ring of two currencies, with one more."""
    numbers = np.array([[0, 1, 2, 0], [1, 2, 0, 2]], np.int32)
    amounts, prices = np.array([5, 3, 4, 2], np.int64), np.array([7, 10, 7, 3], np.int64)
    order = np.arange(4, dtype=np.int32)
    set_off_across(3, numbers[0], numbers[1], amounts, prices, order, order)
