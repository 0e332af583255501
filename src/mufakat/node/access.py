"""What a node gives to those who use it, whichever engine orders its commands, and what they sign with."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from mufakat.core.state import Key
from mufakat.journal.frame import Entry
from mufakat.model.charter import Charter, KeyGrant, Role
from mufakat.model.outcome import Outcome
from mufakat.node.abci.query import Included, Recorded
from mufakat.projections.store import Views


class UnionNode(Protocol):
    """A node of the union: the embedded one, or one among others."""

    @property
    def charter(self) -> Charter:
        """The charter in force."""

    @property
    def union(self) -> bytes:
        """The union's identifier, 32 bytes."""

    @property
    def cycle(self) -> int:
        """The number of the last cycle that ran."""

    @property
    def entries(self) -> int:
        """How many entries the journal holds."""

    @property
    def provisional(self) -> bool:
        """Whether outcomes here await the members' quorum, and may come otherwise."""

    @property
    def views(self) -> Views:
        """The views folded from the journal."""

    def log(self) -> Iterator[Entry]:
        """Give the journal's entries in order."""

    def now_us(self) -> int:
        """Return the time from which a command signed now is valid, UTC microseconds."""

    def next_sequence(self, public: bytes) -> int:
        """Return the next sequence number of a key; 1 for one that the log does not know."""

    def key(self, public: bytes) -> Key | None:
        """Return what the log knows of a public key, or None."""

    def agent_of(self, firm: str) -> str | None:
        """Return the participant that banks a firm, or None when nobody enrolled it."""

    def is_participant(self, bic: str) -> bool:
        """Tell whether a bank with this BIC takes part."""

    def state_root(self) -> bytes:
        """Return the root over everything the union knows, 32 bytes."""

    def submit(self, commands: Sequence[bytes]) -> list[Outcome]:
        """Deal with a group of commands in order and return their outcomes once they are durable."""

    def save_snapshot(self) -> None:
        """Save the state where that is this caller's to do, so that opening the node stays fast."""

    def close(self) -> None:
        """Close the node."""


class ProvableNode(UnionNode, Protocol):
    """A node that shows where in the history an entry stands, and where in the state a record."""

    def included(self, seq: int) -> Included | None:
        """Return an entry with its audit path to the head, or None when there is none of that number."""

    def recorded(self, table: str, key: str) -> Recorded | None:
        """Return a record of the state with its proof, or None when there is none."""


class Signer(Protocol):
    """Keys to sign with: those of one home, or of several."""

    def has(self, author: str, role: Role) -> bool:
        """Tell whether an author's key of this role is on this machine."""

    def pair(self, author: str, role: Role) -> tuple[bytes, bytes]:
        """Return (public, private) of an author's key; raises KeyUnusable."""

    def granted(self, author: str, roles: tuple[Role, ...]) -> tuple[KeyGrant, ...]:
        """Return a grant for each role."""
