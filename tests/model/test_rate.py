"""One rule of rounding: what arrives fixes what is paid; exact fractions are the twin."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.model.money import MAX_AMOUNT
from mufakat.model.rate import MOST_FEE_BP, Offer, Rate, Side, fill, is_sound, rate_of
from tests.naive import fills_by_units

sides = st.one_of(st.integers(1, 50), st.integers(1, MAX_AMOUNT))
fees = st.integers(0, MOST_FEE_BP)


def offer(number=0, offered=2, asked=3, fee_bp=0, least=1, left=100):
    return Offer(f"Q/{number}", f"BANK{number}", Rate(offered, asked), fee_bp, least, left, number)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(sides, sides, fees, sides)
def test_the_quoter_gets_what_it_asked_and_the_payer_pays_less_than_a_unit_more(
    offered, asked, fee_bp, arrived
):
    of = offer(0, offered, asked, fee_bp)
    exact = Fraction(arrived * asked * (10_000 + fee_bp), offered * 10_000)
    assert 0 <= of.charge(arrived) - exact < 1
    assert 0 <= of.cost(arrived) - Fraction(arrived * asked, offered) < 1
    assert of.cost(arrived) <= of.charge(arrived)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(sides, sides, fees, sides)
def test_what_money_buys_is_the_most_that_it_pays_for(offered, asked, fee_bp, amount):
    of = offer(0, offered, asked, fee_bp)
    most = of.most_for(amount)
    assert of.charge(most) <= amount < of.charge(most + 1)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(sides, sides, fees, sides, sides)
def test_parts_cost_no_less_than_the_whole(offered, asked, fee_bp, one, other):
    of = offer(0, offered, asked, fee_bp)
    assert of.charge(one) + of.charge(other) >= of.charge(one + other)


offers = st.lists(
    st.tuples(
        st.integers(1, 9), st.integers(1, 9), st.sampled_from((0, 25, 1_000)), st.integers(1, 9), sides
    ),
    max_size=5,
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(offers, st.sampled_from(Side), st.integers(1, 60))
def test_what_is_taken_is_what_buying_unit_by_unit_takes(given_, side, amount):
    made = [
        offer(number, offered, asked, fee_bp, least, max(least, left % 40))
        for number, (offered, asked, fee_bp, least, left) in enumerate(given_)
    ]
    found = fill(sorted(made, key=lambda each: (each.price, each.since)), side, amount)
    naive, complete = fills_by_units(made, side is Side.SELL, amount)
    assert [(each.quote, each.paid, each.arrived) for each in found.fills] == naive
    assert found.complete == complete
    for each in found.fills:
        source = next(one for one in made if one.id == each.quote)
        rest = source.left - each.arrived
        assert each.left == (rest if rest >= source.least else 0)
        assert each.fee == each.paid - source.cost(each.arrived)
    assert (found.paid, found.arrived) == (sum(p for _, p, _ in naive), sum(a for _, _, a in naive))


def test_the_best_price_counts_the_fee_and_time_decides_between_equals():
    cheap_with_fee, dear, cheap = offer(1, 100, 100, 200), offer(2, 100, 101), offer(3, 100, 100)
    late = offer(4, 200, 200)
    ordered = sorted((late, cheap_with_fee, dear, cheap), key=lambda each: (each.price, each.since))
    assert ordered == [cheap, late, dear, cheap_with_fee]


def test_a_quote_whose_least_is_too_much_is_passed_over():
    found = fill((offer(1, least=50), offer(2, 1, 2)), Side.BUY, 10)
    assert [each.quote for each in found.fills] == ["Q/2"]
    assert found.complete


def test_the_fee_is_of_the_currency_paid():
    found = fill((offer(1, 1, 100, fee_bp=50),), Side.BUY, 10)
    assert (found.paid, found.fee, found.arrived) == (1_005, 5, 10)


@pytest.mark.parametrize(
    ("offered", "asked", "fee_bp", "sound"),
    [
        (1, 1, 0, True),
        (MAX_AMOUNT, 1, 1_000, True),
        (0, 1, 0, False),
        (1, 0, 0, False),
        (-1, 1, 0, False),
        (MAX_AMOUNT + 1, 1, 0, False),
        (1, MAX_AMOUNT + 1, 0, False),
        (1, 1, -1, False),
        (1, 1, 1_001, False),
    ],
)
def test_a_rate_and_a_fee_have_their_range(offered, asked, fee_bp, sound):
    assert is_sound(Rate(offered, asked), fee_bp) is sound


@pytest.mark.parametrize(
    ("price", "per", "decimals", "rate"),
    [
        ("3500.25", 1, (2, 2), Rate(4, 14_001)),
        ("3500.25", 1, (0, 2), Rate(1, 350_025)),
        ("0.000285694", 1, (2, 2), Rate(500_000_000, 142_847)),
        ("18.9", 1_000_000, (2, 3), Rate(1_000_000, 189)),
        ("1", 1, (2, 2), Rate(1, 1)),
    ],
)
def test_a_price_as_people_write_it_becomes_a_rate_in_lowest_terms(price, per, decimals, rate):
    nano = int(Fraction(price) * 10**9)
    assert rate_of(nano, per, decimals) == rate
    minor = Fraction(10 ** decimals[1], 10 ** decimals[0])
    assert Fraction(rate.asked, rate.offered) == Fraction(price) / per * minor
