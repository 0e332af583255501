"""Defaults, losses and coverage in the views, as the rules know them."""

from contextlib import closing

import pytest

from mufakat.model.default import CoverageMeasured, LossCovered, LossDeferred, LossRecovered
from mufakat.projections import default as views
from tests.projections.conftest import folded
from tests.strategies import defaulted_once, play, world
from tests.union import TUESDAY


def assert_the_defaults_are_what_they_are(sql, union):
    """Compare the rows with the rules' state, and coverage with what was measured."""
    state = union.state
    assert [(each.number, each.party, each.cause, each.date) for each in views.defaults(sql)] == [
        (each.number, each.party, each.cause.name.lower(), each.date.isoformat())
        for each in state.defaults.records()
    ]
    deferred = {
        event.number: event.until.isoformat() for event in union.events if isinstance(event, LossDeferred)
    }
    assert [(each.deferred, each.ended is not None) for each in views.defaults(sql)] == [
        (deferred.get(each.number), each.ended) for each in state.defaults.records()
    ]
    for bearer in state.bearers.records():
        account = f"collateral/{bearer.holder}/{bearer.currency}"
        losses = [each for each in views.losses(sql, bearer.default) if each.tier == bearer.tier.name.lower()]
        assert bearer.paid == sum(each.amount for each in losses if each.payer == account)
        assert bearer.recovered == sum(each.amount for each in losses if each.payee == account)
        own = [(each.member, each.currency) for each in views.calls(sql, bearer.default)]
        caps = [each.cap for each in views.calls(sql, bearer.default)]
        mine = (bearer.holder, bearer.currency)
        assert bearer.cap == sum(cap for cap, each in zip(caps, own, strict=True) if each == mine)
    for event in union.events:
        if isinstance(event, CoverageMeasured):
            assert [
                (each.currency, each.stressed, each.parties, each.exposure, each.resources)
                for each in views.coverage(sql, event.date.isoformat())
            ] == [
                (each.currency, each.stressed, each.parties, each.exposure, each.resources)
                for each in event.rows
            ]


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
    assert shown.deferred is not None
    assert shown.ended == union.state.day.date.isoformat()


def test_the_steps_of_a_loss_are_shown_in_order_and_add_up(sql, union):
    losses = views.losses(sql, 1)
    assert len(losses) == sum(isinstance(event, LossCovered | LossRecovered) for event in union.events)
    assert [each.payee for each in losses if each.tier is None] == ["swing/QN/IDR"]
    assert len({each.date for each in views.calls(sql, 1)}) == 2
    assert views.calls(sql, 2) == views.losses(sql, 2) == []
    assert_the_defaults_are_what_they_are(sql, union)


def test_a_deferral_is_shown_while_it_lasts():
    union = world()
    steps = list(defaulted_once())
    play(union, steps[: steps.index(("defer", 3)) + 1])
    with closing(folded(union)) as found:
        (shown,) = views.defaults(found.sql)
    assert shown.deferred == union.state.defaults["000001"].deferred.isoformat()
    assert shown.ended is None


def test_coverage_is_shown_of_a_day_or_of_the_latest(sql, union):
    measured = [event for event in union.events if isinstance(event, CoverageMeasured) and event.rows]
    shown = views.coverage(sql, measured[-1].date.isoformat())
    assert [each.short for each in shown] == [each.short for each in measured[-1].rows]
    assert views.coverage(sql) == views.coverage(sql, measured[-1].date.isoformat())
    assert [(each.stressed, each.cover) for each in shown] == [(True, 1), (True, 2)]
    assert views.coverage(sql, TUESDAY.isoformat()) == []
