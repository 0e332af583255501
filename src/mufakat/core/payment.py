"""Payments between settlement accounts: accepted, queued, settled, returned, rejected or cancelled.

A payment of channel RTGS settles gross at once when the debtor agent's funds cover it, its limits allow it and
nothing of the same account has to go before it; otherwise it queues (`core.queue`). A payment of channel MPNS, and
one whose value date or earliest time is to come, is accepted and waits. What is settled is final; only
`return_payment`, a new movement, gives the money back. Rule source: charter, payments; PFMI principle 8 (finality).
"""

from collections.abc import Generator
from typing import Final

from mufakat.core import batch, ledger, limits, queue
from mufakat.core.accounts import settlement_account
from mufakat.core.authorisation import refuse_batch
from mufakat.core.decision import Decision, refused
from mufakat.core.lifecycle import arrive, arrive_or_move, move, payment_of
from mufakat.core.release import is_next, release_queues, room
from mufakat.core.standing import refuse_counterparty, refuse_currency, refuse_gone
from mufakat.core.state import Payment, PaymentStatus, State
from mufakat.model.calendar import Phase
from mufakat.model.command import CancelPayment, PaymentOrder, ReturnPayment, SubmitPayments
from mufakat.model.event import (
    AnyEvent,
    PaymentAccepted,
    PaymentCancelled,
    PaymentRejected,
    PaymentReturned,
    PaymentsSettled,
)
from mufakat.model.identifier import uetr_of
from mufakat.model.money import MAX_AMOUNT, Amount, refuse_amount
from mufakat.model.outcome import DONE, ItemOutcome, Outcome, Status
from mufakat.model.record import RECORD_BYTES, split, unpack
from mufakat.model.refusal import Reason, Refusal

_MOST_PATIENCE: Final = 64
_OVER: Final = (PaymentStatus.REJECTED, PaymentStatus.CANCELLED)


def submit(state: State, author: str, body: SubmitPayments) -> Decision:
    """Deal with each payment of a batch in order; each has its own outcome."""
    if author not in state.participants:
        return refused(Reason.NOT_OWN_AFFAIR, "Only a participant orders payments.")
    if len(body.records) % RECORD_BYTES:
        return refused(Reason.MALFORMED, f"A record has {RECORD_BYTES} bytes.")
    count = len(body.records) // RECORD_BYTES
    refusal = refuse_batch(state, count)
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    run = batch.Run(state, author, body.records) if count >= batch.LEAST else None
    statuses, exceptions = bytearray(), []
    at, patience = 0, 1
    while at < count:
        end = run.end(at) if run is not None else at
        if end > at:
            yield PaymentsSettled(body.records[at * RECORD_BYTES : end * RECORD_BYTES])
            statuses += bytes((Status.SETTLED,)) * (end - at)
            at, patience = end, 1
        # Where none settles at once, most likely the next does not either: look again after more and more of them.
        for record in split(body.records[at * RECORD_BYTES : (at + patience) * RECORD_BYTES]):
            item = yield from _submit_one(state, author, record)
            statuses.append(item.status)
            if item.refusal is not None:
                exceptions.append(item)
        at, patience = at + patience, min(2 * patience, _MOST_PATIENCE)
    return Outcome(Status.DONE, None, tuple(exceptions), statuses=bytes(statuses))


def _submit_one(state: State, author: str, record: bytes) -> Generator[AnyEvent, None, ItemOutcome]:
    """Settle, queue, accept or reject one payment.

    A rejection is recorded as the payment's end, unless the identifier is another payment's, or the
    order is not the author's own or not well formed.
    """
    uetr, order = uetr_of(record[:16]), unpack(record)
    if order is None:
        refusal = Refusal(
            Reason.IDENTIFIER_INVALID,
            "UETR, BIC, currency, channel, priority, date, time, or what has to be zero.",
        )
        return ItemOutcome(uetr, Status.REFUSED, refusal)
    unrecorded = _refuse_identity(state, author, order)
    if unrecorded is not None:
        return ItemOutcome(uetr, Status.REFUSED, unrecorded)
    rejection = (
        _refuse_parties(state, order)
        or _refuse_value_date(state, order)
        or queue.refuse_times(state, order.earliest_us, order.latest_us)
    )
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


def _refuse_identity(state: State, author: str, order: PaymentOrder) -> Refusal | None:
    if order.uetr in state.payments or order.uetr in state.register or order.uetr in state.exchanges:
        return Refusal(Reason.DUPLICATE, f"UETR {order.uetr}.")
    if order.debtor_agent != author:
        return Refusal(Reason.NOT_OWN_AFFAIR, f"Debtor agent {order.debtor_agent}.")
    return Refusal(Reason.AMOUNT_TOO_LARGE) if abs(order.amount) > MAX_AMOUNT else None


def _refuse_parties(state: State, order: PaymentOrder) -> Refusal | None:
    """Check agents, accounts and amount, in order of precedence of the reasons."""
    if order.creditor_agent not in state.participants:
        return Refusal(Reason.UNKNOWN_CREDITOR_AGENT, order.creditor_agent)
    issuer = state.charter.issuer(order.currency)
    if issuer is None:
        return Refusal(Reason.UNKNOWN_CURRENCY, order.currency)
    debit = ledger.usable(state, settlement_account(order.debtor_agent, order.currency))
    if isinstance(debit, Reason):
        return Refusal(debit, f"{order.debtor_agent}, {order.currency}.")
    credit = ledger.usable(state, settlement_account(order.creditor_agent, order.currency))
    if isinstance(credit, Reason):
        closed = credit is Reason.ACCOUNT_CLOSED
        reason = Reason.CREDITOR_ACCOUNT_CLOSED if closed else credit
        return Refusal(reason, f"{order.creditor_agent}, {order.currency}.")
    if order.creditor_agent == order.debtor_agent:
        return Refusal(Reason.SAME_PARTY, order.debtor_agent)
    closed_to_new = refuse_counterparty(state, order.creditor_agent) or refuse_currency(state, issuer)
    if closed_to_new is not None:
        return closed_to_new
    wrong = refuse_amount(order.amount)
    if wrong is not None:
        return Refusal(wrong)
    if order.amount > issuer.max_payment:
        return Refusal(Reason.ABOVE_PAYMENT_LIMIT, f"Limit: {issuer.max_payment} minor units.")
    return None


def _refuse_value_date(state: State, order: PaymentOrder) -> Refusal | None:
    day, date = state.day, order.value_date
    if day.phase is Phase.CLOSED:
        return Refusal(Reason.DAY_NOT_OPEN)
    if day.phase is Phase.CUT_OFF and date == day.date:
        return Refusal(Reason.AFTER_CUT_OFF)
    if not state.charter.settles(order.currency, date):
        return Refusal(Reason.CURRENCY_CLOSED, f"{order.currency} on {date}.")
    if date < day.date:
        return Refusal(Reason.VALUE_DATE_PAST, f"{date}; the business date is {day.date}.")
    horizon = state.charter.rules.value_date_horizon_days
    if date.toordinal() - day.date.toordinal() > horizon:
        return Refusal(Reason.VALUE_DATE_TOO_FAR, f"At most {horizon} days ahead.")
    return None


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
    gone = refuse_gone(state, order.debtor_agent, order.currency)
    if gone is not None:
        return Outcome(Status.REFUSED, gone)
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
    if len(event.records) == RECORD_BYTES and len(state.queue_terms):
        order = unpack(event.records)
        assert order is not None, "what settles is well formed"
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
