"""The periodic settlement: what members owe each other on swing lines is set off, and the rest paid in own money.

Three steps, of all lines at once. First each debtor pays from what it holds of the creditor's currency. Then debts
in all currencies are measured in the unit of account and set off against each other. What is left is paid in the
debtor's own currency: its central bank issues it to the creditor, on `reserve/<creditor>/<currency>`. Of each line
interest is paid before what was drawn. Then the money that was lent is the creditor's own issue.

A line waits while its creditor's or its debtor's own currency is closed, and the period is then not over: the next
close tries again. Nobody holds it up for long by its holidays: these are postings of the union's own ledger, and
once the settlement is overdue by `PATIENCE_DAYS`, every line is settled on whatever day it is.

A debt is set off at no more than it is worth, cut to a whole minor unit, and paid with no less, rounded up to one.
Rule source: charter, swing; PFMI principle 8 (finality), as in the European Payments Union, without its gold.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from mufakat.core import charge, fixing, interest, ledger
from mufakat.core.accounts import Account, issue_account, reserve_account, swing_account
from mufakat.core.decision import Events
from mufakat.core.standing import default_of, present
from mufakat.core.state import State
from mufakat.kernels.setoff import largest_set_off
from mufakat.model import basket
from mufakat.model.charter import Member
from mufakat.model.identifier import AccountId, Currency, MemberId
from mufakat.model.money import MAX_AMOUNT, Amount
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.swing import SettledLine, SwingSettled

PATIENCE_DAYS: Final = 10
"""Calendar days after the end of a period for which lines in closed currencies wait."""


class Claim(msgspec.Struct, frozen=True):
    """What one line makes its debtor owe: interest and what is drawn, minor units of the creditor's currency."""

    debtor: MemberId
    creditor: MemberId
    currency: Currency
    interest: int
    drawn: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.interest + self.drawn

    def less(self, amount: int) -> tuple["Claim", int, int]:
        """Return the claim with `amount` paid, and how much of that was interest, and how much drawn."""
        assert 0 <= amount <= self.total, "no more is paid than is owed"
        of_interest = min(amount, self.interest)
        of_drawn = amount - of_interest
        left = msgspec.structs.replace(
            self, interest=self.interest - of_interest, drawn=self.drawn - of_drawn
        )
        return left, of_interest, of_drawn


def refuse(state: State) -> Refusal | None:
    """Return why nothing can be settled today, or None."""
    if state.charter.rules.swing.settle_every_days == 0:
        return Refusal(Reason.NO_PERIODIC_SETTLEMENT)
    for member in present(state):
        if fixing.value_of(state, 0, member.currency) is None:
            return Refusal(Reason.NO_FIXING, member.currency)
    return None


def end_of_day(state: State) -> Events:
    """Settle when the charter's period is over; where it cannot be done today, at a later close."""
    if _overdue_days(state) >= 0 and refuse(state) is None:
        yield from settle(state)


def _overdue_days(state: State) -> int:
    """Return for how many days the period has been over; below 0 while it lasts."""
    return (state.day.date - state.swing_settled).days - state.charter.rules.swing.settle_every_days


def settle(state: State) -> Events:
    """Settle every line that does not wait; the caller has looked at what `refuse` says."""
    yield from interest.accrue(state)
    yield from charge.assess(state)
    claims = _claims(state)
    waiting = [claim for claim in claims if _waits(state, claim)]
    plan = _plan(state, _held_by_ledger(state, [claim for claim in claims if claim not in waiting]))
    lines = tuple(swing_account(claim.debtor, claim.currency) for claim in waiting)
    yield SwingSettled(state.day.date, tuple(plan), lines)


def _waits(state: State, claim: Claim) -> bool:
    """Tell whether a claim waits for its creditor's or its debtor's own currency to be open."""
    both = claim.currency, _own_currency(state, claim.debtor)
    is_open = all(state.charter.settles(currency, state.day.date) for currency in both)
    return not is_open and _overdue_days(state) < PATIENCE_DAYS


def _plan(state: State, claims: Sequence[Claim]) -> list[SettledLine]:
    """Say for each claim how it is paid, in order of debtor, then creditor."""
    held = _from_reserves(state, claims)
    left = [claim.less(amount)[0] for claim, amount in zip(claims, held, strict=True)]
    cleared = _set_off(state, left)
    issued = _drawn(claims)
    plan = []
    for claim, reserve, offset in zip(claims, held, cleared, strict=True):
        after_reserve, interest_held, drawn_held = claim.less(reserve)
        after_offset, interest_offset, drawn_offset = after_reserve.less(offset)
        own = _own_currency(state, claim.debtor)
        price = _in_own_currency(state, after_offset, own, issued)
        issued[own] = issued.get(own, 0) + price
        line = SettledLine(
            claim.debtor,
            claim.creditor,
            claim.currency,
            (Amount(interest_held), Amount(drawn_held)),
            (Amount(interest_offset), Amount(drawn_offset)),
            (Amount(after_offset.interest), Amount(after_offset.drawn)) if price else (Amount(0), Amount(0)),
            own,
            Amount(price),
        )
        plan.append(line)
    return plan


def _claims(state: State) -> list[Claim]:
    """What members owe each other; what becomes of lines that a default concerns, the default procedure says."""
    members = present(state)
    concerned = _in_default(state)
    return [
        claim
        for debtor in members
        if default_of(state, debtor.id) is None
        for claim in _claims_on(state, debtor, members)
        if swing_account(debtor.id, claim.currency) not in concerned
    ]


def _held_by_ledger(state: State, claims: Sequence[Claim]) -> list[Claim]:
    """Return the claims without those in a currency in which the ledger could not hold them as issued."""
    drawn = _drawn(claims)
    return [
        claim
        for claim in claims
        if state.accounts[issue_account(claim.currency)].balance - drawn[claim.currency] >= -MAX_AMOUNT
    ]


def _in_default(state: State) -> frozenset[AccountId]:
    """Return the lines whose debtor, or a bank for which something is drawn on them, is in default."""
    return frozenset(
        advance.swing
        for advance in state.advances.records()
        if advance.amount and default_of(state, state.accounts[advance.account].owner) is not None
    )


def _drawn(claims: Sequence[Claim]) -> dict[Currency, int]:
    """Return what becomes issued of each currency when all that was lent of it is settled."""
    drawn: dict[Currency, int] = {}
    for claim in claims:
        drawn[claim.currency] = drawn.get(claim.currency, 0) + claim.drawn
    return drawn


def _claims_on(state: State, debtor: Member, members: Sequence[Member]) -> list[Claim]:
    claims = []
    for creditor in members:
        line = state.accounts.get(swing_account(debtor.id, creditor.currency))
        if line is not None:
            owed = interest.owed(state, line.id)
            claims.append(Claim(debtor.id, creditor.id, creditor.currency, owed, -line.balance))
    return [claim for claim in claims if claim.total]


def _from_reserves(state: State, claims: Sequence[Claim]) -> list[int]:
    """Return what each debtor pays from what it holds of the creditor's currency.

    What pays interest ceases to be money, and no more of it can cease to be than was issued.
    """
    issued: dict[Currency, int] = {}
    held = []
    for claim in claims:
        reserve = state.accounts.get(reserve_account(claim.debtor, claim.currency))
        balance = reserve.balance if reserve is not None else 0
        left = issued.setdefault(claim.currency, -state.accounts[issue_account(claim.currency)].balance)
        of_interest = min(balance, claim.interest)
        held.append(min(balance, claim.total) if of_interest <= left else 0)
        issued[claim.currency] -= of_interest if of_interest <= left else 0
    return held


def _set_off(state: State, claims: Sequence[Claim]) -> list[int]:
    """Return what of each claim is set off: the largest circulation of their values in the unit."""
    cleared = [0 for _ in claims]
    share = MAX_AMOUNT // max(1, len(claims))
    values = [min(share, _value(state, claim)) for claim in claims]
    places = [place for place, value in enumerate(values) if value > 0]
    if not places:
        return cleared
    parties = sorted({party for place in places for party in (claims[place].debtor, claims[place].creditor)})
    number = {party: index for index, party in enumerate(parties)}
    found = largest_set_off(
        len(parties),
        np.array([number[claims[place].debtor] for place in places], dtype=np.int32),
        np.array([number[claims[place].creditor] for place in places], dtype=np.int32),
        np.array([values[place] for place in places], dtype=np.int64),
    )
    for place, value in zip(places, found.cleared, strict=True):
        amount = fixing.amount_of(state, int(value), claims[place].currency)
        assert amount is not None, "fixings were looked at before"
        whole = int(value) == _value(state, claims[place])
        cleared[place] = claims[place].total if whole else min(amount, claims[place].total)
    return cleared


def _value(state: State, claim: Claim) -> int:
    value = fixing.value_of(state, claim.total, claim.currency)
    assert value is not None, "fixings were looked at before"
    return value


def _own_currency(state: State, member: MemberId) -> Currency:
    entry = state.charter.member(member)
    assert entry is not None, "a debtor is a member"
    return entry.currency


def _in_own_currency(state: State, claim: Claim, own: Currency, issued: dict[Currency, int]) -> int:
    """Return what the debtor's central bank issues for the rest of a claim, or 0 when the ledger cannot hold it."""
    prices = fixing.prices(state)
    price = basket.converted_up(claim.total, prices[claim.currency], prices[own])
    reserve = state.accounts.get(reserve_account(claim.creditor, own))
    fits = (
        -state.accounts[issue_account(own)].balance + issued.get(own, 0) + price <= MAX_AMOUNT
        and (reserve.balance if reserve is not None else 0) + price <= MAX_AMOUNT
    )
    return price if fits else 0


def evolve_settled(state: State, event: SwingSettled) -> None:
    """Post what every line's debtor paid, held or set off; all of it is final together.

    While a line waits for a closed currency, the period is not over.
    """
    for line in event.lines:
        _post(state, line)
    if not event.waiting:
        state.swing_settled = event.date


def _post(state: State, line: SettledLine) -> None:
    swing, issue = swing_account(line.debtor, line.currency), issue_account(line.currency)
    reserve = _opened(state, line.debtor, line.currency)
    (interest_held, held), (interest_offset, offset), (interest_paid, paid) = (
        line.held,
        line.set_off,
        line.paid,
    )
    for credited, amount in ((issue, interest_held), (swing, held)):
        if amount:
            ledger.post(state, reserve, credited, amount)
    if offset + paid:
        ledger.post(state, issue, swing, Amount(offset + paid))
    if line.issued:
        to = _opened(state, line.creditor, line.own)
        ledger.post(state, issue_account(line.own), to, line.issued)
    if interest_held + interest_offset + interest_paid:
        interest.pay(state, swing, interest_held + interest_offset + interest_paid)
    _owe_the_sponsor(state, swing, held + offset + paid)


def _opened(state: State, member: MemberId, currency: Currency) -> AccountId:
    """Return a member's reserve account in another's currency, opened when there is none."""
    name = reserve_account(member, currency)
    if name not in state.accounts:
        state.accounts.put(name, Account(name, member, currency))
    return name


def _owe_the_sponsor(state: State, swing: AccountId, amount: int) -> None:
    """What the sponsor has paid of its line, its participants owe to the sponsor itself, in order of account."""
    for advance in list(state.advances.records()):
        moved = min(amount, advance.amount) if advance.swing == swing else 0
        if moved:
            now = msgspec.structs.replace(
                advance, amount=Amount(advance.amount - moved), own=Amount(advance.own + moved)
            )
            state.advances.put(advance.account, now)
            amount -= moved
    assert amount == 0, "what was drawn was advanced"
