"""What can be sent where the two sides of a network have met, until no shortest way is left.

From each meeting node one way goes down the levels of the debtors' side, one down those of the creditors'. Source:
Dinic, "Algorithm for solution of a problem of maximum flow in networks with power estimation" (1970).
"""

from typing import NamedTuple

from mufakat.kernels.compiled import Int8, Int32, compiled
from mufakat.kernels.layers import NOWHERE, Side, Tight, list_tight, lose, way_back
from mufakat.kernels.network import OPEN_IN, OPEN_OUT, Network, send


class Ways(NamedTuple):
    """The arcs of a way from the meeting node to a debtor in excess, and to a creditor in want; int32 lists."""

    back: Int32
    on: Int32


@compiled
def send_all(
    net: Network, tight: Tight, debtors: Side, creditors: Side, met: Int32, ways: Ways
) -> tuple[int, int]:
    """Send what the shortest ways through the nodes `met` can bear.

    Returns how many nodes each side has noted as lost.
    """
    heads, twins, rooms, excess = net.head, net.twin, net.room, net.excess
    arcs, ends, way_in, way_on = tight.arcs, tight.end, ways.back, ways.on
    levels, current, lost, marks = debtors.level, debtors.current, debtors.lost, debtors.mark
    levels_on, current_on, lost_on, marks_on = (
        creditors.level,
        creditors.current,
        creditors.lost,
        creditors.mark,
    )
    losses, losses_on = 0, 0
    for node in met:
        if ends[node] == NOWHERE:
            list_tight(net, tight, node)
        while True:
            source, hops, losses = _descend(
                heads, arcs, ends, levels, current, marks, lost, losses, node, OPEN_IN, way_in
            )
            if source == NOWHERE:
                break
            sink, more, losses_on = _descend(
                heads, arcs, ends, levels_on, current_on, marks_on, lost_on, losses_on, node, OPEN_OUT, way_on
            )
            if sink == NOWHERE:
                break
            amount = min(excess[source], -excess[sink])
            for hop in range(hops):
                way_in[hop] = twins[way_in[hop]]
                amount = min(amount, rooms[way_in[hop]])
            for hop in range(more):
                amount = min(amount, rooms[way_on[hop]])
            for hop in range(hops):
                send(heads, twins, rooms, way_in[hop], amount)
                if rooms[way_in[hop]] == 0:
                    losses = lose(marks, lost, heads[way_in[hop]] >> 2, losses)
            for hop in range(more):
                send(heads, twins, rooms, way_on[hop], amount)
                if rooms[way_on[hop]] == 0:
                    losses_on = lose(marks_on, lost_on, heads[twins[way_on[hop]]] >> 2, losses_on)
            excess[source] -= amount
            excess[sink] += amount
            if excess[source] == 0:
                levels[source] = -2
                losses = lose(marks, lost, source, losses)
            if excess[sink] == 0:
                levels_on[sink] = -2
                losses_on = lose(marks_on, lost_on, sink, losses_on)
    return losses, losses_on


@compiled
def _descend(
    heads: Int32,
    arcs: Int32,
    ends: Int32,
    levels: Int32,
    current: Int32,
    marks: Int8,
    lost: Int32,
    losses: int,
    top: int,
    back: int,
    way: Int32,
) -> tuple[int, int, int]:
    """Go down the levels from node `top`; return (root or NOWHERE, arcs of the way, nodes lost).

    The tight arcs of all nodes on the way are listed: each has been grown from, but `top`.
    """
    node, hops = top, 0
    while True:
        level = levels[node]
        if level == 0:
            return node, hops, losses
        if level > 0:
            place = way_back(heads, arcs, levels, current[node], ends[node], level - 1, back)
            current[node] = place
            if place < ends[node]:
                way[hops] = arcs[place]
                hops += 1
                node = heads[arcs[place]] >> 2
                continue
            levels[node] = -2 - level
            losses = lose(marks, lost, node, losses)
        if hops == 0:
            return NOWHERE, 0, losses
        hops -= 1
        node = top if hops == 0 else heads[way[hops - 1]] >> 2
