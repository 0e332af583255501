"""The queue: what a payment goes through that cannot settle at once, from when it comes to when it has to end.

On its way in, payments that the payee's bank has queued the other way round are settled with it where both banks
can pay the net (offsetting). Then it waits for funds, or for a set that settles together, until its latest time has
passed. Rule source: charter, payments; T2 RTGS, liquidity saving.
"""

from typing import Final

import msgspec

from mufakat.core import ledger, lifecycle, limits, resolution
from mufakat.core.accounts import settlement_account
from mufakat.core.binding import may_pay
from mufakat.core.decision import Decision, Events, refused
from mufakat.core.order import refuse_times
from mufakat.core.release import (
    MOST_LOOKED_PAST,
    allows_bypass,
    ends,
    release_queues,
    settle_together,
    transfer,
)
from mufakat.core.state import Payment, PaymentStatus, State
from mufakat.model.calendar import Phase
from mufakat.model.command import Channel, PaymentOrder
from mufakat.model.event import PaymentQueued, PaymentRejected
from mufakat.model.identifier import AccountId, Uetr
from mufakat.model.outcome import DONE, Outcome, Status
from mufakat.model.queueing import AmendPayment, PaymentAmended, PaymentsOffset
from mufakat.model.record import LAST_TIME_US
from mufakat.model.refusal import Reason

MOST_OFFSETTING: Final = 8
"""How many payments, at most, settle against one that comes the other way."""
WAITING: Final = (PaymentStatus.ACCEPTED, PaymentStatus.QUEUED)


def join(state: State, order: PaymentOrder) -> Events:
    """Queue a new payment that could not settle at once."""
    yield PaymentQueued(order.uetr, order)
    if order.divisible:
        yield from release_queues(state, [settlement_account(order.debtor_agent, order.currency)])
    yield from _save_liquidity(state, order.uetr)


def come(state: State, uetr: Uetr) -> Events:
    """Queue a payment that waited for its date or time, and settle it if it can."""
    order = state.payments[uetr].order
    yield PaymentQueued(uetr)
    yield from release_queues(state, [settlement_account(order.debtor_agent, order.currency)])
    yield from _save_liquidity(state, uetr)


def _save_liquidity(state: State, uetr: Uetr) -> Events:
    """Offset a payment that was just queued, and look the queues of its currency through when that is due."""
    payment = state.payments[uetr]
    if payment.status is PaymentStatus.QUEUED:
        yield from _offset(state, payment)
    if resolution.is_due(state, payment.order.currency):
        yield from resolution.resolve(state, payment.order.currency)


def _offset(state: State, payment: Payment) -> Events:
    order = payment.order
    debit, credit = (each.id for each in ends(state, order))
    both_ways = (order.debtor_agent, order.creditor_agent), (order.creditor_agent, order.debtor_agent)
    if not all(may_pay(state, *each) for each in both_ways):
        return
    line = state.queues[debit]
    bypass = allows_bypass(state, debit) and line.foremost is payment.priority
    if not bypass and next(iter(line)) != payment.order.uetr:
        return
    against = _against(state, payment, credit)
    if against:
        yield PaymentsOffset(tuple(map(transfer, (payment, *against))))
        yield from release_queues(state, [debit, credit])


def _against(state: State, payment: Payment, account: AccountId) -> list[Payment]:
    """Return the first payments of the payee's line to the payer, as many as it takes to pay both nets; or none."""
    line = state.queues.get(account)
    foremost = line.foremost if line is not None else None
    if line is None or foremost is None:
        return []
    bypass = allows_bypass(state, account)
    found: list[Payment] = []
    for number, uetr in enumerate(line.of(foremost) if bypass else line):
        other = state.payments[uetr]
        if other.order.creditor_agent == payment.order.debtor_agent:
            found.append(other)
            if _is_covered(state, payment, found):
                return found
        elif not bypass:
            break
        if len(found) == MOST_OFFSETTING or number + 1 == MOST_LOOKED_PAST:
            break
    return []


def _is_covered(state: State, payment: Payment, against: list[Payment]) -> bool:
    """Tell whether both sides can pay and receive their net, within their limits."""
    net = sum(each.rest for each in against) - payment.rest
    payer, payee = ends(state, payment.order)
    gains, loses = (payer, payee) if net >= 0 else (payee, payer)
    covered = abs(net) <= loses.available and ledger.room_to_receive(gains, abs(net))
    return covered and not limits.exceeded(state, (payment, *against))


def on_time(state: State) -> Events:
    """Reject what was not settled by its latest time, and queue what may settle from now on.

    While the union is halted nothing settles, and nothing ends.
    """
    if state.halted:
        return
    freed: list[AccountId] = []
    for reservation in state.reservations.due(state.now_us):
        freed.append(state.accounts.at(reservation.debit).id)
        yield PaymentRejected(reservation.uetr, Reason.LATEST_TIME_PASSED)
    for uetr in state.times.latest.take(state.now_us - 1):
        freed.append(transfer(state.payments[uetr])[1])
        yield PaymentRejected(uetr, Reason.LATEST_TIME_PASSED)
    yield from release_queues(state, freed)
    due = [state.payments[uetr] for uetr in state.times.earliest.take(state.now_us)]
    for payment in sorted(due, key=lambda each: each.arrival):
        if state.day.phase is not Phase.CLOSED and may_settle(state, payment.order):
            yield from come(state, payment.order.uetr)


def may_settle(state: State, order: PaymentOrder) -> bool:
    """Tell whether a payment that waits may settle gross now: its date and its time have come."""
    return (
        order.value_date <= state.day.date
        and order.channel is Channel.RTGS
        and order.earliest_us <= state.now_us
        and state.charter.settles(order.currency, state.day.date)
    )


def free_reservations(state: State) -> Events:
    """Reject what is still reserved at the close, so that its money is free for what the payer owes."""
    for reservation in state.reservations.all():
        yield PaymentRejected(reservation.uetr, Reason.LATEST_TIME_PASSED)


def start_of_day(state: State) -> Events:
    """Bring gross payments whose value date has come: they settle or queue, in order of arrival."""
    for uetr in list(state.waiting):
        if may_settle(state, state.payments[uetr].order):
            yield from come(state, uetr)


def end_of_day(state: State) -> Events:
    """Reject what waits for funds, a cycle or a time at the close and was due today, in order of arrival.

    Parts that have settled stay settled: the rest is rejected. What could not settle today because its currency's
    issuer does not work goes on waiting.
    """
    left = [state.payments[uetr] for queue in state.queues.values() for uetr in queue]
    left += [state.payments[uetr] for uetr in state.waiting]
    for payment in sorted(left, key=lambda each: each.arrival):
        due = payment.order.value_date <= state.day.date
        if due and state.charter.settles(payment.order.currency, state.day.date):
            yield PaymentRejected(payment.order.uetr, Reason.UNSETTLED_AT_CLOSE)


def amend(state: State, author: str, body: AmendPayment) -> Decision:
    """Give a waiting payment of the author's own another priority or latest time."""
    payment = lifecycle.payment_of(state, body.uetr)
    if payment is None:
        return refused(Reason.UNKNOWN_PAYMENT, body.uetr[:40])
    if payment.order.debtor_agent != author:
        return refused(Reason.NOT_OWN_AFFAIR, f"Debtor agent {payment.order.debtor_agent}.")
    if payment.status not in WAITING:
        return refused(Reason.WRONG_STATUS, f"The payment is {payment.status.name.lower()}.")
    if not 0 <= body.latest_us <= LAST_TIME_US:
        return refused(Reason.TIME_INVALID)
    wrong = refuse_times(state, payment.order.earliest_us, body.latest_us)
    if wrong is not None:
        return Outcome(Status.REFUSED, wrong)
    if (payment.priority, payment.latest_us) == (body.priority, body.latest_us):
        return refused(Reason.ALREADY_SO)
    yield PaymentAmended(body.uetr, body.priority, body.latest_us)
    yield from release_queues(state, [settlement_account(author, payment.order.currency)])
    return DONE


def evolve_queued(state: State, event: PaymentQueued) -> None:
    """Put a payment at the end of its priority in its account's queue."""
    lifecycle.arrive_or_move(state, event.uetr, event.order, PaymentStatus.QUEUED)
    resolution.note_queued(state, state.payments[event.uetr].order.currency)


def evolve_amended(state: State, event: PaymentAmended) -> None:
    """Put the new priority and time in place; a queued payment of another priority becomes the last of it."""
    before = state.payments[event.uetr]
    after = msgspec.structs.replace(before, priority=event.priority, latest_us=event.latest_us)
    if before.status is PaymentStatus.QUEUED and event.priority is not before.priority:
        lifecycle.replace(state, before, lifecycle.at_the_end(state, after))
        return
    state.payments.put(event.uetr, after)
    state.times.latest.drop(event.uetr)
    if event.latest_us:
        state.times.latest.put(event.uetr, event.latest_us, after.arrival)


def evolve_offset(state: State, event: PaymentsOffset) -> None:
    """Move the money of all at once; they are final."""
    settle_together(state, event.payments)
