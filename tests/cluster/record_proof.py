"""Record proofs, and the blocks they rest on, from a real union of four validators.

    MUFAKAT_ENGINE=… python -m tests.cluster.record_proof

founds a union in a temporary folder, runs four nodes with their engines on loopback, settles and nets payments,
changes a validator's key twice, and writes to tests/golden/proofs what the tests of proofs read: the charter, a
proof of each kind, and the engine's answers about its blocks. Run it again when the wire format of commands,
outcomes or state changes; every run makes new keys and another union.
"""

import datetime
import json
import lzma
import tempfile
from pathlib import Path

from mufakat.core.accounts import settlement_account
from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.model.charter import KeyGrant, Role
from mufakat.model.proposal import RotateKeys
from mufakat.model.record import batch as packed
from mufakat.model.signing import public_key
from mufakat.node import assembly, proving
from mufakat.node.consortium import ConsortiumNode, wait_until
from mufakat.node.enactment import enact
from mufakat.node.engine import settings_of
from mufakat.node.fleet import Fleet
from mufakat.node.founding import AccountPlan, MemberPlan, ParticipantPlan, Plan
from mufakat.node.keys import KeyRing, generate
from mufakat.node.rpc import Rpc
from mufakat.node.session import Session
from tests.union import TUESDAY, lei, uetr

GOLDEN = Path(__file__).parent.parent / "golden" / "proofs"
BASE_PORT = 27_700
MEMBERS = {"QM": "IDR", "QN": "VND", "QO": "MYR", "QP": "THB"}
PAYER, PAYEE = "BK01QMA1XXX", "BK02QMA1XXX"
SETTLED, NETTED, REJECTED = (uetr(number) for number in (1, 2, 3))


def plan() -> Plan:
    members = tuple(
        MemberPlan(
            each, f"Central Bank of {each}", f"CBNK{each}A1XXX", lei(100 + n), currency, 2, "1000000.00"
        )
        for n, (each, currency) in enumerate(MEMBERS.items())
    )
    banks = tuple(
        ParticipantPlan(bank, lei(200 + n), "QM", (AccountPlan("IDR", "1000.00"),))
        for n, bank in enumerate((PAYER, PAYEE))
    )
    return Plan("Union of four", {"day_quorum": 3, "four_eyes": []}, members, banks)


def order(number: str, channel: c.Channel, currency: str = "IDR") -> c.PaymentOrder:
    return c.PaymentOrder(number, PAYER, PAYEE, currency, 12_345, TUESDAY, channel, bytes(32))


def quorum_says(session: Session, body: c.AnyCommand) -> None:
    for member in list(MEMBERS)[:3]:
        outcome = session.say(member, body)
        assert outcome.refusal is None, outcome


def change_validator(session: Session, member: str) -> None:
    """Give a member another validator key, which no engine here has: the other three go on without it."""
    found = session.node.charter.member(member)
    assert found is not None
    old = next(key.public for key in found.keys if Role.VALIDATE in key.roles)
    new = KeyGrant(public_key(generate()), (Role.VALIDATE,))
    outcome = session.say(member, c.Propose(RotateKeys(member, (new,), (old,)), bytes(32)))
    assert outcome.refusal is None, outcome


def chain_of(port: int) -> dict[str, object]:
    """Ask the engine for all its blocks and sets of validators."""
    rpc = Rpc(port)
    status = rpc.get("status")
    latest = int(status["sync_info"]["latest_block_height"])
    answers: dict[str, object] = {"status": {"sync_info": status["sync_info"]}}
    for height in range(1, latest + 1):
        answers[f"commit {height}"] = rpc.get("commit", height=height)
        answers[f"validators {height}"] = rpc.get("validators", height=height, page=1, per_page=100)
    rpc.close()
    return answers


def record(folder: Path) -> None:
    assembly.assemble(
        plan(), folder, lambda home: KeyRing(home.keys), BASE_PORT, datetime.datetime.now(datetime.UTC)
    )
    with Fleet(folder) as fleet:
        fleet.wait_until_up()
        home = fleet.homes["QM"]
        keys = assembly.Keychain(KeyRing(each.keys) for each in fleet.homes.values())
        with ConsortiumNode(home) as node:
            session = Session(node, keys)
            enact(assembly.planned(folder), session)
            chain = proving.Chain(home, proving.founding_charter(node))

            def keep(name: str, made: tuple[bytes, object]) -> None:
                (GOLDEN / f"{name}.json").write_bytes(made[0])

            quorum_says(session, c.DeclarePhase(TUESDAY, Phase.OPEN))
            batch = (
                order(SETTLED, c.Channel.RTGS),
                order(NETTED, c.Channel.MPNS),
                order(REJECTED, c.Channel.RTGS, "XXX"),
            )
            session.say(PAYER, packed(batch))
            keep("waiting", proving.prove_payment(node, NETTED, chain.witness))
            quorum_says(session, c.CallCycle(1))
            keep("settled", proving.prove_payment(node, SETTLED, chain.witness))
            keep("netted", proving.prove_payment(node, NETTED, chain.witness))
            keep("rejected", proving.prove_payment(node, REJECTED, chain.witness))
            keep("genesis", proving.prove_entry(node, 0, chain.witness))
            keep("entry", proving.prove_entry(node, node.entries - 1, chain.witness))
            session.say("QM", c.OpenAccount(PAYER, "VND"))  # refused: another member's currency
            keep("refused", proving.prove_entry(node, node.entries - 1, chain.witness))
            for _ in range(2):
                height = node.head().block
                change_validator(session, "QP")
                wait_until(lambda before=height: _latest(home) > before + 3, 60, "no blocks come")
                session.say(PAYER, c.ReserveLiquidity("IDR", 1))
            keep("trail", proving.prove_payment(node, SETTLED, chain.witness))
            keep("balance", proving.prove_account(node, settlement_account(PAYER, "IDR"), chain.witness))
        (GOLDEN / "charter.toml").write_bytes(home.charter.read_bytes())
        answers = json.dumps(chain_of(settings_of(home).rpc_port), sort_keys=True).encode()
        (GOLDEN / "chain.json.xz").write_bytes(lzma.compress(answers))


def _latest(home: object) -> int:
    rpc = Rpc(settings_of(home).rpc_port)
    try:
        return int(rpc.get("status")["sync_info"]["latest_block_height"])
    finally:
        rpc.close()


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mufakat-record-") as name:
        record(Path(name))
