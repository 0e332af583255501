import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.model.money import MAX_AMOUNT, format_amount, parse_amount, refuse_amount
from mufakat.model.refusal import Reason


@given(st.integers(1, 10**18 - 1), st.integers(0, 4))
def test_what_is_written_is_read_back(minor, decimals):
    assert parse_amount(format_amount(minor, decimals), decimals) == minor


@pytest.mark.parametrize(
    ("text", "decimals", "read"),
    [
        ("1500.25", 2, 150_025),
        ("1500", 2, 150_000),
        ("1500.5", 2, 150_050),
        ("1500.00", 0, 1_500),
        ("0.0100", 2, 1),
        ("007", 0, 7),
        ("9999999999999999.99", 2, MAX_AMOUNT),
        ("10000000000000000.00", 2, Reason.AMOUNT_TOO_LARGE),
        ("999999999999999999", 4, Reason.AMOUNT_TOO_LARGE),
        *((digits * "9", 0, Reason.AMOUNT_TOO_LARGE) for digits in (19, 23, 5_000)),
        ("0" * 30 + "1500." + "0" * 30, 2, 150_000),
        ("9" * 23 + ".001", 2, Reason.AMOUNT_DECIMALS),
        ("0", 2, Reason.AMOUNT_ZERO),
        ("0.00", 2, Reason.AMOUNT_ZERO),
        ("1.001", 2, Reason.AMOUNT_DECIMALS),
        ("1.5", 0, Reason.AMOUNT_DECIMALS),
        *(
            (text, 2, Reason.AMOUNT_INVALID)
            for text in ("", "-1", "+1", "1e3", "1,000", "1.", ".5", " 1", "1\n", "NaN", "٣")
        ),
    ],
)
def test_an_amount_is_a_plain_positive_decimal(text, decimals, read):
    assert parse_amount(text, decimals) == read
    assert isinstance(parse_amount(text, decimals), Reason) == isinstance(read, Reason)


@pytest.mark.parametrize(
    ("minor", "why"),
    [
        (-1, Reason.AMOUNT_INVALID),
        (0, Reason.AMOUNT_ZERO),
        (1, None),
        (MAX_AMOUNT, None),
        (MAX_AMOUNT + 1, Reason.AMOUNT_TOO_LARGE),
    ],
)
def test_minor_units_are_positive_and_in_range(minor, why):
    assert refuse_amount(minor) is why


@pytest.mark.parametrize(
    ("minor", "decimals", "grouped", "text"),
    [
        (150_025, 2, False, "1500.25"),
        (150_025, 2, True, "1,500.25"),
        (5, 2, False, "0.05"),
        (-5, 2, False, "-0.05"),
        (-1_234_567, 0, True, "-1,234,567"),
        (0, 0, False, "0"),
        (0, 4, False, "0.0000"),
    ],
)
def test_an_amount_is_written_with_its_currencys_places(minor, decimals, grouped, text):
    assert format_amount(minor, decimals, grouped=grouped) == text
