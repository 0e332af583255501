import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core.setoff import set_off
from mufakat.model import command as c
from mufakat.model.money import MAX_AMOUNT
from tests.strategies import say, world
from tests.union import A1, TUESDAY, settled_world


def owe_all(union, debts):
    for debtor, creditor, amount, days in debts:
        say(union, ("owe", debtor, creditor, "IDR", amount, days, False))


def cleared(union):
    event = set_off(union.state, 1, "IDR")
    return dict(event.cleared) if event else {}


def cleared_by_pair(union):
    sums: dict[tuple[str, str], int] = {}
    for key, amount in cleared(union).items():
        item = union.state.obligations[key].item
        sums[item.debtor, item.creditor] = sums.get((item.debtor, item.creditor), 0) + amount
    return sums


def test_nothing_is_cleared_where_nothing_runs_in_a_ring():
    union = world()
    owe_all(union, [(0, 2, 5, 0), (2, 4, 5, 0)])
    assert set_off(union.state, 1, "IDR") is None
    assert set_off(union.state, 1, "VND") is None


def test_the_oldest_due_date_is_cleared_first_and_then_the_identifier():
    union = settled_world(0)
    names = [union.owe(0, 2, 10, due=TUESDAY + datetime.timedelta(days)).items[0].id for days in (3, 1, 1, 2)]
    back = union.owe(2, 0, 24).items[0].id
    first, second = sorted(names[1:3])
    assert cleared(union) == {first: 10, second: 10, names[3]: 4, back: 24}


def test_what_is_due_beyond_the_horizon_takes_no_part():
    union = world()
    owe_all(union, [(0, 2, 5, 30), (2, 0, 5, 30), (4, 6, 7, 31), (6, 4, 7, 31)])
    assert sum(cleared(union).values()) == 10


debts = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 30), st.integers(0, 3)).filter(
        lambda debt: debt[0] != debt[1]
    ),
    max_size=10,
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(debts.flatmap(lambda of: st.tuples(st.just(of), st.permutations(of))))
def test_the_order_of_registration_changes_no_sum(case):
    sums = []
    for order in case:
        union = world()
        owe_all(union, order)
        sums.append(cleared_by_pair(union))
    assert sums[0] == sums[1]


def test_one_bank_with_debts_as_large_as_the_ledger_keeps_nobody_from_set_off():
    union = world()
    owe_all(union, [(0, 2, MAX_AMOUNT, 0), (0, 2, MAX_AMOUNT, 0), (4, 6, 9, 1), (6, 4, 9, 1)])
    assert sum(cleared(union).values()) == 18


def test_one_bank_with_debts_as_large_as_the_ledger_keeps_nobody_from_settlement():
    union = settled_world(100)
    for _ in range(3):
        union.owe(0, 2, MAX_AMOUNT, due=datetime.date(2026, 1, 1))
    union.pay(debtor_agent=A1, amount=5, channel=c.Channel.MPNS)
    union.owe(4, 6, 60)
    union.cycle()
    assert union.balance("BK02QNA1XXX") == 160
    assert union.balance(A1) == 100


def test_a_ring_of_shares_is_cleared_to_the_last_unit():
    union = world()
    share = MAX_AMOUNT // len(union.state.participants)
    owe_all(union, [(0, 2, share, 0), (2, 4, share, 0), (4, 0, share - 1, 0), (6, 0, 1, 0)])
    assert sum(cleared(union).values()) == 3 * (share - 1)
