import pytest

from mufakat.core.accounts import issue_account, settlement_account
from mufakat.model import command as c
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.outcome import Status
from mufakat.model.refusal import Reason
from tests.union import A1, A2, B1, settled_world


def reason(outcome):
    return outcome.refusal and outcome.refusal.reason


@pytest.mark.parametrize("kind", [c.IssueMoney, c.RedeemMoney, c.SetLimit])
def test_only_the_issuer_of_a_currency_touches_its_money(kind):
    union = settled_world(100)
    before = union.state.accounts.root()
    assert reason(union.tell("QN", kind(A1, "IDR", 5))) is Reason.NOT_OWN_AFFAIR
    assert reason(union.tell(A1, kind(A1, "IDR", 5))) is Reason.NOT_OWN_AFFAIR
    assert reason(union.tell("QM", kind(A1, "JPY", 5))) is Reason.UNKNOWN_CURRENCY
    assert reason(union.tell("QM", kind("NOBKQMA1XXX", "IDR", 5))) is Reason.UNKNOWN_ACCOUNT
    assert union.state.accounts.root() == before


@pytest.mark.parametrize("kind", [c.IssueMoney, c.RedeemMoney])
@pytest.mark.parametrize(
    ("amount", "why"),
    [
        (0, Reason.AMOUNT_ZERO),
        (-1, Reason.AMOUNT_INVALID),
        (MAX_AMOUNT + 1, Reason.AMOUNT_TOO_LARGE),
        (2**64 - 1, Reason.AMOUNT_TOO_LARGE),
    ],
)
def test_an_amount_of_money_is_positive_and_in_range(kind, amount, why):
    assert reason(settled_world(0).tell("QM", kind(A1, "IDR", amount))) is why


def test_issued_money_is_what_the_issue_account_owes():
    union = settled_world(0)
    union.issue(A1, "IDR", 70)
    union.must("QM", c.RedeemMoney(A1, "IDR", 30))
    assert (union.balance(A1), union.state.accounts[issue_account("IDR")].balance) == (40, -40)


def test_no_more_is_issued_than_the_ledger_holds():
    union = settled_world(0)
    union.issue(A1, "IDR", MAX_AMOUNT)
    assert reason(union.tell("QM", c.IssueMoney(A2, "IDR", 1))) is Reason.AMOUNT_TOO_LARGE


def test_no_account_takes_in_more_than_the_ledger_holds():
    union = settled_world(0)
    union.issue(A1, "IDR", MAX_AMOUNT - 5)
    union.must("QM", c.SetLimit(A2, "IDR", 50))
    union.pay(debtor_agent=A2, creditor_agent=A1, amount=5)
    assert union.pay(debtor_agent=A2, creditor_agent=A1, amount=5).items[0].status is Status.QUEUED
    assert reason(union.tell("QM", c.IssueMoney(A1, "IDR", 1))) is Reason.AMOUNT_TOO_LARGE


def test_a_cycle_keeps_every_account_within_what_the_ledger_holds():
    union = settled_world(0)
    union.issue(A1, "IDR", MAX_AMOUNT - 5)
    union.must("QM", c.SetLimit(A2, "IDR", 50))
    for amount in (3, 4, 2):
        union.pay(debtor_agent=A2, creditor_agent=A1, amount=amount, channel=c.Channel.MPNS)
    union.owe(2, 4, 9)
    union.cycle()
    assert union.balance(A1) == MAX_AMOUNT - 5 + 3
    assert union.balance(B1) == 9


def test_what_is_reserved_or_on_credit_is_not_redeemed():
    union = settled_world(100)
    union.must(A1, c.ReserveLiquidity("IDR", 40))
    union.must("QM", c.SetLimit(A1, "IDR", 1_000))
    short = union.tell("QM", c.RedeemMoney(A1, "IDR", 61))
    assert (reason(short), short.refusal.detail) == (Reason.INSUFFICIENT_FUNDS, "Held: 60 minor units.")
    union.must("QM", c.RedeemMoney(A1, "IDR", 60))


def test_money_lent_under_a_swing_line_is_not_redeemed():
    union = settled_world(0)
    union.must("QM", c.SetSwingLine("QN", 500), ("QN", "approve"))
    union.pay(debtor_agent=B1, creditor_agent=A1, amount=400, channel=c.Channel.MPNS)
    union.cycle()
    assert reason(union.tell("QM", c.RedeemMoney(A1, "IDR", 400))) is Reason.LIMIT_IN_USE


def test_a_limit_lets_what_waits_settle():
    union = settled_world(100)
    union.pay(amount=130)
    union.must("QM", c.SetLimit(A1, "IDR", 30))
    assert union.balance(A1) == -30


def test_a_limit_does_not_go_below_what_is_drawn_on_it():
    union = settled_world(0)
    union.must("QM", c.SetLimit(A1, "IDR", 30))
    union.pay(amount=20)
    low = union.tell("QM", c.SetLimit(A1, "IDR", 19))
    assert (reason(low), low.refusal.detail) == (Reason.LIMIT_IN_USE, "Drawn: 20 minor units.")
    union.must("QM", c.SetLimit(A1, "IDR", 20))


@pytest.mark.parametrize("limit", [-1, MAX_AMOUNT + 1])
def test_a_limit_is_an_amount_or_zero(limit):
    union = settled_world(0)
    assert reason(union.tell("QM", c.SetLimit(A1, "IDR", limit))) is Reason.AMOUNT_INVALID
    line = union.tell("QM", c.SetSwingLine("QN", limit), ("QN", "approve"))
    assert reason(line) is Reason.AMOUNT_INVALID
    assert reason(union.tell(A1, c.ReserveLiquidity("IDR", limit))) is Reason.AMOUNT_INVALID


def test_liquidity_is_set_aside_from_what_is_available_and_freed_again():
    union = settled_world(100)
    union.must(A1, c.ReserveLiquidity("IDR", 100))
    over = union.tell(A1, c.ReserveLiquidity("IDR", 101))
    assert (reason(over), over.refusal.detail) == (Reason.INSUFFICIENT_FUNDS, "Available: 100 minor units.")
    union.must(A1, c.ReserveLiquidity("IDR", 0))
    assert union.state.accounts[settlement_account(A1, "IDR")].reserved == 0


@pytest.mark.parametrize(("author", "currency"), [("QM", "IDR"), (A1, "JPY"), (A1, "IDR/IDR")])
def test_liquidity_is_set_aside_on_an_account_of_ones_own(author, currency):
    outcome = settled_world(100).tell(author, c.ReserveLiquidity(currency, 1))
    assert reason(outcome) is Reason.UNKNOWN_ACCOUNT


def test_what_is_reserved_stays_covered_when_a_limit_is_lowered():
    union = settled_world(0)
    union.must("QM", c.SetLimit(A1, "IDR", 30))
    union.must(A1, c.ReserveLiquidity("IDR", 20))
    assert reason(union.tell("QM", c.SetLimit(A1, "IDR", 19))) is Reason.LIMIT_IN_USE
