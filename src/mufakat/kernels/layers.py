"""Layers of equal distance, grown from both ends of a network until they meet, over arcs that cost nothing now.

An arc x -> y of cost c is tight when c + potential[x] - potential[y] is zero. One side holds the nodes that the
debtors in excess reach over tight arcs with room, the other those that reach a creditor in want; `level` is the
fewest arcs on the way. What was sent closes arcs; levels are mended then, not grown anew. Source: Goldberg, Hed,
Kaplan, Tarjan, Werneck, "Maximum flows by incremental breadth-first search", ESA 2011.
"""

from typing import NamedTuple

from mufakat.kernels.compiled import Int8, Int32, compiled
from mufakat.kernels.network import Network

NOWHERE = -1


class Tight(NamedTuple):
    """The tight arcs of node x: `arcs[start[x]:end[x]]`; `end` is NOWHERE until they are listed. All int32."""

    potential: Int32
    arcs: Int32
    end: Int32


class Side(NamedTuple):
    """One side. All int32, by node unless said.

    `level`: NOWHERE outside the side; -2 - level of a node that has just lost its way. `current`: where in the
    node's tight arcs the search for its way goes on. `front`: the nodes of the last layer, in a list. `lost`: the
    nodes that may have lost their way, in a list; `mark` (int8) is 1 for them, 2 for those that have, else 0.
    """

    level: Int32
    current: Int32
    front: Int32
    lost: Int32
    mark: Int8


class Scratch(NamedTuple):
    """Room for lists: `first` longer than the nodes and NOWHERE between uses, the others by node; int32."""

    first: Int32
    following: Int32
    list: Int32
    wave: Int32


@compiled
def list_tight(net: Network, tight: Tight, node: int) -> int:
    """List the tight arcs of a node; return where they end."""
    heads, potential, arcs = net.head, tight.potential, tight.arcs
    first, middle, last = net.start[node], net.middle[node], net.start[node + 1]
    end: int = first
    wanted = potential[node] + 1
    for arc in range(first, middle):
        if potential[heads[arc] >> 2] == wanted:
            arcs[end] = arc
            end += 1
    wanted -= 2
    for arc in range(middle, last):
        if potential[heads[arc] >> 2] == wanted:
            arcs[end] = arc
            end += 1
    tight.end[node] = end
    return end


@compiled
def plant(net: Network, side: Side, sign: int) -> int:
    """Start a side anew from the nodes whose excess has this sign; return how many there are."""
    count = 0
    for node in range(len(net.excess)):
        side.level[node] = NOWHERE
        if sign * net.excess[node] > 0:
            side.level[node] = 0
            side.front[count] = node
            count += 1
    return count


@compiled
def weigh(net: Network, side: Side, count: int) -> int:
    """Return how many arcs the nodes of the front have."""
    arcs = 0
    for node in side.front[:count]:
        arcs += net.start[node + 1] - net.start[node]
    return arcs


@compiled
def grow(
    net: Network, tight: Tight, side: Side, other: Side, count: int, away: int, met: Int32
) -> tuple[int, int]:
    """Add the next layer; return (its nodes, how many of them are on the other side too, listed in `met`).

    `count`: nodes in `side.front`. `away`: the bit of an arc that leads away from the roots of this side.
    """
    start, heads, arcs, ends = net.start, net.head, tight.arcs, tight.end
    levels, current, others, front = side.level, side.current, other.level, side.front
    new, meeting = 0, 0
    grown = side.lost  # empty between mending and growing
    grown[:count] = front[:count]
    for node in grown[:count]:
        level = levels[node] + 1
        end = ends[node]
        if end == NOWHERE:
            end = list_tight(net, tight, node)
        for place in range(start[node], end):
            head = heads[arcs[place]]
            if head & away:
                reached = head >> 2
                if levels[reached] == NOWHERE:
                    levels[reached] = level
                    current[reached] = start[reached]
                    front[new] = reached
                    new += 1
                    if others[reached] != NOWHERE:
                        met[meeting] = reached
                        meeting += 1
    return new, meeting


@compiled
def lose(mark: Int8, lost: Int32, node: int, count: int) -> int:
    """Note a node that may have lost its way, once; return how many are noted."""
    if mark[node] == 0:
        mark[node] = 1
        lost[count] = node
        count += 1
    return count


@compiled
def way_back(heads: Int32, arcs: Int32, levels: Int32, place: int, end: int, level: int, back: int) -> int:
    """Return the first place from `place` to `end` of a tight arc by which nodes of `level` lead here, else `end`.

    `back`: the bit of an arc through which the roots of the side reach the node. Arrays alone are passed: this is
    called for each step, and parts of a tuple are counted anew each time.
    """
    while place < end:
        head = heads[arcs[place]]
        if head & back and levels[head >> 2] == level:
            break
        place += 1
    return place


@compiled
def mend(
    net: Network, tight: Tight, side: Side, lost: int, front: int, top: int, away: int, scratch: Scratch
) -> int:
    """Give each node that lost its way its new level, or none if that is above `top`; return how many are in front.

    `lost`, `front`: how many the side's lists hold. No mark is left after it.
    """
    count, outside = _cut_off(net, tight, side, lost, top, away, scratch)
    highest = _from_outside(net, tight, side, outside, top, away, scratch)
    placed = _from_each_other(net, tight, side, highest, away, scratch)
    kept = 0
    for node in side.front[:front]:
        if side.level[node] == top and side.mark[node] == 0:
            side.front[kept] = node
            kept += 1
    for node in scratch.wave[:placed]:
        if side.level[node] == top:
            side.front[kept] = node
            kept += 1
    for node in scratch.list[:count]:
        side.mark[node] = 0
    return kept


@compiled
def _cut_off(
    net: Network, tight: Tight, side: Side, lost: int, top: int, away: int, scratch: Scratch
) -> tuple[int, int]:
    """List all nodes that lost their way, those that depend on others after them; return how many.

    The second number: how many of them, listed in `scratch.wave`, a node below `top` may still reach.
    """
    start, heads, arcs, ends = net.start, net.head, tight.arcs, tight.end
    levels, mark, current = side.level, side.mark, side.current
    first, following, cut, near = scratch.first, scratch.following, scratch.list, scratch.wave
    highest = _sort_by_level(side, lost, scratch)
    back = 3 - away
    count, outside, level = 0, 0, 0
    while level <= highest:
        node = first[level]
        if node == NOWHERE:
            level += 1
            continue
        first[level] = following[node]
        end = ends[node]
        if end == NOWHERE:
            end = list_tight(net, tight, node)
        if levels[node] > 0:
            place = way_back(heads, arcs, levels, current[node], end, level - 1, back)
            current[node] = place
            if place < end:
                mark[node] = 0
                continue
        levels[node] = -2 - level
        mark[node] = 2
        cut[count] = node
        count += 1
        current[node] = start[node]
        reachable = 0
        for place in range(start[node], end):
            head = heads[arcs[place]]
            reached = head >> 2
            other = levels[reached]
            if head & away and other == level + 1 and mark[reached] == 0:
                mark[reached] = 1
                following[reached] = first[level + 1]
                first[level + 1] = reached
                highest = max(highest, level + 1)
            if head & back and NOWHERE < other < top:
                reachable = 1
        near[outside] = node
        outside += reachable
    for node in cut[:count]:
        levels[node] = NOWHERE
    return count, outside


@compiled
def _sort_by_level(side: Side, lost: int, scratch: Scratch) -> int:
    highest = NOWHERE
    for node in side.lost[:lost]:
        level = side.level[node] if side.level[node] >= 0 else -2 - side.level[node]
        scratch.following[node] = scratch.first[level]
        scratch.first[level] = node
        highest = max(highest, level)
    return highest


@compiled
def _from_outside(
    net: Network, tight: Tight, side: Side, count: int, top: int, away: int, scratch: Scratch
) -> int:
    """Queue each listed node at the level by which nodes that kept their way reach it; return the highest."""
    start, heads, arcs, ends = net.start, net.head, tight.arcs, tight.end
    levels, first, following = side.level, scratch.first, scratch.following
    back = 3 - away
    highest = NOWHERE
    for node in scratch.wave[:count]:
        best = top
        for place in range(start[node], ends[node]):
            head = heads[arcs[place]]
            if head & back:
                level = levels[head >> 2]
                if NOWHERE < level < best:
                    best = level
        if best < top:
            following[node] = first[best + 1]
            first[best + 1] = node
            highest = max(highest, best + 1)
    return highest if highest == NOWHERE else top


@compiled
def _from_each_other(net: Network, tight: Tight, side: Side, top: int, away: int, scratch: Scratch) -> int:
    """Set the levels of queued nodes, and of what they reach, up to `top`; list them in `scratch.wave`."""
    start, heads, arcs, levels, mark = net.start, net.head, tight.arcs, side.level, side.mark
    wave, first, following, ends = scratch.wave, scratch.first, scratch.following, tight.end
    at, held = 0, 0
    for level in range(top + 1):
        node = first[level]
        first[level] = NOWHERE
        while node != NOWHERE:
            if mark[node] == 2:
                mark[node] = 0
                levels[node] = level
                wave[held] = node
                held += 1
            node = following[node]
        if level == top:
            break
        layer = held
        while at < layer:
            node = wave[at]
            at += 1
            for place in range(start[node], ends[node]):
                head = heads[arcs[place]]
                reached = head >> 2
                if head & away and mark[reached] == 2:
                    mark[reached] = 0
                    levels[reached] = level + 1
                    wave[held] = reached
                    held += 1
    return held
