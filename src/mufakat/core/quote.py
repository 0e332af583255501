"""Quotes and exchanges as the union knows them, and the open quotes in the order in which they are taken.

A quote is firm: until it ends, what it offers is promised on its quoter's account and nothing else can use it. The
order, and when quotes end, follow from the records.
"""

import enum
from bisect import bisect_left, insort
from collections.abc import Iterator
from fractions import Fraction

from mufakat.core.commitment import Record
from mufakat.model.identifier import Bic, Currency, QuoteId, Uetr
from mufakat.model.money import Amount
from mufakat.model.rate import Fill, Offer


class QuoteStatus(enum.IntEnum):
    """Where a quote stands; the last three are final."""

    OPEN = 0
    FILLED = 1
    WITHDRAWN = 2
    EXPIRED = 3


class Quote(Record, frozen=True):
    """A quote: `most` is what it offered at first, `offer.left` what it still does, or did when it ended.

    Firm while log time is at most `valid_until_us` (UTC microseconds).
    """

    offer: Offer
    sells: Currency
    buys: Currency
    most: Amount
    valid_until_us: int
    status: QuoteStatus = QuoteStatus.OPEN


class Exchange(Record, frozen=True):
    """A settled exchange: `payer` sold one currency and `creditor_agent` got the other, out of quotes.

    `height`: the number of its command.
    """

    uetr: Uetr
    payer: Bic
    creditor_agent: Bic
    sells: Currency
    buys: Currency
    fills: tuple[Fill, ...]
    details: bytes
    height: int


class Offers:
    """The open quotes: of each pair of currencies the best first, of each quoter, and by when they end."""

    __slots__ = ("_best", "_ends", "_own")

    def __init__(self) -> None:
        self._best: dict[tuple[str, str], list[tuple[Fraction, int, QuoteId]]] = {}
        self._own: dict[str, dict[QuoteId, Quote]] = {}
        self._ends: list[tuple[int, QuoteId]] = []

    def put(self, quote: Quote) -> None:
        """Enter an open quote, or what is now left of it."""
        if quote.offer.id not in self.of(quote.offer.quoter):
            insort(self._best.setdefault((quote.sells, quote.buys), []), _place(quote))
            insort(self._ends, (quote.valid_until_us, quote.offer.id))
        self._own.setdefault(quote.offer.quoter, {})[quote.offer.id] = quote

    def take_out(self, quote: Quote) -> None:
        """Take out a quote that ends."""
        del self._own[quote.offer.quoter][quote.offer.id]
        best = self._best[quote.sells, quote.buys]
        del best[bisect_left(best, _place(quote))]
        del self._ends[bisect_left(self._ends, (quote.valid_until_us, quote.offer.id))]

    def of(self, quoter: str) -> dict[QuoteId, Quote]:
        """Return the open quotes of a participant, in no order that says anything."""
        return self._own.get(quoter, {})

    def best(self, sells: str, buys: str) -> Iterator[QuoteId]:
        """Give the open quotes that sell one currency for another, in order of price, then time."""
        return (name for _, _, name in self._best.get((sells, buys), ()))

    def open(self) -> Iterator[QuoteId]:
        """Give all open quotes, in order of their end."""
        return (name for _, name in self._ends)

    def ended(self, now_us: int) -> list[QuoteId]:
        """Return the open quotes whose time is over, in order of their end; at once when there is none."""
        return [name for _, name in self._ends[: bisect_left(self._ends, (now_us, QuoteId("")))]]


def _place(quote: Quote) -> tuple[Fraction, int, QuoteId]:
    return quote.offer.price, quote.offer.since, quote.offer.id
