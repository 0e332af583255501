"""The evidence that a quorum of the members stands behind one hash, and its checking from bytes alone.

`cometbft`: the members' validators signed the engine's block whose header carries the hash. Who validates is what
the charter says, and after that what each changed set signed for the next: the trail.
`embedded`: a union on one machine has no validators; members' audit keys sign the hash itself.

What the engine hashes and signs is protobuf; the few messages that matter are written here by hand, from CometBFT's
specification, so that nothing has to be trusted that is not in this file. Times are nanoseconds, UTC.
"""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final

import msgspec

from mufakat.audit.tree import tree_head
from mufakat.model.charter import Charter, Role, union_id
from mufakat.model.signing import Domain, is_signed, is_signed_bare

POWER: Final = 10
"""Voting power of a founding member's validator, as the engine's genesis has it."""
_PRECOMMIT: Final = 2
_NANOS: Final = 1_000_000_000
Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""A number as the engine has them: 63 bits, not negative."""


class ProofRefused(Exception):
    """The proof does not prove what it says; the text names what does not hold."""


class Hex(bytes):
    """Bytes that a file writes as hex digits in lower case."""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a proof's file; a field that it does not know is an error."""


class LastBlock(Part, frozen=True):
    """The engine's identifier of the block before: its hash, and the number and hash of its parts."""

    hash: Hex
    parts: Count
    parts_hash: Hex


class Header(Part, frozen=True):
    """A block's header, all that its hash covers; the chain's name is not here: it follows from the charter.

    `app`: the hash of history and state after the block before. `validators` signed this block, `next_validators`
    sign the one after it; both are hashes of sets.
    """

    block_version: Count
    app_version: Count
    height: Count
    time_ns: Count
    last_block: LastBlock
    last_commit: Hex
    data: Hex
    validators: Hex
    next_validators: Hex
    consensus: Hex
    app: Hex
    last_results: Hex
    evidence: Hex
    proposer: Hex


class Vote(Part, frozen=True):
    """A validator's signature for a block, at its own time. `validator`: its address, 20 bytes."""

    validator: Hex
    time_ns: Count
    signature: Hex


class Block(Part, frozen=True):
    """A header, and the votes that decided it in a round; `parts` and `parts_hash` are part of what is signed."""

    header: Header
    round: Count
    parts: Count
    parts_hash: Hex
    votes: tuple[Vote, ...]


class Validator(Part, frozen=True):
    """A validator: its public key and its voting power."""

    public: Hex
    power: Count


class Change(Part, frozen=True):
    """A change of validators: the block in which the set before it signed for the set after it."""

    block: Block
    validators: tuple[Validator, ...]


class Blocks(Part, frozen=True, tag_field="kind", tag="cometbft"):
    """The block whose header carries the hash, and the trail of sets from the charter's to its own."""

    block: Block
    trail: tuple[Change, ...]


class Cosignature(Part, frozen=True):
    """A member's signature over a head, by an audit key of its own."""

    member: str
    key: Hex
    signature: Hex


class Cosigned(Part, frozen=True, tag_field="kind", tag="embedded"):
    """Members' signatures over the head of an embedded node."""

    signatures: tuple[Cosignature, ...]


Quorum = Blocks | Cosigned


class Signed(msgspec.Struct, frozen=True):
    """Who signed. `signers`: their public keys; `entitled`: how many could have.

    `block`, `time_ns`: the engine's block and its time; 0 where there is none. `changes`: how often the validators
    changed since the charter.
    """

    kind: str
    signers: tuple[bytes, ...]
    entitled: int
    block: int = 0
    time_ns: int = 0
    changes: int = 0


def hex_of(kind: type[Any], value: object) -> Hex:
    """Read hex digits as msgspec meets them; raises ValueError for what is not in lower case and whole."""
    assert kind is Hex, "no other type of a proof needs help"
    if not isinstance(value, str):
        raise ValueError("hex digits are wanted")  # noqa: TRY004 - msgspec takes this as a fault of the data
    data = Hex.fromhex(value)
    if data.hex() != value:
        raise ValueError("hex digits in lower case are wanted, nothing between them")
    return data


def check(quorum: Quorum, charter: Charter, head: bytes) -> Signed:
    """Check that a quorum of the union that `charter` founds signed `head` (32 bytes); raises ProofRefused."""
    validators = founding_validators(charter)
    if isinstance(quorum, Cosigned):
        if validators:
            raise ProofRefused(
                "the members of this union commit by their validators; signatures of audit keys do not count"
            )
        return _check_cosigned(quorum, charter, head)
    if not validators:
        raise ProofRefused("the charter gives no member a validator; blocks prove nothing in this union")
    return _check_blocks(quorum, validators, union_id(charter), head)


# -- members of an embedded union -----------------------------------------------------------------------


def head_message(union: bytes, head: bytes) -> bytes:
    """Return what a member's audit key signs in the domain HEAD: the union's identifier and the head's hash."""
    return union + head


def audit_keys(charter: Charter, member: str) -> tuple[bytes, ...]:
    """Return the audit keys that the charter gives a member; none when there is no such member."""
    found = charter.member(member)
    return tuple(key.public for key in found.keys if Role.AUDIT in key.roles) if found else ()


def _check_cosigned(quorum: Cosigned, charter: Charter, head: bytes) -> Signed:
    message = head_message(union_id(charter), head)
    signed: dict[str, bytes] = {}
    for each in quorum.signatures:
        if each.member in signed:
            raise ProofRefused(f"member {each.member!r} is counted twice")
        if each.key not in audit_keys(charter, each.member):
            raise ProofRefused(f"{each.key.hex()} is no audit key that the charter gives {each.member!r}")
        if not is_signed(each.key, Domain.HEAD, message, each.signature):
            raise ProofRefused(f"the signature of member {each.member} does not fit the head")
        signed[each.member] = each.key
    needed = charter.rules.day_quorum
    if len(signed) < needed:
        raise ProofRefused(f"{len(signed)} members signed; the charter asks for {needed}")
    return Signed("embedded", tuple(signed.values()), len(charter.members))


# -- the engine's blocks --------------------------------------------------------------------------------


def chain_of(union: bytes) -> str:
    """Name the engine's chain of a union."""
    return f"mufakat-{union.hex()[:32]}"


def address_of(public: bytes) -> bytes:
    """Return the engine's address of a validator, 20 bytes."""
    return hashlib.sha256(public).digest()[:20]


def founding_validators(charter: Charter) -> tuple[Validator, ...]:
    """Return the validators that the charter names, in the engine's order."""
    keys = [key.public for member in charter.members for key in member.keys if Role.VALIDATE in key.roles]
    return tuple(Validator(Hex(public), POWER) for public in sorted(keys, key=address_of))


def _check_blocks(quorum: Blocks, founding: Sequence[Validator], union: bytes, head: bytes) -> Signed:
    chain = chain_of(union)
    validators = follow(founding, quorum.trail, chain)
    header = quorum.block.header
    if quorum.trail and header.height <= quorum.trail[-1].block.header.height:
        raise ProofRefused(f"block {header.height} is not after the last change of validators")
    signers = check_block(quorum.block, validators, chain)
    if header.app != head:
        raise ProofRefused(f"the header of block {header.height} carries another hash than this head's")
    return Signed("cometbft", signers, len(validators), header.height, header.time_ns, len(quorum.trail))


def follow(founding: Sequence[Validator], trail: Iterable[Change], chain: str) -> Sequence[Validator]:
    """Return the validators to which a trail leads from the founding ones; raises ProofRefused."""
    validators, height = founding, 0
    for change in trail:
        header = change.block.header
        if header.height <= height:
            raise ProofRefused(
                f"the change of validators in block {header.height} is not after the one before"
            )
        check_block(change.block, validators, chain)
        if set_hash(change.validators) != header.next_validators:
            raise ProofRefused(f"block {header.height} names other next validators than the trail does")
        validators, height = change.validators, header.height
    return validators


def check_block(block: Block, validators: Sequence[Validator], chain: str) -> tuple[bytes, ...]:
    """Return the public keys of those who signed a block, over two thirds of the power; raises ProofRefused."""
    header = block.header
    place = f"block {header.height}"
    if set_hash(validators) != header.validators:
        raise ProofRefused(
            f"{place} was signed by other validators than the charter and the trail lead to: "
            "another union's block, or a change is missing from the trail"
        )
    digest = header_hash(header, chain)
    known = {address_of(each.public): each for each in validators}
    signed: dict[bytes, Validator] = {}
    for vote in block.votes:
        validator = known.get(vote.validator)
        if validator is None:
            raise ProofRefused(f"{place}: {vote.validator.hex()} is no validator of it")
        if vote.validator in signed:
            raise ProofRefused(f"{place}: validator {vote.validator.hex()} is counted twice")
        if not is_signed_bare(validator.public, vote_bytes(block, digest, vote, chain), vote.signature):
            raise ProofRefused(f"{place}: the signature of validator {vote.validator.hex()} does not fit it")
        signed[vote.validator] = validator
    power, total = (sum(each.power for each in some) for some in (signed.values(), validators))
    if 3 * power <= 2 * total:
        raise ProofRefused(f"{place}: {power} of {total} voting power signed; it takes more than two thirds")
    return tuple(bytes(each.public) for each in signed.values())


def set_hash(validators: Iterable[Validator]) -> bytes:
    """Return the hash of a set of validators, in the order of the engine: a tree of SimpleValidator messages."""
    return tree_head([_message(1, _bytes(1, each.public)) + _number(2, each.power) for each in validators])


def header_hash(header: Header, chain: str) -> bytes:
    """Return a block's hash: a tree over its header's fields, each as a protobuf message."""
    before = header.last_block
    return tree_head(
        [
            _number(1, header.block_version) + _number(2, header.app_version),
            _bytes(1, chain.encode()),
            _number(1, header.height),
            _time(header.time_ns),
            _block_id(before.hash, before.parts, before.parts_hash),
            *(
                _bytes(1, each)
                for each in (
                    header.last_commit,
                    header.data,
                    header.validators,
                    header.next_validators,
                    header.consensus,
                    header.app,
                    header.last_results,
                    header.evidence,
                    header.proposer,
                )
            ),
        ]
    )


def vote_bytes(block: Block, digest: bytes, vote: Vote, chain: str) -> bytes:
    """Return what a validator signs to decide a block: a CanonicalVote of type precommit, after its length."""
    message = (
        _number(1, _PRECOMMIT)
        + _fixed(2, block.header.height)
        + _fixed(3, block.round)
        + _message(4, _block_id(digest, block.parts, block.parts_hash))
        + _message(5, _time(vote.time_ns))
        + _bytes(6, chain.encode())
    )
    return _varint(len(message)) + message


# -- protobuf: a field that is zero or empty is left out, a message that must be there is not ------------


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value) if value else b""


def _fixed(field: int, value: int) -> bytes:
    return _varint(field << 3 | 1) + struct.pack("<q", value) if value else b""


def _message(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _bytes(field: int, value: bytes) -> bytes:
    return _message(field, value) if value else b""


def _time(time_ns: int) -> bytes:
    return _number(1, time_ns // _NANOS) + _number(2, time_ns % _NANOS)


def _block_id(digest: bytes, parts: int, parts_hash: bytes) -> bytes:
    return _bytes(1, digest) + _message(2, _number(1, parts) + _bytes(2, parts_hash))
