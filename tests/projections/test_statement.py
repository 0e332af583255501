"""A statement opens where the last one closed, lists what was booked, and closes at the ledger's balance."""

from contextlib import closing

from hypothesis import given, settings

from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.model.record import batch
from mufakat.projections import timeline
from mufakat.projections.statement import accounts, statement
from tests.projections.conftest import folded
from tests.strategies import play, steps, world
from tests.union import A1, A2, B1, C1, MONDAY, TUESDAY, Union, lei, settled_world

BEFORE_THE_FIRST_DAY = "0001-01-01"


def dates(sql):
    """Every date on which something can have been booked, in order."""
    return [BEFORE_THE_FIRST_DAY, *dict.fromkeys(date for date, _, _ in timeline.phases(sql))]


def one(union: Union, account: str, date: str | None = None):
    with closing(folded(union)) as views:
        return statement(views.sql, account, date)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(steps())
def test_opening_and_entries_make_the_closing_and_the_last_closing_is_the_ledgers_balance(said):
    union = world()
    play(union, said)
    with closing(folded(union)) as views:
        for account in union.state.accounts.records():
            closed_at = 0
            for date in dates(views.sql):
                view = statement(views.sql, account.id, date)
                assert view.opening == closed_at
                for each in view.movements:
                    closed_at += each.amount
                    assert each.balance == closed_at
                assert view.closing == closed_at
            assert closed_at == account.balance


@settings(max_examples=40, deadline=None, derandomize=True)
@given(steps())
def test_the_statements_of_all_days_list_each_booking_once(said):
    union = world()
    play(union, said)
    with closing(folded(union)) as views:
        listed = [
            each.number
            for account in union.state.accounts.records()
            for date in dates(views.sql)
            for each in statement(views.sql, account.id, date).movements
        ]
        booked = [number for (number,) in views.sql.execute("SELECT number FROM movement ORDER BY number")]
    assert sorted(listed) == booked


@settings(max_examples=40, deadline=None, derandomize=True)
@given(steps())
def test_what_an_entry_books_sums_to_zero_in_each_currency(said):
    union = world()
    play(union, said)
    with closing(folded(union)) as views:
        unbalanced = views.sql.execute(
            "SELECT m.entry, a.currency FROM movement m JOIN account a ON a.id = m.account"
            " GROUP BY 1, 2 HAVING sum(m.amount) <> 0"
        ).fetchall()
    assert unbalanced == []


def test_both_sides_of_a_payment_name_it_and_each_other():
    union = settled_world(1_000)
    order = union.order(amount=150)
    union.must(A1, batch((order,)))
    payer, payee = f"settlement/{A1}/IDR", f"settlement/{A2}/IDR"

    (debit,), (credit,) = one(union, payer).movements, one(union, payee).movements

    assert (debit.amount, debit.balance, debit.counterparty) == (-150, 850, payee)
    assert (credit.amount, credit.balance, credit.counterparty) == (150, 1_150, payer)
    assert (debit.reference, credit.reference) == (order.uetr, order.uetr)
    assert (debit.kind, credit.kind) == ("payment", "payment")
    assert debit.date == credit.date == TUESDAY.isoformat()


def test_a_cycle_is_one_entry_of_an_account_whatever_it_netted():
    union = settled_world(1_000)
    for amount in (10, 20, 30):
        union.pay(amount=amount, channel=c.Channel.MPNS)
    union.pay(debtor_agent=A2, creditor_agent=A1, amount=25, channel=c.Channel.MPNS)
    union.cycle()

    (entry,) = one(union, f"settlement/{A1}/IDR").movements

    assert (entry.amount, entry.kind) == (-35, "cycle")
    assert (entry.reference, entry.counterparty) == ("cycle 1", "the union")


def test_what_each_entry_is_stands_in_words(sql, busy):
    kinds = {
        each.kind
        for account in accounts(sql)
        for date in dates(sql)
        for each in statement(sql, account, date).movements
    }
    assert kinds == {
        "issue",
        "redemption",
        "payment",
        "return",
        "cycle",
        "swing drawn",
        "swing repaid",
        "exchange",
        "pledge",
        "release",
        "loss recovered",
        "blocked",
        "unblocked",
    }


def test_money_issued_before_the_first_day_is_in_its_opening_balance():
    view = one(settled_world(1_000), f"settlement/{B1}/VND")

    assert (view.date, view.opening, view.closing, view.movements) == (TUESDAY.isoformat(), 1_000, 1_000, ())
    assert (view.owner, view.currency) == (B1, "VND")


def test_a_day_before_the_union_has_an_empty_statement():
    view = one(settled_world(0), f"settlement/{C1}/MYR", MONDAY.isoformat())

    assert (view.opening, view.closing, view.movements) == (0, 0, ())


def test_a_past_day_keeps_its_statement_when_another_has_begun():
    union = settled_world(1_000)
    union.pay(amount=150)
    account = f"settlement/{A1}/IDR"
    before = one(union, account)
    for phase in (Phase.CUT_OFF, Phase.CLOSED):
        union.phase(phase)
    union.open_day(TUESDAY.replace(day=26))
    union.pay(amount=7, value_date=union.state.day.date)

    assert one(union, account, TUESDAY.isoformat()) == before
    latest = one(union, account)
    assert (latest.date, latest.opening, latest.closing) == ("2026-11-26", 850, 843)


def test_what_is_set_off_books_nothing():
    union = settled_world(1_000)
    for debtor, creditor in ((0, 4), (4, 8), (8, 0)):
        union.owe(debtor, creditor, 300)
    union.cycle()

    assert union.state.firms[lei(0)].agent == A1
    assert one(union, f"settlement/{A1}/IDR").movements == ()


def test_an_account_that_nobody_opened_has_no_statement(sql):
    assert statement(sql, "settlement/NOBODY/IDR") is None
    assert statement(sql, "'; DROP TABLE account; --") is None


def test_the_accounts_are_the_banks_own_in_order(sql, busy):
    settlement = [each.id for each in busy.state.accounts.records() if each.id.startswith("settlement/")]
    assert accounts(sql) == sorted(settlement)
