"""The last lines of a demonstration: what happened, in plain words, and what to try next."""

from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table

from mufakat.console.report import CurrencyRow, DayReport


def percent(part: int, whole: int) -> str:
    """Write a share in whole per cent, computed in integers; a dash of nothing."""
    return f"{(200 * part + whole) // (2 * whole)} %" if whole else "-"


def short(minor: int, decimals: int) -> str:
    """Write an amount in millions or billions of its currency, with one decimal, cut off."""
    whole = minor // 10**decimals
    for unit, name in ((10**9, "bn"), (10**6, "m")):
        if whole >= unit:
            return f"{whole // unit:,}.{whole % unit * 10 // unit} {name}"
    return f"{whole:,}"


def table(report: DayReport) -> Table:
    """Draw the day's money, one currency a row."""
    title = f"{report.union}, {report.business_date}"
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
    counts = report.counts
    rows = [row for row in report.currencies if row.gross]
    said = f"""
[bold]What happened.[/] {len(report.members)} central banks ran a business day with no operator.
Their banks sent {files:,} payment files, and {counts.obligations_registered:,} obligations
of their firms were registered.
Debts in a circle were cancelled with no money at all: {_span(rows, "set_off")} of all that was to be paid.
What comes in was netted against what goes out: another {_span(rows, "netted")}.
Only {_span(rows, "settled_gross", "settled_net")}, depending on the currency, had to move,
each in its own central bank's money.
{counts.payments_settled:,} payments settled for good; {counts.payments_rejected} were refused, with the reason;
{counts.payments_unsettled} lacked funds at the close and were sent back.
The journal of {report.entries:,} signed entries was recomputed from genesis and is whole.
State root {report.state_root}

[bold]Try next[/]
  open {folder}/report.html    the day on one page
  .venv/bin/mufakat verify {folder}/journal.db    recompute it yourself; change a byte, try again
  .venv/bin/mufakat --home {folder} positions    who holds what
  .venv/bin/mufakat --home {folder} obligations --status accepted    what firms still owe"""
    return said.split("\n")


def _span(rows: list[CurrencyRow], *fields: str) -> str:
    """Give the least and greatest share that some parts have of a currency's whole."""
    shares = sorted(sum(100 * getattr(row, field) for field in fields) // row.gross for row in rows)
    if not shares:
        return "nothing"
    return f"{shares[0]} %" if shares[0] == shares[-1] else f"{shares[0]} to {shares[-1]} %"
