"""How the invented region founds its union: charter, genesis, and the commands before the first day.

The keys here are for demonstrations: anybody can derive them from the seed. A real member makes its
keys in its own hardware and shows nobody the private half.
"""

import hashlib
from collections.abc import Iterator
from typing import Final

from mufakat.model.charter import Charter, Genesis, KeyGrant, Member, Role, Rules, union_id
from mufakat.model.command import (
    AnyCommand,
    CloseAccount,
    EnrolFirms,
    IssueMoney,
    OpenAccount,
    RegisterParticipant,
    ReserveLiquidity,
    SetLimit,
    SetSwingLine,
)
from mufakat.model.signing import Domain, public_key, sign
from mufakat.node.assembly import PORTS_A_NODE
from mufakat.node.enginekeys import node_id
from mufakat.simulation.region import Region
from mufakat.simulation.treasury import BASKET, WATCH, pledges

MEMBER_ROLES: Final = (Role.SUBMIT, Role.APPROVE, Role.VOTE, Role.AUDIT)
BANK_ROLES: Final = (Role.SUBMIT, Role.APPROVE, Role.AUDIT)
RULES: Final = Rules(
    day_quorum=3, four_eyes=("IssueMoney", "RedeemMoney", "SetLimit"), fixing=BASKET, swing=WATCH
)

VALIDATORS: Final = 4
"""So many members, the first by identifier, run a node of their own; the fifth has not set one up yet."""
_BASE_PORT: Final = 27650

Founding = tuple[str, AnyCommand, tuple[tuple[str, Role], ...]]
"""Author (member identifier or BIC), command, and further signers with the role of the key to use."""


def private_key(seed: int, author: str, role: str) -> bytes:
    """Return a demonstration key, 32 bytes: SHA-256 of a public label. It protects nothing.

    `author` is a member identifier or a BIC; `role` is one of `submit`, `approve`, `vote`, `audit`, `validate`, or
    `node` for the key by which nodes know each other.
    """
    return hashlib.sha256(f"mufakat demonstration key/{seed}/{author}/{role}".encode()).digest()


def charter_of(region: Region) -> Charter:
    """Return the region's charter: five members, four keys each, a day quorum of three."""
    members = tuple(
        Member(
            id=member.id,
            name=member.name,
            bic=member.bic,
            lei=member.lei,
            currency=member.currency,
            decimals=member.decimals,
            max_payment=member.max_payment,
            holidays=member.holidays,
            keys=_keys(region.seed, member.id, _roles(number)),
            peer=_peer(region.seed, member.id, number),
        )
        for number, member in enumerate(region.members)
    )
    return Charter("Mufakat of the Five Shores", members, RULES)


def port_of(number: int) -> int:
    """Return the first port of the node of the member of this number."""
    return _BASE_PORT + PORTS_A_NODE * number


def _roles(number: int) -> tuple[Role, ...]:
    return (*MEMBER_ROLES, Role.VALIDATE) if number < VALIDATORS else MEMBER_ROLES


def _peer(seed: int, member: str, number: int) -> str:
    if number >= VALIDATORS:
        return ""
    return f"{node_id(public_key(private_key(seed, member, 'node')))}@127.0.0.1:{port_of(number)}"


def genesis_of(region: Region) -> Genesis:
    """Return the charter signed by the voting key of each founding member."""
    charter = charter_of(region)
    message = union_id(charter)
    signatures = tuple(
        sign(private_key(region.seed, member.id, Role.VOTE), Domain.CHARTER, message)
        for member in charter.members
    )
    return Genesis(charter, signatures)


def founding_commands(region: Region) -> Iterator[Founding]:
    """Give, in order, the commands that bring the union from genesis to its first opening.

    The author signs with its `submit` key; the further signers with the keys that the third item names.
    """
    for bank in region.banks:
        yield (
            bank.member,
            RegisterParticipant(bank.bic, bank.lei, _keys(region.seed, bank.bic, BANK_ROLES)),
            (),
        )
    for bank in region.banks:
        for account in bank.accounts:
            yield region.issuer(account.currency).id, OpenAccount(bank.bic, account.currency), ()
    closed_bank, closed_currency = region.closed
    closed_by = region.issuer(closed_currency).id
    yield closed_by, OpenAccount(closed_bank, closed_currency), ()
    yield closed_by, CloseAccount(closed_bank, closed_currency), ()
    for bank in region.banks:
        yield bank.bic, EnrolFirms(tuple(firm.lei for firm in region.firms if firm.bank == bank.bic)), ()
    yield from _funding(region)
    for line in region.swing_lines:
        yield line.creditor, SetSwingLine(line.debtor, line.limit), ((line.debtor, Role.APPROVE),)
    members = {member.id for member in region.members}
    for author, pledge in pledges(region):
        yield author, pledge, ((author, Role.APPROVE),) if author in members else ()


def _funding(region: Region) -> Iterator[Founding]:
    for bank in region.banks:
        for account in bank.accounts:
            issuer, currency = region.issuer(account.currency).id, account.currency
            second = ((issuer, Role.APPROVE),)
            yield issuer, IssueMoney(bank.bic, currency, account.opening), second
            if account.limit:
                yield issuer, SetLimit(bank.bic, currency, account.limit), second
            if account.reserve:
                yield bank.bic, ReserveLiquidity(currency, account.reserve), ()


def _keys(seed: int, author: str, roles: tuple[Role, ...]) -> tuple[KeyGrant, ...]:
    return tuple(KeyGrant(public_key(private_key(seed, author, role)), (role,)) for role in roles)
