import msgspec
import pytest

from mufakat.core import ledger
from mufakat.core.accounts import issue_account, settlement_account
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.refusal import Reason
from tests.union import A1, A2, BANKS, settled_world

FIRST, SECOND = settlement_account(A1, "IDR"), settlement_account(A2, "IDR")


def test_a_posting_moves_money_from_one_account_to_another():
    state = settled_world(100).state
    ledger.post(state, FIRST, SECOND, 30)
    assert (state.accounts[FIRST].balance, state.accounts[SECOND].balance) == (70, 130)


@pytest.mark.parametrize(
    ("debit", "credit", "amount", "why"),
    [
        (FIRST, SECOND, 0, "moves something"),
        (FIRST, settlement_account(A2, "VND"), 5, "one currency"),
        (FIRST, FIRST, 5, "two sides"),
        (FIRST, SECOND, 101, "crosses its limit"),
        (FIRST, issue_account("IDR"), 101, "crosses its limit"),
        (issue_account("IDR"), FIRST, MAX_AMOUNT, "overflows"),
    ],
)
def test_a_posting_that_no_rule_allows_stops_the_program(debit, credit, amount, why):
    with pytest.raises(AssertionError, match=why):
        ledger.post(settled_world(100).state, debit, credit, amount)


def test_more_cannot_be_redeemed_than_was_issued():
    state = settled_world(100).state
    rich = msgspec.structs.replace(state.accounts[FIRST], balance=10_000)
    state.accounts.put(FIRST, rich)
    with pytest.raises(AssertionError, match="no more redeemed"):
        ledger.post(state, FIRST, issue_account("IDR"), 5_000)


def test_a_net_debit_is_held_before_it_is_posted():
    state = settled_world(100).state
    ledger.reserve_pending(state, FIRST, 60)
    assert state.accounts[FIRST].available == 40
    ledger.post_position(state, FIRST, -60)
    assert (state.accounts[FIRST].balance, state.accounts[FIRST].pending) == (40, 0)
    with pytest.raises(AssertionError, match="covered"):
        ledger.reserve_pending(state, FIRST, 41)
    with pytest.raises(AssertionError, match="reserved in full"):
        ledger.post_position(state, FIRST, -1)


def test_an_account_is_used_when_it_is_there_and_open():
    state = settled_world(0).state
    state.accounts.put(SECOND, msgspec.structs.replace(state.accounts[SECOND], closed=True))
    assert ledger.usable(state, FIRST) is state.accounts[FIRST]
    assert ledger.usable(state, SECOND) is Reason.ACCOUNT_CLOSED
    assert ledger.usable(state, "settlement/nobody/IDR") is Reason.UNKNOWN_ACCOUNT


def test_the_shares_of_all_participants_fit_the_range():
    assert ledger.share_of_range(settled_world(0).state) * len(BANKS) <= MAX_AMOUNT
