"""Made-up queues of payments between participants, to measure what settles of them: alike each time from one seed.

What queues between banks look like: a core that pays and is paid most, and a periphery (weights by a power law);
amounts log-normal, so that a few payments hold most of the value; funds in proportion to what each is to pay, from
half to one and a half times the level.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
_CORE: Final = -0.8
"""The power by which a participant's weight falls with its rank."""
_LOG_MEAN: Final = 9
_LOG_DEVIATION: Final = 1.6


class Queue(NamedTuple):
    """Payments in the order of the queue, int64: payer, payee, amount in minor units; and funds by participant."""

    payer: Int64
    payee: Int64
    amount: Int64
    funds: Int64


def make_queue(payments: int, participants: int, per_mille: int, seed: int) -> Queue:
    """Make a queue whose participants hold `per_mille` thousandths of what they are to pay, on average."""
    rng = np.random.default_rng(seed)
    weights = np.cumsum((np.arange(participants) + 1.0) ** _CORE)
    names = rng.permutation(participants)
    payer, payee = (names[np.searchsorted(weights, rng.random(payments) * weights[-1])] for _ in range(2))
    other = (payee + rng.integers(1, participants, payments)) % participants
    payee = np.where(payer == payee, other, payee)
    amount = np.maximum(1, np.exp(rng.normal(_LOG_MEAN, _LOG_DEVIATION, payments)).astype(np.int64))
    out = np.zeros(participants, dtype=np.int64)
    np.add.at(out, payer, amount)
    return Queue(payer, payee, amount, out * per_mille // 1_000 * rng.integers(50, 151, participants) // 100)


def settled_in_turn(queue: Queue) -> Bools:
    """Return what plain gross settlement settles: a payment goes when it is first in its queue and covered alone.

    The order in which participants are looked at decides nothing: what one settles only adds to others' funds.
    """
    waiting: list[list[int]] = [[] for _ in queue.funds]
    for payment in range(len(queue.payer) - 1, -1, -1):
        waiting[queue.payer[payment]].append(payment)
    funds, amount, payee = queue.funds.tolist(), queue.amount.tolist(), queue.payee.tolist()
    settled = np.zeros(len(amount), dtype=np.bool_)
    look_at = list(range(len(funds)))
    while look_at:
        account = look_at.pop()
        while waiting[account] and amount[waiting[account][-1]] <= funds[account]:
            payment = waiting[account].pop()
            settled[payment] = True
            funds[account] -= amount[payment]
            funds[payee[payment]] += amount[payment]
            look_at.append(payee[payment])
    return settled
