"""Prices of registered trade records: compared with those of the same goods, and what stands out told."""

import hashlib
from contextlib import closing
from fractions import Fraction

from mufakat.gateway.prices import odd, prices_of, warnings
from mufakat.model.trade import GoodsLine
from mufakat.projections import trade
from mufakat.screening.prices import Goods
from tests.projections.conftest import folded
from tests.union import A2, invoice, settled_world

TUBES = Goods("730431", "KGM", "IDR")


def test_prices_are_in_the_main_unit_of_the_currency():
    lines = (GoodsLine("7304", "QN", 5_000, "120 KGM"), GoodsLine("73043110", "QN", 5_000, "120 KGM"))
    assert list(prices_of(lines, "IDR", {"IDR": 2})) == [(2, TUBES, Fraction(50, 120))]
    assert list(prices_of(lines, "IDR", {})) == []
    assert list(prices_of(lines, None, {"IDR": 2})) == []
    assert list(odd([(1, TUBES, Fraction(1))], {})) == []


def register(union, number, amount, code="730431", unit="KGM"):
    goods = (GoodsLine("270900", "QN"), GoodsLine(code, "QN", amount, f"10 {unit}"))
    document = hashlib.sha256(number.encode()).digest()
    union.record(A2, invoice(number=number, document=document, goods=goods))


def told(union):
    with closing(folded(union)) as views:
        records = trade.records(views.sql, trade.Sought())
        return warnings(views.sql, union.state.charter, records)


def test_a_price_far_from_those_of_the_same_goods_is_told_and_the_record_registered():
    union = settled_world(0)
    for number, amount in enumerate((9_500, 9_800, 9_900, 10_000, 10_000, 10_100)):
        register(union, f"I-{number}", amount, "7304311000" if number % 2 else "730431")
    register(union, "LOW", 100)
    assert told(union) == {}
    register(union, "HIGH", 1_000_000)
    assert len(union.state.trade_records) == 8
    assert told(union) == {
        invoice(number="LOW").id: ("Line 2: 0.100 IDR a KGM of 730431; usual is 4.98 to 19.9.",),
        invoice(number="HIGH").id: ("Line 2: 1,000 IDR a KGM of 730431; usual is 4.98 to 19.9.",),
    }


def test_other_units_and_other_goods_are_not_compared():
    union = settled_world(0)
    for number in range(8):
        register(union, f"I-{number}", 10_000)
    register(union, "TONNES", 10_000_000, unit="TNE")
    register(union, "BARS", 10_000_000, code="721410")
    assert told(union) == {}
