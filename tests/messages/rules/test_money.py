"""Amounts, currencies and charges."""

import pytest

from mufakat.messages.amount import COMMODITIES
from mufakat.messages.rules.money import DECIMALS, is_currency
from tests.messages.rules.examples import case, changed, each, found_in, holds

SETTLED = '<IntrBkSttlmAmt Ccy="EUR">2500.00'
CHARGE = (
    '<ChrgsInf><Amt Ccy="EUR">1.00</Amt>'
    "<Agt><FinInstnId><BICFI>BKAADEFFXXX</BICFI></FinInstnId></Agt></ChrgsInf>"
)
CASES = (
    case("AMT-01", "cleared", (SETTLED, '<IntrBkSttlmAmt Ccy="EUR">+2500')),
    case("AMT-02", "cleared", (SETTLED, '<IntrBkSttlmAmt Ccy="EUR">0.00')),
    case("CCY-01", "cleared", (SETTLED, '<IntrBkSttlmAmt Ccy="XYZ">2500.00')),
    case("CCY-02", "cleared", (SETTLED, '<IntrBkSttlmAmt Ccy="EUR">2500.001')),
    case("CCY-03", "cleared", (SETTLED, '<IntrBkSttlmAmt Ccy="XAU">2500.00')),
    case("CHRG-01", "cleared", ("<ChrgBr>SHAR", "<ChrgBr>CRED")),
    case(
        "CHRG-02",
        "cleared",
        (CHARGE, CHARGE + CHARGE),
        before=(("<ChrgBr>SHAR</ChrgBr>", "<ChrgBr>DEBT</ChrgBr>" + CHARGE),),
    ),
    case("CHRG-03", "cleared", (SETTLED, '<IntrBkSttlmAmt Ccy="EUR">2499.00')),
)


@each(CASES)
def test_money_as_it_is_passes_and_what_is_none_is_found(each):
    holds(each)


@pytest.mark.parametrize(
    ("code", "decimals"),
    [("EUR", 2), ("IDR", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("CLF", 4), ("XAU", None), ("XDR", None)],
)
def test_the_decimals_are_those_of_iso_4217(code, decimals):
    assert DECIMALS[code] == decimals


def test_a_currency_of_users_is_taken_and_a_retired_one_is_not():
    assert is_currency("QMD") and set(DECIMALS) >= COMMODITIES
    assert not is_currency("DEM") and not is_currency("QAD") and not is_currency("")


@pytest.mark.parametrize(
    ("amount", "passes"), [("2500", True), ("2500.0", True), ("2500.00000", True), ("2500.5", False)]
)
def test_zeros_after_the_last_decimal_are_no_decimals(amount, passes):
    text = changed("cleared", (SETTLED, f'<IntrBkSttlmAmt Ccy="JPY">{amount}'))
    assert (found_in("MUF-CCY-02", text) == []) == passes


@pytest.mark.parametrize("amount", ["1e5", "-0", "NaN", ".5", "5.", "", "1 000"])
def test_what_other_programs_read_otherwise_is_found(amount):
    assert found_in("MUF-AMT-01", changed("cleared", (SETTLED, f'<IntrBkSttlmAmt Ccy="EUR">{amount}')))


def test_a_difference_with_its_charge_passes():
    text = changed(
        "cleared", (SETTLED, '<IntrBkSttlmAmt Ccy="EUR">2499.00'), ("<InstgAgt>", CHARGE + "<InstgAgt>")
    )
    assert found_in("MUF-CHRG-03", text) == []
