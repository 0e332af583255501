"""A set-off of single debts under what firms ask for: limits, and debts that are set off as a whole or not at all.

Firms are numbered in their order and debts ordered by debtor, creditor, due date and identifier before anything is
solved, so the order of rows decides nothing: the same debts permuted give the same amount cleared of each. Where
there are no identifiers, debts of one pair and day are in order of amount; equal ones are the same to the rule.

The optimum over pairs of firms is allotted to each pair's debts in that order, the oldest first; a debt that is
to be cleared as a whole is passed over while it does not fit. Where a part of a pair's total fits nothing any
more, the last debt that was passed over is left out and all is solved again, until everything fits.

Each solution is the optimum of the debts that took part in it. Which indivisible debts to leave out is chosen
by that rule, not at an optimum (that problem is hard in the sense of complexity); `bound` says what could be
cleared if all debts could be divided, so the distance is known.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from mufakat.kernels.compiled import Int32, Int64, compiled
from mufakat.kernels.limits import NO_LIMIT, largest_set_off_within

Bool = npt.NDArray[np.bool_]

FINE_ROUNDS: Final = 12
"""Rounds in which a pair leaves out one debt; in as many after them it leaves out all that were passed over."""


class SetOffUnder(NamedTuple):
    """What is cleared of each debt, in the order given, and why no more is.

    `taking_part`: the amount of each debt, or 0 where it was left out, in the end, because it fits only in
    part. `paying`, `receiving`: potentials of each firm that prove the optimum of what takes part, as in
    `kernels.limits`. `bound`: what could be cleared if every debt could be divided.
    """

    cleared: Int64
    taking_part: Int64
    paying: Int64
    receiving: Int64
    bound: int


def set_off_under(
    firms: int,
    debtors: Int32,
    creditors: Int32,
    amounts: Int64,
    dues: Int32,
    ids: Int32,
    wholes: Bool,
    limits: Int64,
) -> SetOffUnder:
    """Return what is cleared of each debt.

    Arrays of one length: `debtors` and `creditors` int32 numbers below `firms`, `amounts` int64 whose sum is
    below 2**63, of which 0 takes no part, `dues` and `ids` int32 to order by, `wholes` (bool) which debts are
    indivisible. `limits` has minor units for each firm, NO_LIMIT where it sets none; where one binds, the sum
    is at most MOST_WITH_LIMITS.
    """
    order = np.lexsort((amounts, ids, dues, creditors, debtors))
    order = order[amounts[order] > 0]
    bound = -1
    left_out = np.zeros(len(amounts), np.bool_)
    cleared = np.zeros(len(amounts), np.int64)
    paying = receiving = np.zeros(firms, np.int64)
    for number in range(2 * FINE_ROUNDS + 1):
        order = order[~left_out[order]]
        cleared[:] = 0
        if not len(order):
            break
        first = _firsts(debtors[order], creditors[order])
        owed = np.add.reduceat(amounts[order], first)
        pairs = order[first]
        found = largest_set_off_within(firms, debtors[pairs], creditors[pairs], owed, limits)
        paying, receiving = found.paying, found.receiving
        bound = int(found.cleared.sum()) if bound < 0 else bound
        part = np.zeros(len(order), np.int64)
        passed_over = np.zeros(len(order), np.bool_)
        ends = np.append(first[1:], len(order))
        _allot(
            first, ends, found.cleared, amounts[order], wholes[order], number < FINE_ROUNDS, part, passed_over
        )
        cleared[order] = part
        if not passed_over.any():
            break
        left_out[order] |= wholes[order] if number == 2 * FINE_ROUNDS - 1 else passed_over
    return SetOffUnder(cleared, np.where(left_out, 0, amounts), paying, receiving, max(bound, 0))


def _firsts(debtors: Int32, creditors: Int32) -> Int64:
    """Return where each pair of firms begins among debts in order of pairs."""
    is_first = np.ones(len(debtors), np.bool_)
    is_first[1:] = (debtors[1:] != debtors[:-1]) | (creditors[1:] != creditors[:-1])
    return np.flatnonzero(is_first)


@compiled
def _allot(
    firsts: Int64,
    ends: Int64,
    totals: Int64,
    amounts: Int64,
    wholes: Bool,
    one_each: bool,
    cleared: Int64,
    passed_over: Bool,
) -> None:
    """Share each pair's total out; where some of it fits nowhere, mark the last debt passed over, or all."""
    for pair in range(len(totals)):
        left = totals[pair]
        for at in range(firsts[pair], ends[pair]):
            if amounts[at] <= left or not wholes[at]:
                cleared[at] = min(left, amounts[at])
                left -= cleared[at]
        at = ends[pair] - 1
        while left > 0 and at >= firsts[pair]:
            if wholes[at] and cleared[at] == 0:
                passed_over[at] = True
                if one_each:
                    break
            at -= 1


def warm_up() -> None:
    """Run the kernel on a ring in which one debt is indivisible and one firm has a limit."""
    debtors, creditors = np.array([[0, 1, 1], [1, 0, 0]], np.int32)
    amounts, order = np.array([5, 3, 4], np.int64), np.arange(3, dtype=np.int32)
    limits = np.array([4, NO_LIMIT], np.int64)
    set_off_under(2, debtors, creditors, amounts, order, order, np.array([False, True, True]), limits)
