"""Prices of trade records that stand out among those of the union's other records: a warning, and never more.

Amounts are minor units of a record's currency; `screening.prices` says what is usual. Rule source: charter, trade.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from mufakat.model.charter import Charter
from mufakat.model.trade import GoodsLine
from mufakat.projections import trade
from mufakat.projections.dialect import Sql
from mufakat.projections.trade import LineView, TradeView
from mufakat.screening.prices import Goods, Usual, priced, stands_out, usual

Price = tuple[int, Goods, Fraction]
"""The line of a record, from 1, which goods it prices, and for how much a unit."""


def prices_of(
    lines: Sequence[GoodsLine | LineView], currency: str | None, decimals: Mapping[str, int | None]
) -> Iterator[Price]:
    """Give the price of each line of a record that says one; `decimals` are those of currencies."""
    digits = None if currency is None else decimals.get(currency)
    for number, line in enumerate(lines, start=1):
        if digits is not None and line.amount is not None:
            found = priced(line.hs_code, currency, Fraction(line.amount, 10**digits), line.quantity)
            if found is not None:
                yield number, *found


def odd(prices: Sequence[Price], among: Mapping[Goods, Usual]) -> Iterator[tuple[int, str]]:
    """Give the line and the words of each price that stands out among what is usual."""
    for number, goods, price in prices:
        told = stands_out(goods, price, among[goods]) if goods in among else None
        if told is not None:
            yield number, f"Line {number}: {told}"


def warnings(sql: Sql, charter: Charter, records: Iterable[TradeView]) -> dict[str, tuple[str, ...]]:
    """Return, by the identifier of its record, the words of each price that stands out."""
    decimals: dict[str, int | None] = {each.currency: each.decimals for each in charter.members}
    prices = {
        each.id: tuple(prices_of(trade.lines(sql, each.id), each.currency, decimals)) for each in records
    }
    codes = {goods.hs for found in prices.values() for _, goods, _ in found}
    among = {goods: known for code in sorted(codes) for goods, known in _usual(sql, decimals, code)}
    told = {name: tuple(text for _, text in odd(found, among)) for name, found in prices.items()}
    return {name: texts for name, texts in told.items() if texts}


def _usual(sql: Sql, decimals: Mapping[str, int | None], code: str) -> Iterator[tuple[Goods, Usual]]:
    """Give what is usual of goods whose code begins so, where enough was registered in a unit and currency."""
    found: dict[Goods, list[Fraction]] = {}
    for currency, line in trade.priced_lines(sql, code):
        for _, goods, price in prices_of((line,), currency, decimals):
            found.setdefault(goods, []).append(price)
    for goods, prices in found.items():
        known = usual(prices)
        if known is not None:
            yield goods, known
