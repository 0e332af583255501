"""Commands of payment versus payment: quote offer, withdraw, show; exchange preview, send, show."""

import json
import uuid
from typing import Annotated, Final, NamedTuple, NoReturn

import typer

from mufakat.cli.terminal import (
    USAGE,
    AsJson,
    Failed,
    Look,
    app,
    clock_us,
    emit,
    looked,
    opened,
    out,
    refuse,
    settings,
)
from mufakat.console import exchange as pages
from mufakat.model import identifier
from mufakat.model.charter import Charter
from mufakat.model.dealing import OfferQuote, SubmitExchange, WithdrawQuote
from mufakat.model.identifier import Bic, Currency, QuoteId, Uetr
from mufakat.model.money import Amount, format_amount, parse_amount
from mufakat.model.rate import PRICE_DECIMALS, Filling, Side, is_sound, rate_of
from mufakat.model.refusal import EXPLANATIONS, Reason
from mufakat.node.desk import Desk, Lists
from mufakat.node.rescreening import look_at_exchange
from mufakat.projections import exchanges as views
from mufakat.projections.exchanges import QuoteStanding
from mufakat.vault.details import Whole

_MINUTE_US: Final = 60_000_000
_MOST_UNITS: Final = 18
"""Digits of the units that a price can be for."""


class _Wanted(NamedTuple):
    """What is to be exchanged: `amount` is of the one currency or the other, as `side` says; minor units.

    `quote`: the one to take. `via`: the third currency to go through.
    """

    sells: Currency
    buys: Currency
    side: Side
    amount: Amount
    quote: QuoteId | None
    via: Currency | None

    @property
    def bounded(self) -> Currency:
        """The currency of the figure that is agreed."""
        return self.buys if self.side is Side.SELL else self.sells


quote_app = typer.Typer(no_args_is_help=True, help="Firm quotes of one currency for another.")
exchange_app = typer.Typer(no_args_is_help=True, help="Exchanges: both legs settle at once, or none.")
app.add_typer(quote_app, name="quote")
app.add_typer(exchange_app, name="exchange")

Quoter = Annotated[str, typer.Argument(help="BIC of the participant that offers.")]
Reference = Annotated[str, typer.Argument(help="The quoter's own name for the quote, such as 2026-114.")]
Payer = Annotated[str, typer.Argument(help="BIC of the participant that pays.")]
Sell = Annotated[
    str, typer.Option("--sell", help="The currency sold; or the amount that is sold at most, as 1000.00IDR.")
]
Buy = Annotated[
    str, typer.Option("--buy", help="The currency bought; or the amount that is bought exactly, as 25.00MYR.")
]
Through = Annotated[
    str | None,
    typer.Option(
        help="Take one quote alone, <quoter BIC>/<reference>; or go through a third currency, such as VND."
    ),
]


@quote_app.command("offer")
def quote_offer(
    author: Quoter,
    reference: Reference,
    most: Annotated[str, typer.Option(help="How much is offered, as 5000.00MYR.")],
    price: Annotated[
        str, typer.Option(help="What one unit of it costs, as 3500.25IDR; or many, as '18.9KWD per 1000000'.")
    ],
    least: Annotated[
        str | None, typer.Option(help="The smallest part that may be taken; one minor unit if not said.")
    ] = None,
    fee_bp: Annotated[int, typer.Option("--fee-bp", help="Fee in basis points, on top of the price.")] = 0,
    minutes: Annotated[int, typer.Option(min=1, help="How long it is firm.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Offer a currency for another at a price, firm for a time: what is offered is set aside until then."""
    with opened() as (session, _):
        node = session.node
        sells, offered = _money("--most", most, node.charter)
        priced, _, units = price.partition(" per ")
        if units and not (units.isascii() and units.isdecimal() and len(units) <= _MOST_UNITS and int(units)):
            raise Failed(f"--price {price}: after `per` stands a whole number of units", USAGE)
        buys, nano = _money("--price", priced, node.charter, PRICE_DECIMALS)
        decimals = _decimals("--most", sells, node.charter), _decimals("--price", buys, node.charter)
        rate = rate_of(nano, int(units or "1"), decimals)
        if not is_sound(rate, fee_bp):
            raise Failed(f"--price {price}, --fee-bp {fee_bp}: {_text(Reason.RATE_INVALID)}", USAGE)
        smallest = Amount(1) if least is None else _amount("--least", least, decimals[0])
        until = node.now_us() + minutes * _MINUTE_US
        name = QuoteId(f"{author}/{reference}")
        body = OfferQuote(name, sells, buys, rate, smallest, offered, until, fee_bp)
        refuse(session.say(author, body))
        _tell_quote(Look(node.views.sql, node.charter), name, as_json)


@quote_app.command("withdraw")
def quote_withdraw(author: Quoter, reference: Reference, as_json: AsJson = False) -> None:
    """Withdraw an open quote; what is left of it can be used again."""
    with opened() as (session, _):
        name = QuoteId(f"{author}/{reference}")
        refuse(session.say(author, WithdrawQuote(name)))
        _tell_quote(Look(session.node.views.sql, session.node.charter), name, as_json)


def _tell_quote(look: Look, name: str, as_json: bool) -> None:
    """Tell how a quote stands now."""
    found = views.quote(look.sql, name)
    if found is None:
        raise Failed(f"no quote is named {name}; `mufakat quote show` lists them")
    if as_json:
        emit({"quote": found})
    else:
        out.print(pages.quotes(look.charter, [found]))


@quote_app.command("show")
def quote_show(
    name: Annotated[str | None, typer.Argument(help="One quote, <quoter BIC>/<reference>.")] = None,
    sells: Annotated[str | None, typer.Option(help="Only those that sell this currency.")] = None,
    buys: Annotated[str | None, typer.Option(help="Only those that buy this currency.")] = None,
    quoter: Annotated[str | None, typer.Option(help="Only this participant's (BIC).")] = None,
    status: Annotated[QuoteStanding, typer.Option(help="How they stand.")] = QuoteStanding.OPEN,
    as_json: AsJson = False,
) -> None:
    """Show quotes, the best price first: until when each is firm, and what is left of it."""
    with looked() as look:
        if name is not None:
            _tell_quote(look, name, as_json)
            return
        for option, currency in (("--sells", sells), ("--buys", buys)):
            if currency is not None:
                _decimals(option, currency, look.charter)
        rows = views.quotes(look.sql, status=status, sells=sells, buys=buys, quoter=quoter)
        if status is QuoteStanding.OPEN:  # what the next command will end is not firm any more
            rows = [each for each in rows if each.valid_until_us >= clock_us()]
    if as_json:
        emit({"quotes": rows})
    else:
        out.print(pages.quotes(look.charter, rows))


@exchange_app.command("preview")
def exchange_preview(
    author: Payer, sell: Sell, buy: Buy, through: Through = None, as_json: AsJson = False
) -> None:
    """Show rate, fee and what arrives, out of the open quotes as they are now; nothing is sent."""
    with looked() as look:
        charter = look.charter
        wanted = _wanted(charter, sell, buy, through)
        found = _found(look, author, wanted)
    if not found.complete:
        _not_covered(charter, wanted, found)
    taken = views.parts(found, wanted.sells, wanted.via, wanted.buys)
    agreed = _written(charter, pages.bound_of(found, wanted.side), wanted.bounded) + wanted.bounded
    if as_json:
        pair = {"sells": wanted.sells, "buys": wanted.buys, "side": wanted.side, "via": wanted.via}
        sums = {"paid": found.paid, "fee": found.fee, "arrived": found.arrived}
        emit({**pair, **sums, "agreed": agreed, "fills": taken})
        return
    out.print(pages.preview(charter, (wanted.sells, wanted.buys), found, taken))
    way = f" --through {through}" if through is not None else ""
    out.print(
        f"To agree: mufakat exchange send {author} --to BIC --sell {sell} --buy {buy} --agreed {agreed}{way}",
        soft_wrap=True,
        highlight=False,
        markup=False,
    )


def _found(look: Look, author: str, wanted: _Wanted) -> Filling:
    """Return what the open quotes give now."""
    now = clock_us()
    if wanted.via is not None:
        first = views.takeable(look.sql, author, wanted.sells, wanted.via, now)
        onward = views.takeable(look.sql, author, wanted.via, wanted.buys, now)
        return views.preview(first, wanted.side, wanted.amount, onward)
    rows = views.takeable(look.sql, author, wanted.sells, wanted.buys, now)
    rows = [each for each in rows if wanted.quote in {None, each.id}]
    return views.preview(rows, wanted.side, wanted.amount)


def _not_covered(charter: Charter, wanted: _Wanted, found: Filling) -> NoReturn:
    """Fail as the rules would, with what the quotes would give."""
    arrived = _written(charter, found.arrived, wanted.buys)
    paid = _written(charter, found.paid, wanted.sells)
    raise Failed(
        f"{_text(Reason.NOT_COVERED)} They would give {arrived} {wanted.buys} for {paid} {wanted.sells}.",
        data={"reason": Reason.NOT_COVERED.name, "arrived": found.arrived, "paid": found.paid},
    )


@exchange_app.command("send")
def exchange_send(
    author: Payer,
    to: Annotated[
        str, typer.Option("--to", help="BIC of the participant at which it arrives; may be the payer.")
    ],
    sell: Sell,
    buy: Buy,
    agreed: Annotated[
        str,
        typer.Option(help="As the preview says: the least that arrives of a sale, or the most that is paid."),
    ],
    through: Through = None,
    uetr: Annotated[str | None, typer.Option(help="Its UETR; a new one if not said.")] = None,
    as_json: AsJson = False,
) -> None:
    """Exchange at once and finally: at least as good as agreed, or not at all. The vault keeps the order."""
    name = identifier.uetr(uetr) if uetr is not None else Uetr(str(uuid.uuid4()))
    if name is None:
        raise Failed(f"--uetr {uetr}: {_text(Reason.UETR_INVALID)}", USAGE)
    with opened() as (session, vault):
        charter = session.node.charter
        wanted = _wanted(charter, sell, buy, through)
        bounded, bound = _money("--agreed", agreed, charter)
        if bounded != wanted.bounded:
            raise Failed(f"--agreed {agreed}: it is an amount of {wanted.bounded}", USAGE)
        words = {"uetr": name, "payer": author, "to": to, "sell": sell, "buy": buy, "agreed": agreed}
        words |= {"through": through or ""}
        order = json.dumps(words, ensure_ascii=False).encode()
        details = vault.commitment(order)
        vault.keep([Whole(details, order, b"")], [])
        pair = wanted.sells, wanted.buys, wanted.side, wanted.amount
        screened, entries = look_at_exchange(Desk(session.node, vault, Lists()), author, name, to)
        if entries:
            raise Failed(f"{_text(Reason.PARTY_LISTED)} {', '.join(entries)}.")
        terms = wanted.quote, wanted.via, screened
        body = SubmitExchange(name, Bic(to), *pair, bound, details, *terms)
        refuse(session.say(author, body))
        _tell_exchange(Look(session.node.views.sql, charter), name, as_json)


def _tell_exchange(look: Look, uetr: str, as_json: bool) -> None:
    settled = views.exchange(look.sql, uetr)
    if settled is None and settings.island:
        if as_json:
            emit({"exchange": {"uetr": uetr, "status": "provisional"}})
        else:
            out.print(f"Exchange {uetr}: said here; it waits for the quorum.")
        return
    if settled is None:
        raise Failed(f"no exchange has the UETR {uetr}")
    parts = views.fills(look.sql, uetr)
    if as_json:
        emit({"exchange": settled, "fills": parts})
    else:
        out.print(pages.exchange(look.charter, settled, parts))


@exchange_app.command("show")
def exchange_show(
    uetr: Annotated[str | None, typer.Argument(help="One exchange, with what it took of each quote.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show exchanges: what was paid, the fee in it, and what arrived."""
    with looked() as look:
        if uetr is not None:
            _tell_exchange(look, uetr.lower(), as_json)
            return
        rows = views.exchanges(look.sql)
    if as_json:
        emit({"exchanges": rows})
    else:
        out.print(pages.exchanges(look.charter, rows))


def _wanted(charter: Charter, sell: str, buy: str, through: str | None) -> _Wanted:
    """Read what is to be exchanged: two currencies, one of them with an amount; and what to go through."""
    quote = QuoteId(through) if through is not None and "/" in through else None
    via = Currency(through) if through is not None and quote is None else None
    if via is not None:
        _decimals("--through", via, charter)
    fixed = [text for text in (sell, buy) if any(each.isdigit() for each in text)]
    if len(fixed) != 1:
        raise Failed("one of --sell and --buy has an amount, as 25.00MYR, and the other a currency", USAGE)
    if fixed[0] == sell:
        sells, amount = _money("--sell", sell, charter)
        _decimals("--buy", buy, charter)
        return _Wanted(sells, Currency(buy), Side.SELL, amount, quote, via)
    buys, amount = _money("--buy", buy, charter)
    _decimals("--sell", sell, charter)
    return _Wanted(Currency(sell), buys, Side.BUY, amount, quote, via)


def _money(option: str, text: str, charter: Charter, decimals: int | None = None) -> tuple[Currency, Amount]:
    """Read an amount and its currency, with the currency's decimals or as many as are said."""
    number, currency = text[:-3].rstrip(), text[-3:]
    places = _decimals(option, currency, charter)
    return Currency(currency), _amount(option, number, places if decimals is None else decimals)


def _decimals(option: str, currency: str, charter: Charter) -> int:
    issuer = charter.issuer(currency)
    if issuer is None:
        known = ", ".join(member.currency for member in charter.members)
        raise Failed(f"{option}: no currency {currency!r}; there are {known}", USAGE)
    return issuer.decimals


def _amount(option: str, text: str, decimals: int) -> Amount:
    amount = parse_amount(text, decimals)
    if isinstance(amount, Reason):
        raise Failed(f"{option} {text!r}: {_text(amount)}", USAGE)
    return amount


def _written(charter: Charter, minor: int, currency: str) -> str:
    return format_amount(minor, _decimals("", currency, charter))


def _text(reason: Reason) -> str:
    return EXPLANATIONS[reason].text
