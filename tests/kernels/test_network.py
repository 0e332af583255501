from hypothesis import given, settings

from mufakat.kernels.network import OPEN_IN, OPEN_OUT, lay_out, places, send
from tests.kernels.graphs import arrays, graphs


@settings(deadline=None)
@given(graphs(nodes=6, most=9, edges=15, unique=False))
def test_each_debt_is_an_arc_and_its_twin(edges):
    debtors, creditors, amounts = arrays(edges)
    place = places(6, debtors, creditors)
    net, arcs = lay_out(place, debtors, creditors, amounts)
    assert sorted(place.tolist()) == list(range(6))
    assert net.room[arcs].tolist() == amounts.tolist()
    assert (net.twin[net.twin[arcs]] == arcs).all()
    assert (net.head[arcs] == 4 * place[creditors] + OPEN_OUT).all()
    assert (net.head[net.twin[arcs]] == 4 * place[debtors] + OPEN_IN).all()
    assert net.excess.sum() == 0


def test_what_is_sent_takes_room_and_gives_it_to_the_twin():
    debtors, creditors, amounts = arrays([(0, 1, 5)])
    net, (arc,) = lay_out(places(2, debtors, creditors), debtors, creditors, amounts)
    twin = net.twin[arc]
    send(net.head, net.twin, net.room, arc, 2)
    assert (net.room[arc], net.room[twin]) == (3, 2)
    assert net.head[arc] & 3 == net.head[twin] & 3 == OPEN_OUT | OPEN_IN
    send(net.head, net.twin, net.room, arc, 3)
    assert (net.head[arc] & 3, net.head[twin] & 3) == (OPEN_IN, OPEN_OUT)
