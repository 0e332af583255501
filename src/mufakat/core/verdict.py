"""Verdicts: nothing moves for whom nobody has screened against the lists in force; what may be a hit waits.

Each command that brings something to be paid carries that its parties were screened; when a list changes, what is
open goes no further until its participant has screened it anew. Rule source: charter, compliance; FATF R.6, R.7.
"""

from typing import Final

from mufakat.core.accounts import settlement_account
from mufakat.core.binding import is_bound, lists_of, member_of
from mufakat.core.decision import Decision, refused
from mufakat.core.docket import Allowance, Screening, allowance_key
from mufakat.core.hold import HOLDABLE, hold_obligations, hold_payment
from mufakat.core.lifecycle import payment_of
from mufakat.core.release import release_queues
from mufakat.core.state import PaymentStatus, State
from mufakat.model.case import AllowanceEnded, NameAllowed, Rescreened
from mufakat.model.command import COMMITMENT_BYTES
from mufakat.model.identifier import Bic, ObligationId, Uetr
from mufakat.model.outcome import DONE, ItemOutcome, Outcome, Status
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.text import is_text
from mufakat.model.verdict import MOST_HITS, MOST_REASON, AllowName, Hit, Rescreen, Screened

_MOST_ITEMS: Final = 4_096
"""Hits of one rescreening."""
_WAITING: Final = (PaymentStatus.ACCEPTED, PaymentStatus.QUEUED, PaymentStatus.RESERVED)


def refuse_unscreened(state: State, author: str, screened: Screened) -> Refusal | None:
    """Return UNSCREENED or SCREENING_OUTDATED, or None for what stands screened against the lists in force."""
    lists = lists_of(state, author)
    if screened.lists != lists:
        reason = Reason.SCREENING_OUTDATED if screened.lists else Reason.UNSCREENED
        return Refusal(reason, f"In force for {author}: {lists.hex() or 'no list'}.")
    if len(screened.evidence) != (COMMITMENT_BYTES if lists else 0):
        return Refusal(Reason.UNSCREENED, "The commitment to the evidence has 32 bytes.")
    return None


def refuse_entries(state: State, author: str, entries: tuple[str, ...]) -> Refusal | None:
    """Check the entries that an item is held for: in force, on lists that bind the author, each once."""
    if not 0 < len(entries) <= MOST_HITS or len(set(entries)) < len(entries):
        return Refusal(Reason.UNKNOWN_ENTRY, f"1 to {MOST_HITS} entries, each once.")
    member = member_of(state, author)
    for each in entries:
        found = state.listed.get(each)
        if found is None or found.gone or not is_bound(found.list, member):
            return Refusal(Reason.UNKNOWN_ENTRY, each[:200])
    return None


def refuse_reason(reason: str) -> Refusal | None:
    """Check the words that a decision gives as its reason."""
    if 0 < len(reason) <= MOST_REASON and all(is_text(line) for line in (reason[:70], reason[70:]) if line):
        return None
    return Refusal(Reason.REASON_MISSING, f"1 to {MOST_REASON} characters that can be seen.")


def rescreen(state: State, author: str, body: Rescreen) -> Decision:
    """Put the author's hits on hold, and let what else is open of it go on.

    A hit that cannot be one refuses all: nothing goes on for a mistake. One whose item is over changes nothing.
    """
    if author not in state.participants:
        return refused(Reason.NOT_OWN_AFFAIR, "Only a participant screens its items.")
    refusal = refuse_unscreened(state, author, body.screened)
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    if len(body.hits) > _MOST_ITEMS:
        return refused(Reason.BATCH_TOO_LARGE, f"At most {_MOST_ITEMS}.")
    for hit in body.hits:
        refusal = refuse_entries(state, author, hit.entries) or _refuse_owner(state, author, hit)
        if refusal is not None:
            return Outcome(Status.REFUSED, refusal)
    bank, items = Bic(author), []
    for hit in body.hits:
        over = _refuse_over(state, hit)
        if over is not None:
            items.append(ItemOutcome(hit.item, Status.REFUSED, over))
            continue
        if hit.item in state.obligations:
            yield from hold_obligations(state, bank, (ObligationId(hit.item),), hit.entries, body.screened)
        else:
            yield from hold_payment(state, bank, Uetr(hit.item), hit.entries, body.screened)
        items.append(ItemOutcome(hit.item, Status.HELD))
    if body.more:
        return Outcome(Status.DONE, None, tuple(items))
    yield Rescreened(bank, body.screened)
    own = (settlement_account(author, member.currency) for member in state.charter.members)
    yield from release_queues(state, [each for each in own if each in state.queues])
    return Outcome(Status.DONE, None, tuple(items))


def _refuse_owner(state: State, author: str, hit: Hit) -> Refusal | None:
    """Check that an item is on the log, and the author's to hold."""
    obligation = state.obligations.get(hit.item)
    if obligation is not None:
        is_own = author in (obligation.debtor_agent, obligation.creditor_agent)
        return None if is_own else Refusal(Reason.NOT_OWN_AFFAIR, "Neither firm is the author's.")
    payment = payment_of(state, Uetr(hit.item))
    if payment is None:
        return Refusal(Reason.UNKNOWN_PAYMENT, hit.item[:110])
    if payment.order.debtor_agent != author:
        return Refusal(Reason.NOT_OWN_AFFAIR, f"Debtor agent {payment.order.debtor_agent}.")
    return None


def _refuse_over(state: State, hit: Hit) -> Refusal | None:
    """Return WRONG_STATUS for an item that is not open any more, or None."""
    obligation = state.obligations.get(hit.item)
    if obligation is not None:
        is_open = obligation.status in HOLDABLE
        return None if is_open else Refusal(Reason.WRONG_STATUS, obligation.status.name.lower())
    payment = payment_of(state, Uetr(hit.item))
    assert payment is not None, "the item is on the log"
    if payment.status not in _WAITING:
        return Refusal(Reason.WRONG_STATUS, f"The payment is {payment.status.name.lower()}.")
    return None


def evolve_rescreened(state: State, event: Rescreened) -> None:
    """All that is open of the participant stands screened."""
    state.screenings.put(event.participant, Screening(event.participant, event.screened))


def allow(state: State, author: str, body: AllowName) -> Decision:
    """Let a customer of the author's pass an entry, or end that."""
    yield from ()
    refusal = refuse_deciding(state, author, body.member)
    refusal = refusal or refuse_unscreened(state, author, body.screened) or refuse_reason(body.reason)
    refusal = refusal or refuse_entries(state, author, (body.entry,))
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    if len(body.customer) != COMMITMENT_BYTES:
        return refused(Reason.IDENTIFIER_INVALID, "The digest of the customer's data has 32 bytes.")
    if body.until < state.day.date:
        held = state.allowances.get(allowance_key(author, body.entry, body.customer))
        if held is None or held.ended:
            return refused(Reason.ALREADY_SO)
        yield AllowanceEnded(Bic(author), body.entry, body.customer)
        return DONE
    yield NameAllowed(
        Bic(author),
        body.member,
        body.entry,
        body.customer,
        body.until,
        body.scope,
        body.reason,
        body.screened,
    )
    return DONE


def refuse_deciding(state: State, author: str, member: str) -> Refusal | None:
    """Check that a participant decides, together with its own member."""
    participant = state.participants.get(author)
    if participant is None:
        return Refusal(Reason.NOT_OWN_AFFAIR, "Only a participant decides on what it screens.")
    if participant.sponsor != member:
        return Refusal(Reason.NOT_OWN_AFFAIR, f"{author} decides together with {participant.sponsor}.")
    return None


def evolve_allowed(state: State, event: NameAllowed) -> None:
    """Put the allowance in place."""
    allowance = Allowance(event.participant, event.entry, event.customer, event.until, event.scope)
    state.allowances.put(allowance_key(event.participant, event.entry, event.customer), allowance)
