"""The charter: who the founding members are, what each may do, and the union's rules in numbers.

People write it as TOML; the members sign its canonical form. Its SHA-256 is the union's identifier, and
every command is signed for that identifier. Amounts are minor units, dates ISO 8601, durations seconds.
"""

import datetime
import enum
import hashlib
from typing import Final

import msgspec

from mufakat.model import calendar, identifier
from mufakat.model.basket import Fixing, faults_of_fixing
from mufakat.model.identifier import Bic, Currency, Lei, MemberId
from mufakat.model.money import MAX_AMOUNT, Amount
from mufakat.model.signing import KEY_BYTES, Domain, is_signed
from mufakat.model.swing import Swing, faults_of_swing

PROTOCOLS: Final = (1, 2)
"""Versions of the rules that this program knows. 2: a disputed obligation can still be accepted."""
MOST_KEYS: Final = 64
MOST_HOLIDAYS: Final = 1_000
LEAST_COMMAND_BYTES: Final = 65_536
LEAST_VALIDITY_SECONDS: Final = 60
"""Below these no command could be said any more, not even one that puts the rule right."""


class Role(enum.StrEnum):
    """What a key may be used for; a key can have several roles."""

    SUBMIT = "submit"
    APPROVE = "approve"
    VOTE = "vote"
    AUDIT = "audit"
    VALIDATE = "validate"


class Standing(enum.IntEnum):
    """How a member stands in the union."""

    ACTIVE = 0
    SUSPENDED = 1
    LEAVING = 2
    LEFT = 3
    RELEASED = 4


class KeyGrant(msgspec.Struct, frozen=True, array_like=True):
    """A public key (32 bytes) and the roles given to it."""

    public: bytes
    roles: tuple[Role, ...]


class Member(msgspec.Struct, frozen=True, array_like=True):
    """A central bank: the only issuer of its currency.

    `peer`: `<40 hex node id>@host:port` of its node, or empty.
    """

    id: MemberId
    name: str
    bic: Bic
    lei: Lei
    currency: Currency
    decimals: int
    max_payment: Amount
    holidays: tuple[datetime.date, ...]
    keys: tuple[KeyGrant, ...]
    peer: str = ""


class Governance(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """How the rules change.

    `ordinary`, `constitutional`: votes in favour must be more than this part (numerator, denominator) of the
    members entitled to vote. Days are calendar days between declared business dates.
    """

    ordinary: tuple[int, int] = (1, 2)
    constitutional: tuple[int, int] = (2, 3)
    ordinary_notice_days: int = 1
    constitutional_notice_days: int = 5
    voting_days: int = 30


class DefaultProcedure(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What happens when a party cannot pay; switches are 0 (no) or 1 (yes). Rule source: PFMI principle 13.

    `on`: whether there is a procedure. `overdue_days`, `unpaid_days`: at the close of which day, counted from the
    first, an unpaid advance, or an unpaid obligation, is its bank's default without anybody's word; 0 is never.
    `unwind`: whether a party's items that are not final are taken out. `cap_bp`: most that a surviving member bears
    of one loss, in basis points of what it had pledged. `by_exposure`: whether survivors share by what they had
    coming from the party, or else by what they pledged. `deferral_days`: for how long a loss is deferred at most.
    """

    on: int = 1
    overdue_days: int = 0
    unpaid_days: int = 0
    unwind: int = 1
    cap_bp: int = 10_000
    by_exposure: int = 0
    deferral_days: int = 90


class Compliance(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What compliance asks for beyond what always holds; switches are 0 (no) or 1 (yes).

    `list_needed`: whether a day opens only once the union's list is in force. `review_days`: calendar days until a
    case that nobody has decided is told to its member. `proved`: whether only obligations that a trade record names
    take part in cycles.
    """

    list_needed: int = 0
    review_days: int = 2
    proved: int = 0


class Rules(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The rules in numbers.

    `day_quorum`: how many members must declare a phase of the day, or call a cycle, before it happens.
    `four_eyes`: names of the commands that need a second signature of role approve.
    `set_off_horizon_days`: obligations due within so many days take part in set-off.
    """

    day_quorum: int
    four_eyes: tuple[str, ...]
    set_off_horizon_days: int = 30
    value_date_horizon_days: int = 10
    max_validity_seconds: int = 172_800
    max_batch_items: int = 4_096
    max_command_bytes: int = 2_097_152
    governance: Governance = Governance()
    fixing: Fixing = Fixing()
    default: DefaultProcedure = DefaultProcedure()
    swing: Swing = Swing()
    compliance: Compliance = Compliance()


class Charter(msgspec.Struct, frozen=True, array_like=True):
    """The founding agreement. Members stand in the order of their identifiers."""

    name: str
    members: tuple[Member, ...]
    rules: Rules
    protocol: int = PROTOCOLS[0]

    def member(self, member: str) -> Member | None:
        """Return the member with this identifier, or None."""
        return next((m for m in self.members if m.id == member), None)

    def issuer(self, currency: str) -> Member | None:
        """Return the member that issues `currency`, or None when nobody in the union does."""
        for member in self.members:
            if member.currency == currency:
                return member
        return None

    def settles(self, currency: str, date: datetime.date) -> bool:
        """Tell whether `currency` settles on `date`."""
        issuer = self.issuer(currency)
        return issuer is not None and calendar.works(date, issuer.holidays)


class Genesis(msgspec.Struct, frozen=True, array_like=True, tag=0):
    """Entry 0 of every journal: the charter and one signature of each founding member's voting key."""

    charter: Charter
    signatures: tuple[bytes, ...]


def union_id(charter: Charter) -> bytes:
    """Return the SHA-256 (32 bytes) of the charter's canonical form."""
    return hashlib.sha256(Domain.CHARTER.value + b"\0" + msgspec.msgpack.encode(charter)).digest()


def faults_of_genesis(genesis: Genesis) -> list[str]:
    """Name all that is wrong with a genesis; an empty list means that the union is founded."""
    faults = faults_of(genesis.charter)
    if len(genesis.signatures) != len(genesis.charter.members):
        return [*faults, f"{len(genesis.signatures)} signatures for {len(genesis.charter.members)} members"]
    message = union_id(genesis.charter)
    for member, signature in zip(genesis.charter.members, genesis.signatures, strict=True):
        voting = [key.public for key in member.keys if Role.VOTE in key.roles]
        if not any(is_signed(public, Domain.CHARTER, message, signature) for public in voting):
            faults.append(f"member {member.id}: no voting key of it signed this charter")
    return faults


def faults_of(charter: Charter, seats: int | None = None) -> list[str]:
    """Name all that is wrong with a charter, each with the field at fault.

    `seats`: how many of its members vote and count; all, unless some are suspended or leave.
    """
    members, rules = charter.members, charter.rules
    faults = [fault for member in members for fault in faults_of_member(member)]
    if charter.protocol not in PROTOCOLS:
        known = ", ".join(str(version) for version in PROTOCOLS)
        faults.append(f"protocol: {charter.protocol} is not known to this program ({known})")
    if len(members) < 2:
        faults.append("members: a union has at least two")
    if [m.id for m in members] != sorted({m.id for m in members}):
        faults.append("members: each identifier once, in alphabetical order")
    for field, values in (
        ("currency", [m.currency for m in members]),
        ("bic", [m.bic for m in members]),
        ("lei", [m.lei for m in members]),
        ("keys", [key.public for m in members for key in m.keys]),
        ("peer", [m.peer for m in members if m.peer]),
    ):
        if len(set(values)) != len(values):
            faults.append(f"members: the same {field} stands twice")
    if not majority_of(len(members) if seats is None else seats) <= rules.day_quorum <= len(members):
        faults.append("rules.day_quorum: more than half of the members, and at most all")
    for number in ("set_off_horizon_days", "value_date_horizon_days"):
        if not 0 <= getattr(rules, number) <= 366:
            faults.append(f"rules.{number}: 0 to 366")
    for number, least in (
        ("max_validity_seconds", LEAST_VALIDITY_SECONDS),
        ("max_batch_items", 1),
        ("max_command_bytes", LEAST_COMMAND_BYTES),
    ):
        if not least <= getattr(rules, number) <= 2**31:
            faults.append(f"rules.{number}: {least} to 2147483648")
    faults += _faults_of_governance(rules.governance) + _faults_of_default(rules.default)
    faults += _faults_of_compliance(rules.compliance)
    faults += faults_of_fixing(rules.fixing, [m.currency for m in members])
    return faults + faults_of_swing(rules.swing, [m.id for m in members], has_unit=bool(rules.fixing.basket))


def majority_of(seats: int) -> int:
    """Return the smallest number of members that is more than half of them."""
    return seats // 2 + 1


def _faults_of_governance(governance: Governance) -> list[str]:
    faults = []
    (part, of), (larger, larger_of) = governance.ordinary, governance.constitutional
    if not (0 < of <= 1_000 and of <= 2 * part < 2 * of):
        faults.append("rules.governance.ordinary: a half or more, and less than all")
    if not (0 < larger_of <= 1_000 and larger_of <= 2 * larger < 2 * larger_of):
        faults.append("rules.governance.constitutional: a half or more, and less than all")
    if part * larger_of > larger * of:
        faults.append("rules.governance.constitutional: not less than ordinary")
    for number in ("ordinary_notice_days", "constitutional_notice_days"):
        if not 0 <= getattr(governance, number) <= 366:
            faults.append(f"rules.governance.{number}: 0 to 366")
    if not 1 <= governance.voting_days <= 366:
        faults.append("rules.governance.voting_days: 1 to 366")
    return faults


def _faults_of_default(default: DefaultProcedure) -> list[str]:
    most = {"on": 1, "unwind": 1, "by_exposure": 1, "cap_bp": 10_000}
    bounds = [(name, most.get(name, 366)) for name in default.__struct_fields__]
    return [
        f"rules.default.{name}: 0 to {bound}"
        for name, bound in bounds
        if not 0 <= getattr(default, name) <= bound
    ]


def _faults_of_compliance(compliance: Compliance) -> list[str]:
    most = {"list_needed": 1, "proved": 1, "review_days": 366}
    return [
        f"rules.compliance.{name}: 0 to {bound}"
        for name, bound in most.items()
        if not 0 <= getattr(compliance, name) <= bound
    ]


def faults_of_member(member: Member) -> list[str]:
    """Name all that is wrong with a member's entry by itself."""
    at = f"member {member.id}"
    roles = {role for key in member.keys for role in key.roles}
    validate = [key for key in member.keys if Role.VALIDATE in key.roles]
    checks = (
        (identifier.member_id(member.id) is not None, "id: two capital letters"),
        (identifier.bic(member.bic) == member.bic, "bic: not a BIC of eleven characters"),
        (identifier.lei(member.lei) is not None, "lei: not an LEI (check its last two digits)"),
        (identifier.currency(member.currency) is not None, "currency: three capital letters"),
        (0 <= member.decimals <= 4, "decimals: 0 to 4"),
        (0 < member.max_payment <= MAX_AMOUNT, "max_payment: positive minor units"),
        (all(len(key.public) == KEY_BYTES for key in member.keys), "keys: each has 32 bytes"),
        ({Role.SUBMIT, Role.VOTE} <= roles, "keys: at least one each of roles submit and vote"),
        (len(validate) < 2, "keys: at most one of role validate"),
        (all(len(key.roles) == 1 for key in validate), "keys: a key of role validate has no other role"),
        (len(member.keys) <= MOST_KEYS, f"keys: at most {MOST_KEYS}"),
        (len(member.holidays) <= MOST_HOLIDAYS, f"holidays: at most {MOST_HOLIDAYS}"),
        (0 < len(member.name) <= 140, "name: 1 to 140 characters"),
        (member.peer == "" or identifier.peer(member.peer) is not None, "peer: <40 hex node id>@host:port"),
    )
    return [f"{at}: {text}" for holds, text in checks if not holds]
