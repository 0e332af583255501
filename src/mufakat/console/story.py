"""The last lines of a demonstration: what happened, in plain words, and what to try next."""

from pathlib import Path
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from mufakat.console.report import PARTS, CurrencyRow, DayReport


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
    """Draw the day's money, one currency a row; parts that no currency has are left out."""
    title = escape(f"{report.union}, {report.business_date}")
    grid = Table(title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    grid.add_column("")
    parts = [part for part in PARTS if any(row.part(part) for row in report.currencies)]
    for column in ("owed and sent", *(_HEADS.get(part.field, part.words) for part in parts)):
        grid.add_column(column, justify="right")
    for row in report.currencies:
        shares = (percent(row.part(part), row.whole) for part in parts)
        grid.add_row(row.currency, short(row.whole, row.decimals), *shares)
    return grid


_HEADS: Final = {
    "set_off": "set off",
    "settled_net": "paid net",
    "sent_back": "sent back",
    "left": "carried on",
}
"""What stands over the parts of which the page says more."""


def lines(files: int, report: DayReport, folder: Path) -> list[str]:
    """Say what happened and what to try next, one paragraph a line."""
    counts, home = report.counts, escape(str(folder))
    sent = _fit(files, "no payment file", "1 payment file", "{} payment files")
    owed = _fit(
        counts.debts,
        "no debt of their firms was on record",
        "1 debt of their firms was on record",
        "{} debts\nof their firms were on record",
    )
    settled = _fit(counts.payments_settled, "No payment", "1 payment", "{} payments")
    refused = _fit(
        counts.payments_refused,
        "none was refused",
        "1 was refused, with the reason",
        "{} were refused, with the reason",
    )
    late = _fit(
        counts.sent_back,
        "none lacked funds at the close",
        "1 lacked funds at the close and was sent back",
        "{} lacked funds at the close and were sent back",
    )
    said = f"""
[bold]What happened.[/] {len(report.members)} central banks ran a business day with no operator.
Their banks sent {sent}, and {owed}.
{_money([row for row in report.currencies if row.whole])}
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
    """Say what became of all that was owed and sent."""
    if not rows:
        return "Nothing was owed or sent."
    set_off, netted = _span(rows, "set_off"), _span(rows, "netted")
    moved, later = _span(rows, "settled_gross", "settled_net"), _span(rows, "later")
    debts = "Depending on the currency, debts" if " to " in f"{set_off}{netted}{moved}" else "Debts"
    not_due = f";\n{later} is debts that are not due yet" if any(row.later for row in rows) else ""
    return f"""{debts} in a circle cancelled {set_off} of all that was owed and sent,
with no money at all. What comes in was netted against what goes out: another {netted}.
{moved} was paid, each in its own central bank's money{not_due}."""


def _span(rows: list[CurrencyRow], *fields: str) -> str:
    """Give the least and greatest share that some parts have of a currency's whole, as the table has them."""
    shares = sorted(_hundredths(sum(getattr(row, field) for field in fields), row.whole) for row in rows)
    return f"{shares[0]} %" if shares[0] == shares[-1] else f"{shares[0]} to {shares[-1]} %"
