"""What the close of a day brings about: overdue banks in default, coverage measured, arrears remembered."""

import pytest

from mufakat.core.accounts import settlement_account
from mufakat.core.estate import default_key
from mufakat.core.law import ProposalStatus
from mufakat.core.obligation import note_left
from mufakat.core.state import ObligationStatus
from mufakat.model import command as c
from mufakat.model import proposal as p
from mufakat.model.certificate import Why
from mufakat.model.charter import DefaultProcedure
from mufakat.model.default import Cause, CoverageMeasured, DefaultDeclared
from mufakat.model.money import MAX_AMOUNT
from tests.core.defaulting import ACCOUNT, declare, indebted
from tests.union import A1, B1, C1, HOLIDAY, MONDAY, TUESDAY, lei, settled_world


def declared(union):
    return [(event.party, event.cause) for event in union.events if isinstance(event, DefaultDeclared)]


def measured(union):
    return [event for event in union.events if isinstance(event, CoverageMeasured)]


@pytest.mark.parametrize(("days", "closes"), [(1, 1), (2, 2), (3, 3)])
def test_a_bank_that_owes_an_advance_for_so_many_days_is_in_default(days, closes):
    union = indebted(default=DefaultProcedure(overdue_days=days))
    for _ in range(closes):
        assert declared(union) == []
        union.pass_days(1)
    assert declared(union) == [(B1, Cause.ADVANCE_OVERDUE)]


def test_what_was_paid_back_in_between_begins_anew():
    union = indebted(100, 50, default=DefaultProcedure(overdue_days=3))
    union.pass_days(1)
    union.issue(B1, "IDR", 50)
    union.pass_days(1)
    assert union.state.arrears[ACCOUNT].since is None
    union.pay(
        debtor_agent=B1, creditor_agent=A1, amount=9, channel=c.Channel.MPNS, value_date=union.state.day.date
    )
    union.cycle()
    union.pass_days(1)
    assert union.state.arrears[ACCOUNT].since is not None
    assert declared(union) == []


def test_without_the_rule_nobody_is_in_default_without_a_word():
    union = indebted()
    union.owe(8, 0, 5_000)
    union.cycle()
    for _ in range(4):
        union.pass_days(1)
        union.cycle()
    assert declared(union) == []


@pytest.mark.parametrize(("days", "closes"), [(1, 1), (2, 2)])
def test_a_bank_whose_firms_debt_no_cycle_could_settle_for_so_many_days_is_in_default(days, closes):
    union = settled_world(100, default=DefaultProcedure(unpaid_days=days))
    union.owe(8, 0, 500)
    for _ in range(closes):
        assert declared(union) == []
        union.cycle()
        union.pass_days(1)
    assert declared(union) == [(C1, Cause.OBLIGATION_UNPAID)]


def test_a_debt_for_which_no_cycle_ran_is_nobodys_default():
    union = settled_world(100, default=DefaultProcedure(unpaid_days=1))
    union.cycle()
    union.pass_days(1)
    union.owe(8, 0, 5, due=union.state.day.date)
    union.must("QM", c.CallCycle(2))
    union.pass_days(1)
    assert declared(union) == []


def test_a_debt_accepted_after_the_days_cycle_is_nobodys_default_whenever_it_was_due():
    union = settled_world(100, default=DefaultProcedure(unpaid_days=1))
    union.cycle()
    union.owe(8, 0, 500, due=MONDAY)
    union.close_day()
    assert declared(union) == []


def test_days_count_from_the_first_cycle_that_left_a_debt_short_not_from_when_it_was_due():
    union = settled_world(100, default=DefaultProcedure(unpaid_days=2))
    union.owe(8, 0, 500, due=MONDAY)
    union.cycle()
    union.pass_days(1)
    assert declared(union) == []
    union.cycle()
    union.pass_days(1)
    assert declared(union) == [(C1, Cause.OBLIGATION_UNPAID)]


def test_nobody_holds_its_own_debts_back_behind_one_that_no_ledger_could_hold():
    union = settled_world(100, default=DefaultProcedure(unpaid_days=2))
    union.owe(8, 0, 500)
    union.owe(8, 9, MAX_AMOUNT, due=MONDAY)
    for _ in range(3):
        union.cycle()
        union.pass_days(1)
    assert declared(union) == [(C1, Cause.OBLIGATION_UNPAID)]


def test_a_cycle_that_holds_a_debt_back_asks_for_nothing_and_breaks_no_days():
    union = settled_world(100, default=DefaultProcedure(unpaid_days=1))
    name = union.owe(8, 0, 500).items[0].id
    for why, since in (
        (Why.HELD_BACK, None),
        (Why.SHORT, TUESDAY),
        (Why.HELD_BACK, TUESDAY),
        (Why.CLOSED, TUESDAY),
        (Why.STOPPED, None),
    ):
        note_left(union.state, name, why)
        assert union.state.obligations[name].short_since == since


def test_a_closed_currency_neither_makes_a_default_nor_breaks_the_days():
    union = settled_world(100, default=DefaultProcedure(unpaid_days=2))
    union.owe(8, 0, 500, currency="VND")
    union.cycle()
    union.pass_days(1)
    assert union.state.day.date == HOLIDAY
    union.cycle()
    union.pass_days(1)
    assert declared(union) == []
    union.cycle()
    union.pass_days(1)
    assert declared(union) == [(C1, Cause.OBLIGATION_UNPAID)]


def test_a_debt_that_a_default_stopped_in_between_begins_anew():
    union = settled_world(100, default=DefaultProcedure(unpaid_days=3))
    union.owe(8, 4, 500)
    union.cycle()
    declare(union)
    union.pass_days(1)
    union.cycle()
    number = union.carry(p.EndDefault(1, B1))
    while union.proposal(number).status is not ProposalStatus.ENACTED:
        union.pass_days(1)
    union.cycle()
    union.pass_days(1)
    assert union.state.defaults[default_key(1)].ended
    assert declared(union) == [(B1, Cause.INSOLVENT)]


def test_a_debt_that_was_paid_is_short_no_more():
    union = settled_world(100, default=DefaultProcedure(unpaid_days=2))
    union.owe(8, 0, 500)
    union.cycle()
    (short,) = union.state.obligations.records()
    assert short.short_since == TUESDAY
    union.issue(C1, "IDR", 400)
    union.cycle()
    (paid,) = union.state.obligations.records()
    assert (paid.status, paid.short_since) == (ObligationStatus.SETTLED, None)


def test_a_debt_that_is_not_due_paid_or_of_a_currency_on_holiday_is_nobodys_default():
    union = settled_world(100, default=DefaultProcedure(unpaid_days=1))
    union.owe(8, 0, 5, due=TUESDAY.replace(day=30))
    union.owe(10, 0, 5)
    union.pass_days(1)
    assert union.state.day.date == HOLIDAY
    union.owe(8, 0, 500, currency="VND", due=HOLIDAY)
    union.cycle()
    union.pass_days(1)
    assert declared(union) == []


def test_a_debt_to_who_is_in_default_is_not_held_against_the_debtor():
    union = settled_world(100, default=DefaultProcedure(unpaid_days=1))
    union.owe(8, 4, 50)
    declare(union)
    union.cycle()
    union.close_day()
    assert declared(union) == [(B1, Cause.INSOLVENT)]


def test_coverage_is_measured_at_each_close_and_arrears_where_they_change():
    union = indebted()
    union.pass_days(1)
    union.pass_days(1)
    first, second = measured(union)
    assert (first.date, first.arrears) == (TUESDAY, ((ACCOUNT, TUESDAY),))
    assert second.arrears == ()
    assert {each.currency for each in first.rows} == {"IDR"}


def test_without_a_procedure_nothing_is_measured():
    union = indebted(default=DefaultProcedure(on=0))
    union.close_day()
    assert measured(union) == []


def test_a_bank_is_declared_once_for_all_that_is_overdue():
    union = indebted(default=DefaultProcedure(overdue_days=1, unpaid_days=1))
    union.owe(4, 0, 5)
    union.cycle()
    union.close_day()
    assert declared(union) == [(B1, Cause.ADVANCE_OVERDUE)]
    assert settlement_account(B1, "IDR") == ACCOUNT
    assert lei(4) in union.state.firms
