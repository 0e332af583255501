import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core.register import PAGE, root_of_page
from mufakat.core.reservations import Reservation, Reservations
from mufakat.kernels import posting
from mufakat.model.command import Channel, PaymentOrder
from mufakat.model.queueing import Action, Priority
from mufakat.model.record import batch
from tests.union import A1, A2, TUESDAY, uetr

SETTLED, VOIDED = 2, 7
acts = st.lists(st.tuples(st.integers(0, 300), st.sampled_from((0, 5, 9))), max_size=400)


class Ledger:
    """Reservations between two accounts, as the rules change them."""

    def __init__(self):
        self.reservations = Reservations()
        self.columns = [np.array([10**9, 0], np.int64) for _ in range(3)]

    def say(self, *orders):
        records = np.frombuffer(batch(orders).records, np.uint64).reshape(-1, posting.WORDS)
        size, zeros = len(records), np.zeros(len(records), np.int32)
        located = posting.Located(records, zeros, zeros + 1, np.arange(2, dtype=np.int32), zeros, zeros + 1)
        self.reservations.make_room(size)
        book = posting.Book(*self.columns, self.reservations.index, self.reservations.marks)
        rows, touched = np.empty((size, posting.ROW_WORDS), np.uint64), np.empty(size, np.int32)
        posting.post(located, SETTLED, VOIDED, book, rows, touched)
        self.reservations.touch(touched)


def order(number, action=Action.RESERVE, latest=0, **change):
    fields = uetr(number), A1, A2, "IDR", number + 1, TUESDAY, Channel.RTGS, bytes(32)
    return PaymentOrder(*fields, latest_us=latest, action=action, **change)


def play(ledger, said):
    """Reserve what is not, and void what is."""
    for number, latest in said:
        there = uetr(number) in ledger.reservations
        ledger.say(order(number, Action.VOID) if there else order(number, latest=latest))


@settings(max_examples=40, deadline=None)
@given(acts, acts)
def test_the_root_is_that_of_the_rows_whenever_it_was_asked_for_and_proves_each(first, second):
    asked, other = Ledger(), Ledger()
    play(asked, first)
    asked.reservations.root()
    play(asked, second)
    play(other, first + second)
    held = asked.reservations
    assert held.root() == other.reservations.root()
    assert (held.free, held.rows.tobytes()) == (other.reservations.free, other.reservations.rows.tobytes())
    for each in held.all():
        page, path = held.page(each.number), held.prove(each.number)
        assert root_of_page(page, each.number, held.count, path) == held.root()
        assert held.get(each.uetr) == each


@settings(max_examples=40, deadline=None)
@given(acts, acts)
def test_what_was_saved_goes_on_as_if_it_had_not_been(first, second):
    saved, again = Ledger(), Ledger()
    play(saved, first)
    again.reservations.load(saved.reservations.rows.tobytes())
    again.reservations.free = saved.reservations.free
    assert again.reservations.root() == saved.reservations.root()
    assert again.reservations.all() == saved.reservations.all()
    for ledger in (saved, again):
        play(ledger, second)
    assert again.reservations.root() == saved.reservations.root()
    assert [again.reservations.due(now) for now in (5, 6, 10)] == [
        saved.reservations.due(now) for now in (5, 6, 10)
    ]


@settings(max_examples=40, deadline=None)
@given(acts, st.lists(st.integers(0, 12), min_size=1, max_size=4).map(sorted))
def test_those_are_due_whose_latest_time_has_passed(said, times):
    ledger = Ledger()
    play(ledger, said)
    for now in times:
        late = [each for each in ledger.reservations.all() if 0 < each.latest_us < now]
        late.sort(key=lambda each: (each.latest_us, each.number))
        assert ledger.reservations.due(now) == late
        if late:
            ledger.say(*(order(each.amount - 1, Action.VOID) for each in late))


def test_a_reservation_says_what_it_is():
    ledger = Ledger()
    ledger.say(order(7, latest=9, priority=Priority.URGENT))
    expected = Reservation(0, uetr(7), 8, 0, 1, 9, Priority.URGENT)
    assert ledger.reservations.get(uetr(7)) == expected
    assert [ledger.reservations.of(row) for row in (0, 1, 2)] == [[expected], [expected], []]
    for unknown in (uetr(8), "no uetr", ""):
        assert unknown not in ledger.reservations


def test_more_than_there_was_room_for_are_kept():
    ledger = Ledger()
    ledger.say(*(order(number) for number in range(5 * PAGE)))
    assert len(ledger.reservations) == ledger.reservations.count == 5 * PAGE
    assert [each.amount for each in ledger.reservations.all()] == list(range(1, 5 * PAGE + 1))


def test_what_is_broken_off_is_not_loaded():
    with pytest.raises(ValueError, match="broken off"):
        Reservations().load(bytes(39))
