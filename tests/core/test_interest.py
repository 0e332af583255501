import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core import apply, interest, leaving
from mufakat.core.accounts import Account, swing_account
from mufakat.core.agreement import SwingTerms
from mufakat.core.invariant import violations
from mufakat.core.standing import standing_of
from mufakat.core.state import State
from mufakat.model import command as c
from mufakat.model import proposal as p
from mufakat.model.calendar import BusinessDay, Phase
from mufakat.model.charter import Standing
from mufakat.model.refusal import Reason
from mufakat.model.swing import PARTS, Swing, SwingInterestAccrued
from tests.union import A1, B1, TEXT, TUESDAY, charter, settled_world, suspend

LINE = swing_account("QN", "IDR")
TIERS = ((5_000, 360), (10_000, 3_600))


def lending(drawn=0, tiers=TIERS, day_count=360, **rules):
    """QM lends QN up to 100,000, of which so much is drawn."""
    union = settled_world(0, **rules)
    union.must("QM", c.SetSwingLine("QN", 100_000), ("QN", "approve"))
    union.must("QM", c.SetSwingTerms("QN", tiers, day_count), ("QN", "approve"))
    if drawn:
        union.pay(debtor_agent=B1, creditor_agent=A1, amount=drawn, channel=c.Channel.MPNS)
        union.cycle()
        assert union.state.accounts[LINE].balance == -drawn
    return union


def test_interest_is_counted_from_close_to_close_by_tier():
    union = lending(60_000)
    union.pass_days(2)
    assert interest.owed(union.state, LINE) == 0
    union.close_day()
    # Two days: 50,000 at 3.6 % are 5 a day, 10,000 at 36 % are 10 a day.
    assert interest.owed(union.state, LINE) == 30


def test_a_weekend_counts_as_three_days():
    union = lending(50_000)
    union.pass_days(3)
    assert union.state.day.date == TUESDAY + datetime.timedelta(3)
    union.pass_days(3)
    union.close_day()
    assert interest.owed(union.state, LINE) == 6 * 5


def test_parts_of_a_unit_are_carried_on():
    union = lending(2_500)
    for _ in range(5):
        union.pass_days(1)
    accrued = [event for event in union.events if isinstance(event, SwingInterestAccrued)]
    quarters = [(event.owed * 4 + event.rest * 4 // PARTS) for event in accrued]
    assert quarters == [0, 1, 2, 3, 6]
    assert [(event.date - accrued[0].date).days for event in accrued] == quarters


def test_a_line_that_bears_nothing_more_is_spoken_of_no_more_until_it_does_again():
    def said():
        return [event for event in union.events if isinstance(event, SwingInterestAccrued)]

    union = lending(2_501)
    union.pass_days(1)
    union.issue(B1, "IDR", 2_501)
    union.pass_days(1)
    parts = said()[-1].rest
    assert 0 < parts == union.state.interest[LINE].rest
    for _ in range(3):
        union.pass_days(1)
    assert len(said()) == 2
    date = union.state.day.date
    union.pay(debtor_agent=B1, creditor_agent=A1, amount=2_501, channel=c.Channel.MPNS, value_date=date)
    union.cycle()
    union.pass_days(1)
    assert (said()[-1].date, said()[-1].rest) == (date, parts)
    assert len(said()) == 3


@given(
    st.integers(0, 100_000), st.lists(st.integers(1, 40), min_size=1, max_size=8), st.sampled_from((360, 365))
)
@settings(deadline=None)
def test_interest_over_split_periods_is_interest_over_the_whole(drawn, days, day_count):
    def after(periods):
        state = State(charter())
        state.accounts.put(LINE, Account(LINE, "QN", "IDR", balance=-drawn, limit=100_000))
        state.swing_terms.put(LINE, SwingTerms(LINE, TIERS, day_count))
        for period in (0, *periods):
            state.day = BusinessDay(state.day.date + datetime.timedelta(period), Phase.CLOSED)
            for event in interest.accrue(state):
                apply.evolve(state, event)
        record = state.interest.get(LINE)
        return (record.owed, record.rest) if record else (0, 0)

    assert after(days) == after([sum(days)])


def test_what_is_agreed_later_counts_from_the_next_close():
    union = lending(50_000)
    union.pass_days(2)
    union.must("QM", c.SetSwingTerms("QN", (), 365), ("QN", "approve"))
    union.pass_days(1)
    union.pass_days(3)
    union.close_day()
    assert interest.owed(union.state, LINE) == 2 * 5


def test_a_line_without_terms_or_draws_bears_nothing():
    union = lending()
    union.pass_days(2)
    union.close_day()
    assert len(union.state.interest) == 0
    assert interest.owed(union.state, LINE) == 0


def without_settlement(drawn=0):
    """As `lending`, and then all members agree that there is no periodic settlement any more."""
    union = lending(drawn, swing=Swing(10))
    union.enact(p.SetRule("swing.settle_every_days", 0))
    return union


def test_where_nothing_is_settled_no_tiers_are_agreed_and_old_ones_can_end():
    union = without_settlement()
    told = union.tell("QM", c.SetSwingTerms("QN", TIERS), ("QN", "approve"))
    assert told.refusal.reason is Reason.NO_PERIODIC_SETTLEMENT
    union.must("QM", c.SetSwingTerms("QN", ()), ("QN", "approve"))
    assert union.state.swing_terms[LINE].tiers == ()


def test_where_nothing_is_settled_any_more_a_line_bears_no_interest_from_the_next_close_on():
    union = without_settlement(50_000)
    union.pass_days(1)
    owed = interest.owed(union.state, LINE)
    assert owed == 5 * (union.state.interest[LINE].since - TUESDAY).days
    union.pass_days(5)
    union.close_day()
    assert interest.owed(union.state, LINE) == owed


@pytest.mark.parametrize("member", ["QM", "QN"])
def test_interest_that_no_settlement_can_pay_holds_no_member_back(member):
    union = without_settlement(50_000)
    union.issue(B1, "IDR", 50_000)
    union.must(member, c.Propose(p.LeaveUnion(member), TEXT))
    union.pass_days(1)
    assert interest.owed(union.state, LINE) > 0
    assert standing_of(union.state, member) is Standing.LEFT
    union.enact(p.SetRule("swing.settle_every_days", 10))
    assert violations(union.state) == []


def test_interest_that_a_settlement_can_pay_holds_its_members_back():
    union = lending(50_000)
    union.pass_days(1)
    union.issue(B1, "IDR", 50_000)
    union.must("QN", c.Propose(p.LeaveUnion("QN"), TEXT))
    union.pass_days(1)
    assert list(leaving.open_items(union.state, union.state.charter.member("QN"))) == [f"interest {LINE}"]


@pytest.mark.parametrize(
    ("author", "debtor", "tiers", "why"),
    [
        (A1, "QN", TIERS, Reason.NOT_OWN_AFFAIR),
        ("QM", "QO", TIERS, Reason.NO_SWING_LINE),
        ("QM", "QM", TIERS, Reason.NO_SWING_LINE),
        ("QM", "QN", ((5, 5),), Reason.SWING_TERMS_INVALID),
    ],
)
def test_only_terms_of_the_authors_own_line_are_agreed(author, debtor, tiers, why):
    union = lending()
    outcome = union.tell(author, c.SetSwingTerms(debtor, tiers), (debtor, "approve"))
    assert outcome.refusal.reason is why


def test_terms_need_both_members_and_neither_suspended():
    union = lending()
    assert union.tell("QM", c.SetSwingTerms("QN", TIERS)).refusal.reason is Reason.APPROVAL_MISSING
    decision = interest.set_swing_terms(union.state, "QM", c.SetSwingTerms("QX", TIERS))
    assert apply._run(union.state, decision)[0].refusal.reason is Reason.UNKNOWN_MEMBER
    suspend(union, "QN")
    told = union.tell("QM", c.SetSwingTerms("QN", TIERS), ("QN", "approve"))
    assert told.refusal.reason is Reason.COUNTERPARTY_SUSPENDED
