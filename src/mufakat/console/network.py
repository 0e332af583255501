"""A drawing of who owes whom: members on a circle, one arrow a debt, from debtor to creditor.

One drawing is of one currency, since amounts of different currencies do not add up. The width of an
arrow is proportional to its amount; two drawings made with the same `scale` can be compared by eye.
Amounts are minor units (int); floats are drawing coordinates only.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec
from markupsafe import Markup, escape

from mufakat.model.money import format_amount

_SIZE: Final = 300  # side of the square drawing, in user units
_RING: Final = 96.0  # radius of the circle that the members stand on
_NODE: Final = 19.0  # radius of one member
_WIDEST: Final = 12.0  # stroke width of a debt as large as `scale`
_THINNEST: Final = 0.8  # what is owed stays visible however little it is
_BOW: Final = 0.17  # how far an arrow bends, so that two opposite debts do not lie on each other


class Debt(msgspec.Struct, frozen=True):
    """What the firms and banks of member `debtor` owe to those of `creditor`, in one currency.

    `amount_minor` >= 0, minor units of `currency`. Debtor and creditor may be the same member: debts
    within one country, drawn as a ring.
    """

    debtor: str
    creditor: str
    currency: str
    amount_minor: int


class Point(NamedTuple):
    """A place in the drawing, user units, y downwards."""

    x: float
    y: float


def by_pair(debts: Iterable[Debt]) -> dict[tuple[str, str], int]:
    """Sum debts of one currency by (debtor, creditor), sorted, without pairs that owe nothing."""
    sums: dict[tuple[str, str], int] = {}
    for debt in debts:
        if debt.amount_minor < 0:
            raise ValueError(f"{debt.debtor} owes {debt.creditor} {debt.amount_minor}: turn the debt around")
        pair = (debt.debtor, debt.creditor)
        sums[pair] = sums.get(pair, 0) + debt.amount_minor
    return {pair: sums[pair] for pair in sorted(sums) if sums[pair]}


def largest(*drawings: Iterable[Debt]) -> int:
    """Return the largest sum that one member owes another in any of the drawings: their common scale."""
    return max((amount for debts in drawings for amount in by_pair(debts).values()), default=0)


def _place(members: Sequence[str]) -> dict[str, Point]:
    centre = _SIZE / 2
    places = {}
    for index, member in enumerate(members):
        angle = 2 * math.pi * index / len(members) - math.pi / 2
        places[member] = Point(centre + _RING * math.cos(angle), centre + _RING * math.sin(angle))
    return places


def _number(value: float) -> str:
    return f"{value + 0.0:.1f}"


def _at(point: Point) -> str:
    return f"{_number(point.x)},{_number(point.y)}"


def _towards(start: Point, goal: Point, distance: float) -> Point:
    length = math.dist(start, goal)
    return Point(
        start.x + (goal.x - start.x) * distance / length, start.y + (goal.y - start.y) * distance / length
    )


def _bend(start: Point, end: Point) -> Point:
    """Return the control point of the arrow: to the left of its middle, seen from the debtor."""
    middle = Point((start.x + end.x) / 2, (start.y + end.y) / 2)
    return Point(middle.x + (end.y - start.y) * _BOW * 2, middle.y - (end.x - start.x) * _BOW * 2)


def _arrow(start: Point, end: Point, width: float, title: Markup) -> Markup:
    control = _bend(start, end)
    head = 6.0 + width * 0.75
    half = 3.2 + width * 0.62
    tail, neck = _towards(start, control, _NODE), _towards(end, control, _NODE + head)
    tip = _towards(end, control, _NODE)
    aside_x, aside_y = (tip.y - neck.y) / head * half, (neck.x - tip.x) / head * half
    corners = (tip, Point(neck.x + aside_x, neck.y + aside_y), Point(neck.x - aside_x, neck.y - aside_y))
    return Markup(
        '<g class="debt"><title>{title}</title><path class="casing" d="{curve}" stroke-width="{casing}"/>'
        '<path d="{curve}" stroke-width="{width}"/><path class="head" d="M{head}Z"/></g>'
    ).format(
        title=title,
        curve=f"M{_at(tail)} Q{_at(control)} {_at(neck)}",
        width=_number(width),
        casing=_number(width + 3),
        head="L".join(map(_at, corners)),
    )


def _ring(place: Point, width: float, title: Markup) -> Markup:
    centre = Point(_SIZE / 2, _SIZE / 2)
    middle = _towards(place, centre, -(_NODE + 6))
    return Markup(
        '<g class="debt"><title>{}</title><circle cx="{}" cy="{}" r="13" stroke-width="{}"/></g>'
    ).format(title, _number(middle.x), _number(middle.y), _number(width))


def _ghost(start: Point, end: Point) -> Markup:
    return Markup('<path class="ghost" d="M{} Q{} {}"/>').format(_at(start), _at(_bend(start, end)), _at(end))


def _node(member: str, place: Point) -> Markup:
    shown = member if len(member) <= 4 else member[:3] + "…"
    return Markup(
        '<g class="member"><title>{}</title><circle cx="{}" cy="{}" r="{}"/>'
        '<text x="{}" y="{}" dy="0.35em">{}</text></g>'
    ).format(member, _number(place.x), _number(place.y), _number(_NODE), *map(_number, place), shown)


def draw_network(
    members: Sequence[str],
    debts: Sequence[Debt],
    *,
    decimals: int,
    scale: int,
    title: str,
    gone: Sequence[Debt] = (),
) -> Markup:
    """Draw debts of one currency between members as an `<svg>` element.

    members   ids in the order of the circle; a member that only a debt names is added at the end
    decimals  of the currency, for the amounts in the titles
    scale     minor units drawn at full width, see `largest`; the same for drawings to be compared
    title     of the whole drawing, for those who do not see it
    gone      debts of an earlier drawing; a pair that owes nothing any more leaves a dotted line

    The drawing has a title, a description in words, and a title on each arrow. Same input, same bytes.
    """
    owed, earlier = by_pair(debts), by_pair(gone)
    named = {member for pair in (*owed, *earlier) for member in pair}
    places = _place([*members, *sorted(named - set(members))])
    currency = debts[0].currency if debts else ""
    parts = [_ghost(places[a], places[b]) for a, b in earlier if (a, b) not in owed and a != b]
    lines = []
    # The largest first, so that no thin arrow disappears under a wide one.
    for (debtor, creditor), amount in sorted(owed.items(), key=lambda item: (-item[1], item[0])):
        width = max(_THINNEST, _WIDEST * min(amount / scale, 1.0)) if scale else _THINNEST
        words = f"{debtor} owes {creditor} {currency} {format_amount(amount, decimals, grouped=True)}"
        lines.append(words)
        if debtor == creditor:
            parts.append(_ring(places[debtor], width, escape(words)))
        else:
            parts.append(_arrow(places[debtor], places[creditor], width, escape(words)))
    parts.extend(_node(member, place) for member, place in places.items())
    return Markup(
        '<svg class="network" viewBox="0 0 {size} {height}" role="img">'
        "<title>{title}</title><desc>{words}</desc>\n{parts}\n</svg>"
    ).format(
        size=_SIZE,
        height=round(max((place.y for place in places.values()), default=0.0) + _NODE + 30),
        title=title,
        words="; ".join(lines) + "." if lines else "Nobody owes anything.",
        parts=Markup("\n").join(parts),
    )
