"""The residual network of a set-off: what each debt can still give way, laid out for the searches.

A debt u -> v of amount a, of which r remains, is two arcs. The arc u -> v has room a - r and cost 1: more may
remain. Its twin v -> u has room r and cost -1. At first r = 0 everywhere, and each node has an excess of what it
owes less what it is owed: that much has to be sent from the debtors in excess to the creditors in want, along
arcs, at least cost. Nodes get new places, breadth first, so that those which meet lie close in memory.
"""

from typing import NamedTuple

import numpy as np

from mufakat.kernels.compiled import Int32, Int64, compiled
from mufakat.kernels.components import outgoing

OPEN_OUT = 1
OPEN_IN = 2


class Network(NamedTuple):
    """The arcs of node x lie from `start[x]` to `start[x + 1]`, those of its own debts before `middle[x]`.

    `head`: int32, four times the node at the other end, plus OPEN_OUT where the arc has room, plus OPEN_IN where
    its twin has. `twin`: int32, the twin's place. `room`: int64, minor units. `excess`: int64 by node.
    """

    start: Int32
    middle: Int32
    head: Int32
    twin: Int32
    room: Int64
    excess: Int64


@compiled
def places(nodes: int, debtors: Int32, creditors: Int32) -> Int32:
    """Return the place of each node in breadth-first order from the lowest number, over debts both ways."""
    start, creditor = outgoing(nodes, debtors, creditors)
    back, debtor = outgoing(nodes, creditors, debtors)
    place = np.full(nodes, -1, dtype=np.int32)
    queue = np.empty(nodes, dtype=np.int32)
    held = 0
    for root in range(nodes):
        if place[root] >= 0:
            continue
        place[root] = held
        queue[held] = root
        at = held
        held += 1
        while at < held:
            node = queue[at]
            at += 1
            for other in creditor[start[node] : start[node + 1]]:
                if place[other] < 0:
                    place[other] = held
                    queue[held] = other
                    held += 1
            for other in debtor[back[node] : back[node + 1]]:
                if place[other] < 0:
                    place[other] = held
                    queue[held] = other
                    held += 1
    return place


def lay_out(place: Int32, debtors: Int32, creditors: Int32, amounts: Int64) -> tuple[Network, Int32]:
    """Return the network with nothing remaining yet, and the arc of each debt.

    `place`: as from `places`. `amounts`: positive int64 minor units whose sum is below 2**63. The arrays are
    NumPy's own, not the compiler's: NumPy asks for large pages, which searches all over the graph need.
    """
    nodes, debts = len(place), len(debtors)
    net = Network(
        np.zeros(nodes + 1, dtype=np.int32),
        np.zeros(nodes, dtype=np.int32),
        np.empty(2 * debts, dtype=np.int32),
        np.empty(2 * debts, dtype=np.int32),
        np.zeros(2 * debts, dtype=np.int64),
        np.zeros(nodes, dtype=np.int64),
    )
    arcs = np.empty(debts, dtype=np.int32)
    _fill(net, place, debtors, creditors, amounts, arcs)
    return net, arcs


@compiled
def _fill(net: Network, place: Int32, debtors: Int32, creditors: Int32, amounts: Int64, arcs: Int32) -> None:
    start, middle, head, twin, room, excess = net
    nodes, debts = len(place), len(debtors)
    for debt in range(debts):
        middle[place[debtors[debt]]] += 1
        start[place[debtors[debt]] + 1] += 1
        start[place[creditors[debt]] + 1] += 1
    for node in range(nodes):
        start[node + 1] += start[node]
        middle[node] += start[node]
    out, back = start[:nodes].copy(), middle.copy()
    for debt in range(debts):
        x, y = place[debtors[debt]], place[creditors[debt]]
        arc, other = out[x], back[y]
        out[x] += 1
        back[y] += 1
        head[arc], head[other] = 4 * y + OPEN_OUT, 4 * x + OPEN_IN
        twin[arc], twin[other] = other, arc
        room[arc] = amounts[debt]
        excess[x] += amounts[debt]
        excess[y] -= amounts[debt]
        arcs[debt] = arc


@compiled
def send(heads: Int32, twins: Int32, rooms: Int64, arc: int, amount: int) -> None:
    """Send `amount` through an arc that has the room."""
    other = twins[arc]
    if rooms[other] == 0:
        heads[other] |= OPEN_OUT
        heads[arc] |= OPEN_IN
    rooms[arc] -= amount
    rooms[other] += amount
    if rooms[arc] == 0:
        heads[arc] &= ~OPEN_OUT
        heads[other] &= ~OPEN_IN
