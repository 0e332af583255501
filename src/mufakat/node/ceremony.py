"""The founding ceremony: each member signs the charter on its own machine, and nobody holds another's key.

What travels between them is the charter file and one small signature file a member; both are public. Whoever has
the file and all signatures can found the same union: the genesis is the same bytes everywhere.
"""

from pathlib import Path
from typing import Literal

import msgspec

from mufakat.model.charter import Charter, Genesis, Member, Role, union_id
from mufakat.model.proposal import admission_bytes
from mufakat.model.signing import Domain, is_signed, sign
from mufakat.node.keys import KeyRing


class CharterSignature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member's signature under a charter; bytes as hex. `union` is what was signed: the charter's identifier."""

    union: str
    member: str
    public: str
    signature: str
    mufakat_signature: Literal[1] = 1


class SignatureRefused(Exception):
    """A signature cannot be made or taken; the text says which and why."""


def sign_charter(charter: Charter, member: str, ring: KeyRing) -> CharterSignature:
    """Sign a charter with a member's vote key; raises SignatureRefused, or KeyUnusable when it is not here."""
    public, private = _vote_pair(charter.member(member), member, ring)
    union = union_id(charter)
    return CharterSignature(union.hex(), member, public.hex(), sign(private, Domain.CHARTER, union).hex())


def sign_admission(union: bytes, entry: Member, ring: KeyRing) -> bytes:
    """Sign a new member's entry with its vote key, as it agrees to its admission; raises as `sign_charter`."""
    _, private = _vote_pair(entry, entry.id, ring)
    return sign(private, Domain.ADMISSION, admission_bytes(union, entry))


def _vote_pair(entry: Member | None, member: str, ring: KeyRing) -> tuple[bytes, bytes]:
    """Return the member's vote key that is here; it must be one that its entry names."""
    public, private = ring.pair(member, Role.VOTE)
    if public not in _voting(entry):
        raise SignatureRefused(
            f"the vote key of {member} on this machine, {public.hex()}, is not in the charter; "
            f"`mufakat keys make {member}` prints the lines that belong there"
        )
    return public, private


def encode_signature(signature: CharterSignature) -> bytes:
    """Return the bytes of a signature file."""
    return msgspec.json.format(msgspec.json.encode(signature), indent=2) + b"\n"


def read_signature(path: Path) -> CharterSignature:
    """Read a signature file; raises SignatureRefused."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=CharterSignature)
    except OSError as error:
        raise SignatureRefused(f"{path} cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SignatureRefused(f"{path} is no signature of a charter: {error}") from None


def genesis_of(charter: Charter, signatures: list[CharterSignature]) -> Genesis | list[str]:
    """Put the members' signatures under a charter; return what is wrong or missing, each with the member's name."""
    union = union_id(charter)
    given: dict[str, bytes] = {}
    faults: list[str] = []
    for each in signatures:
        fault = _fault_of(charter, union, each)
        if fault:
            faults.append(f"{each.member}: {fault}")
        else:
            given.setdefault(each.member, bytes.fromhex(each.signature))
    named = {each.member for each in signatures}
    faults += [f"{each.id}: its signature is missing" for each in charter.members if each.id not in named]
    return faults or Genesis(charter, tuple(given[member.id] for member in charter.members))


def _fault_of(charter: Charter, union: bytes, signature: CharterSignature) -> str | None:
    if charter.member(signature.member) is None:
        return "it is no member of this charter"
    if signature.union != union.hex():
        return (
            f"it signed another charter, {signature.union[:16]}…, not this one, {union.hex()[:16]}…; "
            "compare the files, then let it sign again"
        )
    try:
        public, data = bytes.fromhex(signature.public), bytes.fromhex(signature.signature)
    except ValueError:
        return "its signature is not hex"
    if public not in _voting(charter.member(signature.member)):
        return f"signed with {signature.public}, which the charter does not name as its vote key"
    return None if is_signed(public, Domain.CHARTER, union, data) else "its signature does not fit"


def _voting(entry: Member | None) -> list[bytes]:
    return [key.public for key in entry.keys if Role.VOTE in key.roles] if entry else []
