"""Proofs are made from what a node and its engine say, and from nothing that their reader has to believe."""

import json
import lzma
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from mufakat.audit import proof as proofs
from mufakat.audit import quorum
from mufakat.core.accounts import settlement_account
from mufakat.core.state import PaymentStatus
from mufakat.model import command as c
from mufakat.model.charter import Role, union_id
from mufakat.model.outcome import Status
from mufakat.model.queueing import Action
from mufakat.model.record import batch
from mufakat.model.refusal import Reason
from mufakat.node import proving, rpc
from mufakat.node.abci.query import Head
from mufakat.node.founding import charter_of_plan, read_plan
from mufakat.node.home import Home
from mufakat.node.keys import KeyRing, generate
from mufakat.node.proving import Chain, NotProvable
from tests.node.conftest import Small
from tests.union import TUESDAY, uetr

GOLDEN = Path(__file__).parent.parent / "golden" / "proofs"
ANSWERS = json.loads(lzma.decompress((GOLDEN / "chain.json.xz").read_bytes()))
CHARTER = charter_of_plan(read_plan(GOLDEN / "charter.toml"))
LATEST = int(ANSWERS["status"]["sync_info"]["latest_block_height"])
LUAL, TANG = "LUALQMA0XXX", "TANGQMA0XXX"


# -- an embedded union ----------------------------------------------------------------------------------


def order(number: int, **change: object) -> c.PaymentOrder:
    right = c.PaymentOrder(uetr(number), LUAL, TANG, "IDR", 500, TUESDAY, c.Channel.RTGS, bytes(32))
    return msgspec.structs.replace(right, **change)


def pay(small: Small, *orders: c.PaymentOrder) -> None:
    small.session.say(LUAL, batch(orders))


def witness(small: Small) -> proving.Witness:
    return proving.by_audit_keys(proving.founding_charter(small.node), small.session.keys)


def test_a_reservation_is_proved_and_what_became_of_it(small):
    held, whole = (order(n, action=Action.RESERVE) for n in (1, 2))
    pay(small, held, whole)
    _, verdict = proving.prove_payment(small.node, uetr(1), witness(small))
    assert (verdict.payment.order, verdict.payment.status) == (held, PaymentStatus.RESERVED)
    assert verdict.payment.outcome.status is Status.RESERVED
    post = msgspec.structs.replace(held, action=Action.POST, amount=300)
    pay(small, post, msgspec.structs.replace(whole, action=Action.VOID))
    _, posted = proving.prove_payment(small.node, uetr(1), witness(small))
    _, voided = proving.prove_payment(small.node, uetr(2), witness(small))
    assert (posted.payment.order, posted.payment.status, posted.payment.paid) == (
        held,
        PaymentStatus.SETTLED,
        300,
    )
    assert (voided.payment.status, voided.payment.paid) == (PaymentStatus.VOIDED, 0)


def test_of_a_chain_that_failed_and_was_mended_in_one_batch_the_payment_is_proved(small):
    first = order(1, linked=True), order(2, amount=10**12)
    pay(small, *first, first[0], order(2))
    _, verdict = proving.prove_payment(small.node, uetr(2), witness(small))
    assert (verdict.payment.order, verdict.payment.status) == (order(2), PaymentStatus.SETTLED)


def test_a_payment_of_an_embedded_union_is_proved_by_the_members_audit_keys(small):
    pay(small, order(1), order(2, currency="XXX"))
    data, verdict = proving.prove_payment(small.node, uetr(1), witness(small))
    assert verdict == proofs.check(data, small.node.charter)
    assert (verdict.kind, verdict.signers, verdict.entries) == ("embedded", ("QM", "QN"), small.node.entries)
    assert verdict.payment.order == order(1)
    assert (verdict.payment.outcome.status, verdict.payment.status) == (Status.SETTLED, PaymentStatus.SETTLED)
    _, rejected = proving.prove_payment(small.node, uetr(2), witness(small))
    assert rejected.payment.reason is Reason.UNKNOWN_CURRENCY


def test_a_payment_that_settled_in_a_later_cycle_is_proved_by_its_order_and_its_status_now(small):
    pay(small, order(1, channel=c.Channel.MPNS))
    entry = small.node.entries - 1
    for member in ("QM", "QN"):
        small.session.say(member, c.CallCycle(1))
    _, verdict = proving.prove_payment(small.node, uetr(1), witness(small))
    assert (verdict.entry, verdict.payment.outcome.status) == (entry, Status.ACCEPTED)
    assert verdict.payment.status is PaymentStatus.SETTLED
    assert any("in which entry" in each for each in verdict.not_proved)


def test_a_returned_payment_is_proved_as_returned(small):
    pay(small, order(1))
    assert small.session.say(TANG, c.ReturnPayment(uetr(1), "AC04")).refusal is None
    assert (
        proving.prove_payment(small.node, uetr(1), witness(small))[1].payment.status is PaymentStatus.RETURNED
    )


def test_a_balance_is_proved_as_it_stands_after_the_last_entry(small):
    name = settlement_account(LUAL, "IDR")
    before = proving.prove_account(small.node, name, witness(small))[1].account.balance
    pay(small, order(1))
    data, verdict = proving.prove_account(small.node, name, witness(small))
    assert verdict == proofs.check(data, small.node.charter)
    assert (verdict.account.id, verdict.account.balance) == (name, before - 500)
    assert (verdict.entry, verdict.entries) == (small.node.entries - 1, small.node.entries)
    assert (verdict.kind, verdict.signers) == ("embedded", ("QM", "QN"))
    assert len(data) < 6_144
    with pytest.raises(NotProvable, match="no account settlement/NOBKQMA0XXX/IDR"):
        proving.prove_account(small.node, settlement_account("NOBKQMA0XXX", "IDR"), witness(small))


def test_every_entry_can_be_proved(small):
    small.session.say("QN", c.OpenAccount(LUAL, "IDR"))
    small.node.submit([b"noise"])
    for number in range(small.node.entries):
        data, verdict = proving.prove_entry(small.node, number, witness(small))
        assert verdict.entry == number
        assert len(data) < 8_192
    assert (verdict.command, verdict.author, verdict.outcome.refusal.reason) == ("", "", Reason.MALFORMED)


def test_what_is_not_on_the_log_is_not_proved(small):
    with pytest.raises(NotProvable, match="no payment"):
        proving.prove_payment(small.node, uetr(9), witness(small))
    with pytest.raises(NotProvable, match=f"no entry {small.node.entries}"):
        proving.prove_entry(small.node, small.node.entries, witness(small))


def test_members_whose_audit_key_is_elsewhere_or_was_changed_do_not_sign(small, tmp_path):
    ring = KeyRing(tmp_path / "other")
    ring.add("QM", Role.AUDIT, small.session.keys.pair("QM", Role.AUDIT)[1])
    with pytest.raises(NotProvable, match=r"of 2 members, .*; 1 are on"):
        proving.prove_entry(small.node, 0, proving.by_audit_keys(small.node.charter, ring))
    ring.add("QN", Role.AUDIT, generate())
    with pytest.raises(NotProvable, match="; 1 are on"):
        proving.prove_entry(small.node, 0, proving.by_audit_keys(small.node.charter, ring))


class Moving:
    """A node whose log grows between two questions, `times` times."""

    def __init__(self, small: Small, times: int) -> None:
        self._small, self._times = small, times
        self.views, self.log = small.node.views, small.node.log
        self.included = small.node.included

    @property
    def entries(self) -> int:
        return self._small.node.entries

    def recorded(self, table: str, key: str):
        if self._times:
            self._times -= 1
            self._small.node.submit([b"noise"])
        return self._small.node.recorded(table, key)


def test_entry_and_record_are_of_one_head_though_the_log_grows(small):
    pay(small, order(1))
    before = small.node.entries
    _, verdict = proving.prove_payment(Moving(small, 3), uetr(1), witness(small))
    assert verdict.entries == before + 3
    with pytest.raises(NotProvable, match="grows faster"):
        proving.prove_payment(Moving(small, 10_000), uetr(1), witness(small))


def test_a_state_that_is_not_durable_yet_is_waited_for(small, monkeypatch):
    name, asked = settlement_account(LUAL, "IDR"), []
    honest = proving.is_proved
    monkeypatch.setattr(
        proving, "is_proved", lambda *of: asked.append(of) or (len(asked) > 3 and honest(*of))
    )
    assert proving.prove_account(small.node, name, witness(small))[1].account.id == name
    assert len(asked) == 4
    monkeypatch.setattr(proving, "is_proved", lambda *of: False)
    with pytest.raises(NotProvable, match="grows faster"):
        proving.prove_account(small.node, name, witness(small))


# -- the engine's blocks, as recorded --------------------------------------------------------------------


class Recorded:
    """The engine's answers, in place of its RPC. `oldest`: blocks before it were forgotten."""

    def __init__(self, oldest: int = 1, latest: int = LATEST) -> None:
        self.oldest, self.latest = oldest, latest
        self.asked: list[str] = []

    def get(self, method: str, **parameters: int):
        if method == "status":
            heights = {"latest_block_height": str(self.latest), "earliest_block_height": str(self.oldest)}
            return {"sync_info": heights}
        height = parameters["height"]
        self.asked.append(f"{method} {height}")
        if not self.oldest <= height <= self.latest:
            raise rpc.Refused(0, f"height {height} is not available")
        return ANSWERS[f"{method} {height}"]

    def close(self) -> None:
        pass


@contextmanager
def chain(folder: Path, engine: Recorded, monkeypatch):
    home = Home(folder)
    folder.mkdir(exist_ok=True)
    home.settings.write_text('member = "QM"\n')
    monkeypatch.setattr(proving, "Rpc", lambda port: engine)
    yield Chain(home, CHARTER, patience=0)


def head_of(block: int) -> Head:
    return Head(union_id(CHARTER), 1, block, bytes(32), bytes(32), 0)


def sets() -> list[tuple[int, str]]:
    """Each height whose header names other validators for the next block."""
    headers = [ANSWERS[f"commit {height}"]["signed_header"]["header"] for height in range(1, LATEST + 1)]
    return [
        (int(each["height"]), each["next_validators_hash"])
        for each in headers
        if each["next_validators_hash"] != each["validators_hash"]
    ]


def test_a_block_before_any_change_needs_no_trail(tmp_path, monkeypatch):
    engine = Recorded()
    with chain(tmp_path, engine, monkeypatch) as found:
        blocks = found.witness(head_of(9))
    assert (blocks.block.header.height, blocks.trail) == (10, ())
    assert engine.asked == ["commit 10"]


def test_the_trail_names_each_change_of_validators_and_is_found_by_few_questions(tmp_path, monkeypatch):
    engine = Recorded()
    with chain(tmp_path, engine, monkeypatch) as found:
        blocks = found.witness(head_of(LATEST - 1))
    assert [
        (each.block.header.height, each.block.header.next_validators.hex().upper()) for each in blocks.trail
    ] == sets()
    assert len(sets()) == 2
    assert len([each for each in engine.asked if each.startswith("commit")]) < 14
    signed = quorum.check(blocks, CHARTER, blocks.block.header.app)
    assert (signed.changes, signed.entitled) == (2, 4)


def test_a_trail_found_once_is_kept_for_when_the_engine_has_forgotten(tmp_path, monkeypatch):
    with chain(tmp_path, Recorded(), monkeypatch) as found:
        found.follow()
    with chain(tmp_path, engine := Recorded(oldest=LATEST), monkeypatch) as found:
        blocks = found.witness(head_of(LATEST - 1))
    assert len(blocks.trail) == 2 and engine.asked == [f"commit {LATEST}"]


def test_a_running_node_keeps_the_trail_and_waits_where_its_engine_is_not_ready(tmp_path, monkeypatch):
    monkeypatch.setattr(proving, "founding_of", lambda home: CHARTER)
    with chain(tmp_path, Recorded(), monkeypatch):
        proving.keep_trail(Home(tmp_path))
    assert (tmp_path / "trail.json").exists()
    with chain(tmp_path / "other", Recorded(oldest=LATEST), monkeypatch):
        proving.keep_trail(Home(tmp_path / "other"))
    assert not (tmp_path / "other" / "trail.json").exists()


@pytest.mark.parametrize("kept", [b"", b"[]", b"noise", b'[{"block": 1}]'])
def test_a_kept_trail_that_is_damaged_is_found_anew(tmp_path, monkeypatch, kept):
    (tmp_path / "trail.json").write_bytes(kept)
    with chain(tmp_path, Recorded(), monkeypatch) as found:
        assert len(found.witness(head_of(LATEST - 1)).trail) == 2
    assert (tmp_path / "trail.json").stat().st_size > 1_000


def test_a_kept_trail_that_was_forged_is_found_anew(tmp_path, monkeypatch):
    with chain(tmp_path, Recorded(), monkeypatch) as found:
        found.follow()
    right = json.loads((tmp_path / "trail.json").read_bytes())
    right[0]["block"]["votes"][0]["time_ns"] += 1
    (tmp_path / "trail.json").write_text(json.dumps(right))
    with chain(tmp_path, engine := Recorded(), monkeypatch) as found:
        assert len(found.witness(head_of(LATEST - 1)).trail) == 2
    assert len(engine.asked) > 3


def test_a_node_that_forgot_the_change_says_who_can_prove(tmp_path, monkeypatch):
    last_change = sets()[-1][0]
    with (
        chain(tmp_path, Recorded(oldest=last_change), monkeypatch) as found,
        pytest.raises(NotProvable, match="on the node of a member that was there"),
    ):
        found.witness(head_of(LATEST - 1))


def test_a_block_that_no_quorum_has_signed_is_waited_for_and_then_named(tmp_path, monkeypatch):
    with (
        chain(tmp_path, Recorded(), monkeypatch) as found,
        pytest.raises(NotProvable, match=f"block {LATEST + 1}"),
    ):
        found.witness(head_of(LATEST))
