import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.kernels.queue import strict
from tests.naive import Queued, best_prefixes_by_search, ends_covered

ACCOUNTS = 4
payments = st.lists(
    st.tuples(st.integers(0, ACCOUNTS - 1), st.integers(0, ACCOUNTS - 1), st.integers(1, 9)).filter(
        lambda each: each[0] != each[1]
    ),
    max_size=9,
)
funds = st.lists(st.integers(-3, 9), min_size=ACCOUNTS, max_size=ACCOUNTS)


def arrays(queued: list[Queued]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    payer, payee, amount = np.array(queued, dtype=np.int64).reshape(-1, 3).T.copy()
    return payer, payee, amount


def chosen(queued: list[Queued], held: list[int]) -> tuple[bool, ...]:
    return tuple(strict(*arrays(queued), np.array(held, dtype=np.int64)).tolist())


@settings(deadline=None)
@given(payments, funds)
def test_no_choice_in_the_order_of_the_queues_settles_more(queued, held):
    assert chosen(queued, held) == best_prefixes_by_search(queued, held)


@settings(deadline=None)
@given(payments, funds)
def test_every_choice_in_the_order_of_the_queues_lies_within_the_one_found(queued, held):
    most = chosen(queued, held)
    for number in range(len(queued)):
        fewer = best_prefixes_by_search(queued[:number], held)
        assert all(more >= less for more, less in zip(most, fewer, strict=False))


def test_a_ring_without_money_settles():
    assert chosen([(0, 1, 5), (1, 2, 5), (2, 0, 5)], [0, 0, 0]) == (True, True, True)


def test_a_payment_behind_one_that_is_not_covered_waits():
    assert chosen([(0, 1, 7), (0, 1, 2)], [5, 0]) == (False, False)


def test_an_account_that_does_not_pay_may_stay_in_deficit():
    assert chosen([(0, 1, 2)], [2, -5]) == (True,)


def test_one_dropped_payment_drops_those_that_waited_for_it():
    queued = [(account, account + 1, 10) for account in range(50)]
    assert not any(chosen(queued, [9] + [0] * 50))
    assert all(chosen(queued, [10] + [0] * 50))


def test_sums_beyond_64_bits_are_exact():
    large = 10**18 - 1
    queued = [(0, 1, large)] * 20 + [(1, 0, large)] * 20
    assert all(chosen(queued, [0, 0]))
    assert chosen([*queued, (0, 1, 1)], [0, 0]) == (True,) * 40 + (False,)
    assert chosen([*queued, (0, 1, 2**63 - 1)], [2**63 - 1, 1 - 2**63]) == (True,) * 41


def test_no_payments_give_no_choice():
    assert chosen([], [0]) == ()


def test_large_queues_end_covered():
    rng = np.random.default_rng(5)
    payer, payee = rng.integers(0, 100, (2, 10_000))
    apart = payer != payee
    payer, payee = payer[apart], payee[apart]
    amount = np.exp(rng.normal(9, 1.6, len(payer))).astype(np.int64) + 1
    held = rng.integers(0, 2_000_000, 100)
    settles = strict(payer, payee, amount, held)
    assert 0 < settles.sum() < len(payer)
    queued = list(zip(payer.tolist(), payee.tolist(), amount.tolist(), strict=True))
    assert ends_covered(queued, tuple(settles.tolist()), held.tolist())
