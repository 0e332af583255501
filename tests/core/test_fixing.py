import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.core import fixing
from mufakat.core.agreement import Submission
from mufakat.model import command as c
from mufakat.model import event as e
from mufakat.model import proposal as p
from mufakat.model.basket import MOST_RATE, Fixing
from mufakat.model.calendar import Phase
from mufakat.model.outcome import Status
from mufakat.model.refusal import Reason
from mufakat.model.swing import Swing
from tests.union import A1, TUESDAY, newcomer, settled_world, suspend

RATES = {"IDR": 45_000, "MYR": 170_000_000, "VND": 28_500}


def rates(**change):
    return tuple(sorted({**RATES, **change}.items()))


def agreed(union, **change):
    """Let as many members as it takes submit the same rates."""
    for member in union.quorum():
        union.must(member, c.SubmitFixings(union.state.day.date, rates(**change)))


def world(**rules):
    return settled_world(0, **rules)


def test_the_median_of_a_quorum_is_the_fixing_and_outliers_are_named():
    union = world(day_quorum=3)
    assert (
        union.must("QM", c.SubmitFixings(TUESDAY, rates(IDR=45_100))).status
        is union.must("QN", c.SubmitFixings(TUESDAY, rates(IDR=50_000))).status
        is Status.AWAITING_QUORUM
    )
    assert not fixing.are_agreed(union.state)
    union.must("QO", c.SubmitFixings(TUESDAY, rates(IDR=45_000)))
    assert union.events[-1] == e.FixingsAgreed(TUESDAY, rates(IDR=45_100), (("QN", "IDR", 50_000),))
    assert fixing.are_agreed(union.state)
    assert union.state.fixings["IDR"].rate == 45_100


def test_of_two_in_the_middle_the_lower_one_is_the_fixing():
    union = world()
    union.must("QO", c.SubmitFixings(TUESDAY, rates(VND=28_600)))
    union.must("QM", c.SubmitFixings(TUESDAY, rates(VND=28_500)))
    assert union.state.fixings["VND"].rate == 28_500


@given(st.lists(st.tuples(st.integers(1, MOST_RATE), st.integers(1, MOST_RATE)), min_size=1), st.randoms())
def test_the_fixing_does_not_depend_on_the_order_of_submissions(quoted, random):
    submissions = [(("IDR", idr), ("VND", vnd)) for idr, vnd in quoted]
    fixed = fixing.agree(submissions)
    random.shuffle(submissions)
    assert fixing.agree(submissions) == fixed
    for place, (_, rate) in enumerate(fixed):
        below = sum(each[place] < rate for each in quoted)
        above = sum(each[place] > rate for each in quoted)
        assert below * 2 < len(quoted) and above * 2 <= len(quoted)
        assert rate in {each[place] for each in quoted}


@pytest.mark.parametrize(("rate", "named"), [(102, False), (98, False), (103, True), (97, True)])
def test_only_what_is_further_than_the_bound_is_an_outlier(rate, named):
    said = Submission("QM", TUESDAY, (("IDR", rate),))
    assert fixing.outliers((("IDR", 100),), [said], 200) == ((("QM", "IDR", rate),) if named else ())


@pytest.mark.parametrize(
    ("given_rates", "why", "field"),
    [
        (tuple(sorted(RATES.items()))[1:], Reason.FIXING_INVALID, "rates.IDR: missing."),
        ((), Reason.FIXING_INVALID, "rates.IDR: missing."),
        (rates(THB=5), Reason.UNKNOWN_CURRENCY, "rates.THB"),
        (rates(IDR=0), Reason.FIXING_INVALID, "rates.IDR: 1 to"),
        (rates(MYR=-1), Reason.FIXING_INVALID, "rates.MYR: 1 to"),
        (rates(VND=MOST_RATE + 1), Reason.FIXING_INVALID, "rates.VND: 1 to"),
        (tuple(reversed(rates())), Reason.FIXING_INVALID, "rates: each currency once"),
        ((*rates(), ("VND", 28_500)), Reason.FIXING_INVALID, "rates: each currency once"),
    ],
)
def test_rates_that_cannot_be_are_refused_by_field(given_rates, why, field):
    refusal = world().tell("QM", c.SubmitFixings(TUESDAY, given_rates)).refusal
    assert refusal.reason is why
    assert refusal.detail.startswith(field)


def test_the_numeraire_is_worth_itself():
    union = world(fixing=Fixing(numeraire="MYR"), swing=Swing())
    refusal = union.tell("QM", c.SubmitFixings(TUESDAY, rates())).refusal
    assert refusal.reason is Reason.FIXING_INVALID and refusal.detail.startswith("rates.MYR: the numeraire")
    agreed(union, MYR=10**9)


def test_only_members_submit_once_and_for_the_day_under_way():
    union, day = world(), datetime.timedelta(1)
    assert union.tell(A1, c.SubmitFixings(TUESDAY, rates())).refusal.reason is Reason.NOT_OWN_AFFAIR
    for date in (TUESDAY - day, TUESDAY + day):
        assert union.tell("QM", c.SubmitFixings(date, rates())).refusal.reason is Reason.FIXING_DATE
    union.must("QM", c.SubmitFixings(TUESDAY, rates()))
    again = union.tell("QM", c.SubmitFixings(TUESDAY, rates(IDR=1)))
    assert again.refusal.reason is Reason.ALREADY_DECLARED
    union.must("QN", c.SubmitFixings(TUESDAY, rates()))
    late = union.tell("QO", c.SubmitFixings(TUESDAY, rates(IDR=1)))
    assert late.refusal.reason is Reason.FIXINGS_AGREED
    union.close_day()
    closed = union.tell("QO", c.SubmitFixings(TUESDAY, rates()))
    assert closed.refusal.reason is Reason.FIXING_DATE
    assert union.state.day.phase is Phase.CLOSED


def test_a_submission_does_not_outlast_its_day():
    union = world()
    union.must("QM", c.SubmitFixings(TUESDAY, rates(IDR=1)))
    union.pass_days(1)
    union.must("QN", c.SubmitFixings(union.state.day.date, rates()))
    assert len(union.state.fixings) == 0
    union.must("QM", c.SubmitFixings(union.state.day.date, rates()))
    assert union.state.fixings["IDR"].rate == 45_000


def test_a_suspended_member_submits_nothing_and_a_leaving_one_does():
    union = world()
    suspend(union, "QO")
    refused = union.tell("QO", c.SubmitFixings(union.state.day.date, rates()))
    assert refused.refusal.reason is Reason.MEMBER_SUSPENDED
    union.propose("QN", p.LeaveUnion("QN"))
    agreed(union)
    assert fixing.are_agreed(union.state)


def test_a_new_members_currency_has_to_be_fixed_too():
    union = settled_world(0)
    union.enact(newcomer())
    date = union.state.day.date
    assert union.tell("QM", c.SubmitFixings(date, rates())).refusal.detail == "rates.THB: missing."
    agreed(union, THB=20_000_000)
    assert union.state.fixings["THB"].rate == 20_000_000


def test_an_amount_has_a_value_in_the_unit_while_its_fixing_is_in_force():
    union = world()
    assert fixing.value_of(union.state, 800_000, "IDR") is None
    agreed(union)
    unit = 8_000 * 45_000 + 13_000 * 28_500
    assert fixing.value_of(union.state, 800_000, "IDR") == 100 * 8_000 * 45_000 // unit
    assert fixing.amount_of(union.state, 100, "VND") == unit // 28_500
    assert fixing.value_of(union.state, -800_000, "IDR") == -fixing.value_of(union.state, 800_000, "IDR")
    assert fixing.value_of(union.state, 5, "XXX") is fixing.amount_of(union.state, 5, "XXX") is None
    union.pass_days(7)
    assert fixing.value_of(union.state, 5, "IDR") is not None
    union.pass_days(1)
    assert fixing.value_of(union.state, 5, "IDR") is fixing.amount_of(union.state, 5, "IDR") is None


def test_without_a_basket_nothing_has_a_value():
    union = world(fixing=Fixing(), swing=Swing())
    agreed(union)
    assert fixing.value_of(union.state, 5, "IDR") is fixing.amount_of(union.state, 5, "IDR") is None
    assert fixing.prices(union.state)["IDR"] == 45_000 * 100


def test_one_of_two_does_not_set_the_fixing_alone():
    union = world(day_quorum=2)
    union.must("QM", c.SubmitFixings(TUESDAY, rates(IDR=1, VND=1)))
    union.must("QN", c.SubmitFixings(TUESDAY, rates()))
    assert union.state.fixings.get("VND") is None
    union.must("QO", c.SubmitFixings(TUESDAY, rates()))
    assert union.state.fixings["VND"].rate == dict(rates())["VND"]
