"""Plain twins of what is computed cleverly elsewhere: slow, short, and easy to see right."""

from itertools import product

Edge = tuple[int, int, int]


def best_set_off_by_search(edges: list[Edge]) -> int:
    """The largest total circulation, by trying every whole amount on every edge. Tiny graphs only."""
    best = 0
    nodes = {node for debtor, creditor, _ in edges for node in (debtor, creditor)}
    for flow in product(*(range(amount + 1) for _, _, amount in edges)):
        net = dict.fromkeys(nodes, 0)
        for (debtor, creditor, _), each in zip(edges, flow, strict=True):
            net[debtor] -= each
            net[creditor] += each
        if not any(net.values()):
            best = max(best, sum(flow))
    return best


def net_positions(edges: list[Edge]) -> dict[int, int]:
    """What each node is owed less what it owes."""
    net: dict[int, int] = {}
    for debtor, creditor, amount in edges:
        net[debtor] = net.get(debtor, 0) - amount
        net[creditor] = net.get(creditor, 0) + amount
    return {node: position for node, position in net.items() if position}


def has_cycle(edges: list[Edge]) -> bool:
    """Tell whether positive edges form a directed cycle, by taking leaves away until none is left."""
    left = {(debtor, creditor) for debtor, creditor, amount in edges if amount > 0}
    while True:
        debtors = {debtor for debtor, _ in left}
        kept = {(debtor, creditor) for debtor, creditor in left if creditor in debtors}
        if kept == left:
            return bool(left)
        left = kept
