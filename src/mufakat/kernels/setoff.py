"""Set-off at the optimum: the largest circulation within debts, with the potentials that prove it.

The largest circulation within debts `a` and the least remaining debt are one problem: of all flows r with
0 <= r <= a that give each node the same net position as a, find one of least total. That is a minimum-cost
flow with unit costs. Source: Fleischman, Dini, Littera, "Liquidity-saving through obligation-clearing and
mutual credit", Journal of Risk and Financial Management 13 (2020).

The optimum is not unique. Which one comes out is a function of the arrays alone: the caller numbers the firms and
orders the debts by rule, so that all who know the same debts get the same result.
"""

from typing import NamedTuple

import numpy as np

from mufakat.kernels.circulation import balance, patience
from mufakat.kernels.compiled import Int32, Int64
from mufakat.kernels.components import components, line_up
from mufakat.kernels.network import lay_out, places
from mufakat.kernels.scaling import scale

MOST_DEBTS = 2**30 - 1
MOST_NODES = 2**29 - 1


class SetOff(NamedTuple):
    """What is cleared of each debt, and a potential for each node, int64.

    `potentials` proves the optimum: with cleared f of amounts a, the sum of f equals the sum of
    a * max(0, 1 + p[debtor] - p[creditor]), which no circulation can exceed (duality of linear programs).
    """

    cleared: Int64
    potentials: Int64


def largest_set_off(nodes: int, debtors: Int32, creditors: Int32, amounts: Int64) -> SetOff:
    """Return the largest set-off of debts and its proof.

    Arrays of one length: `debtors` and `creditors` int32 node numbers below `nodes`, no debt to oneself, `amounts`
    int64, positive minor units whose sum is below 2**63. Parallel debts are allowed.
    """
    assert len(amounts) <= MOST_DEBTS, "arcs are numbered in 31 bits"
    assert nodes <= MOST_NODES, "nodes are numbered in 29 bits"
    count, component = components(nodes, debtors, creditors)
    cleared = np.zeros(len(amounts), dtype=np.int64)
    potentials = np.zeros(nodes, dtype=np.int64)
    inside = np.flatnonzero(component[debtors] == component[creditors])
    if len(inside):
        _solve_inside(debtors[inside], creditors[inside], amounts[inside], inside, cleared, potentials)
    line_up(count, component, debtors, creditors, potentials)
    return SetOff(cleared, potentials)


def _solve_inside(
    debtors: Int32, creditors: Int32, amounts: Int64, debts: Int64, cleared: Int64, potentials: Int64
) -> None:
    """Solve the debts that lie inside components, `debts` of all, and note what is cleared of them."""
    part = np.zeros(len(potentials), dtype=np.bool_)
    part[debtors] = True
    nodes = np.flatnonzero(part)
    number = np.zeros(len(potentials), dtype=np.int32)
    number[nodes] = np.arange(len(nodes), dtype=np.int32)
    debtors, creditors = number[debtors], number[creditors]
    place = places(len(nodes), debtors, creditors)
    net, arcs = lay_out(place, debtors, creditors, amounts)
    potential = np.zeros(len(nodes), dtype=np.int32)
    if not balance(net, potential, patience(len(nodes))):
        scale(net, potential)
    cleared[debts] = net.room[arcs]
    potentials[nodes] = potential[place]


def warm_up() -> None:
    """Run every part of the kernel on a few debts: a cycle with a tail, solved in both ways."""
    debtors, creditors = np.array([[0, 1, 2, 2], [1, 2, 0, 3]], dtype=np.int32)
    amounts = np.array([5, 6, 7, 1], dtype=np.int64)
    largest_set_off(4, debtors, creditors, amounts)
    net, _ = lay_out(places(3, debtors[:3], creditors[:3]), debtors[:3], creditors[:3], amounts[:3])
    scale(net, np.zeros(3, dtype=np.int32))
