import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core import apply, periodic
from mufakat.core.accounts import Account, issue_account, reserve_account, settlement_account, swing_account
from mufakat.core.agreement import Interest
from mufakat.core.estate import Default, default_key
from mufakat.core.state import Advance, State
from mufakat.model import command as c
from mufakat.model import event as e
from mufakat.model import proposal as p
from mufakat.model import swing as s
from mufakat.model.calendar import BusinessDay, Phase
from mufakat.model.default import Cause
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.outcome import Status
from mufakat.model.refusal import Reason
from mufakat.model.swing import Swing
from tests.core.test_fixing import agreed
from tests.union import A1, B1, C1, HOLIDAY, TUESDAY, charter, newcomer, settled_world

PAYER = {"QM": A1, "QN": B1, "QO": C1}
CURRENCY = {"QM": "IDR", "QN": "VND", "QO": "MYR"}


def pay(union, debtor, creditor, amount):
    """Let a bank of one member pay one of another in the other's currency, netted, today."""
    union.pay(
        debtor_agent=PAYER[debtor],
        creditor_agent=PAYER[creditor],
        currency=CURRENCY[creditor],
        amount=amount,
        channel=c.Channel.MPNS,
        value_date=union.state.day.date,
    )


def owing(*debts, **rules):
    """A world without money in which members have drawn (debtor, creditor, amount) on lines of that limit."""
    union = settled_world(0, **rules)
    for debtor, creditor, amount in debts:
        union.must(creditor, c.SetSwingLine(debtor, amount), (debtor, "approve"))
        pay(union, debtor, creditor, amount)
    union.cycle()
    agreed(union)
    return union


def settle(union):
    for member in union.quorum():
        union.must(member, c.SettleSwing(union.state.day.date))
    return next(event for event in reversed(union.events) if isinstance(event, s.SwingSettled))


def balance(union, account):
    found = union.state.accounts.get(account)
    return found.balance if found is not None else 0


def test_a_debt_is_paid_in_the_debtors_own_money_and_the_line_is_free_again():
    union = owing(("QN", "QM", 90_000))
    (line,) = settle(union).lines
    # 900 rupiah at 0.000045 are 1,421.05 dong at 0.0000285: rounded up, to the creditor.
    assert line == s.SettledLine("QN", "QM", "IDR", (0, 0), (0, 0), (0, 90_000), "VND", 1_422)
    assert balance(union, swing_account("QN", "IDR")) == 0
    assert balance(union, reserve_account("QM", "VND")) == 1_422
    assert balance(union, issue_account("VND")) == -1_422
    assert balance(union, issue_account("IDR")) == -90_000


def test_a_ring_of_debts_is_set_off_and_only_the_rest_is_paid():
    # In the unit: 900 rupiah are 5.54, 2,000 dong 7.80, 0.50 ringgit 11.63 of its hundredths.
    union = owing(("QN", "QM", 9_000_000), ("QO", "QN", 200_000), ("QM", "QO", 5_000))
    lines = {line.debtor: line for line in settle(union).lines}
    least = lines["QN"]
    assert least.set_off == (0, 9_000_000) and least.issued == 0
    for debtor in ("QO", "QM"):
        line = lines[debtor]
        assert line.set_off[1] > 0 and line.paid[1] > 0
        assert sum(line.set_off) + sum(line.paid) == {"QO": 200_000, "QM": 5_000}[debtor]
    assert all(a.balance == 0 for a in union.state.accounts.records() if a.id.startswith("swing/"))


def test_what_the_debtor_holds_of_the_currency_pays_first():
    union = owing(("QN", "QM", 90_000), ("QM", "QN", 5_000))
    union.must("QN", c.SetSwingLine("QM", 5_000), ("QM", "approve"))
    first = {line.debtor: line for line in settle(union).lines}
    held = balance(union, reserve_account("QN", "IDR")) + balance(union, reserve_account("QM", "VND"))
    assert held == first["QM"].issued + first["QN"].issued > 0
    assert (first["QM"].issued > 0) != (first["QN"].issued > 0)
    debtor, creditor = ("QN", "QM") if first["QM"].issued else ("QM", "QN")
    has = balance(union, reserve_account(debtor, CURRENCY[creditor]))
    union.pay(
        debtor_agent=PAYER[debtor],
        creditor_agent=PAYER[creditor],
        currency=CURRENCY[creditor],
        amount=has + 100,
        channel=c.Channel.MPNS,
    )
    union.cycle()
    assert balance(union, reserve_account(debtor, CURRENCY[creditor])) == 0
    assert balance(union, swing_account(debtor, CURRENCY[creditor])) == -100


def test_participants_owe_their_sponsor_what_it_settled_for_them():
    union = owing(("QN", "QM", 90_000))
    settle(union)
    account = settlement_account(B1, "IDR")
    advance = union.state.advances[account]
    assert (advance.amount, advance.own) == (0, 90_000)
    refused = union.tell("QM", c.CloseAccount(B1, "IDR"))
    assert refused.refusal.reason is Reason.ACCOUNT_NOT_EMPTY
    union.issue(B1, "IDR", 50_000)
    union.cycle()
    assert union.state.advances[account].own == 40_000
    assert balance(union, reserve_account("QN", "IDR")) == 50_000
    assert union.balance(B1) == 0


def test_an_advance_is_paid_back_to_the_line_before_the_sponsors_own():
    union = owing(("QN", "QM", 90_000))
    settle(union)
    union.pay(debtor_agent=B1, creditor_agent=A1, amount=30_000, channel=c.Channel.MPNS)
    union.cycle()
    union.issue(B1, "IDR", 40_000)
    union.cycle()
    advance = union.state.advances[settlement_account(B1, "IDR")]
    assert (advance.amount, advance.own) == (0, 80_000)


def test_interest_is_paid_before_what_was_drawn():
    union = owing(("QN", "QM", 72_000))
    union.must("QM", c.SetSwingTerms("QN", ((10_000, 5_000),)), ("QN", "approve"))
    union.must("QM", c.SetSwingLine("QN", 90_000), ("QN", "approve"))
    union.pass_days(2)
    agreed(union)
    (line,) = settle(union).lines
    assert line.paid == (200, 72_000)
    assert line.issued == -(-72_200 * 45_000 * 100 // (28_500 * 10_000))
    assert union.state.interest[swing_account("QN", "IDR")].owed == 0


def test_the_period_ends_at_a_close_when_it_can_be_settled():
    union = owing(("QN", "QM", 90_000), swing=Swing(2))
    for _ in range(2):
        union.pass_days(1)
        assert balance(union, swing_account("QN", "IDR")) < 0
        assert union.state.swing_settled == TUESDAY
    union.pass_days(1)
    assert union.state.swing_settled == TUESDAY + datetime.timedelta(2)
    assert balance(union, swing_account("QN", "IDR")) == 0


def test_on_a_members_holiday_its_own_lines_wait_for_the_next_close_and_no_others():
    union = owing(("QN", "QM", 90_000), ("QM", "QO", 5_000), ("QO", "QN", 7_000), swing=Swing(1))
    union.pass_days(1)
    assert union.state.day.date == HOLIDAY
    union.pass_days(1)
    (settled,) = [event for event in union.events if isinstance(event, s.SwingSettled)]
    assert settled.waiting == (swing_account("QN", "IDR"), swing_account("QO", "VND"))
    assert balance(union, swing_account("QN", "IDR")) == -90_000
    assert balance(union, swing_account("QO", "VND")) == -7_000
    assert balance(union, swing_account("QM", "MYR")) == 0
    assert union.state.swing_settled == TUESDAY
    union.close_day()
    assert balance(union, swing_account("QN", "IDR")) == balance(union, swing_account("QO", "VND")) == 0
    assert union.state.swing_settled == union.state.day.date


@pytest.mark.parametrize(("overdue", "waits"), [(-1, True), (9, True), (10, False)])
def test_holidays_put_a_settlement_off_for_ten_days_and_no_longer(overdue, waits):
    state = stated({("QN", "QM"): 1_000, ("QO", "QM"): 500})
    state.day = BusinessDay(HOLIDAY, Phase.OPEN)
    state.swing_settled = HOLIDAY - datetime.timedelta(10 + overdue)
    event = next(event for event in periodic.settle(state) if isinstance(event, s.SwingSettled))
    assert [line.debtor for line in event.lines] == (["QO"] if waits else ["QN", "QO"])
    apply.evolve(state, event)
    assert (state.swing_settled == HOLIDAY) is not waits


def test_without_a_rule_or_a_fixing_nothing_is_settled():
    def why(union):
        return union.tell("QM", c.SettleSwing(union.state.day.date)).refusal.reason

    assert why(owing(("QN", "QM", 90_000), swing=Swing())) is Reason.NO_PERIODIC_SETTLEMENT
    assert why(settled_world(0)) is Reason.NO_FIXING
    union = owing(swing=Swing())
    union.close_day()
    assert not any(isinstance(event, s.SwingSettled) for event in union.events)


def test_a_quorum_calls_the_settlement_once_a_day():
    union = owing(("QN", "QM", 90_000))
    call = c.SettleSwing(TUESDAY)
    assert union.tell(A1, call).refusal.reason is Reason.NOT_OWN_AFFAIR
    assert union.tell("QM", c.SettleSwing(HOLIDAY)).refusal.reason is Reason.DAY_NOT_OPEN
    assert union.must("QM", call).status is Status.AWAITING_QUORUM
    assert balance(union, swing_account("QN", "IDR")) == -90_000
    assert union.tell("QM", call).refusal.reason is Reason.ALREADY_DECLARED
    union.must("QO", call)
    assert balance(union, swing_account("QN", "IDR")) == 0
    assert union.tell("QN", call).refusal.reason is Reason.SWING_SETTLED
    union.close_day()
    assert union.tell("QN", call).refusal.reason is Reason.DAY_NOT_OPEN


def test_who_leaves_settles_its_interest_too():
    union = owing(("QN", "QM", 72_000), swing=Swing(366))
    union.must("QM", c.SetSwingTerms("QN", ((10_000, 5_000),)), ("QN", "approve"))
    union.pass_days(2)
    union.issue(B1, "IDR", 72_000)
    union.cycle()
    union.propose("QN", p.LeaveUnion("QN"))
    union.pass_days(1)
    assert balance(union, swing_account("QN", "IDR")) == 0
    assert union.state.interest[swing_account("QN", "IDR")].owed == 200
    assert union.state.standings["QN"].standing.name == "LEAVING"


def test_a_union_with_a_new_member_waits_for_its_fixing():
    union = settled_world(0)
    union.enact(newcomer())
    assert union.tell("QM", c.SettleSwing(union.state.day.date)).refusal.reason is Reason.NO_FIXING


def stated(debts, reserves=(), interest=()):
    """A state with drawn lines, reserves and interest owed, its money held by one bank of each creditor."""
    state = State(charter())
    state.day = BusinessDay(TUESDAY, Phase.OPEN)
    apply.member.evolve_founded(state, e.UnionFounded(charter()))
    rates = (("IDR", 45_000), ("MYR", 170_000_000), ("VND", 28_500))
    apply.evolve(state, e.FixingsAgreed(TUESDAY, rates, ()))
    held = dict.fromkeys(CURRENCY.values(), 0)
    for (debtor, creditor), amount in debts.items():
        currency = CURRENCY[creditor]
        line = swing_account(debtor, currency)
        state.accounts.put(line, Account(line, debtor, currency, balance=-amount, limit=amount))
        state.advances.put(line, Advance(line, line, amount))
        held[currency] += amount
    for (owner, issuer), amount in dict(reserves).items():
        name = reserve_account(owner, CURRENCY[issuer])
        state.accounts.put(name, Account(name, owner, CURRENCY[issuer], balance=amount))
        issue = state.accounts[issue_account(CURRENCY[issuer])]
        state.accounts.put(
            issue.id, Account(issue.id, issuer, issue.currency, balance=issue.balance - amount)
        )
    for (debtor, creditor), amount in dict(interest).items():
        line = swing_account(debtor, CURRENCY[creditor])
        if line in state.accounts:
            state.interest.put(line, Interest(line, TUESDAY, amount, 0, 0, 0))
    for currency, amount in held.items():
        name = settlement_account("BANK", currency)
        state.accounts.put(name, Account(name, "BANK", currency, balance=amount))
    return state


def sums(state):
    found = dict.fromkeys(CURRENCY.values(), 0)
    for account in state.accounts.records():
        found[account.currency] += account.balance
    return found


pairs = st.sampled_from([(d, k) for d in CURRENCY for k in CURRENCY if d != k])
amounts = st.one_of(st.integers(1, 10**7), st.integers(MAX_AMOUNT // 4, MAX_AMOUNT // 3))


@given(
    st.dictionaries(pairs, amounts, max_size=6),
    st.dictionaries(pairs, st.integers(1, 10**7), max_size=4),
    st.dictionaries(pairs, st.integers(1, 10**5), max_size=4),
)
@settings(deadline=None)
def test_each_currency_balances_and_nobody_loses_more_than_the_rounding(debts, reserves, interest):
    state = stated(debts, reserves, interest)
    before = sums(state)
    owed = {pair: debts[pair] + interest.get(pair, 0) for pair in debts}
    (event,) = periodic.settle(state)
    apply.evolve(state, event)
    assert sums(state) == before == dict.fromkeys(before, 0)
    worth = {"IDR": 45_000 * 100, "MYR": 170_000_000 * 100, "VND": 28_500 * 10_000}
    unit = 800_000 * worth["IDR"] + 13_000 * worth["VND"]
    net = dict.fromkeys(CURRENCY, 0)
    for line in event.lines:
        pair = (line.debtor, line.creditor)
        done = sum(line.held) + sum(line.set_off) + sum(line.paid)
        assert done == owed[pair] or not line.issued
        value = sum(line.paid) * worth[line.currency]
        assert value <= line.issued * worth[line.own] < value + worth[line.own]
        net[line.debtor] -= sum(line.set_off) * worth[line.currency]
        net[line.creditor] += sum(line.set_off) * worth[line.currency]
        if line.issued:
            left = state.accounts[swing_account(line.debtor, line.currency)]
            assert left.balance == 0
    # Set-off leaves each position as it was, but for less than a hundredth of the unit and a minor unit a line.
    bound = len(event.lines) * (unit // 100 + max(worth.values()))
    assert all(abs(position) <= bound for position in net.values())


def test_what_the_ledger_cannot_hold_waits():
    state = stated({("QN", "QM"): MAX_AMOUNT // 2})
    issue = issue_account("IDR")
    state.accounts.put(issue, Account(issue, "QM", "IDR", balance=-(MAX_AMOUNT // 2) - 2))
    (event,) = periodic.settle(state)
    assert event.lines == ()
    state = stated({("QO", "QN"): MAX_AMOUNT // 2})
    own = issue_account("MYR")
    state.accounts.put(own, Account(own, "QO", "MYR", balance=-MAX_AMOUNT))
    (event,) = periodic.settle(state)
    (line,) = event.lines
    assert (line.paid, line.issued) == ((0, 0), 0)
    apply.evolve(state, event)


@pytest.mark.parametrize("issued", [0, 50])
def test_interest_is_not_paid_with_more_money_than_was_issued(issued):
    state = stated({("QN", "QM"): 1_000}, {("QN", "QM"): 100}, {("QN", "QM"): 80})
    issue = issue_account("IDR")
    state.accounts.put(issue, Account(issue, "QM", "IDR", balance=-issued))
    (event,) = periodic.settle(state)
    assert event.lines[0].held == (0, 0)


@pytest.mark.parametrize("party", ["QN", "BANK"])
def test_lines_that_a_default_concerns_wait(party):
    state = stated({("QN", "QM"): 1_000, ("QO", "QM"): 500})
    account = settlement_account("BANK", "IDR")
    line = swing_account("QN", "IDR")
    state.advances.put(line, Advance(line, line, 0))
    state.advances.put(account, Advance(account, line, 1_000))
    state.defaults.put(default_key(1), Default(1, party, Cause.INSOLVENT, TUESDAY))
    (event,) = periodic.settle(state)
    assert [each.debtor for each in event.lines] == ["QO"]
