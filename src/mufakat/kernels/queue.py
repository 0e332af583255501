"""Which queued payments settle together, so that no account that pays ends in deficit.

Payments of one currency stand in the order of the queue: by priority, then by arrival. All that are chosen settle
at once, so what comes in pays for what goes out. Source: Bech, Soramaki, "Gridlock resolution in interbank
payment systems", Bank of Finland Discussion Papers 9/2001.

`payer`, `payee`: int64 account numbers below len(funds). `amount`: int64, positive minor units. `funds`: int64
minor units by account that may be used, negative where a limit was cut below what is drawn already. Sums are exact
for all such numbers: a position is kept in two halves of 32 bits, each added up in 64, for up to 2**31 payments.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from mufakat.kernels.compiled import Int64, compiled

Bools = npt.NDArray[np.bool_]
_HALF: Final = 32
_LOW: Final = 2**32 - 1


@compiled
def strict(payer: Int64, payee: Int64, amount: Int64, funds: Int64) -> Bools:
    """Return the most payments that can settle together with each payer's taken in the order of its queue.

    The last payment of an account in deficit is dropped until none that pays is in deficit. What is dropped has no
    place in any set that settles so: the set that is left holds all others, whatever the order of accounts.
    """
    start, queued = by_account(payer, len(funds))
    end = start[1:].copy()
    high, low = _positions(payer, payee, amount, funds)
    waiting = np.zeros(len(funds), dtype=np.bool_)
    stack = np.empty(len(funds), dtype=np.int64)
    held = 0
    for account in range(len(funds)):
        if high[account] + (low[account] >> _HALF) < 0:
            stack[held] = account
            waiting[account] = True
            held += 1
    chosen = np.ones(len(payer), dtype=np.bool_)
    while held > 0:
        held -= 1
        account = stack[held]
        waiting[account] = False
        while end[account] > start[account] and high[account] + (low[account] >> _HALF) < 0:
            end[account] -= 1
            payment = queued[end[account]]
            chosen[payment] = False
            other = payee[payment]
            high[account] += amount[payment] >> _HALF
            low[account] += amount[payment] & _LOW
            high[other] -= amount[payment] >> _HALF
            low[other] -= amount[payment] & _LOW
            if other != account and not waiting[other] and high[other] + (low[other] >> _HALF) < 0:
                stack[held] = other
                waiting[other] = True
                held += 1
    return chosen


@compiled
def by_account(account_of: Int64, accounts: int) -> tuple[Int64, Int64]:
    """Return where the payments of each account begin in a list, and the list, each account's in their order."""
    start = np.zeros(accounts + 1, dtype=np.int64)
    for account in account_of:
        start[account + 1] += 1
    for account in range(accounts):
        start[account + 1] += start[account]
    at = start[:accounts].copy()
    listed = np.empty(len(account_of), dtype=np.int64)
    for payment in range(len(account_of)):
        account = account_of[payment]
        listed[at[account]] = payment
        at[account] += 1
    return start, listed


@compiled
def _positions(payer: Int64, payee: Int64, amount: Int64, funds: Int64) -> tuple[Int64, Int64]:
    """Return what each account has once all payments are settled: in units of 2**32, and the rest in units of 1."""
    high, low = funds >> _HALF, funds & _LOW
    for payment in range(len(payer)):
        value, rest = amount[payment] >> _HALF, amount[payment] & _LOW
        high[payer[payment]] -= value
        low[payer[payment]] -= rest
        high[payee[payment]] += value
        low[payee[payment]] += rest
    return high, low


def warm_up() -> None:
    """Run every kernel on a few payments."""
    one, two = np.array([0, 1, 0], dtype=np.int64), np.array([1, 0, 1], dtype=np.int64)
    amount, funds = np.array([5, 4, 9], dtype=np.int64), np.array([1, 0], dtype=np.int64)
    strict(one, two, amount, funds)
