import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.kernels.bypass import bypass
from mufakat.kernels.queue import strict
from tests.kernels.test_queue import ACCOUNTS, arrays, funds, payments
from tests.naive import Queued, best_value_by_search, ends_covered, keeps_order

STEPS = 5_000
THE_SAME = 114_970
"""What the search comes to on one queue: another figure on a machine means that its choices differ."""
frees = st.sets(st.integers(0, ACCOUNTS - 1))


def chosen(queued: list[Queued], held: list[int], free: set[int], steps: int = STEPS) -> tuple[bool, ...]:
    allows = np.array([account in free for account in range(len(held))])
    return tuple(bypass(*arrays(queued), np.array(held, dtype=np.int64), allows, steps).tolist())


def value(queued: list[Queued], settles: tuple[bool, ...]) -> int:
    return sum(amount for (_, _, amount), each in zip(queued, settles, strict=True) if each)


def many(number: int, seed: int) -> tuple[list[Queued], list[int]]:
    rng = np.random.default_rng(seed)
    payer = rng.integers(0, 20, number)
    payee = (payer + rng.integers(1, 20, number)) % 20
    amount = np.exp(rng.normal(9, 1.6, number)).astype(np.int64) + 1
    queued = list(zip(payer.tolist(), payee.tolist(), amount.tolist(), strict=True))
    return queued, [int(amount.sum()) // 400] * 20


@settings(deadline=None)
@given(payments, funds, frees)
def test_what_settles_is_covered_and_in_order_and_worth_as_much_as_in_strict_order(queued, held, free):
    settles = chosen(queued, held, free)
    assert ends_covered(queued, settles, held)
    assert keeps_order(queued, settles, free)
    in_order = strict(*arrays(queued), np.array(held, dtype=np.int64))
    best = best_value_by_search(queued, held, free)
    assert value(queued, tuple(in_order.tolist())) <= value(queued, settles) <= best


def test_small_queues_settle_at_the_largest_value_almost_always():
    rng, missed = np.random.default_rng(3), 0
    for _ in range(200):
        number = int(rng.integers(1, 10))
        payer = rng.integers(0, 4, number)
        payee = (payer + rng.integers(1, 4, number)) % 4
        queued = list(zip(payer.tolist(), payee.tolist(), rng.integers(1, 20, number).tolist(), strict=True))
        held = rng.integers(0, 10, 4).tolist()
        free = set(np.flatnonzero(rng.random(4) < 0.6).tolist())
        best = best_value_by_search(queued, held, free)
        missed += value(queued, chosen(queued, held, free)) < best
    assert missed <= 2


def test_a_payment_that_is_covered_overtakes_one_that_is_not():
    queued = [(0, 1, 7), (0, 1, 2)]
    assert chosen(queued, [5, 0], {0}) == (False, True)
    assert chosen(queued, [5, 0], set()) == (False, False)


def test_large_queues_settle_more_than_in_order_and_end_covered():
    queued, held = many(1_000, 1)
    free = set(range(0, 20, 2))
    settles = chosen(queued, held, free, 500_000)
    in_order = strict(*arrays(queued), np.array(held))
    assert ends_covered(queued, settles, held)
    assert keeps_order(queued, settles, free)
    assert value(queued, settles) > value(queued, tuple(in_order.tolist()))
    assert value(queued, chosen(queued, held, set(range(20)), 500_000)) > value(queued, settles)


def test_the_choice_is_the_same_on_every_machine():
    queued, held = many(300, 2)
    queued = [(payer, payee, 1 + at * at * at % 1_009) for at, (payer, payee, _) in enumerate(queued)]
    held = [200] * 20
    settles = chosen(queued, held, set(range(20)), 100_000)
    assert settles == chosen(queued, held, set(range(20)), 100_000)
    assert value(queued, settles) == THE_SAME


def test_what_adds_up_beyond_the_range_of_the_search_waits_or_settles_in_order():
    large = 10**18 - 1
    ring = [(0, 1, large), (1, 0, large)] * 20
    assert chosen(ring, [0, 0], {0, 1}) == (True,) * 40
    assert sum(chosen([*ring, (0, 1, large)], [0, -5], {0, 1})) == 0
    assert chosen([(0, 1, 2**62), (1, 0, 5), (0, 1, 4)], [-(2**63), 2**63 - 1], {0, 1})[1]


def test_no_payments_give_no_choice():
    assert chosen([], [0], set()) == ()
