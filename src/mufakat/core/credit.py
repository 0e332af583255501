"""Swing credit: how far a member may owe another before money has to move.

The issuer of a currency lends it to another member up to a limit that both signed. In a cycle, a member covers
what its participants lack in that currency: first from what it holds of it, then from its line. The participant
then owes its sponsor an advance, paid back from the participant's first free funds, to the line before the
sponsor's own money; of a party in default, to who bore its loss before that. Amounts are minor units of the
creditor's currency.
Rule source: charter, swing; CPMI glossary "bilateral net credit limit".
"""

import msgspec

from mufakat.core import ledger
from mufakat.core.accounts import Account, reserve_account, swing_account
from mufakat.core.binding import member_of
from mufakat.core.claims import claims_of, open_defaults
from mufakat.core.decision import Decision, Events, refused
from mufakat.core.standing import refuse_counterparty
from mufakat.core.state import Advance, State
from mufakat.model.command import SetSwingLine
from mufakat.model.default import Tier
from mufakat.model.event import SwingDrawn, SwingLineSet, SwingRepaid
from mufakat.model.identifier import AccountId, Currency
from mufakat.model.money import MAX_AMOUNT, Amount
from mufakat.model.outcome import DONE, Outcome, Status
from mufakat.model.refusal import Reason


def set_swing_line(state: State, author: str, body: SetSwingLine) -> Decision:
    """Lend another member up to a limit of the author's currency; both have signed."""
    yield from ()
    creditor, debtor = state.charter.member(author), state.charter.member(body.debtor)
    if creditor is None:
        return refused(Reason.NOT_OWN_AFFAIR, "Only a member lends its currency.")
    if debtor is None:
        return refused(Reason.UNKNOWN_MEMBER, body.debtor)
    if debtor.id == creditor.id:
        return refused(Reason.SAME_PARTY, debtor.id)
    refusal = refuse_counterparty(state, debtor.id)
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    if not 0 <= body.limit <= MAX_AMOUNT:
        return refused(Reason.AMOUNT_INVALID)
    line = state.accounts.get(swing_account(debtor.id, creditor.currency))
    if line is not None and body.limit < -line.balance:
        return refused(Reason.LIMIT_IN_USE, f"Drawn: {-line.balance} minor units.")
    yield SwingLineSet(debtor.id, creditor.id, creditor.currency, body.limit)
    return DONE


def evolve_swing_line_set(state: State, event: SwingLineSet) -> None:
    """Put the line's account in place, or its limit."""
    name = swing_account(event.debtor, event.currency)
    line = state.accounts.get(name) or Account(name, event.debtor, event.currency)
    state.accounts.put(name, msgspec.structs.replace(line, limit=event.limit))


def free_on_line(state: State, member: str, currency: Currency) -> Amount:
    """Return what a member may still draw in `currency`; 0 without a line."""
    line = state.accounts.get(swing_account(member, currency))
    return Amount(line.limit + line.balance if line is not None else 0)


def held(state: State, member: str, currency: Currency) -> Amount:
    """Return what a member holds of another's currency."""
    reserve = state.accounts.get(reserve_account(member, currency))
    return Amount(reserve.balance if reserve is not None else 0)


def may_owe_more(state: State, account: AccountId) -> bool:
    """Tell whether what an account owes its sponsor stays an amount whatever position of a cycle it draws for."""
    owed = state.advances.get(account)
    return owed is None or owed.amount + owed.own + ledger.share_of_range(state) <= MAX_AMOUNT


def draw(state: State, cycle: int, account: AccountId, amount: Amount) -> Events:
    """Cover a participant's shortfall from what its sponsor holds, then from the sponsor's line."""
    participant = state.accounts[account]
    sponsor, currency = state.participants[participant.owner].sponsor, participant.currency
    own = min(amount, held(state, sponsor, currency))
    if own:
        yield SwingDrawn(cycle, reserve_account(sponsor, currency), account, own)
    if amount > own:
        yield SwingDrawn(cycle, swing_account(sponsor, currency), account, Amount(amount - own))


def evolve_drawn(state: State, event: SwingDrawn) -> None:
    """Move lent money to the participant, who owes its sponsor as much."""
    ledger.post(state, event.swing, event.account, event.amount)
    owner, currency = event.swing.split("/")[1:]
    owed = state.advances.get(event.account) or Advance(
        event.account, swing_account(owner, currency), Amount(0)
    )
    state.advances.put(event.account, _changed(owed, event.swing, event.amount))


def _changed(owed: Advance, source: AccountId, by: int) -> Advance:
    """Return an advance with more, or less, of what came from the line, or else from the sponsor's own money."""
    if source == owed.swing:
        return msgspec.structs.replace(owed, amount=Amount(owed.amount + by))
    return msgspec.structs.replace(owed, own=Amount(owed.own + by))


def repay(state: State) -> Events:
    """Pay advances back from what the participants' accounts hold free, in order of account."""
    for advance in list(state.advances.records()):
        account = state.accounts[advance.account]
        free = max(0, account.available - account.limit)
        to_line = min(advance.amount, free)
        to_sponsor = 0 if _survivors_wait(state, account) else min(advance.own, free - to_line)
        if to_line:
            yield SwingRepaid(advance.swing, advance.account, Amount(to_line))
        if to_sponsor:
            reserve = state.accounts[reserve_account(*advance.swing.split("/")[1:])]
            to_sponsor = min(to_sponsor, ledger.most_to_receive(reserve))
        if to_sponsor:
            yield SwingRepaid(reserve.id, advance.account, Amount(to_sponsor))


def _survivors_wait(state: State, account: Account) -> bool:
    """Tell whether members that bore a loss of the account's owner, or of its member, have not got it back."""
    parties = account.owner, member_of(state, account.owner)
    return any(
        claims_of(state, default, account.currency, Tier.SURVIVOR)
        for default in open_defaults(state)
        if default.party in parties
    )


def evolve_repaid(state: State, event: SwingRepaid) -> None:
    """Move the money back to the line, or to the sponsor's own."""
    ledger.post(state, event.account, event.swing, event.amount)
    owed = _changed(state.advances[event.account], event.swing, -event.amount)
    assert min(owed.amount, owed.own) >= 0, "no more is paid back than was advanced"
    state.advances.put(event.account, owed)
