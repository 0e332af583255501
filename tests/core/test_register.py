import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core.register import PAGE, ROW_BYTES, Register, root_of_page, row_of, words_of
from mufakat.kernels import lookup, posting
from mufakat.model.command import Channel, PaymentOrder
from mufakat.model.merkle import leaf_hash, root_of
from mufakat.model.record import batch
from tests.union import A1, A2, TUESDAY, uetr

SETTLED = 2
RETURNED = 3


def filled(*sizes: int) -> Register:
    """A register of batches of these sizes, whose UETRs count on."""
    register, number = Register(), 0
    for size in sizes:
        orders = [
            PaymentOrder(uetr(number + n), A1, A2, "IDR", number + n + 1, TUESDAY, Channel.RTGS, bytes(32))
            for n in range(size)
        ]
        records = np.frombuffer(batch(orders).records, np.uint64).reshape(-1, posting.WORDS)
        register.post(
            records,
            np.zeros(size, np.int32),
            np.ones(size, np.int32),
            SETTLED,
            np.array([10**9, 0], np.int64),
        )
        number += size
        register.root()
    return register


def plainly(register: Register) -> bytes:
    """The root of the tree over the pages, by the definition of RFC 9162."""
    whole = register.rows.tobytes()
    size = PAGE * ROW_BYTES
    return root_of([leaf_hash(whole[at : at + size]) for at in range(0, len(whole), size)])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 400), max_size=5), st.data())
def test_the_root_is_that_of_all_rows_however_they_came_and_proves_each(sizes, data):
    register = filled(*sizes)
    assert register.root() == filled(sum(sizes)).root()
    if not register.count:
        return
    for _ in range(3):
        number = data.draw(st.integers(0, register.count - 1))
        register.set_status(number, data.draw(st.sampled_from((SETTLED, RETURNED))))
        root = register.root()
        page, path = register.page(number), register.prove(number)
        assert root_of_page(page, number, register.count, path) == root
        assert root_of_page(page + b"\0", number, register.count, path) != root
        assert root_of_page(page, number, register.count + PAGE, path) != root
    again = Register()
    again.load(register.rows.tobytes())
    assert again.root() == register.root()


def test_the_tree_is_that_of_rfc_9162():
    for count in (1, 63, 64, 65, 128, 129, 300, 64 * 7):
        register = filled(count)
        path = register.prove(0)
        assert root_of_page(register.page(0), 0, count, path) == register.root()
        other = Register()
        other.load(register.rows.tobytes())
        assert plainly(other) == plainly(register)
        assert register.root() != filled(count + 1).root()


def test_rows_are_found_and_say_what_they_are():
    register = filled(3, 1_000, 2_000)
    assert len(register) == 3_003
    row = register.get(uetr(2_500))
    assert row is not None
    assert (row.number, row.amount, row.debit, row.credit) == (2_500, 2_501, 0, 1)
    assert (row.date, row.status) == (TUESDAY.toordinal(), SETTLED)
    assert row == row_of(2_500, register.rows[2_500].tobytes())
    assert uetr(2_500) in register
    for unknown in (uetr(3_003), uetr(1).upper(), "no uetr", ""):
        assert unknown not in register


def test_a_status_is_changed_in_its_row_alone():
    register = filled(200)
    before = register.rows.copy()
    register.set_status(150, RETURNED)
    assert register.at(150).status == RETURNED
    assert (register.rows[:150] == before[:150]).all()
    assert (register.rows[151:] == before[151:]).all()


def test_what_is_broken_off_is_not_loaded():
    with pytest.raises(ValueError, match="broken off"):
        Register().load(filled(3).rows.tobytes()[:-1])


def test_what_is_noted_is_known_and_has_no_row():
    register = filled(1)
    for number in range(5_000, 8_000):
        register.take_note(uetr(number))
    for number in (5_000, 7_999):
        assert lookup.find(register.known.others, *words_of(uetr(number))) == number - 5_000
        assert uetr(number) not in register
