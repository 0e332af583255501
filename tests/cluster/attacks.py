"""The attacks of tests/core/test_authorisation.py on a union that runs.

Most are made beside the union, in a shadow of its state. Those that need something to have happened first
(SITUATIONS) are made once it has happened on the chain.
"""

from collections.abc import Iterator
from typing import NamedTuple

from mufakat.core.apply import MOST_AHEAD
from mufakat.model import command as c
from mufakat.model.charter import KeyGrant, Role
from mufakat.model.proposal import ReadmitMember, RotateKeys, SuspendMember
from mufakat.model.refusal import Reason
from mufakat.model.signing import public_key
from tests.cluster.consortium import Running
from tests.core.test_authorisation import ATTACKS, COMMANDS, TRIED, another_members_approval, made, own_key
from tests.union import A1, TEXT, private

GAP = "sequence gap"
WITH_A_KEY_THAT_BANKS_DO_NOT_HAVE = {
    "signed with the key of the other kind of command",
    "signed with a validator's key",
}


class Attack(NamedTuple):
    """A command as an attacker sends it, and why it is refused."""

    name: str
    kind: type
    data: bytes
    reason: Reason


def revoke_an_approver(union: Running) -> None:
    _rotate(union, "QO", "QO", "approve")


def suspend(union: Running) -> None:
    union.enact(SuspendMember("QM"))


def revoke_keys(union: Running) -> None:
    union.enact(ReadmitMember("QM"))  # who is suspended is not heard about its keys either
    for owner, role in ((A1, "submit"), ("QM", "submit"), ("QM", "vote")):
        _rotate(union, "QM", owner, role)


def _rotate(union: Running, member: str, owner: str, role: str) -> None:
    old, new = (public_key(private(owner, name)) for name in (role, f"new {role}"))
    change = RotateKeys(owner, (KeyGrant(new, (Role(role),)),), (old,))
    union.must(member, c.Propose(change, TEXT))


SITUATIONS = {
    "a revoked approver": (revoke_an_approver, another_members_approval),
    "said by a suspended member or its bank": (suspend, made),
    "revoked key": (revoke_keys, made),
}


def everything(union: Running) -> Iterator[list[Attack]]:
    """Give all attacks on all commands in groups; each is to be tried before the next is asked for."""
    names = [name for name in ATTACKS if name not in SITUATIONS]
    yield [attack for name in names for attack in on_each_command(union, name, ATTACKS[name][0])]
    for name, (happens, make) in SITUATIONS.items():
        happens(union)
        yield list(on_each_command(union, name, make))


def on_each_command(union: Running, name, make) -> Iterator[Attack]:
    for kind, (author, body) in COMMANDS.items():
        if (name, kind) not in TRIED:
            continue
        shadow = union.shadow()
        data = make(shadow, author, body)
        assert not shadow.log, f"{name} needs something to happen first: add it to SITUATIONS"
        unknown = author == A1 and name in WITH_A_KEY_THAT_BANKS_DO_NOT_HAVE
        yield Attack(name, kind, data, Reason.UNKNOWN_KEY if unknown else ATTACKS[name][1])


def too_far_ahead(union: Running, attack: Attack) -> Attack:
    """What comes some way ahead of its turn waits in the pool; further ahead it is refused there too."""
    author, body = COMMANDS[attack.kind]
    sequence = union.state.keys[own_key(author, body)].sequence + MOST_AHEAD + 2
    return attack._replace(data=made(union.shadow(), author, body, sequence=sequence))
