"""Set-off at the optimum: the least debt that leaves every party's net position as it was.

The largest circulation within debts `a` and the least remaining debt are one problem: of all flows r with
0 <= r <= a that give each node the same net position as a, find one of least total. That is a minimum-cost
flow with unit costs. Source: Fleischman, Dini, Littera, "Liquidity-saving through obligation-clearing and
mutual credit", Journal of Risk and Financial Management 13 (2020).
"""

import numpy as np
import numpy.typing as npt
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

Int64 = npt.NDArray[np.int64]


def remaining_debt(nodes: int, debtors: Int64, creditors: Int64, amounts: Int64) -> Int64:
    """Return what remains of each debt after the largest set-off.

    Arrays of one length, int64: `debtors` and `creditors` are node numbers below `nodes`, no two edges
    have the same pair, `amounts` are positive minor units whose sum is below 2**62. The result has the
    same shape. Raises ArithmeticError when the solver does not report an optimum, which it always can.
    """
    if len(amounts) == 0:
        return np.zeros(0, dtype=np.int64)
    supply = np.zeros(nodes, dtype=np.int64)
    np.add.at(supply, debtors, amounts)
    np.subtract.at(supply, creditors, amounts)
    solver = SimpleMinCostFlow()
    edges = solver.add_arcs_with_capacity_and_unit_cost(
        debtors, creditors, amounts, np.ones(len(amounts), dtype=np.int64)
    )
    solver.set_nodes_supplies(np.arange(nodes, dtype=np.int64), supply)
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise ArithmeticError(f"set-off of {len(amounts)} debts ended with {status!r}, not an optimum")
    return np.asarray(solver.flows(edges), dtype=np.int64)
