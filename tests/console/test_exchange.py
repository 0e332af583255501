from fractions import Fraction
from io import StringIO

import pytest
from rich.console import Console

from mufakat.console import exchange as pages
from mufakat.model.rate import Fill, Filling, Side
from mufakat.projections.exchanges import ExchangeView, QuoteView, parts
from tests.union import A1, C1, C2, charter, uetr


def drawn(table) -> str:
    console = Console(file=StringIO(), width=200)
    console.print(table)
    return console.file.getvalue()


def quote(**change):
    fields = {
        "id": f"{C1}/Q",
        "quoter": C1,
        "sells": "MYR",
        "buys": "VND",
        "rate_offered": 100,
        "rate_asked": 5_650,
        "fee_bp": 25,
        "least": 1_000,
        "most": 200_000,
        "left": 150_050,
        "valid_until_us": 1_795_500_000_000_000,
        "status": "open",
        "entry": 9,
    }
    return QuoteView(**{**fields, **change})


def test_a_quote_is_drawn_with_its_price_fee_and_end():
    text = drawn(pages.quotes(charter(), [quote()]))
    for part in ("MYR for VND", "5650 VND", "0.25 %", "10.00", "1,500.50", "2026-11-24"):
        assert part in text
    assert "withdrawn" in drawn(pages.quotes(charter(), [quote(status="withdrawn"), quote()]))


FILLS = (
    Fill(f"{C1}/Q", C1, 565_141, 14_100, 10_000, 140_050),
    Fill(f"{C2}/R", C2, 60_000, 0, 1_000, 0),
)
PARTS = parts(Filling(FILLS, complete=True), "VND", None, "MYR")


def test_a_preview_adds_up_what_each_quote_gives():
    text = drawn(pages.preview(charter(), ("VND", "MYR"), Filling(FILLS, complete=True), PARTS))
    assert "110.00 MYR arrive for 625,141 VND" in text
    assert "14,100 VND" in text
    assert "in all" in text
    one = drawn(pages.preview(charter(), ("VND", "MYR"), Filling(FILLS[:1], complete=True), PARTS[:1]))
    assert "in all" not in one
    assert "5651.41 VND" in one


def test_a_preview_through_a_third_currency_shows_each_step():
    onward = Fill(f"{A1}/S", A1, 11_000, 0, 220_000, 0)
    found = Filling(FILLS, complete=True, onward=(onward,))
    text = drawn(pages.preview(charter(), ("VND", "IDR"), found, parts(found, "VND", "MYR", "IDR")))
    assert "2,200.00 IDR arrive for 625,141 VND" in text
    assert "0.05 MYR" in text


def test_a_settled_exchange_says_who_paid_whom_and_since_when_it_is_final():
    settled = ExchangeView(
        *(uetr(1), A1, C2, "VND", "MYR", 625_141, 14_100, 11_000, bytes(32), 9, 1_795_500_000_000_000),
        *("2026-11-24", None),
    )
    text = " ".join(drawn(pages.exchange(charter(), settled, PARTS)).split())
    assert f"110.00 MYR arrived at {C2} for 625,141 VND of {A1}, final since 2026-11-24" in text
    listed = drawn(pages.exchanges(charter(), [settled]))
    assert "1 exchange" in listed
    assert "625,141 VND" in listed


def test_what_is_agreed_is_the_arrival_of_a_sale_or_the_cost_of_a_purchase():
    found = Filling(FILLS, complete=True)
    assert pages.bound_of(found, Side.SELL) == 11_000
    assert pages.bound_of(found, Side.BUY) == 625_141


@pytest.mark.parametrize(
    ("minor", "text"),
    [
        (Fraction(1), "100 VND"),
        (Fraction(1, 3), "about 33.333333333 VND"),
        (Fraction(1, 1_000), "0.1 VND"),
        (Fraction(350), "35000 VND"),
    ],
)
def test_a_price_is_exact_or_said_to_be_about(minor, text):
    assert pages.price_of(charter(), "MYR", "VND", minor) == text


def test_a_fee_is_a_percentage():
    assert [pages.basis_points(each) for each in (0, 5, 25, 1_000)] == [
        "0.00 %",
        "0.05 %",
        "0.25 %",
        "10.00 %",
    ]
