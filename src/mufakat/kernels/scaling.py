"""The largest circulation by cost scaling: for networks with long ways, such as rings of thousands of firms.

Costs are multiplied by more than the number of nodes. A flow is eps-optimal when every arc with room has
cost + potential[x] - potential[y] >= -eps; eps goes down to 1, which is below one old unit of cost a cycle, and so
the flow is at the optimum. Source: Goldberg, "An efficient implementation of a scaling minimum-cost flow
algorithm", Journal of Algorithms 22 (1997): push and relabel in a queue, with an update of all distances at times.
"""

from typing import Final, NamedTuple

import numpy as np

from mufakat.kernels.compiled import Int8, Int32, Int64, compiled
from mufakat.kernels.layers import NOWHERE
from mufakat.kernels.network import OPEN_IN, OPEN_OUT, Network, send

FACTOR_BITS: Final = 5
"""By how much eps goes down at a time, a power of two: a floor division by eps is then a shift."""
UPDATES: Final = 4
"""Distances are measured anew each time a quarter as many nodes were relabelled as there are."""
_FARTHEST: Final = 8
"""Distances beyond this many times the nodes are all taken as one."""


class Work(NamedTuple):
    """Lists by node, int32 but `waiting` (int8: 1 in the queue); `first` heads the nodes of each distance."""

    current: Int32
    queue: Int32
    waiting: Int8
    distance: Int32
    following: Int32
    before: Int32
    first: Int32


def scale(net: Network, potential: Int32) -> None:
    """Send all excess at least cost; `potential` is then as `circulation.balance` leaves it.

    The network may be as `balance` left it before it was done. It has to hold a way for all excess.
    """
    nodes = len(potential)
    bits = FACTOR_BITS
    while 1 << bits <= nodes:
        bits += FACTOR_BITS
    cost = 1 << bits
    scaled = potential.astype(np.int64) * cost
    work = Work(
        np.empty(nodes, dtype=np.int32),
        np.empty(nodes + 1, dtype=np.int32),
        np.zeros(nodes, dtype=np.int8),
        np.empty(nodes, dtype=np.int32),
        np.empty(nodes, dtype=np.int32),
        np.empty(nodes, dtype=np.int32),
        np.full(_FARTHEST * nodes + 1, NOWHERE, dtype=np.int32),
    )
    for eps_bits in range(bits - FACTOR_BITS, -1, -FACTOR_BITS):
        _saturate(net, scaled, cost)
        _measure(net, scaled, cost, eps_bits, work)
        held = _enqueue(net, work)
        _discharge(net, scaled, cost, eps_bits, work, held)
    _unscale(scaled, cost, potential)


@compiled
def _saturate(net: Network, potential: Int64, cost: int) -> None:
    """Fill each arc of negative reduced cost."""
    start, middle, heads, twins, rooms = net.start, net.middle, net.head, net.twin, net.room
    for node in range(len(potential)):
        for arc in range(start[node], start[node + 1]):
            if heads[arc] & OPEN_OUT:
                other = heads[arc] >> 2
                reduced = (cost if arc < middle[node] else -cost) + potential[node] - potential[other]
                if reduced < 0:
                    net.excess[node] -= rooms[arc]
                    net.excess[other] += rooms[arc]
                    send(heads, twins, rooms, arc, rooms[arc])


@compiled
def _enqueue(net: Network, work: Work) -> int:
    held = 0
    for node in range(len(net.excess)):
        work.current[node] = net.start[node]
        if net.excess[node] > 0:
            work.queue[held] = node
            work.waiting[node] = 1
            held += 1
    return held


@compiled
def _discharge(net: Network, potential: Int64, cost: int, eps_bits: int, work: Work, held: int) -> None:
    """Take nodes in excess from the queue and push it on, until there are none. `eps_bits`: eps is 2 to this."""
    start, middle, heads, twins, rooms = net.start, net.middle, net.head, net.twin, net.room
    excess, current, queue, waiting = net.excess, work.current, work.queue, work.waiting
    at, size, relabels, most_relabels = 0, len(queue), 0, len(potential) // UPDATES + 1
    while at != held:
        node = queue[at]
        at = at + 1 if at + 1 < size else 0
        waiting[node] = 0
        middle_arc, last = middle[node], start[node + 1]
        while excess[node] > 0:
            own = potential[node]
            arc = current[node]
            while arc < last:
                head = heads[arc]
                if head & OPEN_OUT and (cost if arc < middle_arc else -cost) + own < potential[head >> 2]:
                    break
                arc += 1
            current[node] = arc
            if arc == last:
                arc = start[node]
                least = np.int64(1) << 61
                for other_arc in range(start[node], last):
                    head = heads[other_arc]
                    if head & OPEN_OUT:
                        reduced = (cost if other_arc < middle_arc else -cost) + own - potential[head >> 2]
                        if reduced < least:
                            least, arc = reduced, other_arc
                potential[node] -= least + (1 << eps_bits)
                current[node] = start[node]
                relabels += 1
                if relabels == most_relabels:
                    relabels = 0
                    _measure(net, potential, cost, eps_bits, work)
                    current[:] = start[:-1]
                    continue
            other = heads[arc] >> 2
            amount = min(excess[node], rooms[arc])
            send(heads, twins, rooms, arc, amount)
            excess[node] -= amount
            excess[other] += amount
            if excess[other] > 0 and waiting[other] == 0:
                waiting[other] = 1
                queue[held] = other
                held = held + 1 if held + 1 < size else 0


@compiled
def _measure(net: Network, potential: Int64, cost: int, eps_bits: int, work: Work) -> None:
    """Lower each potential by eps times the node's distance to the nearest creditor in want, over open arcs."""
    start, heads, excess, distances, first = net.start, net.head, net.excess, work.distance, work.first
    following, before = work.following, work.before
    farthest = len(first) - 1
    nodes = len(potential)
    left = _place_sinks(excess, distances, first, following, before, farthest)
    at = 0
    while at < farthest and left > 0:
        node = first[at]
        if node == NOWHERE:
            at += 1
            continue
        _unlink(first, following, before, at, node)
        left -= excess[node] > 0
        distances[node] = -1 - at  # known for good
        own, middle = potential[node], net.middle[node]
        for arc in range(start[node], start[node + 1]):
            head = heads[arc]
            other = head >> 2
            old = distances[other]
            if head & OPEN_IN and old > at:
                reduced = (-cost if arc < middle else cost) + potential[other] - own
                new = at + (reduced >> eps_bits) + 1
                if new < old:
                    if old < farthest:
                        _unlink(first, following, before, old, other)
                    distances[other] = new
                    _link(first, following, before, new, other)
    first[at:] = NOWHERE
    for node in range(nodes):
        distance = distances[node] if distances[node] >= 0 else -1 - distances[node]
        potential[node] -= min(distance, at) << eps_bits


@compiled
def _place_sinks(
    excess: Int64, distances: Int32, first: Int32, following: Int32, before: Int32, farthest: int
) -> int:
    """Put the creditors in want at distance 0, all others beyond; return how many nodes are in excess."""
    left = 0
    for node in range(len(excess)):
        distances[node] = farthest
        if excess[node] < 0:
            distances[node] = 0
            _link(first, following, before, 0, node)
        elif excess[node] > 0:
            left += 1
    return left


@compiled
def _link(first: Int32, following: Int32, before: Int32, distance: int, node: int) -> None:
    following[node] = first[distance]
    before[node] = NOWHERE
    if first[distance] != NOWHERE:
        before[first[distance]] = node
    first[distance] = node


@compiled
def _unlink(first: Int32, following: Int32, before: Int32, distance: int, node: int) -> None:
    if before[node] == NOWHERE:
        first[distance] = following[node]
    else:
        following[before[node]] = following[node]
    if following[node] != NOWHERE:
        before[following[node]] = before[node]


@compiled
def _unscale(scaled: Int64, cost: int, potential: Int32) -> None:
    """Bring potentials back to units of cost, where they are exact.

    scaled[y] <= scaled[x] + cost * c + 1 on every arc with room. Divided by cost and rounded down that loses its 1,
    unless some potential leaves cost - 1 over. There are more remainders than nodes: one that no node has is made
    cost - 1 by a shift.
    """
    taken = np.zeros(cost, dtype=np.int8)
    for value in scaled:
        taken[value % cost] = 1
    free = 0
    while taken[free] == 1:
        free += 1
    for node in range(len(scaled)):
        potential[node] = (scaled[node] - free - 1) // cost
