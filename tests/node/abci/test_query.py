"""What a node tells readers: each answer of what is durable, records and entries with their proof."""

import hashlib
import struct

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mufakat.core.dump import load
from mufakat.core.proof import is_proved
from mufakat.core.state import Key
from mufakat.journal.frame import Entry, frame, head_hash
from mufakat.model import command as c
from mufakat.model import outcome as outcomes
from mufakat.model.merkle import is_included, leaf_hash
from mufakat.model.record import batch
from mufakat.model.refusal import Reason
from mufakat.model.signing import public_key
from mufakat.node.abci.query import Head, Included, Recorded, Standing, Told
from tests.union import A1, B1, private

KEY = public_key(private(A1, "submit"))


def ask(node, path, kind, data=b""):
    answer = node.ask("query", path=path, data=data)
    return None if answer.code else msgspec.msgpack.decode(answer.value, type=kind)


def number(of):
    return struct.pack(">Q", of)


def pay(world):
    return world.signed(A1, batch((world.order(),)))


def test_the_head_is_what_the_members_signed_in_the_last_block_with_commands(settled):
    node, world = settled
    decided = node.block(pay(world))
    node.block()
    head = ask(node, "/head", Head)

    assert head_hash(head.entries, head.tree_root, head.state_root) == decided.app_hash
    assert head.union == world.state.union
    assert (head.entries, head.block) == (node.replica.entries, len(node.blocks) - 1)
    assert head.last_us == node.now_us
    assert node.ask("query", path="/head").height == head.block


def test_the_union_is_the_charter_in_force_and_the_last_cycle(settled):
    node, world = settled
    assert ask(node, "/union", Standing) == Standing(world.state.charter, world.state.cycle)


def test_the_next_sequence_of_a_key_is_told_and_1_for_one_that_nobody_knows(settled):
    node, world = settled
    assert ask(node, "/sequence", int, KEY) == world.state.keys[KEY.hex()].sequence + 1
    node.block(pay(world))
    assert ask(node, "/sequence", int, KEY) == world.state.keys[KEY.hex()].sequence + 2
    assert ask(node, "/sequence", int, bytes(32)) == 1


def test_the_whole_state_is_that_of_the_root(settled):
    node, world = settled
    assert load(node.ask("query", path="/state").value).root() == world.state.root()


def test_outcomes_are_told_in_the_order_asked_and_none_for_what_is_not_on_the_log(settled):
    node, world = settled
    good, noise, absent = pay(world), b"noise", b"absent"
    node.block(good, noise)
    digests = b"".join(hashlib.sha256(data).digest() for data in (noise, absent, good))
    first, second, third = ask(node, "/outcomes", list[Told | None], digests)

    assert second is None
    assert (first.entry, third.entry) == (node.replica.entries - 1, node.replica.entries - 2)
    assert outcomes.decode(first.outcome).refusal.reason is Reason.MALFORMED
    assert outcomes.decode(third.outcome).refusal is None
    assert first.at_us == node.now_us


def test_the_log_is_told_in_pages_and_whole(settled, monkeypatch):
    node, _ = settled
    monkeypatch.setattr("mufakat.node.abci.query._PAGE_BYTES", 3_000)
    told, pages = [], 0
    while page := ask(node, "/entries", list[tuple[int, bytes, bytes]], number(len(told))):
        told += page
        pages += 1
    assert pages > 3
    assert told == [(each.at_us, each.command, each.outcome) for each in node.replica.log()]


def test_an_entry_comes_with_its_place_in_the_tree_that_the_members_signed(settled):
    node, _ = settled
    for seq in (0, 1, node.replica.entries // 2, node.replica.entries - 1):
        found = ask(node, "/entry", Included, number(seq))
        leaf = leaf_hash(frame(Entry(found.seq, found.at_us, found.command, found.outcome)))
        head = found.head
        assert is_included(leaf, found.seq, head.entries, list(found.path), head.tree_root)
        other = leaf_hash(frame(Entry(found.seq, found.at_us + 1, found.command, found.outcome)))
        assert not is_included(other, found.seq, head.entries, list(found.path), head.tree_root)


def test_a_record_comes_with_its_proof_against_the_root_that_the_members_signed(settled):
    node, world = settled
    found = ask(node, "/record/keys", Recorded, KEY.hex().encode())
    assert is_proved(found.proof, found.head.state_root)
    assert msgspec.msgpack.decode(found.proof.record, type=Key) == world.state.keys[KEY.hex()]
    assert found.head == ask(node, "/head", Head)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("", b""),
        ("/", b""),
        ("/nothing", b""),
        ("/record/", b""),
        ("/record/nothing", b"x"),
        ("/record/keys", b"x"),
        ("/record/keys", b"\xff\xfe"),
        ("/entries", b""),
        ("/entry", b"1"),
        ("/entry", number(10_000)),
        ("/entry", number(2**63)),
        ("/entry", number(2**64 - 1)),
    ],
)
def test_a_question_without_an_answer_has_none(settled, path, data):
    node, _ = settled
    answer = node.ask("query", path=path, data=data)
    assert (answer.code, answer.value) == (1, b"")
    assert path in answer.log


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(
        ("/head", "/sequence", "/union", "/outcomes", "/entries", "/entry", "/record/keys", "/record/x", "?")
    ),
    st.one_of(st.binary(max_size=70), st.binary(min_size=8, max_size=8)),
)
def test_no_question_ends_the_node(settled, path, data):
    node, _ = settled
    assert node.ask("query", path=path, data=data).code in {0, 1}


def test_answers_are_those_of_before_while_a_block_is_not_committed(settled):
    node, world = settled
    before = world.signed(B1, c.EnrolFirms(()))
    node.finalize(pay(world), before)
    for path in ("/head", "/record/keys", "/sequence"):
        answer = node.ask("query", path=path, data=KEY.hex().encode())
        assert (answer.code, answer.value) == (2, b""), "not now: memory is ahead of the journal"
    node.commit()
    assert node.ask("query", path="/record/keys", data=KEY.hex().encode()).code == 0
