"""A node among others gives its users what the embedded node gives: here, on the real engine."""

import hashlib
import inspect
import time

import pytest

from mufakat.core.apply import execute, found
from mufakat.model import command as c
from mufakat.model import outcome as outcomes
from mufakat.model.charter import Role, union_id
from mufakat.model.outcome import Status
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.signing import public_key
from mufakat.node import consortium
from mufakat.node.access import UnionNode
from mufakat.node.consortium import ConsortiumNode, NotCommitted, wait_until
from mufakat.node.embedded import Node
from mufakat.node.engine import NodeSettings
from mufakat.node.home import Home
from mufakat.node.keys import KeyRing
from mufakat.node.rpc import EngineUnreachable
from mufakat.node.session import Said, Session
from tests.engines import false_engine, free_ports, lone_genesis
from tests.union import A1, A2, B1, B2, C1, grants, lei, private


@pytest.fixture
def node(live):
    with ConsortiumNode(live.home) as made:
        yield made


@pytest.fixture
def session(live, node):
    return Session(node, KeyRing(live.home.keys))


def registration(bank, number):
    return c.RegisterParticipant(bank, lei(number), grants(bank, (Role.SUBMIT,)))


def test_a_command_is_answered_once_it_is_durable_here(node, session):
    before = node.entries
    outcome = session.say("QM", registration(A1, 200))
    entry = list(node.log())[-1]

    assert outcome.refusal is None
    assert node.entries == before + 1
    assert outcomes.decode(entry.outcome) == outcome
    assert node.is_participant(A1) and not node.is_participant("NOBKQMA1XXX")
    assert node.views.sql.execute("SELECT sponsor FROM participant WHERE bic = ?", (A1,)).fetchone() == (
        "QM",
    )


def test_a_group_is_answered_in_its_order(session):
    said = [
        Said("QM", registration(A2, 201)),
        *(Said("QM", c.OpenAccount(A2, each)) for each in ("IDR", "VND")),
    ]
    first, second, third = session.say_all(said)

    assert (first.refusal, second.refusal) == (None, None)
    assert third.refusal is not None, "QM does not issue that"


def test_a_key_that_an_earlier_command_of_the_group_registers_is_waited_for(node, session):
    (register,) = session.signed([Said("QN", registration(B1, 202))])
    pair = public_key(private(B1, "submit")), private(B1, "submit")
    now = node.now_us()
    body = c.EnrolFirms((lei(4),))
    enrol = c.encode(
        c.signed_by(c.Instruction(node.union, B1, pair[0], 1, now, now + 3_600_000_000, body), pair)
    )
    outcomes_of = node.submit([register, enrol])

    assert [each.refusal for each in outcomes_of] == [None, None]
    assert node.agent_of(lei(4)) == B1
    assert node.agent_of(lei(5)) is None


def test_what_the_pool_does_not_let_in_is_refused_and_leaves_no_trace(node, session):
    before = node.entries
    noise, stranger = node.submit([b"noise", stranger_of(node)])

    assert (noise.status, noise.refusal.reason) == (Status.REFUSED, Reason.MALFORMED)
    assert stranger.refusal.reason is Reason.UNKNOWN_KEY
    assert node.entries == before


def stranger_of(node):
    pair = public_key(private(C1, "submit")), private(C1, "submit")
    now = node.now_us()
    body = c.EnrolFirms(())
    return c.encode(c.signed_by(c.Instruction(node.union, C1, pair[0], 1, now, now + 1_000_000, body), pair))


def test_a_command_that_was_put_twice_has_one_entry_and_one_outcome(node, session):
    (data,) = session.signed([Said("QN", registration(B2, 203))])
    first = node.submit([data])
    before = node.entries
    assert node.submit([data, data]) == [*first, *first]
    assert node.entries == before


class Behind:
    """Views that show all but the last entry for the first three times they are asked."""

    def __init__(self, node):
        self.entries_of, self.told, self.asked = node.entries, node._told, 0

    @property
    def entries(self):
        self.asked += 1
        return self.entries_of - (self.asked <= 3)

    def close(self):
        """Nothing is open."""

    def answer(self, digests):
        return [None for _ in digests] if self.asked <= 3 else self.told(digests)


def test_what_the_views_do_not_show_yet_is_not_taken_for_what_is_not_on_the_log(node, session, monkeypatch):
    session.say("QM", c.OpenAccount(A2, "IDR"))
    last = list(node.log())[-1]
    for ask in (
        lambda: node.told(hashlib.sha256(last.command).digest()).outcome,
        lambda: outcomes.encode(node.submit([last.command])[0]),
    ):
        behind = Behind(node)
        with monkeypatch.context() as patch:
            patch.setattr(node, "views", behind)
            patch.setattr(node, "_told", behind.answer)
            patch.setattr(node, "_put", lambda data, until: Refusal(Reason.SEQUENCE_REPLAYED))
            assert ask() == last.outcome
    with monkeypatch.context() as patch:
        patch.setattr(node, "_patience", 0.0)
        patch.setattr(node, "views", Behind(node))
        patch.setattr(node, "_told", lambda digests: [None])
        with pytest.raises(NotCommitted, match="the views of this node show"):
            node.told(bytes(32))


def test_what_is_known_of_a_key_is_checked_against_the_root(node, live):
    key = node.key(public_key(private("QO", "vote")))
    assert (key.owner, key.roles) == ("QO", (Role.VOTE,))
    assert node.key(bytes(32)) is None
    assert node.next_sequence(bytes(32)) == 1


def test_a_key_whose_proof_does_not_hold_is_not_believed(node, monkeypatch):
    public = public_key(private("QO", "vote"))
    other = public_key(private("QO", "submit"))
    true = consortium.Rpc.read

    def lying(self, path, kind, data=b""):
        return true(self, path, kind, other.hex().encode() if path == "/record/keys" else data)

    with monkeypatch.context() as broken:
        broken.setattr(consortium.Rpc, "read", lying)
        assert node.key(public) is None, "the record of another key"
        broken.setattr(consortium, "is_proved", lambda *_: False)
        assert node.key(other) is None
    assert node.key(public) is not None


def test_the_log_gives_the_root_of_the_node_to_whoever_replays_it(node, session):
    session.say("QO", c.OpenAccount(A1, "MYR"))
    state = found(lone_genesis())
    for entry in list(node.log())[1:]:
        execute(state, entry.command, entry.at_us)
    assert state.root() == node.state_root()
    assert node.charter == state.charter
    assert (node.union, node.cycle) == (union_id(lone_genesis().charter), 0)
    node.save_snapshot()


def test_a_log_of_several_pages_is_given_whole(node, monkeypatch):
    whole = list(node.log())
    monkeypatch.setattr("mufakat.node.abci.query._PAGE_BYTES", 500)
    assert list(node.log()) == whole
    assert [entry.seq for entry in whole] == list(range(node.entries))


def test_a_command_signed_now_is_valid_at_the_time_of_the_next_block(node, session):
    session.say("QM", registration("FORGQMA2XXX", 261))
    last = list(node.log())[-1].at_us
    assert node.now_us() < last < time.time_ns() // 1_000


def test_what_no_quorum_commits_in_time_is_told_and_may_still_come(node):
    with pytest.raises(NotCommitted, match=r"1 commands wait for a quorum.*may still be committed"):
        node._wait([bytes(32)], {}, time.monotonic() + 0.05)
    with pytest.raises(NotCommitted, match="not in time"):
        wait_until(lambda: False, 0.03, "not in time")
    wait_until(lambda: True, 0, "at once")


def home_at(tmp_path, port, live):
    """A home whose engine is said to be at a port; its views are those of the live node."""
    home = Home(tmp_path)
    home.settings.write_text(f'member = "QM"\nrpc_port = {port}\n', encoding="utf-8")
    home.views.symlink_to(live.home.views)
    assert NodeSettings("QM").rpc_port != port
    return home


def test_what_an_engine_forgot_as_it_started_anew_is_put_again(node, session, monkeypatch):
    monkeypatch.setattr(consortium, "_PUT_AGAIN_SECONDS", 0.2)
    put, lost = node._rpc.put, []
    monkeypatch.setattr(node._rpc, "put", lambda data: put(data) if lost else lost.append(data))
    assert session.say("QM", registration("FORGQMA1XXX", 260)).refusal is None
    assert len(lost) == 1


def test_a_full_pool_is_waited_for_and_in_the_end_it_is_told(tmp_path, live):
    full = {"error": {"message": "Internal error", "data": "mempool is full: number of txs 20000"}}
    waits, gives_up = [full, full, {"error": {"message": "Internal error", "data": "shut down"}}], []
    with (
        false_engine(lambda path: gives_up.append(path) or waits[min(len(gives_up), 3) - 1]) as port,
        ConsortiumNode(home_at(tmp_path, port, live)) as node,
        pytest.raises(NotCommitted, match=r"does not take the command.*shut down"),
    ):
        node.submit([b"it"])
    assert len(gives_up) == 3


def test_a_pool_that_stays_full_is_given_up(tmp_path, live):
    full = {"error": {"message": "Internal error", "data": "mempool is full"}}
    with (
        false_engine(lambda path: full) as port,
        ConsortiumNode(home_at(tmp_path, port, live), patience=0.05) as node,
        pytest.raises(NotCommitted, match="mempool is full"),
    ):
        node.submit([b"it"])


def test_a_node_that_is_not_up_is_named(tmp_path, live):
    (port,) = free_ports(1)
    with ConsortiumNode(home_at(tmp_path, port, live)) as node:
        for use in (node.head, node.state_root, lambda: node.submit([b"it"]), lambda: node.charter):
            with pytest.raises(EngineUnreachable, match="is the node up"):
                use()


def test_a_node_without_a_history_is_waited_for(tmp_path, live):
    nothing = {"result": {"response": {"code": 1, "value": None, "log": "there is no history yet"}}}
    with (
        false_engine(lambda path: nothing) as port,
        ConsortiumNode(home_at(tmp_path, port, live)) as node,
    ):
        for use in (node.head, lambda: node.charter):
            with pytest.raises(EngineUnreachable, match="has not begun"):
                use()


def test_both_engines_give_their_users_the_same_calls():
    for name, wanted in inspect.getmembers(UnionNode):
        if not name.startswith("_") and callable(wanted):
            for kind in (Node, ConsortiumNode):
                assert inspect.signature(getattr(kind, name)) == inspect.signature(wanted), name
