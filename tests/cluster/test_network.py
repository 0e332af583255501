"""Cuts of the network: without a quorum the union halts and does not fork; it goes on where it was."""

import random

import pytest

from tests.cluster.consortium import EACH_PART, wait
from tests.cluster.network import Network
from tests.cluster.payer import Payer, Payers, assert_on_the_log_once
from tests.union import A1, A2, B1, B2

NAMES = ["QM", "QN", "QO", "QP"]


@pytest.fixture
def network():
    network = Network(NAMES)
    yield network
    network.close()


@pytest.fixture
def apart(network, found):
    """Four nodes, each on a host of its own."""
    with found(places=network.hosts) as consortium:
        consortium.settle()
        yield consortium


def entries(consortium):
    return [consortium.status(name).entries for name in NAMES]


def blocks(consortium):
    return [consortium.status(name).block for name in NAMES]


def test_a_union_cut_in_two_halves_halts_and_goes_on_as_one_when_it_is_healed(network, apart):
    with Payers(Payer(apart, "QM", A1, A2), Payer(apart, "QO", B1, B2)) as payers:
        network.cut(("QM", "QN"), ("QO", "QP"))
        # What is under way ends: no block can be decided, or at most the one that all had voted for already.
        wait(lambda: all(payer.waits_for(5) for payer in payers), "no bank is answered any more")
        before, told = (blocks(apart), entries(apart)), [len(payer.acknowledged) for payer in payers]
        assert max(before[0]) - min(before[0]) <= 1
        wait(lambda: all(payer.waits_for(15) for payer in payers), "the banks have tried for a while")
        assert (blocks(apart), entries(apart)) == before
        assert [len(payer.acknowledged) for payer in payers] == told
        network.heal()
        for payer in payers:
            payer.pays_more()
    log, _ = apart.one_history()
    assert_on_the_log_once(log, payers)


def test_three_nodes_go_on_without_the_fourth_which_catches_up_when_it_is_back(network, apart):
    with Payers(Payer(apart, "QM", A1, A2), Payer(apart, "QP", B1, B2)) as (among, alone):
        network.cut(("QM", "QN", "QO"), ("QP",))
        wait(lambda: alone.waits_for(5), "nobody is answered through the one that is alone")
        told = len(alone.acknowledged)
        among.pays_more(50)
        assert len(alone.acknowledged) == told
        assert apart.status("QP").entries < apart.status("QM").entries
        network.heal()
        alone.pays_more()
    log, _ = apart.one_history()
    assert_on_the_log_once(log, (among, alone))


@pytest.mark.long
def test_ten_rounds_of_random_cuts_and_kills_leave_one_history(network, apart):
    chance = random.Random(10)
    payers = Payer(apart, "QM", A1, A2), Payer(apart, "QN", A2, A1), Payer(apart, "QP", B1, B2)
    with Payers(*payers):
        for _ in range(10):
            names = chance.sample(NAMES, 4)
            at = chance.choice((1, 2, 2, 4))
            network.cut(tuple(names[:at]), tuple(names[at:]))
            fall = chance.sample(NAMES, chance.choice((0, 0, 1, 2)))
            for name in fall:
                apart.kill(name, **chance.choice(EACH_PART))
            if at == 1 and not fall:
                for payer in payers:
                    if payer.name_of_node in names[1:]:
                        payer.pays_more(5)  # three go on
            network.heal()
            apart.revive()
            for payer in payers:
                payer.pays_more(5)
    log, _ = apart.one_history()
    assert_on_the_log_once(log, payers)
