"""Default: a quorum of members says that a party cannot pay, and the charter's procedure runs.

The party stops; what is not final of it is taken out where the charter allows that; its loss is borne in the
charter's order. A cycle is netted and settled within one command, so what no cycle has settled is not final: a
cycle that members have called and that has not run is computed without the party. Rule source: charter, default;
PFMI principle 13.
"""

from mufakat.core import day, ledger
from mufakat.core.accounts import settlement_account
from mufakat.core.agreement import Declaration, declaration_key
from mufakat.core.binding import member_of
from mufakat.core.claims import open_default, owed
from mufakat.core.decision import Decision, refused
from mufakat.core.loss import begin, recover
from mufakat.core.standing import default_of, refuse_gone, standing_of
from mufakat.core.state import State
from mufakat.model.calendar import Phase
from mufakat.model.charter import Standing
from mufakat.model.default import Cause, DeclareDefault, DefaultCalled, RepayLoss
from mufakat.model.money import refuse_amount
from mufakat.model.outcome import AWAITING_QUORUM, DONE, Outcome, Status
from mufakat.model.refusal import Reason, Refusal


def declare(state: State, author: str, body: DeclareDefault) -> Decision:
    """Record a member's declaration; the one that makes the quorum begins the procedure."""
    member = state.charter.member(author)
    if member is None:
        return refused(Reason.NOT_OWN_AFFAIR, "Only a member declares a default.")
    refusal = _refuse(state, body.party)
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    what = default_call(state, body.party, body.cause)
    if day.has_declared(state, member.id, what):
        return refused(Reason.ALREADY_DECLARED, f"{body.cause.name} of {body.party}.")
    yield DefaultCalled(member.id, body.party, body.cause)
    if not day.is_quorum(state, what):
        return AWAITING_QUORUM
    yield from begin(state, body.party, body.cause)
    return DONE


def default_call(state: State, party: str, cause: Cause) -> str:
    """Name a declaration of default; it does not outlast its business day."""
    return f"default {party} {cause.name} of {state.day.date.isoformat()}"


def _refuse(state: State, party: str) -> Refusal | None:
    if party not in state.participants and state.charter.member(party) is None:
        return Refusal(Reason.UNKNOWN_PARTICIPANT, party[:35])
    if not state.charter.rules.default.on:
        return Refusal(Reason.NO_DEFAULT_PROCEDURE)
    if state.day.phase is Phase.CLOSED:
        return Refusal(Reason.DAY_NOT_OPEN)
    if standing_of(state, member_of(state, party)) is Standing.LEFT:
        return Refusal(Reason.WRONG_STATUS, f"{member_of(state, party)} has left.")
    default = default_of(state, party)
    return None if default is None else Refusal(Reason.ALREADY_IN_DEFAULT, f"Default {default.number}.")


def evolve_called(state: State, event: DefaultCalled) -> None:
    """Record the declaration."""
    what = default_call(state, event.party, event.cause)
    state.declarations.put(declaration_key(event.member, what), Declaration(event.member, what))


def repay(state: State, author: str, body: RepayLoss) -> Decision:
    """Pay in from the author's own free funds what a default still owes; it goes back in reverse order."""
    default = open_default(state, body.default)
    if default is None:
        return refused(Reason.UNKNOWN_DEFAULT, str(body.default))
    account = ledger.usable(state, settlement_account(author, body.currency))
    if isinstance(account, Reason):
        return refused(account)
    gone = refuse_gone(state, author, account.currency)
    if gone is not None:
        return Outcome(Status.REFUSED, gone)
    reason = refuse_amount(body.amount)
    if reason is not None:
        return refused(reason)
    if body.amount > account.available - account.limit:
        return refused(Reason.INSUFFICIENT_FUNDS, f"Held: {account.available - account.limit} minor units.")
    due = owed(state, default, account.currency)
    if body.amount > due:
        return refused(Reason.NOTHING_OWED, f"Owed: {due} minor units.")
    yield from recover(state, default, account.currency, account.id, body.amount)
    return DONE
