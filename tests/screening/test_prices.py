"""Prices that stand out: what is usual among prices, and a table of a user's own."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.screening import prices, table
from mufakat.screening.entry import ListFaulty
from mufakat.screening.prices import Goods, Usual, priced, stands_out, usual

TUBES = Goods("730431", "KGM", "IDR")
HEADING = "hs,unit,currency,least,most\n"


@pytest.mark.parametrize(
    ("line", "price"),
    [
        (("73043110", "IDR", Fraction(600), "120 KGM"), Fraction(5)),
        (("730431", "IDR", Fraction(1), "0.5 KGM"), Fraction(2)),
        (("730431", "IDR", Fraction(1), "3 KGM"), Fraction(1, 3)),
        (("730431", "IDR", None, "3 KGM"), None),
        (("730431", None, Fraction(1), "3 KGM"), None),
        (("730431", "IDR", Fraction(1), ""), None),
        (("730431", "IDR", Fraction(1), "0 KGM"), None),
        (("730431", "IDR", Fraction(0), "1 KGM"), None),
        (("730431", "IDR", Fraction(1), "three KGM"), None),
        (("730431", "IDR", Fraction(1), "1e3 KGM"), None),
        (("", "IDR", Fraction(1), "1 KGM"), None),
    ],
)
def test_a_line_has_a_price_where_it_says_amount_and_quantity(line, price):
    assert priced(*line) == (None if price is None else (TUBES, price))


def test_of_few_prices_nothing_is_usual():
    assert usual([Fraction(5)] * 7) is None
    assert usual([Fraction(5)] * 8) == Usual(Fraction(5, 2), Fraction(10))


def test_what_varies_much_may_vary_more():
    even, odd = (
        [Fraction(each) for each in row]
        for row in ((9, 10, 10, 10, 10, 10, 10, 11), (5, 7, 9, 10, 10, 14, 16, 20))
    )
    narrow, wide = usual(even), usual(odd)
    assert narrow is not None and wide is not None
    assert narrow == Usual(Fraction(5), Fraction(20))
    assert wide.most > narrow.most and wide.least < narrow.least


@given(
    st.lists(st.fractions(Fraction(1, 1_000), Fraction(10**6)), min_size=8, max_size=30),
    st.integers(1, 10**6),
)
def test_what_is_usual_does_not_hang_on_the_order_nor_on_the_unit_of_money(found, factor):
    first = usual(found)
    assert first is not None
    assert usual(sorted(found, reverse=True)) == first
    scaled = usual([each * factor for each in found])
    assert scaled == Usual(first.least * factor, first.most * factor)


@given(st.lists(st.fractions(Fraction(1, 1_000), Fraction(10**6)), min_size=8, max_size=30))
def test_half_of_the_prices_are_usual_at_least(found):
    among = usual(found)
    assert among is not None
    assert 2 * sum(among.least <= each <= among.most for each in found) >= len(found)


def test_one_price_out_of_nine_stands_out_both_ways():
    others = [Fraction(each) for each in (95, 98, 99, 100, 100, 101, 103, 106)]
    for odd, says in (
        (Fraction(1_000), "1,000 IDR a KGM of 730431; usual is 50.5 to 202."),
        (Fraction(1), "1.00 IDR"),
    ):
        among = usual([*others, odd])
        assert among is not None
        told = stands_out(TUBES, odd, among)
        assert told is not None
        assert told.startswith(says[:8])
        assert all(stands_out(TUBES, each, among) is None for each in others)


@pytest.mark.parametrize(
    ("price", "text"),
    [
        (Fraction(12_345_678), "12,345,678"),
        (Fraction(25, 2), "12.5"),
        (Fraction(1, 3), "0.333"),
        (Fraction(1, 2_000), "0.000500"),
        (Fraction(1, 10**20), "0.000000000000"),
    ],
)
def test_a_price_is_written_with_three_digits(price, text):
    told = stands_out(TUBES, price, Usual(Fraction(10**9), Fraction(10**9)))
    assert told is not None
    assert told.startswith(f"{text} IDR")


def load(tmp_path, text):
    path = tmp_path / "prices.csv"
    path.write_bytes(text.encode())
    return prices.load(path)


def test_a_table_says_what_is_usual(tmp_path):
    found = load(tmp_path, HEADING + "7304.31,kgm,idr,12.50,80\n")
    assert found == {TUBES: Usual(Fraction(25, 2), Fraction(80))}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hs,unit\n", ":1: there is no column 'currency'"),
        (HEADING + "7304,KGM,IDR,1,2\n", ":2: hs '7304'"),
        (HEADING + "730431,KGM,IDR,2,1\n", ":2: least is more than most"),
        (HEADING + "730431,KGM,IDR,0,1\n", ":2: least '0'"),
        (HEADING + "730431,KGM,IDR,1e3,1\n", ":2: least '1e3'"),
        (HEADING + "730431,KGM,IDR,1\n", ":2: not as many columns"),
        (HEADING + "730431,KGM,IDR,1,2\n" * 2, ":3: 730431 KGM IDR stands on two lines"),
        (HEADING + '"730431', "after line 1"),
    ],
)
def test_what_is_wrong_with_a_table_is_told(tmp_path, text, says):
    with pytest.raises(ListFaulty) as told:
        load(tmp_path, text)
    assert says in str(told.value)


def test_a_table_that_cannot_be_read_says_why(tmp_path, monkeypatch):
    with pytest.raises(ListFaulty, match="No such file"):
        prices.load(tmp_path / "none.csv")
    (tmp_path / "prices.csv").write_bytes(b"caf\xe9")
    with pytest.raises(ListFaulty, match="byte 3"):
        prices.load(tmp_path / "prices.csv")
    monkeypatch.setattr(table, "MAX_BYTES", 1)
    with pytest.raises(ListFaulty, match="No list is so large"):
        prices.load(tmp_path / "prices.csv")
