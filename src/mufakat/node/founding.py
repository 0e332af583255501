"""The charter file that people write and sign, and founding a union from it: TOML in, genesis and commands out.

The file has two parts. What becomes the charter: name, rules, members with their public keys. And what is planned
under it: participants, their accounts and firms, swing lines, each its member's own command after founding. Amounts
are decimals of their currency, as text; dates are TOML dates; keys are hex.
"""

import datetime
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from mufakat.model import command as c
from mufakat.model import identifier
from mufakat.model.charter import (
    Charter,
    Genesis,
    KeyGrant,
    Member,
    Role,
    Rules,
    faults_of,
    union_id,
)
from mufakat.model.identifier import Bic, Currency, Lei, MemberId
from mufakat.model.money import Amount, parse_amount
from mufakat.model.refusal import EXPLANATIONS, Reason
from mufakat.model.signing import Domain, sign
from mufakat.node.keys import KeyRing
from mufakat.node.session import Said, Session

MEMBER_ROLES: Final = (Role.SUBMIT, Role.APPROVE, Role.VOTE, Role.AUDIT)
BANK_ROLES: Final = (Role.SUBMIT, Role.APPROVE, Role.AUDIT)
FOUR_EYES: Final = ("IssueMoney", "RedeemMoney", "SetLimit")
"""What a file that does not say puts under four eyes."""
_PUBLIC: Final = re.compile(r"[0-9a-f]{64}")
_NO_LEI: Final = " is not an LEI (check its last two digits)"


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file; a field that it does not know is an error."""


class KeyPlan(_Strict, frozen=True):
    """A public key, 64 hex digits, and its roles."""

    public: str
    roles: tuple[Role, ...]


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
    keys: tuple[KeyPlan, ...] = ()


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
    keys: tuple[KeyPlan, ...] = ()
    peer: str = ""


class SwingPlan(_Strict, frozen=True):
    """A line: `creditor` lends `debtor` up to `limit` of the creditor's currency."""

    creditor: str
    debtor: str
    limit: str


class Plan(_Strict, frozen=True):
    """The whole file. `rules` has the fields of model.charter.Rules."""

    name: str
    rules: dict[str, Any]
    members: tuple[MemberPlan, ...]
    participants: tuple[ParticipantPlan, ...] = ()
    swing: tuple[SwingPlan, ...] = ()
    protocol: int = 1

    @property
    def has_keys(self) -> bool:
        """Tell whether every member's public keys are in the file."""
        return all(member.keys for member in self.members)


def read_plan(path: Path) -> Plan | list[str]:
    """Read a charter file; return its faults, each naming the field, when there are any."""
    plan = _decoded(path)
    return plan if isinstance(plan, list) else list(_faults(plan)) or plan


def _decoded(path: Path) -> Plan | list[str]:
    try:
        return msgspec.toml.decode(path.read_text(encoding="utf-8"), type=Plan)
    except msgspec.DecodeError as error:
        return [str(error)]
    except UnicodeDecodeError:
        return ["the file is not UTF-8 text"]
    except OSError as error:
        return [f"the file cannot be read: {error.strerror}"]


def _faults(plan: Plan) -> Iterator[str]:
    rules = _read_rules(plan)
    if isinstance(rules, list):
        yield from rules
    else:
        names = c.COMMAND_NAMES
        yield from (f"rules.four_eyes: no command {name!r}" for name in rules.four_eyes if name not in names)
    for place, keys in (
        *((f"member {each.id}", each.keys) for each in plan.members),
        *((f"participant {each.bic}", each.keys) for each in plan.participants),
    ):
        for key in keys:
            if _PUBLIC.fullmatch(key.public) is None:
                yield f"{place}: keys: {key.public!r} is not 64 hex digits in lower case"
    yield from _faults_of_banks(plan)
    yield from _faults_of_amounts(plan)


def _faults_of_banks(plan: Plan) -> Iterator[str]:
    """Name what the rules would refuse of what is planned, so that no union is founded in half."""
    members = {identifier.bic(member.bic): member.id for member in plan.members}
    for bank in plan.participants:
        only_members = {Role.VOTE, Role.VALIDATE} & {role for key in bank.keys for role in key.roles}
        checks = (
            (identifier.bic(bank.bic) is not None, "bic: not a BIC"),
            (bic_of(bank) not in members, f"bic: that of member {members.get(bic_of(bank))}"),
            (not only_members, "keys: only members vote and validate"),
            (identifier.lei(bank.lei) is not None, f"lei: {bank.lei!r}{_NO_LEI}"),
            *((identifier.lei(firm) is not None, f"firms: {firm!r}{_NO_LEI}") for firm in bank.firms),
        )
        yield from (f"participant {bank.bic}: {text}" for holds, text in checks if not holds)
    yield from (
        f"swing {line.creditor} to {line.debtor}: a member lends to another"
        for line in plan.swing
        if line.creditor == line.debtor
    )
    named: dict[str, list[str]] = {
        "participants: the BIC": [str(bic_of(bank)) for bank in plan.participants],
        "participants: the firm": [firm for bank in plan.participants for firm in bank.firms],
        "participants: the account": [
            f"{bank.bic}/{account.currency}" for bank in plan.participants for account in bank.accounts
        ],
        "keys:": [
            key.public
            for keys in (*(each.keys for each in plan.members), *(each.keys for each in plan.participants))
            for key in keys
        ],
        "swing": [f"{line.creditor} to {line.debtor}" for line in plan.swing],
    }
    for what, names in named.items():
        yield from (f"{what} {each} stands twice" for each, count in Counter(names).items() if count > 1)


def _read_rules(plan: Plan) -> Rules | list[str]:
    faults: list[str] = []
    table = {"four_eyes": FOUR_EYES, **plan.rules}
    rules = _read_table(Rules, table, "rules", faults)
    return faults or rules


def _read_table(kind: type[Any], table: dict[str, Any], place: str, faults: list[str]) -> Any:
    """Make a struct of a table with its fields named; what is wrong goes to `faults`."""
    given: dict[str, Any] = {}
    fields = {each.name: each for each in msgspec.structs.fields(kind)}
    faults += [f"{place}.{name}: there is no such rule" for name in table if name not in fields]
    for name, field in fields.items():
        if name not in table:
            faults += [f"{place}.{name}: missing"] if field.required else []
        elif isinstance(table[name], dict) and isinstance(field.type, type(msgspec.Struct)):
            given[name] = _read_table(field.type, table[name], f"{place}.{name}", faults)
        else:
            try:
                given[name] = msgspec.convert(table[name], field.type)
            except msgspec.ValidationError as error:
                faults.append(f"{place}.{name}: {error}")
    return None if faults else kind(**given)


def _faults_of_amounts(plan: Plan) -> Iterator[str]:
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


def _amount_fault(place: str, text: str, decimals: int) -> Iterator[str]:
    amount = parse_amount(text, decimals)
    if isinstance(amount, Reason):
        yield f"{place}: {text!r}: {EXPLANATIONS[amount].text}"


def _minor(text: str, decimals: int) -> Amount:
    amount = parse_amount(text, decimals) if text != "0" else Amount(0)
    assert not isinstance(amount, Reason), "the plan was checked"
    return amount


def make_keys(plan: Plan, ring: KeyRing, roles: tuple[Role, ...] = MEMBER_ROLES) -> Genesis:
    """Make a key of each role for all members, where there is none yet, and a genesis that each signed."""
    charter = _charter(plan, lambda _, member: ring.granted(member.id, roles))
    message = union_id(charter)
    signatures = tuple(
        sign(ring.pair(member.id, Role.VOTE)[1], Domain.CHARTER, message) for member in charter.members
    )
    return Genesis(charter, signatures)


def faults_before_keys(plan: Plan) -> list[str]:
    """Name what is wrong with the charter itself, before any key is made."""
    some = (Role.SUBMIT, Role.VOTE)
    return faults_of(
        _charter(
            plan, lambda number, member: grants(member.keys) or (KeyGrant(number.to_bytes(32, "big"), some),)
        )
    )


def charter_of_plan(plan: Plan) -> Charter | list[str]:
    """Return the charter that the file says, or all that is wrong with it, members without keys among it."""
    charter = _charter(plan, lambda _, member: grants(member.keys))
    return _without_keys(plan) or faults_of(charter) or charter


def charter_of_text(text: str) -> Charter | list[str]:
    """Make the charter that a file's text says with all keys; return its faults when there are any."""
    plan = msgspec.toml.decode(text, type=Plan)
    return list(_faults(plan)) or charter_of_plan(plan)


def _without_keys(plan: Plan) -> list[str]:
    return [
        f"member {each.id}: no keys yet; `mufakat keys make {each.id}` on its machine prints them"
        for each in plan.members
        if not each.keys
    ]


def grants(keys: tuple[KeyPlan, ...]) -> tuple[KeyGrant, ...]:
    """Return keys as the charter has them."""
    return tuple(KeyGrant(bytes.fromhex(key.public), key.roles) for key in keys)


def _charter(plan: Plan, keys: Callable[[int, MemberPlan], tuple[KeyGrant, ...]]) -> Charter:
    """Make the charter; `keys` gives the grants of a member by its number and what the file says of it."""
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
            keys(number, each),
            each.peer,
        )
        for number, each in enumerate(sorted(plan.members, key=lambda member: member.id))
    )
    rules = _read_rules(plan)
    assert isinstance(rules, Rules), "the plan was checked"
    return Charter(plan.name, members, rules, plan.protocol)


# -- writing it back ------------------------------------------------------------------------------------


# -- founding on one machine ----------------------------------------------------------------------------


def found(plan: Plan, session: Session) -> list[str]:
    """Register participants, open and fund their accounts, enrol firms, set swing lines; name what was refused."""
    said = list(
        planned(plan, lambda bank: grants(bank.keys) or session.keys.granted(bic_of(bank), BANK_ROLES))
    )
    return [
        f"{each.author}: {type(each.body).__name__}{_about(each.body)}: {outcome.refusal.text}"
        for each, outcome in zip(said, session.say_all(said), strict=True)
        if outcome.refusal is not None
    ]


def _about(body: c.AnyCommand) -> str:
    """Name what a planned command is about, after a space."""
    return "".join(f" {getattr(body, name)}" for name in ABOUT if hasattr(body, name))


ABOUT: Final = ("bic", "participant", "debtor", "currency")
"""Fields by which people tell planned commands apart."""


def planned(plan: Plan, keys: Callable[[ParticipantPlan], tuple[KeyGrant, ...]]) -> Iterator[Said]:
    """Give what the file plans, each as the command of whose affair it is; `keys` gives a participant's grants."""
    issuers = {member.currency: member for member in plan.members}
    for bank in plan.participants:
        bic = bic_of(bank)
        yield Said(bank.sponsor, c.RegisterParticipant(bic, Lei(bank.lei), keys(bank)))
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


def bic_of(bank: ParticipantPlan) -> Bic:
    """Return the eleven-character BIC of a planned participant."""
    return identifier.bic(bank.bic) or Bic(bank.bic)
