"""What must always hold, as a list of named functions from a state to what is wrong with it.

Run after every batch in simulation and by the auditor; the property tests break each on purpose.
"""

from collections.abc import Callable
from typing import Final

from mufakat.core.state import ObligationStatus, PaymentStatus, State, settlement_account
from mufakat.model.money import MAX_AMOUNT


def debits_equal_credits(state: State) -> list[str]:
    """Per currency all balances sum to zero: money held is money issued or lent under swing lines."""
    sums: dict[str, int] = {}
    for account in state.accounts.records():
        sums[account.currency] = sums.get(account.currency, 0) + account.balance
    return [f"{currency}: balances sum to {total}" for currency, total in sorted(sums.items()) if total]


def no_account_beyond_its_limit(state: State) -> list[str]:
    """No account is further below zero than its limit, and none holds more than the ledger's range."""
    wrong = []
    for account in state.accounts.records():
        if not account.id.startswith("issue/") and account.balance < -account.limit:
            wrong.append(f"{account.id}: {account.balance} is below its limit -{account.limit}")
        if abs(account.balance) > MAX_AMOUNT:
            wrong.append(f"{account.id}: {account.balance} is out of range")
    return wrong


def no_reservation_outlives_its_settlement(state: State) -> list[str]:
    """Between commands nothing is pending, and reservations are covered."""
    wrong = [
        f"{account.id}: {account.pending} pending" for account in state.accounts.records() if account.pending
    ]
    wrong += [f"{currency}: positions not settled" for currency in state.positions]
    return wrong + [
        f"{account.id}: reserved {account.reserved} of {account.balance}"
        for account in state.accounts.records()
        if account.reserved < 0 or (account.reserved and account.reserved > account.balance + account.limit)
    ]


def each_waiting_payment_waits_once(state: State) -> list[str]:
    """A payment stands in its queue, or among the waiting, exactly when its status says so."""
    queued = {uetr: account for account, queue in state.queues.items() for uetr in queue}
    wrong = []
    for uetr, payment in state.payments.items():
        account = settlement_account(payment.order.debtor_agent, payment.order.currency)
        in_queue = queued.pop(payment.order.uetr, None)
        if (in_queue == account) != (payment.status is PaymentStatus.QUEUED):
            wrong.append(f"{uetr}: {payment.status.name} but queue says {in_queue}")
        if (payment.order.uetr in state.waiting) != (payment.status is PaymentStatus.ACCEPTED):
            wrong.append(f"{uetr}: {payment.status.name} disagrees with the waiting room")
    return wrong + [f"{uetr}: queued but unknown" for uetr in queued]


def nobody_owes_more_than_before(state: State) -> list[str]:
    """What is open of an obligation is between zero and its amount, and zero when it is discharged."""
    discharged = (ObligationStatus.SET_OFF, ObligationStatus.SETTLED)
    wrong = []
    for key, obligation in state.obligations.items():
        if not 0 <= obligation.open <= obligation.item.amount:
            wrong.append(f"{key}: open {obligation.open} of {obligation.item.amount}")
        if (obligation.open == 0) != (obligation.status in discharged):
            wrong.append(f"{key}: open {obligation.open} while {obligation.status.name}")
        if obligation.status is ObligationStatus.NETTED:
            wrong.append(f"{key}: netted but not settled")
    return wrong


def advances_are_lent(state: State) -> list[str]:
    """What participants owe for a member's swing line is what the member drew on it."""
    owed: dict[str, int] = {}
    for advance in state.advances.records():
        owed[advance.swing] = owed.get(advance.swing, 0) + advance.amount
    return [
        f"{account.id}: drawn {-account.balance}, advanced {owed.get(account.id, 0)}"
        for account in state.accounts.records()
        if account.id.startswith("swing/") and -account.balance != owed.get(account.id, 0)
    ]


INVARIANTS: Final[tuple[Callable[[State], list[str]], ...]] = (
    debits_equal_credits,
    no_account_beyond_its_limit,
    no_reservation_outlives_its_settlement,
    each_waiting_payment_waits_once,
    nobody_owes_more_than_before,
    advances_are_lent,
)


def violations(state: State) -> list[str]:
    """Return what is wrong with a state by any invariant; an empty list when all hold."""
    return [f"{check.__name__}: {text}" for check in INVARIANTS for text in check(state)]
