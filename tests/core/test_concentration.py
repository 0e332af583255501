from fractions import Fraction

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core import concentration, fixing
from mufakat.core.accounts import swing_account
from mufakat.core.invariant import violations
from mufakat.model import basket
from mufakat.model import command as c
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.swing import ConcentrationAlerted, Swing, SwingBraked
from tests.core.test_fixing import agreed
from tests.core.test_periodic import CURRENCY, PAYER, balance, pay
from tests.union import settled_world

MEMBERS = tuple(PAYER)
LINES = [(debtor, creditor) for debtor in MEMBERS for creditor in MEMBERS if debtor != creditor]
FLOOR = 500


def watched(**shares):
    """A world without money whose members lend each other without end to speak of, at the day's fixings."""
    union = settled_world(0, swing=Swing(concentration_floor=FLOOR, **shares))
    for debtor, creditor in LINES:
        union.must(creditor, c.SetSwingLine(debtor, 10**12), (debtor, "approve"))
    agreed(union)
    return union


def minor(union, currency, hundredths):
    """How many minor units of a currency are worth so many hundredths of the unit, rounded down."""
    prices = fixing.prices(union.state)
    unit = basket.unit_price(union.state.charter.rules.fixing, prices)
    return basket.amount_at(hundredths, prices[currency], unit)


def drawn(union, debtor, creditor):
    return -balance(union, swing_account(debtor, CURRENCY[creditor]))


def told(union, kind):
    return [event for event in union.events if isinstance(event, kind)]


def test_while_little_is_drawn_shares_are_counted_of_the_floor():
    union = watched(currency_shares=(5_000, 6_000))
    pay(union, "QN", "QM", minor(union, "IDR", 250))
    union.cycle()
    assert drawn(union, "QN", "QM") == minor(union, "IDR", 250)
    assert (told(union, ConcentrationAlerted), told(union, SwingBraked)) == ([], [])


def test_above_the_alert_a_cycle_that_draws_says_where_and_how_much():
    union = watched(currency_shares=(5_000, 10_000), line_shares=(7_000, 10_000))
    pay(union, "QN", "QM", amount := minor(union, "IDR", 325))
    union.cycle()
    (alert,) = told(union, ConcentrationAlerted)
    assert (alert.currency, alert.debtor, alert.drawn) == ("IDR", None, amount)
    assert (alert.value, alert.total) == (alert.total, pytest.approx(325, abs=1))
    assert alert.share_bp == pytest.approx(6_500, abs=20)
    union.cycle()
    assert len(told(union, ConcentrationAlerted)) == 1, "nothing more was drawn"
    pay(union, "QN", "QM", minor(union, "IDR", 200))
    union.cycle()
    assert [(each.debtor, each.share_bp) for each in told(union, ConcentrationAlerted)[1:]] == [
        (None, 10_000),
        ("QN", 10_000),
    ]


def test_the_brake_holds_a_currency_back_and_says_from_whom():
    union = watched(currency_shares=(5_000, 6_000))
    pay(union, "QN", "QM", minor(union, "IDR", 250))
    pay(union, "QO", "QM", minor(union, "IDR", 150))
    union.cycle()
    # Of 300 hundredths that all may draw each may have half; QN, which lacks the most, takes its payment out.
    assert (drawn(union, "QN", "QM"), drawn(union, "QO", "QM")) == (0, minor(union, "IDR", 150))
    (braked,) = told(union, SwingBraked)
    assert [member for member, _ in braked.members] == ["QN"]
    assert violations(union.state) == []


def test_a_payment_that_nobody_could_pay_takes_no_others_credit():
    union = watched(currency_shares=(5_000, 6_000))
    pay(union, "QN", "QM", amount := minor(union, "IDR", 100))
    pay(union, "QO", "QM", minor(union, "IDR", 450))
    union.cycle()
    assert (drawn(union, "QN", "QM"), drawn(union, "QO", "QM")) == (amount, 0)


def test_the_brake_on_a_line_leaves_the_other_lines_of_its_currency():
    union = watched(line_shares=(3_000, 4_000))
    pay(union, "QN", "QM", minor(union, "IDR", 225))
    pay(union, "QO", "QM", minor(union, "IDR", 175))
    union.cycle()
    assert drawn(union, "QN", "QM") == 0
    assert drawn(union, "QO", "QM") == minor(union, "IDR", 175)
    assert [member for event in told(union, SwingBraked) for member, _ in event.members] == ["QN"]


def test_when_others_have_drawn_as_much_the_brake_lets_go():
    union = watched(currency_shares=(10_000, 10_000), line_shares=(5_000, 5_000))
    pay(union, "QN", "QM", minor(union, "IDR", 300))
    union.cycle()
    assert drawn(union, "QN", "QM") == 0
    for debtor, creditor in (("QO", "QM"), ("QM", "QO"), ("QO", "QN")):
        pay(union, debtor, creditor, minor(union, CURRENCY[creditor], 225))
    union.cycle()
    union.cycle()
    assert drawn(union, "QN", "QM") == minor(union, "IDR", 300)


def test_without_fixings_in_force_the_limits_of_the_lines_hold_alone():
    union = watched(currency_shares=(1, 1))
    assert concentration.headroom(union.state, "IDR").together < MAX_AMOUNT
    for _ in range(8):
        union.pass_days(1)
    assert concentration.headroom(union.state, "IDR").together == MAX_AMOUNT
    pay(union, "QN", "QM", 10**6)
    union.cycle()
    assert drawn(union, "QN", "QM") == 10**6


def test_what_is_drawn_in_a_currency_without_a_fixing_lets_no_brake_go():
    union = watched(currency_shares=(5_000, 6_000))
    measured = concentration._Measured.of(union.state, {("SGD", "QN"): 1, ("IDR", "QO"): 5})
    assert measured.drawn == {("IDR", "QO"): 5}
    assert measured.total == 5 * measured.prices["IDR"]


def test_what_many_have_drawn_is_told_up_to_the_largest_amount():
    union = watched(currency_shares=(1, 10_000))
    for debtor in ("QN", "QO"):
        line = union.state.accounts[swing_account(debtor, "IDR")]
        state = msgspec.structs.replace(line, balance=-MAX_AMOUNT, limit=MAX_AMOUNT)
        union.state.accounts.put(line.id, state)
    alerts = list(concentration.alert(union.state, 1, {}))
    assert [(each.debtor, each.drawn) for each in alerts] == [(None, MAX_AMOUNT)]


shares = st.integers(500, 10_000).map(lambda brake: (brake, brake))
payments = st.lists(st.tuples(st.sampled_from(LINES), st.integers(1, 450)), min_size=1, max_size=6)


@settings(max_examples=25)
@given(shares, shares, st.lists(payments, min_size=1, max_size=3))
def test_no_draw_takes_a_currency_or_a_line_beyond_its_share(currency_shares, line_shares, cycles):
    union = watched(currency_shares=currency_shares, line_shares=line_shares)
    prices = fixing.prices(union.state)
    for each in cycles:
        for (debtor, creditor), hundredths in each:
            pay(union, debtor, creditor, max(1, minor(union, CURRENCY[creditor], hundredths)))
        before = {line: drawn(union, *line) for line in LINES}
        union.cycle()
        after = {line: drawn(union, *line) for line in LINES}
        worth = {line: amount * prices[CURRENCY[line[1]]] for line, amount in after.items()}
        floor = FLOOR * basket.unit_price(union.state.charter.rules.fixing, prices) // 100
        whole = max(sum(worth.values()), floor)
        for line in LINES:
            if after[line] > before[line]:
                in_currency = sum(amount for (_, creditor), amount in worth.items() if creditor == line[1])
                assert Fraction(worth[line], whole) <= Fraction(line_shares[1], 10_000)
                assert Fraction(in_currency, whole) <= Fraction(currency_shares[1], 10_000)
    assert violations(union.state) == []
