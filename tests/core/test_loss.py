"""Who bears the loss of a default, in which order, and who is paid back first."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core.claims import advances_of, owed
from mufakat.core.estate import default_key
from mufakat.model import command as c
from mufakat.model import proposal as p
from mufakat.model.charter import DefaultProcedure
from mufakat.model.dealing import OfferQuote, QuoteWithdrawn
from mufakat.model.default import DefaultDeclared, LossCalled, LossCovered, LossRecovered, RepayLoss, Tier
from mufakat.model.event import PaymentRejected, SwingRepaid
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.rate import Rate
from mufakat.model.refusal import Reason
from tests.core.defaulting import (
    ACCOUNT,
    LINE,
    declare,
    indebted,
    pay,
    pledge,
    pledged,
    with_pledges,
)
from tests.union import A1, A2, B1, B2, C1, C2, settled_world


def borne(union):
    return [
        (event.tier, event.collateral.split("/")[1], event.amount)
        for event in union.events
        if isinstance(event, LossCovered)
    ]


def recovered(union):
    return [
        (event.tier, event.target.split("/")[1], event.amount)
        for event in union.events
        if isinstance(event, LossRecovered)
    ]


def rules(**change):
    return {"default": DefaultProcedure(**change)}


def test_a_loss_is_borne_by_the_party_then_its_member_then_the_survivors_by_what_they_pledged():
    union = with_pledges(own=100, sponsor=200, issuer=150, other=450)
    declare(union)
    assert borne(union) == [
        (Tier.OWN, B1, 100),
        (Tier.SPONSOR, "QN", 200),
        (Tier.SURVIVOR, "QM", 75),
        (Tier.SURVIVOR, "QO", 225),
    ]
    assert union.state.advances[ACCOUNT].amount == -union.state.accounts[LINE].balance == 0
    assert (pledged(union, B1), pledged(union, "QN"), pledged(union, "QM"), pledged(union, "QO")) == (
        *(0, 0),
        *(75, 225),
    )


def test_what_a_party_has_itself_comes_before_any_pledge():
    union = with_pledges(own=100)
    union.issue(B1, "IDR", 550)
    declare(union)
    repaid = [event.amount for event in union.events if isinstance(event, SwingRepaid)]
    assert (repaid, borne(union)) == ([550], [(Tier.OWN, B1, 50)])


def test_a_survivor_bears_no_more_than_its_cap_and_the_rest_stays_on_the_line():
    union = with_pledges(own=0, sponsor=0, issuer=150, other=450, **rules(cap_bp=5_000))
    declare(union)
    assert borne(union) == [(Tier.SURVIVOR, "QM", 75), (Tier.SURVIVOR, "QO", 225)]
    assert union.state.advances[ACCOUNT].amount == -union.state.accounts[LINE].balance == 300
    pledge(union, C1, 300, "QO")
    union.close_day()
    assert len(borne(union)) == 2, "a new pledge is not called for without a vote"


def test_by_exposure_survivors_share_what_they_had_coming_and_the_issuer_what_it_lent():
    union = with_pledges(own=0, sponsor=0, issuer=600, other=900, **rules(by_exposure=1))
    union.owe(4, 8, 200)
    pay(union, B1, C2, 100)
    declare(union)
    (declared,) = [event for event in union.events if isinstance(event, DefaultDeclared)]
    assert [(call.member, call.weight, call.cap) for call in declared.calls] == [
        ("QM", 600, 600),
        ("QO", 300, 900),
    ]
    assert borne(union) == [(Tier.SURVIVOR, "QM", 400), (Tier.SURVIVOR, "QO", 200)]


def test_a_pledge_bears_losses_in_its_own_currency_alone():
    union = with_pledges(own=0, sponsor=0, issuer=0, other=0)
    pledge(union, C1, 700, "QO", "VND")
    declare(union)
    assert borne(union) == []


def test_a_members_default_is_its_banks_advances_and_the_others_bear_it():
    union = with_pledges(own=10, sponsor=20, issuer=0, other=300)
    pay(union, B2, A1, union.balance(B2) + 50)
    union.cycle()
    declare(union, "QN")
    assert borne(union) == [
        (Tier.OWN, B1, 10),
        (Tier.SPONSOR, "QN", 20),
        (Tier.SURVIVOR, "QO", 300),
    ]
    assert [each.amount for each in advances_of(union.state, "QN")] == [270, 50]


def test_survivors_bear_a_banks_advance_once_when_its_member_fails_after_it():
    union = with_pledges(own=0, sponsor=0, issuer=150, other=450, **rules(cap_bp=5_000))
    declare(union)
    assert sum(amount for _, _, amount in borne(union)) == 75 + 225
    declare(union, "QN")
    union.close_day()
    assert sum(amount for _, _, amount in borne(union)) == 75 + 225
    *_, again = [event for event in union.events if isinstance(event, DefaultDeclared)]
    assert (again.party, again.calls) == ("QN", ())


def test_a_party_in_default_is_no_survivor_of_anothers():
    union = with_pledges(own=0, sponsor=0, issuer=200, other=450)
    declare(union, "QO")
    declare(union)
    assert borne(union) == [(Tier.SURVIVOR, "QM", 200)]


def test_a_party_without_advances_costs_nobody_anything():
    union = with_pledges()
    declare(union, C2)
    assert borne(union) == []
    assert default_key(1) in union.state.defaults


def test_what_comes_back_goes_to_the_line_then_survivors_pro_rata_then_the_member():
    union = with_pledges(own=100, sponsor=200, issuer=100, other=100)
    declare(union)
    default = union.state.defaults[default_key(1)]
    assert owed(union.state, default, "IDR") == 100 + 200 + 200
    assert union.tell(A2, RepayLoss(1, "IDR", 501)).refusal.reason is Reason.NOTHING_OWED
    union.must(A2, RepayLoss(1, "IDR", 151))
    assert recovered(union) == [(None, "QN", 100), (Tier.SURVIVOR, "QM", 26), (Tier.SURVIVOR, "QO", 25)]
    union.must(A2, RepayLoss(1, "IDR", 349))
    assert recovered(union)[3:] == [
        (Tier.SURVIVOR, "QM", 74),
        (Tier.SURVIVOR, "QO", 75),
        (Tier.SPONSOR, "QN", 200),
    ]
    assert owed(union.state, default, "IDR") == 0
    assert (pledged(union, B1), pledged(union, "QN"), pledged(union, "QM"), pledged(union, "QO")) == (
        *(0, 200),
        *(100, 100),
    )


def test_a_member_in_default_owes_nothing_to_itself():
    union = with_pledges(own=0, sponsor=200, issuer=0, other=400)
    declare(union, "QN")
    assert owed(union.state, union.state.defaults[default_key(1)], "IDR") == 400


def test_a_pledge_that_has_no_room_for_what_comes_back_waits_for_it():
    union = indebted(1_000, 600)
    pledge(union, "QM", 100)
    declare(union)
    pledge(union, "QM", MAX_AMOUNT + union.state.accounts["issue/IDR/IDR"].balance)
    pledged_now = pledged(union, "QM")
    union.must(C1, RepayLoss(1, "IDR", 600))
    assert pledged(union, "QM") - pledged_now == min(100, MAX_AMOUNT - pledged_now)


def test_items_that_are_not_final_are_rejected_and_others_move_up():
    union = settled_world(100)
    for amount in (150, 40):
        union.pay(debtor_agent=A1, creditor_agent=B1 if amount == 150 else A2, amount=amount)
    pay(union, B1, C1, 5)
    pay(union, B2, C1, 5)
    declare(union)
    rejected = [event.reason for event in union.events if isinstance(event, PaymentRejected)]
    assert rejected == [Reason.COUNTERPARTY_IN_DEFAULT, Reason.PARTY_IN_DEFAULT]
    assert union.balance(A1) == 60, "the payment behind it settles"
    assert len(union.state.waiting) == 1


@pytest.mark.parametrize("unwind", [0, 1])
def test_what_a_party_set_aside_for_cycles_is_its_own_money_too(unwind):
    union = with_pledges(own=0, sponsor=0, issuer=0, other=0, **rules(unwind=unwind))
    union.must("QM", c.SetLimit(B1, "IDR", 250), ("QM", "approve"))
    union.issue(B1, "IDR", 250)
    union.must(B1, c.ReserveLiquidity("IDR", 150))
    declare(union)
    assert union.state.accounts[ACCOUNT].reserved == (0 if unwind else 150)
    assert union.state.advances[ACCOUNT].amount == (350 if unwind else 500)


def test_what_a_withdrawn_quote_had_promised_pays_what_waits_where_nothing_is_unwound():
    union = settled_world(100, **rules(unwind=0))
    union.must(B1, OfferQuote(f"{B1}/Q-1", "IDR", "VND", Rate(1, 1), 90, 90, union.now_us + 10**9))
    union.pay(debtor_agent=B1, creditor_agent=C1, amount=60)
    assert union.balance(C1) == 100
    declare(union)
    assert [event.id for event in union.events if isinstance(event, QuoteWithdrawn)] == [f"{B1}/Q-1"]
    assert union.balance(C1) == 160


def test_a_deferred_loss_is_called_for_anew_on_its_date_with_the_caps_of_then():
    union = with_pledges(own=0, sponsor=0, issuer=0, other=450, **rules(cap_bp=5_000))
    declare(union)
    assert borne(union) == [(Tier.SURVIVOR, "QO", 225)]
    today = union.state.day.date
    union.carry(p.DeferLoss(1, B1, today.replace(day=26)))
    pledge(union, B2, 50, "QN")
    union.pass_days(1)
    assert len(borne(union)) == 1, "nobody is called while it is deferred"
    union.pass_days(1)
    union.close_day()
    assert [event.number for event in union.events if isinstance(event, LossCalled)] == [1]
    assert borne(union)[1:] == [(Tier.SPONSOR, "QN", 50), (Tier.SURVIVOR, "QO", 112)]
    assert union.state.defaults[default_key(1)].deferred is None


def test_the_sponsors_new_pledge_is_called_for_at_the_close():
    union = with_pledges(own=0, sponsor=0, issuer=0, other=0)
    declare(union)
    pledge(union, B2, 80, "QN")
    union.close_day()
    assert borne(union) == [(Tier.SPONSOR, "QN", 80)]


def test_what_a_bank_in_default_gets_is_taken_at_the_close():
    union = with_pledges(own=0, sponsor=100, issuer=0, other=450)
    declare(union)
    union.issue(B1, "IDR", 150)
    union.close_day()
    paid_back = [event.amount for event in union.events if isinstance(event, SwingRepaid)]
    assert paid_back == [50]
    assert recovered(union) == [(Tier.SURVIVOR, "QO", 100)]
    assert union.balance(B1) == 0


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    *[st.integers(0, 400)] * 4,
    st.sampled_from((0, 1, 3_333, 5_000, 10_000)),
    st.sampled_from((0, 1)),
    st.lists(st.integers(1, 300), max_size=4),
)
def test_what_is_lost_is_borne_or_left_and_all_of_it_can_come_back(
    own, sponsor, issuer, other, cap, key, back
):
    union = with_pledges(own, sponsor, issuer, other, **rules(cap_bp=cap, by_exposure=key))
    declare(union)
    default = union.state.defaults[default_key(1)]
    rest = union.state.advances[ACCOUNT].amount
    assert sum(amount for _, _, amount in borne(union)) + rest == 600
    assert rest == 600 or not rest or pledged(union, B1) == pledged(union, "QN") == 0
    for tier, holder, amount in borne(union):
        if tier is Tier.SURVIVOR:
            assert amount <= {"QM": issuer, "QO": other}[holder] * cap // 10_000
    left = owed(union.state, default, "IDR")
    for amount in back:
        outcome = union.tell(C2, RepayLoss(1, "IDR", amount))
        left -= 0 if outcome.refusal else amount
        assert owed(union.state, default, "IDR") == left
    if left:
        union.issue(C2, "IDR", left)
        union.must(C2, RepayLoss(1, "IDR", left))
    assert owed(union.state, default, "IDR") == 0
    assert (pledged(union, "QN"), pledged(union, "QM"), pledged(union, "QO")) == (sponsor, issuer, other)


@pytest.mark.parametrize("number", [0, 2])
def test_only_what_an_open_default_has_cost_is_repaid(number):
    union = with_pledges()
    declare(union)
    assert union.tell(A2, RepayLoss(number, "IDR", 5)).refusal.reason is Reason.UNKNOWN_DEFAULT
