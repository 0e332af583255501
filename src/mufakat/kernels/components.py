"""Strongly connected components: only a debt inside one can lie on a cycle.

Source: Tarjan, "Depth-first search and linear graph algorithms", SIAM Journal on Computing 1 (1972), with its
stacks in arrays, so that a chain of a million firms needs no recursion.
"""

import numpy as np

from mufakat.kernels.compiled import Int32, Int64, compiled


@compiled
def outgoing(nodes: int, debtors: Int32, creditors: Int32) -> tuple[Int32, Int32]:
    """Return (start, creditor): those of node x are `creditor[start[x]:start[x + 1]]`, in order of input."""
    start = np.zeros(nodes + 1, dtype=np.int32)
    for debtor in debtors:
        start[debtor + 1] += 1
    for node in range(nodes):
        start[node + 1] += start[node]
    place = start[:nodes].copy()
    creditor = np.empty(len(debtors), dtype=np.int32)
    for edge in range(len(debtors)):
        creditor[place[debtors[edge]]] = creditors[edge]
        place[debtors[edge]] += 1
    return start, creditor


@compiled
def components(nodes: int, debtors: Int32, creditors: Int32) -> tuple[int, Int32]:
    """Return (count, component of each node), numbered so that a debt never leads to a higher number.

    `debtors` and `creditors`: int32 node numbers below `nodes`, one entry a debt; parallel debts and a debt to
    oneself are allowed.
    """
    start, creditor = outgoing(nodes, debtors, creditors)
    place = start[:nodes].copy()
    found = np.full(nodes, -1, dtype=np.int32)
    order = np.zeros(nodes, dtype=np.int32)  # when a node was first seen, from 1; 0 is not yet
    lowest = np.zeros(nodes, dtype=np.int32)  # the earliest node seen that it is known to reach
    path = np.empty(nodes, dtype=np.int32)
    waiting = np.empty(nodes, dtype=np.int32)
    seen, count, held = 0, 0, 0
    for root in range(nodes):
        if order[root] != 0:
            continue
        depth = 0
        path[0] = root
        while depth >= 0:
            node = path[depth]
            if order[node] == 0:
                seen += 1
                order[node] = seen
                lowest[node] = seen
                waiting[held] = node
                held += 1
            if place[node] == start[node + 1]:
                depth -= 1
                if lowest[node] == order[node]:
                    held = _close(node, waiting, held, found, count)
                    count += 1
                continue
            other = creditor[place[node]]
            if order[other] == 0:  # looked at once more when the path comes back
                depth += 1
                path[depth] = other
                continue
            place[node] += 1
            if found[other] < 0:
                lowest[node] = min(lowest[node], lowest[other])
    return count, found


@compiled
def _close(node: int, waiting: Int32, held: int, found: Int32, number: int) -> int:
    """Give a component's number to all that waits from `node` on; return how many still wait."""
    while True:
        held -= 1
        found[waiting[held]] = number
        if waiting[held] == node:
            return held


@compiled
def line_up(count: int, component: Int32, debtors: Int32, creditors: Int32, potentials: Int64) -> None:
    """Raise potentials component by component, so that each debt between two leads up by at least 1.

    Inside a component nothing changes: all its nodes move alike. `count`, `component`: as `components` gives them.
    """
    start, debts = _by_component(count, component, debtors)
    raised = np.zeros(count, dtype=np.int64)
    for number in range(count - 1, -1, -1):  # from where debts come to where they lead
        for debt in debts[start[number] : start[number + 1]]:
            other = component[creditors[debt]]
            if other != number:
                needed = potentials[debtors[debt]] + raised[number] + 1 - potentials[creditors[debt]]
                raised[other] = max(raised[other], needed)
    for node in range(len(potentials)):
        potentials[node] += raised[component[node]]


@compiled
def _by_component(count: int, component: Int32, debtors: Int32) -> tuple[Int32, Int32]:
    """Return (start, debts): the debts of which component c owes are `debts[start[c]:start[c + 1]]`."""
    start = np.zeros(count + 1, dtype=np.int32)
    for debtor in debtors:
        start[component[debtor] + 1] += 1
    for number in range(count):
        start[number + 1] += start[number]
    place = start[:count].copy()
    debts = np.empty(len(debtors), dtype=np.int32)
    for debt in range(len(debtors)):
        number = component[debtors[debt]]
        debts[place[number]] = debt
        place[number] += 1
    return start, debts
