"""Checks a set-off from its certificate alone, without a solver: anyone can do it with a pencil.

Debts a, what was cleared of them f, and a whole number p for each firm. If f lies within a, leaves each firm's
net position as it was, and its sum is the sum of a * max(0, 1 + p[debtor] - p[creditor]), then no set-off of these
debts clears more: a circulation g within a has sum(g) = sum(g * (1 + p[debtor] - p[creditor])), for each firm's p
is counted as often for what it owes as for what it is owed, and no term exceeds a * max(0, ...). This is duality of
linear programs, and one pass over the debts. Python's integers do not overflow, and no float is used.

A firm that allows at most c of its debts to be set off has a second number q that stands for p where it is a
creditor, and adds c * max(0, q - p) to the bound: what passes through it is at most c, and each unit of it
counts q - p.
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Final, NamedTuple

_MOST_STEPS: Final = 2**62 - 1
"""A set-off across currencies counts in steps so small that all debts together are no more of them."""


class ClearedDebt(NamedTuple):
    """One debt: who owes whom, how much, and what of it was cleared, in minor units of one currency."""

    debtor: Hashable
    creditor: Hashable
    amount: int
    cleared: int


class Limit(NamedTuple):
    """How much of its debts a firm allows to be set off, in minor units, and its potential as a creditor."""

    most: int
    receiving: int


class NotAtOptimum(Exception):
    """What was cleared breaks a rule of set-off, or the certificate does not prove it the largest."""


class Proved(NamedTuple):
    """What a certificate proves: the sum of `debts` debts, and the most of it that can be cleared."""

    debts: int
    total: int
    cleared: int


def check_optimum(
    debts: Iterable[ClearedDebt], potentials: Mapping[Any, int], limits: Mapping[Any, Limit] | None = None
) -> Proved:
    """Check one currency's set-off; raise NotAtOptimum with the first debt or firm that does not hold.

    A firm that `potentials` does not name has potential 0. Where there are `limits`, what is proved is that no
    set-off within them clears more.
    """
    count = total = cleared = bound = 0
    net: dict[Hashable, int] = {}
    limits = limits or {}
    passed = dict.fromkeys(limits, 0)
    for debt in debts:
        count += 1
        if not 0 <= debt.cleared <= debt.amount:
            raise NotAtOptimum(
                f"debt {count}, {debt.debtor} to {debt.creditor}: {debt.cleared} cleared of {debt.amount}"
            )
        total += debt.amount
        cleared += debt.cleared
        net[debt.debtor] = net.get(debt.debtor, 0) - debt.cleared
        net[debt.creditor] = net.get(debt.creditor, 0) + debt.cleared
        if debt.debtor in passed:
            passed[debt.debtor] += debt.cleared
        limit = limits.get(debt.creditor)
        receiving = potentials.get(debt.creditor, 0) if limit is None else limit.receiving
        rise = 1 + potentials.get(debt.debtor, 0) - receiving
        bound += debt.amount * max(0, rise)
    for firm, position in net.items():
        if position:
            raise NotAtOptimum(f"{firm}: its net position is moved by {position}")
    for firm, limit in limits.items():
        if passed[firm] > limit.most:
            raise NotAtOptimum(f"{firm}: {passed[firm]} set off, more than its limit {limit.most}")
        bound += limit.most * max(0, limit.receiving - potentials.get(firm, 0))
    if cleared != bound:
        raise NotAtOptimum(
            f"{cleared} cleared, and the certificate bounds it by {bound}: not proved the most"
        )
    return Proved(count, total, cleared)


class AcrossDebt(NamedTuple):
    """One debt of a set-off across currencies, in units of its own, each of which is worth `price` points."""

    debtor: Hashable
    creditor: Hashable
    amount: int
    cleared: int
    price: int


def check_across(debts: Iterable[AcrossDebt], potentials: Mapping[Any, int], step: int) -> Proved:
    """Check a set-off across currencies; raise NotAtOptimum with the first debt or firm that does not hold.

    Proved, in points: no firm gains or loses as much as one unit of the dearest currency that it has, and what
    is cleared falls short of the most that can be by no more than what is rounded, a unit and some steps of
    `step` points for each debt that is not cleared in full.
    """
    count = total = cleared = bound = rounding = 0
    gained: dict[Hashable, int] = {}
    dearest: dict[Hashable, int] = {}
    for debt in debts:
        count += 1
        if not 0 <= debt.cleared <= debt.amount:
            raise NotAtOptimum(
                f"debt {count}, {debt.debtor} to {debt.creditor}: {debt.cleared} cleared of {debt.amount}"
            )
        total += debt.amount * debt.price
        cleared += debt.cleared * debt.price
        for firm, sign in ((debt.debtor, 1), (debt.creditor, -1)):
            gained[firm] = gained.get(firm, 0) + sign * debt.cleared * debt.price
            dearest[firm] = max(dearest.get(firm, 0), debt.price)
        rise = max(0, 1 + potentials.get(debt.debtor, 0) - potentials.get(debt.creditor, 0))
        bound += debt.amount * debt.price * rise
        rounding += (debt.price + step * rise) if debt.cleared < debt.amount else 0
    least = total // _MOST_STEPS + 1
    if step != least:
        raise NotAtOptimum(f"its step is {step} points; for debts of {total} points it has to be {least}")
    for firm, points in gained.items():
        if abs(points) >= dearest[firm]:
            raise NotAtOptimum(f"{firm}: gains {points} points, a unit or more of its dearest currency")
    if bound - cleared > rounding:
        raise NotAtOptimum(
            f"{cleared} points cleared, and the certificate bounds it by {bound}: not proved the most"
        )
    return Proved(count, total, cleared)
