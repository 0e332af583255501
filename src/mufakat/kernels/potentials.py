"""Potentials: how far a side that can grow no more has to be lowered or raised until it can.

A search by least distance (Dijkstra's, with one queue for each distance, since costs are small integers) goes on
from the whole closed side until it meets the other. Each node nearer than that moves by the rest of the distance,
which keeps c + potential[x] - potential[y] >= 0 on every arc x -> y with room.
"""

from typing import NamedTuple

from mufakat.kernels.compiled import Int32, compiled
from mufakat.kernels.layers import NOWHERE, Side, Tight
from mufakat.kernels.network import OPEN_OUT, Network


class Queues(NamedTuple):
    """Nodes by distance: `first[d]` heads a list linked both ways; int32, `first` is NOWHERE between uses."""

    first: Int32
    following: Int32
    before: Int32
    distance: Int32
    reached: Int32


@compiled
def shift(net: Network, tight: Tight, side: Side, other: Side, away: int, queues: Queues) -> int:
    """Move the potentials of a closed side until it touches the other; return by how much.

    A distance is below the number of nodes, since a shortest way visits none twice.
    """
    held = 0
    for node in range(len(side.level)):
        queues.distance[node] = NOWHERE
        if side.level[node] != NOWHERE:
            queues.distance[node] = 0
            queues.reached[held] = node
            held += 1
    distance, at, farthest = 0, 0, 0
    while True:
        while at < held:
            node = queues.reached[at]
            at += 1
            if distance > 0 and other.level[node] != NOWHERE:
                _empty(queues, distance, farthest)
                _move(tight.potential, queues, held, distance, away)
                return distance
            held, farthest = _relax(net, tight.potential, queues, node, away, held, farthest)
        distance += 1
        while distance <= farthest and queues.first[distance] == NOWHERE:
            distance += 1
        assert distance <= farthest, "what is in excess can always reach what is in want"
        node = queues.first[distance]
        queues.first[distance] = NOWHERE
        while node != NOWHERE:
            queues.reached[held] = node
            held += 1
            node = queues.following[node]


@compiled
def _relax(
    net: Network, potential: Int32, queues: Queues, node: int, away: int, held: int, farthest: int
) -> tuple[int, int]:
    """Look at the open arcs of a node whose distance is known; return (nodes reached for good, farthest queue)."""
    heads, distances, middle = net.head, queues.distance, net.middle[node]
    sign = 1 if away == OPEN_OUT else -1
    distance = distances[node]
    for arc in range(net.start[node], net.start[node + 1]):
        head = heads[arc]
        if not head & away:
            continue
        other = head >> 2
        cost = 1 if arc < middle else -1
        new = distance + sign * (cost + potential[node] - potential[other])
        old = distances[other]
        if new >= len(potential) or (old != NOWHERE and old <= new):
            continue
        if old != NOWHERE:
            _take_out(queues, other)
        distances[other] = new
        if new == distance:
            queues.reached[held] = other
            held += 1
        else:
            _put_in(queues, other)
            farthest = max(farthest, new)
    return held, farthest


@compiled
def _put_in(queues: Queues, node: int) -> None:
    distance = queues.distance[node]
    first = queues.first[distance]
    queues.following[node] = first
    queues.before[node] = NOWHERE
    if first != NOWHERE:
        queues.before[first] = node
    queues.first[distance] = node


@compiled
def _take_out(queues: Queues, node: int) -> None:
    before, following = queues.before[node], queues.following[node]
    if before == NOWHERE:
        queues.first[queues.distance[node]] = following
    else:
        queues.following[before] = following
    if following != NOWHERE:
        queues.before[following] = before


@compiled
def _empty(queues: Queues, distance: int, farthest: int) -> None:
    for each in range(distance, farthest + 1):
        queues.first[each] = NOWHERE


@compiled
def _move(potential: Int32, queues: Queues, held: int, distance: int, away: int) -> None:
    sign = 1 if away == OPEN_OUT else -1
    for node in queues.reached[:held]:
        if queues.distance[node] < distance:
            potential[node] -= sign * (distance - queues.distance[node])
