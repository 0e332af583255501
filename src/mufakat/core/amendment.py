"""What each kind of change asks for, and what it does.

A change is looked at when it is proposed and again when it takes effect, because another may have come between. No
change leaves a charter with faults, a union without a validator, or a number used twice. Rule source: charter,
governance.
"""

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec

from mufakat.core.authorisation import refuse_batch
from mufakat.core.binding import member_of
from mufakat.core.claims import advances_of, open_default
from mufakat.core.decision import Events
from mufakat.core.law import proposal_key
from mufakat.core.member import MEMBER_ROLES
from mufakat.core.standing import is_last_validator, seated, standing_of
from mufakat.core.state import State
from mufakat.model import proposal as p
from mufakat.model import ruling as r
from mufakat.model.calendar import Phase
from mufakat.model.charter import Charter, Member, Role, Standing, faults_of, majority_of
from mufakat.model.command import COMMAND_NAMES
from mufakat.model.default import DefaultEnded, LossDeferred
from mufakat.model.listing import UNION_LISTS
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.signing import KEY_BYTES

_LIST_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,34}")
_DIGEST_BYTES: Final = 32
_MOST_VERSION: Final = 2**31
_MOST_HEIGHT: Final = 2**63

_FROM: Final[dict[type, tuple[Standing, ...]]] = {
    p.SuspendMember: (Standing.ACTIVE,),
    p.ReadmitMember: (Standing.SUSPENDED,),
    p.ReleaseMember: (Standing.ACTIVE, Standing.SUSPENDED, Standing.LEAVING),
    p.LeaveUnion: (Standing.ACTIVE,),
}
_TO: Final[dict[type, Standing]] = {
    p.SuspendMember: Standing.SUSPENDED,
    p.ReadmitMember: Standing.ACTIVE,
    p.ReleaseMember: Standing.RELEASED,
    p.LeaveUnion: Standing.LEAVING,
}
_StandingChange = p.SuspendMember | p.ReadmitMember | p.ReleaseMember | p.LeaveUnion


def owner_of(state: State, change: p.AnyChange) -> str | None:
    """Return the member whose own affair a change is, or None when it is the affair of all."""
    match change:
        case p.AmendEntry() | p.LeaveUnion():
            return change.member
        case p.RotateKeys():
            return member_of(state, change.owner)
        case _:
            return None


def refuse(state: State, change: p.AnyChange) -> Refusal | None:
    """Return why a change cannot be made as things stand, or None."""
    return _REFUSALS[type(change)](state, change)


def effects(state: State, change: p.AnyChange) -> Events:
    """Give the events that put a change in force; a list is in force with its law alone."""
    match change:
        case p.SetRule():
            rules = p.with_rule(state.charter.rules, change.name, change.value)
            assert rules is not None, "the change was not refused"
            yield r.CharterAmended(msgspec.structs.replace(state.charter, rules=rules))
        case p.AmendEntry():
            yield r.CharterAmended(_with_member(state.charter, _entry_after(state, change)))
        case p.RotateKeys():
            yield r.KeysRotated(change.owner, change.granted, change.revoked)
            member = state.charter.member(change.owner)
            if member is not None:
                yield r.CharterAmended(_with_member(state.charter, _rotated(member, change)))
        case p.AdmitMember():
            charter = _admitted(state, change)
            yield r.MemberAdmitted(change.member)
            yield r.CharterAmended(charter)
        case p.SuspendMember() | p.ReadmitMember() | p.ReleaseMember() | p.LeaveUnion():
            yield r.StandingChanged(change.member, _TO[type(change)])
            charter = _with_majority(state.charter, len(seated(state)))
            if charter != state.charter:
                yield r.CharterAmended(charter)
        case p.AdoptProtocol():
            yield r.ProtocolScheduled(change.version, change.height)
        case p.HaltUnion():
            yield r.UnionHalted()
        case p.ResumeUnion():
            yield r.UnionResumed()
        case p.DeferLoss() | p.EndDefault():
            yield _of_default(change)


def _refuse_charter(charter: Charter, seats: int) -> Refusal | None:
    faults = faults_of(charter, seats)
    return Refusal(Reason.RULE_INVALID, f"{faults[0]}.") if faults else None


def _with_member(charter: Charter, member: Member) -> Charter:
    """Put a member's entry into the charter, in the place of its earlier one when there is one."""
    others = [each for each in charter.members if each.id != member.id]
    return msgspec.structs.replace(
        charter, members=tuple(sorted([*others, member], key=lambda each: each.id))
    )


def _with_majority(charter: Charter, seats: int) -> Charter:
    """Raise the day's quorum to a majority of `seats`, when more members count than before."""
    rules = charter.rules
    quorum = max(rules.day_quorum, majority_of(seats))
    return msgspec.structs.replace(charter, rules=msgspec.structs.replace(rules, day_quorum=quorum))


# -- rules of the charter ---------------------------------------------------------------------------------


def _refuse_rule(state: State, change: p.SetRule) -> Refusal | None:
    if change.name not in p.RULES:
        return Refusal(Reason.UNKNOWN_RULE, change.name[:70])
    rules = p.with_rule(state.charter.rules, change.name, change.value)
    if rules is None:
        return Refusal(Reason.RULE_INVALID, f"{change.name} takes another kind of value.")
    if len(set(rules.four_eyes)) != len(rules.four_eyes) or set(rules.four_eyes) - COMMAND_NAMES:
        return Refusal(Reason.RULE_INVALID, "four_eyes: names of commands, each once.")
    charter = msgspec.structs.replace(state.charter, rules=rules)
    return _refuse_charter(charter, len(seated(state))) or _refuse_without_approvers(state, charter)


def _refuse_without_approvers(state: State, charter: Charter) -> Refusal | None:
    """Votes under four eyes need a second key of every member, or nothing could be put right by vote."""
    if not {"Propose", "CastVote"} & set(charter.rules.four_eyes):
        return None
    left = [seat.member for seat in state.standings.records() if seat.standing is Standing.LEFT]
    for member in charter.members:
        has = any(Role.APPROVE in grant.roles for grant in member.keys)
        if not has and member.id not in left:
            return Refusal(Reason.RULE_INVALID, f"four_eyes: {member.id} has no key of role approve.")
    return None


# -- a member's own affairs -------------------------------------------------------------------------------


def _entry_after(state: State, change: p.AmendEntry) -> Member:
    entry = state.charter.member(change.member)
    assert entry is not None, "an own affair has a member"
    given = {name: getattr(change, name) for name in ("name", "max_payment", "holidays", "peer")}
    return msgspec.structs.replace(
        entry, **{name: value for name, value in given.items() if value is not None}
    )


def _refuse_entry(state: State, change: p.AmendEntry) -> Refusal | None:
    now, then = state.charter.member(change.member), _entry_after(state, change)
    assert now is not None, "an own affair has a member"
    today = state.day.date
    if state.day.phase is not Phase.CLOSED and (today in now.holidays) != (today in then.holidays):
        return Refusal(Reason.RULE_INVALID, f"holidays: {today} is under way.")
    return _refuse_charter(_with_member(state.charter, then), len(seated(state)))


def _refuse_rotation(state: State, change: p.RotateKeys) -> Refusal | None:
    size = refuse_batch(state, len(change.granted) + len(change.revoked))
    if size is not None:
        return size
    for public in change.revoked:
        key = state.keys.get(public.hex())
        if key is None or key.owner != change.owner:
            return Refusal(Reason.UNKNOWN_KEY, public.hex()[:64])
        if key.revoked:
            return Refusal(Reason.REVOKED_KEY, public.hex())
    publics = [grant.public for grant in change.granted]
    if any(len(public) != KEY_BYTES for public in publics):
        return Refusal(Reason.IDENTIFIER_INVALID, "Keys: each of 32 bytes.")
    if len(set(publics)) != len(publics) or len(set(change.revoked)) != len(change.revoked):
        return Refusal(Reason.ALREADY_REGISTERED, "A key stands twice.")
    if any(public.hex() in state.keys for public in publics):
        return Refusal(Reason.ALREADY_REGISTERED, "One of the keys.")
    member = state.charter.member(change.owner)
    if member is not None:
        return _refuse_members_rotation(state, member, change)
    if any(role in grant.roles for grant in change.granted for role in MEMBER_ROLES):
        return Refusal(Reason.WRONG_ROLE, "Members vote and validate; a participant's key cannot.")
    return None


def _refuse_members_rotation(state: State, member: Member, change: p.RotateKeys) -> Refusal | None:
    charter = _with_member(state.charter, _rotated(member, change))
    validates = any(Role.VALIDATE in grant.roles for grant in _rotated(member, change).keys)
    if not validates and is_last_validator(state, member.id):
        return Refusal(Reason.LAST_VALIDATOR)
    return _refuse_charter(charter, len(seated(state))) or _refuse_without_approvers(state, charter)


def _rotated(member: Member, change: p.RotateKeys) -> Member:
    kept = tuple(grant for grant in member.keys if grant.public not in change.revoked)
    return msgspec.structs.replace(member, keys=(*kept, *change.granted))


# -- who is in --------------------------------------------------------------------------------------------


def _refuse_admission(state: State, change: p.AdmitMember) -> Refusal | None:
    member, before = change.member, state.charter.member(change.member.id)
    if not p.consents(state.union, change):
        return Refusal(Reason.CONSENT_MISSING)
    if before is not None:
        if standing_of(state, member.id) is not Standing.LEFT:
            return Refusal(Reason.ALREADY_REGISTERED, f"Member {member.id}.")
        if (before.currency, before.decimals) != (member.currency, member.decimals):
            return Refusal(Reason.RULE_INVALID, f"{before.id} comes back with {before.currency} as it was.")
    if any(grant.public.hex() in state.keys for grant in member.keys):
        return Refusal(Reason.ALREADY_REGISTERED, "One of the keys.")
    if member.bic in state.participants:
        return Refusal(Reason.ALREADY_REGISTERED, f"BIC {member.bic}.")
    leis = {participant.lei for participant in state.participants.records()}
    if member.lei in leis or member.lei in state.firms:
        return Refusal(Reason.ALREADY_REGISTERED, f"LEI {member.lei}.")
    charter = _admitted(state, change)
    return _refuse_charter(charter, len(seated(state)) + 1) or _refuse_without_approvers(state, charter)


def _admitted(state: State, change: p.AdmitMember) -> Charter:
    return _with_majority(_with_member(state.charter, change.member), len(seated(state)) + 1)


def _refuse_standing(state: State, change: _StandingChange) -> Refusal | None:
    if state.charter.member(change.member) is None:
        return Refusal(Reason.UNKNOWN_MEMBER, change.member[:35])
    now = standing_of(state, change.member)
    if now not in _FROM[type(change)]:
        return Refusal(Reason.WRONG_STATUS, f"{change.member} is {now.name.lower()}.")
    loses_seat = isinstance(change, p.SuspendMember | p.ReleaseMember)
    if loses_seat and is_last_validator(state, change.member):
        return Refusal(Reason.LAST_VALIDATOR)
    return None


# -- lists, protocol, halt --------------------------------------------------------------------------------


def _refuse_list(state: State, change: p.AdoptList) -> Refusal | None:
    if change.name in UNION_LISTS:
        return Refusal(Reason.RULE_INVALID, "Members bring the union's lists, and no vote decides on them.")
    if _LIST_NAME.fullmatch(change.name) is None or len(change.digest) != _DIGEST_BYTES:
        return Refusal(Reason.IDENTIFIER_INVALID, "A list has a name in small letters, and a SHA-256.")
    law = state.laws.get(p.law_of(change))
    latest = 0
    if law is not None:
        adopted = state.proposals[proposal_key(law.proposal)].change
        assert isinstance(adopted, p.AdoptList), "the law of a list rests on its adoption"
        latest = adopted.version
    if not latest < change.version < _MOST_VERSION:
        return Refusal(Reason.RULE_INVALID, f"list {change.name}: version {latest} is in force.")
    return None


def _refuse_protocol(state: State, change: p.AdoptProtocol) -> Refusal | None:
    if not state.protocol < change.version < _MOST_VERSION or not 0 <= change.height < _MOST_HEIGHT:
        return Refusal(Reason.PROTOCOL_INVALID, f"Protocol {state.protocol} is in force.")
    return None


def _refuse_halt(state: State, change: p.HaltUnion | p.ResumeUnion) -> Refusal | None:
    if state.halted is isinstance(change, p.HaltUnion):
        return Refusal(Reason.WRONG_STATUS, f"The union is {'halted' if state.halted else 'not halted'}.")
    return None


# -- defaults ---------------------------------------------------------------------------------------------


def _of_default(change: p.DeferLoss | p.EndDefault) -> LossDeferred | DefaultEnded:
    if isinstance(change, p.EndDefault):
        return DefaultEnded(change.default)
    return LossDeferred(change.default, change.until)


def _refuse_deferral(state: State, change: p.DeferLoss) -> Refusal | None:
    default, today = open_default(state, change.default), state.day.date.toordinal()
    if default is None or default.party != change.party:
        return Refusal(Reason.UNKNOWN_DEFAULT, f"{change.default} of {change.party[:35]}.")
    if not advances_of(state, default.party):
        return Refusal(Reason.NOTHING_OWED, "Its loss is borne in full.")
    most = state.charter.rules.default.deferral_days
    if not today < change.until.toordinal() <= today + most:
        return Refusal(Reason.RULE_INVALID, f"until: 1 to {most} days ahead.")
    return None


def _refuse_end(state: State, change: p.EndDefault) -> Refusal | None:
    default = open_default(state, change.default)
    if default is None or default.party != change.party:
        return Refusal(Reason.UNKNOWN_DEFAULT, f"{change.default} of {change.party[:35]}.")
    unpaid = advances_of(state, default.party)
    return Refusal(Reason.LOSS_UNPAID, unpaid[0].account) if unpaid else None


# A function takes the change of its own row; a literal dictionary cannot say that of each row.
_REFUSALS: Final[dict[type, Callable[[State, Any], Refusal | None]]] = {
    p.SetRule: _refuse_rule,
    p.AmendEntry: _refuse_entry,
    p.RotateKeys: _refuse_rotation,
    p.AdmitMember: _refuse_admission,
    p.SuspendMember: _refuse_standing,
    p.ReadmitMember: _refuse_standing,
    p.ReleaseMember: _refuse_standing,
    p.LeaveUnion: _refuse_standing,
    p.AdoptList: _refuse_list,
    p.AdoptProtocol: _refuse_protocol,
    p.HaltUnion: _refuse_halt,
    p.ResumeUnion: _refuse_halt,
    p.DeferLoss: _refuse_deferral,
    p.EndDefault: _refuse_end,
}
