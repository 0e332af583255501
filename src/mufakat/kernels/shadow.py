"""Shadow prices of a set-off: what one more unit of credit, given to a firm, would free.

The firm pays a debt with the borrowed unit, its creditor pays a debt of its own, and so on, until a firm keeps
the unit: it is then owed less by one, and the first firm owes one to the lender instead. On its way the unit
frees as much debt as it passes; it may also take back what was set off elsewhere, which counts against it. The
price is the most that it can free: the longest way from the firm in what the set-off left.

The certificate bounds it: from firm u to v no way is longer than p[v] - p[u]. With the potentials it is a
search for shortest ways without negative lengths (Johnson 1977).
"""

import heapq

import numpy as np

from mufakat.kernels.compiled import Int32, Int64, compiled
from mufakat.kernels.conditions import Bool, SetOffUnder
from mufakat.kernels.limits import NO_LIMIT


def gains(
    firms: int, debtors: Int32, creditors: Int32, wholes: Bool, limits: Int64, found: SetOffUnder
) -> Int64:
    """Return for each firm how many units of debt one unit of credit would free, from 0 on.

    Arrays as in `set_off_under`, of which `found` is the result. What a firm pays on credit does not count
    towards its own limit, what passes through others counts towards theirs. Of an indivisible debt no single
    unit is paid.
    """
    through = np.zeros(firms, np.int64)
    np.add.at(through, debtors, found.cleared)
    nodes = np.arange(firms, dtype=np.int32)
    left, back = (found.cleared < found.taking_part) & ~wholes, (found.cleared > 0) & ~wholes
    open_, used = through < limits, through > 0
    receivers = creditors + np.int32(firms)
    tails = np.concatenate((debtors[left], receivers[back], nodes[open_] + np.int32(firms), nodes[used]))
    heads = np.concatenate((receivers[left], debtors[back], nodes[open_], nodes[used] + np.int32(firms)))
    signs = np.zeros(len(tails), np.int64)
    signs[: left.sum()] = 1
    signs[left.sum() : left.sum() + back.sum()] = -1
    potentials = np.concatenate((found.paying, found.receiving))
    falls = signs + potentials[tails] - potentials[heads]
    assert not (falls > 0).any(), "the certificate proves the optimum, so no way is left that clears more"
    order = np.argsort(heads, kind="stable")
    starts = np.searchsorted(heads[order], np.arange(2 * firms + 1))
    best = potentials.copy()
    _raise(starts, tails[order].astype(np.int64), falls[order], best)
    return (best - potentials)[:firms]


@compiled
def _raise(starts: Int64, tails: Int64, falls: Int64, best: Int64) -> None:
    """Raise each node's number to the largest of any node it reaches, less the falls on the way there."""
    heap = [(-best[node], node) for node in range(len(best))]
    heapq.heapify(heap)
    while heap:
        key, node = heapq.heappop(heap)
        if -key < best[node]:
            continue
        for arc in range(starts[node], starts[node + 1]):
            tail = int(tails[arc])
            if best[node] + falls[arc] > best[tail]:
                best[tail] = best[node] + falls[arc]
                heapq.heappush(heap, (-best[tail], tail))


def warm_up() -> None:
    """Run the kernel on a chain of two debts."""
    debtors, creditors = np.array([[0, 1], [1, 2]], np.int32)
    none, potentials = np.zeros(2, np.int64), np.array([0, 1, 2], np.int64)
    found = SetOffUnder(none, none + 1, potentials, potentials, 0)
    gains(3, debtors, creditors, none > 0, np.full(3, NO_LIMIT, np.int64), found)
