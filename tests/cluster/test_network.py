"""Cuts of the network: without a quorum the union halts and does not fork; it goes on where it was."""

import random
from contextlib import contextmanager

import pytest

from tests.cluster.consortium import EACH_PART, wait
from tests.cluster.network import Network
from tests.cluster.payer import Payer, Payers, assert_on_the_log_once
from tests.union import A1, A2, B1, B2

NAMES = ["QM", "QN", "QO", "QP"]


@contextmanager
def spread(found):
    """Four nodes, each on a host of its own."""
    network = Network(NAMES)
    try:
        with found(places=network.hosts) as consortium:
            consortium.settle()
            yield network, consortium
    finally:
        network.close()


@pytest.fixture(scope="module")
def apart(found):
    """Settled once; each test leaves it healed."""
    with spread(found) as made:
        yield made


def entries(consortium):
    return [consortium.status(name).entries for name in NAMES]


def blocks(consortium):
    return [consortium.status(name).block for name in NAMES]


def test_a_union_cut_in_two_halves_halts_and_goes_on_as_one_when_it_is_healed(apart):
    network, consortium = apart
    with Payers(Payer(consortium, "QM", A1, A2), Payer(consortium, "QO", B1, B2)) as payers:
        network.cut(("QM", "QN"), ("QO", "QP"))
        # What is under way ends: no block can be decided, or at most one that enough had voted for already.
        wait(lambda: all(payer.waits_for(4) for payer in payers), "no bank is answered any more")
        before = blocks(consortium), entries(consortium), [len(payer.acknowledged) for payer in payers]
        assert max(before[0]) - min(before[0]) <= 1
        wait(lambda: all(payer.waits_for(12) for payer in payers), "the banks have tried for a while")
        assert (
            blocks(consortium),
            entries(consortium),
            [len(payer.acknowledged) for payer in payers],
        ) == before
        network.heal()
        for payer in payers:
            payer.pays_more()
    assert_on_the_log_once(consortium.one_log(), payers)


def test_three_nodes_go_on_without_the_fourth_which_catches_up_when_it_is_back(apart):
    network, consortium = apart
    with Payers(Payer(consortium, "QM", A1, A2), Payer(consortium, "QP", B1, B2)) as (among, alone):
        network.cut(("QM", "QN", "QO"), ("QP",))
        wait(lambda: alone.waits_for(4), "nobody is answered through the one that is alone")
        told = len(alone.acknowledged)
        among.pays_more(50)
        assert len(alone.acknowledged) == told
        assert consortium.status("QP").entries < consortium.status("QM").entries
        network.heal()
        alone.pays_more()
    assert_on_the_log_once(consortium.one_log(), (among, alone))


@pytest.mark.long
def test_ten_rounds_of_random_cuts_and_kills_leave_one_history(found):
    chance = random.Random(10)
    with spread(found) as (network, consortium):
        payers = (
            *(Payer(consortium, "QM", A1, A2), Payer(consortium, "QN", A2, A1)),
            Payer(consortium, "QP", B1, B2),
        )
        with Payers(*payers):
            for _ in range(10):
                names = chance.sample(NAMES, 4)
                at = chance.choice((1, 2, 2, 4))
                network.cut(tuple(names[:at]), tuple(names[at:]))
                fall = chance.sample(NAMES, chance.choice((0, 0, 1, 2)))
                for name in fall:
                    consortium.kill(name, **chance.choice(EACH_PART))
                if at == 1 and not fall:
                    for payer in payers:
                        if payer.name_of_node in names[1:]:
                            payer.pays_more(5)  # three go on
                network.heal()
                consortium.revive()
                for payer in payers:
                    payer.pays_more(5)
        entries, _ = consortium.one_history()
        assert_on_the_log_once(entries, payers)
