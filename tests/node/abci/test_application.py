"""The application as its engine drives it: durable at commit, not before, and one history whatever breaks off."""

import datetime
import json

import pytest

from mufakat.audit.replay import verify
from mufakat.core import apply
from mufakat.model import command as c
from mufakat.model import outcome as outcomes
from mufakat.model import proposal as p
from mufakat.model.calendar import Phase
from mufakat.model.charter import PROTOCOLS, KeyGrant, Role
from mufakat.model.record import batch
from mufakat.model.refusal import Reason
from mufakat.model.signing import Domain, public_key, sign
from mufakat.node.abci import wire
from mufakat.node.abci.application import POWER, Application, WrongChain, app_state, chain_id, genesis_of
from mufakat.node.embedded import Node
from mufakat.node.enginekeys import address_of
from mufakat.node.replica import NodeStopped
from tests.journal import histories
from tests.node.abci.conftest import play_log, request, timestamp
from tests.union import A1, MEMBERS, NOON_US, Union, grants, lei, private, settled_world

VALIDATORS = {member: public_key(private(member, "validate")) for member in MEMBERS}


def updates(decided):
    return {each.pub_key.ed25519: each.power for each in decided.validator_updates}


def batches(node):
    return [(batch.block, batch.count) for batch in node.replica.journal.batches()]


def pay(world, sequence=None, **change):
    """A payment's command, signed and not sent."""
    more = {} if sequence is None else {"sequence": sequence}
    return world.signed(A1, batch((world.order(**change),)), **more)


def decided_together(world, node, *said):
    """Sign what members say, one after the other, and give it to the node as one block."""
    commands = []
    for author, body in said:
        commands.append(world.signed(author, body))
        assert world.send(commands[-1]).refusal is None
    return node.block(*commands, at_us=world.now_us)


def pass_now(world, node, change, voters, proposer="QM"):
    """Carry a change whose proposer and voters are these; it takes effect at once, or after its notice."""
    number = len(world.state.proposals) + 1
    votes = [(member, c.CastVote(number, in_favour=True)) for member in voters]
    return decided_together(world, node, (proposer, c.Propose(change, bytes(32))), *votes)


# -- the chain's beginning --------------------------------------------------------------------------------


def test_a_new_chain_begins_with_the_charters_validators_and_the_hash_of_genesis(nodes, union):
    node = nodes(union, begun=False)
    begun = node.begin()

    assert {each.pub_key.ed25519: each.power for each in begun.validators} == dict.fromkeys(
        VALIDATORS.values(), POWER
    )
    assert begun.app_hash == node.replica.head_hash()
    assert node.state.root() == union.state.root()


def test_a_chain_that_was_broken_off_at_its_beginning_begins_again(nodes, union):
    node = nodes(union)
    before = node.replica.head_hash()
    node.application.close()
    node.application = node._opened()

    assert node.begin().app_hash == before


def test_the_engine_of_another_union_is_sent_away(nodes, union):
    node = nodes(union, begun=False)
    text = json.dumps(app_state(union.genesis)).encode()
    with pytest.raises(WrongChain, match="not that of this charter"):
        node.ask("init_chain", chain_id=chain_id(bytes(32)), app_state_bytes=text)
    assert not (node.home / "journal.db").exists()


def test_a_chain_does_not_begin_on_a_journal_that_has_gone_on(nodes, union):
    node = nodes(union)
    node.block(*(data for data, _ in log_of_first(union)))
    node.application.close()
    node.application = node._opened()
    text = json.dumps(app_state(union.genesis)).encode()
    with pytest.raises(WrongChain, match="rebuild this node"):
        node.ask("init_chain", chain_id=chain_id(union.state.union), app_state_bytes=text)


def log_of_first(union):
    union.must("QM", c.RegisterParticipant(A1, lei(200), grants(A1, (Role.SUBMIT,))))
    return union.log


@pytest.mark.parametrize("text", [b"", b"{}", b'"%%"', b'"kA=="', b"\xff", b"[1]"])
def test_a_genesis_that_carries_no_charter_is_named(text):
    with pytest.raises(WrongChain, match="carries no charter"):
        genesis_of(text)


def test_the_genesis_comes_back_as_it_was_written(union):
    assert genesis_of(json.dumps(app_state(union.genesis)).encode()) == union.genesis


def test_a_node_without_a_history_takes_nothing_and_answers_nothing_and_stays(nodes, union):
    node = nodes(union, begun=False)
    asked = node.ask("query", path="/head")
    put = node.ask("check_tx", tx=b"anything")

    assert (asked.code, asked.value) == (1, b"")
    assert put.code and "no history yet" in put.log
    node.begin()


def test_what_the_engine_may_say_in_passing_is_answered(settled):
    node, _ = settled
    assert node.ask("echo", message="halo").message == "halo"
    assert node.ask("flush") == wire.TYPES["AbciResponseFlush"]()
    assert node.ask("extend_vote").vote_extension == b""
    assert node.ask("verify_vote_extension").status == 1
    with pytest.raises(NotImplementedError, match="insert_tx"):
        node.application.handle("insert_tx", None)


def test_the_charter_in_force_is_told_once_a_block_is_durable(settled):
    node, world = settled
    assert node.application.charter is None, "the engine may still be restoring a snapshot"
    peer = f"{'a' * 40}@elsewhere.example:26656"
    node.finalize(world.signed("QO", c.Propose(p.AmendEntry("QO", peer=peer), bytes(32))), at_us=world.now_us)
    assert node.application.charter is None
    node.commit()
    assert node.application.charter.member("QO").peer == peer
    node.block()
    assert node.application.charter == node.state.charter


# -- one history ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [9, 1_000])
def test_the_embedded_engine_and_this_one_come_to_one_root_for_one_log(nodes, tmp_path, size):
    world = settled_world()
    world.pay(amount=150)
    world.send(b"not a command")
    world.cycle()
    node = nodes(world)
    play_log(node, world, size)
    times = iter([NOON_US, *(entry.at_us for entry in list(node.replica.log())[1:])])
    with Node.create(tmp_path / "embedded", world.genesis, lambda: next(times)) as embedded:
        embedded.submit([data for data, _ in world.log])

        assert embedded.state_root() == node.state.root() == world.state.root()
        assert list(embedded.log()) == list(node.replica.log())


def test_each_batch_of_the_journal_carries_the_height_of_its_block(settled):
    node, world = settled
    began = len(node.blocks)
    node.block()
    node.block(pay(world))
    node.block()
    node.block()
    height = len(node.blocks)

    assert batches(node)[0] == (0, 1)
    assert batches(node)[-1] == (began + 2, 1)
    assert height == began + 4
    assert node.ask("info").last_block_height == began + 2


def test_heights_without_commands_change_nothing(settled):
    node, _ = settled
    files = {path: path.read_bytes() for path in node.home.glob("*.db")}
    before = node.replica.head_hash()
    for _ in range(3):
        assert node.block().app_hash == before

    assert {path: path.read_bytes() for path in node.home.glob("*.db")} == files
    assert node.restart() == 3, "the engine replays them"
    assert node.replica.head_hash() == before


def test_a_journal_that_the_engine_wrote_is_verified_like_any_other(settled):
    node, world = settled
    node.application.close()
    assert verify(node.home / "journal.db").state_root == world.state.root()


# -- crashes ----------------------------------------------------------------------------------------------


def test_a_crash_before_the_commit_loses_the_block_and_replays_it_to_the_same_hash(settled):
    node, world = settled
    entries = node.replica.entries
    node.finalize(pay(world))
    assert node.restart() == 1

    assert node.replica.entries == entries + 1
    assert batches(node)[-1] == (len(node.blocks), 1)


def test_an_engine_that_falls_before_the_commit_finds_the_same_application_without_the_block(settled):
    node, world = settled
    entries, before = node.replica.entries, node.replica.head_hash()
    node.finalize(pay(world))
    told = node.ask("info")

    assert (told.last_block_height, told.last_block_app_hash) == (len(node.blocks) - 1, before)
    assert node.replica.entries == entries
    assert node.handshake() == 1


def test_an_engine_that_asks_twice_for_one_block_gets_one_answer(settled):
    node, world = settled
    first = node.finalize(pay(world))
    again = node._decided(len(node.blocks))
    node.commit()

    assert again == first
    assert batches(node)[-1] == (len(node.blocks), 1)


def test_a_crash_after_the_commit_loses_nothing(settled):
    node, world = settled
    node.block(pay(world))
    before = node.replica.head_hash()

    assert node.restart() == 0
    assert node.replica.head_hash() == before


def test_a_whole_day_broken_off_at_every_block_is_one_history(nodes):
    world = settled_world()
    world.pay(amount=400)
    world.cycle()
    whole, broken = nodes(world), nodes(world)
    for number, group in enumerate(histories.grouped(world.log, 7)):
        commands, at_us = [data for data, _ in group], group[-1][1]
        whole.block(*commands, at_us=at_us)
        broken.finalize(*commands, at_us=at_us)
        (broken.restart, broken.handshake, broken.commit)[number % 3]()

    assert broken.hashes == whole.hashes
    assert list(broken.replica.log()) == list(whole.replica.log())
    assert batches(broken) == batches(whole)


def test_a_block_whose_commit_fails_is_not_committed(settled, monkeypatch):
    node, world = settled
    entries = node.replica.entries
    node.finalize(pay(world))

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(node.replica._publisher, "publish", full)
        with pytest.raises(OSError, match="No space"):
            node.commit()
    with pytest.raises(NodeStopped):
        node.commit()
    # The journal has the block: the crash came after its commit.
    assert node.restart() == 0
    assert node.replica.entries == entries + 1


def test_the_engine_keeps_the_blocks_that_a_replay_or_a_new_member_may_need(nodes, union):
    node = nodes(union, retain=5, snapshot_every=2)
    log_of_first(union)
    play_log(node, union)

    def kept(heights):
        for _ in range(heights):
            node.finalize()
            retained = node.commit().retain_height
        return retained

    assert kept(8) == 0, "a new member begins at the first block: there is no snapshot"
    union.must("QM", c.OpenAccount(A1, "IDR"))
    node.block(union.log[-1][0], at_us=union.now_us)
    (snapshot,) = (each.height for each in node.ask("list_snapshots").snapshots)
    assert snapshot == 10
    assert kept(20) == snapshot, "a new member goes on from the snapshot, and a replay from the last batch"
    union.issue(A1, "IDR", 1)
    node.block(union.log[-1][0], at_us=union.now_us)
    assert kept(20) == snapshot


# -- the pool ---------------------------------------------------------------------------------------------


def test_the_pool_takes_a_command_and_those_that_come_after_it(settled):
    node, world = settled
    for sequence in (2, 3, 40):
        assert node.ask("check_tx", tx=pay(world, sequence)).code == 0


def test_the_pool_refuses_what_the_rules_refuse_with_the_reason_of_the_rules(settled):
    node, world = settled
    good = pay(world)
    union = Union(value_date_horizon_days=3)
    for data, reason in (
        (b"", Reason.MALFORMED),
        (b"nothing of ours", Reason.MALFORMED),
        (good[:-1] + bytes([good[-1] ^ 1]), Reason.BAD_SIGNATURE),
        (good + bytes(2_100_000), Reason.OVERSIZE),
        (world.log[-1][0], Reason.SEQUENCE_REPLAYED),
        (pay(world, 20_000), Reason.SEQUENCE_GAP),
        (world.signed(A1, c.OpenAccount(A1, "IDR"), union=union.state.union), Reason.WRONG_UNION),
        (world.signed("NOBKQMA1XXX", c.OpenAccount(A1, "IDR")), Reason.UNKNOWN_KEY),
        (world.signed("QM", c.IssueMoney(A1, "IDR", 1)), Reason.APPROVAL_MISSING),
    ):
        put = node.ask("check_tx", tx=data)
        assert (Reason(put.code), put.codespace) == (reason, "mufakat")
        assert apply.admit(node.state, data, node.now_us).reason is reason


def test_the_pool_looks_at_its_own_clock(settled):
    node, world = settled
    good = pay(world)
    node.now_us = world.now_us - 1
    assert Reason(node.ask("check_tx", tx=good).code) is Reason.NOT_YET_VALID
    node.now_us = world.now_us + 3_600_000_001
    assert Reason(node.ask("check_tx", tx=good).code) is Reason.EXPIRED


def test_a_refused_command_in_a_block_is_told_with_its_reason_and_its_outcome(settled):
    node, world = settled
    good = pay(world)
    decided = node.block(b"noise", good)

    told = [outcomes.decode(each.data) for each in decided.tx_results]
    assert [each.code for each in decided.tx_results] == [Reason.MALFORMED, 0]
    assert [each.refusal and each.refusal.reason for each in told] == [Reason.MALFORMED, None]


# -- proposals --------------------------------------------------------------------------------------------


def test_a_proposal_of_ones_own_is_put_in_order_and_accepted_by_the_others(settled):
    node, world = settled
    first, second, early = pay(world, 2), pay(world, 3), pay(world, 5)
    prepared = node.ask(
        "prepare_proposal",
        txs=[second, b"noise", early, first],
        time=timestamp(node.now_us),
        max_tx_bytes=1 << 20,
    )

    assert list(prepared.txs) == [first, second]
    judged = node.ask("process_proposal", txs=prepared.txs, time=timestamp(node.now_us), height=9)
    assert judged.status == 1 and node.noted == []


def test_a_proposal_with_a_command_that_may_not_stand_there_is_refused_and_noted(settled):
    node, world = settled
    good = pay(world)
    forged = good[:-1] + bytes([good[-1] ^ 1])
    who = bytes(range(20))
    judged = node.ask(
        *("process_proposal",),
        txs=[forged],
        time=timestamp(node.now_us),
        height=9,
        proposer_address=who,
    )

    assert judged.status == 2
    (seen,) = node.noted
    assert (seen["kind"], seen["height"], seen["proposer"]) == ("proposal refused", 9, who.hex().upper())
    assert "BAD_SIGNATURE" in seen["what"]
    assert node.block(good).app_hash, "the chain goes on"


def test_double_signing_in_a_block_is_noted_with_the_validator(settled):
    node, _ = settled
    who = bytes.fromhex(address_of(VALIDATORS["QN"]))
    before = node.replica.head_hash()
    seen = [
        wire.TYPES["AbciMisbehavior"](
            type=kind, height=3, validator=wire.TYPES["AbciValidator"](address=who, power=POWER)
        )
        for kind in (1, 2, 9)
    ]
    decided = node.finalize(misbehavior=tuple(seen))
    node.commit()

    assert [each["kind"] for each in node.noted] == ["double signing", "light client attack", "unknown"]
    assert {each["validator"] for each in node.noted} == {who.hex().upper()}
    assert decided.app_hash == before, "honest state is not affected"


# -- validators -------------------------------------------------------------------------------------------


def test_a_suspended_member_stops_validating_and_readmitted_it_validates_again(settled):
    node, world = settled
    passed = pass_now(world, node, p.SuspendMember("QO"), ["QN"])
    assert updates(passed) == {}, "its notice is not over"
    assert updates(later(world, node)) == {VALIDATORS["QO"]: 0}

    passed = pass_now(world, node, p.ReadmitMember("QO"), ["QN"])
    assert updates(passed) == {}
    assert updates(later(world, node)) == {VALIDATORS["QO"]: POWER}
    assert updates(node.block()) == {}


def later(world, node):
    """Go on to the opening at which what has passed takes effect, all in one block."""
    began = len(world.log)
    while any(each.status.name == "PASSED" for each in world.state.proposals.records()):
        advance(world)
    return node.block(*(data for data, _ in world.log[began:]), at_us=world.now_us)


def advance(world):
    """Close the day and open the next."""
    date = world.state.day.date
    world.phase(Phase.CUT_OFF, date)
    world.phase(Phase.CLOSED, date)
    world.phase(Phase.OPEN, date + datetime.timedelta(3 if date.weekday() == 4 else 1))


def test_a_rotated_validators_key_goes_and_the_new_one_comes_in_the_same_block(settled):
    node, world = settled
    new = public_key(private("QN", "validate again"))
    change = p.RotateKeys("QN", (KeyGrant(new, (Role.VALIDATE,)),), (VALIDATORS["QN"],))
    decided = pass_now(world, node, change, [], proposer="QN")

    assert updates(decided) == {VALIDATORS["QN"]: 0, new: POWER}


def test_a_key_that_comes_and_goes_within_one_block_is_never_told(settled):
    node, world = settled
    first, second = (public_key(private("QN", f"validate {n}")) for n in (1, 2))
    begin = c.Propose(
        p.RotateKeys("QN", (KeyGrant(first, (Role.VALIDATE,)),), (VALIDATORS["QN"],)), bytes(32)
    )
    again = c.Propose(p.RotateKeys("QN", (KeyGrant(second, (Role.VALIDATE,)),), (first,)), bytes(32))
    decided = decided_together(world, node, ("QN", begin), ("QN", again))

    assert updates(decided) == {VALIDATORS["QN"]: 0, second: POWER}, "the engine halts on an unknown one"


def test_an_admitted_member_becomes_a_validator(settled):
    node, world = settled
    template = world.state.charter.members[0]
    entry = type(template)(
        *("QP", "Central Bank of QP", "CBNKQPA1XXX", lei(150), "PHP", 2, 1_000_000, ()),
        keys=grants("QP", tuple(Role)),
    )
    consent = sign(private("QP", "vote"), Domain.ADMISSION, p.admission_bytes(world.state.union, entry))
    pass_now(world, node, p.AdmitMember(entry, consent), ["QN", "QO"])
    decided = later(world, node)

    assert updates(decided) == {public_key(private("QP", "validate")): POWER}


def test_a_crash_before_the_commit_tells_the_same_change_of_validators_again(settled):
    node, world = settled
    new = public_key(private("QN", "validate again"))
    change = p.RotateKeys("QN", (KeyGrant(new, (Role.VALIDATE,)),), (VALIDATORS["QN"],))
    data = world.signed("QN", c.Propose(change, bytes(32)))
    first = node.finalize(data)
    node.ask("info")
    again = node._decided(len(node.blocks))
    node.commit()

    assert updates(again) == updates(first) == {VALIDATORS["QN"]: 0, new: POWER}
    assert node.restart() == 0
    assert updates(node.block()) == {}


# -- protocol ---------------------------------------------------------------------------------------------


def test_a_node_with_an_old_program_stops_at_the_switch_and_not_before(settled, monkeypatch):
    node, world = settled
    height = world.state.height + 12
    pass_now(world, node, p.AdoptProtocol(PROTOCOLS[-1], height), ["QN", "QO"])
    later(world, node)
    while world.state.height < height:
        world.pay(amount=1)
    play_log_from(node, world)
    monkeypatch.setattr(apply, "PROTOCOLS", PROTOCOLS[:-1])
    before, entries = node.replica.head_hash(), node.replica.entries
    assert node.block().app_hash == before, "blocks without commands are no switch"
    switch = pay(world)
    for _ in range(2):
        with pytest.raises(apply.ProtocolUnknown, match="install a newer one"):
            node.finalize(switch, at_us=world.now_us)
        node.blocks.pop()
        with pytest.raises(NodeStopped):
            node.commit()
        node.application.close()
        node.application = node._opened()
        assert node.ask("info").last_block_app_hash == before
    assert node.replica.entries == entries

    monkeypatch.undo()
    node.handshake()
    node.block(switch, at_us=world.now_us)
    assert node.state.protocol == PROTOCOLS[-1]


def play_log_from(node, world):
    """Give the node what the union was told beyond the node's log."""
    missing = world.log[node.replica.entries - 1 :]
    node.block(*(data for data, _ in missing), at_us=missing[-1][1])


def test_answers_come_of_what_is_durable_alone(settled):
    node, world = settled
    node.finalize(pay(world))
    asked = node.ask("query", path="/head")
    assert (asked.code, asked.value) == (2, b""), "a block is on its way: ask again"
    node.commit()
    assert node.ask("query", path="/head").code == 0


def test_an_application_that_never_began_is_closed_like_any_other(tmp_path):
    application = Application(tmp_path, lambda _: None, lambda: 0, snapshot_every=1)
    application.close()
    with pytest.raises(NodeStopped, match="not begun"):
        application.handle("commit", request("commit"))
