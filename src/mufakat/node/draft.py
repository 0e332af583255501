"""Drafts: a command that its author has signed, and that others sign on machines of their own before it is said.

Nothing half approved is on the log. What travels is a file with the bytes that were signed, and with nothing else
that could be read in their place. A draft takes the next sequence number of its author's key, so that it is void as
soon as the key says anything else, and it is valid for as long as the charter lets a command be.
"""

import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from mufakat.core.authorisation import Cosigner, cosigners_of, refuse_signatures
from mufakat.model import command as c
from mufakat.model.outcome import Outcome
from mufakat.model.plain import plain
from mufakat.model.signing import Domain, sign
from mufakat.node.access import UnionNode
from mufakat.node.session import Session


class DraftRefused(Exception):
    """A draft cannot be read, approved or sent; the text says why."""


class DraftFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file: a signed command's bytes as hex."""

    command: str
    mufakat_draft: Literal[1] = 1


class Reading(msgspec.Struct, frozen=True):
    """What a draft says. `approved` and `missing` name whose approve keys have signed, and whose have still to."""

    author: str
    command: str
    fields: dict[str, Any]
    union: str
    sequence: int
    valid_until: str
    approved: tuple[str, ...]
    missing: tuple[str, ...]


def make(session: Session, author: str, body: c.AnyCommand) -> c.SignedCommand:
    """Sign a command with the author's key, and with those that are here and sign beside; raises KeyUnusable."""
    node, keys = session.node, session.keys
    own = keys.pair(author, c.role_of(body))
    now = node.now_us()
    until = now + node.charter.rules.max_validity_seconds * 1_000_000
    instruction = c.Instruction(node.union, author, own[0], node.next_sequence(own[0]), now, until, body)
    here = [each for each in cosigners_of(node.charter, author, body) if keys.has(*each)]
    return c.signed_by(instruction, own, *(keys.pair(*each) for each in here))


def encode(signed: c.SignedCommand) -> bytes:
    """Return the bytes of a draft's file."""
    return msgspec.json.format(msgspec.json.encode(DraftFile(c.encode(signed).hex())), indent=2) + b"\n"


def read(path: Path, node: UnionNode) -> c.SignedCommand:
    """Read a draft of this union whose signatures fit, its author's own among them; raises DraftRefused."""
    try:
        data = bytes.fromhex(msgspec.json.decode(path.read_bytes(), type=DraftFile).command)
    except OSError as error:
        raise DraftRefused(f"{path} cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, ValueError) as error:
        raise DraftRefused(f"{path} is no draft of a command: {error}") from None
    _, signed, digest = c.arrive(data)
    if signed is None:
        raise DraftRefused(f"{path} holds no command that this program knows")
    wrong = refuse_signatures(signed, digest, node.union)
    if wrong is not None:
        raise DraftRefused(f"{path}: {wrong.reason.name}: {wrong.text}")
    key = node.key(signed.instruction.key)
    if key is None or key.revoked or key.owner != signed.instruction.author:
        raise DraftRefused(f"{path} is not signed with a key of its author that is in force")
    cosigners = dict(cosigners_of(node.charter, key.owner, signed.instruction.body))
    if any(node.charter.member(each) is None and not node.is_participant(each) for each in cosigners):
        raise DraftRefused(f"{path} asks for the approval of who is no member and no participant")
    return signed


def _missing(node: UnionNode, signed: c.SignedCommand) -> list[Cosigner]:
    """Return who has still to sign beside the author."""
    said = signed.instruction
    missing = list(cosigners_of(node.charter, said.author, said.body))
    for signature in signed.signatures[1:]:
        key = node.key(signature.key)
        if key is None or key.revoked:
            continue
        met = next((each for each in missing if each[0] == key.owner and each[1] in key.roles), None)
        if met is not None:
            missing.remove(met)
    return missing


def reading(node: UnionNode, signed: c.SignedCommand) -> Reading:
    """Say what a draft says, and who has still to approve it."""
    said = signed.instruction
    missing = _missing(node, signed)
    wanted = list(cosigners_of(node.charter, said.author, said.body))
    for each in missing:
        wanted.remove(each)
    approved = [owner for owner, _ in wanted]
    until = datetime.datetime.fromtimestamp(said.valid_until_us // 1_000_000, datetime.UTC)
    return Reading(
        said.author,
        type(said.body).__name__,
        {name: value for name, value in plain(said.body).items() if name != "kind"},
        said.union.hex(),
        said.sequence,
        until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        tuple(approved),
        tuple(owner for owner, _ in missing),
    )


def approve(session: Session, signed: c.SignedCommand, approver: str) -> c.SignedCommand:
    """Add the signature of an approver's key; raises DraftRefused when it is not asked for, or KeyUnusable."""
    missing = _missing(session.node, signed)
    asked = next((each for each in missing if each[0] == approver), None)
    if asked is None:
        whose = f"that of {', '.join(owner for owner, _ in missing)}" if missing else "nobody's"
        raise DraftRefused(f"the approval of {approver} is not asked for; {whose} is")
    public, private = session.keys.pair(*asked)
    signature = sign(private, Domain.COMMAND, c.signing_bytes(signed.instruction))
    whole = c.SignedCommand(signed.instruction, (*signed.signatures, c.Signature(public, signature)))
    if _missing(session.node, whole) == missing:
        raise DraftRefused(
            f"the {asked[1]} key of {approver} on this machine is not in force: {public.hex()}"
        )
    return whole


def send(node: UnionNode, signed: c.SignedCommand) -> Outcome:
    """Say a draft to the union; raises DraftRefused while an approval is missing."""
    missing = reading(node, signed).missing
    if missing:
        raise DraftRefused(f"it needs the approval of {', '.join(missing)} first: `mufakat draft approve`")
    return node.submit([c.encode(signed)])[0]
