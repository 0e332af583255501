"""Collateral: central-bank money pledged beforehand against the losses of a default.

A participant pledges its own money, for itself or in its member's name; a member pledges new money of its own
currency. It stands on an account of its own, out of reach of payments and cycles, until it is released or bears a
loss.
Amounts are minor units. Rule source: charter, default; PFMI principle 5 (collateral).
"""

from mufakat.core import coverage, ledger
from mufakat.core.accounts import Account, collateral_account, issue_account, settlement_account
from mufakat.core.binding import member_of
from mufakat.core.claims import advances_of, open_defaults
from mufakat.core.decision import Decision, refused
from mufakat.core.member import refuse_unless_issuer
from mufakat.core.release import release_queues
from mufakat.core.standing import refuse_gone
from mufakat.core.state import State
from mufakat.model.default import CollateralPledged, CollateralReleased, PledgeCollateral, ReleaseCollateral
from mufakat.model.identifier import Currency
from mufakat.model.money import MAX_AMOUNT, Amount, refuse_amount
from mufakat.model.outcome import DONE, Outcome, Status
from mufakat.model.refusal import Reason, Refusal


def pledge_collateral(state: State, author: str, body: PledgeCollateral) -> Decision:
    """Put money of the author's own on the holder's collateral account."""
    if state.charter.issuer(body.currency) is None:
        return refused(Reason.UNKNOWN_CURRENCY, body.currency)
    bank = state.participants.get(author)
    if body.holder not in ((author,) if bank is None else (author, bank.sponsor)):
        return refused(Reason.NOT_OWN_AFFAIR, "A pledge is for oneself, or of a bank for its member.")
    source = _source(state, author, body.currency)
    if isinstance(source, Outcome):
        return source
    reason = refuse_amount(body.amount)
    if reason is not None:
        return refused(reason)
    if bank is not None and body.amount > source.available - source.limit:
        return refused(Reason.INSUFFICIENT_FUNDS, f"Held: {source.available - source.limit} minor units.")
    account = collateral_account(body.holder, body.currency)
    held = state.accounts.get(account)
    full = held is not None and not ledger.room_to_receive(held, body.amount)
    if full or source.balance - body.amount < -MAX_AMOUNT:
        return refused(Reason.AMOUNT_TOO_LARGE)
    yield CollateralPledged(source.id, account, body.amount)
    return DONE


def _source(state: State, author: str, currency: Currency) -> Account | Outcome:
    """Return the account that a pledge comes from: a bank's own, or, of a member, that of its issue."""
    if author not in state.participants:
        return refuse_unless_issuer(state, author, currency) or state.accounts[issue_account(currency)]
    return _open_account(state, author, currency)


def evolve_pledged(state: State, event: CollateralPledged) -> None:
    """Move the money; the first pledge opens the account."""
    if event.account not in state.accounts:
        _, holder, currency = event.account.split("/")
        state.accounts.put(event.account, Account(event.account, holder, Currency(currency)))
    ledger.post(state, event.source, event.account, event.amount)


def release_collateral(state: State, author: str, body: ReleaseCollateral) -> Decision:
    """Give pledged money back that neither coverage nor a default needs; what was queued for it may settle."""
    held = state.accounts.get(collateral_account(author, body.currency))
    if held is None:
        return refused(Reason.UNKNOWN_ACCOUNT, collateral_account(author[:35], body.currency[:3]))
    target = _target(state, author, body)
    if isinstance(target, Outcome):
        return target
    reason = refuse_amount(body.amount)
    if reason is not None:
        return refused(reason)
    if body.amount > held.balance:
        return refused(Reason.INSUFFICIENT_FUNDS, f"Pledged: {held.balance} minor units.")
    issued = target.id == issue_account(body.currency)
    if issued and body.amount > -target.balance:
        return refused(Reason.LIMIT_IN_USE, "Part of the money was lent under swing lines, not issued.")
    if not ledger.room_to_receive(target, body.amount):
        return refused(Reason.AMOUNT_TOO_LARGE)
    needed = _refuse_needed(state, held, body.amount)
    if needed is not None:
        return Outcome(Status.REFUSED, needed)
    yield CollateralReleased(held.id, target.id, body.amount)
    if not issued:
        yield from release_queues(state, [target.id])
    return DONE


def _target(state: State, author: str, body: ReleaseCollateral) -> Account | Outcome:
    """Return where released money goes: the holder's account, its bank's, or back to the issue."""
    if author not in state.participants and not body.participant:
        return (
            refuse_unless_issuer(state, author, body.currency) or state.accounts[issue_account(body.currency)]
        )
    bank = body.participant or author
    if bank != author and (bank not in state.participants or state.participants[bank].sponsor != author):
        return refused(Reason.NOT_OWN_AFFAIR, "To oneself, or of a member to a bank of its own.")
    return _open_account(state, bank, body.currency)


def _open_account(state: State, bank: str, currency: Currency) -> Account | Outcome:
    """Return a bank's account that money may be moved on, or why none may."""
    account = ledger.usable(state, settlement_account(bank, currency))
    if isinstance(account, Reason):
        return refused(account)
    gone = refuse_gone(state, bank, currency)
    return account if gone is None else Outcome(Status.REFUSED, gone)


def _refuse_needed(state: State, held: Account, amount: Amount) -> Refusal | None:
    """Return COLLATERAL_NEEDED when a pledge may not be smaller by `amount`, or None."""
    for default in open_defaults(state):
        concerns = held.owner in (default.party, member_of(state, default.party))
        is_bank = held.owner in state.participants
        if concerns or (not is_bank and advances_of(state, default.party, held.currency)):
            return Refusal(Reason.COLLATERAL_NEEDED, f"Default {default.number} is open.")
    advance = state.advances.get(settlement_account(held.owner, held.currency))
    if advance is not None and held.balance - amount < min(held.balance, advance.amount):
        return Refusal(Reason.COLLATERAL_NEEDED, f"Its own advance: {advance.amount} minor units.")
    pledges = coverage.pledges_in(state, held.currency)
    less = {**pledges, held.owner: Amount(held.balance - amount)}
    left, before = coverage.short(state, held.currency, less, pledges)
    if left > before:
        return Refusal(Reason.COLLATERAL_NEEDED, f"Uncovered without it: {left} minor units.")
    return None


def evolve_released(state: State, event: CollateralReleased) -> None:
    """Move the money."""
    ledger.post(state, event.account, event.target, event.amount)
