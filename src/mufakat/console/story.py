"""The last lines of a demonstration: what happened, in plain words, and what to try next."""

from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from mufakat.console.report import CurrencyRow, DayReport


def percent(part: int, whole: int) -> str:
    """Write a share in whole per cent, computed in integers; a dash of nothing."""
    return f"{_hundredths(part, whole)} %" if whole else "-"


def _hundredths(part: int, whole: int) -> int:
    return (200 * part + whole) // (2 * whole)


def short(minor: int, decimals: int) -> str:
    """Write an amount in millions or billions of its currency, with one decimal, cut off."""
    whole = minor // 10**decimals
    for unit, name in ((10**9, "bn"), (10**6, "m")):
        if whole >= unit:
            return f"{whole // unit:,}.{whole % unit * 10 // unit} {name}"
    return f"{whole:,}"


def table(report: DayReport) -> Table:
    """Draw the day's money, one currency a row."""
    title = escape(f"{report.union}, {report.business_date}")
    grid = Table(title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    grid.add_column("")
    for column in ("to be paid", "set off", "netted", "paid one by one", "paid net", "left unpaid"):
        grid.add_column(column, justify="right")
    grid.add_column("as money", justify="right")
    for row in report.currencies:
        parts = (row.set_off, row.netted, row.settled_gross, row.settled_net, row.unsettled)
        grid.add_row(
            row.currency,
            short(row.gross, row.decimals),
            *(percent(part, row.gross) for part in parts),
            percent(row.settled_gross + row.settled_net, row.gross),
        )
    return grid


def lines(files: int, report: DayReport, folder: Path) -> list[str]:
    """Say what happened and what to try next, one paragraph a line."""
    counts, home = report.counts, escape(str(folder))
    sent = _fit(files, "no payment file", "1 payment file", "{} payment files")
    owed = _fit(
        counts.obligations_registered,
        "no obligation of their firms was registered",
        "1 obligation of their firms was registered",
        "{} obligations\nof their firms were registered",
    )
    settled = _fit(counts.payments_settled, "No payment", "1 payment", "{} payments")
    refused = _fit(
        counts.payments_rejected,
        "none was refused",
        "1 was refused, with the reason",
        "{} were refused, with the reason",
    )
    late = _fit(
        counts.payments_unsettled,
        "none lacked funds at the close",
        "1 lacked funds at the close and was sent back",
        "{} lacked funds at the close and were sent back",
    )
    said = f"""
[bold]What happened.[/] {len(report.members)} central banks ran a business day with no operator.
Their banks sent {sent}, and {owed}.
{_money([row for row in report.currencies if row.gross])}
{settled} settled for good; {refused};
{late}.
The journal of {report.entries:,} signed entries was recomputed from genesis and is whole.
State root {report.state_root}

[bold]Try next[/]
  open {home}/report.html    the day on one page
  .venv/bin/mufakat verify {home}/journal.db    recompute it yourself; change a byte, try again
  .venv/bin/mufakat --home {home} positions    who holds what
  .venv/bin/mufakat --home {home} obligations --status accepted    what firms still owe"""
    return said.split("\n")


def _fit(count: int, none: str, one: str, many: str) -> str:
    """Choose the words that fit a count, which stands for `{}`."""
    return many.format(f"{count:,}") if count > 1 else one if count else none


def _money(rows: list[CurrencyRow]) -> str:
    """Say what became of all that was to be paid."""
    if not rows:
        return "There was nothing to pay."
    set_off, netted = _span(rows, "set_off"), _span(rows, "netted")
    moved = _span(rows, "settled_gross", "settled_net")
    depending = ", depending on the currency," if " to " in moved else ""
    return f"""Debts in a circle were cancelled with no money at all: {set_off} of all that was to be paid.
What comes in was netted against what goes out: another {netted}.
Only {moved}{depending} had to move,
each in its own central bank's money."""


def _span(rows: list[CurrencyRow], *fields: str) -> str:
    """Give the least and greatest share that some parts have of a currency's whole, as the table has them."""
    shares = sorted(_hundredths(sum(getattr(row, field) for field in fields), row.gross) for row in rows)
    return f"{shares[0]} %" if shares[0] == shares[-1] else f"{shares[0]} to {shares[-1]} %"
