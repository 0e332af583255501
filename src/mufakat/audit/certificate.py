"""A netting certificate, checked from its bytes and the charter alone.

A certificate is a JSON file: the figures of one holder, a leaf for each currency with its path in the tree over all
certificates of the cycle (RFC 9162), the root, and the members' signed commands over that root. Checking needs no
network, no node and no trust in whoever made it. Which keys are the members' says the charter that the checker has.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec

from mufakat.audit import quorum as evidence
from mufakat.audit.cycle import is_member
from mufakat.audit.quorum import Count, Hex, Part, ProofRefused
from mufakat.model import command as c
from mufakat.model.certificate import Leaf, Side, Total, cycle_root, leaf_bytes
from mufakat.model.charter import Charter, Role, union_id
from mufakat.model.identifier import MemberId
from mufakat.model.merkle import leaf_hash, root_by_path
from mufakat.model.signing import Domain, is_signed

FORMAT: Final = "mufakat certificate 1"
MOST_BYTES: Final = 1 << 20
"""More than any certificate has."""
_HASH_BYTES: Final = 32
_NOT_PROVED: Final = (
    "that the items are the holder's own: compare them with --items",
    "that nothing was done for the holder in another currency of that cycle",
    "what came after the cycle: a payment that settled in it may have been returned since",
    "that this charter is the union's: compare the union's identifier with a member",
)


class CertificateRefused(ProofRefused):
    """The certificate does not hold; the text names the figure, signature or hash that does not."""


class MemberSignature(Part, frozen=True):
    """A member's signature: `signature` (64 bytes) by `key` over `instruction`, in the domain of commands.

    `instruction`: the signed bytes, canonical MessagePack: a CertifyCycle of this union, cycle and root.
    """

    member: str
    key: Hex
    instruction: Hex
    signature: Hex


class Proven(Part, frozen=True):
    """The figures of one currency. `place`: the leaf's number in the cycle's tree; `path` leads upwards from it."""

    leaf: Leaf
    place: Count
    path: tuple[Hex, ...]


class Certificate(Part, frozen=True):
    """The whole file: what one cycle did for one `holder`, by currency. `leaves`: how many the cycle's tree has."""

    format: Literal["mufakat certificate 1"]
    union: Hex
    cycle: Count
    holder: str
    currencies: Annotated[tuple[Proven, ...], msgspec.Meta(min_length=1, max_length=1_000)]
    leaves: Count
    root: Hex
    signatures: Annotated[tuple[MemberSignature, ...], msgspec.Meta(max_length=1_000)]


class Verdict(msgspec.Struct, frozen=True):
    """What a certificate shows. `needed`: how many members had to sign; `signers`: those who did, by the charter.

    `not_counted`: members whose key the charter does not name. `not_proved` says what this does not show.
    """

    union: bytes
    name: str
    cycle: int
    holder: str
    leaves: tuple[Leaf, ...]
    root: bytes
    signers: tuple[str, ...]
    needed: int
    not_counted: tuple[str, ...]
    not_proved: tuple[str, ...]


def encode(certificate: Certificate) -> bytes:
    """Return the file of a certificate."""
    packed = msgspec.json.encode(certificate, enc_hook=lambda data: data.hex())
    return msgspec.json.format(packed, indent=1) + b"\n"


def decode(data: bytes) -> Certificate:
    """Read the file of a certificate; raises CertificateRefused when it is none."""
    if len(data) > MOST_BYTES:
        raise CertificateRefused(
            f"the file has more than {MOST_BYTES >> 10} KiB; no certificate is that large"
        )
    try:
        return msgspec.json.decode(data, type=Certificate, dec_hook=_hex_of)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CertificateRefused(f"the file is not a certificate: {error}") from None


def _hex_of(kind: type[Any], value: object) -> Hex:
    return evidence.hex_of(kind, value)


def check(data: bytes, charter: Charter) -> Verdict:
    """Check the file of a certificate against the founding charter of the union; raises CertificateRefused."""
    held = decode(data)
    union = union_id(charter)
    if held.union != union:
        raise CertificateRefused(
            f"the certificate is of union {held.union.hex()}; this charter founds union {union.hex()}"
        )
    places = [each.place for each in held.currencies]
    if places != sorted(set(places)):
        raise CertificateRefused("the currencies do not stand in the order of the cycle's tree")
    for proven in held.currencies:
        _check_figures(held, proven, charter)
    signers: list[str] = []
    others: list[str] = []
    for signature in held.signatures:
        (signers if _is_members(held, signature, charter) else others).append(signature.member)
    for names in (signers, others):
        if len(set(names)) != len(names):
            raise CertificateRefused("a member's signature stands twice")
    needed = charter.rules.day_quorum
    if len(signers) < needed:
        raise CertificateRefused(_too_few(signers, others, needed))
    return Verdict(
        union,
        charter.name,
        held.cycle,
        held.holder,
        tuple(each.leaf for each in held.currencies),
        held.root,
        tuple(sorted(signers)),
        needed,
        tuple(sorted(others)),
        _NOT_PROVED,
    )


def faults_of(leaf: Leaf, charter: Charter) -> Iterator[str]:
    """Name each figure that does not fit the others, or the charter."""
    for name, side in (("pays", leaf.pays), ("receives", leaf.receives)):
        yield from _faults_of_side(name, side)
    netted = _netted(leaf.receives) - _netted(leaf.pays)
    for name, stated, due in (
        ("position", leaf.position, netted),
        ("position", leaf.position, leaf.received - leaf.paid),
        ("saved", leaf.saved, leaf.pays.set_off.amount + _netted(leaf.pays) - leaf.paid),
    ):
        if stated != due:
            yield f"{name}: {stated} is stated, and the other figures come to {due}"
    for name in ("paid", "received", "drawn", "repaid", "lent", "given_back", "saved"):
        if getattr(leaf, name) < 0:
            yield f"{name}: {getattr(leaf, name)} is less than nothing"
    if not is_member(leaf) and min(leaf.paid, leaf.received):
        yield "paid, received: one account pays its net amount or receives it, not both"
    issuer = charter.issuer(leaf.currency)
    if issuer is not None and issuer.id != leaf.issuer:
        yield f"issuer: {leaf.currency} is issued by {issuer.id}, not by {leaf.issuer}"
    account = "" if is_member(leaf) else f"settlement/{leaf.holder}/{leaf.currency}"
    if leaf.account != account:
        yield f"account: {leaf.account!r} is not the account of {leaf.holder} in {leaf.currency}"


class _Named(NamedTuple):
    name: str
    total: Total


def _faults_of_side(name: str, side: Side) -> Iterator[str]:
    parts = [_Named(part, getattr(side, part)) for part in Side.__struct_fields__]
    for part in parts:
        if part.total.amount < 0 or part.total.items < 0:
            yield f"{name}.{part.name}: {part.total.amount} in {part.total.items} is less than nothing"
        if (part.total.amount == 0) != (part.total.items == 0):
            yield f"{name}.{part.name}: {part.total.items} items of {part.total.amount} in all"
    gross, others = parts[0].total, parts[1:]
    amount = sum(each.total.amount for each in others)
    items = sum(each.total.items for each in others)
    if gross.amount != amount:
        yield f"{name}.gross.amount: {gross.amount} is stated, and its parts come to {amount}"
    if not max(each.total.items for each in others) <= gross.items <= items:
        yield f"{name}.gross.items: {gross.items} is stated, and its parts have {items}"


def _netted(side: Side) -> int:
    return side.payments.amount + side.obligations.amount


def _check_figures(held: Certificate, proven: Proven, charter: Charter) -> None:
    leaf = proven.leaf
    if (leaf.cycle, leaf.holder) != (held.cycle, held.holder):
        raise CertificateRefused(
            f"{leaf.currency}: these are the figures of {leaf.holder} in cycle {leaf.cycle}, "
            f"not of {held.holder} in cycle {held.cycle}"
        )
    for fault in faults_of(leaf, charter):
        raise CertificateRefused(f"{leaf.currency}: {fault}")
    if any(len(each) != _HASH_BYTES for each in (*proven.path, held.root)):
        raise CertificateRefused(f"{leaf.currency}: a hash of the path, or the root, has not 32 bytes")
    tree = root_by_path(leaf_hash(leaf_bytes(leaf)), proven.place, held.leaves, proven.path)
    if tree is None or cycle_root(held.cycle, held.leaves, tree) != held.root:
        raise CertificateRefused(
            f"{leaf.currency}: the figures, as they stand here, are not those under the root of cycle "
            f"{held.cycle}: one of them, the place or the path was changed"
        )


def _is_members(held: Certificate, signature: MemberSignature, charter: Charter) -> bool:
    """Check a signature; tell whether the charter names its key as that member's.

    Raises CertificateRefused when it does not hold, or is for something else.
    """
    try:
        said = msgspec.msgpack.decode(signature.instruction, type=c.Instruction)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise CertificateRefused(f"what {signature.member} signed cannot be read") from None
    if c.signing_bytes(said) != signature.instruction:
        raise CertificateRefused(f"what {signature.member} signed is not written canonically")
    meant = c.CertifyCycle(held.cycle, held.root)
    if (said.union, said.author, said.key, said.body) != (
        held.union,
        signature.member,
        signature.key,
        meant,
    ):
        raise CertificateRefused(f"what {signature.member} signed is not this root of this union's cycle")
    if not is_signed(signature.key, Domain.COMMAND, signature.instruction, signature.signature):
        raise CertificateRefused(f"the signature of {signature.member} does not hold")
    member = charter.member(MemberId(signature.member))
    return member is not None and any(
        grant.public == signature.key and Role.SUBMIT in grant.roles for grant in member.keys
    )


def _too_few(signers: list[str], others: list[str], needed: int) -> str:
    text = f"{len(signers)} members have signed, and the charter asks for {needed}"
    if not others:
        return text
    return (
        f"{text}; this charter does not name the keys of {', '.join(sorted(others))}: "
        "what they signed is shown by a proof of its entry (mufakat prove entry)"
    )
