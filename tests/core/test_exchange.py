import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core import exchange
from mufakat.core.accounts import settlement_account
from mufakat.core.quote import QuoteStatus
from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.model.charter import DefaultProcedure, Standing
from mufakat.model.dealing import ExchangeSettled, OfferQuote, SubmitExchange, WithdrawQuote
from mufakat.model.default import Cause, DeclareDefault
from mufakat.model.identifier import QuoteId
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.proposal import HaltUnion, LeaveUnion, ResumeUnion
from mufakat.model.rate import MOST_FEE_BP, Rate, Side
from mufakat.model.record import batch
from mufakat.model.refusal import Reason
from tests.core.defaulting import indebted
from tests.naive import fills_by_units
from tests.strategies import world
from tests.union import A1, A2, B1, B2, C1, C2, HOLIDAY, TUESDAY, Union, settled_world, suspend, uetr

HOUR_US = 3_600_000_000


@pytest.fixture
def union():
    return settled_world(1_000)


def quoted(union, quoter=C1, reference="Q", *, must=True, **change):
    """Let a bank offer MYR for VND, 1 for 3, from 10 to 200, for an hour."""
    fields = {
        "id": f"{quoter}/{reference}",
        "sells": "MYR",
        "buys": "VND",
        "rate": Rate(1, 3),
        "least": 10,
        "most": 200,
        "valid_until_us": union.now_us + HOUR_US,
    }
    body = OfferQuote(**{**fields, **change})
    return (union.must if must else union.tell)(quoter, body)


def exchanged(union, payer=A1, **change):
    """Let a bank buy 100 MYR for at most 300 VND, for another."""
    fields = {
        "uetr": uetr(77),
        "creditor_agent": B1,
        "sells": "VND",
        "buys": "MYR",
        "side": Side.BUY,
        "amount": 100,
        "bound": 300,
        "details": bytes(32),
    }
    return union.tell(payer, SubmitExchange(**{**fields, **change}))


def reason(outcome):
    return outcome.refusal.reason if outcome.refusal is not None else None


def account(union, bank, currency):
    return union.state.accounts[settlement_account(bank, currency)]


def quote(union, name=f"{C1}/Q"):
    return union.state.quotes[name]


def test_both_legs_settle_and_the_quote_offers_the_rest(union):
    quoted(union)
    assert reason(exchanged(union)) is None
    balances = [union.balance(*each) for each in ((A1, "VND"), (C1, "VND"), (C1, "MYR"), (B1, "MYR"))]
    assert balances == [700, 1_300, 900, 1_100]
    assert (quote(union).offer.left, account(union, C1, "MYR").offered) == (100, 100)


def test_the_fee_goes_to_the_quoter_in_the_currency_that_it_buys(union):
    quoted(union, fee_bp=100)
    assert reason(exchanged(union, bound=303)) is None
    assert union.balance(C1, "VND") == 1_303
    (fill,) = union.state.exchanges[uetr(77)].fills
    assert (fill.paid, fill.fee, fill.arrived) == (303, 3, 100)


def test_a_sale_leaves_with_the_payer_what_buys_not_one_unit_more(union):
    quoted(union)
    assert reason(exchanged(union, side=Side.SELL, amount=101, bound=33)) is None
    assert (union.balance(A1, "VND"), union.balance(B1, "MYR")) == (901, 1_033)


def test_an_exchange_takes_the_best_quotes_then_the_oldest(union):
    quoted(union, C1, "dear", rate=Rate(1, 4))
    quoted(union, C2, "second", most=30)
    quoted(union, B2, "first", rate=Rate(2, 5), most=20)
    quoted(union, C1, "late", most=40)
    assert reason(exchanged(union, bound=1_000)) is None
    fills = union.state.exchanges[uetr(77)].fills
    assert [(each.quote, each.arrived) for each in fills] == [
        (f"{B2}/first", 20),
        (f"{C2}/second", 30),
        (f"{C1}/late", 40),
        (f"{C1}/dear", 10),
    ]
    assert union.balance(A1, "VND") == 1_000 - 50 - 90 - 120 - 40
    assert quote(union, f"{C2}/second").status is QuoteStatus.FILLED


def test_a_quote_ends_when_less_is_left_than_its_least(union):
    quoted(union)
    assert reason(exchanged(union, amount=195, bound=600)) is None
    assert (quote(union).status, quote(union).offer.left) == (QuoteStatus.FILLED, 5)
    assert account(union, C1, "MYR").offered == 0


def test_where_the_quoter_is_the_creditors_bank_the_money_stays_there(union):
    quoted(union)
    assert reason(exchanged(union, creditor_agent=C1)) is None
    assert (union.balance(C1, "MYR"), account(union, C1, "MYR").offered) == (1_000, 100)
    assert union.balance(C1, "VND") == 1_300


def test_a_bank_exchanges_for_itself(union):
    quoted(union)
    assert reason(exchanged(union, creditor_agent=A1)) is None
    assert (union.balance(A1, "VND"), union.balance(A1, "MYR")) == (700, 1_100)


def test_what_is_offered_can_be_spent_by_nothing_else(union):
    quoted(union, most=900)
    assert account(union, C1, "MYR").available == 100
    assert union.pay(debtor_agent=C1, creditor_agent=A1, currency="MYR", amount=101).items[0].status == 4
    assert reason(union.tell("QO", c.RedeemMoney(C1, "MYR", 101))) is Reason.INSUFFICIENT_FUNDS
    assert reason(union.tell(C1, c.ReserveLiquidity("MYR", 101))) is Reason.INSUFFICIENT_FUNDS
    assert reason(quoted(union, reference="more", most=101, must=False)) is Reason.INSUFFICIENT_FUNDS
    union.cycle()
    assert union.balance(C1, "MYR") >= 900
    assert reason(union.tell("QO", c.CloseAccount(C1, "MYR"))) is Reason.ACCOUNT_NOT_EMPTY


def test_a_batch_of_payments_stops_at_what_is_offered(union):
    quoted(union, most=900)
    orders = [union.order(debtor_agent=C1, creditor_agent=A1, currency="MYR", amount=20) for _ in range(20)]
    outcome = union.tell(C1, batch(tuple(orders)))
    assert [item.status for item in outcome.items] == [5] * 5 + [4] * 15


def test_credit_that_stands_behind_a_quote_is_not_taken_away(union):
    union.must("QO", c.SetLimit(C1, "MYR", 500))
    quoted(union, most=1_200)
    assert reason(union.tell("QO", c.SetLimit(C1, "MYR", 199))) is Reason.LIMIT_IN_USE
    union.must("QO", c.SetLimit(C1, "MYR", 200))


def test_an_account_that_a_quote_would_use_is_not_closed():
    union = settled_world(0)
    union.issue(C1, "MYR", 200)
    quoted(union)
    assert reason(union.tell("QN", c.CloseAccount(C1, "VND"))) is Reason.ACCOUNT_NOT_EMPTY
    union.must(C1, WithdrawQuote(f"{C1}/Q"))
    union.must("QN", c.CloseAccount(C1, "VND"))
    assert reason(quoted(union, reference="R", must=False)) is Reason.ACCOUNT_CLOSED


def test_what_is_withdrawn_is_free_at_once_and_pays_what_waited(union):
    quoted(union, most=900)
    union.pay(debtor_agent=C1, creditor_agent=A1, currency="MYR", amount=600)
    union.must(C1, WithdrawQuote(f"{C1}/Q"))
    assert (union.balance(C1, "MYR"), account(union, C1, "MYR").offered) == (400, 0)
    assert reason(union.tell(C1, WithdrawQuote(f"{C1}/Q"))) is Reason.QUOTE_ENDED


def test_only_its_quoter_withdraws_a_quote(union):
    quoted(union)
    assert reason(union.tell(C2, WithdrawQuote(f"{C1}/Q"))) is Reason.NOT_OWN_AFFAIR
    assert reason(union.tell("QO", WithdrawQuote(f"{C1}/Q"))) is Reason.NOT_OWN_AFFAIR
    assert reason(union.tell(C1, WithdrawQuote(f"{C1}/none"))) is Reason.UNKNOWN_QUOTE


def test_a_quote_is_firm_to_its_last_moment_and_then_free(union):
    quoted(union, most=900, valid_until_us=union.now_us + 3_000)
    union.pay(debtor_agent=C1, creditor_agent=A1, currency="MYR", amount=600)
    union.tell(A1, c.CancelPayment(uetr(999_999)))
    assert reason(exchanged(union, amount=10)) is None
    assert quote(union).status is QuoteStatus.OPEN
    assert reason(exchanged(union, amount=10, uetr=uetr(78))) is Reason.NOT_COVERED
    assert quote(union).status is QuoteStatus.EXPIRED
    assert (account(union, C1, "MYR").offered, union.balance(C1, "MYR")) == (0, 390)


def test_a_halted_union_ends_quotes_when_it_is_resumed(union):
    quoted(union, most=900, valid_until_us=union.now_us + 10_000)
    union.pay(debtor_agent=C1, creditor_agent=A1, currency="MYR", amount=600)
    union.carry(HaltUnion())
    union.now_us += HOUR_US
    union.carry(ResumeUnion())
    assert (union.state.halted, quote(union).status) == (False, QuoteStatus.OPEN)
    union.tell(A1, c.CancelPayment(uetr(999_999)))
    assert (quote(union).status, union.balance(C1, "MYR")) == (QuoteStatus.EXPIRED, 400)


def test_money_that_an_exchange_brings_pays_what_waited(union):
    union.pay(debtor_agent=B1, creditor_agent=B2, currency="MYR", amount=1_050)
    union.pay(debtor_agent=C1, creditor_agent=B2, currency="VND", amount=1_100)
    quoted(union)
    assert reason(exchanged(union)) is None
    assert (union.balance(B1, "MYR"), union.balance(C1, "VND")) == (50, 200)


def test_a_uetr_is_used_once_by_payments_and_exchanges(union):
    quoted(union)
    assert reason(exchanged(union)) is None
    assert reason(exchanged(union)) is Reason.DUPLICATE
    for count in (1, 9):
        orders = [
            union.order(uetr=uetr(77) if n == 0 else uetr(1_000 + 10 * count + n)) for n in range(count)
        ]
        outcome = union.tell(A1, batch(tuple(orders)))
        assert outcome.items[0].refusal.reason is Reason.DUPLICATE
        assert all(item.refusal is None for item in outcome.items[1:])
    union.pay(uetr=uetr(5_001))
    union.pay(uetr=uetr(5_002), value_date=TUESDAY + datetime.timedelta(2))
    for used in (5_001, 5_002):
        assert reason(exchanged(union, uetr=uetr(used))) is Reason.DUPLICATE


def test_an_exchange_is_final(union):
    quoted(union)
    exchanged(union)
    for body in (c.ReturnPayment(uetr(77), "AC04"), c.CancelPayment(uetr(77))):
        assert reason(union.tell(B1, body)) is Reason.UNKNOWN_PAYMENT


def suspended(union, **change):
    suspend(union, "QO")
    return exchanged(union, **change)


OFFER_FAULTS = {
    "a member": ({"quoter": "QO"}, Reason.NOT_OWN_AFFAIR),
    "another's name": ({"id": QuoteId(f"{C2}/Q")}, Reason.IDENTIFIER_INVALID),
    "no reference": ({"id": QuoteId(f"{C1}/")}, Reason.IDENTIFIER_INVALID),
    "an unknown currency": ({"buys": "XAU"}, Reason.UNKNOWN_CURRENCY),
    "nothing": ({"most": 0}, Reason.AMOUNT_ZERO),
    "no least": ({"least": 0}, Reason.AMOUNT_ZERO),
    "a negative least": ({"least": -1}, Reason.AMOUNT_INVALID),
    "too much for the ledger": ({"most": MAX_AMOUNT + 1}, Reason.AMOUNT_TOO_LARGE),
    "more than there is": ({"most": 1_001}, Reason.INSUFFICIENT_FUNDS),
    "one currency": ({"buys": "MYR"}, Reason.SAME_CURRENCY),
    "no price": ({"rate": Rate(1, 0)}, Reason.RATE_INVALID),
    "nothing for a price": ({"rate": Rate(-1, 5)}, Reason.RATE_INVALID),
    "too high a fee": ({"fee_bp": MOST_FEE_BP + 1}, Reason.RATE_INVALID),
    "a least above the most": ({"least": 201}, Reason.QUOTE_SIZE),
    "a time that is over": ({"valid_until_us": 5}, Reason.QUOTE_TIME),
    "a time too far": ({"valid_until_us": 2**62}, Reason.QUOTE_TIME),
}


@pytest.mark.parametrize("name", OFFER_FAULTS)
def test_a_quote_that_the_rules_refuse_promises_nothing(union, name):
    change, wrong = OFFER_FAULTS[name]
    assert reason(quoted(union, must=False, **change)) is wrong
    assert len(union.state.quotes) == 0
    assert all(each.offered == 0 for each in union.state.accounts.records())


def test_a_quote_is_named_once(union):
    quoted(union)
    union.must(C1, WithdrawQuote(f"{C1}/Q"))
    assert reason(quoted(union, must=False)) is Reason.DUPLICATE


def test_a_participant_has_a_number_of_open_quotes(union, monkeypatch):
    monkeypatch.setattr(exchange, "MOST_OPEN", 3)
    for number in range(3):
        quoted(union, reference=f"Q{number}", most=10)
    assert reason(quoted(union, must=False, most=10)) is Reason.TOO_MANY_QUOTES
    quoted(union, C2, most=10)
    union.must(C1, WithdrawQuote(f"{C1}/Q1"))
    quoted(union, most=10)


EXCHANGE_FAULTS = {
    "a member": ({"payer": "QM"}, Reason.NOT_OWN_AFFAIR),
    "nobody to pay": ({"creditor_agent": "NOBKQMA1XXX"}, Reason.UNKNOWN_CREDITOR_AGENT),
    "no uetr": ({"uetr": "77"}, Reason.IDENTIFIER_INVALID),
    "no commitment": ({"details": b""}, Reason.IDENTIFIER_INVALID),
    "an unknown currency": ({"sells": "XAU"}, Reason.UNKNOWN_CURRENCY),
    "nothing": ({"amount": 0}, Reason.AMOUNT_ZERO),
    "no bound": ({"bound": 0}, Reason.AMOUNT_ZERO),
    "too much": ({"amount": MAX_AMOUNT + 1}, Reason.AMOUNT_TOO_LARGE),
    "one currency": ({"buys": "VND"}, Reason.SAME_CURRENCY),
    "a quote that is not there": ({"quote": QuoteId(f"{C1}/none")}, Reason.UNKNOWN_QUOTE),
    "a quote of another pair": ({"sells": "IDR", "quote": QuoteId(f"{C1}/Q")}, Reason.UNKNOWN_QUOTE),
    "the other way": ({"sells": "MYR", "buys": "VND"}, Reason.NOT_COVERED),
    "more than is offered": ({"amount": 201}, Reason.NOT_COVERED),
    "less than the least": ({"amount": 9}, Reason.NOT_COVERED),
    "less than the named one's least": ({"amount": 9, "quote": QuoteId(f"{C1}/Q")}, Reason.NOT_COVERED),
    "one's own quote": ({"payer": C1, "quote": QuoteId(f"{C1}/Q")}, Reason.OWN_QUOTE),
    "only one's own quotes": ({"payer": C1}, Reason.NOT_COVERED),
    "a purchase for less": ({"bound": 299}, Reason.WORSE_THAN_AGREED),
    "a sale for more": ({"side": Side.SELL, "amount": 300, "bound": 101}, Reason.WORSE_THAN_AGREED),
}


@pytest.mark.parametrize("name", EXCHANGE_FAULTS)
def test_an_exchange_that_the_rules_refuse_moves_nothing(union, name):
    quoted(union)
    change, wrong = EXCHANGE_FAULTS[name]
    before = union.state.accounts.root()
    assert reason(exchanged(union, **change)) is wrong
    assert (union.state.accounts.root(), len(union.state.exchanges)) == (before, 0)


def test_an_exchange_beyond_the_payers_funds_moves_nothing(union):
    quoted(union, rate=Rate(1, 11))
    assert reason(exchanged(union, bound=2_000)) is Reason.INSUFFICIENT_FUNDS


def test_neither_leg_is_above_the_limit_of_its_currency():
    union = settled_world(1_000, max_payment=250)
    quoted(union)
    assert reason(exchanged(union)) is Reason.ABOVE_PAYMENT_LIMIT
    quoted(union, C2, rate=Rate(3, 1), most=300)
    assert reason(exchanged(union, amount=255)) is Reason.ABOVE_PAYMENT_LIMIT
    assert reason(exchanged(union, amount=250)) is None


def test_an_account_that_cannot_take_the_money_in_stops_the_exchange():
    union = settled_world(200, max_payment=MAX_AMOUNT)
    union.issue(B1, "MYR", MAX_AMOUNT - 6 * 200)
    union.must("QO", c.SetLimit(C1, "MYR", 2_000))
    quoted(union, most=1_500, rate=Rate(10, 1))
    assert reason(exchanged(union, amount=1_001)) is Reason.AMOUNT_TOO_LARGE
    assert reason(exchanged(union, amount=1_000)) is None


def test_an_exchange_needs_an_open_day_on_which_both_currencies_settle(union):
    quoted(union, valid_until_us=union.now_us + 24 * HOUR_US)
    union.phase(Phase.CUT_OFF)
    assert reason(exchanged(union)) is Reason.AFTER_CUT_OFF
    union.phase(Phase.CLOSED)
    assert reason(exchanged(union)) is Reason.DAY_NOT_OPEN
    union.open_day(HOLIDAY)
    assert reason(exchanged(union)) is Reason.CURRENCY_CLOSED


def test_a_named_quote_is_taken_even_if_another_is_better(union):
    quoted(union, C2, rate=Rate(1, 2))
    quoted(union, C1)
    assert reason(exchanged(union, quote=QuoteId(f"{C1}/Q"))) is None
    assert union.balance(C1, "VND") == 1_300
    union.must(C1, WithdrawQuote(f"{C1}/Q"))
    ended = exchanged(union, quote=QuoteId(f"{C1}/Q"), uetr=uetr(78))
    assert reason(ended) is Reason.QUOTE_ENDED


def test_the_quotes_of_a_suspended_members_banks_are_passed_over(union):
    until = union.now_us + 200 * HOUR_US
    quoted(union, C1, valid_until_us=until)
    quoted(union, A2, rate=Rate(1, 4), valid_until_us=until)
    suspend(union, "QO")
    named = exchanged(union, quote=QuoteId(f"{C1}/Q"))
    assert reason(named) is Reason.COUNTERPARTY_SUSPENDED
    assert reason(exchanged(union, bound=400)) is None
    assert union.balance(A2, "VND") == 1_400
    assert reason(union.tell(C1, WithdrawQuote(f"{C1}/Q"))) is Reason.MEMBER_SUSPENDED
    assert reason(exchanged(union, creditor_agent=C1)) is Reason.DUPLICATE
    assert reason(exchanged(union, creditor_agent=C1, uetr=uetr(78))) is Reason.COUNTERPARTY_SUSPENDED


def test_a_member_that_leaves_withdraws_its_banks_quotes_first():
    union = settled_world(1_000)
    quoted(union, valid_until_us=union.now_us + 200 * HOUR_US)
    union.propose("QO", LeaveUnion("QO"))
    assert union.state.standings["QO"].standing is Standing.LEAVING
    assert reason(exchanged(union)) is Reason.CURRENCY_LEAVING
    union.must(C1, WithdrawQuote(f"{C1}/Q"))
    union.pass_days(1)
    assert union.state.standings["QO"].standing is Standing.LEFT


def test_the_quotes_of_a_party_in_default_end_and_their_money_is_its_own(union):
    quoted(union, C1, most=900)
    quoted(union, C2, most=900)
    union.pay(debtor_agent=C1, creditor_agent=A1, currency="MYR", amount=600)
    for member in ("QM", "QN"):
        union.must(member, DeclareDefault(C1, Cause.INSOLVENT))
    assert [quote(union, f"{bank}/Q").status for bank in (C1, C2)] == [
        QuoteStatus.WITHDRAWN,
        QuoteStatus.OPEN,
    ]
    assert (account(union, C1, "MYR").offered, union.balance(C1, "MYR")) == (0, 1_000)
    assert reason(exchanged(union, quote=QuoteId(f"{C1}/Q"))) is Reason.QUOTE_ENDED
    assert reason(exchanged(union)) is None
    assert union.balance(C2, "VND") == 1_300


def test_a_member_in_default_takes_its_banks_quotes_with_it_and_what_waited_is_paid():
    union = settled_world(1_000, default=DefaultProcedure(unwind=0))
    quoted(union, C1, most=900)
    quoted(union, A2)
    union.pay(debtor_agent=C1, creditor_agent=A1, currency="MYR", amount=600)
    for member in ("QM", "QN"):
        union.must(member, DeclareDefault("QO", Cause.INSOLVENT))
    assert quote(union).status is QuoteStatus.WITHDRAWN
    assert quote(union, f"{A2}/Q").status is QuoteStatus.OPEN
    assert union.balance(C1, "MYR") == 400


def through(union, **change):
    """Sell VND for MYR, and that for IDR; both quotes are there."""
    quoted(union)
    quoted(union, B2, sells="IDR", buys="MYR", rate=Rate(2, 1), most=300)
    fields = {"buys": "IDR", "via": "MYR", "amount": 150, "bound": 225}
    return exchanged(union, **{**fields, **change})


def test_both_steps_over_a_third_currency_settle_at_once(union):
    assert reason(through(union)) is None
    ends = ((A1, "VND"), (C1, "VND"), (C1, "MYR"), (B2, "MYR"), (B2, "IDR"), (B1, "IDR"), (A1, "MYR"))
    balances = [union.balance(*each) - 1_000 for each in ends]
    assert balances == [-225, 225, -75, 75, -150, 150, 0]
    assert [quote(union, f"{bank}/Q").offer.left for bank in (C1, B2)] == [125, 150]


def test_a_sale_over_a_third_currency_leaves_nothing_of_it_behind(union):
    assert reason(through(union, side=Side.SELL, amount=227, bound=150)) is None
    assert (union.balance(A1, "VND"), union.balance(B1, "IDR"), union.balance(A1, "MYR")) == (
        775,
        1_150,
        1_000,
    )


THROUGH_FAULTS = {
    "an unknown currency": ({"via": "XAU"}, Reason.UNKNOWN_CURRENCY),
    "the one that is sold": ({"via": "VND"}, Reason.SAME_CURRENCY),
    "there and back": ({"buys": "VND"}, Reason.SAME_CURRENCY),
    "a named quote too": ({"quote": QuoteId(f"{B2}/Q")}, Reason.UNKNOWN_QUOTE),
    "too little in the first step": ({"amount": 402, "bound": 900}, Reason.NOT_COVERED),
    "too little in the second": (
        {"amount": 299, "side": Side.SELL, "buys": "MYR", "via": "IDR"},
        Reason.NOT_COVERED,
    ),
    "worse than agreed": ({"bound": 224}, Reason.WORSE_THAN_AGREED),
}


@pytest.mark.parametrize("name", THROUGH_FAULTS)
def test_two_steps_that_the_rules_refuse_move_nothing(union, name):
    change, wrong = THROUGH_FAULTS[name]
    assert reason(through(union, **change)) is wrong
    assert [each.balance for each in union.state.accounts.records() if each.balance > 0] == [1_000] * 18


def test_the_third_currency_too_works_today(union):
    union.close_day()
    union.open_day(HOLIDAY)
    assert reason(exchanged(union, sells="IDR", via="VND")) is Reason.CURRENCY_CLOSED


def test_the_third_currency_too_is_within_its_limit():
    union = settled_world(1_000, max_payment=70)
    quoted(union, rate=Rate(3, 1))
    quoted(union, B2, sells="IDR", buys="MYR", rate=Rate(1, 3))
    wanted = {"buys": "IDR", "via": "MYR"}
    assert reason(exchanged(union, amount=24, **wanted)) is Reason.ABOVE_PAYMENT_LIMIT
    assert reason(exchanged(union, amount=23, **wanted)) is None


books = st.lists(
    st.tuples(
        st.sampled_from((A2, B1, C1, C2)),
        st.sampled_from((("MYR", "VND"), ("MYR", "VND"), ("VND", "MYR"))),
        st.tuples(st.integers(1, 9), st.integers(1, 9)),
        st.integers(1, 9),
        st.integers(0, 40),
        st.sampled_from((0, 0, 30)),
        st.sampled_from((5, 60_000)),
    ),
    max_size=9,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(books, st.sampled_from((A1, C1)), st.sampled_from(Side), st.integers(1, 90))
def test_an_exchange_takes_what_a_plain_search_of_all_quotes_takes(book, payer, side, amount):
    union = world(1_000)
    for number, (quoter, (sells, buys), rate, least, more, fee_bp, thousandths) in enumerate(book):
        until = union.now_us + 1_000 * thousandths
        terms = Rate(*rate), least, least + more, until, fee_bp
        union.must(quoter, OfferQuote(f"{quoter}/{number}", sells, buys, *terms))
    now_us = union.now_us
    able = [
        quote.offer
        for quote in union.state.quotes.records()
        if (quote.sells, quote.buys) == ("MYR", "VND")
        and quote.offer.quoter != payer
        and quote.valid_until_us >= now_us
    ]
    taken, complete = fills_by_units(able, side is Side.SELL, amount)
    bound = 1 if side is Side.SELL else 1_000
    before = sums(union)
    outcome = exchanged(union, payer, side=side, amount=amount, bound=bound)
    assert sums(union) == before
    if complete and sum(paid for _, paid, _ in taken) <= 1_000:
        assert outcome.refusal is None
        fills = next(each for each in union.events if isinstance(each, ExchangeSettled)).fills
        assert [(each.quote, each.paid, each.arrived) for each in fills] == taken
    else:
        wrong = Reason.INSUFFICIENT_FUNDS if complete else Reason.NOT_COVERED
        assert reason(outcome) is wrong


def sums(union: Union) -> dict[str, int]:
    """All money on settlement accounts by currency."""
    found: dict[str, int] = {}
    for each in union.state.accounts.records():
        if each.id.startswith("settlement/"):
            found[each.currency] = found.get(each.currency, 0) + each.balance
    return found


def test_who_owes_its_sponsor_an_advance_offers_no_money_of_that_currency():
    union = indebted(1_000, 600)
    union.issue(B1, "IDR", 700)
    assert reason(quoted(union, B1, must=False, sells="IDR", buys="VND")) is Reason.INSUFFICIENT_FUNDS
    assert reason(quoted(union, B1, must=False, sells="VND", buys="IDR")) is None
    union.cycle()
    quoted(union, B1, "again", sells="IDR", buys="VND", most=100)
