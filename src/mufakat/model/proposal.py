"""Changes that members propose and vote on, and the class of rule that says how many must agree.

A member's own affairs are that member's alone; the rest needs votes: more than the charter's part of the members
entitled to vote, or all of them. Tags are permanent, new fields come last. Amounts are minor units.
"""

import datetime
import enum
from typing import Final

import msgspec

from mufakat.model.charter import KeyGrant, Member, Role, Rules
from mufakat.model.identifier import MemberId, member_id
from mufakat.model.money import Amount
from mufakat.model.signing import Domain, is_signed


class RuleClass(enum.IntEnum):
    """How many must agree to a change."""

    OWN = 0
    ORDINARY = 1
    CONSTITUTIONAL = 2
    UNANIMITY = 3


class Change(msgspec.Struct, frozen=True, array_like=True, tag_field="kind", forbid_unknown_fields=True):
    """What all changes share."""


class SetRule(Change, frozen=True, tag=1):
    """Set one of the charter's rules, named as in `rules`, such as `day_quorum` or `governance.voting_days`."""

    name: str
    value: int | tuple[int | str, ...]


class AmendEntry(Change, frozen=True, tag=2):
    """A member amends its own entry in the charter; what is absent stays as it is."""

    member: MemberId
    name: str | None = None
    max_payment: Amount | None = None
    holidays: tuple[datetime.date, ...] | None = None
    peer: str | None = None


class RotateKeys(Change, frozen=True, tag=3):
    """A member grants and revokes keys, of its own or of a participant that it sponsors, in one step."""

    owner: str
    granted: tuple[KeyGrant, ...]
    revoked: tuple[bytes, ...]


class AdmitMember(Change, frozen=True, tag=4):
    """Admit a member. `consent`: its voting key's signature over `admission_bytes`, domain ADMISSION."""

    member: Member
    consent: bytes


class SuspendMember(Change, frozen=True, tag=5):
    """Suspend a member: it and its banks enter nothing new, and it neither votes nor validates."""

    member: MemberId


class ReadmitMember(Change, frozen=True, tag=6):
    """End a member's suspension."""

    member: MemberId


class ReleaseMember(Change, frozen=True, tag=7):
    """Let a member go: what is registered runs off, without its vote."""

    member: MemberId


class LeaveUnion(Change, frozen=True, tag=8):
    """A member leaves: nothing new, and gone when what is registered has run off."""

    member: MemberId


class AdoptList(Change, frozen=True, tag=9):
    """Adopt a list, such as the United Nations' or that of goods, by the SHA-256 of its content."""

    name: str
    version: int
    digest: bytes


class AdoptProtocol(Change, frozen=True, tag=10):
    """Switch to another version of the rules' program from a height on."""

    version: int
    height: int


class HaltUnion(Change, frozen=True, tag=11):
    """Stop everything but votes, at once."""


class ResumeUnion(Change, frozen=True, tag=12):
    """Go on after a halt, at once."""


class DeferLoss(Change, frozen=True, tag=13):
    """Carry what is left of the loss of default `default` until a business date, and call for it anew then."""

    default: int
    party: str
    until: datetime.date


class EndDefault(Change, frozen=True, tag=14):
    """End default `default` of `party`: it may do business again, and what was not paid back is lost."""

    default: int
    party: str


AnyChange = (
    SetRule
    | AmendEntry
    | RotateKeys
    | AdmitMember
    | SuspendMember
    | ReadmitMember
    | ReleaseMember
    | LeaveUnion
    | AdoptList
    | AdoptProtocol
    | HaltUnion
    | ResumeUnion
    | DeferLoss
    | EndDefault
)

CLASSES: Final[dict[type, RuleClass]] = {
    AmendEntry: RuleClass.OWN,
    RotateKeys: RuleClass.OWN,
    AdmitMember: RuleClass.CONSTITUTIONAL,
    SuspendMember: RuleClass.CONSTITUTIONAL,
    ReadmitMember: RuleClass.CONSTITUTIONAL,
    ReleaseMember: RuleClass.CONSTITUTIONAL,
    LeaveUnion: RuleClass.OWN,
    AdoptList: RuleClass.ORDINARY,
    AdoptProtocol: RuleClass.CONSTITUTIONAL,
    HaltUnion: RuleClass.ORDINARY,
    ResumeUnion: RuleClass.ORDINARY,
    DeferLoss: RuleClass.ORDINARY,
    EndDefault: RuleClass.CONSTITUTIONAL,
}
"""The class of each change but SetRule, which goes by its rule."""

RULES: Final[dict[str, RuleClass]] = {
    "day_quorum": RuleClass.CONSTITUTIONAL,
    "four_eyes": RuleClass.CONSTITUTIONAL,
    "set_off_horizon_days": RuleClass.ORDINARY,
    "value_date_horizon_days": RuleClass.ORDINARY,
    "max_validity_seconds": RuleClass.ORDINARY,
    "max_batch_items": RuleClass.ORDINARY,
    "max_command_bytes": RuleClass.ORDINARY,
    "governance.ordinary": RuleClass.UNANIMITY,
    "governance.constitutional": RuleClass.UNANIMITY,
    "governance.ordinary_notice_days": RuleClass.UNANIMITY,
    "governance.constitutional_notice_days": RuleClass.UNANIMITY,
    "governance.voting_days": RuleClass.UNANIMITY,
    "fixing.basket": RuleClass.CONSTITUTIONAL,
    "fixing.numeraire": RuleClass.CONSTITUTIONAL,
    "fixing.outlier_bp": RuleClass.ORDINARY,
    "fixing.max_age_days": RuleClass.ORDINARY,
    "compliance.list_needed": RuleClass.CONSTITUTIONAL,
    "compliance.review_days": RuleClass.ORDINARY,
    "compliance.proved": RuleClass.CONSTITUTIONAL,
    "swing.settle_every_days": RuleClass.UNANIMITY,
    "swing.quotas": RuleClass.UNANIMITY,
    "swing.charge_tiers": RuleClass.UNANIMITY,
    "swing.currency_shares": RuleClass.CONSTITUTIONAL,
    "swing.line_shares": RuleClass.CONSTITUTIONAL,
    "swing.concentration_floor": RuleClass.CONSTITUTIONAL,
    "default.on": RuleClass.CONSTITUTIONAL,
    "default.overdue_days": RuleClass.CONSTITUTIONAL,
    "default.unpaid_days": RuleClass.CONSTITUTIONAL,
    "default.unwind": RuleClass.CONSTITUTIONAL,
    "default.cap_bp": RuleClass.CONSTITUTIONAL,
    "default.by_exposure": RuleClass.CONSTITUTIONAL,
    "default.deferral_days": RuleClass.CONSTITUTIONAL,
}
"""The class of each rule that can be set."""


def class_of(change: AnyChange) -> RuleClass:
    """Return how many must agree to a change; to set a rule that is not there, all."""
    if isinstance(change, SetRule):
        return RULES.get(change.name, RuleClass.UNANIMITY)
    return CLASSES[type(change)]


def concerned(change: AnyChange) -> MemberId | None:
    """Return the member that has no vote on a change because it is about that member."""
    if isinstance(change, DeferLoss | EndDefault):
        return member_id(change.party)
    return change.member if isinstance(change, SuspendMember | ReadmitMember | ReleaseMember) else None


def is_at_once(change: AnyChange) -> bool:
    """Tell whether a change takes effect as soon as it has passed, without notice."""
    return class_of(change) is RuleClass.OWN or isinstance(change, HaltUnion | ResumeUnion | DeferLoss)


def law_of(change: AnyChange) -> str:
    """Name the rule that a change puts in force: a later change of the same rule takes its place."""
    match change:
        case SetRule():
            return f"rules.{change.name}"
        case AmendEntry():
            return f"member.{change.member}.entry"
        case RotateKeys():
            return f"keys.{change.owner}"
        case AdmitMember():
            return f"member.{change.member.id}.admission"
        case SuspendMember() | ReadmitMember() | ReleaseMember() | LeaveUnion():
            return f"member.{change.member}.standing"
        case AdoptList():
            return f"list.{change.name}"
        case AdoptProtocol():
            return "protocol"
        case DeferLoss() | EndDefault():
            return f"default.{change.default}"
    assert isinstance(change, HaltUnion | ResumeUnion), "every change has its law"
    return "halt"


def with_rule(rules: Rules, name: str, value: int | tuple[int | str, ...]) -> Rules | None:
    """Return the rules with one set, or None when the value is not of that rule's kind."""
    assert name in RULES, "the caller knows the rule"
    plain = msgspec.to_builtins(rules)
    group, _, field = name.rpartition(".")
    if group:
        part = plain[Rules.__struct_fields__.index(group)]
        part[getattr(rules, group).__struct_fields__.index(field)] = value
    else:
        plain[Rules.__struct_fields__.index(field)] = value
    try:
        return msgspec.convert(plain, Rules)
    except msgspec.ValidationError:
        return None


def admission_bytes(union: bytes, member: Member) -> bytes:
    """Return what a new member's voting key signs to agree to its admission."""
    return msgspec.msgpack.encode((union, member))


def consents(union: bytes, change: AdmitMember) -> bool:
    """Tell whether a voting key of the new member signed its entry for this union."""
    message = admission_bytes(union, change.member)
    voting = [key.public for key in change.member.keys if Role.VOTE in key.roles]
    return any(is_signed(public, Domain.ADMISSION, message, change.consent) for public in voting)
