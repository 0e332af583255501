"""Payments between settlement accounts: accepted, queued, settled, returned, rejected or cancelled.

A payment of channel RTGS settles gross at once when the debtor agent's funds cover it, its limits allow it and
nothing of the same account has to go before it; otherwise it queues (`core.queue`). A payment of channel MPNS, and
one whose value date or earliest time is to come, is accepted and waits. What is reserved, or linked with others,
takes effect at once or not at all (`core.chain`). What is settled is final; only `return_payment`, a new movement,
gives the money back. Rule source: charter, payments; PFMI principle 8 (finality).
"""

from collections.abc import Generator
from typing import Final

from mufakat.core import batch, chain, ledger, limits, queue
from mufakat.core.accounts import settlement_account
from mufakat.core.authorisation import refuse_batch
from mufakat.core.binding import lists_of
from mufakat.core.decision import Decision, refused
from mufakat.core.lifecycle import arrive, arrive_or_move, move, payment_of
from mufakat.core.order import refuse_identity, refuse_order
from mufakat.core.release import is_next, release_queues, room
from mufakat.core.standing import refuse_gone, refuse_speaker
from mufakat.core.state import Payment, PaymentStatus, State
from mufakat.core.verdict import refuse_unscreened
from mufakat.model.calendar import Phase
from mufakat.model.command import CancelPayment, ReturnPayment, SubmitPayments
from mufakat.model.event import (
    AnyEvent,
    PaymentAccepted,
    PaymentCancelled,
    PaymentRejected,
    PaymentReturned,
    PaymentsSettled,
    RecordsPosted,
)
from mufakat.model.identifier import uetr_of
from mufakat.model.money import Amount
from mufakat.model.outcome import DONE, ItemOutcome, Outcome, Status
from mufakat.model.queueing import Action
from mufakat.model.record import RECORD_BYTES, action_of, is_linked, unpack
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.verdict import Screened

_MOST_PATIENCE: Final = 64
_OVER: Final = (PaymentStatus.REJECTED, PaymentStatus.CANCELLED)


def submit(state: State, author: str, body: SubmitPayments) -> Decision:
    """Deal with each record of a batch in order; each has its own outcome."""
    count = len(body.records) // RECORD_BYTES
    refusal = _refuse_signers(state, author, body) or _refuse_form(body) or refuse_batch(state, count)
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    signers = (author, *body.signers)
    run = batch.Run(state, signers, body.records) if count >= batch.LEAST else None
    statuses, exceptions = bytearray(), []
    at, patience = 0, 1
    while at < count:
        end = run.end(at) if run is not None else at
        if run is not None and end > at:
            yield run.event(at, end)
            statuses += run.statuses(at, end)
            at, patience = end, 1
        # Where none settles at once, most likely the next does not either: look again after more and more of them.
        until = min(count, at + patience)
        while at < until:
            records = _chain_at(body.records, at)
            for item in (yield from _submit_chain(state, signers, records)):
                statuses.append(item.status)
                if item.refusal is not None:
                    exceptions.append(item)
            at += len(records)
        patience = min(2 * patience, _MOST_PATIENCE)
    return Outcome(Status.DONE, None, tuple(exceptions), statuses=bytes(statuses))


def _refuse_signers(state: State, author: str, body: SubmitPayments) -> Refusal | None:
    """Check that all who sign are participants who may order payments now, each named once."""
    signers = (author, *body.signers)
    if any(each not in state.participants for each in signers):
        return Refusal(Reason.NOT_OWN_AFFAIR, "Only a participant orders payments.")
    if author in body.signers or list(body.signers) != sorted(set(body.signers)):
        return Refusal(Reason.MALFORMED, "Who signs beside the author is named once, in order.")
    said = (refuse_speaker(state, each, body) for each in body.signers)
    refusal = next((refusal for refusal in said if refusal is not None), None)
    return refusal or _refuse_unscreened(state, signers, body.screened)


def _refuse_unscreened(
    state: State, signers: tuple[str, ...], screened: tuple[Screened, ...]
) -> Refusal | None:
    """Check that each signer has screened its payments; where no list binds any, nobody says so."""
    if not screened and not any(lists_of(state, each) for each in signers):
        return None
    if len(screened) != len(signers):
        return Refusal(Reason.UNSCREENED, f"{len(screened)} verdicts for {len(signers)} signers.")
    said = (refuse_unscreened(state, *each) for each in zip(signers, screened, strict=True))
    return next((refusal for refusal in said if refusal is not None), None)


def _refuse_form(body: SubmitPayments) -> Refusal | None:
    if len(body.records) % RECORD_BYTES:
        return Refusal(Reason.MALFORMED, f"A record has {RECORD_BYTES} bytes.")
    if body.records and is_linked(body.records[-RECORD_BYTES:]):
        return Refusal(Reason.MALFORMED, "The last record is linked to a next one.")
    return None


def _chain_at(records: bytes, at: int) -> list[bytes]:
    """Return a record and those that it is linked to."""
    chain: list[bytes] = []
    while not chain or is_linked(chain[-1]):
        begin = (at + len(chain)) * RECORD_BYTES
        chain.append(records[begin : begin + RECORD_BYTES])
    return chain


def _submit_chain(
    state: State, signers: tuple[str, ...], records: list[bytes]
) -> Generator[AnyEvent, None, list[ItemOutcome]]:
    if len(records) > 1 or action_of(records[0]) is not Action.PAY:
        return (yield from chain.take(state, signers, records))
    return [(yield from _submit_one(state, signers, records[0]))]


def _submit_one(
    state: State, signers: tuple[str, ...], record: bytes
) -> Generator[AnyEvent, None, ItemOutcome]:
    """Settle, queue, accept or reject one payment.

    A rejection is recorded as the payment's end, unless the identifier is another payment's, or the
    order is not the author's own or not well formed.
    """
    uetr, order = uetr_of(record[:16]), unpack(record)
    if order is None:
        return ItemOutcome(uetr, Status.REFUSED, chain.ILL_FORMED)
    unrecorded = refuse_identity(state, signers, order)
    if unrecorded is not None:
        return ItemOutcome(uetr, Status.REFUSED, unrecorded)
    rejection = refuse_order(state, order)
    if rejection is not None:
        yield PaymentRejected(order.uetr, rejection.reason, order)
        return ItemOutcome(order.uetr, Status.REFUSED, rejection)
    if not queue.may_settle(state, order):
        yield PaymentAccepted(order)
        return ItemOutcome(order.uetr, Status.ACCEPTED)
    debit = settlement_account(order.debtor_agent, order.currency)
    if not is_next(state, debit, order.priority) or order.amount > room(state, order, order.priority):
        yield from queue.join(state, order)
        settled = state.payments[order.uetr].status is PaymentStatus.SETTLED
        return ItemOutcome(order.uetr, Status.SETTLED if settled else Status.QUEUED)
    yield PaymentsSettled(record)
    yield from release_queues(state, [settlement_account(order.creditor_agent, order.currency)])
    return ItemOutcome(order.uetr, Status.SETTLED)


def cancel(state: State, author: str, body: CancelPayment) -> Decision:
    """Withdraw a payment of the author's own that has not settled."""
    payment = payment_of(state, body.uetr)
    if payment is None:
        return refused(Reason.UNKNOWN_PAYMENT, body.uetr)
    if payment.order.debtor_agent != author:
        return refused(Reason.NOT_OWN_AFFAIR, f"Debtor agent {payment.order.debtor_agent}.")
    if payment.status not in queue.WAITING:
        return refused(Reason.WRONG_STATUS, f"The payment is {payment.status.name.lower()}.")
    yield PaymentCancelled(body.uetr)
    yield from release_queues(state, [settlement_account(author, payment.order.currency)])
    return DONE


def give_back(state: State, author: str, body: ReturnPayment) -> Decision:
    """Move back what has settled of a payment that is over, from the creditor agent's free funds, once."""
    payment = payment_of(state, body.uetr)
    if payment is None:
        return refused(Reason.UNKNOWN_PAYMENT, body.uetr)
    order = payment.order
    if order.creditor_agent != author:
        return refused(Reason.NOT_OWN_AFFAIR, f"Creditor agent {order.creditor_agent}.")
    if state.day.phase is Phase.CLOSED or not state.charter.settles(order.currency, state.day.date):
        return refused(Reason.DAY_NOT_OPEN)
    if payment.status is PaymentStatus.RETURNED:
        return refused(Reason.ALREADY_RETURNED, body.uetr)
    settled = _settled_of(payment)
    if not settled:
        return refused(Reason.WRONG_STATUS, f"The payment is {payment.status.name.lower()}.")
    if len(body.reason) != 4 or not body.reason.isascii() or not body.reason.isalnum():
        return refused(Reason.REASON_CODE_INVALID, body.reason[:35])
    debit = ledger.usable(state, settlement_account(order.creditor_agent, order.currency))
    credit = ledger.usable(state, settlement_account(order.debtor_agent, order.currency))
    for account in (debit, credit):
        if isinstance(account, Reason):
            return refused(account)
    refusal = refuse_gone(state, order.debtor_agent, order.currency)
    refusal = refusal or refuse_unscreened(state, author, body.screened)
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    assert not isinstance(debit, Reason), "the account was just found usable"
    assert not isinstance(credit, Reason), "the account was just found usable"
    if settled > debit.available:
        return refused(Reason.INSUFFICIENT_FUNDS, f"Available: {debit.available} minor units.")
    if not ledger.room_to_receive(credit, settled):
        return refused(Reason.AMOUNT_TOO_LARGE)
    yield PaymentReturned(body.uetr, debit.id, credit.id, settled, body.reason)
    yield from release_queues(state, [credit.id])
    return DONE


def _settled_of(payment: Payment) -> Amount:
    """Return what is final of a payment that is over: all, the parts that settled before it ended, or nothing."""
    if payment.status is PaymentStatus.SETTLED:
        return payment.order.amount
    return payment.paid if payment.status in _OVER else Amount(0)


def evolve_accepted(state: State, event: PaymentAccepted) -> None:
    """Let a new payment wait."""
    arrive(state, event.order, PaymentStatus.ACCEPTED)


def evolve_settled_on_entry(state: State, event: PaymentsSettled) -> None:
    """Move the money of new payments; they are final. Those of accounts with limits come one at a time."""
    batch.post(state, event.records)
    _count_one(state, event.records)


def evolve_posted(state: State, event: RecordsPosted) -> None:
    """Let records take effect. Those of accounts with limits come one at a time."""
    batch.post(state, event.records)
    _count_one(state, event.records)


def _count_one(state: State, records: bytes) -> None:
    """Count a payment that settled towards the limits of both sides."""
    if len(records) == RECORD_BYTES and len(state.queue_terms):
        order = unpack(records)
        assert order is not None, "what settles is well formed"
        if order.action not in (Action.PAY, Action.POST):
            return
        debit = settlement_account(order.debtor_agent, order.currency)
        credit = settlement_account(order.creditor_agent, order.currency)
        limits.count(state, debit, credit, order.amount, order.priority)


def evolve_rejected(state: State, event: PaymentRejected) -> None:
    """End a payment without settlement."""
    arrive_or_move(state, event.uetr, event.order, PaymentStatus.REJECTED, event.reason)


def evolve_cancelled(state: State, event: PaymentCancelled) -> None:
    """End a payment as withdrawn."""
    move(state, event.uetr, PaymentStatus.CANCELLED)


def evolve_returned(state: State, event: PaymentReturned) -> None:
    """Move the money back."""
    move(state, event.uetr, PaymentStatus.RETURNED)
    ledger.post(state, event.debit, event.credit, event.amount)
    limits.count_returned(state, event.debit, event.credit, event.amount)
