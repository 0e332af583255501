import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core import setoff
from mufakat.core.setoff import set_off
from mufakat.model import command as c
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.refusal import Reason
from mufakat.model.setoff import ObligationsAcrossSetOff, SetOffAcrossOmitted, SetOffTerms
from tests.strategies import say, world
from tests.union import A1, A2, TUESDAY, lei, settled_world, suspend


def owe_all(union, debts):
    for debtor, creditor, amount, days in debts:
        say(union, ("owe", debtor, creditor, "IDR", amount, days, False))


def cleared(union):
    event = set_off(union.state, 1, "IDR")
    return dict(event.cleared) if event else {}


def cleared_by_pair(union):
    sums: dict[tuple[str, str], int] = {}
    for key, amount in cleared(union).items():
        item = union.state.obligations[key].item
        sums[item.debtor, item.creditor] = sums.get((item.debtor, item.creditor), 0) + amount
    return sums


def test_nothing_is_cleared_where_nothing_runs_in_a_ring():
    union = world()
    owe_all(union, [(0, 2, 5, 0), (2, 4, 5, 0)])
    assert set_off(union.state, 1, "IDR") is None
    assert set_off(union.state, 1, "VND") is None


def test_the_oldest_due_date_is_cleared_first_and_then_the_identifier():
    union = settled_world(0)
    names = [union.owe(0, 2, 10, due=TUESDAY + datetime.timedelta(days)).items[0].id for days in (3, 1, 1, 2)]
    back = union.owe(2, 0, 24).items[0].id
    first, second = sorted(names[1:3])
    assert cleared(union) == {first: 10, second: 10, names[3]: 4, back: 24}


def test_what_is_due_beyond_the_horizon_takes_no_part():
    union = world()
    owe_all(union, [(0, 2, 5, 30), (2, 0, 5, 30), (4, 6, 7, 31), (6, 4, 7, 31)])
    assert sum(cleared(union).values()) == 10


debts = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 30), st.integers(0, 3)).filter(
        lambda debt: debt[0] != debt[1]
    ),
    max_size=10,
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(debts.flatmap(lambda of: st.tuples(st.just(of), st.permutations(of))))
def test_the_order_of_registration_changes_no_sum(case):
    sums = []
    for order in case:
        union = world()
        owe_all(union, order)
        sums.append(cleared_by_pair(union))
    assert sums[0] == sums[1]


def test_one_bank_with_debts_as_large_as_the_ledger_keeps_nobody_from_set_off():
    union = world()
    owe_all(union, [(0, 2, MAX_AMOUNT, 0), (0, 2, MAX_AMOUNT, 0), (4, 6, 9, 1), (6, 4, 9, 1)])
    assert sum(cleared(union).values()) == 18


def test_one_bank_with_debts_as_large_as_the_ledger_keeps_nobody_from_settlement():
    union = settled_world(100)
    for _ in range(3):
        union.owe(0, 2, MAX_AMOUNT, due=datetime.date(2026, 1, 1))
    union.pay(debtor_agent=A1, amount=5, channel=c.Channel.MPNS)
    union.owe(4, 6, 60)
    union.cycle()
    assert union.balance("BK02QNA1XXX") == 160
    assert union.balance(A1) == 100


def test_a_ring_of_shares_is_cleared_to_the_last_unit():
    union = world()
    share = MAX_AMOUNT // len(union.state.participants)
    owe_all(union, [(0, 2, share, 0), (2, 4, share, 0), (4, 0, share - 1, 0), (6, 0, 1, 0)])
    assert sum(cleared(union).values()) == 3 * (share - 1)


def asks(union, firm, currency="IDR", **terms):
    body = SetOffTerms(lei(firm), currency, **terms)
    return union.tell(union.state.firms[lei(firm)].agent, body)


@pytest.mark.parametrize(
    ("author", "change", "why"),
    [
        ("QM", {}, Reason.NOT_OWN_AFFAIR),
        (A2, {}, Reason.NOT_OWN_AFFAIR),
        (A1, {"firm": lei(60)}, Reason.UNKNOWN_FIRM),
        (A1, {"not_with": (lei(60),)}, Reason.UNKNOWN_FIRM),
        (A1, {"currency": "JPY"}, Reason.UNKNOWN_CURRENCY),
        (A1, {"least_residual": -1}, Reason.AMOUNT_INVALID),
        (A1, {"most": MAX_AMOUNT + 1}, Reason.AMOUNT_INVALID),
        (A1, {"not_with": (lei(0),)}, Reason.TERMS_INVALID),
        (A1, {"not_with": (lei(2), lei(2))}, Reason.TERMS_INVALID),
        (A1, {"not_with": (lei(2),) * 65}, Reason.TERMS_INVALID),
    ],
)
def test_terms_that_cannot_be_leave_no_trace(author, change, why):
    union = settled_world(0)
    body = SetOffTerms(**{"firm": lei(0), "currency": "IDR", **change})
    assert union.tell(author, body).refusal.reason is why
    assert len(union.state.terms) == 0


def test_terms_need_an_open_account_and_a_member_in_standing():
    union = settled_world(0)
    union.must("QM", c.CloseAccount(A1, "IDR"))
    assert asks(union, 0).refusal.reason is Reason.ACCOUNT_CLOSED
    suspend(union, "QM")
    assert asks(union, 0, "VND").refusal.reason is Reason.MEMBER_SUSPENDED


def test_what_a_firm_asks_for_holds_until_it_asks_for_something_else():
    union = world(0)
    owe_all(union, [(0, 2, 50, 0), (2, 0, 40, 0)])
    assert asks(union, 0, most=15, least_residual=30).refusal is None
    assert list(cleared(union).values()) == [10, 10]
    assert asks(union, 0, most=15).refusal is None
    assert list(cleared(union).values()) == [15, 15]
    assert asks(union, 0, not_with=(lei(2),)).refusal is None
    assert cleared(union) == {}
    assert asks(union, 0).refusal is None
    assert list(cleared(union).values()) == [40, 40]


def test_a_limit_holds_for_each_cycle_anew():
    union = settled_world(0)
    owe_all(union, [(0, 2, 50, 20), (2, 0, 40, 20)])
    asks(union, 0, most=15)
    union.cycle()
    union.cycle()
    assert sorted(each.open for each in union.state.obligations.records()) == [10, 20]


def ring_of_two_currencies(union):
    owe_all(union, [])
    say(union, ("owe", 0, 2, "IDR", 4_000, 9, False))
    say(union, ("owe", 2, 0, "VND", 30, 9, False))
    for firm in (0, 2):
        for currency in ("IDR", "VND"):
            asks(union, firm, currency, across=True)


def opens(union):
    return {each.item.currency: each.open for each in union.state.obligations.records()}


def test_debts_of_two_currencies_are_set_off_at_the_fixings_in_force():
    union = world()
    ring_of_two_currencies(union)
    say(union, ("fixed", 6))
    union.cycle()
    assert opens(union) == {"IDR": 1_000, "VND": 0}


def test_without_a_fixing_in_force_nothing_is_set_off_across_and_it_is_said():
    union = world()
    ring_of_two_currencies(union)
    union.cycle()
    (said,) = [event for event in union.events if isinstance(event, SetOffAcrossOmitted)]
    assert (said.cycle, said.currencies) == (1, ("IDR", "VND"))
    say(union, ("fixed", 6))
    union.pass_days(8)
    union.cycle()
    assert opens(union) == {"IDR": 4_000, "VND": 30}


def test_a_firm_that_does_not_ask_for_it_is_not_set_off_across():
    union = world()
    ring_of_two_currencies(union)
    asks(union, 2, "VND", across=False)
    say(union, ("fixed", 6))
    union.cycle()
    assert opens(union) == {"IDR": 4_000, "VND": 30}


def test_a_limit_holds_for_both_together():
    union = world()
    ring_of_two_currencies(union)
    owe_all(union, [(2, 0, 500, 9)])
    asks(union, 0, "IDR", across=True, most=1_200)
    say(union, ("fixed", 6))
    union.cycle()
    moved = [event for event in union.events if isinstance(event, ObligationsAcrossSetOff)]
    amounts = {union.state.obligations[key].item.currency: amount for key, amount in moved[0].cleared}
    assert amounts == {"IDR": 700, "VND": 7}


def test_each_bank_has_a_share_of_what_is_set_off_across_its_oldest_debts_first(monkeypatch):
    union = world()
    monkeypatch.setattr(setoff, "MOST_ACROSS", len(union.state.participants))
    ring_of_two_currencies(union)
    owe_all(union, [(0, 2, 4_000, 8)])
    say(union, ("fixed", 6))
    union.cycle()
    by_due = {
        each.item.due: each.open for each in union.state.obligations.records() if each.item.currency == "IDR"
    }
    assert [by_due[due] for due in sorted(by_due)] == [1_000, 4_000]


def test_a_price_beyond_the_kernels_range_is_as_none(monkeypatch):
    union = world()
    ring_of_two_currencies(union)
    monkeypatch.setattr(setoff.fixing, "prices", lambda _: {"IDR": 3, "VND": 2**62})
    union.cycle()
    (said,) = [event for event in union.events if isinstance(event, SetOffAcrossOmitted)]
    assert said.currencies == ("VND",)


def test_an_indivisible_obligation_is_set_off_as_a_whole_or_not():
    union = settled_world(0)
    union.owe(0, 2, 50, indivisible=True)
    union.owe(2, 0, 40)
    assert cleared(union) == {}
    union.owe(2, 0, 10)
    assert sorted(cleared(union).values()) == [10, 40, 50]
