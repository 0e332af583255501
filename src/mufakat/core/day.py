"""The business day: closed, open, cut-off, closed. It moves by members' signed declarations, not by a clock.

A phase is entered when a quorum of members has declared it for the same date. Rule source: charter, day.
"""

import datetime

from mufakat.core import (
    arrears,
    case,
    charge,
    credit,
    governance,
    interest,
    leaving,
    periodic,
    queue,
    resolution,
)
from mufakat.core.agreement import Declaration, declaration_key
from mufakat.core.decision import Decision, refused
from mufakat.core.standing import present, seated
from mufakat.core.state import State
from mufakat.model.calendar import BusinessDay, Phase
from mufakat.model.command import DeclarePhase
from mufakat.model.event import PhaseDeclared, PhaseEntered
from mufakat.model.listing import UNION_LIST
from mufakat.model.outcome import AWAITING_QUORUM, DONE
from mufakat.model.refusal import Reason, Refusal


def declare_phase(state: State, author: str, body: DeclarePhase) -> Decision:
    """Record a member's declaration; the one that makes the quorum moves the day."""
    member = state.charter.member(author)
    if member is None:
        return refused(Reason.NOT_OWN_AFFAIR, "Only a member declares a phase.")
    refusal = _refuse_step(state, body)
    if refusal is not None:
        return refused(refusal.reason, refusal.detail)
    if has_declared(state, member.id, phase_call(body.date, body.phase)):
        return refused(Reason.ALREADY_DECLARED, f"{body.phase.name} of {body.date}.")
    yield PhaseDeclared(member.id, body.date, body.phase)
    if not is_quorum(state, phase_call(body.date, body.phase)):
        return AWAITING_QUORUM
    if body.phase is Phase.CLOSED:
        yield from queue.free_reservations(state)
        yield from credit.repay(state)
        yield from periodic.end_of_day(state)
        yield from interest.accrue(state)
        yield from charge.measure(state)
        yield from queue.end_of_day(state)
        yield from case.end_of_day(state)
        yield from arrears.end_of_day(state)
        yield from leaving.end_of_day(state)
    yield PhaseEntered(body.date, body.phase)
    if body.phase is Phase.CUT_OFF:
        yield from resolution.resolve_all(state)
    if body.phase is Phase.OPEN:
        yield from governance.start_of_day(state)
        yield from queue.start_of_day(state)
    return DONE


def _refuse_step(state: State, body: DeclarePhase) -> Refusal | None:
    now = state.day
    if body.phase is Phase.OPEN:
        if now.phase is not Phase.CLOSED or body.date <= now.date:
            return Refusal(Reason.PHASE_OUT_OF_ORDER, f"Now: {now.phase.name} of {now.date}.")
        if state.charter.rules.compliance.list_needed and UNION_LIST not in state.listings:
            return Refusal(Reason.LIST_MISSING)
        if not any(state.charter.settles(each.currency, body.date) for each in present(state)):
            return Refusal(Reason.NOT_A_BUSINESS_DAY, str(body.date))
        return None
    before = Phase.OPEN if body.phase is Phase.CUT_OFF else Phase.CUT_OFF
    if now.phase is not before or body.date != now.date:
        return Refusal(Reason.PHASE_OUT_OF_ORDER, f"Now: {now.phase.name} of {now.date}.")
    return None


def phase_call(date: datetime.date, phase: Phase) -> str:
    """Name a declaration of a phase."""
    return f"{date.isoformat()} {phase.name}"


def cycle_call(state: State, number: int) -> str:
    """Name a call of a cycle; a call does not outlast its business day."""
    return f"cycle {number} of {state.day.date.isoformat()}"


def swing_call(date: datetime.date) -> str:
    """Name a call of the periodic settlement."""
    return f"swing {date.isoformat()}"


def has_declared(state: State, member: str, what: str) -> bool:
    """Tell whether a member's latest word of its kind is `what`."""
    said = state.declarations.get(declaration_key(member, what))
    return said is not None and said.what == what


def is_quorum(state: State, what: str) -> bool:
    """Tell whether enough of the members that count have said `what`."""
    counting = seated(state)
    said = sum(has_declared(state, member.id, what) for member in counting)
    return said >= min(state.charter.rules.day_quorum, len(counting))


def evolve_declared(state: State, event: PhaseDeclared) -> None:
    """Record the declaration."""
    what = phase_call(event.date, event.phase)
    state.declarations.put(f"{event.member}/phase", Declaration(event.member, what))


def evolve_entered(state: State, event: PhaseEntered) -> None:
    """Move the day; the first one begins the first period of swing credit."""
    state.day = BusinessDay(event.date, event.phase)
    if state.swing_settled == datetime.date.min:
        state.swing_settled = event.date
