import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core import apply, charge
from mufakat.core.accounts import Account, fund_account, issue_account
from mufakat.core.agreement import Position
from mufakat.core.estate import Default, default_key
from mufakat.core.invariant import violations
from mufakat.model.calendar import BusinessDay, Phase
from mufakat.model.default import Cause
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.swing import CHARGE_PARTS, MOST_POSITION, Swing, SwingCharged, SwingPositionMeasured
from tests.core.test_fixing import agreed
from tests.core.test_periodic import balance, owing, settle, stated
from tests.union import TUESDAY, charter

QUOTAS = ("QM", 1_000, "QN", 1_000, "QO", 1_000)
HEAVY = (2_500, 3_600, 5_000, 7_200)


def lasting(*debts, quotas=QUOTAS, tiers=HEAVY):
    """Members that owe each other, at the first close after they drew."""
    union = owing(*debts, swing=Swing(366, quotas, tiers))
    union.pass_days(1)
    return union


def charged(union):
    return {event.member: event for event in union.events if isinstance(event, SwingCharged)}


def test_both_sides_are_measured_at_the_close_and_pay_at_the_settlement():
    # 9,000,000 sen of rupiah are 554 hundredths of the unit: above half of the quota.
    union = lasting(("QN", "QM", 9_000_000))
    positions = {each.member: each.value for each in union.state.swing_positions.records()}
    assert positions == {"QM": positions["QM"], "QN": -positions["QM"], "QO": 0}
    assert positions["QM"] > 500
    union.pass_days(1)
    agreed(union)
    settle(union)
    paid = charged(union)
    assert (paid["QM"].total, paid["QM"].days) == (-paid["QN"].total, paid["QN"].days)
    assert paid["QO"].amount == 0
    for member, currency in (("QM", "IDR"), ("QN", "VND")):
        assert paid[member].amount > 0
        assert paid[member].currency == currency
        assert balance(union, fund_account(currency)) == paid[member].amount
    assert violations(union.state) == []


def test_without_a_quota_nobody_is_measured_or_charged():
    union = lasting(("QN", "QM", 9_000_000), quotas=("QN", 1_000))
    union.pass_days(1)
    agreed(union)
    settle(union)
    assert list(charged(union)) == ["QN"]
    assert len(union.state.swing_positions) == 1
    assert balance(union, fund_account("IDR")) == 0


def test_without_fixings_in_force_what_was_last_measured_holds():
    union = lasting(("QN", "QM", 9_000_000))
    before = union.state.swing_positions["QM"]
    for _ in range(8):
        union.pass_days(1)
    union.close_day()
    after = union.state.swing_positions["QM"]
    assert after.value == before.value
    assert after.total == before.value * after.days
    assert after.days == (union.state.day.date - TUESDAY).days > 7


def test_a_new_period_begins_with_the_charge():
    union = lasting(("QN", "QM", 9_000_000))
    union.pass_days(1)
    agreed(union)
    settle(union)
    now = union.state.swing_positions["QM"]
    assert (now.total, now.days, now.since) == (0, 0, union.state.day.date)
    union.close_day()
    assert union.state.swing_positions["QM"].value == 0
    assert [e.value for e in union.events if isinstance(e, SwingPositionMeasured)][-3:] == [0, 0, 0]


def held(total, days=30, quota=1_000, rest=0):
    """A state in which QM's position has been counted over a period that ends today."""
    state = stated({})
    state.charter = charter(swing=Swing(366, ("QM", quota), HEAVY))
    state.swing_positions.put("QM", Position("QM", TUESDAY, 0, total, days, rest))
    return state


def assessed(state):
    events = list(charge.assess(state))
    for event in events:
        apply.evolve(state, event)
    return events


@given(st.integers(0, 10**9), st.integers(1, 366), st.integers(1, 10**6), st.integers(0, CHARGE_PARTS - 1))
@settings(deadline=None)
def test_a_surplus_pays_what_a_deficit_of_the_same_size_pays(total, days, quota, rest):
    (surplus,) = assessed(held(total, days, quota, rest))
    (deficit,) = assessed(held(-total, days, quota, rest))
    assert (surplus.amount, surplus.rest) == (deficit.amount, deficit.rest)
    state = held(total, days, quota, rest)
    assessed(state)
    assert violations_of_books(state) == []


def violations_of_books(state):
    return [text for text in violations(state) if text.startswith(("debits", "the_fund", "no_account"))]


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=12))
@settings(deadline=None)
def test_what_is_below_a_minor_unit_is_carried_on(totals):
    state = held(0)
    parts = 0
    for total in totals:
        before = state.swing_positions["QM"]
        state.swing_positions.put("QM", Position("QM", TUESDAY, 0, total, 30, before.rest, before.charged))
        parts += charge.swing.charge_of(total, 30, 1_000, HEAVY)
        assessed(state)
    now = state.swing_positions["QM"]
    one = 45_000 * 100 * 100 * CHARGE_PARTS
    unit = 800_000 * 45_000 * 100 + 13_000 * 28_500 * 10_000
    # Each time less than one part is rounded, to the fund.
    assert 0 <= now.charged * one + now.rest * unit - parts * unit < len(totals) * unit + 1
    assert now.rest * unit < one + unit


def test_what_the_ledger_cannot_hold_is_carried_on():
    state = held(10**9)
    issue = issue_account("IDR")
    state.accounts.put(issue, Account(issue, "QM", "IDR", balance=-MAX_AMOUNT + 5))
    (event,) = assessed(state)
    assert event.amount == 5
    assert event.rest > 0
    assert -state.accounts[issue].balance == MAX_AMOUNT


def test_a_position_is_measured_no_further_than_the_most():
    state = stated({("QN", "QM"): MAX_AMOUNT // 3, ("QO", "QM"): MAX_AMOUNT // 3})
    state.charter = charter(swing=Swing(366, QUOTAS, HEAVY))
    for _ in range(3):
        for event in charge.measure(state):
            apply.evolve(state, event)
        state.day = BusinessDay(state.day.date + datetime.timedelta(3_000), Phase.CLOSED)
    assert state.swing_positions["QM"].value <= MOST_POSITION
    assert abs(state.swing_positions["QN"].total) <= MAX_AMOUNT


@pytest.mark.parametrize("party", ["QM", "QN"])
def test_who_is_in_default_is_charged_when_that_has_ended(party):
    state = held(10**6)
    state.defaults.put(default_key(1), Default(1, party, Cause.INSOLVENT, TUESDAY))
    assert len(assessed(state)) == (party != "QM")
    assert state.swing_positions["QM"].days == (30 if party == "QM" else 0)


def test_nothing_is_charged_for_no_days():
    assert assessed(held(0, days=0)) == []
