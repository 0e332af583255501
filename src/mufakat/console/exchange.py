"""Quotes, a preview, and exchanges on the terminal: rate, fee and what arrives, as people read them."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from rich.table import Table

from mufakat.console.grid import moment, money, titled
from mufakat.model.charter import Charter
from mufakat.model.money import format_amount
from mufakat.model.rate import Filling, Side
from mufakat.projections.exchanges import ExchangeView, FillView, QuoteView

_PLACES: Final = 9


def quotes(charter: Charter, rows: Sequence[QuoteView]) -> Table:
    """Draw quotes; the price is of one whole unit of the currency sold, without the fee."""
    right = ("price", "fee", "least", "left")
    grid = titled("1 quote" if len(rows) == 1 else f"{len(rows):,} quotes", *_QUOTE_COLUMNS, right=right)
    for row in rows:
        ends = f"{moment(row.valid_until_us)}" if row.status == "open" else row.status
        price = price_of(charter, row.sells, row.buys, Fraction(row.rate_asked, row.rate_offered))
        amounts = (money(charter, each, row.sells) for each in (row.least, row.left))
        pair = (f"{row.sells} for {row.buys}", ends)
        grid.add_row(row.id, *pair, price, basis_points(row.fee_bp), *amounts)
    return grid


_QUOTE_COLUMNS: Final = ("quote", "sells", "firm until")


def preview(charter: Charter, ends: tuple[str, str], found: Filling, parts: Sequence[FillView]) -> Table:
    """Draw what an exchange from one currency to another would come to, quote by quote and in all."""
    sells, buys = ends
    title = (
        f"{money(charter, found.arrived, buys)} {buys} arrive for {money(charter, found.paid, sells)} {sells}"
    )
    return _parts(charter, title, parts)


def exchange(charter: Charter, settled: ExchangeView, parts: Sequence[FillView]) -> Table:
    """Draw a settled exchange, quote by quote and in all."""
    arrived, paid = (
        money(charter, settled.arrived, settled.buys),
        money(charter, settled.paid, settled.sells),
    )
    title = (
        f"{settled.uetr}: {arrived} {settled.buys} arrived at {settled.creditor_agent} for {paid} {settled.sells}"
        f" of {settled.payer}, final since {moment(settled.at_us)}"
    )
    return _parts(charter, title, parts)


def exchanges(charter: Charter, rows: Sequence[ExchangeView]) -> Table:
    """Draw a row for each exchange."""
    title = "1 exchange" if len(rows) == 1 else f"{len(rows):,} exchanges"
    grid = titled(title, "UETR", "from", "to", "date", right=("paid", "fee in it", "arrived"))
    for row in rows:
        sums = (f"{money(charter, each, row.sells)} {row.sells}" for each in (row.paid, row.fee))
        arrived = f"{money(charter, row.arrived, row.buys)} {row.buys}"
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


def _parts(charter: Charter, title: str, parts: Sequence[FillView]) -> Table:
    """Draw what each quote gives; then each step in all, where it takes several."""
    grid = titled(title, "quote", right=("rate with fee", "paid", "fee in it", "arrives"))
    for sold, bought in dict.fromkeys((each.sold, each.bought) for each in parts):
        step = [each for each in parts if (each.sold, each.bought) == (sold, bought)]
        rows = [(each.quote, each.paid, each.fee, each.arrived) for each in step]
        if len(rows) > 1:
            rows.append(("in all", *(sum(column) for column in list(zip(*rows, strict=True))[1:])))
        for name, paid, fee, arrived in rows:
            rate = price_of(charter, bought, sold, Fraction(paid, arrived))
            amounts = (
                f"{money(charter, paid, sold)} {sold}",
                f"{money(charter, fee, sold)} {sold}",
                f"{money(charter, arrived, bought)} {bought}",
            )
            grid.add_row(name, rate, *amounts)
    return grid


def _decimals(charter: Charter, currency: str) -> int:
    issuer = charter.issuer(currency)
    assert issuer is not None, "a currency of the charter"
    return issuer.decimals
