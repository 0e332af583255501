"""A firm's statement says of each obligation what became of it, and why the rest is open."""

from contextlib import closing

import pytest
from hypothesis import given, settings

from mufakat.core import terms as rules
from mufakat.projections import firm, setoff
from mufakat.projections.firm import Why
from tests.projections.conftest import folded
from tests.strategies import play, steps, world
from tests.union import lei

RING = (("owe", 0, 2, "IDR", 30, 0, False), ("owe", 2, 0, "IDR", 20, 0, False))


def stated(union, number=0):
    with closing(folded(union)) as views:
        return firm.statement(views.sql, views.charter, lei(number))


def left(*said, number=0):
    union = world(0)
    play(union, list(said))
    return {each.why for each in stated(union, number).left}


def test_debts_are_matched_with_claims_oldest_due_first():
    union = world(0)
    play(union, [("owe", 0, 2, "IDR", 30, 5, False), ("owe", 0, 4, "IDR", 20, 0, False)])
    play(union, [("owe", 2, 0, "IDR", 31, 0, False), ("owe", 4, 0, "IDR", 20, 9, False), ("cycle",)])
    (cycle,) = stated(union).cycles
    dues = {each.obligation: each.due for each in (*cycle.debts, *cycle.claims)}
    assert [each.amount for each in cycle.matches] == [20, 10, 20]
    assert sum(each.amount for each in cycle.debts) == sum(each.amount for each in cycle.claims) == 50
    assert [dues[each.debt] for each in cycle.matches] == sorted(dues[each.debt] for each in cycle.matches)
    assert [dues[each.claim] for each in cycle.matches] == sorted(dues[each.claim] for each in cycle.matches)


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (Why.REGISTERED, (("owe", 0, 2, "IDR", 30, 0, True),)),
        (Why.DISPUTED, (("owe", 0, 2, "IDR", 30, 0, True), ("own", "dispute", 0))),
        (Why.NEXT_CYCLE, (("owe", 0, 2, "IDR", 30, 0, False),)),
        (Why.NOT_DUE, (("owe", 0, 2, "IDR", 30, 60, False), ("cycle",))),
        (Why.NOT_WITH, (*RING, ("ask", 0, "IDR", 0, None, [2], False), ("cycle",))),
        (Why.RESIDUAL, (*RING[1:], ("ask", 0, "IDR", 90, None, [], False), ("cycle",))),
        (Why.INDIVISIBLE, (("owe", 0, 2, "IDR", 21, 0, False), RING[1], ("cycle",))),
        (Why.LIMIT, (*RING, ("ask", 2, "IDR", 0, 10, [], False), ("cycle",))),
        (Why.NO_RING, (*RING, ("cycle",))),
    ],
)
def test_what_is_open_says_why(why, said):
    assert why in left(*said)


def test_a_claim_is_open_for_the_limit_of_its_debtor_too():
    assert left(*RING, ("ask", 0, "IDR", 0, 0, [], False), ("cycle",), number=2) == {Why.LIMIT}


def test_across_currencies_both_sides_and_the_fixings_are_named():
    union = world()
    play(union, [("fixed", 6), ("owe", 6, 8, "IDR", 4_000, 0, False), ("owe", 8, 6, "VND", 30, 0, False)])
    asked = [("ask", each, currency, 0, None, [], True) for each in (6, 8) for currency in ("IDR", "VND")]
    play(union, [*asked, ("cycle",)])
    made = stated(union, 6)
    (cycle,) = made.cycles
    assert (cycle.currency, cycle.matches) == ("", ())
    assert [each.amount for each in (*cycle.debts, *cycle.claims)] == [3_000, 30]
    assert set(made.across[0].prices) == {"IDR", "VND"}
    assert [each.currency for each in made.terms] == ["IDR", "VND"]


def test_without_fixings_it_is_said_that_nothing_was_set_off_across():
    union = world()
    play(union, [("owe", 6, 8, "IDR", 4_000, 9, False), ("owe", 8, 6, "VND", 30, 9, False)])
    asked = [("ask", each, currency, 0, None, [], True) for each in (6, 8) for currency in ("IDR", "VND")]
    play(union, [*asked, ("cycle",)])
    assert stated(union, 6).across[0].omitted == ("IDR", "VND")


@settings(max_examples=25, deadline=None, derandomize=True)
@given(steps())
def test_views_know_what_is_offered_as_the_rules_do(said):
    union = world()
    play(union, said)
    with closing(folded(union)) as views:
        asked = firm.terms_of(views.sql)
        for debt in setoff.open_debts(views.sql):
            held = union.state.obligations[debt.id]
            assert firm.offered(debt, asked) == rules.offered(held.item, held.open, union.state.terms)


def test_a_bank_in_default_is_why(monkeypatch):
    union = world(0)
    play(union, [*RING, ("cycle",)])
    with closing(folded(union)) as views:
        monkeypatch.setattr(firm, "_in_default", lambda *_: frozenset({"BK01QMA1XXX"}))
        made = firm.statement(views.sql, views.charter, lei(0))
        assert {each.why for each in made.left} == {Why.DEFAULT}
        assert firm.candidates(views.sql, views.charter, "IDR") == []
