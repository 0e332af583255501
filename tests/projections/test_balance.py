"""Positions say what the rules let an account use; debts say what firms still owe."""

import datetime
from contextlib import closing

import pytest
from hypothesis import given, settings

from mufakat.core.accounts import settlement_account
from mufakat.core.state import ObligationStatus
from mufakat.model import command as c
from mufakat.model.money import MAX_AMOUNT
from mufakat.projections.balance import Debt, debts_between_members, open_debts, positions
from tests.projections.conftest import everything, folded
from tests.strategies import play, steps, world
from tests.union import A1, A2, BANKS, Union, lei, settled_world


def all_positions(union: Union, **only: str):
    with closing(folded(union)) as views:
        return positions(views.sql, **only)


def debts(union: Union, date: datetime.date | None = None):
    with closing(folded(union)) as views:
        return debts_between_members(open_debts(views.sql, (date or union.state.day.date).isoformat()))


def owed(union: Union) -> dict[str, tuple[tuple[str, str, str], int]]:
    """What the rules know of each accepted obligation: between whom, and how much is open."""
    state = union.state
    return {
        each.item.id: (
            (
                each.item.currency,
                *(state.participants[agent].sponsor for agent in (each.debtor_agent, each.creditor_agent)),
            ),
            each.open,
        )
        for each in state.obligations.records()
        if each.status not in (ObligationStatus.REGISTERED, ObligationStatus.DISPUTED)
    }


def day_by_day(said) -> tuple[Union, dict[datetime.date, list[Debt]]]:
    """Play a history, and add up the plain way what was owed on each of its days, before its cycles and after."""
    union, days = world(), {}
    for step in said:
        was = owed(union)
        play(union, [step])
        day = days.setdefault(union.state.day.date, {})
        for name, (between, left) in owed(union).items():
            before = was[name][1] if name in was else union.state.obligations[name].item.amount
            day[name] = (between, day[name][1] if name in day else before, left)
    return union, {date: added_up(day.values()) for date, day in days.items()}


def added_up(debts) -> list[Debt]:
    sums: dict[tuple[str, str, str], tuple[int, int]] = {}
    for between, before, after in debts:
        if before:
            sums[between] = tuple(map(sum, zip(sums.get(between, (0, 0)), (before, after), strict=True)))
    return [
        Debt(debtor, creditor, currency, *both) for (currency, debtor, creditor), both in sorted(sums.items())
    ]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(steps())
def test_a_position_is_what_the_rules_let_its_owner_use(said):
    union = world()
    play(union, said)
    state = union.state
    rows = all_positions(union)
    assert [row.account for row in rows] == [
        each.id
        for each in sorted(
            state.accounts.records(), key=lambda each: (each.currency, each.id.split("/")[0], each.owner)
        )
    ]
    for row in rows:
        account = state.accounts[row.account]
        waiting = [state.payments[uetr].rest for uetr in state.queues.get(row.account, ())]
        assert (row.owner, row.balance, row.available) == (account.owner, account.balance, account.available)
        assert (row.queued, row.queued_amount) == (len(waiting), sum(waiting))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(steps())
def test_the_balances_of_each_currency_sum_to_zero(said):
    union = world()
    play(union, said)
    sums: dict[str, int] = {}
    for row in all_positions(union):
        sums[row.currency] = sums.get(row.currency, 0) + row.balance
    assert sums == {"IDR": 0, "VND": 0, "MYR": 0}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(steps())
def test_debts_between_members_are_on_each_day_what_their_firms_owed(said):
    union, days = day_by_day(said)
    for date, expected in days.items():
        assert debts(union, date) == expected


def test_when_everything_has_happened_debts_are_what_firms_owed_on_each_day():
    union, days = day_by_day(everything())
    assert len(days) > 1
    for date, expected in days.items():
        assert debts(union, date) == expected
    assert any(each.after < each.before for expected in days.values() for each in expected)


def test_a_bank_sees_its_own_accounts_alone():
    rows = all_positions(settled_world(), owner=A1)
    assert [row.account for row in rows] == [settlement_account(A1, each) for each in ("IDR", "MYR", "VND")]


def test_a_member_sees_the_money_it_issued_and_its_lines():
    union = settled_world(1_000)
    union.must("QM", c.SetSwingLine("QN", 400), ("QN", "approve"))

    (issued,) = all_positions(union, owner="QM")
    line, own = all_positions(union, owner="QN")

    assert (issued.account, issued.balance) == ("issue/IDR/IDR", -1_000 * len(BANKS))
    assert (line.account, line.limit, line.available) == ("swing/QN/IDR", 400, 400)
    assert own.account == "issue/VND/VND"


def test_a_currency_is_looked_at_by_itself():
    rows = all_positions(settled_world(), currency="VND")
    assert {row.currency for row in rows} == {"VND"}
    assert len(rows) == len(BANKS) + 1
    assert all_positions(settled_world(), currency="VND", owner="QM") == []


def test_liquidity_reserved_for_the_cycles_is_not_available_and_is_used_up_by_them():
    union = settled_world(1_000)
    union.must(A1, c.ReserveLiquidity("IDR", 300))
    (before,) = all_positions(union, owner=A1, currency="IDR")
    union.pay(amount=200, channel=c.Channel.MPNS)
    union.cycle()
    (after,) = all_positions(union, owner=A1, currency="IDR")

    assert (before.balance, before.reserved, before.available) == (1_000, 300, 700)
    assert (after.balance, after.reserved, after.available) == (800, 100, 700)


def test_a_payment_waits_on_its_debtors_account_of_its_currency_alone():
    union = settled_world(1_000)
    union.pay(amount=1_500)
    union.pay(amount=1)

    rows = {row.account: (row.queued, row.queued_amount) for row in all_positions(union)}

    assert rows.pop(settlement_account(A1, "IDR")) == (2, 1_501)
    assert set(rows.values()) == {(0, 0)}


def test_a_closed_account_is_still_shown_as_closed():
    union = settled_world(0)
    union.must("QM", c.CloseAccount(A2, "IDR"))
    (row,) = all_positions(union, owner=A2, currency="IDR")
    assert (row.closed, row.limit, row.balance) == (1, 0, 0)


@pytest.mark.parametrize(("by_creditor", "counted"), [(False, True), (True, False)])
def test_a_debt_counts_once_its_debtor_owns_it(by_creditor, counted):
    union = settled_world()
    agent = union.state.firms[lei(4 if by_creditor else 0)].agent
    item = c.ObligationItem(f"{lei(4)}/INV-1", lei(0), lei(4), "IDR", 300, union.state.day.date, bytes(32))
    union.must(agent, c.RegisterObligations((item,)))
    assert debts(union) == ([Debt("QM", "QN", "IDR", 300, 300)] if counted else [])


def test_set_off_takes_off_what_is_owed_and_keeps_what_was():
    union = settled_world()
    for debtor, creditor, amount in ((0, 4, 300), (4, 0, 120)):
        union.owe(debtor, creditor, amount, due=union.state.day.date.replace(day=30))
    union.cycle()
    assert debts(union) == [Debt("QM", "QN", "IDR", 300, 180), Debt("QN", "QM", "IDR", 120, 0)]


def test_sums_of_the_largest_amounts_are_exact():
    """No sum is kept in 64 bits: one bank's large debts must not take everybody's view away."""
    union = settled_world(max_payment=MAX_AMOUNT)
    for _ in range(5):
        union.owe(0, 4, MAX_AMOUNT)
        union.pay(amount=MAX_AMOUNT)

    (row,) = all_positions(union, owner=A1, currency="IDR")

    assert (row.queued, row.queued_amount) == (5, 5 * MAX_AMOUNT)
    assert debts(union) == [Debt("QM", "QN", "IDR", 5 * MAX_AMOUNT, 5 * MAX_AMOUNT)]
