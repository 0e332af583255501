"""Which queued payments settle together at the largest value, where payers allow that one overtakes another.

Finding the largest value is NP-hard: with one payer it is a knapsack. This is a search that stops after a counted
number of steps, and so gives the same choice on every machine. A move turns one payment, on or off, and mends what
falls short of funds by turning others, each chosen to leave the least shortfall; then what now fits is filled in. A
move stays if it is worth no less than what stood, or than what stood some moves ago (late acceptance: Burke, Bykov,
European Journal of Operational Research 258, 2017). At first every account may overdraw a part of what it is to
pay; the part shrinks to nothing in stages, so that large payments find their place before small ones fill the gaps.

`payer`, `payee`, `amount`, `funds`: as in `queue`. `free`: bool by account, its payments may settle in any order.
"""

from typing import Final, NamedTuple

import numpy as np

from mufakat.kernels.compiled import Int64, compiled
from mufakat.kernels.queue import Bools, strict

STEPS_A_PAYMENT: Final = 25_000
"""Payments looked at in a search, for each payment in the queue; a second holds some 100 to 200 million."""
MOST_STEPS: Final = 250_000_000
_MOST_VALUE: Final = 2**56
"""Payments beyond this sum are not looked at: no sum that the search makes leaves 64 bits."""
_STAGES: Final = 13
_OVERDRAFT: Final = 4
"""In tenths of what an account is to pay: how far it may overdraw in the first stage."""
_SHRINKS: Final = 7
"""In tenths: what is left of the overdraft in each next stage, until in the last there is none."""
_MENDS: Final = 40
"""Payments turned in one move at most."""
_REMEMBERED: Final = 500
_SHORTFALL: Final = 20
"""How many units of value one unit of shortfall weighs when a payment is chosen to mend with."""
_PASSED_OVER: Final = 31
"""One in this many and one, a payment to mend with is passed over."""
_OVERHEAD: Final = 10
"""Steps that a move counts for, beside payments looked at."""
_FARTHEST: Final = np.int64(2**62)
_MOVE, _TURNED, _SEED, _STEPS = 0, 1, 2, 3


class Queues(NamedTuple):
    """Payments by payer, `out` from `out_start`, and by payee; `place`: of each in its payer's queue. All int64."""

    payer: Int64
    payee: Int64
    amount: Int64
    free: Bools
    place: Int64
    out_start: Int64
    out: Int64
    in_start: Int64
    into: Int64


class Choice(NamedTuple):
    """What is chosen; by account: what is left of its funds then, and how many payments of its own are chosen."""

    chosen: Bools
    left: Int64
    taken: Int64


class Move(NamedTuple):
    """The move under way: payments turned, accounts that may be short, by payment the last move that turned it.

    `counted`: number of the move, how many were turned, the state of the shuffle, steps taken in all.
    """

    turned: Int64
    short: Int64
    moved: Int64
    counted: Int64


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
        queues = _lay_out(payer[looked_at], payee[looked_at], amount[looked_at], free)
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
def _lay_out(payer: Int64, payee: Int64, amount: Int64, free: Bools) -> Queues:
    accounts = len(free)
    out_start, out = _by_account(payer, accounts)
    in_start, into = _by_account(payee, accounts)
    place = np.empty(len(payer), dtype=np.int64)
    for account in range(accounts):
        for at in range(out_start[account], out_start[account + 1]):
            place[out[at]] = at - out_start[account]
    return Queues(payer, payee, amount, free, place, out_start, out, in_start, into)


@compiled
def _by_account(account_of: Int64, accounts: int) -> tuple[Int64, Int64]:
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
def _search(queues: Queues, funds: Int64, steps: int) -> Bools:
    """Return the best choice that was met in the last stage, in which nobody overdraws."""
    payments, accounts = len(queues.payer), len(funds)
    overdraft = np.zeros(accounts, dtype=np.int64)
    for payment in range(payments):
        overdraft[queues.payer[payment]] += queues.amount[payment]
    for account in range(accounts):
        overdraft[account] = overdraft[account] * _OVERDRAFT // 10
    choice = Choice(np.zeros(payments, dtype=np.bool_), funds + overdraft, np.zeros(accounts, dtype=np.int64))
    move = Move(
        np.empty(payments, dtype=np.int64),
        np.empty(payments + 1, dtype=np.int64),
        np.zeros(payments, dtype=np.int64),
        np.array([0, 0, 1, 0], dtype=np.int64),
    )
    best = choice.chosen.copy()
    for stage in range(_STAGES):
        best = _improve(queues, choice, move, steps * (stage + 1) // _STAGES)
        for account in range(accounts):
            kept = overdraft[account] * _SHRINKS // 10 if stage < _STAGES - 2 else 0
            choice.left[account] -= overdraft[account] - kept
            overdraft[account] = kept
        _tighten(queues, choice, move)
    return best


@compiled
def _improve(queues: Queues, choice: Choice, move: Move, steps: int) -> Bools:
    """Move until so many steps are taken in all; return the best choice that was met."""
    counted, turned, chosen, amount = move.counted, move.turned, choice.chosen, queues.amount
    worth = np.int64(0)
    for payment in range(len(amount)):
        if chosen[payment]:
            worth += amount[payment]
    most, best = worth, chosen.copy()
    remembered = np.full(_REMEMBERED, worth)
    while counted[_STEPS] < steps:
        _begin(move)
        first = _draw(queues, choice, move)
        move.short[0] = _turn(queues, choice, move, first)
        done = _mend(queues, choice, move, 1)
        if done:
            _fill(queues, choice, move)
        now = worth
        for at in range(counted[_TURNED]):
            payment = turned[at]
            now += amount[payment] if chosen[payment] else -amount[payment]
        counted[_STEPS] += _OVERHEAD + counted[_TURNED]
        memory = counted[_MOVE] % _REMEMBERED
        if done and (now >= worth or now >= remembered[memory]):
            worth = now
            if worth > most:
                most = worth
                best[:] = chosen
        else:
            _undo(queues, choice, move)
        remembered[memory] = worth
    return best


@compiled
def _begin(move: Move) -> None:
    move.counted[_MOVE] += 1
    move.counted[_TURNED] = 0


@compiled
def _shuffled(move: Move) -> int:
    """Return the next of a fixed row of numbers below 2**31: Lehmer's generator, Park and Miller's constants."""
    move.counted[_SEED] = move.counted[_SEED] * 48_271 % (2**31 - 1)
    return int(move.counted[_SEED])


@compiled
def _draw(queues: Queues, choice: Choice, move: Move) -> int:
    """Return the larger of two payments drawn, or that of its payer whose turn it is."""
    payments = len(queues.payer)
    payment = _shuffled(move) * payments >> 31
    other = _shuffled(move) * payments >> 31
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
def _may_turn(queues: Queues, choice: Choice, move: Move, payment: int) -> bool:
    """Tell whether a payment was not turned in this move and is the next, or the last, of its payer's queue."""
    if move.moved[payment] == move.counted[_MOVE]:
        return False
    account = queues.payer[payment]
    if queues.free[account]:
        return True
    return bool(queues.place[payment] == choice.taken[account] - choice.chosen[payment])


@compiled
def _turn(queues: Queues, choice: Choice, move: Move, payment: int) -> int:
    """Choose a payment, or choose it no longer; return the account that has less for it."""
    move.moved[payment] = move.counted[_MOVE]
    move.turned[move.counted[_TURNED]] = payment
    move.counted[_TURNED] += 1
    return _put(queues, choice, payment)


@compiled
def _put(queues: Queues, choice: Choice, payment: int) -> int:
    payer, payee, amount = queues.payer[payment], queues.payee[payment], queues.amount[payment]
    if choice.chosen[payment]:
        choice.chosen[payment] = False
        choice.taken[payer] -= 1
        choice.left[payer] += amount
        choice.left[payee] -= amount
        return int(payee)
    choice.chosen[payment] = True
    choice.taken[payer] += 1
    choice.left[payer] -= amount
    choice.left[payee] += amount
    return int(payer)


@compiled
def _undo(queues: Queues, choice: Choice, move: Move) -> None:
    for at in range(move.counted[_TURNED]):
        _put(queues, choice, move.turned[at])


@compiled
def _is_short(choice: Choice, account: int) -> bool:
    return bool(choice.left[account] < 0 and choice.taken[account] > 0)


@compiled
def _mend(queues: Queues, choice: Choice, move: Move, held: int) -> bool:
    """Turn payments until none of the accounts in `short`, `held` of them, is short; tell whether that was done."""
    short = move.short
    while True:
        while held > 0 and not _is_short(choice, short[held - 1]):
            held -= 1
        if held == 0:
            return True
        if move.counted[_TURNED] >= min(_MENDS, len(queues.payer)):
            return False
        payment = _remedy(queues, choice, move, short[held - 1])
        if payment < 0:
            return False
        short[held] = _turn(queues, choice, move, payment)
        held += 1


@compiled
def _remedy(queues: Queues, choice: Choice, move: Move, account: int) -> int:
    """Return the payment whose turning leaves the least short for the value that it costs; -1 if there is none.

    Now and then the one found is passed over, so that the same shortfall is not always mended in the same way.
    """
    lacking = -choice.left[account]
    found, least = -1, _FARTHEST
    for at in range(queues.out_start[account], queues.out_start[account + 1]):
        payment = queues.out[at]
        if choice.chosen[payment] and _may_turn(queues, choice, move, payment):
            amount = queues.amount[payment]
            weight = _SHORTFALL * _shortfall(choice, lacking, amount, queues.payee[payment]) + amount
            if weight < least and _shuffled(move) & _PASSED_OVER:
                found, least = payment, weight
    for at in range(queues.in_start[account], queues.in_start[account + 1]):
        payment = queues.into[at]
        if not choice.chosen[payment] and _may_turn(queues, choice, move, payment):
            amount = queues.amount[payment]
            weight = _SHORTFALL * _shortfall(choice, lacking, amount, queues.payer[payment]) - amount
            if weight < least and _shuffled(move) & _PASSED_OVER:
                found, least = payment, weight
    move.counted[_STEPS] += queues.out_start[account + 1] - queues.out_start[account]
    move.counted[_STEPS] += queues.in_start[account + 1] - queues.in_start[account]
    return found


@compiled
def _shortfall(choice: Choice, lacking: int, amount: int, other: int) -> int:
    """Return what an account that lacks funds still lacks with `amount` more, and what another then lacks anew."""
    return max(lacking - amount, 0) + max(amount - max(int(choice.left[other]), 0), 0)


@compiled
def _fill(queues: Queues, choice: Choice, move: Move) -> None:
    """Choose what fits at accounts that have more for the move: the largest first, or the next of the queue."""
    at = 0
    while at < move.counted[_TURNED]:
        turned = move.turned[at]
        account = queues.payee[turned] if choice.chosen[turned] else queues.payer[turned]
        found = _largest_that_fits(queues, choice, move, account)
        while found >= 0:
            _turn(queues, choice, move, found)
            found = _largest_that_fits(queues, choice, move, account)
        at += 1


@compiled
def _largest_that_fits(queues: Queues, choice: Choice, move: Move, account: int) -> int:
    found, most = -1, np.int64(0)
    for at in range(queues.out_start[account], queues.out_start[account + 1]):
        payment = queues.out[at]
        amount = queues.amount[payment]
        fits = most < amount <= choice.left[account] and not choice.chosen[payment]
        if fits and _may_turn(queues, choice, move, payment):
            found, most = payment, amount
    move.counted[_STEPS] += queues.out_start[account + 1] - queues.out_start[account]
    return found


@compiled
def _tighten(queues: Queues, choice: Choice, move: Move) -> None:
    """Mend what is short since less may be overdrawn; where that fails drop payments until nobody is."""
    accounts = len(choice.left)
    for account in range(accounts):
        if _is_short(choice, account):
            _begin(move)
            move.short[0] = account
            if not _mend(queues, choice, move, 1):
                _undo(queues, choice, move)
    again = True
    while again:
        again = False
        for account in range(accounts):
            while _is_short(choice, account):
                _begin(move)
                _put(queues, choice, _least_to_drop(queues, choice, move, account))
                again = True


@compiled
def _least_to_drop(queues: Queues, choice: Choice, move: Move, account: int) -> int:
    """Return the smallest payment that covers what an account lacks, or else the largest; in a queue, the last."""
    lacking = -choice.left[account]
    found, least = -1, _FARTHEST
    for at in range(queues.out_start[account], queues.out_start[account + 1]):
        payment = queues.out[at]
        if choice.chosen[payment] and _may_turn(queues, choice, move, payment):
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
