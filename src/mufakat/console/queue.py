"""Tables of the queue on the terminal: what waits and in which order, limits and what is used of them."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from mufakat.console.grid import moment, money
from mufakat.model.charter import Charter
from mufakat.projections.queue import LimitView, Waiting


def waiting(charter: Charter, rows: Sequence[Waiting]) -> Table:
    """Return a row for each payment that waits: its place in its account's queue, and the rest of its amount."""
    title = "1 payment waits" if len(rows) == 1 else f"{len(rows):,} payments wait"
    grid = Table(title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for column in ("UETR", "from", "to", "currency", "value date", "status", "priority", "between, UTC"):
        grid.add_column(column, overflow="fold")
    for column in ("place", "amount", "rest"):
        grid.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        amounts = (money(charter, each, row.currency) for each in (row.amount, row.amount - row.paid))
        names = row.uetr, row.debtor_agent, row.creditor_agent, row.currency, row.value_date
        times = between(row.earliest_us, row.latest_us)
        grid.add_row(*names, row.status, row.priority, times, str(row.place or ""), *amounts)
    return grid


def limits(charter: Charter, rows: Sequence[LimitView]) -> Table:
    """Return a row for each limit, with what is used of it today and what is left."""
    grid = Table(
        title="Limits of normal payments, net, by business day",
        title_justify="left",
        header_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    for column in ("bank", "currency", "towards"):
        grid.add_column(column)
    for column in ("limit", "used today", "left"):
        grid.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        _, bank, currency = row.account.split("/")
        amounts = (money(charter, each, currency) for each in (row.most, row.used, row.most - row.used))
        grid.add_row(bank, currency, row.counterparty or "all others", *amounts)
    return grid


def between(earliest_us: int, latest_us: int) -> str:
    """Write between which times a payment may settle, or nothing."""
    if not earliest_us and not latest_us:
        return ""
    first, last = (moment(each) if each else "…" for each in (earliest_us, latest_us))
    return f"{first} to {last}"
