import numpy as np
from hypothesis import given, settings

from mufakat.kernels.circulation import balance
from mufakat.kernels.network import OPEN_OUT, lay_out, places
from mufakat.kernels.scaling import scale
from tests.kernels.graphs import arrays, graphs, random_graph


def network(edges, nodes):
    debtors, creditors, amounts = arrays(edges)
    return lay_out(places(nodes, debtors, creditors), debtors, creditors, amounts)[0]


def holds(net, potential):
    """Nothing is in excess, and no arc with room has a negative reduced cost."""
    own = np.repeat(np.arange(len(potential)), np.diff(net.start))
    cost = np.where(np.arange(len(net.head)) < net.middle[own], 1, -1)
    reduced = cost + potential[own] - potential[net.head >> 2]
    return (
        not net.excess.any()
        and (reduced[net.room > 0] >= 0).all()
        and ((net.head & OPEN_OUT > 0) == (net.room > 0)).all()
    )


@settings(deadline=None)
@given(graphs(nodes=10, most=30, edges=40, unique=False))
def test_all_excess_is_sent_and_the_potentials_prove_it(edges):
    net, potential = network(edges, 10), np.zeros(10, dtype=np.int32)
    assert balance(net, potential, 10**6)
    assert holds(net, potential)


def test_a_balance_broken_off_goes_on_by_scaling():
    edges = random_graph(9, 400, 4_000, 1_000)
    for layers in (1, 3, 10, 30, 100):
        net, potential = network(edges, 400), np.zeros(400, dtype=np.int32)
        if not balance(net, potential, layers):
            scale(net, potential)
        assert holds(net, potential)
