"""Making a proof of an outcome or a balance: what `audit.proof` checks with the charter alone.

The entry, its audit path and the record come from the node; the evidence of the quorum from the engine, whose
block after an entry carries the hash of history and state, signed by the members' validators; on an embedded node
from the members' audit keys. A proof leaves here only after it was checked as its reader will check it.
"""

import base64
import contextlib
import datetime
import time
from collections.abc import Callable
from typing import Any, Final

import msgspec

from mufakat.audit import proof as proofs
from mufakat.audit import quorum
from mufakat.audit.proof import Entry, Proof, Verdict
from mufakat.audit.quorum import (
    Block,
    Blocks,
    Change,
    Cosignature,
    Cosigned,
    Header,
    Hex,
    ProofRefused,
    Quorum,
)
from mufakat.audit.staterecord import KEYS, stated
from mufakat.core.proof import ACCOUNTS, PAYMENTS, is_proved
from mufakat.journal.durable import write_whole
from mufakat.model import command as c
from mufakat.model.charter import Charter, Genesis, Role, union_id
from mufakat.model.signing import Domain, sign
from mufakat.node.abci.query import Head, Included, Recorded
from mufakat.node.access import ProvableNode, Signer
from mufakat.node.engine import genesis_in, settings_of
from mufakat.node.home import Home
from mufakat.node.rpc import EngineUnreachable, Refused, Rpc
from mufakat.projections import timeline

PATIENCE_SECONDS: Final = 15.0
"""How long to wait for the block that carries the newest hash; the engine makes it at once when it can."""
_POLL_SECONDS: Final = 0.1
_ATTEMPTS: Final = 100
_TOO_FAST: Final = "the log grows faster than it can be asked; try again when it is quieter"
_FOR_THE_BLOCK: Final = 2
"""What the engine calls a vote for the block, not for none and not absent."""
_PAGE: Final = 100

Witness = Callable[[Head], Quorum]
"""Gives the evidence that a quorum of the members signed a head."""


class NotProvable(Exception):
    """There is nothing to prove, or this node lacks what a proof needs; the text says what to do."""


def prove_payment(node: ProvableNode, uetr: str, witness: Witness) -> tuple[bytes, Verdict]:
    """Prove the order of a payment, what became of it in its entry, and how it stands now.

    Returns the proof's file and what it shows. Raises NotProvable, and what the node raises.
    """
    steps = timeline.steps(node.views.sql, uetr)
    if not steps:
        raise NotProvable(f"no payment on the log has the UETR {uetr}; an entry is proved by its number")
    included, recorded = _at_one_head(node, steps[0].entry, lambda _: (PAYMENTS, uetr))
    return _made(node, witness, recorded, included, payment=uetr)


def prove_entry(node: ProvableNode, number: int, witness: Witness) -> tuple[bytes, Verdict]:
    """Prove one entry of the log, whatever it is, and whose key its command names; as `prove_payment`."""
    included, recorded = _at_one_head(node, number, _key_of)
    return _made(node, witness, recorded, included)


def prove_account(node: ProvableNode, account: str, witness: Witness) -> tuple[bytes, Verdict]:
    """Prove the balance of an account, and what of it is bound, as it stands now; as `prove_payment`."""
    for _ in range(_ATTEMPTS):
        recorded = node.recorded(ACCOUNTS, account)
        if recorded is None:
            raise NotProvable(f"there is no account {account}; `mufakat positions` lists them")
        if is_proved(recorded.proof, recorded.head.state_root):
            return _made(node, witness, recorded, account=account)
    raise NotProvable(_TOO_FAST)


def _key_of(included: Included) -> tuple[str, str] | None:
    signed = c.decode(included.command)
    return (KEYS, signed.instruction.key.hex()) if signed else None


def _at_one_head(
    node: ProvableNode, number: int, record_of: Callable[[Included], tuple[str, str] | None]
) -> tuple[Included, Recorded | None]:
    """Return an entry and a record as they are under one head; the log may grow between two questions."""
    for _ in range(_ATTEMPTS):
        included = node.included(number)
        if included is None:
            raise NotProvable(f"there is no entry {number}; the last one is {node.entries - 1}")
        place = record_of(included)
        if place is None:
            return included, None
        recorded = node.recorded(*place)
        if recorded is None:
            return included, None
        # A block that is dealt with and not yet durable shows in the state before it shows in the head.
        if recorded.head == included.head and is_proved(recorded.proof, included.head.state_root):
            return included, recorded
    raise NotProvable(_TOO_FAST)


def _made(
    node: ProvableNode,
    witness: Witness,
    recorded: Recorded | None,
    included: Included | None = None,
    *,
    payment: str | None = None,
    account: str | None = None,
) -> tuple[bytes, Verdict]:
    """Make a proof of what is recorded or included, and check it."""
    of = included or recorded
    assert of is not None, "there is something to prove"
    charter, signed = founding_charter(node), witness(of.head)
    # Whose new validators are, the founding charter does not say.
    in_force = node.charter if isinstance(signed, Blocks) and signed.trail else None
    proof = Proof(
        proofs.FORMAT,
        Hex(union_id(charter)),
        payment,
        account,
        None if included is None else _entry_of(included),
        _head_of(of.head),
        None if recorded is None else stated(recorded.proof, in_force),
        signed,
    )
    data = proofs.encode(proof)
    return data, proofs.check(data, charter)


def _entry_of(included: Included) -> Entry:
    path = tuple(map(Hex, included.path))
    return Entry(included.seq, included.at_us, Hex(included.command), Hex(included.outcome), path)


def _head_of(head: Head) -> proofs.Head:
    return proofs.Head(head.entries, Hex(head.tree_root), Hex(head.state_root))


def founding_charter(node: ProvableNode) -> Charter:
    """Return the charter that the members signed at founding, from entry 0."""
    genesis: Genesis = msgspec.msgpack.decode(next(iter(node.log())).command, type=Genesis)
    return genesis.charter


# -- an embedded union --------------------------------------------------------------------------------------


def by_audit_keys(charter: Charter, ring: Signer) -> Witness:
    """Let the members' audit keys that are here sign a head; the witness raises NotProvable, or KeyUnusable."""

    def witness(head: Head) -> Cosigned:
        message = quorum.head_message(union_id(charter), proofs.head_hash(_head_of(head)))
        signatures = []
        for member in charter.members:
            if not ring.has(member.id, Role.AUDIT):
                continue
            public, private = ring.pair(member.id, Role.AUDIT)
            if public in quorum.audit_keys(charter, member.id):
                signature = sign(private, Domain.HEAD, message)
                signatures.append(Cosignature(member.id, Hex(public), Hex(signature)))
        needed = charter.rules.day_quorum
        if len(signatures) < needed:
            raise NotProvable(
                f"a proof needs the audit keys of {needed} members, as the founding charter names them; "
                f"{len(signatures)} are on this machine"
            )
        return Cosigned(tuple(signatures))

    return witness


# -- a union on the engine ----------------------------------------------------------------------------------


class Chain:
    """The engine's blocks as a proof needs them, over its RPC, and the changes of validators found so far."""

    def __init__(self, home: Home, charter: Charter, *, patience: float = PATIENCE_SECONDS) -> None:
        self._rpc: Final = Rpc(settings_of(home).rpc_port)
        self._kept: Final = home.folder / "trail.json"
        self._founding: Final = quorum.founding_validators(charter)
        self._chain: Final = quorum.chain_of(union_id(charter))
        self._patience: Final = patience
        self._blocks: dict[int, Block] = {}

    def witness(self, head: Head) -> Blocks:
        """Give the block after a head's own, which carries its hash; raises NotProvable or EngineUnreachable."""
        try:
            block = self._wait_for(head.block + 1)
            return Blocks(block, self.trail_to(block))
        finally:
            self._rpc.close()

    def follow(self) -> None:
        """Find and keep the changes of validators up to now, before the engine forgets their blocks."""
        try:
            latest = int(self._rpc.get("status")["sync_info"]["latest_block_height"])
            if latest:
                self.trail_to(self.block(latest))
        finally:
            self._rpc.close()

    def trail_to(self, block: Block) -> tuple[Change, ...]:
        """Return the changes of validators from the founding ones to those of a block; keeps them in HOME."""
        if block.header.validators == quorum.set_hash(self._founding):
            return ()
        trail = [each for each in self._read() if each.block.header.height < block.header.height]
        found = len(trail)
        while (current := quorum.set_hash(self._last(trail))) != block.header.validators:
            height = self._change_after(trail[-1].block.header.height if trail else 0, current, block)
            trail.append(Change(self.block(height), self._validators(height + 1)))
        if len(trail) > found:
            write_whole(
                self._kept, msgspec.json.encode(trail, enc_hook=lambda data: data.hex(), order="sorted")
            )
        return tuple(trail)

    def _last(self, trail: list[Change]) -> tuple[quorum.Validator, ...]:
        return trail[-1].validators if trail else self._founding

    def _read(self) -> list[Change]:
        """Read the changes kept before; what does not hold is found anew."""
        try:
            trail = msgspec.json.decode(self._kept.read_bytes(), type=list[Change], dec_hook=quorum.hex_of)
            quorum.follow(self._founding, trail, self._chain)
        except (FileNotFoundError, msgspec.MsgspecError, UnicodeDecodeError, ProofRefused):
            return []
        return trail

    def _change_after(self, height: int, current: bytes, block: Block) -> int:
        """Find a block of the validators `current`, after `height`, that names others for the next block."""
        first = int(self._rpc.get("status")["sync_info"]["earliest_block_height"])
        low, high = max(height + 1, first), block.header.height
        if low >= high or self.block(low).header.validators != current:
            raise NotProvable(
                f"the validators changed before block {first}, the oldest that this node still has; "
                "make the proof on the node of a member that was there"
            )
        while high - low > 1:
            middle = (low + high) // 2
            if self.block(middle).header.validators == current:
                low = middle
            else:
                high = middle
        return low

    def block(self, height: int) -> Block:
        """Return a block's header with the votes for it; raises rpc.Refused when the engine does not have it."""
        if height not in self._blocks:
            self._blocks[height] = read_block(self._rpc.get("commit", height=height)["signed_header"])
        return self._blocks[height]

    def _wait_for(self, height: int) -> Block:
        until = time.monotonic() + self._patience
        while True:
            try:
                return self.block(height)
            except Refused as refused:
                if time.monotonic() > until:
                    raise NotProvable(
                        f"no quorum of the members has signed block {height} yet ({refused.text}); try again"
                    ) from None
            time.sleep(_POLL_SECONDS)

    def _validators(self, height: int) -> tuple[quorum.Validator, ...]:
        found: list[quorum.Validator] = []
        while True:
            page = len(found) // _PAGE + 1
            answer = self._rpc.get("validators", height=height, page=page, per_page=_PAGE)
            found += [
                quorum.Validator(Hex(base64.b64decode(each["pub_key"]["value"])), int(each["voting_power"]))
                for each in answer["validators"]
            ]
            if len(found) >= int(answer["total"]):
                return tuple(found)


def keep_trail(home: Home) -> None:
    """Keep what proofs will need of the validators' changes; an engine that is not ready is asked another time."""
    with contextlib.suppress(EngineUnreachable, Refused, NotProvable):
        Chain(home, founding_of(home)).follow()


def founding_of(home: Home) -> Charter:
    """Return the founding charter from the engine's genesis in a home."""
    return genesis_in(home).charter


def read_block(signed: dict[str, Any]) -> Block:
    """Read a signed header as the engine's RPC gives it; votes for another block, or for none, say nothing."""
    header, commit = signed["header"], signed["commit"]
    parts = commit["block_id"]["parts"]
    votes = tuple(
        quorum.Vote(
            Hex.fromhex(each["validator_address"]),
            nanoseconds(each["timestamp"]),
            Hex(base64.b64decode(each["signature"])),
        )
        for each in commit["signatures"]
        if each["block_id_flag"] == _FOR_THE_BLOCK
    )
    return Block(
        _read_header(header), int(commit["round"]), int(parts["total"]), Hex.fromhex(parts["hash"]), votes
    )


def _read_header(header: dict[str, Any]) -> Header:
    before = header["last_block_id"]
    hashes = (
        "last_commit_hash",
        "data_hash",
        "validators_hash",
        "next_validators_hash",
        "consensus_hash",
        "app_hash",
        "last_results_hash",
        "evidence_hash",
        "proposer_address",
    )
    return Header(
        int(header["version"]["block"]),
        int(header["version"].get("app", 0)),
        int(header["height"]),
        nanoseconds(header["time"]),
        quorum.LastBlock(
            Hex.fromhex(before["hash"]), int(before["parts"]["total"]), Hex.fromhex(before["parts"]["hash"])
        ),
        *(Hex.fromhex(header[name]) for name in hashes),
    )


def nanoseconds(text: str) -> int:
    """Read the engine's time, RFC 3339 in UTC with up to nine decimals."""
    whole, _, decimals = text.removesuffix("Z").partition(".")
    moment = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.UTC)
    since = moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000_000 + int(decimals.ljust(9, "0"))
