"""Obligations between firms: registered, accepted by the debtor, disputed, set off, netted, settled.

A firm acts through the participant that enrolled it. What a debtor's own participant registers is accepted
with it; what a creditor's participant registers waits for the debtor's word. Only accepted obligations take
part in cycles. A dispute is final under protocol 1; under protocol 2 the debtor settles it by accepting the debt.
Rule source: charter, obligations.
"""

from collections.abc import Generator
from typing import Final

import msgspec

from mufakat.core import ledger
from mufakat.core.accounts import settlement_account
from mufakat.core.authorisation import refuse_batch
from mufakat.core.binding import listed_firm, stopped_by
from mufakat.core.decision import Decision
from mufakat.core.standing import refuse_counterparty, refuse_currency, refuse_gone
from mufakat.core.state import Firm, Obligation, ObligationStatus, State
from mufakat.core.verdict import refuse_unscreened
from mufakat.model import identifier
from mufakat.model.calendar import Phase
from mufakat.model.certificate import Why
from mufakat.model.command import (
    COMMITMENT_BYTES,
    AcceptObligations,
    DisputeObligations,
    ObligationItem,
    RegisterObligations,
)
from mufakat.model.event import (
    AnyEvent,
    ObligationAccepted,
    ObligationDisputed,
    ObligationRegistered,
    ObligationsSetOff,
)
from mufakat.model.identifier import Bic, ObligationId
from mufakat.model.money import Amount, refuse_amount
from mufakat.model.outcome import ItemOutcome, Outcome, Status
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.setoff import ObligationsAcrossSetOff

Item = Generator[AnyEvent, None, ItemOutcome]
_SETTLES_DISPUTES: Final = 2
"""The protocol from which a disputed debt can still be accepted."""


def register(state: State, author: str, body: RegisterObligations) -> Decision:
    """Deal with each obligation of a batch in order; each has its own outcome."""
    refusal = refuse_batch_of_firms(state, author, len(body.obligations))
    refusal = refusal or refuse_unscreened(state, author, body.screened)
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    items = []
    for item in body.obligations:
        items.append((yield from register_one(state, author, item)))
    return Outcome(Status.DONE, None, tuple(items))


def refuse_batch_of_firms(state: State, author: str, size: int) -> Refusal | None:
    """Return why an author may not say so many things for firms now, or None."""
    if author not in state.participants:
        return Refusal(Reason.NOT_OWN_AFFAIR, "Only a participant speaks for firms.")
    if state.day.phase is not Phase.OPEN:
        closed = state.day.phase is Phase.CLOSED
        return Refusal(Reason.DAY_NOT_OPEN if closed else Reason.AFTER_CUT_OFF)
    return refuse_batch(state, size)


def register_one(state: State, author: str, item: ObligationItem) -> Item:
    """Register one obligation."""
    debtor, creditor = state.firms.get(item.debtor), state.firms.get(item.creditor)
    if debtor is None or creditor is None:
        missing = item.debtor if debtor is None else item.creditor
        return _refused(item.id, Reason.UNKNOWN_FIRM, f"LEI {missing[:35]}.")
    refusal = _refuse(state, author, item, debtor, creditor)
    if refusal is not None:
        return ItemOutcome(item.id, Status.REFUSED, refusal)
    accepted = debtor.agent == author
    yield ObligationRegistered(item, debtor.agent, creditor.agent, accepted)
    return ItemOutcome(item.id, Status.ACCEPTED if accepted else Status.REGISTERED)


def _refuse(state: State, author: str, item: ObligationItem, debtor: Firm, creditor: Firm) -> Refusal | None:
    reference = item.id.removeprefix(f"{item.creditor}/")
    if (
        identifier.obligation_id(item.creditor, reference) != item.id
        or len(item.document) != COMMITMENT_BYTES
    ):
        return Refusal(Reason.IDENTIFIER_INVALID, "Obligation reference or commitment.")
    if item.id in state.obligations:
        return Refusal(Reason.DUPLICATE, item.id)
    if author not in (debtor.agent, creditor.agent):
        return Refusal(Reason.NOT_OWN_AFFAIR, "Neither firm is the author's.")
    issuer = state.charter.issuer(item.currency)
    if issuer is None:
        return Refusal(Reason.UNKNOWN_CURRENCY, item.currency)
    for agent in (debtor.agent, creditor.agent):
        account = ledger.usable(state, settlement_account(agent, item.currency))
        if isinstance(account, Reason):
            return Refusal(account, f"{agent}, {item.currency}.")
    if item.debtor == item.creditor:
        return Refusal(Reason.SAME_PARTY, item.debtor)
    for agent in (debtor.agent, creditor.agent):
        closed = refuse_counterparty(state, agent)
        if closed is not None:
            return closed
    closed = refuse_currency(state, issuer) or refuse_listed(state, item, (debtor.agent, creditor.agent))
    if closed is not None:
        return closed
    wrong = refuse_amount(item.amount)
    return Refusal(wrong) if wrong is not None else None


def refuse_listed(state: State, item: ObligationItem, agents: tuple[Bic, Bic]) -> Refusal | None:
    """Return why lists in force stop an obligation, or None: by a firm's number, or by its document's goods."""
    listed = listed_firm(state, (item.debtor, item.creditor), agents)
    if listed is not None:
        return Refusal(Reason.PARTY_LISTED, listed)
    rule = stopped_by(state, item)
    return None if rule is None else Refusal(Reason.GOODS_EMBARGOED, rule)


def accept(state: State, author: str, body: AcceptObligations) -> Decision:
    """Own debts on behalf of the author's firms; each item has its own outcome."""
    refusal = refuse_unscreened(state, author, body.screened)
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    return (yield from _answer(state, author, body.ids, ObligationAccepted, Status.ACCEPTED))


def _answerable(state: State, obligation: Obligation, answer: type) -> bool:
    settles_dispute = answer is ObligationAccepted and state.protocol >= _SETTLES_DISPUTES
    return obligation.status is ObligationStatus.REGISTERED or (
        obligation.status is ObligationStatus.DISPUTED and settles_dispute
    )


def dispute(state: State, author: str, body: DisputeObligations) -> Decision:
    """Contest debts on behalf of the author's firms; each item has its own outcome."""
    return (yield from _answer(state, author, body.ids, ObligationDisputed, Status.DONE))


def _answer(
    state: State,
    author: str,
    ids: tuple[ObligationId, ...],
    answer: type[ObligationAccepted] | type[ObligationDisputed],
    status: Status,
) -> Decision:
    refusal = refuse_batch_of_firms(state, author, len(ids))
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    items = []
    for each in ids:
        obligation = state.obligations.get(each)
        if obligation is None:
            items.append(_refused(each, Reason.UNKNOWN_OBLIGATION, each))
        elif obligation.debtor_agent != author:
            items.append(_refused(each, Reason.NOT_OWN_AFFAIR, f"Debtor agent {obligation.debtor_agent}."))
        elif not _answerable(state, obligation, answer):
            is_now = obligation.status.name.lower().replace("_", " ")
            items.append(_refused(each, Reason.WRONG_STATUS, f"The obligation is {is_now}."))
        elif gone := _refuse_closed(state, obligation):
            items.append(ItemOutcome(each, Status.REFUSED, gone))
        else:
            yield answer(each)
            items.append(ItemOutcome(each, status))
    return Outcome(Status.DONE, None, tuple(items))


def _refuse_closed(state: State, obligation: Obligation) -> Refusal | None:
    """Return why nothing can be said of a debt any more: a side has left, or is listed."""
    agents = obligation.debtor_agent, obligation.creditor_agent
    gone = refuse_gone(state, obligation.creditor_agent, obligation.item.currency)
    return gone or refuse_listed(state, obligation.item, agents)


def _refused(item: str, reason: Reason, detail: str) -> ItemOutcome:
    return ItemOutcome(item, Status.REFUSED, Refusal(reason, detail))


def evolve_registered(state: State, event: ObligationRegistered) -> None:
    """Put a new obligation on the log."""
    status = ObligationStatus.ACCEPTED if event.accepted else ObligationStatus.REGISTERED
    item = event.item
    state.obligations.put(
        item.id, Obligation(item, event.debtor_agent, event.creditor_agent, status, item.amount)
    )


def evolve_accepted(state: State, event: ObligationAccepted) -> None:
    """The debtor owns the debt."""
    move(state, event.id, ObligationStatus.ACCEPTED)


def evolve_disputed(state: State, event: ObligationDisputed) -> None:
    """The debt is contested and takes part in nothing."""
    move(state, event.id, ObligationStatus.DISPUTED)


def evolve_set_off(state: State, event: ObligationsSetOff | ObligationsAcrossSetOff) -> None:
    """Take what was cleared off what is owed."""
    for each, cleared in event.cleared:
        obligation = state.obligations[each]
        left = Amount(obligation.open - cleared)
        assert 0 < cleared <= obligation.open, "set-off clears part or all of what is owed"
        assert obligation.status is ObligationStatus.ACCEPTED, "only accepted obligations are set off"
        status = ObligationStatus.ACCEPTED if left else ObligationStatus.SET_OFF
        state.obligations.put(each, msgspec.structs.replace(obligation, open=left, status=status))


def note_left(state: State, each: ObligationId, why: Why) -> None:
    """Note since when cycles leave an obligation short.

    A cycle in which its currency is closed, or its creditor's bank has no room for it, asks its debtor for nothing.
    """
    obligation = state.obligations[each]
    if why in {Why.CLOSED, Why.HELD_BACK}:
        return
    since = (obligation.short_since or state.day.date) if why is Why.SHORT else None
    if since != obligation.short_since:
        state.obligations.put(each, msgspec.structs.replace(obligation, short_since=since))


_NEXT: Final = {
    ObligationStatus.REGISTERED: (ObligationStatus.ACCEPTED, ObligationStatus.DISPUTED),
    ObligationStatus.ACCEPTED: (ObligationStatus.NETTED,),
    ObligationStatus.NETTED: (ObligationStatus.SETTLED,),
    ObligationStatus.DISPUTED: (ObligationStatus.ACCEPTED,),
    ObligationStatus.SET_OFF: (),
    ObligationStatus.SETTLED: (),
    ObligationStatus.BLOCKED: (),
}


def move(state: State, each: ObligationId, status: ObligationStatus) -> None:
    """Change an obligation's status, along the allowed steps only; a settled one is owed no more."""
    obligation = state.obligations[each]
    assert status in _NEXT[obligation.status], f"no step from {obligation.status.name} to {status.name}"
    left = Amount(0) if status is ObligationStatus.SETTLED else obligation.open
    state.obligations.put(each, msgspec.structs.replace(obligation, status=status, open=left))
