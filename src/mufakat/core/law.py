"""Records of the rules: how members stand, what was proposed, who voted how, each law in force and its proof."""

import datetime
import enum

from mufakat.core.commitment import Record
from mufakat.model.charter import Standing
from mufakat.model.identifier import MemberId
from mufakat.model.proposal import AnyChange


class Seat(Record, frozen=True):
    """How a member stands."""

    member: MemberId
    standing: Standing


class ProposalStatus(enum.IntEnum):
    """Where a proposal stands; the last four are final."""

    OPEN = 0
    PASSED = 1
    ENACTED = 2
    WITHDRAWN = 3
    EXPIRED = 4
    LAPSED = 5


class Proposal(Record, frozen=True):
    """A proposal on the log. `opened` and `effect` are business dates.

    Once passed, `votes` are (member, height of its vote) of those in favour, of which `needed` were enough.
    """

    number: int
    member: MemberId
    change: AnyChange
    text: bytes
    opened: datetime.date
    status: ProposalStatus = ProposalStatus.OPEN
    effect: datetime.date | None = None
    votes: tuple[tuple[MemberId, int], ...] = ()
    needed: int = 0


class Ballot(Record, frozen=True):
    """A member's vote on a proposal, and the number of its command among those admitted."""

    proposal: int
    member: MemberId
    in_favour: bool
    height: int


class Law(Record, frozen=True):
    """A rule in force: the hash of its words, and the proof that enough members agreed to it.

    The proposal of what was agreed at founding is 0, and its proof the signatures of the genesis. `version` is the
    version of the rules that began with it, `since` the business date.
    """

    name: str
    text: bytes
    proposal: int
    votes: tuple[tuple[MemberId, int], ...]
    needed: int
    version: int
    since: datetime.date


class Adoption(Record, frozen=True):
    """A protocol version to switch to when `height` commands have been admitted."""

    version: int
    height: int


def proposal_key(number: int) -> str:
    """Return the key of a proposal: in order of their keys, proposals stand in order of their numbers."""
    return f"{number:010d}"


def ballot_key(proposal: int, member: str) -> str:
    """Return the key of a member's ballot on a proposal."""
    return f"{proposal:010d}/{member}"
