"""Moves in the search for payments to settle: turn one on or off, mend what then falls short, fill in what fits.

What falls short is mended by turning other payments, each chosen to leave the least shortfall. Of a payer that is
not free only the next payment of its queue can be turned on, and only the last that is on turned off. A move knows
what it turned and can be undone. Steps are counted: payments looked at, the same number on every machine.
"""

from typing import Final, NamedTuple

import numpy as np

from mufakat.kernels.compiled import Int64, compiled
from mufakat.kernels.queue import Bools, by_account

_MENDS: Final = 80
"""Payments turned in one move at most."""
_SHORTFALL: Final = 40
"""How many units of value one unit of shortfall weighs when a payment is chosen to mend with."""
_PASSED_OVER: Final = 15
"""One in this many and one, a payment to mend with is passed over."""
FARTHEST: Final = np.int64(2**62)
MOVE, TURNED, SEED, STEPS = 0, 1, 2, 3


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


@compiled
def lay_out(payer: Int64, payee: Int64, amount: Int64, free: Bools) -> Queues:
    """Return payments, in the order of the queue, laid out by payer and by payee. `free`: bool by account."""
    accounts = len(free)
    out_start, out = by_account(payer, accounts)
    in_start, into = by_account(payee, accounts)
    place = np.empty(len(payer), dtype=np.int64)
    for account in range(accounts):
        for at in range(out_start[account], out_start[account + 1]):
            place[out[at]] = at - out_start[account]
    return Queues(payer, payee, amount, free, place, out_start, out, in_start, into)


@compiled
def begin(move: Move) -> None:
    """Begin a new move, in which nothing is turned yet."""
    move.counted[MOVE] += 1
    move.counted[TURNED] = 0


@compiled
def shuffled(move: Move) -> int:
    """Return the next of a fixed row of numbers below 2**31: Lehmer's generator, Park and Miller's constants."""
    move.counted[SEED] = move.counted[SEED] * 48_271 % (2**31 - 1)
    return int(move.counted[SEED])


@compiled
def may_turn(queues: Queues, choice: Choice, move: Move, payment: int) -> bool:
    """Tell whether a payment was not turned in this move and is the next, or the last, of its payer's queue."""
    if move.moved[payment] == move.counted[MOVE]:
        return False
    account = queues.payer[payment]
    if queues.free[account]:
        return True
    return bool(queues.place[payment] == choice.taken[account] - choice.chosen[payment])


@compiled
def turn(queues: Queues, choice: Choice, move: Move, payment: int) -> int:
    """Choose a payment, or choose it no longer; return the account that has less for it."""
    move.moved[payment] = move.counted[MOVE]
    move.turned[move.counted[TURNED]] = payment
    move.counted[TURNED] += 1
    return put(queues, choice, payment)


@compiled
def put(queues: Queues, choice: Choice, payment: int) -> int:
    """Turn a payment beside any move; return the account that has less for it."""
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
def undo(queues: Queues, choice: Choice, move: Move) -> None:
    """Turn back all that the move turned."""
    for at in range(move.counted[TURNED]):
        put(queues, choice, move.turned[at])


@compiled
def is_short(choice: Choice, account: int) -> bool:
    """Tell whether an account pays and ends in deficit; one that does not pay may be in deficit."""
    return bool(choice.left[account] < 0 and choice.taken[account] > 0)


@compiled
def mend(queues: Queues, choice: Choice, move: Move, held: int) -> bool:
    """Turn payments until none of the accounts in `short`, `held` of them, is short; tell whether that was done."""
    short = move.short
    while True:
        while held > 0 and not is_short(choice, short[held - 1]):
            held -= 1
        if held == 0:
            return True
        if move.counted[TURNED] >= min(_MENDS, len(queues.payer)):
            return False
        payment = _remedy(queues, choice, move, short[held - 1])
        if payment < 0:
            return False
        short[held] = turn(queues, choice, move, payment)
        held += 1


@compiled
def _remedy(queues: Queues, choice: Choice, move: Move, account: int) -> int:
    """Return the payment whose turning leaves the least short for the value that it costs; -1 if there is none.

    Now and then the one found is passed over, so that the same shortfall is not always mended in the same way.
    """
    lacking = -choice.left[account]
    found, least = -1, FARTHEST
    for at in range(queues.out_start[account], queues.out_start[account + 1]):
        payment = queues.out[at]
        if choice.chosen[payment] and may_turn(queues, choice, move, payment):
            amount = queues.amount[payment]
            weight = _SHORTFALL * _shortfall(choice, lacking, amount, queues.payee[payment]) + amount
            if weight < least and shuffled(move) & _PASSED_OVER:
                found, least = payment, weight
    for at in range(queues.in_start[account], queues.in_start[account + 1]):
        payment = queues.into[at]
        if not choice.chosen[payment] and may_turn(queues, choice, move, payment):
            amount = queues.amount[payment]
            weight = _SHORTFALL * _shortfall(choice, lacking, amount, queues.payer[payment]) - amount
            if weight < least and shuffled(move) & _PASSED_OVER:
                found, least = payment, weight
    move.counted[STEPS] += queues.out_start[account + 1] - queues.out_start[account]
    move.counted[STEPS] += queues.in_start[account + 1] - queues.in_start[account]
    return found


@compiled
def _shortfall(choice: Choice, lacking: int, amount: int, other: int) -> int:
    """Return what an account that lacks funds still lacks with `amount` more, and what another then lacks anew."""
    return max(lacking - amount, 0) + max(amount - max(int(choice.left[other]), 0), 0)


@compiled
def fill(queues: Queues, choice: Choice, move: Move) -> None:
    """Choose what fits at accounts that have more for the move: the largest first, or the next of the queue."""
    at = 0
    while at < move.counted[TURNED]:
        turned = move.turned[at]
        account = queues.payee[turned] if choice.chosen[turned] else queues.payer[turned]
        found = _largest_that_fits(queues, choice, move, account)
        while found >= 0:
            turn(queues, choice, move, found)
            found = _largest_that_fits(queues, choice, move, account)
        at += 1


@compiled
def _largest_that_fits(queues: Queues, choice: Choice, move: Move, account: int) -> int:
    found, most = -1, np.int64(0)
    for at in range(queues.out_start[account], queues.out_start[account + 1]):
        payment = queues.out[at]
        amount = queues.amount[payment]
        fits = most < amount <= choice.left[account] and not choice.chosen[payment]
        if fits and may_turn(queues, choice, move, payment):
            found, most = payment, amount
    move.counted[STEPS] += queues.out_start[account + 1] - queues.out_start[account]
    return found
