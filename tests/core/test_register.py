import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core.register import (
    GENERATION,
    PAGE,
    ROW_BYTES,
    Register,
    root_by,
    root_of_page,
    row_of,
)
from mufakat.core.rooms import Memory, MemoryRoom
from mufakat.kernels import posting
from mufakat.model.command import Channel, PaymentOrder
from mufakat.model.merkle import leaf_hash, root_of
from mufakat.model.record import batch
from tests.union import A1, A2, TUESDAY, uetr

SETTLED = 2
RETURNED = 3
GENERATIONS = st.sampled_from((1, 7, PAGE, 100, 3 * PAGE, 1_000, GENERATION))


class Kept(Memory):
    """Rooms in memory whose rows are there again when they are asked for."""

    def __init__(self):
        self.kept = MemoryRoom((posting.ROW_WORDS,))

    def rows(self, width, count):
        rows = self.kept.words()
        if len(rows) < count:
            raise ValueError("too few")
        self.kept = MemoryRoom((width,))
        self.kept.add(rows[:count])
        return self.kept


def posted(register: Register, size: int) -> None:
    """Post so many payments whose UETRs count on."""
    number = len(register)
    orders = [
        PaymentOrder(uetr(number + n), A1, A2, "IDR", number + n + 1, TUESDAY, Channel.RTGS, bytes(32))
        for n in range(size)
    ]
    records = np.frombuffer(batch(orders).records, np.uint64).reshape(-1, posting.WORDS)
    rows = np.zeros((size, posting.ROW_WORDS), np.uint64)
    rows[:, :2], rows[:, 2] = records[:, :2], records[:, 10]
    rows[:, 3:] = 1 << 32, TUESDAY.toordinal() | SETTLED << 32
    register.append(rows)


def filled(*sizes: int, generation: int = GENERATION, rooms: Memory | None = None) -> Register:
    """A register of batches of these sizes, whose UETRs count on."""
    register = Register(rooms, generation=generation)
    for size in sizes:
        posted(register, size)
        register.root()
    return register


def plainly(register: Register) -> bytes:
    """The root, by the definition of RFC 9162."""
    whole = register.rows.tobytes()
    size = PAGE * ROW_BYTES
    tree = root_of([leaf_hash(whole[at : at + size]) for at in range(0, len(whole), size)])
    return root_by(len(register), tree)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 3_000), max_size=5), GENERATIONS, st.data())
def test_the_root_is_that_of_all_rows_however_they_came_and_proves_each(sizes, generation, data):
    register = filled(*sizes, generation=generation)
    assert register.root() == filled(sum(sizes)).root() == plainly(register)
    if not register.count:
        return
    for _ in range(3):
        number = data.draw(st.integers(0, register.count - 1))
        register.set_status(number, data.draw(st.sampled_from((SETTLED, RETURNED))))
        root = register.root()
        page, path = register.page(number), register.prove(number)
        assert root_of_page(page, number, register.count, path) == root == plainly(register)
        assert root_of_page(page + b"\0", number, register.count, path) != root
        assert root_of_page(page, number, register.count + PAGE, path) != root
    again = Register(generation=data.draw(GENERATIONS))
    again.load(register.rows.tobytes())
    assert again.root() == register.root()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 500), min_size=1, max_size=8), GENERATIONS, GENERATIONS, st.data())
def test_a_register_that_goes_on_from_its_rows_is_as_one_that_never_stopped(sizes, before, after, data):
    rooms, plain = Kept(), Register()
    register = Register(rooms, generation=before)
    for size in sizes:
        for each in (register, plain):
            posted(each, size)
        if data.draw(st.booleans()):
            number, status = data.draw(st.integers(0, len(plain) - 1)), data.draw(st.integers(0, 5))
            for each in (register, plain):
                each.set_status(number, status)
        if data.draw(st.booleans()):
            register.write()
            count, changed = len(register), register.changed
            if data.draw(st.booleans()):
                posted(register, size)  # what comes after a snapshot and is lost with the process
            register = Register(rooms, count, changed, generation=after)
        assert register.root() == plain.root()
    assert (register.rows == plain.rows).all()
    assert [register.get(uetr(n)) for n in range(len(plain) + 1)] == [
        *(plain.at(n) for n in range(len(plain))), None
    ]  # fmt: skip


@pytest.mark.parametrize("generation", [1, 50, GENERATION])
def test_a_record_is_known_when_any_row_has_its_uetr(generation):
    register = filled(333, generation=generation)
    orders = [
        PaymentOrder(uetr(n), A1, A2, "IDR", 1, TUESDAY, Channel.RTGS, bytes(32))
        for n in (0, 332, 400, 49, 999)
    ]
    records = np.frombuffer(batch(orders).records, np.uint64).reshape(-1, posting.WORDS)
    register.take_note(uetr(999))
    assert register.seen(records).tolist() == [1, 1, 0, 1, 1]


def test_rows_that_are_not_there_are_not_gone_on_from():
    rooms = Kept()
    filled(200, generation=50, rooms=rooms).write()
    assert len(Register(rooms, 200, generation=50)) == 200
    with pytest.raises(ValueError, match="too few"):
        Register(rooms, 201)
    with pytest.raises(ValueError, match="are not there"):
        Register(None, 1)


def test_rows_are_found_and_say_what_they_are():
    for register in (filled(3, 1_000, 2_000), filled(3, 1_000, 2_000, generation=256)):
        assert len(register) == 3_003
        row = register.get(uetr(2_500))
        assert row is not None
        assert (row.number, row.amount, row.debit, row.credit) == (2_500, 2_501, 0, 1)
        assert (row.date, row.status) == (TUESDAY.toordinal(), SETTLED)
        assert row == row_of(2_500, register.rows[2_500].tobytes())
        assert uetr(2_500) in register
        for unknown in (uetr(3_003), uetr(1).upper(), "no uetr", ""):
            assert unknown not in register


@pytest.mark.parametrize("generation", [64, GENERATION])
def test_a_status_is_changed_in_its_row_alone(generation):
    register = filled(200, generation=generation)
    before = register.rows.copy()
    register.set_status(150, RETURNED)
    assert register.at(150).status == RETURNED
    assert register.get(uetr(150)) == register.at(150)
    assert register.changed == [(150, RETURNED)]
    assert (register.rows[:150] == before[:150]).all()
    assert (register.rows[151:] == before[151:]).all()


def test_what_is_broken_off_is_not_loaded():
    with pytest.raises(ValueError, match="broken off"):
        Register().load(filled(3).rows.tobytes()[:-1])


def test_what_is_noted_is_known_and_has_no_row():
    register = filled(1)
    for number in range(5_000, 8_000):
        register.take_note(uetr(number))
    orders = [
        PaymentOrder(uetr(n), A1, A2, "IDR", 1, TUESDAY, Channel.RTGS, bytes(32))
        for n in (5_000, 7_999, 8_000)
    ]
    records = np.frombuffer(batch(orders).records, np.uint64).reshape(-1, posting.WORDS)
    assert register.seen(records).tolist() == [1, 1, 0]
    assert uetr(5_000) not in register
