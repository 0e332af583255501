"""Assembling a whole union on one machine: a home for each member, with keys and engine of its own.

What each member does by itself in earnest (docs/how-to/founding.md) is done here for all of them: keys are
made, the charter gets their public halves and the nodes' addresses, every member signs it, and each home gets
its engine.
"""

import datetime
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Final

import msgspec

from mufakat.journal.durable import write_whole
from mufakat.model.charter import Charter, Genesis, KeyGrant, Role
from mufakat.model.signing import public_key
from mufakat.node import ceremony, founding
from mufakat.node.charterfile import write_charter
from mufakat.node.engine import NodeSettings, write_home
from mufakat.node.enginekeys import node_id
from mufakat.node.founding import BANK_ROLES, MEMBER_ROLES, KeyPlan, ParticipantPlan, Plan
from mufakat.node.home import Home
from mufakat.node.keys import KeyMissing, KeyRing, generate

PORTS_A_NODE: Final = 10
"""A node takes two ports, for its peers and for this machine; the next node begins so many above."""

RingOf = Callable[[Home], KeyRing]


class UnionFaulty(Exception):
    """The charter founds no union; `faults` names all that is wrong with it."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults: Final = faults


def assemble(
    plan: Plan,
    folder: Path,
    ring_of: RingOf,
    base_port: int,
    at: datetime.datetime,
    *,
    without_node: Collection[str] = (),
) -> Genesis:
    """Make the homes of all members under `folder`, and `folder/charter.toml`; raises UnionFaulty.

    `at` is the chain's first time. The members in `without_node` get keys and no validator yet. Nothing may be
    there yet: the caller sees to that.
    """
    homes = {each.id: Home(folder / each.id) for each in sorted(plan.members, key=lambda member: member.id)}
    ports = {member: base_port + PORTS_A_NODE * number for number, member in enumerate(homes)}
    privates = {member: (generate(), generate()) for member in homes if member not in without_node}
    members = []
    for each in plan.members:
        grants = ring_of(homes[each.id]).granted(each.id, MEMBER_ROLES)
        peer = ""
        if each.id in privates:
            validator, node = privates[each.id]
            grants = (*grants, KeyGrant(public_key(validator), (Role.VALIDATE,)))
            peer = f"{node_id(public_key(node))}@127.0.0.1:{ports[each.id]}"
        members.append(msgspec.structs.replace(each, keys=_plans(grants), peer=peer))
    banks = [_with_keys(bank, ring_of(homes[bank.sponsor])) for bank in plan.participants]
    whole = msgspec.structs.replace(plan, members=tuple(members), participants=tuple(banks))
    charter = founding.charter_of_plan(whole)
    if isinstance(charter, list):
        raise UnionFaulty(charter)
    genesis = _signed(charter, {member: ring_of(home) for member, home in homes.items()})
    for member, (validator, node) in privates.items():
        settings = NodeSettings(member, f"127.0.0.1:{ports[member]}", ports[member] + 1)
        install(homes[member], genesis, settings, at, validator=validator, node=node)
    write_whole(folder / "charter.toml", write_charter(charter).encode())
    write_whole(folder / "plan.json", msgspec.json.encode(whole))
    return genesis


def install(
    home: Home,
    genesis: Genesis,
    settings: NodeSettings,
    at: datetime.datetime,
    *,
    validator: bytes,
    node: bytes,
) -> None:
    """Make one member's node in its home: settings, the charter as signed, and the engine."""
    write_whole(home.settings, _settings_text(settings).encode())
    write_whole(home.charter, write_charter(genesis.charter).encode())
    write_home(home, genesis, at, validator=validator, node=node)


def planned(folder: Path) -> Plan | None:
    """Return the plan of a union that was assembled in `folder`, with all public keys; None where there is none."""
    path = folder / "plan.json"
    return msgspec.json.decode(path.read_bytes(), type=Plan) if path.exists() else None


class Keychain:
    """The key rings of several homes on this machine as one."""

    def __init__(self, rings: Iterable[KeyRing]) -> None:
        self._rings: Final = tuple(rings)

    def has(self, author: str, role: Role) -> bool:
        """Tell whether an author's key of this role is on this machine."""
        return any(ring.has(author, role) for ring in self._rings)

    def pair(self, author: str, role: Role) -> tuple[bytes, bytes]:
        """Return (public, private) of an author's key; raises KeyUnusable."""
        for ring in self._rings:
            if ring.has(author, role):
                return ring.pair(author, role)
        raise KeyMissing(f"no {role} key of {author} is on this machine")

    def granted(self, author: str, roles: tuple[Role, ...]) -> tuple[KeyGrant, ...]:
        """Return a grant for each role, of the keys that are here."""
        return tuple(KeyGrant(self.pair(author, role)[0], (role,)) for role in roles)


def _signed(charter: Charter, rings: dict[str, KeyRing]) -> Genesis:
    signatures = [ceremony.sign_charter(charter, member, ring) for member, ring in rings.items()]
    genesis = ceremony.genesis_of(charter, signatures)
    if isinstance(genesis, list):
        raise UnionFaulty(genesis)
    return genesis


def _with_keys(bank: ParticipantPlan, ring: KeyRing) -> ParticipantPlan:
    return msgspec.structs.replace(bank, keys=_plans(ring.granted(founding.bic_of(bank), BANK_ROLES)))


def _plans(grants: tuple[KeyGrant, ...]) -> tuple[KeyPlan, ...]:
    return tuple(KeyPlan(grant.public.hex(), grant.roles) for grant in grants)


def _settings_text(settings: NodeSettings) -> str:
    pairs = msgspec.structs.asdict(settings).items()
    return "".join(f"{name} = {msgspec.json.encode(value).decode()}\n" for name, value in pairs)
