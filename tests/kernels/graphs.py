"""Debts made up for the tests of the kernels."""

import numpy as np
from hypothesis import strategies as st

from mufakat.kernels.setoff import SetOff, largest_set_off
from tests.naive import Edge


@st.composite
def graphs(draw: st.DrawFn, nodes: int, most: int, edges: int, *, unique: bool = True) -> list[Edge]:
    pairs = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1)).filter(lambda p: p[0] != p[1])
    chosen = draw(st.lists(pairs, max_size=edges, unique=unique))
    return [(debtor, creditor, draw(st.integers(1, most))) for debtor, creditor in chosen]


def arrays(edges: list[Edge]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return (
        np.array([e[0] for e in edges], dtype=np.int32),
        np.array([e[1] for e in edges], dtype=np.int32),
        np.array([e[2] for e in edges], dtype=np.int64),
    )


def set_off(edges: list[Edge], nodes: int) -> SetOff:
    return largest_set_off(nodes, *arrays(edges))


def random_graph(seed: int, nodes: int, edges: int, most: int) -> list[Edge]:
    rng = np.random.default_rng(seed)
    debtors, creditors = rng.integers(0, nodes, edges), rng.integers(0, nodes, edges)
    creditors = np.where(debtors == creditors, (creditors + 1) % nodes, creditors)
    return list(zip(debtors.tolist(), creditors.tolist(), rng.integers(1, most, edges).tolist(), strict=True))


def ring(nodes: int, steps: int, seed: int) -> list[Edge]:
    """Each firm owes the next few in a ring: long ways."""
    rng = np.random.default_rng(seed)
    return [
        (node, (node + step) % nodes, int(rng.integers(1, 10**6)))
        for node in range(nodes)
        for step in range(1, steps + 1)
    ]
