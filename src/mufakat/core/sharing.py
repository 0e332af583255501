"""Sharing a loss out to the last unit: pro rata of weights, nobody beyond its cap, by the largest remainder.

Who would bear its cap or more bears the cap, and the others share what that leaves, until nobody is beyond. Then
each bears the whole units of its exact part; the units left go one each to the largest remainders, ties to the
identifier that comes first. Pure: integers in, integers out. Rule source: charter, default.
"""

from collections.abc import Mapping, Sequence

import msgspec


class Part(msgspec.Struct, frozen=True):
    """One that bears: by `weight`, and at most `cap`. A weight of zero bears nothing."""

    holder: str
    weight: int
    cap: int


def share_out(amount: int, parts: Sequence[Part]) -> Mapping[str, int]:
    """Share `amount` out; return what each bears, in order of holder, without those that bear nothing.

    The sum is `amount`, or less when all caps are reached.
    """
    assert amount >= 0, "a loss is no gain"
    bears = {part.holder: 0 for part in parts}
    open_parts = [each for each in parts if each.weight > 0 and each.cap > 0]
    left = amount
    while open_parts and left:
        total = sum(each.weight for each in open_parts)
        full = [each for each in open_parts if left * each.weight >= each.cap * total]
        if not full:
            break
        for each in full:
            bears[each.holder] = each.cap
        left -= sum(each.cap for each in full)
        open_parts = [each for each in open_parts if each not in full]
    if open_parts and left > 0:
        bears.update(_largest_remainder(left, open_parts))
    assert sum(bears.values()) <= amount, "no more is borne than is lost"
    return {holder: bears[holder] for holder in sorted(bears) if bears[holder]}


def _largest_remainder(amount: int, parts: Sequence[Part]) -> Mapping[str, int]:
    total = sum(each.weight for each in parts)
    bears = {each.holder: amount * each.weight // total for each in parts}
    by_remainder = sorted(parts, key=lambda each: (-(amount * each.weight % total), each.holder))
    for each in by_remainder[: amount - sum(bears.values())]:
        bears[each.holder] += 1
    return bears
