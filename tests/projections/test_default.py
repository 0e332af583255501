"""Defaults, losses and coverage in the views, as the rules know them."""

from contextlib import closing

import pytest

from mufakat.core.claims import bearers_of
from mufakat.model.default import CoverageMeasured, LossCovered, LossRecovered, Tier
from mufakat.projections import default as views
from tests.projections.conftest import folded
from tests.strategies import defaulted_once, play, world
from tests.union import TUESDAY


@pytest.fixture(scope="module")
def union():
    union = world()
    play(union, list(defaulted_once()))
    return union


@pytest.fixture(scope="module")
def sql(union):
    with closing(folded(union)) as found:
        yield found.sql


def test_a_default_is_shown_from_its_declaration_to_its_end(sql, union):
    (shown,) = views.defaults(sql)
    (known,) = union.state.defaults.records()
    assert (shown.number, shown.party, shown.cause, shown.date) == (
        *(known.number, known.party),
        *(known.cause.name.lower(), known.date.isoformat()),
    )
    assert (shown.deferred, shown.ended) == (None, union.state.day.date.isoformat())


def test_the_steps_of_a_loss_add_up_to_what_its_bearers_paid_and_got_back(sql, union):
    losses = views.losses(sql, 1)
    assert len(losses) == sum(isinstance(event, LossCovered | LossRecovered) for event in union.events)
    for tier in Tier:
        for bearer in bearers_of(union.state, 1, "IDR", tier):
            account = f"collateral/{bearer.holder}/IDR"
            own = [each for each in losses if each.tier == tier.name.lower()]
            paid = sum(each.amount for each in own if (each.step, each.payer) == ("covered", account))
            back = sum(each.amount for each in own if (each.step, each.payee) == ("recovered", account))
            assert (paid, back) == (bearer.paid, bearer.recovered)
    assert [each.payee for each in losses if each.tier is None] == ["swing/QN/IDR"]


def test_the_caps_of_a_survivor_add_up_over_its_calls(sql, union):
    calls = views.calls(sql, 1)
    for bearer in bearers_of(union.state, 1, "IDR", Tier.SURVIVOR):
        assert sum(each.cap for each in calls if each.member == bearer.holder) == bearer.cap
    assert len({each.date for each in calls}) == 2
    assert views.calls(sql, 2) == views.losses(sql, 2) == []


def test_a_deferral_is_shown_while_it_lasts():
    union = world()
    steps = list(defaulted_once())
    play(union, steps[: steps.index(("carry", "defer", "QM")) + 1])
    with closing(folded(union)) as found:
        (shown,) = views.defaults(found.sql)
    assert shown.deferred == union.state.defaults["000001"].deferred.isoformat()
    assert shown.ended is None


def test_coverage_is_shown_of_a_day_or_of_the_latest(sql, union):
    measured = [event for event in union.events if isinstance(event, CoverageMeasured) and event.rows]
    for event in measured:
        shown = views.coverage(sql, event.date.isoformat())
        assert [
            (each.currency, each.stressed, each.parties, each.exposure, each.resources, each.short)
            for each in shown
        ] == [
            (each.currency, each.stressed, each.parties, each.exposure, each.resources, each.short)
            for each in event.rows
        ]
    assert views.coverage(sql) == views.coverage(sql, measured[-1].date.isoformat())
    assert [(each.stressed, each.cover) for each in shown] == [(True, 1), (True, 2)]
    assert views.coverage(sql, TUESDAY.isoformat()) == []
