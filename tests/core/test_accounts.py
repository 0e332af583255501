import msgspec
import numpy as np
from hypothesis import given, settings

from mufakat.core.accounts import Account, Accounts, name_of, settlement_account
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


def test_what_is_usable_is_forgotten_as_a_whole():
    accounts = Accounts()
    for number in range(100):
        accounts.put(account(number).id, account(number))
    assert (accounts.usable == posting.UNKNOWN).all()
    accounts.usable[:] = 1
    accounts.forget_usable()
    assert (accounts.usable == posting.UNKNOWN).all()
