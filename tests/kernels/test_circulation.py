import numpy as np
from hypothesis import given, settings

from mufakat.kernels.circulation import Patience, balance, patience
from mufakat.kernels.network import OPEN_OUT, lay_out, places
from mufakat.kernels.scaling import scale
from tests.kernels.graphs import arrays, graphs, random_graph, ring

PATIENT = Patience(layers=10**6, phases=10**6)


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
    assert balance(net, potential, PATIENT)
    assert holds(net, potential)


def test_a_balance_broken_off_goes_on_by_scaling():
    edges = random_graph(9, 400, 4_000, 1_000)
    for layers in (1, 3, 10, 30, 100):
        net, potential = network(edges, 400), np.zeros(400, dtype=np.int32)
        if not balance(net, potential, Patience(layers, layers)):
            scale(net, potential)
        assert holds(net, potential)


def test_a_long_ring_is_given_up_after_some_phases_and_trade_is_not():
    for edges, nodes, sent in [
        (ring(3_000, 2, 1), 3_000, False),
        (random_graph(5, 500, 3_000, 100), 500, True),
    ]:
        assert balance(network(edges, nodes), np.zeros(nodes, dtype=np.int32), patience(nodes)) is sent


def test_a_ring_is_given_up_after_some_layers_too():
    net, potential = network(ring(3_000, 2, 1), 3_000), np.zeros(3_000, dtype=np.int32)
    assert not balance(net, potential, Patience(layers=100, phases=10**6))


def test_patience_grows_with_the_cube_root_of_the_nodes():
    assert [patience(nodes).layers // patience(1).layers for nodes in (1, 7, 8, 27, 10**6)] == [
        1,
        1,
        2,
        3,
        100,
    ]
