"""The unit of account: a basket of members' currencies by agreed weights, and what amounts are worth in it.

Nobody issues the unit and nothing is paid in it: it is a measure. Members quote each currency in one numeraire, a
price for one major unit in parts of 10^-9. The unit is worth the sum of its weights at these prices; its minor unit
is a hundredth. All is exact in integers but the last step, which drops what is left of a minor unit, towards zero.
Rule source: charter, fixing; as the ECU and the SDR are made, a fixed amount of each currency.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from mufakat.model import identifier
from mufakat.model.identifier import Currency
from mufakat.model.money import Amount

RATE_PLACES: Final = 9
"""A rate counts parts of 10^-9 of the numeraire."""
MOST_RATE: Final = 10**15
"""A million of the numeraire for one major unit: nothing is quoted above."""
UNIT_DECIMALS: Final = 2
_MOST_DECIMALS: Final = 4
_MOST_WEIGHT: Final = 10**12


class Fixing(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """How the fixings of a day are agreed, and what the unit is made of.

    `basket`: currency and minor units of it in one unit, in turn, in order of currency; empty: there is no unit.
    `numeraire`: ISO 4217 code of what rates are quoted in. `outlier_bp`: a submission further than so many basis
    points from the median is named as an outlier. `max_age_days`: for how many days a fixing holds after its date.
    """

    basket: tuple[str | int, ...] = ()
    numeraire: str = "XDR"
    outlier_bp: int = 200
    max_age_days: int = 7


def weights_of(fixing: Fixing) -> tuple[tuple[Currency, Amount], ...]:
    """Return (currency, minor units of it in one unit) of a basket without faults."""
    return tuple(
        (Currency(str(currency)), Amount(int(amount)))
        for currency, amount in zip(fixing.basket[::2], fixing.basket[1::2], strict=True)
    )


def faults_of_fixing(fixing: Fixing, currencies: Sequence[str]) -> list[str]:
    """Name all that is wrong with a `Fixing`, given the currencies of the members."""
    checks = (
        (
            _is_basket(fixing.basket, currencies),
            "basket: a member's currency and minor units of it, in turn, by code",
        ),
        (identifier.currency(fixing.numeraire) is not None, "numeraire: three capital letters"),
        (1 <= fixing.outlier_bp <= 10_000, "outlier_bp: 1 to 10000"),
        (0 <= fixing.max_age_days <= 366, "max_age_days: 0 to 366"),
    )
    return [f"rules.fixing.{text}" for holds, text in checks if not holds]


def _is_basket(basket: tuple[str | int, ...], currencies: Sequence[str]) -> bool:
    named, amounts = basket[::2], basket[1::2]
    return (
        len(named) == len(amounts)
        and all(currency in currencies for currency in named)
        and all(isinstance(amount, int) and 0 < amount <= _MOST_WEIGHT for amount in amounts)
        and list(named) == sorted({str(currency) for currency in named})
    )


def price_of(rate: int, decimals: int) -> int:
    """Return the price of one minor unit, in parts of 10^-13 of the numeraire, of a rate for one major unit."""
    return int(rate * 10 ** (_MOST_DECIMALS - decimals))


def unit_price(fixing: Fixing, prices: Mapping[Currency, int]) -> int | None:
    """Return what one unit costs at `prices` of minor units; None without a unit, or a price that it needs."""
    weights = weights_of(fixing)
    if not weights or any(currency not in prices for currency, _ in weights):
        return None
    return sum(amount * prices[currency] for currency, amount in weights)


def value_at(amount: int, price: int, unit: int) -> int:
    """Return what `amount` minor units at `price` are worth, in hundredths of a unit that costs `unit`."""
    return _quotient(amount * price * 10**UNIT_DECIMALS, unit)


def amount_at(value: int, price: int, unit: int) -> int:
    """Return how many minor units at `price` are worth `value` hundredths of a unit that costs `unit`."""
    return _quotient(value * unit, price * 10**UNIT_DECIMALS)


def converted(amount: int, price: int, other: int) -> int:
    """Return how many minor units at price `other` are worth `amount` minor units at `price`."""
    return _quotient(amount * price, other)


def _quotient(numerator: int, denominator: int) -> int:
    """Divide and drop the rest, towards zero: what is owed and what is claimed are rounded alike."""
    assert denominator > 0, "a price is positive"
    return numerator // denominator if numerator >= 0 else -(-numerator // denominator)
