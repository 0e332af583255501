import copy
import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core.accounts import name_of
from mufakat.kernels import lookup, posting
from mufakat.model.command import Channel, PaymentOrder
from mufakat.model.queueing import Action, Priority
from mufakat.model.record import batch
from tests.naive import Ledger, Packed, taken_prefix
from tests.union import A1, A2, B1, B2, TUESDAY, uetr

BANKS = (A1, A2, B1, B2)
MOST, MOST_BALANCE = 10**6, 200
NOW = 1_000
SETTLED, VOIDED = 2, 7


def index(rows, room=64):
    made = lookup.empty(room, rows.shape[1])
    made.rows[: len(rows)] = rows
    lookup.put_all(made, 0, len(rows))
    return made


def order(number, debtor, creditor, amount, action="pay", linked=False, **change):
    fields = {"channel": Channel.RTGS, "details": bytes(32), "value_date": TUESDAY, **change}
    return PaymentOrder(
        uetr(number),
        debtor,
        creditor,
        "IDR",
        amount,
        action=Action[action.upper()],
        linked=linked,
        **fields,
    )


class World:
    """Four banks with an account each, arrays as the ledger passes them."""

    def __init__(self, funds, known=(), **columns):
        self.names = index(np.array([name_of(bank, "IDR") for bank in BANKS], np.uint64))
        self.known = {uetr(each) for each in known}
        self.columns = {"held": [0] * 4, "most": [MOST] * 4, "usable": [1] * 4, "queued": [0] * 4, **columns}
        self.balances = np.array(funds, np.int64)
        self.held = np.array(self.columns["held"], np.int64)
        self.earmarked = np.zeros(4, np.int64)
        self.open = lookup.empty(64, posting.ROW_WORDS)
        self.marks = np.array([0, 0, 0, posting.NEVER], np.int64)
        self.rows = np.zeros((0, posting.ROW_WORDS), np.uint64)

    def located(self, records):
        debited, credited, payer, payee = np.empty((4, len(records)), np.int32)
        posting.locate(records, self.names, debited, credited)
        accounts, marks = np.empty(4, np.int32), np.zeros(4, np.int32)
        count = posting.number(debited, payer, accounts, 0, marks)
        count = posting.number(credited, payee, accounts, count, marks)
        return posting.Located(records, debited, credited, accounts[:count], payer, payee)

    def decide(self, orders, signers=(A1,), begin=0):
        records = np.frombuffer(batch(orders).records, np.uint64).reshape(-1, posting.WORDS)
        located, size = self.located(records), len(records)
        at = located.accounts
        first = np.empty(size, np.int32)
        posting.repeated(records, self.names.key, np.zeros(128, np.int32), first)
        known = np.array([each.uetr in self.known for each in orders], np.int8)
        lookup.find_all(self.open, records, known)
        columns = posting.Columns(
            self.balances[at],
            self.held[at],
            np.array(self.columns["most"], np.int64)[at],
            np.array(self.columns["usable"], np.int8)[at],
            np.array(self.columns["queued"], np.int32)[at],
            np.array([BANKS[each] in signers for each in at], np.int8),
        )
        end = posting.decide(
            located,
            begin,
            posting.Said(known, first),
            posting.Terms(TUESDAY.toordinal(), NOW, MOST_BALANCE),
            columns,
            posting.Scratch(np.full(size, posting.UNKNOWN), np.empty(size, np.int32)),
            self.open,
        )
        return end, records

    def post(self, orders):
        records = np.frombuffer(batch(orders).records, np.uint64).reshape(-1, posting.WORDS)
        rows, touched = (
            np.zeros((len(records), posting.ROW_WORDS), np.uint64),
            np.zeros(len(records), np.int32),
        )
        count = posting.post(self.located(records), SETTLED, VOIDED, self.book(), rows, touched)
        self.rows = np.concatenate((self.rows, rows[:count]))
        self.known |= {each.uetr for each in orders}
        return touched.tolist()

    def book(self):
        return posting.Book(self.balances, self.earmarked, self.held, self.open, self.marks)

    def reserved(self):
        """What is reserved, by the two words of its UETR."""
        rows = self.open.rows[: self.marks[posting.USED]]
        return {tuple(row[:2].tolist()): row[2:].tolist() for row in rows if row[2]}


def words(text: str) -> tuple[int, ...]:
    return tuple(np.frombuffer(bytes.fromhex(text.replace("-", "")), np.uint64).tolist())


said = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from((A1, A1, A1, A1, A2, B1)),
        st.sampled_from((A2, A2, A2, A2, A1, B1, B2)),
        st.sampled_from((5, 5, 5, 9, 9, 60, 0, -1)),
        st.sampled_from(("pay", "pay", "reserve", "reserve", "post", "post", "void")),
        st.sampled_from((False, False, True)),
        st.sampled_from((0, 0, 0, NOW - 1, NOW, NOW + 1)),
    ),
    min_size=1,
    max_size=12,
)


def packed(each):
    number, debtor, creditor, amount, action, linked, latest = each
    timed = latest if action == "reserve" else 0
    return Packed(uetr(number), (debtor, "IDR"), (creditor, "IDR"), amount, action, linked, timed)


def with_end(chosen):
    """The last record is linked to none."""
    *others, last = chosen
    return [*others, (*last[:5], False, last[6])]


@settings(max_examples=400, deadline=None)
@given(
    st.lists(said.map(with_end), min_size=1, max_size=4),
    st.lists(st.sampled_from((0, 5, 9, 14, 64, MOST_BALANCE)), min_size=4, max_size=4),
    st.sets(st.integers(0, 4), max_size=2),
    st.sampled_from(((A1,), (A1, A2))),
)
def test_as_many_take_effect_as_by_the_plain_rules_and_change_the_same(several, funds, known, signers):
    world = World(funds, known)
    ledger = Ledger(
        {(bank, "IDR"): held for bank, held in zip(BANKS, funds, strict=True)},
        set(BANKS),
        {"IDR"},
        MOST,
        MOST_BALANCE,
    )
    ledger.over = {uetr(each): "settled" for each in known}
    noted = {words(uetr(each)) for each in known}
    for chosen in several:
        records = [packed(each) for each in chosen]
        orders = [order(*each[:6], latest_us=one.latest) for each, one in zip(chosen, records, strict=True)]
        end, _ = world.decide(orders, signers)
        assert end == taken_prefix(records, copy.deepcopy(ledger), set(signers), NOW)
        ledger.batch(records[:end], set(signers), NOW)
        world.post(orders[:end])
        assert world.balances.tolist() == list(ledger.funds.values())
        assert world.earmarked.tolist() == world.held.tolist() == list(ledger.reserved.values())
        assert world.reserved() == {
            words(name): [
                each.amount,
                BANKS.index(each.debit[0]) | BANKS.index(each.credit[0]) << 32,
                each.latest,
            ]
            for name, each in ledger.open.items()
        }
        statuses = {
            words(name): {"settled": SETTLED, "voided": VOIDED}[end] for name, end in ledger.over.items()
        }
        written = {tuple(row[:2].tolist()): int(row[4]) >> 32 for row in world.rows}
        assert written == {name: status for name, status in statuses.items() if name not in noted}


def test_what_is_held_a_limit_a_queue_and_a_closed_account_count():
    one = [order(1, A1, A2, 50)]
    assert World([50, 0, 0, 0]).decide(one)[0] == 1
    assert World([50, 0, 0, 0], held=[1, 0, 0, 0]).decide(one)[0] == 0
    assert World([0, 0, 0, 0], held=[-50, 0, 0, 0]).decide(one)[0] == 1
    assert World([50, 0, 0, 0], most=[49, 60, 60, 60]).decide(one)[0] == 0
    assert World([50, 0, 0, 0], queued=[1, 0, 0, 0]).decide(one)[0] == 0
    assert World([50, 0, 0, 0], queued=[0, 1, 0, 0]).decide(one)[0] == 0
    for usable in ([0, 1, 1, 1], [1, 0, 1, 1], [posting.UNKNOWN, 1, 1, 1]):
        assert World([50, 0, 0, 0], usable=usable).decide(one)[0] == 0


@pytest.mark.parametrize(
    "change",
    [
        {"value_date": TUESDAY + datetime.timedelta(1)},
        {"channel": Channel.MPNS},
        {"earliest_us": 1},
        {"latest_us": NOW + 1},
        {"divisible": True},
    ],
)
def test_what_waits_or_ends_is_left_to_the_rules(change):
    assert World([50, 0, 0, 0]).decide([order(1, A1, A2, 5), order(2, A1, A2, 5, **change)])[0] == 1


def test_what_posts_a_reservation_repeats_its_priority():
    world = World([50, 0, 0, 0])
    world.post([order(1, A1, A2, 5, "reserve", priority=Priority.HIGH)])
    high, normal = (order(1, A1, A2, 5, "post", priority=each) for each in (Priority.HIGH, Priority.NORMAL))
    assert (world.decide([normal])[0], world.decide([high])[0]) == (0, 1)
    new = [order(2, A1, A2, 5, "reserve", priority=Priority.HIGH), order(2, A1, A2, 5, "post")]
    assert world.decide(new)[0] == 1


def test_what_is_left_of_a_reservation_pays_on():
    reserve, post = order(1, A1, A2, 9, "reserve"), order(1, A1, A2, 5, "post")
    assert World([9, 0, 0, 0]).decide([reserve, post, order(2, A1, A2, 4)])[0] == 3
    assert World([9, 0, 0, 0]).decide([reserve, post, order(2, A1, A2, 5)])[0] == 2
    assert World([9, 0, 0, 0]).decide([reserve, order(1, A1, A2, 9, "void"), order(2, A1, A2, 9)])[0] == 3


def test_only_the_whole_is_voided_by_payer_or_payee():
    world = World([50, 0, 0, 0])
    world.post([order(1, A1, A2, 9, "reserve")])
    assert world.decide([order(1, A1, A2, 8, "void")])[0] == 0
    for signer, end in ((A1, 1), (A2, 1), (B1, 0)):
        assert world.decide([order(1, A1, A2, 9, "void")], (signer,))[0] == end
    for signer, end in ((A1, 1), (A2, 0)):
        assert world.decide([order(1, A1, A2, 9, "post")], (signer,))[0] == end


def test_a_bank_that_nobody_knows_has_no_account():
    world = World([50, 0, 0, 0])
    end, records = world.decide([order(1, A1, "NOBKQMA1XXX", 5)])
    assert (end, world.located(records).credited.tolist()) == (0, [posting.NO_ACCOUNT])


def test_posting_moves_the_money_and_writes_the_rows():
    world = World([50, 0, 0, 0])
    world.post([order(1, A1, A2, 5), order(2, A1, B1, 7)])
    assert world.balances.tolist() == [38, 5, 7, 0]
    rows = [
        [*words(uetr(n)), amount, to << 32, TUESDAY.toordinal() | SETTLED << 32]
        for n, amount, to in ((1, 5, 1), (2, 7, 2))
    ]
    assert world.rows.tolist() == rows


def test_a_free_row_is_the_next_to_be_used_and_all_are_new_when_none_is_open():
    world = World([50, 0, 0, 0])
    reserve = [order(n, A1, A2, 1, "reserve") for n in range(4)]
    assert world.post(reserve) == [0, 1, 2, 3]
    assert world.post([order(1, A1, A2, 1, "void"), order(3, A1, A2, 1, "post")]) == [1, 3]
    assert world.post([order(n, A1, A2, 1, "reserve") for n in (4, 5, 6)]) == [3, 1, 4]
    rows, book = np.zeros((5, posting.ROW_WORDS), np.uint64), world.book()
    posting.free(np.array([4, 0, 1, 2, 3], np.int32), TUESDAY.toordinal(), VOIDED, book, rows)
    assert [tuple(row[:2].tolist()) for row in rows] == [words(uetr(n)) for n in (6, 0, 5, 2, 4)]
    assert (rows[:, 4] == TUESDAY.toordinal() | VOIDED << 32).all()
    assert world.marks.tolist() == [0, 0, 0, posting.NEVER]
    assert not world.earmarked.any()
    assert not world.open.slots.any()
