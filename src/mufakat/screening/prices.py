"""Prices of a unit of goods that stand out among those of the same goods: a warning, and never more.

Goods are the same where the first six digits of their HS code, the unit and the currency are. Usual is what lies
between the median divided and multiplied by a bound, which is taken from the prices themselves: of how many times
each is above or below the median, the median; six times as far from 1 as that, and at least 2. Of fewer than
eight prices nothing is said. A table of a user's own says what is usual instead. All is computed in whole numbers
and their ratios; prices are in the currency's main unit.
"""

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

from mufakat.model.goods import is_hs_prefix
from mufakat.screening.entry import ListFaulty, squeezed
from mufakat.screening.table import bytes_of, rows

COLUMNS: Final = ("hs", "unit", "currency", "least", "most")
FEWEST: Final = 8
"""Prices with which others are compared."""
_SPREADS: Final = 6
_FLOOR: Final = Fraction(2)
_QUANTITY: Final = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,12})?) +([A-Z0-9]{1,3})")
_AMOUNT: Final = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,12})?")
_DIGITS: Final = 6
_THREE_DIGITS: Final = 100
_MOST_DECIMALS: Final = 12


class Goods(NamedTuple):
    """What has a price: the first six digits of its HS code, the unit (UN/ECE Recommendation 20), the currency."""

    hs: str
    unit: str
    currency: str


class Usual(NamedTuple):
    """The least and the most that a unit usually costs, both included."""

    least: Fraction
    most: Fraction


def priced(
    hs_code: str, currency: str | None, amount: Fraction | None, quantity: str
) -> tuple[Goods, Fraction] | None:
    """Return what a line of goods prices, and for how much a unit, or None where it does not say.

    `quantity`: with its unit, such as `120 KGM`.
    """
    found = _QUANTITY.fullmatch(quantity)
    if found is None or amount is None or currency is None or len(hs_code) < _DIGITS:
        return None
    units = Fraction(found[1])
    return (Goods(hs_code[:_DIGITS], found[2], currency), amount / units) if units and amount else None


def usual(prices: Sequence[Fraction]) -> Usual | None:
    """Return what is usual among prices above zero, or None where there are too few to say."""
    if len(prices) < FEWEST:
        return None
    middle = _median(prices)
    spread = _median([_times(price, middle) for price in prices])
    bound = max(_FLOOR, 1 + _SPREADS * (spread - 1))
    return Usual(middle / bound, middle * bound)


def stands_out(goods: Goods, price: Fraction, among: Usual) -> str | None:
    """Say how a price stands out, or None when it does not."""
    if among.least <= price <= among.most:
        return None
    said, least, most = (_told(each) for each in (price, *among))
    return f"{said} {goods.currency} a {goods.unit} of {goods.hs}; usual is {least} to {most}."


def load(path: Path) -> dict[Goods, Usual]:
    """Read a table of least and most prices of a unit; raise ListFaulty, naming file and line."""
    found: dict[Goods, Usual] = {}
    for where, row in rows(bytes_of(path), str(path), COLUMNS, COLUMNS):
        goods, prices = _row(row, where)
        if goods in found:
            raise ListFaulty(f"{where}: {' '.join(goods)} stands on two lines")
        found[goods] = prices
    return found


def _row(row: dict[str, str], where: str) -> tuple[Goods, Usual]:
    hs = "".join(each for each in squeezed(row["hs"]) if each not in ". ")
    if not is_hs_prefix(hs) or len(hs) != _DIGITS:
        raise ListFaulty(f"{where}: hs {hs[:12]!r} has not six digits of goods")
    least, most = (_price(row, column, where) for column in ("least", "most"))
    if least > most:
        raise ListFaulty(f"{where}: least is more than most")
    goods = Goods(hs, squeezed(row["unit"]).upper(), squeezed(row["currency"]).upper())
    return goods, Usual(least, most)


def _price(row: dict[str, str], column: str, where: str) -> Fraction:
    text = squeezed(row[column])
    if _AMOUNT.fullmatch(text) is None or not Fraction(text):
        raise ListFaulty(f"{where}: {column} {text[:20]!r} is no price above zero, such as 12.50")
    return Fraction(text)


def _told(price: Fraction) -> str:
    """Write a price with the decimals that show three digits of it, rounded half up."""
    decimals = 0
    while decimals < _MOST_DECIMALS and price * 10**decimals < _THREE_DIGITS:
        decimals += 1
    scaled = (price.numerator * 10**decimals * 2 + price.denominator) // (price.denominator * 2)
    whole, rest = divmod(scaled, 10**decimals)
    return f"{whole:,}.{rest:0{decimals}}" if decimals else f"{whole:,}"


def _times(price: Fraction, middle: Fraction) -> Fraction:
    return max(price / middle, middle / price)


def _median(values: Iterable[Fraction]) -> Fraction:
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
