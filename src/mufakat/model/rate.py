"""Rates between two currencies, and what an exchange at them comes to: whole minor units, exact, no fractions kept.

A quoter offers one currency, asks another, and both are counted in minor units. One rule rounds: what arrives fixes
what is paid, which is the arrival at the rate with the fee, rounded up to the next minor unit of the currency paid.
So no quoter gets less than it asked, no payer pays a whole minor unit more for a quote that it takes, to take a
quote in parts never costs less than to take it at once, and money that buys not one unit more stays with the payer.
"""

import enum
import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

import msgspec

from mufakat.model.identifier import Bic, Currency, QuoteId
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
    """What quotes give together. `complete`: whether that is all that was asked for.

    `onward`: where a third currency lies between, what is taken of it with what arrives of `fills`; then the fees
    in `onward` are of that third currency, and `fee` has those of `fills` alone.
    """

    fills: tuple[Fill, ...]
    complete: bool
    onward: tuple[Fill, ...] = ()

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
        return sum(each.arrived for each in self.onward or self.fills)


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


def fill_through(first: Sequence[Offer], second: Sequence[Offer], side: Side, amount: int) -> Filling:
    """Take from offers of a third currency, and with it from offers of the one that is bought; each best first.

    What the second step costs is what the first brings, to the unit: nothing of the third currency is left over.
    """
    complete = True
    if side is Side.SELL:
        brought = fill(first, side, amount)
        onward, complete = fill(second, side, brought.arrived), brought.complete
    else:
        onward = fill(second, side, amount)
    found = fill(first, Side.BUY, onward.paid)
    # Quotes that are passed over for their least can make less of the third currency cost more.
    within = side is Side.BUY or found.paid <= amount
    return Filling(found.fills, complete and onward.complete and found.complete and within, onward.fills)


class Leg(NamedTuple):
    """A movement of an exchange from one bank's account to another's, in one currency."""

    debtor: Bic
    creditor: Bic
    currency: Currency
    amount: Amount


def legs(
    parties: tuple[Bic, Bic],
    currencies: Sequence[Currency],
    fills: Sequence[Fill],
    onward: Sequence[Fill] = (),
) -> list[Leg]:
    """Return what an exchange moves between payer and creditor agent (`parties`) and the quoters.

    `currencies`: sold, then a third one where there are fills `onward`, then bought. What would go from a bank to
    itself stays where it is.
    """
    payer, creditor = parties
    found = [Leg(payer, each.quoter, currencies[0], each.paid) for each in fills]
    if onward:
        found += [Leg(source, to, currencies[1], part) for source, to, part in _passed_on(fills, onward)]
    found += [Leg(each.quoter, creditor, currencies[-1], each.arrived) for each in onward or fills]
    return [each for each in found if each.debtor != each.creditor]


def _passed_on(fills: Sequence[Fill], onward: Sequence[Fill]) -> list[tuple[Bic, Bic, Amount]]:
    """Return (from, to, amount) by which a third currency goes from the quoters of `fills` to those of `onward`."""
    moves: list[tuple[Bic, Bic, Amount]] = []
    sources = [(each.quoter, each.arrived) for each in reversed(fills)]
    for target in onward:
        wanted = int(target.paid)
        while wanted:
            source, has = sources.pop()
            part = Amount(min(has, wanted))
            moves.append((source, target.quoter, part))
            wanted -= part
            if has > part:
                sources.append((source, Amount(has - part)))
    assert not sources, "what the first step brings is what the second costs"
    return moves


def _up(number: int, by: int) -> int:
    return -(-number // by)
