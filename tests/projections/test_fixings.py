"""Fixings and the unit of account as the rules know them."""

from contextlib import closing

import pytest

from mufakat.core import fixing
from mufakat.model import command as c
from mufakat.model import event as e
from mufakat.projections import fixings
from tests.core.test_fixing import agreed, rates, world
from tests.projections.conftest import folded
from tests.union import TUESDAY


def assert_the_fixings_are_what_they_are(sql, union):
    state, date = union.state, union.state.day.date.isoformat()
    agreed_today = [each for each in state.fixings.records() if each.date == state.day.date]
    assert [(each.currency, each.rate) for each in fixings.fixings(sql, date)] == [
        (each.currency, each.rate) for each in agreed_today
    ]
    submitted = [each for each in state.submissions.records() if each.date == state.day.date]
    assert sorted((each.member, each.currency, each.rate) for each in fixings.submissions(sql, date)) == [
        (each.member, *rate) for each in submitted for rate in each.rates
    ]
    for event in union.events:
        if isinstance(event, e.FixingsAgreed):
            said = fixings.submissions(sql, event.date.isoformat())
            named = {(each.member, each.currency, each.rate) for each in said if each.outlier}
            assert named == set(event.outliers)
    for each in fixings.unit(sql, state.charter, date):
        quote = state.fixings.get(each.currency)
        assert (each.rate, each.date) == ((quote.rate, quote.date.isoformat()) if quote else (None, None))
        assert each.unit == fixing.amount_of(state, 100, each.currency)


@pytest.fixture(scope="module")
def days():
    """Fixings on the first day with an outlier, on the second by nobody, on a later one other fixings."""
    union = world(day_quorum=3)
    for member, idr in (("QM", 45_000), ("QN", 60_000), ("QO", 45_001)):
        union.must(member, c.SubmitFixings(TUESDAY, rates(IDR=idr)))
    union.pass_days(1)
    yield_before = folded(union)
    with closing(yield_before) as views:
        assert_the_fixings_are_what_they_are(views.sql, union)
    union.pass_days(9)
    agreed(union, VND=20_000)
    return union


def test_fixings_outliers_and_the_unit_are_those_of_the_rules(days):
    with closing(folded(days)) as views:
        assert_the_fixings_are_what_they_are(views.sql, days)
        said = fixings.submissions(views.sql, TUESDAY.isoformat())
        assert [each.member for each in said if each.outlier] == ["QN"]


def test_the_unit_of_a_past_date_is_worth_what_it_was_then(days):
    with closing(folded(days)) as views:
        then, later, now = (
            {each.currency: each for each in fixings.unit(views.sql, days.state.charter, date)}
            for date in (TUESDAY.isoformat(), "2026-12-02", days.state.day.date.isoformat())
        )
    assert then["IDR"].rate == 45_001 and now["IDR"].rate == 45_000
    assert then["VND"].unit == (8_000 * 45_001 + 13_000 * 28_500) // 28_500
    assert (later["IDR"].unit, later["IDR"].date) == (None, TUESDAY.isoformat())
    assert [(each.currency, each.weight) for each in now.values()] == [
        ("IDR", 800_000),
        ("MYR", 0),
        ("VND", 13_000),
    ]
