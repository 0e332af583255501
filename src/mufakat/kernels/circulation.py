"""The largest circulation by primal and dual steps in turn: send over tight arcs, then move the potentials.

Source: Ford and Fulkerson, "Flows in Networks" (1962), chapter III. On graphs of trade some tens of phases do; on
long rings there are thousands, with as many layers each: `scaling` is for those.
"""

from typing import Final, NamedTuple

import numpy as np

from mufakat.kernels.compiled import Int32
from mufakat.kernels.layers import NOWHERE, Scratch, Side, Tight, grow, mend, plant, weigh
from mufakat.kernels.network import OPEN_IN, OPEN_OUT, Network
from mufakat.kernels.paths import Ways, send_all
from mufakat.kernels.potentials import Queues, shift

PHASES: Final = 10
FEWER: Final = 24
LAYERS: Final = 60
"""A network is taken for one of long ways, for which `scaling` is faster, in one of two cases.

After PHASES phases more than one debtor in FEWER of the first is still in excess: on graphs of trade of 1,000 to
2,000,000 firms it was one in 37 to 34,000 then, on rings one in 5 to 15. Or the layers grown in all are LAYERS
times the cube root of the nodes: graphs of trade needed 1 to 29 times.
"""


class Patience(NamedTuple):
    """How many layers and phases a network is given before it is taken for one of long ways."""

    layers: int
    phases: int


class Room(NamedTuple):
    """All that a solve needs beside the network."""

    debtors: Side
    creditors: Side
    scratch: Scratch
    queues: Queues
    ways: Ways
    met: Int32


def _room(nodes: int) -> Room:
    scratch = Scratch(
        np.full(nodes + 2, NOWHERE, dtype=np.int32),
        np.empty(nodes, dtype=np.int32),
        np.empty(nodes, dtype=np.int32),
        np.empty(nodes, dtype=np.int32),
    )
    queues = Queues(
        scratch.first, scratch.following, scratch.list, np.empty(nodes, dtype=np.int32), scratch.wave
    )
    ways = Ways(np.empty(nodes + 1, dtype=np.int32), np.empty(nodes + 1, dtype=np.int32))
    return Room(_side(nodes), _side(nodes), scratch, queues, ways, np.empty(nodes, dtype=np.int32))


def _side(nodes: int) -> Side:
    return Side(
        np.empty(nodes, dtype=np.int32),
        np.empty(nodes, dtype=np.int32),
        np.empty(nodes, dtype=np.int32),
        np.empty(nodes, dtype=np.int32),
        np.zeros(nodes, dtype=np.int8),
    )


def patience(nodes: int) -> Patience:
    """Return what is given to a network of so many nodes."""
    root = 1
    while (root + 1) ** 3 <= nodes:
        root += 1
    return Patience(LAYERS * root, PHASES)


def balance(net: Network, potential: Int32, given: Patience) -> bool:
    """Send all excess to where it is wanted at least cost; tell whether all was sent before `given` was used up.

    `potential`: int32 by node, zero at first; at the end every arc with room has cost + potential[x] - potential[y]
    >= 0, which proves that the cost is the least. The network has to hold a way for all excess.
    """
    nodes = len(potential)
    tight = Tight(potential, np.empty(len(net.head), dtype=np.int32), np.empty(nodes, dtype=np.int32))
    room = _room(nodes)
    layers, phases, first = given.layers, 0, 0
    while layers > 0:
        debtors = plant(net, room.debtors, 1)
        if debtors == 0:
            return True
        first = max(first, debtors)
        if phases >= given.phases and debtors * FEWER > first:
            break
        creditors = plant(net, room.creditors, -1)
        tight.end[:] = NOWHERE
        closed, layers = _phase(net, tight, room, debtors, creditors, layers)
        phases += 1
        if net.excess.max() == 0:
            return True
        if closed == 0:
            break
        if closed == OPEN_OUT:
            shift(net, tight, room.debtors, room.creditors, OPEN_OUT, room.queues)
        else:
            shift(net, tight, room.creditors, room.debtors, OPEN_IN, room.queues)
    return False


def _phase(
    net: Network, tight: Tight, room: Room, debtors: int, creditors: int, most: int
) -> tuple[int, int]:
    """Grow the cheaper side and send until one side can grow no more, or `most` layers were grown.

    Returns which it is (OPEN_OUT the debtors' side, OPEN_IN the other, 0 neither), and how many layers are left.

    `debtors`, `creditors`: how many roots the sides have.
    """
    spent_debtors, next_debtors = 0, weigh(net, room.debtors, debtors)
    spent_creditors, next_creditors = 0, weigh(net, room.creditors, creditors)
    top_debtors, top_creditors = 0, 0
    for left in range(most - 1, -1, -1):
        if spent_debtors + next_debtors <= spent_creditors + next_creditors:
            debtors, met = grow(net, tight, room.debtors, room.creditors, debtors, OPEN_OUT, room.met)
            top_debtors += 1
            spent_debtors += next_debtors
        else:
            creditors, met = grow(net, tight, room.creditors, room.debtors, creditors, OPEN_IN, room.met)
            top_creditors += 1
            spent_creditors += next_creditors
        if met > 0:
            lost, missed = send_all(net, tight, room.debtors, room.creditors, room.met[:met], room.ways)
            debtors = mend(net, tight, room.debtors, lost, debtors, top_debtors, OPEN_OUT, room.scratch)
            creditors = mend(
                net, tight, room.creditors, missed, creditors, top_creditors, OPEN_IN, room.scratch
            )
        if debtors == 0:
            return OPEN_OUT, left
        if creditors == 0:
            return OPEN_IN, left
        next_debtors = weigh(net, room.debtors, debtors)
        next_creditors = weigh(net, room.creditors, creditors)
    return 0, 0
