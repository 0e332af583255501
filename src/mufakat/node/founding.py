"""Founding a union from a charter that people wrote: TOML in, keys, genesis and first commands out.

Used where one machine founds for all, to try the union or to run it embedded. Amounts in the file are decimals of
their currency, as text; dates are TOML dates.
"""

import datetime
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from mufakat.model import command as c
from mufakat.model import identifier
from mufakat.model.charter import Charter, Genesis, KeyGrant, Member, Role, Rules, faults_of, union_id
from mufakat.model.identifier import Bic, Currency, Lei, MemberId
from mufakat.model.money import Amount, parse_amount
from mufakat.model.outcome import Outcome
from mufakat.model.refusal import EXPLANATIONS, Reason
from mufakat.model.signing import Domain, sign
from mufakat.node.keys import KeyRing, generate
from mufakat.node.session import Said, Session

_MEMBER_ROLES: Final = (Role.SUBMIT, Role.APPROVE, Role.VOTE, Role.AUDIT)
_BANK_ROLES: Final = (Role.SUBMIT, Role.APPROVE, Role.AUDIT)


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file; a field that it does not know is an error."""


class AccountPlan(_Strict, frozen=True):
    """An account in a currency, the money issued to it, and its intraday credit."""

    currency: str
    opening: str = "0"
    limit: str = "0"


class ParticipantPlan(_Strict, frozen=True):
    """A bank, its sponsor (a member's id), accounts and firms (LEIs)."""

    bic: str
    lei: str
    sponsor: str
    accounts: tuple[AccountPlan, ...] = ()
    firms: tuple[str, ...] = ()


class MemberPlan(_Strict, frozen=True):
    """A central bank and the currency that it alone issues."""

    id: str
    name: str
    bic: str
    lei: str
    currency: str
    decimals: int
    max_payment: str
    holidays: tuple[datetime.date, ...] = ()


class SwingPlan(_Strict, frozen=True):
    """A line: `creditor` lends `debtor` up to `limit` of the creditor's currency."""

    creditor: str
    debtor: str
    limit: str


class RulesPlan(_Strict, frozen=True):
    """The rules in numbers, as in model.charter.Rules."""

    day_quorum: int
    four_eyes: tuple[str, ...] = ("IssueMoney", "RedeemMoney", "SetLimit")
    set_off_horizon_days: int = 30
    value_date_horizon_days: int = 10
    max_validity_seconds: int = 172_800
    max_batch_items: int = 4_096
    max_command_bytes: int = 2_097_152


class Plan(_Strict, frozen=True):
    """The whole file."""

    name: str
    rules: RulesPlan
    members: tuple[MemberPlan, ...]
    participants: tuple[ParticipantPlan, ...] = ()
    swing: tuple[SwingPlan, ...] = ()


def read_plan(path: Path) -> Plan | list[str]:
    """Read a charter file; return its faults, each naming the field, when there are any."""
    try:
        plan = msgspec.toml.decode(path.read_bytes(), type=Plan)
    except msgspec.DecodeError as error:
        return [str(error)]
    except UnicodeDecodeError:
        return ["the file is not UTF-8 text"]
    except OSError as error:
        return [f"the file cannot be read: {error.strerror}"]
    return list(_faults(plan)) or plan


def _faults(plan: Plan) -> Iterator[str]:
    decimals = {member.currency: member.decimals for member in plan.members}
    unclear = [f"member {each.id}: decimals: 0 to 4" for each in plan.members if not 0 <= each.decimals <= 4]
    if len(decimals) != len(plan.members):
        unclear.append("members: the same currency stands twice")
    if unclear:
        # Amounts cannot be read before it is clear of what currency they are.
        yield from unclear
        return
    for member in plan.members:
        yield from _amount_fault(f"member {member.id}: max_payment", member.max_payment, member.decimals)
    members = {member.id: member for member in plan.members}
    for bank in plan.participants:
        if bank.sponsor not in members:
            yield f"participant {bank.bic}: sponsor {bank.sponsor!r} is no member"
        for account in bank.accounts:
            if account.currency not in decimals:
                yield f"participant {bank.bic}: no member issues {account.currency}"
                continue
            for field in ("opening", "limit"):
                text = getattr(account, field)
                if text != "0":
                    place = f"participant {bank.bic}: {account.currency} {field}"
                    yield from _amount_fault(place, text, decimals[account.currency])
    for line in plan.swing:
        if {line.creditor, line.debtor} - set(members):
            yield f"swing {line.creditor} to {line.debtor}: both are members"
        else:
            place = f"swing {line.creditor} to {line.debtor}: limit"
            yield from _amount_fault(place, line.limit, members[line.creditor].decimals)
    names = c.COMMAND_NAMES
    yield from (f"rules.four_eyes: no command {name!r}" for name in plan.rules.four_eyes if name not in names)


def _amount_fault(place: str, text: str, decimals: int) -> Iterator[str]:
    amount = parse_amount(text, decimals)
    if isinstance(amount, Reason):
        yield f"{place}: {text!r}: {EXPLANATIONS[amount].text}"


def _minor(text: str, decimals: int) -> Amount:
    amount = parse_amount(text, decimals) if text != "0" else Amount(0)
    assert not isinstance(amount, Reason), "the plan was checked"
    return amount


def make_keys(plan: Plan, ring: KeyRing) -> Genesis:
    """Make new keys for all members, and a genesis that each signed."""
    charter = _charter(plan, lambda number, member: _grants(ring, member, _MEMBER_ROLES))
    message = union_id(charter)
    signatures = tuple(
        sign(ring.pair(member.id, Role.VOTE)[1], Domain.CHARTER, message) for member in charter.members
    )
    return Genesis(charter, signatures)


def faults_before_keys(plan: Plan) -> list[str]:
    """Name what is wrong with the charter itself, before any key is made."""
    return faults_of(
        _charter(plan, lambda number, member: (KeyGrant(number.to_bytes(32, "big"), _MEMBER_ROLES),))
    )


def _charter(plan: Plan, keys: Callable[[int, str], tuple[KeyGrant, ...]]) -> Charter:
    """Make the charter; `keys` gives the grants of a member by its number and identifier."""
    members = tuple(
        Member(
            MemberId(each.id),
            each.name,
            identifier.bic(each.bic) or Bic(each.bic),
            Lei(each.lei),
            Currency(each.currency),
            each.decimals,
            _minor(each.max_payment, each.decimals),
            each.holidays,
            keys(number, each.id),
        )
        for number, each in enumerate(sorted(plan.members, key=lambda member: member.id))
    )
    return Charter(plan.name, members, Rules(**msgspec.structs.asdict(plan.rules)))


def _grants(ring: KeyRing, author: str, roles: tuple[Role, ...]) -> tuple[KeyGrant, ...]:
    return tuple(KeyGrant(ring.add(author, role, generate()), (role,)) for role in roles)


def found(plan: Plan, session: Session) -> list[tuple[Said, Outcome]]:
    """Register participants, open and fund their accounts, enrol firms, set swing lines; return what came."""
    said = list(_commands(plan, session.keys))
    return list(zip(said, session.say_all(said), strict=True))


def _commands(plan: Plan, ring: KeyRing) -> Iterator[Said]:
    issuers = {member.currency: member for member in plan.members}
    for bank in plan.participants:
        bic = identifier.bic(bank.bic) or Bic(bank.bic)
        keys = _grants(ring, bic, _BANK_ROLES)
        yield Said(bank.sponsor, c.RegisterParticipant(bic, Lei(bank.lei), keys))
        for account in bank.accounts:
            issuer, currency = issuers[account.currency], Currency(account.currency)
            yield Said(issuer.id, c.OpenAccount(bic, currency))
            if account.opening != "0":
                amount = _minor(account.opening, issuer.decimals)
                yield Said(issuer.id, c.IssueMoney(bic, currency, amount))
            if account.limit != "0":
                yield Said(issuer.id, c.SetLimit(bic, currency, _minor(account.limit, issuer.decimals)))
        if bank.firms:
            yield Said(bic, c.EnrolFirms(tuple(Lei(firm) for firm in bank.firms)))
    members = {member.id: member for member in plan.members}
    for line in plan.swing:
        limit = _minor(line.limit, members[line.creditor].decimals)
        yield Said(line.creditor, c.SetSwingLine(MemberId(line.debtor), limit))
