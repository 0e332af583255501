"""Each attack on each command, on a union that runs: refused at the door, in a proposal, and by core everywhere."""

import hashlib

import pytest

from mufakat.model import command as c
from mufakat.model import outcome as outcomes
from mufakat.model.outcome import Status
from mufakat.node.engine import settings_of
from mufakat.node.rpc import Refused, Rpc
from tests.cluster.attacks import GAP, SITUATIONS, everything, too_far_ahead
from tests.cluster.consortium import wait
from tests.cluster.lies import HONEST, LIAR, lies, said, seen_by
from tests.core.test_authorisation import TRIED


def door(consortium, name):
    """Return the RPC of a node's engine."""
    return Rpc(settings_of(consortium.fleet.homes[name]).rpc_port)


def test_each_attack_on_each_command_is_refused_at_the_door_of_every_node(found):
    with found() as consortium:
        consortium.settle()
        doors = [door(consortium, name) for name in consortium.members]
        tried = 0
        with consortium.voice() as union:
            for group in everything(union):
                root = consortium.level().state_root
                for attack in group:
                    asked = too_far_ahead(union, attack) if attack.name == GAP else attack
                    for each in doors:
                        with pytest.raises(Refused) as refused:
                            each.put(asked.data)
                        assert refused.value.code == attack.reason, (attack.name, attack.kind)
                    tried += 1
                assert consortium.level().state_root == root == union.state.root().hex()
        assert tried == len(TRIED)
        for each in doors:
            each.close()


def told(consortium, name, group):
    """Return what a node's log says of each command, once it is there."""

    def asked():
        found = []
        with consortium.voice(name) as union:
            for at in range(0, len(group), 100):
                found += union.node._told(
                    [hashlib.sha256(each.data).digest() for each in group[at : at + 100]]
                )
        return found if None not in found else None

    return [outcomes.decode(each.outcome) for each in wait(asked, f"{name}: all that was put is on the log")]


def test_each_attack_on_each_command_is_refused_by_core_on_every_node_that_lets_it_into_a_block(found):
    with found() as consortium:
        consortium.settle()
        consortium.stop()
        for name in ("QM", "QN", "QO", "QP"):
            consortium.start(name, "lets_everything_in")
        consortium.level()
        rpc = door(consortium, "QM")
        with consortium.voice() as union:
            for group in everything(union):
                root = consortium.level().state_root
                for attack in group:
                    rpc.put(attack.data)
                for name in consortium.members:
                    for attack, outcome in zip(group, told(consortium, name, group), strict=True):
                        assert outcome.status is Status.REFUSED
                        assert outcome.refusal.reason is attack.reason, (attack.name, attack.kind)
                assert consortium.level().state_root == root
                union.follow()
        rpc.close()
        consortium.one_history()


TURNS = 4


def names(seen, attack):
    """Whether what a node saw names why this attack is none that may stand in a block."""
    why = "follows" if attack.name == GAP else attack.reason.name
    return any(why in each["what"] for each in seen)


def put_into_proposals(consortium, chosen):
    """Let one of four put each attack into a block of its own; the others refuse it, and say who it was.

    `chosen`: which attacks of a group are tried. Returns how many that were.
    """
    tried = []
    with consortium.voice() as union:
        for group in map(chosen, everything(union)):
            before = {name: len(seen_by(consortium, name, "proposal refused")) for name in HONEST}
            left = group
            for _ in range(TURNS):  # a node that is slow may vote against a proposal before it has it
                lies(consortium, [[attack.data] for attack in left])
                seen = {
                    name: seen_by(consortium, name, "proposal refused")[before[name] :] for name in HONEST
                }
                assert all(each["member"] == LIAR for found in seen.values() for each in found)
                left = [
                    attack for attack in group if not all(names(found, attack) for found in seen.values())
                ]
                if not left:
                    break
            assert left == []
            tried += group
            union.follow()
        assert consortium.level().state_root == union.state.root().hex()
        assert not {data for data, _ in union.log} & {attack.data for attack in tried}
    for name in HONEST:
        code, text = said(consortium, "node", "status", name=name)
        assert code == 0
        assert f"{name} saw {LIAR}: proposal refused at block" in text
    consortium.one_history()
    return len(tried)


def one_payment_for_each_reason(group):
    return list({attack.reason: attack for attack in group if attack.kind is c.SubmitPayments}.values())


def test_what_a_lying_proposer_puts_into_a_block_is_refused_by_the_others_which_name_it_and_go_on(found):
    with found() as consortium:
        consortium.settle()
        assert put_into_proposals(consortium, one_payment_for_each_reason) > 10 + len(SITUATIONS)


@pytest.mark.long
def test_each_attack_on_each_command_is_refused_in_the_proposal_of_a_lying_proposer(found):
    with found() as consortium:
        consortium.settle()
        assert put_into_proposals(consortium, list) == len(TRIED)
