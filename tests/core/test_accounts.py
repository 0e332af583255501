import hashlib
import struct

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core.accounts import Account, Accounts, name_of, root_by, settlement_account
from mufakat.core.commitment import Way
from mufakat.kernels import lookup, posting
from tests.strategies import play, steps, world


def account(number: int, **change: object) -> Account:
    owner = f"B{number:03d}QMA1XXX"
    return Account(**{"id": settlement_account(owner, "IDR"), "owner": owner, "currency": "IDR", **change})


@settings(max_examples=40, deadline=None)
@given(steps())
def test_columns_are_what_the_records_say_after_any_history(said):
    union = world()
    play(union, said)
    accounts = union.state.accounts
    for row, each in enumerate(accounts.in_order()):
        assert accounts.row_of(each.id) == each.row == row
        assert accounts.at(row) == each
        assert accounts.balances[row] == each.balance
        assert accounts.balances[row] - accounts.held[row] == each.available
        assert accounts.queued[row] == len(union.state.queues.get(each.id, ()))


def test_settlement_accounts_are_found_by_bank_and_currency_and_no_others():
    accounts = Accounts()
    for number in range(300):
        each = account(number) if number % 3 else Account(f"issue/C{number}/C{number}", "QM", "IDR")
        accounts.put(each.id, each)
    for row, each in enumerate(accounts.in_order()):
        words = name_of(each.owner, each.currency)
        found = lookup.find(accounts.names, *accounts.names.rows.dtype.type(words))
        assert found == (row if each.id.startswith("settlement/") else -1)


def test_booking_brings_records_up_to_their_balances():
    accounts = Accounts()
    for number in range(3):
        accounts.put(account(number).id, account(number, balance=10, limit=5))
    root = accounts.root()
    accounts.balances[1] -= 4
    accounts.book(np.array([1], np.int32))
    assert accounts.at(1) == account(1, balance=6, limit=5, row=1)
    assert [each.balance for each in accounts.in_order()] == [10, 6, 10]
    assert accounts.root() != root
    accounts.put(account(1).id, msgspec.structs.replace(accounts.at(1), balance=10))
    assert accounts.root() == root


def fresh(accounts: Accounts) -> Accounts:
    """The same accounts, written once each, in the order of their rows."""
    made = Accounts()
    for each in accounts.in_order():
        made.put(each.id, each)
    return made


changes = st.lists(
    st.one_of(
        st.tuples(st.just("open"), st.integers(1, 70)),
        st.tuples(st.just("put"), st.integers(0, 200)),
        st.tuples(st.just("book"), st.sets(st.integers(0, 200), min_size=1, max_size=20)),
        st.just(("read", 0)),
        st.just(("root", 0)),
    ),
    max_size=12,
)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(changes)
def test_a_root_kept_up_to_date_is_that_of_a_fresh_set_of_accounts(said):
    """Whatever was opened, written, booked or read before, and however often the root was asked for."""
    accounts = Accounts()
    accounts.put(account(0).id, account(0, limit=9))
    for number, (what, value) in enumerate(said, 1):
        if what == "open":
            for each in range(len(accounts), len(accounts) + value):
                accounts.put(account(each).id, account(each, balance=each))
        elif what == "put":
            old = accounts.at(value % len(accounts))
            accounts.put(old.id, msgspec.structs.replace(old, balance=old.balance + number, pending=number))
        elif what == "book":
            rows = sorted({row % len(accounts) for row in value})
            accounts.balances[rows] -= number
            accounts.earmarked[rows] += number
            accounts.book(np.array(rows, np.int32))
        elif what == "read":
            for row, each in enumerate(accounts.in_order()):
                assert (each.balance, each.earmarked) == (accounts.balances[row], accounts.earmarked[row])
        else:
            assert accounts.root() == fresh(accounts).root()
    assert accounts.root() == fresh(accounts).root()


def packed(each: Account) -> bytes:
    return msgspec.msgpack.encode(each)


def booked(count: int) -> Accounts:
    accounts = Accounts()
    for number in range(count):
        accounts.put(account(number).id, account(number, balance=100 + number, limit=5))
    accounts.root()
    accounts.balances[: count // 2] -= 3
    accounts.book(np.arange(count // 2, dtype=np.int32))
    return accounts


@pytest.mark.parametrize("count", [1, 2, 4, 5, 17, 100])
def test_each_account_is_proved_with_its_balance_and_with_no_other(count):
    accounts = booked(count)
    for each in list(accounts.records()):
        way = accounts.prove(each.id)
        assert root_by(each.id, packed(each), way) == accounts.root()
        for change in (
            {"balance": each.balance + 1},
            {"balance": -each.balance},
            {"limit": 6},
            {"earmarked": 1},
            {"balance": each.earmarked, "earmarked": each.balance},
            {"pending": 1},
            {"closed": True},
            {"owner": "B999QMA1XXX"},
            {"currency": "MYR"},
        ):
            assert root_by(each.id, packed(msgspec.structs.replace(each, **change)), way) != accounts.root()
        other = accounts.at((each.row + 1) % count)
        if other != each:
            assert root_by(other.id, packed(each), way) is None
            assert root_by(other.id, packed(other), way) is None
            assert root_by(each.id, packed(each), accounts.prove(other.id)) is None


def test_a_leaf_is_what_the_description_says():
    accounts = booked(3)
    each = accounts.at(0)
    seal = hashlib.sha256(packed(msgspec.structs.replace(each, balance=0, earmarked=0))).digest()
    leaf = hashlib.sha256(b"\0" + seal + struct.pack(">qq", each.balance, each.earmarked)).digest()
    assert accounts.prove(each.id).leaves[0] == leaf


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"\xc0",
        b"\xc1",
        b"\x91" * 100_000,
        b"\x9a" + b"\xc0" * 10,
        packed(account(1)) + b"\0",
        packed(account(1))[:-1],
        packed(account(1, balance=2**63)),
        packed(account(1, row=1, earmarked=2**63)),
        msgspec.msgpack.encode([*msgspec.structs.astuple(account(1, row=1, balance=101, limit=5)), 0]),
        packed(account(1, row=1, balance=101, limit=5)).replace(b"\x05", b"\xcc\x05"),
    ],
)
def test_what_is_no_canonical_record_of_an_account_is_not_proved(record):
    accounts = booked(2)
    way = accounts.prove(account(1).id)
    assert root_by(account(1).id, packed(accounts.at(1)), way) == accounts.root()
    assert record != packed(accounts.at(1))
    assert root_by(account(1).id, record, way) is None


def test_a_way_under_another_number_is_none():
    accounts = booked(9)
    each = accounts.at(1)
    way = accounts.prove(each.id)
    for number, count in ((2, 9), (5, 9), (1, 8), (1, 10), (1, 2**63), (-1, 9), (1, -1), (1, 0)):
        changed = Way(way.leaves, way.beside, number, count)
        assert root_by(each.id, packed(each), changed) != accounts.root()


def test_what_is_usable_is_forgotten_as_a_whole():
    accounts = Accounts()
    for number in range(100):
        accounts.put(account(number).id, account(number))
    assert (accounts.usable == posting.UNKNOWN).all()
    accounts.usable[:] = 1
    accounts.forget_usable()
    assert (accounts.usable == posting.UNKNOWN).all()
