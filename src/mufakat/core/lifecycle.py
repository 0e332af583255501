"""A payment's life: how it comes to the log, and the steps that it may take from there.

A payment that settled on entry is a row of the register, one that is reserved an open reservation until it ends,
any other a record; all take the same steps.
"""

import datetime
from typing import Final

import msgspec

from mufakat.core.accounts import settlement_account
from mufakat.core.batch import release
from mufakat.core.lines import Line
from mufakat.core.register import Row
from mufakat.core.reservations import Reservation
from mufakat.core.state import Payment, PaymentStatus, State
from mufakat.model.command import Channel, PaymentOrder
from mufakat.model.identifier import Bic, Uetr
from mufakat.model.queueing import Action
from mufakat.model.refusal import Reason

_NEXT: Final = {
    PaymentStatus.ACCEPTED: (
        PaymentStatus.QUEUED,
        PaymentStatus.SETTLED,
        PaymentStatus.REJECTED,
        PaymentStatus.CANCELLED,
        PaymentStatus.HELD,
    ),
    PaymentStatus.QUEUED: (
        PaymentStatus.SETTLED,
        PaymentStatus.REJECTED,
        PaymentStatus.CANCELLED,
        PaymentStatus.HELD,
    ),
    PaymentStatus.HELD: (PaymentStatus.ACCEPTED, PaymentStatus.FROZEN),
    PaymentStatus.FROZEN: (PaymentStatus.ACCEPTED, PaymentStatus.REJECTED),
    PaymentStatus.SETTLED: (PaymentStatus.RETURNED,),
    PaymentStatus.RETURNED: (),
    PaymentStatus.REJECTED: (),
    PaymentStatus.CANCELLED: (),
    PaymentStatus.RESERVED: (PaymentStatus.REJECTED,),
    PaymentStatus.VOIDED: (),
}
_RETURNED_IN_PART: Final = (PaymentStatus.REJECTED, PaymentStatus.CANCELLED)


def payment_of(state: State, uetr: Uetr) -> Payment | None:
    """Return a payment on the log, or None; of one that is no record, without what only its order said.

    That is the commitment to its message, its priority and its times; of an open reservation only the first.
    """
    reservation = state.reservations.get(uetr)
    if reservation is not None:
        return _of_reservation(state, reservation)
    row = state.register.get(uetr)
    return state.payments.get(uetr) if row is None else _of_row(state, uetr, row)


def _of_reservation(state: State, of: Reservation) -> Payment:
    debit, credit = state.accounts.at(of.debit), state.accounts.at(of.credit)
    order = PaymentOrder(
        of.uetr,
        Bic(debit.owner),
        Bic(credit.owner),
        debit.currency,
        of.amount,
        state.day.date,
        Channel.RTGS,
        b"",
        of.priority,
        latest_us=of.latest_us,
        action=Action.RESERVE,
    )
    return Payment(order, of.number, PaymentStatus.RESERVED, None, of.priority, of.latest_us)


def _of_row(state: State, uetr: Uetr, row: Row) -> Payment:
    debit, credit = state.accounts.at(row.debit), state.accounts.at(row.credit)
    order = PaymentOrder(
        uetr,
        Bic(debit.owner),
        Bic(credit.owner),
        debit.currency,
        row.amount,
        datetime.date.fromordinal(row.date),
        Channel.RTGS,
        b"",
    )
    return Payment(order, row.number, PaymentStatus(row.status), Reason(row.reason) if row.reason else None)


def arrive(state: State, order: PaymentOrder, status: PaymentStatus, reason: Reason | None = None) -> None:
    """Bring a new payment to the log, the last of all; one that waits is the last of its priority."""
    assert order.uetr not in state.payments, "an identifier is used once"
    number = state.arrivals
    payment = Payment(order, number, status, reason, order.priority, order.latest_us, number)
    state.arrivals += 1
    state.payments.put(order.uetr, payment)
    state.register.take_note(order.uetr)
    enqueue(state, payment)


def move(state: State, uetr: Uetr, status: PaymentStatus, reason: Reason | None = None) -> None:
    """Change the status of a payment on the log, along the allowed steps only; one that queues is the last."""
    reservation = state.reservations.get(uetr)
    if reservation is not None:
        _step(PaymentStatus.RESERVED, status, paid=False)
        assert reason is not None, "what is rejected has a reason"
        release(state, reservation, reason)
        return
    row = state.register.get(uetr)
    if row is not None:
        _step(PaymentStatus(row.status), status, paid=True)
        state.register.set_status(row.number, status)
        return
    payment = state.payments[uetr]
    _step(payment.status, status, paid=bool(payment.paid))
    reason = payment.reason if reason is None else reason
    moved = msgspec.structs.replace(payment, status=status, reason=reason)
    if status is PaymentStatus.QUEUED:
        moved = at_the_end(state, moved)
    replace(state, payment, moved)


def _step(before: PaymentStatus, after: PaymentStatus, *, paid: bool) -> None:
    in_part = after is PaymentStatus.RETURNED and before in _RETURNED_IN_PART and paid
    assert in_part or after in _NEXT[before], f"no step from {before.name} to {after.name}"


def at_the_end(state: State, payment: Payment) -> Payment:
    """Return a payment with the next place in the order of the queues, which is then used."""
    state.arrivals += 1
    return msgspec.structs.replace(payment, place=state.arrivals - 1)


def replace(state: State, old: Payment, new: Payment) -> None:
    """Put a payment in place of what it was, and in its place among those that wait."""
    dequeue(state, old)
    state.payments.put(new.order.uetr, new)
    enqueue(state, new)


def arrive_or_move(
    state: State,
    uetr: Uetr,
    order: PaymentOrder | None,
    status: PaymentStatus,
    reason: Reason | None = None,
) -> None:
    """Bring a new payment to the log when its order is given, and else change the status of one that is there."""
    if order is None:
        move(state, uetr, status, reason)
    else:
        arrive(state, order, status, reason)


def enqueue(state: State, payment: Payment) -> None:
    """Keep a payment's place, in its account's queue or among the waiting, and its times."""
    uetr, order = payment.order.uetr, payment.order
    if payment.status is PaymentStatus.QUEUED:
        account = settlement_account(order.debtor_agent, order.currency)
        state.queues.setdefault(account, Line()).add(uetr, payment.priority)
        state.accounts.queued[state.accounts.row_of(account)] += 1
    elif payment.status is PaymentStatus.ACCEPTED:
        state.waiting[uetr] = None
        if order.earliest_us:
            state.times.earliest.put(uetr, order.earliest_us, payment.arrival)
    else:
        return
    if payment.latest_us:
        state.times.latest.put(uetr, payment.latest_us, payment.arrival)


def dequeue(state: State, payment: Payment) -> None:
    """Give up a payment's place in queue or waiting room, if it has one, and its times."""
    uetr, account = payment.order.uetr, settlement_account(payment.order.debtor_agent, payment.order.currency)
    queue = state.queues.get(account)
    if queue is not None and uetr in queue:
        queue.remove(uetr)
        state.accounts.queued[state.accounts.row_of(account)] -= 1
    state.waiting.pop(uetr, None)
    state.times.earliest.drop(uetr)
    state.times.latest.drop(uetr)
