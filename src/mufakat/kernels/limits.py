"""Set-off at the optimum where firms limit how much of their debts is set off.

A firm with a limit is a way that no more than so much passes through: it becomes two nodes, one that receives
and one that pays, with an arc between them as wide as the limit. When each firm is split so, every debt that is
cleared passes one such arc, and the solver's unit costs count both alike: the largest circulation of the split
graph is the largest of the debts within the limits, counted twice.

The certificate has two numbers for a firm with a limit, p as it pays and q as it receives; others have p = q.
For each set-off f of debts a within limits c: sum(f) = sum(f * (1 + p[debtor] - q[creditor])) + sum over
firms of what passes * (q - p) <= sum(a * max(0, 1 + p[debtor] - q[creditor])) + sum(c * max(0, q - p)).
Equality proves the optimum.
"""

from typing import Final, NamedTuple

import numpy as np

from mufakat.kernels.compiled import Int32, Int64
from mufakat.kernels.setoff import largest_set_off

NO_LIMIT: Final = 2**63 - 1
"""The limit of a firm that sets none."""
MOST_WITH_LIMITS: Final = 2**62 - 1
"""What debts may add up to where a limit binds: they are counted twice."""


class SetOffWithin(NamedTuple):
    """What is cleared of each debt, and two potentials for each firm: as it pays, and as it receives; int64."""

    cleared: Int64
    paying: Int64
    receiving: Int64


def largest_set_off_within(
    firms: int, debtors: Int32, creditors: Int32, amounts: Int64, limits: Int64
) -> SetOffWithin:
    """Return the largest set-off in which no firm has more of its debts set off than its limit, and its proof.

    Arrays as in `largest_set_off`; `limits` (int64) has minor units for each firm, from 0 to NO_LIMIT. Where a
    limit is less than what could pass through its firm, the amounts add up to at most MOST_WITH_LIMITS.
    """
    able, owes_more = _able(firms, debtors, creditors, amounts)
    binds = limits < able
    if not binds.any():
        found = largest_set_off(firms, debtors, creditors, amounts)
        return SetOffWithin(found.cleared, found.potentials, found.potentials)
    assert int(amounts.sum()) <= MOST_WITH_LIMITS, "each debt passes a firm, and is counted there once more"
    passes = np.minimum(limits, able)
    through = np.flatnonzero(passes).astype(np.int32)
    found = largest_set_off(
        2 * firms,
        np.concatenate((debtors + np.int32(firms), through)),
        np.concatenate((creditors, through + np.int32(firms))),
        np.concatenate((amounts, passes[through])),
    )
    # Of each unit the debt counts twice and the arc within the firm not at all: paying moves by one, all halve.
    receiving, paying = found.potentials[:firms] >> 1, (found.potentials[firms:] - 1) >> 1
    either = np.where(owes_more, paying, receiving)  # without a limit one number proves no less
    return SetOffWithin(
        found.cleared[: len(amounts)],
        np.where(binds, paying, either),
        np.where(binds, receiving, either),
    )


def _able(firms: int, debtors: Int32, creditors: Int32, amounts: Int64) -> tuple[Int64, np.ndarray]:
    """Return what could pass through each firm, and whether it owes more than it is owed."""
    owing, owed = np.zeros(firms, np.int64), np.zeros(firms, np.int64)
    np.add.at(owing, debtors, amounts)
    np.add.at(owed, creditors, amounts)
    return np.minimum(owing, owed), owing > owed
