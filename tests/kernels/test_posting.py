import datetime

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core.accounts import name_of
from mufakat.kernels import lookup, posting
from mufakat.model.command import Channel, PaymentOrder
from mufakat.model.record import batch
from tests.naive import settled_prefix
from tests.union import A1, A2, B1, B2, TUESDAY, uetr

BANKS = (A1, A2, B1, B2)
MOST_BALANCE = 200
transfers = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(BANKS), st.integers(-1, 60)), min_size=1, max_size=30
)


def index(rows, room=64):
    made = lookup.empty(room, rows.shape[1])
    made.rows[: len(rows)] = rows
    lookup.put_all(made, 0, len(rows))
    return made


def words(text: str):
    return np.frombuffer(bytes.fromhex(text.replace("-", "")), np.uint64)


def records_of(said, date=TUESDAY):
    made = [
        PaymentOrder(uetr(number), A1, bank, "IDR", amount, date, Channel.RTGS, bytes(32))
        for number, bank, amount in said
    ]
    return np.frombuffer(batch(made).records, np.uint64).reshape(-1, posting.WORDS)


def prefix(records, balances, known=(), *, held=None, most=None, usable=None, queued=None):
    size = len(balances)
    names = index(np.array([name_of(bank, "IDR") for bank in BANKS], np.uint64))
    debited, credited = np.empty(len(records), np.int32), np.empty(len(records), np.int32)
    posting.locate(records, names, debited, credited)
    columns = posting.Columns(
        np.array(balances, np.int64),
        np.array(held or [0] * size, np.int64),
        np.array(most or [10**6] * size, np.int64),
        np.array(usable or [1] * size, np.int8),
        np.array(queued or [0] * size, np.int32),
    )
    author = np.frombuffer(A1.encode().ljust(16, b"\0"), np.uint64)
    taken = index(np.array([words(each) for each in known] or np.zeros((0, 2)), np.uint64))
    other = index(np.zeros((0, posting.ROW_WORDS), np.uint64))
    end = posting.plain_prefix(
        records,
        0,
        debited,
        credited,
        posting.Terms(author, TUESDAY.toordinal(), MOST_BALANCE),
        columns,
        posting.Known(other, taken, np.zeros(len(records), np.int8)),
        np.zeros(128, np.int32),
    )
    return end, columns.balances.tolist(), debited, credited


@settings(max_examples=300, deadline=None)
@given(transfers, st.lists(st.integers(0, MOST_BALANCE), min_size=4, max_size=4), st.sets(st.integers(0, 30)))
def test_as_many_settle_as_by_the_plain_rules(said, balances, known):
    end, after, *_ = prefix(records_of(said), balances, [uetr(each) for each in known])
    plain = [(uetr(number), A1, bank, amount) for number, bank, amount in said]
    funds = dict(zip(BANKS, balances, strict=True))
    assert end == settled_prefix(plain, funds, MOST_BALANCE, {uetr(each) for each in known})
    for _, bank, amount in said[:end]:
        funds[A1] -= amount
        funds[bank] += amount
    assert after == list(funds.values())


def test_what_is_held_a_limit_a_queue_and_a_closed_account_count():
    one = records_of([(1, A2, 50)])
    assert prefix(one, [50, 0, 0, 0])[0] == 1
    assert prefix(one, [50, 0, 0, 0], held=[1, 0, 0, 0])[0] == 0
    assert prefix(one, [0, 0, 0, 0], held=[-50, 0, 0, 0])[0] == 1
    assert prefix(one, [50, 0, 0, 0], most=[49, 60, 60, 60])[0] == 0
    assert prefix(one, [50, 0, 0, 0], queued=[1, 0, 0, 0])[0] == 0
    assert prefix(one, [50, 0, 0, 0], queued=[0, 1, 0, 0])[0] == 0
    for usable in ([0, 1, 1, 1], [1, 0, 1, 1], [posting.UNKNOWN, 1, 1, 1]):
        assert prefix(one, [50, 0, 0, 0], usable=usable)[0] == 0


def test_another_day_is_not_today():
    other = records_of([(1, A2, 5)], TUESDAY + datetime.timedelta(1))
    assert prefix(other, [50, 0, 0, 0])[0] == 0


def test_a_bank_that_nobody_knows_has_no_account():
    *_, credited = prefix(records_of([(1, "NOBKQMA1XXX", 5)]), [50, 0, 0, 0])
    assert credited.tolist() == [posting.NO_ACCOUNT]


def test_posting_moves_the_money_and_writes_the_rows():
    records = records_of([(1, A2, 5), (2, B1, 7)])
    end, _, debited, credited = prefix(records, [50, 0, 0, 0])
    assert end == 2
    balances = np.array([50, 0, 0, 0], np.int64)
    register = index(np.zeros((0, posting.ROW_WORDS), np.uint64))
    posting.post(records, debited, credited, 2, balances, register, 0)
    assert balances.tolist() == [38, 5, 7, 0]
    rows = [(*words(uetr(n)).tolist(), amount, to << 32, TUESDAY.toordinal() | 2 << 32)
            for n, amount, to in ((1, 5, 1), (2, 7, 2))]  # fmt: skip
    assert register.rows[:2].tolist() == [list(row) for row in rows]
    assert lookup.find(register, *words(uetr(2))) == 1
