import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.model.basket import (
    Fixing,
    amount_at,
    converted,
    faults_of_fixing,
    price_of,
    unit_price,
    value_at,
    weights_of,
)
from mufakat.model.money import MAX_AMOUNT

CURRENCIES = ("IDR", "MYR", "VND")
BASKET = Fixing(("IDR", 800_000, "VND", 13_000))
prices = st.integers(1, 10**19)


def test_a_rate_for_one_major_unit_gives_the_price_of_a_minor_unit():
    assert price_of(45_000, 2) == 45_000 * 100
    assert price_of(28_500, 0) == 28_500 * 10_000
    assert price_of(3, 4) == 3


def test_the_unit_is_worth_the_sum_of_its_weights():
    at = {"IDR": price_of(45_000, 2), "VND": price_of(28_500, 0)}
    assert weights_of(BASKET) == (("IDR", 800_000), ("VND", 13_000))
    assert unit_price(BASKET, at) == 800_000 * 4_500_000 + 13_000 * 285_000_000
    cost = unit_price(BASKET, at)
    assert value_at(800_000, at["IDR"], cost) + value_at(13_000, at["VND"], cost) == 99  # both are cut
    assert amount_at(100, at["IDR"], cost) == cost // at["IDR"]


def test_without_a_basket_or_a_price_there_is_no_unit():
    assert unit_price(Fixing(), {"IDR": 1}) is None
    assert unit_price(BASKET, {"IDR": 1}) is None


@given(st.integers(0, MAX_AMOUNT), prices, prices)
def test_values_are_cut_towards_zero_and_claims_equal_debts(amount, price, unit):
    value = value_at(amount, price, unit)
    assert value_at(-amount, price, unit) == -value
    assert value * unit <= 100 * amount * price < (value + 1) * unit
    assert amount_at(value, price, unit) <= amount
    assert converted(amount, price, price) == amount


@pytest.mark.parametrize(
    ("fixing", "fault"),
    [
        (Fixing(("IDR",)), "basket"),
        (Fixing(("IDR", 0)), "basket"),
        (Fixing(("IDR", 10**12 + 1)), "basket"),
        (Fixing(("IDR", "VND")), "basket"),
        (Fixing((5, 5)), "basket"),
        (Fixing(("XXX", 5)), "basket"),
        (Fixing(("VND", 5, "IDR", 5)), "basket"),
        (Fixing(("IDR", 5, "IDR", 5)), "basket"),
        (Fixing(numeraire="xdr"), "numeraire"),
        (Fixing(outlier_bp=0), "outlier_bp"),
        (Fixing(outlier_bp=10_001), "outlier_bp"),
        (Fixing(max_age_days=-1), "max_age_days"),
        (Fixing(max_age_days=367), "max_age_days"),
    ],
)
def test_each_fault_is_named_by_its_field(fixing, fault):
    (told,) = faults_of_fixing(fixing, CURRENCIES)
    assert told.startswith(f"rules.fixing.{fault}: ")


def test_what_is_in_order_has_no_faults():
    assert faults_of_fixing(Fixing(), CURRENCIES) == faults_of_fixing(BASKET, CURRENCIES) == []
