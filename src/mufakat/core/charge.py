"""Charges on a lasting surplus or deficit on swing lines: both sides pay, as in Keynes's clearing union.

At each close a member's net position is measured in the unit of account: what others owe it on swing lines less
what it owes. It counts for each day until the next close. At the periodic settlement the average of the period is
charged above shares of the member's quota. The member pays in its own currency: its central bank issues the charge
to the common fund. What is below a minor unit is carried on. Where no fixings are in force, what was last measured
holds.

A member in default is charged when its default has ended; one that leaves within a period is not charged for it.
Rule source: charter, swing.
"""

import msgspec

from mufakat.core import fixing, ledger
from mufakat.core.accounts import Account, fund_account, issue_account, swing_account
from mufakat.core.agreement import Position
from mufakat.core.decision import Events
from mufakat.core.standing import default_of, present
from mufakat.core.state import State
from mufakat.model import basket, swing
from mufakat.model.charter import Member
from mufakat.model.identifier import Currency
from mufakat.model.money import MAX_AMOUNT, Amount
from mufakat.model.swing import SwingCharged, SwingPositionMeasured


def measure(state: State) -> Events:
    """Count the days since the last close for each member that has, or had, a quota, and look at it anew."""
    quotas = swing.quotas_of(state.charter.rules.swing)
    for member in present(state):
        before = state.swing_positions.get(member.id)
        if before is None and member.id not in quotas:
            continue
        counted = _counted(state, before or Position(member.id, state.day.date))
        value = position_of(state, member)
        yield SwingPositionMeasured(
            member.id,
            state.day.date,
            counted.value if value is None else value,
            counted.total,
            counted.days,
        )


def position_of(state: State, member: Member) -> int | None:
    """Return what others owe a member on swing lines less what it owes, in hundredths of the unit.

    Cut towards zero; None when the charter has no unit, or a currency drawn on these lines no fixing in force.
    """
    priced = fixing.prices(state)
    unit = basket.unit_price(state.charter.rules.fixing, priced)
    if unit is None:
        return None
    worth = 0
    for other in present(state):
        for debtor, creditor, sign in ((member, other, -1), (other, member, 1)):
            line = state.accounts.get(swing_account(debtor.id, creditor.currency))
            drawn = -line.balance if line is not None else 0
            if drawn and creditor.currency not in priced:
                return None
            worth += sign * drawn * priced.get(creditor.currency, 0)
    value = basket.value_at(worth, 1, unit)
    return max(-swing.MOST_POSITION, min(value, swing.MOST_POSITION))


def _counted(state: State, before: Position) -> Position:
    """Return a position with the days since it was last looked at counted."""
    days = (state.day.date - before.since).days
    assert days >= 0, "business dates go forward"
    total = max(-MAX_AMOUNT, min(before.total + before.value * days, MAX_AMOUNT))
    return msgspec.structs.replace(before, since=state.day.date, total=total, days=before.days + days)


def assess(state: State) -> Events:
    """Charge each member for the period that ends; the caller has seen to it that all fixings are in force."""
    rules = state.charter.rules.swing
    quotas = swing.quotas_of(rules)
    for member in present(state):
        before = state.swing_positions.get(member.id)
        if before is None or default_of(state, member.id) is not None:
            continue
        counted = _counted(state, before)
        if not counted.days:
            continue
        quota = quotas.get(member.id, 0)
        parts = counted.rest + swing.charge_of(counted.total, counted.days, quota, rules.charge_tiers)
        amount, rest = _in_own_currency(state, parts, member.currency)
        yield SwingCharged(
            member.id, state.day.date, counted.total, counted.days, quota, member.currency, amount, rest
        )


def _in_own_currency(state: State, parts: int, currency: Currency) -> tuple[Amount, int]:
    """Return what a charge comes to in whole minor units, no more than the ledger holds, and the parts left."""
    priced = fixing.prices(state)
    unit = basket.unit_price(state.charter.rules.fixing, priced)
    assert unit is not None, "fixings were looked at before"
    one = priced[currency] * 10**basket.UNIT_DECIMALS * swing.CHARGE_PARTS
    fund = state.accounts.get(fund_account(currency))
    room = MAX_AMOUNT - max(-state.accounts[issue_account(currency)].balance, fund.balance if fund else 0)
    amount = min(parts * unit // one, room)
    return Amount(amount), min(parts - amount * one // unit, MAX_AMOUNT)


def evolve_measured(state: State, event: SwingPositionMeasured) -> None:
    """Keep the position until the next close, and what has been counted."""
    before = state.swing_positions.get(event.member) or Position(event.member, event.date)
    now = msgspec.structs.replace(
        before, since=event.date, value=event.value, total=event.total, days=event.days
    )
    state.swing_positions.put(event.member, now)


def evolve_charged(state: State, event: SwingCharged) -> None:
    """Issue the charge to the fund, and begin the next period."""
    before = state.swing_positions[event.member]
    now = msgspec.structs.replace(
        before, since=event.date, total=0, days=0, rest=event.rest, charged=before.charged + event.amount
    )
    state.swing_positions.put(event.member, now)
    if not event.amount:
        return
    fund = fund_account(event.currency)
    if fund not in state.accounts:
        state.accounts.put(fund, Account(fund, event.member, event.currency))
    ledger.post(state, issue_account(event.currency), fund, event.amount)
