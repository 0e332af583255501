"""Which queued payments settle, one after the other, when an account may have got funds.

The first of an account's line settles when it is covered, and so on: urgent before high before normal, and first
in, first out within a priority. Where the participant allows it, a payment that can settle may pass others of its
own priority that cannot. A divisible payment at the head settles what funds cover, in parts that are not too small.
What comes in may let the payee's own line move. Amounts are minor units. Rule source: charter, payments.
"""

import itertools
from typing import Final

import msgspec

from mufakat.core import ledger, limits
from mufakat.core.accounts import Account, settlement_account
from mufakat.core.binding import may_pay
from mufakat.core.decision import Events
from mufakat.core.lifecycle import move
from mufakat.core.state import Payment, PaymentStatus, State
from mufakat.model.command import PaymentOrder
from mufakat.model.event import PaymentSettled
from mufakat.model.identifier import AccountId
from mufakat.model.money import Amount
from mufakat.model.queueing import PaymentPartSettled, Priority, Transfer

MOST_LOOKED_PAST: Final = 64
"""How many payments of a line are looked at for one that may pass the others."""
_PARTS: Final = 10
"""A part is at least the tenth of its payment, or all of the rest: no payment has more parts than that."""


def release_queues(state: State, accounts: list[AccountId]) -> Events:
    """Settle queued payments from accounts that may have got funds, and on from there."""
    work = dict.fromkeys(accounts)
    while work:
        account = next(iter(work))
        del work[account]
        while (settlement := _next(state, account)) is not None:
            yield settlement
            work[settlement.credit] = None


def _next(state: State, account: AccountId) -> PaymentSettled | PaymentPartSettled | None:
    line = state.queues.get(account)
    priority = line.foremost if line is not None else None
    if line is None or priority is None:
        return None
    payer = state.accounts[account]
    available, most_looked_at = payer.available, _most_looked_at(state, account)
    for number, uetr in enumerate(itertools.islice(line.of(priority), most_looked_at)):
        payment = state.payments[uetr]
        if not may_pay(state, payer.owner, payment.order.creditor_agent):
            continue
        may_part = number == 0 and payment.order.divisible
        if payment.rest > available and not may_part:
            continue
        most = room(state, payment.order, payment.priority)
        if payment.rest <= most:
            return PaymentSettled(*transfer(payment))
        if may_part and most >= _least_part(payment):
            return PaymentPartSettled(*transfer(payment)[:3], Amount(most))
    return None


def _most_looked_at(state: State, account: AccountId) -> int:
    return MOST_LOOKED_PAST if allows_bypass(state, account) else 1


def _least_part(payment: Payment) -> int:
    return -(-payment.order.amount // _PARTS)


def transfer(payment: Payment) -> Transfer:
    """Return what settles the rest of a payment."""
    order = payment.order
    debit = settlement_account(order.debtor_agent, order.currency)
    return order.uetr, debit, settlement_account(order.creditor_agent, order.currency), payment.rest


def room(state: State, order: PaymentOrder, priority: Priority) -> int:
    """Return how much of a payment could settle now: funds, the payee's room, and limits allow it."""
    debit, credit = ends(state, order)
    within = limits.room(state, debit.id, order.creditor_agent, priority)
    return min(debit.available, ledger.most_to_receive(credit), within)


def ends(state: State, order: PaymentOrder) -> tuple[Account, Account]:
    """Return the accounts that a payment is between."""
    return (
        state.accounts[settlement_account(order.debtor_agent, order.currency)],
        state.accounts[settlement_account(order.creditor_agent, order.currency)],
    )


def is_next(state: State, account: AccountId, priority: Priority) -> bool:
    """Tell whether a payment that comes to an account now need not let another one go first."""
    line = state.queues.get(account)
    foremost = line.foremost if line is not None else None
    if foremost is None or foremost < priority:
        return True
    return foremost is priority and allows_bypass(state, account)


def allows_bypass(state: State, account: AccountId) -> bool:
    """Tell whether payments of an account may pass others of their priority."""
    terms = state.queue_terms.get(account)
    return terms is not None and terms.bypass


def evolve_settled(state: State, event: PaymentSettled) -> None:
    """Move the money, or the rest of it; the payment is final."""
    payment = state.payments[event.uetr]
    assert event.amount == payment.rest, "what settles is all that was left"
    move(state, event.uetr, PaymentStatus.SETTLED)
    ledger.post(state, event.debit, event.credit, event.amount)
    limits.count(state, event.debit, event.credit, event.amount, payment.priority)


def evolve_part(state: State, event: PaymentPartSettled) -> None:
    """Move a part of the money; it is final, and the rest keeps its place."""
    payment = state.payments[event.uetr]
    assert 0 < event.amount < payment.rest, "a part is less than the rest"
    paid = Amount(payment.paid + event.amount)
    state.payments.put(event.uetr, msgspec.structs.replace(payment, paid=paid))
    ledger.post(state, event.debit, event.credit, event.amount)
    limits.count(state, event.debit, event.credit, event.amount, payment.priority)


def settle_together(state: State, transfers: tuple[Transfer, ...]) -> None:
    """Settle the rest of several payments of one currency at once; each balance moves by the net."""
    nets: dict[AccountId, int] = {}
    for uetr, debit, credit, amount in transfers:
        payment = state.payments[uetr]
        assert amount == payment.rest, "what settles is all that was left"
        move(state, uetr, PaymentStatus.SETTLED)
        nets[debit] = nets.get(debit, 0) - amount
        nets[credit] = nets.get(credit, 0) + amount
        limits.count(state, debit, credit, amount, payment.priority)
    ledger.post_together(state, nets)
