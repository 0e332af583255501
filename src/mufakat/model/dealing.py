"""Quotes and exchanges: what is said of them, and what comes of it.

With `model.command` and `model.event` they are all that can be said and all that changes a state. Amounts are minor
units, times UTC microseconds of log time.
"""

from mufakat.model.fact import Command, Event
from mufakat.model.identifier import Bic, Currency, QuoteId, Uetr
from mufakat.model.money import Amount
from mufakat.model.rate import Fill, Rate, Side
from mufakat.model.verdict import Screened


class OfferQuote(Command, frozen=True, tag=38):
    """A participant offers up to `most` of the currency `sells` at a rate, in parts of at least `least`.

    Firm until `valid_until_us`: what is offered is promised on its account. `id`: `<its BIC>/<reference>`. `least`
    and `most` are of the currency sold; the fee, in basis points, is of the one bought.
    """

    id: QuoteId
    sells: Currency
    buys: Currency
    rate: Rate
    least: Amount
    most: Amount
    valid_until_us: int
    fee_bp: int = 0


class WithdrawQuote(Command, frozen=True, tag=39):
    """A participant withdraws an open quote of its own; what is left of it is free again."""

    id: QuoteId


class SubmitExchange(Command, frozen=True, tag=40):
    """A participant sells one currency and lets the other arrive at an agent, now and finally, or not at all.

    `side` says which currency `amount` is of. `bound`: of a sale the least that arrives, of a purchase the most
    that is paid, fees included. `quote`: the one to take; without it the best are taken. `details`: SHA-256
    commitment (32 bytes) to the message that stays with the parties. `via`: a third currency to go through, over
    two steps of quotes that settle as one.
    """

    uetr: Uetr
    creditor_agent: Bic
    sells: Currency
    buys: Currency
    side: Side
    amount: Amount
    bound: Amount
    details: bytes
    quote: QuoteId | None = None
    via: Currency | None = None
    screened: Screened = Screened()


AnyDealingCommand = OfferQuote | WithdrawQuote | SubmitExchange


class QuoteOffered(Event, frozen=True, tag=80):
    """A quote is open and firm: `most` of the currency `sells` is promised on its quoter's account."""

    id: QuoteId
    quoter: Bic
    sells: Currency
    buys: Currency
    rate: Rate
    fee_bp: int
    least: Amount
    most: Amount
    valid_until_us: int


class QuoteWithdrawn(Event, frozen=True, tag=81):
    """What was left of a quote was taken back: by its quoter, or because that is in default."""

    id: QuoteId


class QuoteExpired(Event, frozen=True, tag=82):
    """A quote's time was over; what was left of it is free."""

    id: QuoteId


class ExchangeSettled(Event, frozen=True, tag=83):
    """Both legs of an exchange are final.

    Of each fill, `paid` moved from the payer to the quoter in the currency `sells`, and `arrived` from the quoter
    to the creditor agent in the currency `buys`; where these two are the same bank, it stays on its account.
    With a third currency, `arrived` of the fills is in `via` and goes to the quoters of `onward`, who let the
    currency `buys` arrive.
    """

    uetr: Uetr
    payer: Bic
    creditor_agent: Bic
    sells: Currency
    buys: Currency
    fills: tuple[Fill, ...]
    details: bytes
    via: Currency | None = None
    onward: tuple[Fill, ...] = ()


AnyDealing = QuoteOffered | QuoteWithdrawn | QuoteExpired | ExchangeSettled
