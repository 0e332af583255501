"""Central-bank money: only its own issuer makes it, takes it back, and sets how far an account may go.

Rule source: charter, members; PFMI principle 9 (money settlements in central bank money).
"""

import msgspec

from mufakat.core import ledger
from mufakat.core.accounts import Account, issue_account, settlement_account
from mufakat.core.decision import Decision, refused
from mufakat.core.member import refuse_unless_issuer
from mufakat.core.release import release_queues
from mufakat.core.standing import refuse_gone, refuse_listed
from mufakat.core.state import State
from mufakat.model.command import IssueMoney, RedeemMoney, ReserveLiquidity, SetLimit
from mufakat.model.event import LimitSet, LiquidityReserved, MoneyIssued, MoneyRedeemed
from mufakat.model.money import MAX_AMOUNT, refuse_amount
from mufakat.model.outcome import DONE, Outcome, Status
from mufakat.model.refusal import Reason


def _own_account(state: State, author: str, body: IssueMoney | RedeemMoney | SetLimit) -> Account | Outcome:
    refusal = refuse_unless_issuer(state, author, body.currency)
    if refusal is not None:
        return refusal
    account = ledger.usable(state, settlement_account(body.participant, body.currency))
    if isinstance(account, Reason):
        return refused(account)
    gone = refuse_listed(state, body.participant)
    if gone is None and not isinstance(body, RedeemMoney):
        gone = refuse_gone(state, body.participant, body.currency)
    if gone is not None:
        return Outcome(Status.REFUSED, gone)
    return account


def issue_money(state: State, author: str, body: IssueMoney) -> Decision:
    """Create money on a settlement account; what was queued for want of it may settle."""
    account = _own_account(state, author, body)
    if isinstance(account, Outcome):
        return account
    reason = refuse_amount(body.amount)
    if reason is not None:
        return refused(reason)
    issued = state.accounts[issue_account(body.currency)]
    if issued.balance - body.amount < -MAX_AMOUNT or not ledger.room_to_receive(account, body.amount):
        return refused(Reason.AMOUNT_TOO_LARGE)
    yield MoneyIssued(account.id, body.currency, body.amount)
    yield from release_queues(state, [account.id])
    return DONE


def evolve_money_issued(state: State, event: MoneyIssued) -> None:
    """Post the new money."""
    ledger.post(state, issue_account(event.currency), event.account, event.amount)


def redeem_money(state: State, author: str, body: RedeemMoney) -> Decision:
    """Take money back that the account has free, without its intraday credit."""
    yield from ()
    account = _own_account(state, author, body)
    if isinstance(account, Outcome):
        return account
    reason = refuse_amount(body.amount)
    if reason is not None:
        return refused(reason)
    if body.amount > account.available - account.limit:
        return refused(Reason.INSUFFICIENT_FUNDS, f"Held: {account.available - account.limit} minor units.")
    if body.amount > -state.accounts[issue_account(body.currency)].balance:
        return refused(Reason.LIMIT_IN_USE, "Part of the money was lent under swing lines, not issued.")
    yield MoneyRedeemed(account.id, body.currency, body.amount)
    return DONE


def evolve_money_redeemed(state: State, event: MoneyRedeemed) -> None:
    """Take the money off the ledger."""
    ledger.post(state, event.account, issue_account(event.currency), event.amount)


def set_limit(state: State, author: str, body: SetLimit) -> Decision:
    """Set an account's intraday credit; never below what is drawn on it."""
    account = _own_account(state, author, body)
    if isinstance(account, Outcome):
        return account
    if not 0 <= body.limit <= MAX_AMOUNT:
        return refused(Reason.AMOUNT_INVALID)
    if account.available - account.limit + body.limit < 0:
        return refused(Reason.LIMIT_IN_USE, f"Drawn: {-account.balance} minor units.")
    yield LimitSet(account.id, body.limit)
    yield from release_queues(state, [account.id])
    return DONE


def evolve_limit_set(state: State, event: LimitSet) -> None:
    """Put the limit in place."""
    account = state.accounts[event.account]
    state.accounts.put(account.id, msgspec.structs.replace(account, limit=event.limit))


def reserve_liquidity(state: State, author: str, body: ReserveLiquidity) -> Decision:
    """Set funds of the author's own account aside for the cycles, or free them (0)."""
    account = ledger.usable(state, settlement_account(author, body.currency))
    if isinstance(account, Reason):
        return refused(account)
    if not 0 <= body.amount <= MAX_AMOUNT:
        return refused(Reason.AMOUNT_INVALID)
    free = account.available + account.reserved
    if body.amount > free:
        return refused(Reason.INSUFFICIENT_FUNDS, f"Available: {free} minor units.")
    yield LiquidityReserved(account.id, body.amount)
    yield from release_queues(state, [account.id])
    return DONE


def evolve_liquidity_reserved(state: State, event: LiquidityReserved) -> None:
    """Put the reservation in place."""
    account = state.accounts[event.account]
    state.accounts.put(account.id, msgspec.structs.replace(account, reserved=event.amount))
