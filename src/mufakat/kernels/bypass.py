"""Which queued payments settle together at the largest value, where payers allow that one overtakes another.

Finding the largest value is NP-hard: with one payer it is a knapsack. This is a search that stops after a counted
number of steps, and so gives the same choice on every machine. A move turns one payment, on or off, and mends what
falls short of funds by turning others, each chosen to leave the least shortfall; then what now fits is filled in. A
move stays if it is worth no less than what stood, or than what stood some moves ago (late acceptance: Burke, Bykov,
European Journal of Operational Research 258, 2017). At first every account may overdraw as much as it has, and less
in each stage, so that large payments find their place before small ones fill the gaps; then nothing, for as many
stages again, each of which forgets what stood before it.

`payer`, `payee`, `amount`, `funds`: as in `queue`. `free`: bool by account, its payments may settle in any order.
"""

from typing import Final

import numpy as np

from mufakat.kernels.compiled import Int64, compiled
from mufakat.kernels.moves import (
    FARTHEST,
    MOVE,
    STEPS,
    TURNED,
    Choice,
    Move,
    Queues,
    begin,
    fill,
    is_short,
    lay_out,
    may_turn,
    mend,
    put,
    shuffled,
    turn,
    undo,
)
from mufakat.kernels.queue import Bools, strict

STEPS_A_PAYMENT: Final = 45_000
"""Payments looked at in a search, for each payment in the queue; a second holds some 100 to 200 million."""
MOST_STEPS: Final = 450_000_000
_MOST_VALUE: Final = 2**56
"""Payments beyond this sum are not looked at: no sum that the search makes leaves 64 bits."""
_STAGES: Final = 100
_WITH_OVERDRAFT: Final = 25
"""The stages in which accounts may overdraw: the first ones."""
_OVERDRAFT: Final = 4
"""In tenths of what an account is to pay: how far it may overdraw at most, however much it has."""
_SHRINKS: Final = 7
"""In tenths: what is left of the overdraft in each next stage, until there is none."""
_REMEMBERED: Final = 300
"""A move may be worth less than what stood, if it is worth no less than what stood this many moves ago."""
_OVERHEAD: Final = 10
"""Steps that a move counts for, beside payments looked at."""


def bypass(
    payer: Int64, payee: Int64, amount: Int64, funds: Int64, free: Bools, steps: int = MOST_STEPS
) -> Bools:
    """Return payments that settle together so that no account that pays ends in deficit, of large value.

    Of payers that are not free the first of the queue are taken, as in `strict`; it is never worth less than what
    `strict` chooses. `steps`: a bound beside STEPS_A_PAYMENT for each payment.
    """
    in_order = strict(payer, payee, amount, funds)
    chosen = np.zeros(len(payer), dtype=np.bool_)
    looked_at = np.flatnonzero(_within(amount))
    bound = int(amount[looked_at].sum())
    funds = np.clip(funds, -bound, bound)
    able = _able(payer[looked_at], payee[looked_at], amount[looked_at], funds, free)
    looked_at = looked_at[able]
    if len(looked_at):
        queues = lay_out(payer[looked_at], payee[looked_at], amount[looked_at], free)
        chosen[looked_at] = _search(queues, funds, min(steps, STEPS_A_PAYMENT * len(looked_at)))
    worth, least = (sum(amount[each].tolist()) for each in (chosen, in_order))
    return chosen if worth > least else in_order


@compiled
def _within(amount: Int64) -> Bools:
    """Tell which payments are looked at: the first of the queue, while they add up to less than _MOST_VALUE."""
    looked_at = np.zeros(len(amount), dtype=np.bool_)
    left = _MOST_VALUE
    for payment in range(len(amount)):
        if amount[payment] >= left:
            break
        left -= amount[payment]
        looked_at[payment] = True
    return looked_at


@compiled
def _able(payer: Int64, payee: Int64, amount: Int64, funds: Int64, free: Bools) -> Bools:
    """Tell which payments their payers could make with all that may come in, and none that waits before them."""
    able = np.ones(len(payer), dtype=np.bool_)
    most = funds.copy()
    for payment in range(len(payer)):
        most[payee[payment]] += amount[payment]
    again = True
    while again:
        again = False
        waits = np.zeros(len(funds), dtype=np.bool_)
        for payment in range(len(payer)):
            account = payer[payment]
            if able[payment] and (amount[payment] > most[account] or (waits[account] and not free[account])):
                able[payment] = False
                most[payee[payment]] -= amount[payment]
                again = True
            if not able[payment]:
                waits[account] = True
    return able


@compiled
def _search(queues: Queues, funds: Int64, steps: int) -> Bools:
    """Return the best choice that was met in the stages in which nobody overdraws."""
    payments, accounts = len(queues.payer), len(funds)
    overdraft = np.zeros(accounts, dtype=np.int64)
    for payment in range(payments):
        overdraft[queues.payer[payment]] += queues.amount[payment]
    for account in range(accounts):
        overdraft[account] = min(overdraft[account] * _OVERDRAFT // 10, max(funds[account], 0))
    choice = Choice(np.zeros(payments, dtype=np.bool_), funds + overdraft, np.zeros(accounts, dtype=np.int64))
    move = Move(
        np.empty(payments, dtype=np.int64),
        np.empty(payments + 1, dtype=np.int64),
        np.zeros(payments, dtype=np.int64),
        np.array([0, 0, 1, 0], dtype=np.int64),
    )
    most, best = np.int64(-1), choice.chosen.copy()
    for stage in range(_STAGES):
        met = _improve(queues, choice, move, steps * (stage + 1) // _STAGES)
        worth = np.int64(_worth(queues, met))
        if stage >= _WITH_OVERDRAFT and worth > most:
            most, best = worth, met
        for account in range(accounts):
            kept = overdraft[account] * _SHRINKS // 10 if stage < _WITH_OVERDRAFT - 1 else 0
            choice.left[account] -= overdraft[account] - kept
            overdraft[account] = kept
        _tighten(queues, choice, move)
    return best


@compiled
def _worth(queues: Queues, chosen: Bools) -> int:
    worth = np.int64(0)
    for payment in range(len(chosen)):
        if chosen[payment]:
            worth += queues.amount[payment]
    return int(worth)


@compiled
def _improve(queues: Queues, choice: Choice, move: Move, steps: int) -> Bools:
    """Move until so many steps are taken in all; return the best choice that was met."""
    counted, turned, chosen, amount = move.counted, move.turned, choice.chosen, queues.amount
    worth = np.int64(_worth(queues, chosen))
    most, best = worth, chosen.copy()
    remembered = np.full(_REMEMBERED, worth)
    while counted[STEPS] < steps:
        begin(move)
        first = _draw(queues, choice, move)
        move.short[0] = turn(queues, choice, move, first)
        done = mend(queues, choice, move, 1)
        if done:
            fill(queues, choice, move)
        now = worth
        for at in range(counted[TURNED]):
            payment = turned[at]
            now += amount[payment] if chosen[payment] else -amount[payment]
        counted[STEPS] += _OVERHEAD + counted[TURNED]
        memory = counted[MOVE] % _REMEMBERED
        if done and (now >= worth or now >= remembered[memory]):
            worth = now
            if worth > most:
                most = worth
                best[:] = chosen
        else:
            undo(queues, choice, move)
        remembered[memory] = worth
    return best


@compiled
def _draw(queues: Queues, choice: Choice, move: Move) -> int:
    """Return the larger of two payments drawn, or that of its payer whose turn it is."""
    payments = len(queues.payer)
    payment = shuffled(move) * payments >> 31
    other = shuffled(move) * payments >> 31
    if queues.amount[other] > queues.amount[payment]:
        payment = other
    account = queues.payer[payment]
    if not queues.free[account]:
        at = queues.out_start[account] + choice.taken[account]
        if at == queues.out_start[account + 1] or (choice.chosen[payment] and choice.taken[account] > 0):
            at -= 1
        payment = queues.out[at]
    return int(payment)


@compiled
def _tighten(queues: Queues, choice: Choice, move: Move) -> None:
    """Mend what is short since less may be overdrawn; where that fails drop payments until nobody is."""
    accounts = len(choice.left)
    for account in range(accounts):
        if is_short(choice, account):
            begin(move)
            move.short[0] = account
            if not mend(queues, choice, move, 1):
                undo(queues, choice, move)
    again = True
    while again:
        again = False
        for account in range(accounts):
            while is_short(choice, account):
                begin(move)
                put(queues, choice, _least_to_drop(queues, choice, move, account))
                again = True


@compiled
def _least_to_drop(queues: Queues, choice: Choice, move: Move, account: int) -> int:
    """Return the smallest payment that covers what an account lacks, or else the largest; in a queue, the last."""
    lacking = -choice.left[account]
    found, least = -1, FARTHEST
    for at in range(queues.out_start[account], queues.out_start[account + 1]):
        payment = queues.out[at]
        if choice.chosen[payment] and may_turn(queues, choice, move, payment):
            amount = queues.amount[payment]
            weight = 4 * max(lacking - amount, 0) + amount
            if weight < least:
                found, least = payment, weight
    return found


def warm_up() -> None:
    """Run every part of the kernel on a few payments."""
    one, two = np.array([0, 1, 0, 1], dtype=np.int64), np.array([1, 0, 1, 0], dtype=np.int64)
    amount, funds = np.array([5, 4, 9, 9], dtype=np.int64), np.array([1, 0], dtype=np.int64)
    bypass(one, two, amount, funds, np.array([True, False]))
