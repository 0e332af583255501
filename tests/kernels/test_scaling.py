import numpy as np
from hypothesis import given, settings

from mufakat.kernels.scaling import scale
from tests.kernels.graphs import graphs, ring
from tests.kernels.test_circulation import holds, network


@settings(deadline=None)
@given(graphs(nodes=10, most=30, edges=40, unique=False))
def test_scaling_sends_all_excess_and_its_potentials_prove_it(edges):
    net, potential = network(edges, 10), np.zeros(10, dtype=np.int32)
    scale(net, potential)
    assert holds(net, potential)


def test_a_long_ring_is_proved():
    net, potential = network(ring(3_000, 2, 1), 3_000), np.zeros(3_000, dtype=np.int32)
    scale(net, potential)
    assert holds(net, potential)
