"""What was set off, and what firms ask for, as the events and the rules know it."""

from contextlib import closing

from mufakat.model import event as e
from mufakat.model import setoff as asked
from mufakat.projections import setoff
from tests.projections.conftest import folded
from tests.strategies import play, world
from tests.union import lei


def assert_what_was_set_off_is_what_it_is(sql, union):
    both, across = {}, []
    for event in union.events:
        if isinstance(event, e.ObligationsSetOff | asked.ObligationsAcrossSetOff):
            for each, amount in event.cleared:
                key = (event.cycle, each, isinstance(event, asked.ObligationsAcrossSetOff))
                both[key] = amount
        if isinstance(event, asked.ObligationsAcrossSetOff):
            across.append((event.cycle, dict(event.prices), ()))
        if isinstance(event, asked.SetOffAcrossOmitted):
            across.append((event.cycle, {}, event.currencies))
    said = [row for firm in union.state.firms.records() for row in setoff.cleared(sql, firm.lei)]
    assert {(row.cycle, row.obligation, row.across): row.amount for row in said} == both
    assert [(each.cycle, each.prices, each.omitted) for each in setoff.across(sql)] == across
    assert [
        (t.firm, t.currency, t.least_residual, t.most, t.not_with, t.across) for t in setoff.terms(sql)
    ] == [
        (t.firm, t.currency, t.least_residual, t.most, t.not_with, t.across)
        for t in union.state.terms.records()
    ]
    owed = [each for each in union.state.obligations.records() if each.open]
    assert [(d.id, d.open, d.indivisible) for d in setoff.open_debts(sql)] == [
        (each.item.id, each.open, each.item.indivisible)
        for each in sorted(owed, key=lambda each: (each.item.due, each.item.id))
    ]


def test_a_firm_sees_each_cycle_with_its_debts_and_claims():
    union = world()
    play(union, [("owe", 0, 2, "IDR", 30, 0, False), ("owe", 2, 0, "IDR", 20, 0, False), ("cycle",)])
    play(union, [("ask", 0, "IDR", 5, None, [4], True), ("ask", 0, "IDR", 6, 9, [], False)])
    with closing(folded(union)) as views:
        rows = setoff.cleared(views.sql, lei(0))
        assert {(row.debtor, row.amount, row.across) for row in rows} == {
            (lei(0), 20, False),
            (lei(2), 20, False),
        }
        (asked,) = setoff.terms(views.sql, "IDR")
        assert (asked.firm, asked.least_residual, asked.most, asked.across) == (lei(0), 6, 9, False)
        assert setoff.terms(views.sql, "VND") == []
