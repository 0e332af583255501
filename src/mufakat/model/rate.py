"""Rates between two currencies, and what an exchange at them comes to: whole minor units, exact, no fractions kept.

A quoter offers one currency, asks another, and both are counted in minor units. One rule rounds: what arrives fixes
what is paid, which is the arrival at the rate with the fee, rounded up to the next minor unit of the currency paid.
So no quoter gets less than it asked, no payer pays a whole minor unit more for a quote that it takes, to take a
quote in parts never costs less than to take it at once, and money that buys not one unit more stays with the payer.
"""

import enum
import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Final

import msgspec

from mufakat.model.identifier import Bic, QuoteId
from mufakat.model.money import MAX_AMOUNT, Amount

PRICE_DECIMALS: Final = 9
"""Places after the point with which people write a price."""
WHOLE_BP: Final = 10_000
"""Basis points in a whole."""
MOST_FEE_BP: Final = 1_000
"""A tenth: above it a quote is rather a mistake than an offer."""


class Side(enum.IntEnum):
    """Which amount of an exchange is fixed: what is sold, or what is bought."""

    SELL = 0
    BUY = 1


class Rate(msgspec.Struct, frozen=True, array_like=True):
    """`offered` minor units of the currency that a quoter sells, for `asked` minor units of the one it buys."""

    offered: int
    asked: int


class Fill(msgspec.Struct, frozen=True, array_like=True):
    """What an exchange takes of one quote: `arrived` is bought for `paid`, of which `fee` is the quoter's fee.

    `left`: what the quote still offers; 0 when it ends, because less is left than its least.
    """

    quote: QuoteId
    quoter: Bic
    paid: Amount
    fee: Amount
    arrived: Amount
    left: Amount


class Offer(msgspec.Struct, frozen=True, array_like=True):
    """A quote as far as its price goes: amounts of the currency offered, minor units; fee in basis points.

    `least`: the smallest amount that may be taken at once. `since`: the number of the command that made it.
    """

    id: QuoteId
    quoter: Bic
    rate: Rate
    fee_bp: int
    least: Amount
    left: Amount
    since: int

    @property
    def price(self) -> Fraction:
        """What one minor unit costs, with the fee; quotes are taken in order of this, then of `since`."""
        return Fraction(self.rate.asked * (WHOLE_BP + self.fee_bp), self.rate.offered * WHOLE_BP)

    def cost(self, arrived: int) -> int:
        """Return what an arrival costs without the fee."""
        return _up(arrived * self.rate.asked, self.rate.offered)

    def charge(self, arrived: int) -> int:
        """Return what an arrival costs with the fee: what is paid."""
        return _up(arrived * self.rate.asked * (WHOLE_BP + self.fee_bp), self.rate.offered * WHOLE_BP)

    def most_for(self, money: int) -> int:
        """Return the largest arrival whose charge is within `money`, whatever is left of the offer."""
        return money * self.rate.offered * WHOLE_BP // (self.rate.asked * (WHOLE_BP + self.fee_bp))


class Filling(msgspec.Struct, frozen=True):
    """What quotes give together. `complete`: whether that is all that was asked for."""

    fills: tuple[Fill, ...]
    complete: bool

    @property
    def paid(self) -> int:
        """All that is paid, with fees."""
        return sum(each.paid for each in self.fills)

    @property
    def fee(self) -> int:
        """All fees in what is paid."""
        return sum(each.fee for each in self.fills)

    @property
    def arrived(self) -> int:
        """All that arrives."""
        return sum(each.arrived for each in self.fills)


def rate_of(price: int, per: int, decimals: tuple[int, int]) -> Rate:
    """Make a rate of what `per` whole units of the currency offered cost: a price in 10^-9 of the one asked.

    `decimals`: of the currency offered, of the one asked. Exact, in lowest terms.
    """
    offered, asked = per * 10 ** (decimals[0] + PRICE_DECIMALS), price * 10 ** decimals[1]
    by = math.gcd(offered, asked)
    return Rate(offered // by, asked // by)


def is_sound(rate: Rate, fee_bp: int) -> bool:
    """Tell whether both sides of a rate, and a fee, are in range."""
    return 0 < rate.offered <= MAX_AMOUNT and 0 < rate.asked <= MAX_AMOUNT and 0 <= fee_bp <= MOST_FEE_BP


def fill(offers: Iterable[Offer], side: Side, amount: int) -> Filling:
    """Take from offers, best first, until `amount` is sold or bought.

    A quote is taken as far as it goes. One whose least is above what is still wanted is passed over. A sale is
    complete when what is left of it would not buy one unit more of the last quote taken.
    """
    taken: list[Fill] = []
    rest = amount
    for offer in offers:
        arrived = min(offer.left, offer.most_for(rest) if side is Side.SELL else rest)
        if arrived < offer.least:
            continue
        paid, left = offer.charge(arrived), offer.left - arrived
        fee = Amount(paid - offer.cost(arrived))
        kept = Amount(left if left >= offer.least else 0)
        taken.append(Fill(offer.id, offer.quoter, Amount(paid), fee, Amount(arrived), kept))
        rest -= paid if side is Side.SELL else arrived
        if (offer.most_for(rest) if side is Side.SELL else rest) == 0:
            return Filling(tuple(taken), complete=True)
    return Filling(tuple(taken), complete=False)


def _up(number: int, by: int) -> int:
    return -(-number // by)
