"""Set-off across currencies at fixed rates: rings whose debts are of several currencies.

Each currency's smallest amount is worth a whole number of tokens, so that debts of all currencies are whole tokens and
the largest circulation in tokens is exact. What it clears of a debt is seldom a whole number of the debt's own units,
so it is rounded, up or down, by a rule that keeps every firm's position: at the rates, what a firm is paid and what
it gives up for it differ by less than one smallest amount of the dearest currency in which it owes or is owed here,
however many debts it has. What one firm gains so, others lose: the differences add up to nothing.

The rule: a debt of which a part of a unit would be cleared is open. While open debts form a ring, whichever way they
point, tokens are moved round it until one of them is whole; no position changes, and no less is cleared. Then open
debts form trees. From the root of each tree on, a firm's open debts are rounded one by one, against what the rounding has
brought it so far: so the difference never grows beyond one unit.
"""

from typing import NamedTuple

import numpy as np

from mufakat.kernels.compiled import Int32, Int64, compiled
from mufakat.kernels.setoff import largest_set_off


class SetOffAcross(NamedTuple):
    """What is cleared of each debt, in units of its own currency, and a potential for each firm; int64.

    `tokens` is the largest sum that can be cleared, as the potentials prove; after rounding it is less or more by
    less than a unit for each firm.
    """

    cleared: Int64
    potentials: Int64
    tokens: int


def set_off_across(
    firms: int,
    debtors: Int32,
    creditors: Int32,
    amounts: Int64,
    worths: Int64,
    dues: Int32,
    ids: Int32,
) -> SetOffAcross:
    """Return what is cleared of each debt.

    Arrays as in `set_off_under`; `worths` (int64): tokens to a unit of each debt's currency, the same for all debts
    of a currency. The debts' sum in tokens is below 2**63.
    """
    order = np.lexsort((amounts, ids, dues, worths, creditors, debtors))
    order = order[amounts[order] > 0]
    cleared = np.zeros(len(amounts), np.int64)
    if not len(order):
        return SetOffAcross(cleared, np.zeros(firms, np.int64), 0)
    debtor, creditor, worth = debtors[order], creditors[order], worths[order]
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = (
        (debtor[1:] != debtor[:-1]) | (creditor[1:] != creditor[:-1]) | (worth[1:] != worth[:-1])
    )
    first = np.flatnonzero(is_first)
    owed = np.add.reduceat(amounts[order], first) * worth[first]
    found = largest_set_off(firms, debtor[first], creditor[first], owed)
    units = whole_units(firms, debtor[first], creditor[first], found.cleared, worth[first])
    group, sums = np.cumsum(is_first) - 1, np.cumsum(amounts[order])
    before = sums - amounts[order]
    cleared[order] = np.clip(units[group] - (before - before[first][group]), 0, amounts[order])
    return SetOffAcross(cleared, found.potentials, int(found.cleared.sum()))


def whole_units(firms: int, debtors: Int32, creditors: Int32, tokens: Int64, worths: Int64) -> Int64:
    """Round a circulation in tokens to whole units of `worths` tokens, each up or down, as the module's rule says.

    Arrays of one length. Each result is the quotient, or one more where there is a remainder.
    """
    left = tokens.copy()
    parents, ways = np.full(firms, -1, np.int64), np.full(firms, -1, np.int64)
    _open_rings(debtors, creditors, left, worths, parents, ways)
    _round_trees(debtors, creditors, left, worths, parents, ways)
    return left // worths


@compiled
def _turned(tree: Int64, ways: Int64, node: int) -> None:
    """Make `node` the root of its tree."""
    above, way = tree[node], ways[node]
    tree[node] = ways[node] = -1
    while above >= 0:
        tree[above], ways[above], node, above, way = node, way, above, tree[above], ways[above]


@compiled
def _open_rings(
    debtors: Int32, creditors: Int32, tokens: Int64, worths: Int64, parents: Int64, ways: Int64
) -> None:
    """Move tokens round rings of open debts until those left open form trees, in `parents` and `ways` (debts)."""
    for debt in range(len(tokens)):
        if tokens[debt] % worths[debt] == 0:
            continue
        start, end = np.int64(debtors[debt]), np.int64(creditors[debt])
        _turned(parents, ways, start)
        node = end
        while node != start and parents[node] >= 0:
            node = parents[node]
        if node != start:
            parents[start], ways[start] = end, debt  # a tree of its own: the debt joins the two
            continue
        # The ring goes from the creditor up to the debtor, then along this debt, which gets less.
        least = tokens[debt] % worths[debt]
        node = end
        while node != start:
            way = ways[node]
            part = tokens[way] % worths[way]
            # Less flows along this debt: what comes to `node` from it is made up by its way, or saved on it.
            least = min(least, part if np.int64(debtors[way]) == node else worths[way] - part)
            node = parents[node]
        tokens[debt] -= least
        node = end
        whole_at = np.int64(-1)
        while node != start:
            way, above = ways[node], parents[node]
            tokens[way] += -least if np.int64(debtors[way]) == node else least
            if tokens[way] % worths[way] == 0:
                parents[node] = ways[node] = -1
                whole_at = node
            node = above
        if tokens[debt] % worths[debt] != 0:
            assert whole_at >= 0, "one debt of the ring is whole now"
            parents[start], ways[start] = end, debt


@compiled
def _round_trees(
    debtors: Int32, creditors: Int32, tokens: Int64, worths: Int64, parents: Int64, ways: Int64
) -> None:
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
            part = tokens[way] % worths[way]
            pays = np.int64(debtors[way]) == upper  # rounded up, more of its debt is paid: it gains
            up = gained[upper] != 0 and (gained[upper] < 0) == pays
            change = worths[way] - part if up else -part
            tokens[way] += change
            gained[upper] += change if pays else -change
            gained[lower] -= change if pays else -change
            line[length] = lower
            length += 1


def warm_up() -> None:
    """Run the kernel on a ring of two currencies."""
    numbers = np.array([[0, 1, 2, 0], [1, 2, 0, 2]], np.int32)
    amounts, worths = np.array([5, 3, 4, 2], np.int64), np.array([7, 10, 7, 3], np.int64)
    order = np.arange(4, dtype=np.int32)
    set_off_across(3, numbers[0], numbers[1], amounts, worths, order, order)
