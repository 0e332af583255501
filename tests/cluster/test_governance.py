"""Votes and what they do to the chain: who validates, and by which version of the rules."""

import msgspec
import pytest

from mufakat.core import apply
from mufakat.core.law import ProposalStatus
from mufakat.model import command as c
from mufakat.model.charter import union_id
from mufakat.model.proposal import AdoptProtocol, AmendEntry, ReadmitMember, SetRule, SuspendMember
from mufakat.model.refusal import Reason
from mufakat.model.signing import public_key
from mufakat.node.assembly import _settings_text as settings_text
from mufakat.node.engine import dialled, peers_of, settings_of, write_peers
from mufakat.node.enginekeys import address_of, node_id
from tests.cluster.consortium import FIFTH, free_ports, history, wait
from tests.union import A1, A2, B1, TEXT, admission, lei, private


@pytest.fixture(scope="module")
def consortium(found):
    """Settled once; each test leaves it as a union that works."""
    with found() as consortium:
        consortium.settle()
        yield consortium


def address(member):
    return address_of(public_key(private(member, "validate")))


def validators(consortium, name):
    """Return the members that the engine of a node counts."""
    found = consortium.rpc(name, "validators", per_page=100)
    known = {address(member): member for member in ("QM", "QN", "QO", "QP", "QR")}
    return sorted(known[each["address"]] for each in found["validators"])


def signers(consortium, name):
    """Return the members whose signatures stand under the newest block that a node knows."""
    commit = consortium.rpc(name, "commit")["signed_header"]["commit"]
    known = {address(member): member for member in ("QM", "QN", "QO", "QP", "QR")}
    return {known[each["validator_address"]] for each in commit["signatures"] if each["validator_address"]}


def test_a_member_admitted_by_vote_becomes_a_validator_and_its_node_catches_up_and_signs(consortium):
    with consortium.voice() as union:
        union.carry(admission(FIFTH, "QR", union=union_id(consortium.genesis.charter)))
        assert "QR" not in validators(consortium, "QM")  # passed, and its notice runs
        union.pass_days(1)
        assert union.state.charter.member("QR") == FIFTH
        union.transfer()
        wait(lambda: "QR" in validators(consortium, "QM"), "the engine counts the new member")
        consortium.join("QR")
        consortium.start("QR")
        consortium.level()
        for name in consortium.members:
            assert validators(consortium, name) == ["QM", "QN", "QO", "QP", "QR"]
            assert consortium.status(name).validators == ("QM", "QN", "QO", "QP", "QR")

        def signed():
            union.transfer()
            return "QR" in signers(consortium, "QM")

        wait(signed, "the new validator signs")
    with consortium.voice("QR") as union:
        union.transfer(B1, A1)  # and commands come in through its node
    consortium.level()


def test_a_suspended_member_stops_being_a_validator_and_is_one_again_when_it_is_readmitted(consortium):
    with consortium.voice() as union:
        before = validators(consortium, "QM")
        union.enact(SuspendMember("QP"))
        union.transfer()
        wait(lambda: validators(consortium, "QM") == [each for each in before if each != "QP"], "QP is out")

        def unsigned():
            union.transfer()
            return "QP" not in signers(consortium, "QM")

        wait(unsigned, "the suspended member no longer signs")
        consortium.level()  # its node still follows
        union.enact(ReadmitMember("QP"))
        union.transfer()
        wait(lambda: validators(consortium, "QM") == before, "QP is back")
        consortium.level()


def test_a_proposal_short_of_its_threshold_changes_nothing_on_any_node(consortium):
    with consortium.voice() as union:
        before = (union.state.charter, union.state.version, list(union.state.laws.items()))
        known = validators(consortium, "QM")
        suspension = union.propose("QM", SuspendMember("QN"))
        rule = union.propose("QM", SetRule("day_quorum", 4))
        for number in (suspension, rule):
            union.vote("QO", number)  # two in favour, where three are needed
        union.vote("QP", suspension, in_favour=False)
        union.pass_days(5)
        union.transfer()
        for number in (suspension, rule):
            assert union.proposal(number).status is ProposalStatus.OPEN
        assert (union.state.charter, union.state.version, list(union.state.laws.items())) == before
        assert consortium.level().state_root == union.state.root().hex()
        for name in consortium.members:
            assert validators(consortium, name) == known
            with consortium.voice(name) as there:
                assert there.state.root() == union.state.root()
                assert there.node.charter == before[0]
        for number in (suspension, rule):
            union.must("QM", c.WithdrawProposal(number))


def moved_to(consortium, name):
    """Give a node that is stopped another port for its peers, and nobody to call; returns its peer address."""
    (port,) = free_ports(1)
    home = consortium.fleet.homes[name]
    where = msgspec.structs.replace(settings_of(home), p2p=f"127.0.0.1:{port}")
    home.settings.write_text(settings_text(where), encoding="utf-8")
    write_peers(home, [])
    return f"{node_id(public_key(private(name, 'node')))}@127.0.0.1:{port}"


def called_by(consortium, name):
    """Return the members whose nodes called this one, not the other way round."""
    peers = consortium.rpc(name, "net_info").get("peers", [])
    return {each["node_info"]["moniker"] for each in peers if not each["is_outbound"]}


def test_a_member_that_moves_is_called_at_its_new_address_by_all_others_without_a_hand(consortium):
    consortium.fleet.stop("QP")
    peer = moved_to(consortium, "QP")
    others = [name for name in consortium.members if name != "QP"]
    with consortium.voice() as union:
        union.must("QP", c.Propose(AmendEntry("QP", peer=peer), TEXT))
        for name in others:
            home = consortium.fleet.homes[name]
            wait(lambda home=home: peer in dialled(home), f"{name} is to call the new address")
        consortium.start("QP")
        wait(lambda: called_by(consortium, "QP") == set(others), "all others called the moved node")
        home = consortium.fleet.homes["QP"]
        wait(lambda: set(dialled(home)) == set(peers_of(union.state.charter, "QP")), "it calls them too")
        wait(lambda: set(consortium.status("QP").peers) == set(others), "and all are connected again")
        union.follow()
        union.transfer()
    consortium.level()
    for name in others:
        assert consortium.log_of(name).count("dials the peers of the charter in force") == 1, name


def owed(union):
    """Register an obligation through its creditor, and let its debtor dispute it; returns its identifier."""
    item = c.ObligationItem(f"{lei(2)}/INV", lei(0), lei(2), "IDR", 5, union.state.day.date, bytes(32))
    union.must(A2, c.RegisterObligations((item,)))
    union.must(A1, c.DisputeObligations((item.id,)))
    return item.id


def switching(genesis, entries):
    """Replay a log; return the number of the entry before which the protocol changed."""
    state = apply.found(genesis)
    for entry in entries[1:]:
        before = state.protocol
        apply.execute(state, entry.command, entry.at_us)
        if state.protocol != before:
            return entry.seq
    return None


def test_all_nodes_switch_protocol_at_one_entry_and_one_with_the_old_program_stops_there(found):
    with found() as consortium:
        consortium.restart("QP", "old_program")
        consortium.settle()
        home = consortium.fleet.homes["QP"]
        with consortium.voice() as union:
            disputed = owed(union)
            consortium.level()
            height = union.state.height + 25
            union.enact(AdoptProtocol(2, height))
            assert union.state.protocol == 1 and union.state.height < height
            accept = c.AcceptObligations((disputed,))
            assert union.tell(A1, accept).items[0].refusal.reason is Reason.WRONG_STATUS
            while union.state.height < height:
                union.transfer()
            consortium.level()
            assert union.state.protocol == 1
            assert union.tell(A1, accept).items[0].refusal is None  # the first command under protocol 2
            assert union.state.protocol == 2
            for _ in range(2):
                assert consortium.fleet.process("QP").wait(60) == 1
                said = consortium.log_of("QP")
                assert "the union runs protocol 2; this program knows (1,): install a newer one" in said
                assert consortium.processes("QP") == []
                stopped, batches = history(home.journal)
                union.transfer()  # the others go on
                consortium.start("QP", "old_program")  # as a supervisor does: it stops where it stopped
            consortium.fleet.process("QP").wait(60)
            consortium.start("QP")
        entries, all_batches = consortium.one_history()
        assert entries[: len(stopped)] == stopped
        assert all_batches[: len(batches)] == batches
        assert switching(consortium.genesis, entries) == len(stopped)
