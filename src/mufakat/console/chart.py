"""Bars and the curve of the queue: where each part of a chart lies, in user units of its drawing.

Amounts and counts go in as integers; floats are drawing coordinates only.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

_BAR: Final = 10_000  # a bar is this many units wide, whatever the amounts
# The template draws the axes between these lines, in a drawing of 720 by 260.
LEFT: Final = 52
RIGHT: Final = 688
TOP: Final = 16
BOTTOM: Final = 222
_MINUTE_STEPS: Final = (1, 5, 15, 30, 60, 120, 240)
_MOST_TICKS: Final = 10


class QueuePoint(msgspec.Struct, frozen=True):
    """How many payments wait for funds from `minute` (since the day opened) until the next point.

    `label` is the same moment on the clock, `HH:MM`. `totals` holds (currency, minor units) waiting.
    """

    minute: int
    label: str
    waiting: int
    totals: tuple[tuple[str, int], ...] = ()


class Segment(NamedTuple):
    """A part of a bar: `x` and `width` of `_BAR` units."""

    kind: str
    x: int
    width: int


def bar(*parts: tuple[str, int], whole: int) -> tuple[Segment, ...]:
    """Lay parts (kind, amount) end to end on a bar that stands for `whole`; empty parts are left out."""
    segments, done = [], 0
    whole = max(whole, sum(amount for _, amount in parts))
    for kind, amount in parts:
        start, done = done * _BAR // whole if whole else 0, done + amount
        if amount:
            segments.append(Segment(kind, start, done * _BAR // whole - start))
    return tuple(segments)


class Tick(NamedTuple):
    """A mark on an axis: its place along the axis, and its label."""

    at: str
    label: str


class QueueChart(NamedTuple):
    """The curve of the queue over the day as two SVG paths, its ticks, and its highest point."""

    line: str
    area: str
    hours: tuple[Tick, ...]
    levels: tuple[Tick, ...]
    cycles: tuple[Tick, ...]
    peak: QueuePoint
    last: QueuePoint


def _clock(label: str) -> int:
    hours, minutes = label.split(":")
    return int(hours) * 60 + int(minutes)


def _levels(peak: int) -> range:
    """Return at most six round levels from 0 to at least `peak`."""
    step = next(
        factor * 10**power for power in range(20) for factor in (1, 2, 5) if factor * 10**power * 5 >= peak
    )
    return range(0, -(-peak // step) * step + 1, step)


def queue_chart(points: Sequence[QueuePoint], cycle_labels: Sequence[str] = ()) -> QueueChart | None:
    """Lay out the queue as steps: each point holds until the next. None when nothing ever waited.

    points        in order of `minute`; their labels agree with their minutes
    cycle_labels  `HH:MM` of moments to be marked; those outside of the points are left out
    """
    if not any(point.waiting for point in points):
        return None
    peak = max(points, key=lambda point: point.waiting)
    first, last = points[0].minute, max(points[-1].minute, points[0].minute + 1)
    opening = _clock(points[0].label) - first
    levels = _levels(peak.waiting)

    def across(minute: int) -> str:
        return f"{LEFT + (RIGHT - LEFT) * (minute - first) / (last - first):.1f}"

    def up(waiting: int) -> str:
        return f"{BOTTOM - (BOTTOM - TOP) * waiting / levels[-1]:.1f}"

    steps = [f"M{across(first)},{up(points[0].waiting)}"]
    steps.extend(f"H{across(point.minute)}V{up(point.waiting)}" for point in points[1:])
    line = "".join(steps) + f"H{across(last)}"
    step = next((s for s in _MINUTE_STEPS if (last - first) // s < _MOST_TICKS), last - first)
    marks = range(-(-(first + opening) // step) * step, last + opening + 1, step)
    return QueueChart(
        line=line,
        area=f"{line}V{BOTTOM}H{LEFT}Z",
        hours=tuple(Tick(across(m - opening), f"{m // 60 % 24:02}:{m % 60:02}") for m in marks),
        levels=tuple(Tick(up(level), f"{level:,}") for level in levels),
        cycles=tuple(
            Tick(across(_clock(label) - opening), label)
            for label in cycle_labels
            if first <= _clock(label) - opening <= last
        ),
        peak=peak,
        last=points[-1],
    )
