"""The double-entry ledger of central-bank money.

Every movement debits one account and credits another of the same currency. Per currency three kinds stand
beside each other: settlement accounts of participants, one issue account of the issuer (its negative
balance is the money issued outright), and swing accounts of the other members (negative: lent by the issuer
under a signed line). Their balances always sum to zero.
"""

from typing import Final

import msgspec

from mufakat.core.accounts import Account
from mufakat.core.state import State
from mufakat.model.identifier import AccountId
from mufakat.model.money import MAX_AMOUNT, Amount
from mufakat.model.refusal import Reason

_KINDS_THAT_OWE: Final = ("issue/", "swing/")


def usable(state: State, account: AccountId) -> Account | Reason:
    """Return an open account, or UNKNOWN_ACCOUNT or ACCOUNT_CLOSED."""
    found = state.accounts.get(account)
    if found is None:
        return Reason.UNKNOWN_ACCOUNT
    return Reason.ACCOUNT_CLOSED if found.closed else found


def post(state: State, debit: AccountId, credit: AccountId, amount: Amount) -> None:
    """Move `amount` at once; the caller has checked that the rules allow it."""
    source, target = state.accounts[debit], state.accounts[credit]
    assert amount > 0, "a posting moves something"
    assert source.currency == target.currency, "a posting stays in one currency"
    assert debit != credit, "a posting has two sides"
    _put(state, msgspec.structs.replace(source, balance=source.balance - amount))
    _put(state, msgspec.structs.replace(target, balance=target.balance + amount))


def reserve_pending(state: State, account: AccountId, amount: Amount) -> None:
    """Hold `amount` of an account for a settlement under way (first of two phases)."""
    held = state.accounts[account]
    assert 0 < amount <= held.available_for_cycle, "a pending debit is covered"
    _put(state, msgspec.structs.replace(held, pending=Amount(held.pending + amount)))


def post_position(state: State, account: AccountId, net: int) -> None:
    """Post one side of a cycle's net settlement (second phase): a debit takes up what was pending.

    The positions of a cycle sum to zero in each currency, so that all of them together are one balanced
    entry. A debit uses liquidity reserved for the cycles first.
    """
    held = state.accounts[account]
    if net < 0:
        assert held.pending == -net, "a net debit was reserved in full"
        left = Amount(max(0, held.reserved + net))
        held = msgspec.structs.replace(held, pending=Amount(0), reserved=left)
    _put(state, msgspec.structs.replace(held, balance=held.balance + net))


def promise(state: State, account: AccountId, more: int) -> None:
    """Promise `more` of an account to whoever takes its owner's quotes, or, when negative, free it again."""
    held = state.accounts[account]
    assert more <= held.available, "what a quote offers is there"
    assert held.offered + more >= 0, "no more is freed than was promised"
    _put(state, msgspec.structs.replace(held, offered=Amount(held.offered + more)))


def room_to_receive(account: Account, amount: int) -> bool:
    """Tell whether a credit keeps the balance within what the ledger holds."""
    return account.balance + amount <= MAX_AMOUNT


def share_of_range(state: State) -> int:
    """Return what one participant's items of a cycle may add up to: nobody fills the range for all."""
    return MAX_AMOUNT // max(1, len(state.participants))


def _put(state: State, account: Account) -> None:
    assert account.id.startswith("issue/") or account.balance >= -account.limit, (
        "no account crosses its limit"
    )
    assert not account.id.startswith(_KINDS_THAT_OWE) or account.balance <= 0, "no more redeemed than issued"
    assert -MAX_AMOUNT <= account.balance <= MAX_AMOUNT, "no balance overflows"
    state.accounts.put(account.id, account)
