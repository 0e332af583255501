"""Proofs made by hand: a small union's log, its members' own signatures, and whatever a forger would change."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mufakat.audit import proof as proofs
from mufakat.audit import quorum as q
from mufakat.audit.proof import Entry, Head, Proof
from mufakat.audit.quorum import Hex
from mufakat.audit.staterecord import KEYS, StateRecord, stated
from mufakat.audit.tree import frame_of
from mufakat.core import apply
from mufakat.core.proof import ACCOUNTS, PAYMENTS, prove
from mufakat.model import command as c
from mufakat.model import outcome as outcomes
from mufakat.model.charter import Charter, Role, union_id
from mufakat.model.merkle import inclusion_proof, leaf_hash, root_of
from mufakat.model.record import batch
from mufakat.model.signing import Domain, public_key, sign
from tests.union import MEMBERS, NOON_US, Union, charter, private, settled_world

HEIGHT = 20
SECOND_NS = 1_000_000_000
BLOCK_NS = NOON_US * 1_000
Line = tuple[int, bytes, bytes]
"""An entry: log time, command, outcome."""


def digest(text: str) -> Hex:
    return Hex(hashlib.sha256(text.encode()).digest())


def raw_sign(secret: bytes, message: bytes) -> bytes:
    """Sign as the engine does, without a domain."""
    return Ed25519PrivateKey.from_private_bytes(secret).sign(message)


def secrets_of(members: Iterable[str]) -> list[bytes]:
    return [private(member, "validate") for member in members]


def validators(secrets: Iterable[bytes], power: int = q.POWER) -> tuple[q.Validator, ...]:
    publics = sorted((public_key(each) for each in secrets), key=q.address_of)
    return tuple(q.Validator(Hex(public), power) for public in publics)


def header(height: int, now: Sequence[q.Validator], after: Sequence[q.Validator], app: bytes) -> q.Header:
    before = q.LastBlock(digest(f"block {height - 1}"), 1, digest(f"parts {height - 1}"))
    return q.Header(
        11,
        1,
        height,
        BLOCK_NS + height * SECOND_NS,
        before,
        digest("commit"),
        digest("data"),
        Hex(q.set_hash(now)),
        Hex(q.set_hash(after)),
        digest("parameters"),
        Hex(app),
        digest("results"),
        digest("evidence"),
        Hex(q.address_of(now[0].public)),
    )


def signed_block(head: q.Header, secrets: Iterable[bytes], chain: str) -> q.Block:
    """A block that the holders of `secrets` voted for, each at a time of its own."""
    bare = q.Block(head, 1, 1, digest("parts"), ())
    hashed = q.header_hash(head, chain)
    votes = []
    for number, secret in enumerate(secrets):
        vote = q.Vote(Hex(q.address_of(public_key(secret))), head.time_ns + number, Hex(b""))
        signature = raw_sign(secret, q.vote_bytes(bare, hashed, vote, chain))
        votes.append(msgspec.structs.replace(vote, signature=Hex(signature)))
    return msgspec.structs.replace(bare, votes=tuple(votes))


class World:
    """A union that settled a payment, queued one and refused one; from it any proof, right or forged."""

    def __init__(self, *, embedded: bool = False) -> None:
        self.charter: Final = without_validators(charter()) if embedded else charter()
        self.union: Final = settled_world(of=self.charter)
        self.embedded: Final = embedded
        self.settled = self.union.order()
        self.accepted = self.union.order(channel=c.Channel.MPNS, amount=7)
        self.rejected = self.union.order(currency="XXX")
        orders = (self.settled, self.accepted, self.rejected, self.settled)
        self.union.tell(orders[0].debtor_agent, batch(orders))
        self.place = len(self.union.log)
        self.union.tell("QM", c.OpenAccount("NOBKQMA1XXX", "IDR"))
        self.lines = self.lines_of(self.union)

    def entry(self, number: int, lines: Sequence[Line] | None = None) -> tuple[Entry, Head]:
        """An entry and the head over `lines`; the state root is always that of the union."""
        lines = self.lines if lines is None else lines
        leaves = [leaf_hash(frame_of(seq, *line)) for seq, line in enumerate(lines)]
        at_us, command, outcome = lines[number]
        path = tuple(map(Hex, inclusion_proof(leaves, number)))
        head = Head(len(lines), Hex(root_of(leaves)), Hex(self.union.state.root()))
        return Entry(number, at_us, Hex(command), Hex(outcome), path), head

    def standing(self, table: str, key: str) -> StateRecord:
        return standing(self.union, table, key)

    def blocks(self, head: Head, voters: Iterable[str] = MEMBERS) -> q.Blocks:
        everybody = validators(secrets_of(MEMBERS))
        chain = q.chain_of(union_id(self.charter))
        of = header(HEIGHT, everybody, everybody, proofs.head_hash(head))
        return q.Blocks(signed_block(of, secrets_of(voters), chain), ())

    def cosigned(self, head: Head, members: Iterable[str] = ("QM", "QN"), role: str = "audit") -> q.Cosigned:
        message = q.head_message(union_id(self.charter), proofs.head_hash(head))
        return q.Cosigned(
            tuple(
                q.Cosignature(
                    member,
                    Hex(public_key(private(member, role))),
                    Hex(sign(private(member, role), Domain.HEAD, message)),
                )
                for member in members
            )
        )

    def quorum(self, head: Head) -> q.Quorum:
        return self.cosigned(head) if self.embedded else self.blocks(head)

    def proof(self, uetr: str | None = None, lines: Sequence[Line] | None = None) -> Proof:
        """The right proof of a payment; or of what `lines` say happened, signed by all."""
        uetr = uetr or self.settled.uetr
        entry, head = self.entry(self.place, lines)
        record = self.standing(PAYMENTS, uetr)
        union = Hex(union_id(self.charter))
        return Proof(proofs.FORMAT, union, uetr, None, entry, head, record, self.quorum(head))

    def proof_of_entry(self, number: int, record: StateRecord | None = None) -> Proof:
        entry, head = self.entry(number)
        union = Hex(union_id(self.charter))
        return Proof(proofs.FORMAT, union, None, None, entry, head, record, self.quorum(head))

    def proof_of_account(self, account: str) -> Proof:
        _, head = self.entry(0)
        union, record = Hex(union_id(self.charter)), self.standing(ACCOUNTS, account)
        return Proof(proofs.FORMAT, union, None, account, None, head, record, self.quorum(head))

    @staticmethod
    def lines_of(union: Union) -> list[Line]:
        state = apply.found(union.genesis)
        lines = [(NOON_US, msgspec.msgpack.encode(union.genesis), outcomes.encode(outcomes.DONE))]
        for data, at_us in union.log:
            outcome, _ = apply.execute(state, data, at_us)
            lines.append((at_us, data, outcomes.encode(outcome)))
        return lines

    def key(self, author: str) -> StateRecord:
        return self.standing(KEYS, public_key(private(author, "submit")).hex())


def without_validators(of: Charter) -> Charter:
    """The charter of a union that runs on one machine."""
    members = tuple(
        msgspec.structs.replace(
            member, keys=tuple(key for key in member.keys if Role.VALIDATE not in key.roles)
        )
        for member in of.members
    )
    return msgspec.structs.replace(of, members=members)


def standing(union: Union, table: str, key: str) -> StateRecord:
    held = prove(union.state, table, key)
    assert held is not None, f"no {key} in {table}"
    return stated(held)
