"""Changing keys: the new ones are made first, and take the old ones' place when the log has them in force.

`prepare`, then the command that grants the new keys and revokes the old (RotateKeys), then `settle`. A machine that
stops in between has both keys, or the old one alone; `settle` goes on whenever it is called again, because it asks
the log and nothing else.
"""

from collections.abc import Callable

from mufakat.core.state import Key
from mufakat.model.charter import KeyGrant, Role
from mufakat.node.keys import Held, KeyRing

KeyOnLog = Callable[[bytes], Key | None]
"""What the log knows of a public key."""


def prepare(ring: KeyRing, author: str, roles: tuple[Role, ...]) -> tuple[KeyGrant, ...]:
    """Make the next key of each role, or take the one that waits already; return what the command shall grant."""
    return tuple(KeyGrant(ring.prepare(author, role), (role,)) for role in roles)


def settle(ring: KeyRing, on_log: KeyOnLog) -> list[Held]:
    """Swap in each next key that the log has in force for its author and role; return those swapped in."""
    swapped = []
    for held in ring.held():
        if not held.next or held.fault:
            continue
        key = on_log(held.public)
        if key and not key.revoked and key.owner == held.author and held.role in key.roles:
            ring.promote(held.author, held.role)
            swapped.append(held)
    return swapped
