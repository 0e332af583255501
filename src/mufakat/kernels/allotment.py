"""A set-off of single debts: the optimum over pairs of firms, allotted to the oldest debts of each pair first.

Firms are numbered in their order and debts ordered by debtor, creditor, due date and identifier before anything is
solved, so the order of rows decides nothing: the same debts permuted give the same amount cleared of each. Where
there are no identifiers, debts of one pair and day are in order of amount; equal ones are the same to the rule.
"""

import numpy as np

from mufakat.kernels.compiled import Int32, Int64
from mufakat.kernels.setoff import SetOff, largest_set_off


def set_off_debts(
    firms: int, debtors: Int32, creditors: Int32, amounts: Int64, dues: Int32, ids: Int32
) -> SetOff:
    """Return what is cleared of each debt, in the order given, and a potential for each firm.

    Arrays of one length of at least 1: `debtors` and `creditors` int32 numbers below `firms`, `amounts` positive
    int64 whose sum is below 2**63, `dues` and `ids` int32 to order by.
    """
    order = np.lexsort((amounts, ids, dues, creditors, debtors))
    debtors, creditors, amounts = debtors[order], creditors[order], amounts[order]
    is_first = np.ones(len(order), dtype=np.bool_)
    is_first[1:] = (debtors[1:] != debtors[:-1]) | (creditors[1:] != creditors[:-1])
    first = np.flatnonzero(is_first)
    found = largest_set_off(firms, debtors[first], creditors[first], np.add.reduceat(amounts, first))
    pair = np.cumsum(is_first) - 1
    sums = np.cumsum(amounts)
    before = sums - amounts  # of all debts in order; less those of earlier pairs, of the pair's older ones
    left = found.cleared[pair] - (before - before[first][pair])
    cleared = np.empty(len(order), dtype=np.int64)
    cleared[order] = np.clip(left, 0, amounts)
    return SetOff(cleared, found.potentials)
