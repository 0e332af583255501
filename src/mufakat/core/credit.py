"""Swing credit: how far a member may owe another before money has to move.

The issuer of a currency lends it to another member up to a limit that both signed. In a cycle, a member's
line covers what its participants lack in that currency; the participant then owes its sponsor an advance,
paid back from the participant's first free funds. Amounts are minor units of the creditor's currency.
Rule source: charter, swing; CPMI glossary "bilateral net credit limit".
"""

import msgspec

from mufakat.core import ledger
from mufakat.core.accounts import Account
from mufakat.core.decision import Decision, Events, refused
from mufakat.core.standing import refuse_counterparty
from mufakat.core.state import Advance, State, swing_account
from mufakat.model.command import SetSwingLine
from mufakat.model.event import SwingDrawn, SwingLineSet, SwingRepaid
from mufakat.model.identifier import Currency
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


def room(state: State, member: str, currency: Currency) -> Amount:
    """Return what member `member` may still draw in `currency`."""
    line = state.accounts.get(swing_account(member, currency))
    return Amount(line.limit + line.balance) if line is not None else Amount(0)


def evolve_drawn(state: State, event: SwingDrawn) -> None:
    """Move lent money to the participant, who owes its sponsor as much."""
    ledger.post(state, event.swing, event.account, event.amount)
    owed = state.advances.get(event.account) or Advance(event.account, event.swing, Amount(0))
    state.advances.put(
        event.account, msgspec.structs.replace(owed, amount=Amount(owed.amount + event.amount))
    )


def repay(state: State) -> Events:
    """Pay advances back from what the participants' accounts hold free, in order of account."""
    for advance in list(state.advances.records()):
        account = state.accounts[advance.account]
        free = min(advance.amount, account.available - account.limit)
        if free > 0:
            yield SwingRepaid(advance.swing, advance.account, Amount(free))


def evolve_repaid(state: State, event: SwingRepaid) -> None:
    """Move the money back to the line."""
    ledger.post(state, event.account, event.swing, event.amount)
    owed = state.advances[event.account]
    assert event.amount <= owed.amount, "no more is paid back than was advanced"
    state.advances.put(
        event.account, msgspec.structs.replace(owed, amount=Amount(owed.amount - event.amount))
    )
