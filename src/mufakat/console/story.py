"""The last lines of a demonstration: what happened, in plain words, and what to try next."""

from pathlib import Path

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
    grid = Table(title=title, title_justify="left", header_style="bold", pad_edge=False)
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
    return [
        "",
        f"[bold]What happened.[/] {len(report.members)} central banks ran a business day with no operator. "
        f"Their banks sent {files:,} payment files and {counts.obligations_registered:,} obligations of "
        f"their firms were registered.",
        f"Debts in a circle were cancelled with no money at all: {_span(rows, 'set_off')} of all that was to be "
        f"paid. Of the rest, in- and outgoings were netted ({_span(rows, 'netted')}); only "
        f"{_moved(rows)} had to move, each currency in its own central bank's money.",
        f"{counts.payments_settled:,} payments settled for good; {counts.payments_rejected} were rejected, each "
        f"with its reason; {counts.payments_unsettled} lacked funds by the close and were sent back.",
        f"The journal of {report.entries:,} signed entries was recomputed from genesis and is whole.",
        f"State root {report.state_root}",
        "",
        "[bold]Try next[/]",
        f"  open {folder / 'report.html'}  the day on one page",
        f"  .venv/bin/mufakat verify {folder / 'journal.db'}  recompute it yourself; change one byte and try again",
        f"  .venv/bin/mufakat --home {folder} positions  who holds what",
        f"  .venv/bin/mufakat --home {folder} obligations --status accepted  what firms still owe",
    ]


def _span(rows: list[CurrencyRow], field: str) -> str:
    shares = sorted((100 * getattr(row, field)) // row.gross for row in rows)
    if not shares:
        return "nothing"
    return f"{shares[0]} %" if shares[0] == shares[-1] else f"{shares[0]} to {shares[-1]} %"


def _moved(rows: list[CurrencyRow]) -> str:
    shares = sorted((100 * (row.settled_gross + row.settled_net)) // row.gross for row in rows)
    if not shares:
        return "nothing"
    return f"{shares[0]} % to {shares[-1]} %, depending on the currency,"
