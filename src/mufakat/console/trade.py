"""Trade records on the terminal: a row for each, or one with its goods and all that its document says."""

from collections.abc import Iterator, Mapping, Sequence

from rich.table import Table
from rich.text import Text

from mufakat.console.grid import headed, money, titled
from mufakat.model.charter import Charter
from mufakat.projections.trade import LineView, TradeView


def records(rows: Sequence[TradeView], after: str | None, warnings: Mapping[str, Sequence[str]]) -> Table:
    """Draw a row for each record; `after` is the last of them where there are more. `warnings`: by identifier."""
    count = "1 trade record" if len(rows) == 1 else f"{len(rows):,} trade records"
    more = "" if after is None else f"; go on: --after {after}"
    columns = ["id", "buyer", "issued", "route", "ship", "registered by", *(["warnings"] if warnings else [])]
    grid = titled(f"{count}{more}", *columns)
    for row in rows:
        texts = [row.id, row.buyer, row.issued, route(row), ship(row), row.author]
        texts += [" ".join(warnings.get(row.id, ()))] if warnings else []
        grid.add_row(*map(Text, texts))
    return grid


def route(row: TradeView) -> str:
    """Write the countries of a route in order; services have none."""
    if row.services:
        return "services"
    return " > ".join(each for each in (row.dispatch, *row.transshipments, row.destination) if each)


def ship(row: TradeView) -> str:
    """Write what is known of the ship: its name, its number, the voyage."""
    number = f"IMO {row.vessel}" if row.vessel else ""
    voyage = f"voyage {row.voyage}" if row.voyage else ""
    return ", ".join(each for each in (row.vessel_name, number, voyage) if each)


def record(
    charter: Charter,
    row: TradeView,
    lines: Sequence[LineView],
    proven: Sequence[str],
    warnings: Sequence[str],
) -> Iterator[Table]:
    """Draw one record: what it says, field by field, then its goods where there are any."""
    grid = titled(f"{row.kind} {row.number}", "what", "says")
    said = {
        "id": row.id,
        "seller": f"{row.seller}, by {row.seller_agent}",
        "buyer": f"{row.buyer}, by {row.buyer_agent}",
        "issued": row.issued,
        "due": row.due or "",
        "route": route(row),
        "delivery": f"{row.incoterm} {row.place}".strip(),
        "ship": ship(row),
        "payment means": row.payment_means,
        "proves": ", ".join(proven),
        "refers to": ", ".join(row.refers_to),
        "document": f"SHA-256 {row.document.hex()}",
        "registered": f"by {row.author}, entry {row.entry:,}, {row.date}",
        "warnings": "\n".join(warnings),
    }
    for name, text in said.items():
        if text:
            grid.add_row(name, Text(text))
    yield grid
    if lines:
        yield _goods(charter, row.currency, lines)


def _goods(charter: Charter, currency: str | None, lines: Sequence[LineView]) -> Table:
    amount = "amount" if currency is None else f"amount, {currency}"
    grid = headed("HS code", "origin", "quantity", amount, right=(amount,))
    for line in lines:
        known = line.amount is not None and currency is not None
        text = money(charter, line.amount or 0, currency or "") if known else ""
        grid.add_row(line.hs_code, line.origin, Text(line.quantity), text)
    return grid
