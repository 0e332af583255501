"""Events by which the rules change: what was proposed, voted and enacted, who is in, and what is in force.

With `model.event` they are all that changes a state. Dates are declared business dates.
"""

import datetime

from mufakat.model.charter import Charter, KeyGrant, Member, Standing
from mufakat.model.fact import Event
from mufakat.model.identifier import AccountId, MemberId
from mufakat.model.proposal import AnyChange
from mufakat.model.refusal import Reason


class ChangeProposed(Event, frozen=True, tag=29):
    """A member proposed a change, on a business date; its own vote counts in favour."""

    proposal: int
    member: MemberId
    change: AnyChange
    text: bytes
    date: datetime.date


class VoteCast(Event, frozen=True, tag=30):
    """A member voted on a proposal, with the command of this number among those admitted."""

    proposal: int
    member: MemberId
    in_favour: bool
    height: int


class ProposalPassed(Event, frozen=True, tag=31):
    """Enough members are in favour: `votes` (member, height of its vote), of which `needed` were enough.

    The change takes effect with the first opening on or after `effect`; a change without notice, at once.
    """

    proposal: int
    date: datetime.date
    effect: datetime.date
    votes: tuple[tuple[MemberId, int], ...]
    needed: int


class ProposalWithdrawn(Event, frozen=True, tag=32):
    """The proposer withdrew the proposal."""

    proposal: int


class ProposalExpired(Event, frozen=True, tag=33):
    """The voting days ended before enough members were in favour."""

    proposal: int


class ProposalLapsed(Event, frozen=True, tag=34):
    """The proposal passed, but when it was to take effect the rules refused the change."""

    proposal: int
    reason: Reason
    detail: str


class ChangeEnacted(Event, frozen=True, tag=35):
    """The change is in force as rule `law`, from rules version `version` on."""

    proposal: int
    law: str
    version: int
    date: datetime.date


class CharterAmended(Event, frozen=True, tag=36):
    """The charter in force is now another; the union's identifier stays that of its founding charter."""

    charter: Charter


class KeysRotated(Event, frozen=True, tag=37):
    """An owner's keys changed; a revoked key never comes back."""

    owner: str
    granted: tuple[KeyGrant, ...]
    revoked: tuple[bytes, ...]


class MemberAdmitted(Event, frozen=True, tag=38):
    """A member is in, with its keys and the issue account of its currency."""

    member: Member


class StandingChanged(Event, frozen=True, tag=39):
    """A member stands otherwise than before."""

    member: MemberId
    standing: Standing


class MemberLeft(Event, frozen=True, tag=40):
    """A member is out: nothing of it is open, its keys and its banks' keys are revoked.

    `positions`: (account, balance) of all that it, its banks, or anybody in its currency still hold or owe.
    """

    member: MemberId
    date: datetime.date
    positions: tuple[tuple[AccountId, int], ...]


class UnionHalted(Event, frozen=True, tag=41):
    """Everything but votes is stopped."""


class UnionResumed(Event, frozen=True, tag=42):
    """The union goes on."""


class ProtocolScheduled(Event, frozen=True, tag=43):
    """The first command admitted when `height` are will switch to protocol `version`."""

    version: int
    height: int


class ProtocolAdopted(Event, frozen=True, tag=44):
    """The union runs protocol `version`, from rules version `rules` on."""

    version: int
    rules: int


AnyRuling = (
    ChangeProposed
    | VoteCast
    | ProposalPassed
    | ProposalWithdrawn
    | ProposalExpired
    | ProposalLapsed
    | ChangeEnacted
    | CharterAmended
    | KeysRotated
    | MemberAdmitted
    | StandingChanged
    | MemberLeft
    | UnionHalted
    | UnionResumed
    | ProtocolScheduled
    | ProtocolAdopted
)
