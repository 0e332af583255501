import numpy as np
import pytest

from mufakat.kernels.queue import strict
from mufakat.simulation.queues import Queue, make_queue, settled_in_turn


def test_a_queue_is_sound_and_alike_each_time():
    queue, again = make_queue(2_000, 50, 100, 3), make_queue(2_000, 50, 100, 3)
    assert all(np.array_equal(a, b) for a, b in zip(queue, again, strict=True))
    assert (queue.payer != queue.payee).all() and (queue.amount > 0).all() and (queue.funds >= 0).all()
    assert 0.07 < queue.funds.sum() / queue.amount.sum() < 0.13


def queue_of(payments: list[tuple[int, int, int]], funds: list[int]) -> Queue:
    return Queue(*np.array(payments, dtype=np.int64).T.copy(), np.array(funds, dtype=np.int64))


@pytest.mark.parametrize(
    ("payments", "funds", "settled"),
    [
        ([(0, 1, 5), (1, 0, 5)], [5, 0], [True, True]),
        ([(0, 1, 5), (1, 0, 5)], [4, 4], [False, False]),
        ([(0, 1, 7), (0, 1, 2)], [5, 0], [False, False]),
        ([(1, 2, 5), (0, 1, 5), (2, 0, 3)], [5, 0, 0], [True, True, True]),
    ],
    ids=["what comes in pays on", "a gridlock stands", "no payment overtakes", "whoever is looked at first"],
)
def test_plain_settlement_is_one_payment_at_a_time(payments, funds, settled):
    assert settled_in_turn(queue_of(payments, funds)).tolist() == settled


def test_what_settles_in_turn_settles_together_too():
    queue = make_queue(3_000, 30, 100, 1)
    alone, together = settled_in_turn(queue), strict(*queue)
    assert (together | ~alone).all()
    assert together.sum() > alone.sum() > 0
