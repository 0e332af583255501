"""Quotes, a preview, and exchanges on the terminal: rate, fee and what arrives, as people read them."""

import datetime
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from mufakat.model.charter import Charter
from mufakat.model.money import format_amount
from mufakat.model.rate import Fill, Filling, Side
from mufakat.projections.exchanges import ExchangeView, FillView, QuoteView

_PLACES: Final = 9


def quotes(charter: Charter, rows: Sequence[QuoteView]) -> Table:
    """Draw quotes; the price is of one whole unit of the currency sold, without the fee."""
    right = ("price", "fee", "least", "left")
    grid = _grid("1 quote" if len(rows) == 1 else f"{len(rows):,} quotes", *_QUOTE_COLUMNS, right=right)
    for row in rows:
        ends = f"{_moment(row.valid_until_us)}" if row.status == "open" else row.status
        price = price_of(charter, row.sells, row.buys, Fraction(row.rate_asked, row.rate_offered))
        amounts = (_money(charter, each, row.sells) for each in (row.least, row.left))
        pair = (f"{row.sells} for {row.buys}", ends)
        grid.add_row(row.id, *pair, price, basis_points(row.fee_bp), *amounts)
    return grid


_QUOTE_COLUMNS: Final = ("quote", "sells", "firm until")


def preview(charter: Charter, sells: str, buys: str, found: Filling) -> Table:
    """Draw what an exchange would come to, quote by quote and in all."""
    title = f"{_money(charter, found.arrived, buys)} {buys} arrive for {_money(charter, found.paid, sells)} {sells}"
    return _parts(charter, title, sells, buys, found.fills)


def exchange(charter: Charter, settled: ExchangeView, parts: Sequence[FillView]) -> Table:
    """Draw a settled exchange, quote by quote and in all."""
    arrived, paid = (
        _money(charter, settled.arrived, settled.buys),
        _money(charter, settled.paid, settled.sells),
    )
    title = (
        f"{settled.uetr}: {arrived} {settled.buys} arrived at {settled.creditor_agent} for {paid} {settled.sells}"
        f" of {settled.payer}, final since {_moment(settled.at_us)}"
    )
    return _parts(charter, title, settled.sells, settled.buys, parts)


def exchanges(charter: Charter, rows: Sequence[ExchangeView]) -> Table:
    """Draw a row for each exchange."""
    title = "1 exchange" if len(rows) == 1 else f"{len(rows):,} exchanges"
    grid = _grid(title, "UETR", "from", "to", "date", right=("paid", "fee in it", "arrived"))
    for row in rows:
        sums = (f"{_money(charter, each, row.sells)} {row.sells}" for each in (row.paid, row.fee))
        arrived = f"{_money(charter, row.arrived, row.buys)} {row.buys}"
        grid.add_row(row.uetr, row.payer, row.creditor_agent, row.date, *sums, arrived)
    return grid


def price_of(charter: Charter, priced: str, currency: str, minor: Fraction) -> str:
    """Write what one whole unit of `priced` costs, from what a minor unit of it costs in minor units of `currency`.

    At most nine places; "about" stands before a price that has more.
    """
    whole = minor * 10 ** _decimals(charter, priced) / 10 ** _decimals(charter, currency)
    shifted = whole * 10**_PLACES
    text = format_amount(round(shifted), _PLACES).rstrip("0").rstrip(".")
    return f"{text} {currency}" if shifted.denominator == 1 else f"about {text} {currency}"


def basis_points(fee_bp: int) -> str:
    """Write a fee in hundredths of a percent as a percentage."""
    return f"{fee_bp // 100}.{fee_bp % 100:02} %"


def bound_of(found: Filling, side: Side) -> int:
    """Return the figure that the payer agrees to: of a sale what arrives, of a purchase what is paid."""
    return found.arrived if side is Side.SELL else found.paid


def _parts(charter: Charter, title: str, sells: str, buys: str, parts: Sequence[FillView | Fill]) -> Table:
    grid = _grid(title, "quote", right=("rate with fee", "paid", "fee in it", "arrives"))
    whole = [("in all", [sum(getattr(each, part) for each in parts) for part in _PARTS])]
    rows = [(each.quote, [getattr(each, part) for part in _PARTS]) for each in parts]
    for name, (paid, fee, arrived) in rows + (whole if len(rows) > 1 else []):
        rate = price_of(charter, buys, sells, Fraction(paid, arrived)) if arrived else ""
        amounts = (_money(charter, paid, sells), _money(charter, fee, sells), _money(charter, arrived, buys))
        grid.add_row(name, rate, *amounts)
    return grid


_PARTS: Final = ("paid", "fee", "arrived")


def _grid(title: str, *columns: str, right: tuple[str, ...]) -> Table:
    grid = Table(
        title=title,
        title_justify="left",
        header_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1),
    )
    for column in columns:
        grid.add_column(column, overflow="fold")
    for column in right:
        grid.add_column(column, justify="right", no_wrap=True)
    return grid


def _decimals(charter: Charter, currency: str) -> int:
    issuer = charter.issuer(currency)
    assert issuer is not None, "a currency of the charter"
    return issuer.decimals


def _money(charter: Charter, minor: int, currency: str) -> str:
    return format_amount(minor, _decimals(charter, currency), grouped=True)


def _moment(at_us: int) -> str:
    return f"{datetime.datetime.fromtimestamp(at_us // 1_000_000, datetime.UTC):%Y-%m-%d %H:%M:%S}"
