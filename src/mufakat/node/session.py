"""Speaking to the union from this machine: commands signed with its keys, in sequence, in groups."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from mufakat.core.authorisation import cosigners_of
from mufakat.model import command as c
from mufakat.model.charter import Role
from mufakat.model.outcome import Outcome
from mufakat.node.access import Signer, UnionNode
from mufakat.node.keys import KeyDamaged, KeyExposed, KeyMissing

VALIDITY_US: Final = 3_600_000_000
"""How long a command signed here is valid: one hour from its signing."""


class Said(msgspec.Struct, frozen=True):
    """A command as author and body. Approvals that the charter asks for are added from the key ring."""

    author: str
    body: c.AnyCommand


class Session:
    """A node and the keys to speak to it with."""

    def __init__(self, node: UnionNode, keys: Signer) -> None:
        self.node: Final = node
        self.keys: Final = keys

    def can_sign_for(self, author: str) -> bool:
        """Tell whether the author's submit key is on this machine."""
        return self.keys.has(author, Role.SUBMIT)

    def can_say(self, author: str, body: c.AnyCommand) -> bool:
        """Tell whether each key that a command needs is on this machine and can be used.

        Raises KeyUnusable where a passphrase is missing or wrong: that says nothing of the key.
        """
        try:
            self._pairs(author, body)
        except (KeyMissing, KeyDamaged, KeyExposed):
            return False
        return True

    def say(self, author: str, body: c.AnyCommand) -> Outcome:
        """Sign and submit one command; raises KeyMissing when a key that it needs is not here."""
        return self.say_all([Said(author, body)])[0]

    def say_all(self, group: Sequence[Said]) -> list[Outcome]:
        """Sign and submit a group in one commit; raises KeyMissing before anything is submitted."""
        return self.node.submit(list(self.signed(group)))

    def signed(self, group: Iterable[Said]) -> Iterable[bytes]:
        """Give the canonical bytes of each command, with the sequence numbers that come next."""
        now = self.node.now_us()
        sequences: dict[bytes, int] = {}
        for said in group:
            pair, *second = self._pairs(said.author, said.body)
            sequence = sequences.get(pair[0]) or self.node.next_sequence(pair[0])
            sequences[pair[0]] = sequence + 1
            instruction = c.Instruction(
                self.node.union, said.author, pair[0], sequence, now, now + VALIDITY_US, said.body
            )
            yield c.encode(c.signed_by(instruction, pair, *second))

    def _pairs(self, author: str, body: c.AnyCommand) -> list[tuple[bytes, bytes]]:
        """Return (public, private) of the author's key, then of each that signs beside."""
        cosigners = cosigners_of(self.node.charter, author, body)
        own = self.keys.pair(author, c.role_of(body))
        return [own, *(self.keys.pair(*each) for each in cosigners)]
