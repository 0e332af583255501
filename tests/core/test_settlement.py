from hypothesis import given
from hypothesis import strategies as st

from mufakat.core.accounts import swing_account
from mufakat.core.netting import Backing, Item, Purse, net
from mufakat.core.quote import QuoteStatus
from mufakat.core.state import ObligationStatus, PaymentStatus
from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.model.dealing import OfferQuote, QuoteWithdrawn
from mufakat.model.event import CycleSettled, ObligationsSetOff, PositionsNetted, SwingDrawn
from mufakat.model.outcome import Status
from mufakat.model.rate import Rate
from mufakat.model.record import batch
from mufakat.model.refusal import Reason
from tests.union import A1, A2, B1, B2, C1, HOLIDAY, TUESDAY, settled_world, uetr

THURSDAY = TUESDAY.replace(day=26)


def events(union, kind):
    return [event for event in union.events if isinstance(event, kind)]


def obligation(union, outcome):
    return union.state.obligations[outcome.items[0].id]


def test_a_ring_of_debts_is_set_off_with_no_money():
    union = settled_world(0)
    ring = [union.owe(0, 2, 500), union.owe(2, 4, 500), union.owe(4, 0, 500)]
    union.cycle()
    assert {obligation(union, each).status for each in ring} == {ObligationStatus.SET_OFF}
    assert all(union.balance(bank) == 0 for bank in (A1, A2, B1))


def test_what_set_off_leaves_is_netted_and_settled_in_money():
    union = settled_world(1_000)
    first, second = union.owe(0, 2, 500), union.owe(2, 4, 300)
    union.cycle()
    assert obligation(union, first).status is ObligationStatus.SETTLED
    assert obligation(union, second).open == 0
    assert (union.balance(A1), union.balance(A2), union.balance(B1)) == (500, 1_200, 1_300)


def test_netting_needs_less_money_than_gross_settlement():
    union = settled_world(100)
    for debtor, creditor in ((A1, A2), (A2, A1)):
        union.pay(debtor_agent=debtor, creditor_agent=creditor, amount=9_000, channel=c.Channel.MPNS)
    union.cycle()
    assert {payment.status for payment in union.payments.values()} == {PaymentStatus.SETTLED}
    assert union.balance(A1) == 100


def test_an_account_that_cannot_pay_keeps_its_items_for_later_and_the_rest_settles():
    union = settled_world(100)
    poor = union.order(debtor_agent=A1, creditor_agent=B1, amount=9_000, channel=c.Channel.MPNS)
    rich = union.order(debtor_agent=A2, creditor_agent=B1, amount=60, channel=c.Channel.MPNS)
    union.tell(A1, batch((poor,)))
    union.tell(A2, batch((rich,)))
    union.cycle()
    assert union.payments[poor.uetr].status is PaymentStatus.ACCEPTED
    assert union.payments[rich.uetr].status is PaymentStatus.SETTLED
    assert events(union, PositionsNetted)[0].deferred == 1


def test_an_obligation_is_not_settled_before_it_is_due():
    union = settled_world(1_000)
    tomorrow = union.owe(0, 2, 500, due=THURSDAY)
    union.cycle()
    assert obligation(union, tomorrow).status is ObligationStatus.ACCEPTED
    assert union.balance(A1) == 1_000
    union.close_day()
    union.open_day(THURSDAY)
    union.cycle()
    assert obligation(union, tomorrow).status is ObligationStatus.SETTLED
    assert union.balance(A1) == 500


def test_a_payment_is_not_settled_in_a_cycle_before_its_value_date():
    union = settled_world(1_000)
    later = union.order(amount=400, channel=c.Channel.MPNS, value_date=THURSDAY)
    union.must(A1, batch((later,)))
    union.cycle()
    assert union.payments[later.uetr].status is PaymentStatus.ACCEPTED
    assert union.balance(A1) == 1_000
    union.close_day()
    union.open_day(THURSDAY)
    union.cycle()
    assert union.payments[later.uetr].status is PaymentStatus.SETTLED
    assert union.balance(A1) == 600


def test_all_currencies_settle_in_one_command():
    union = settled_world(1_000)
    for currency in ("IDR", "VND", "MYR"):
        union.pay(amount=100, currency=currency, channel=c.Channel.MPNS)
    union.cycle()
    assert [event.currencies for event in events(union, CycleSettled)] == [("IDR", "MYR", "VND")]
    assert all(union.balance(A1, currency) == 900 for currency in ("IDR", "VND", "MYR"))


def test_a_currency_whose_issuer_is_on_holiday_is_set_off_but_not_settled():
    union = settled_world(1_000)
    union.phase(Phase.CUT_OFF)
    union.phase(Phase.CLOSED)
    union.open_day(HOLIDAY)
    union.owe(0, 2, 50, currency="VND")
    union.owe(2, 0, 20, currency="VND")
    union.cycle()
    assert events(union, CycleSettled)[0].currencies == ("IDR", "MYR")
    assert sum(amount for _, amount in events(union, ObligationsSetOff)[0].cleared) == 40
    assert union.balance(A1, "VND") == 1_000


def test_a_swing_line_covers_a_shortfall_up_to_its_limit_and_is_paid_back_first():
    union = settled_world(100)
    union.must("QM", c.SetSwingLine("QN", 500), ("QN", "approve"))
    paid = union.order(debtor_agent=B1, creditor_agent=A1, amount=400, channel=c.Channel.MPNS)
    union.tell(B1, batch((paid,)))
    union.cycle()
    line = union.state.accounts[swing_account("QN", "IDR")]
    assert (line.balance, union.balance(B1), union.balance(A1)) == (-300, 0, 500)
    union.pay(debtor_agent=A1, creditor_agent=B1, amount=350)
    union.cycle()
    assert union.state.accounts[line.id].balance == 0
    assert union.balance(B1) == 50


def test_what_a_bank_offers_in_quotes_pays_before_its_sponsors_line():
    union = settled_world(100)
    union.must("QM", c.SetSwingLine("QN", 500), ("QN", "approve"))
    until_us = union.now_us + 3_600_000_000
    for name, sells, buys in (("P", "IDR", "VND"), ("Q", "IDR", "MYR"), ("R", "VND", "IDR")):
        union.must(B1, OfferQuote(f"{B1}/{name}", sells, buys, Rate(1, 1), 45, 45, until_us))
    union.must(B2, OfferQuote(f"{B2}/S", "IDR", "VND", Rate(1, 1), 100, 100, until_us))
    union.pay(debtor_agent=B1, creditor_agent=A1, amount=10, channel=c.Channel.MPNS)
    union.cycle()
    assert events(union, QuoteWithdrawn) == [], "its own money is enough"
    union.pay(debtor_agent=B1, creditor_agent=A1, amount=80, channel=c.Channel.MPNS)
    union.pay(debtor_agent=B1, creditor_agent=A2, amount=10, channel=c.Channel.MPNS)
    union.cycle()
    assert [event.id for event in events(union, QuoteWithdrawn)] == [f"{B1}/P", f"{B1}/Q"]
    assert events(union, SwingDrawn) == []
    assert (union.balance(B1), union.balance(A1), union.balance(A2)) == (0, 190, 110)
    assert union.state.quotes[f"{B1}/R"].status is QuoteStatus.OPEN


def test_what_a_cycle_frees_of_quotes_pays_what_is_queued():
    union = settled_world(100)
    union.must("QM", c.SetSwingLine("QN", 5), ("QN", "approve"))
    until_us = union.now_us + 3_600_000_000
    union.must(B1, OfferQuote(f"{B1}/Q", "IDR", "VND", Rate(1, 1), 100, 100, until_us))
    union.pay(debtor_agent=B1, creditor_agent=A1, amount=3)
    union.pay(debtor_agent=B1, creditor_agent=A2, amount=500, divisible=True)
    union.cycle()
    assert [union.balance(each) for each in (B1, A1, A2)] == [0, 103, 197]


def test_a_swing_line_never_goes_beyond_its_limit():
    union = settled_world(100)
    union.must("QM", c.SetSwingLine("QN", 299), ("QN", "approve"))
    paid = union.order(debtor_agent=B1, creditor_agent=A1, amount=400, channel=c.Channel.MPNS)
    union.tell(B1, batch((paid,)))
    union.cycle()
    assert union.payments[paid.uetr].status is PaymentStatus.ACCEPTED
    assert union.state.accounts[swing_account("QN", "IDR")].balance == 0


def test_a_swing_line_needs_both_members():
    union = settled_world()
    alone = union.tell("QM", c.SetSwingLine("QN", 500))
    assert alone.refusal.reason is Reason.APPROVAL_MISSING
    other = union.tell("QM", c.SetSwingLine("QN", 500), ("QO", "approve"))
    assert other.refusal.reason is Reason.SIGNATURE_SUPERFLUOUS


def test_a_limit_cannot_go_below_what_is_drawn():
    union = settled_world(0)
    union.must("QM", c.SetSwingLine("QN", 500), ("QN", "approve"))
    union.pay(debtor_agent=B1, creditor_agent=A1, amount=400, channel=c.Channel.MPNS)
    union.cycle()
    lower = union.tell("QM", c.SetSwingLine("QN", 399), ("QN", "approve"))
    assert lower.refusal.reason is Reason.LIMIT_IN_USE


def test_liquidity_reserved_for_cycles_is_not_spent_gross():
    union = settled_world(1_000)
    union.must(A1, c.ReserveLiquidity("IDR", 800))
    assert union.pay(amount=300).items[0].status is Status.QUEUED
    union.must(A1, c.ReserveLiquidity("IDR", 0))
    assert union.balance(A1) == 700


def test_a_cycle_may_spend_what_is_reserved_for_it():
    union = settled_world(1_000)
    union.must(A1, c.ReserveLiquidity("IDR", 800))
    union.pay(amount=900, channel=c.Channel.MPNS)
    union.cycle()
    assert union.balance(A1) == 100
    assert union.state.accounts[f"settlement/{A1}/IDR"].reserved == 0


def test_a_cycle_needs_a_quorum_and_its_number():
    union = settled_world()
    assert union.tell("QM", c.CallCycle(1)).status is Status.AWAITING_QUORUM
    assert union.tell("QM", c.CallCycle(1)).refusal.reason is Reason.ALREADY_DECLARED
    assert union.tell("QN", c.CallCycle(2)).refusal.reason is Reason.WRONG_CYCLE
    assert union.tell(A1, c.CallCycle(1)).refusal.reason is Reason.NOT_OWN_AFFAIR
    assert union.state.cycle == 0
    union.must("QN", c.CallCycle(1))
    assert union.state.cycle == 1


accounts = st.sampled_from([f"settlement/{bank}/IDR" for bank in (A1, A2, B1, B2, C1)])


@st.composite
def net_cases(draw):
    items = []
    for number in range(draw(st.integers(0, 25))):
        payer, payee = draw(accounts), draw(accounts)
        if payer != payee:
            items.append(Item(payer, payee, draw(st.integers(1, 50)), (1, number, ""), payment=uetr(number)))
    purses = {
        f"settlement/{bank}/IDR": Purse(draw(st.integers(-5, 60)), bank[4:6]) for bank in (A1, A2, B1, B2, C1)
    }
    rooms = st.builds(Backing, *[st.integers(0, 30)] * 2, st.integers(0, 40))
    return items, purses, {"QN": draw(rooms), "QO": draw(rooms)}, draw(st.integers(0, 50))


@given(net_cases())
def test_positions_sum_to_zero_and_each_can_be_paid(case):
    items, purses, backing, together = case
    result = net(items, purses, backing, together)
    assert sum(result.positions.values()) == 0
    assert len(result.items) + result.deferred == len(items)
    drawn: dict[str, int] = {}
    for account, position in result.positions.items():
        if position < 0:
            swing = result.drawn.get(account, 0)
            assert -position <= max(0, purses[account].funds) + swing
            drawn[purses[account].sponsor] = drawn.get(purses[account].sponsor, 0) + swing
    lent = {member: amount - backing[member].held for member, amount in drawn.items() if amount}
    assert all(amount <= min(backing[member].line, backing[member].brake) for member, amount in lent.items())
    assert sum(amount for amount in lent.values() if amount > 0) <= together


@given(net_cases())
def test_what_is_taken_out_is_the_end_of_each_payers_queue(case):
    items, purses, backing, together = case
    kept = {item.payment for item in net(items, purses, backing, together).items}
    for account in purses:
        own = [item.payment in kept for item in items if item.payer == account]
        assert own == sorted(own, reverse=True)
