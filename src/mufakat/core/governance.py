"""How the rules change: a member proposes, members vote, and what passed takes effect after its notice.

Time is the declared business date alone: voting days and notice run between openings of the day, never by a clock.
A member has one vote; how many are needed follows from the class of the rule and the charter in force, and is never
one member alone, except in its own affairs. Each vote stays on record with the number of the command that cast it.
Rule source: charter, governance.
"""

import datetime
from typing import Final

import msgspec

from mufakat.core import amendment
from mufakat.core.decision import Decision, Events, refused
from mufakat.core.law import (
    Adoption,
    Ballot,
    Law,
    Proposal,
    ProposalStatus,
    Seat,
    ballot_key,
    proposal_key,
)
from mufakat.core.standing import has_seat, present, seated
from mufakat.core.state import State
from mufakat.model.charter import Member, Standing
from mufakat.model.command import CastVote, Propose, WithdrawProposal
from mufakat.model.identifier import MemberId
from mufakat.model.outcome import DONE, ItemOutcome, Outcome, Status
from mufakat.model.proposal import RuleClass, class_of, concerned, is_at_once, law_of
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.ruling import (
    ChangeEnacted,
    ChangeProposed,
    CharterAmended,
    ProposalExpired,
    ProposalLapsed,
    ProposalPassed,
    ProposalWithdrawn,
    ProtocolAdopted,
    ProtocolScheduled,
    StandingChanged,
    UnionHalted,
    UnionResumed,
    VoteCast,
)

_TEXT_BYTES: Final = 32
_MOST_OPEN: Final = 64
_NEVER_ALONE: Final = 2
"""Votes that any common affair takes at least, however few members are entitled."""


def propose(state: State, author: str, body: Propose) -> Decision:
    """Put a change to the vote, with the author's own vote in favour; an own affair takes effect with it."""
    refusal = _refuse_proposal(state, author, body)
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    number, member = len(state.proposals) + 1, MemberId(author)
    yield ChangeProposed(number, member, body.change, body.text, state.day.date)
    yield VoteCast(number, member, in_favour=True, height=state.height)
    yield from _decide(state, number)
    return _told(state, number)


def _refuse_proposal(state: State, author: str, body: Propose) -> Refusal | None:
    if state.charter.member(author) is None:
        return Refusal(Reason.NOT_OWN_AFFAIR, "Only a member proposes.")
    owner = amendment.owner_of(state, body.change)
    if owner not in (None, author):
        return Refusal(Reason.NOT_OWN_AFFAIR, f"This is for {str(owner)[:35]} alone.")
    if len(body.text) != _TEXT_BYTES:
        return Refusal(Reason.IDENTIFIER_INVALID, f"The SHA-256 of the rule's words: {_TEXT_BYTES} bytes.")
    if state.day.date == datetime.date.min and not is_at_once(body.change):
        return Refusal(Reason.DAY_NOT_OPEN, "Notice runs from the union's first business day on.")
    if concerned(body.change) == author:
        return Refusal(Reason.NO_VOTE, f"The change is about {author}.")
    refusal = amendment.refuse(state, body.change)
    if refusal is not None:
        return refusal
    running = (ProposalStatus.OPEN, ProposalStatus.PASSED)
    own = sum(each.member == author and each.status in running for each in state.proposals.records())
    return Refusal(Reason.TOO_MANY_PROPOSALS, f"At most {_MOST_OPEN}.") if own >= _MOST_OPEN else None


def cast_vote(state: State, author: str, body: CastVote) -> Decision:
    """Record a member's vote; the one that is enough makes the proposal pass."""
    proposal = _open_proposal(state, body.proposal)
    if isinstance(proposal, Refusal):
        return Outcome(Status.REFUSED, proposal)
    if concerned(proposal.change) == author or state.charter.member(author) is None:
        return refused(Reason.NO_VOTE, f"Proposal {proposal.number}.")
    if ballot_key(proposal.number, author) in state.ballots:
        return refused(Reason.ALREADY_VOTED, f"Proposal {proposal.number}.")
    yield VoteCast(proposal.number, MemberId(author), body.in_favour, state.height)
    yield from _decide(state, proposal.number)
    return _told(state, proposal.number)


def withdraw(state: State, author: str, body: WithdrawProposal) -> Decision:
    """Take back an open proposal of the author's own; what has passed is the union's."""
    proposal = _open_proposal(state, body.proposal)
    if isinstance(proposal, Refusal):
        return Outcome(Status.REFUSED, proposal)
    if proposal.member != author:
        return refused(Reason.NOT_OWN_AFFAIR, f"It was proposed by {proposal.member}.")
    yield ProposalWithdrawn(proposal.number)
    return DONE


def _open_proposal(state: State, number: int) -> Proposal | Refusal:
    proposal = state.proposals.get(proposal_key(number))
    if proposal is None:
        return Refusal(Reason.UNKNOWN_PROPOSAL, str(number))
    if proposal.status is not ProposalStatus.OPEN:
        return Refusal(Reason.PROPOSAL_CLOSED, f"It is {proposal.status.name.lower()}.")
    return proposal


def _told(state: State, number: int) -> Outcome:
    """Say where a proposal stands after a vote: its number, and whether it waits, has passed, or is in force."""
    proposal = state.proposals[proposal_key(number)]
    statuses = {
        ProposalStatus.OPEN: Status.AWAITING_QUORUM,
        ProposalStatus.PASSED: Status.ACCEPTED,
        ProposalStatus.ENACTED: Status.DONE,
        ProposalStatus.LAPSED: Status.REFUSED,
    }
    status = statuses[proposal.status]
    lapse = amendment.refuse(state, proposal.change) if status is Status.REFUSED else None
    return Outcome(Status.DONE, None, (ItemOutcome(str(number), status, lapse),))


# -- counting ---------------------------------------------------------------------------------------------


def voters(state: State, proposal: Proposal) -> tuple[Member, ...]:
    """Return the members entitled to vote on a proposal: those with a seat, but for the one it is about."""
    about = concerned(proposal.change)
    return tuple(member for member in seated(state) if member.id != about)


def votes_needed(state: State, proposal: Proposal) -> int:
    """Return how many votes in favour a proposal takes as things stand.

    Unanimity is of all members that have not left or been let go: it cannot be had while one of them is suspended.
    """
    governance, rule_class = state.charter.rules.governance, class_of(proposal.change)
    if rule_class is RuleClass.OWN:
        return 1
    if rule_class is RuleClass.UNANIMITY:
        released = [each for each in state.standings.records() if each.standing is Standing.RELEASED]
        return max(_NEVER_ALONE, len(present(state)) - len(released))
    constitutional = rule_class is RuleClass.CONSTITUTIONAL
    part, of = governance.constitutional if constitutional else governance.ordinary
    return max(_NEVER_ALONE, len(voters(state, proposal)) * part // of + 1)


def votes_in_favour(state: State, proposal: Proposal) -> tuple[tuple[MemberId, int], ...]:
    """Return (member, height of its vote) of those in favour that are entitled to vote now."""
    ballots = [state.ballots.get(ballot_key(proposal.number, each.id)) for each in voters(state, proposal)]
    return tuple((each.member, each.height) for each in ballots if each is not None and each.in_favour)


def _decide(state: State, number: int) -> Events:
    """Let an open proposal pass when enough are in favour; without notice, it takes effect with that."""
    proposal = state.proposals[proposal_key(number)]
    votes, needed = votes_in_favour(state, proposal), votes_needed(state, proposal)
    if len(votes) < needed:
        return
    at_once = is_at_once(proposal.change)
    effect = state.day.date if at_once else _later(state.day.date, _notice_days(state, proposal))
    yield ProposalPassed(number, state.day.date, effect, votes, needed)
    if at_once:
        yield from _enact(state, number)


def _notice_days(state: State, proposal: Proposal) -> int:
    governance = state.charter.rules.governance
    ordinary = class_of(proposal.change) is RuleClass.ORDINARY
    return governance.ordinary_notice_days if ordinary else governance.constitutional_notice_days


def _later(date: datetime.date, days: int) -> datetime.date:
    return datetime.date.fromordinal(min(date.toordinal() + days, datetime.date.max.toordinal()))


def start_of_day(state: State) -> Events:
    """At an opening, by number: what passed and had its notice takes effect, what was open too long expires.

    After that, what is open passes if it needs fewer votes than before.
    """
    today = state.day.date
    for each in list(state.proposals.records()):
        if each.status is ProposalStatus.OPEN:
            if today.toordinal() - each.opened.toordinal() > state.charter.rules.governance.voting_days:
                yield ProposalExpired(each.number)
        elif each.status is ProposalStatus.PASSED:
            assert each.effect is not None, "what has passed has a date"
            if today >= each.effect:
                yield from _enact(state, each.number)
    for each in list(state.proposals.records()):
        if each.status is ProposalStatus.OPEN:
            yield from _decide(state, each.number)


def _enact(state: State, number: int) -> Events:
    """Put a change in force, unless the rules refuse it now."""
    proposal = state.proposals[proposal_key(number)]
    refusal = amendment.refuse(state, proposal.change)
    if refusal is not None:
        yield ProposalLapsed(number, refusal.reason, refusal.detail)
        return
    yield ChangeEnacted(number, law_of(proposal.change), state.version + 1, state.day.date)
    yield from amendment.effects(state, proposal.change)


def due_protocol(state: State) -> ProtocolAdopted | None:
    """Return the switch of protocol that comes before the next admitted command, if it is time for one."""
    due = state.adoption
    if due is None or state.height < due.height:
        return None
    return ProtocolAdopted(due.version, state.version + 1)


# -- events -----------------------------------------------------------------------------------------------


def evolve_proposed(state: State, event: ChangeProposed) -> None:
    """Put a new proposal to the vote."""
    record = Proposal(event.proposal, event.member, event.change, event.text, event.date)
    assert proposal_key(event.proposal) not in state.proposals, "a number is used once"
    state.proposals.put(proposal_key(event.proposal), record)


def evolve_vote(state: State, event: VoteCast) -> None:
    """Record a vote."""
    key = ballot_key(event.proposal, event.member)
    assert key not in state.ballots, "a member votes once"
    assert has_seat(state, event.member), "who votes has a seat"
    state.ballots.put(key, Ballot(event.proposal, event.member, event.in_favour, event.height))


def evolve_passed(state: State, event: ProposalPassed) -> None:
    """Write down the proof: who was in favour, and how many were enough."""
    assert len(event.votes) >= event.needed, "enough are in favour"
    proposal = _moved(state, event.proposal, ProposalStatus.OPEN, ProposalStatus.PASSED)
    passed = msgspec.structs.replace(proposal, effect=event.effect, votes=event.votes, needed=event.needed)
    state.proposals.put(proposal_key(event.proposal), passed)


def evolve_withdrawn(state: State, event: ProposalWithdrawn) -> None:
    """End a proposal as withdrawn."""
    _moved(state, event.proposal, ProposalStatus.OPEN, ProposalStatus.WITHDRAWN)


def evolve_expired(state: State, event: ProposalExpired) -> None:
    """End a proposal that did not find enough votes."""
    _moved(state, event.proposal, ProposalStatus.OPEN, ProposalStatus.EXPIRED)


def evolve_lapsed(state: State, event: ProposalLapsed) -> None:
    """End a proposal that passed and cannot take effect."""
    _moved(state, event.proposal, ProposalStatus.PASSED, ProposalStatus.LAPSED)


def evolve_enacted(state: State, event: ChangeEnacted) -> None:
    """Begin a new version of the rules, and keep the rule's words and proof."""
    proposal = _moved(state, event.proposal, ProposalStatus.PASSED, ProposalStatus.ENACTED)
    assert event.version == state.version + 1, "versions of the rules have no gaps"
    state.version = event.version
    law = Law(
        *(event.law, proposal.text, proposal.number, proposal.votes, proposal.needed),
        *(event.version, event.date),
    )
    state.laws.put(event.law, law)


def _moved(state: State, number: int, now: ProposalStatus, then: ProposalStatus) -> Proposal:
    proposal = state.proposals[proposal_key(number)]
    assert proposal.status is now, f"no step from {proposal.status.name} to {then.name}"
    moved = msgspec.structs.replace(proposal, status=then)
    state.proposals.put(proposal_key(number), moved)
    return moved


def evolve_charter(state: State, event: CharterAmended) -> None:
    """Put the amended charter in force."""
    state.charter = event.charter


def evolve_standing(state: State, event: StandingChanged) -> None:
    """Change how a member stands."""
    state.standings.put(event.member, Seat(event.member, event.standing))


def evolve_halted(state: State, _event: UnionHalted) -> None:
    """Stop everything but votes."""
    assert not state.halted, "a union is halted once"
    state.halted = True


def evolve_resumed(state: State, _event: UnionResumed) -> None:
    """Go on."""
    assert state.halted, "what goes on was halted"
    state.halted = False


def evolve_scheduled(state: State, event: ProtocolScheduled) -> None:
    """Remember when to switch."""
    state.adoption = Adoption(event.version, event.height)


def evolve_protocol(state: State, event: ProtocolAdopted) -> None:
    """Switch: from here on the rules are another version's."""
    assert event.rules == state.version + 1, "versions of the rules have no gaps"
    state.version, state.adoption = event.rules, None
    state.charter = msgspec.structs.replace(state.charter, protocol=event.version)
    law = state.laws["protocol"]
    state.laws.put("protocol", msgspec.structs.replace(law, version=event.rules, since=state.day.date))
