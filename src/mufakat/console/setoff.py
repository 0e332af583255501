"""What a set-off of a CSV came to: a table of figures, and a page with the debts before and after it."""

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
from markupsafe import Markup
from rich.markup import escape
from rich.table import Table

from mufakat.console.network import Debt, draw_network, largest
from mufakat.messages.debts import Debts, Int64
from mufakat.model.money import format_amount

MOST_DRAWN: Final = 9
"""Firms with a place of their own in the picture; the others share one."""
OTHERS: Final = "rest"

_STYLE: Final = Markup("""
:root { --paper: #fcfbf8; --ink: #1d2733; --soft: #7b8794; --debt: #b4552d; --gone: #2f7d6b; --line: #e3dfd6; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14181d; --ink: #e8e6e1; --soft: #8a95a1; --debt: #e08a5f; --gone: #5fbfa6; --line: #2c333b; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  max-width: 62rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; } .soft { color: var(--soft); }
.bar { display: flex; height: 1.4rem; margin: .6rem 0 .2rem; border-radius: .2rem; overflow: hidden; }
.bar i { background: var(--gone); } .bar b { background: var(--debt); flex: 1; }
.pair { display: flex; flex-wrap: wrap; gap: 1rem; } figure { flex: 1 1 20rem; margin: 0; }
figcaption { text-align: center; color: var(--soft); }
.network { width: 100%; } .network path, .network .debt circle { fill: none; stroke: var(--debt); }
.network .debt .casing { stroke: var(--paper); }
.network .debt .head { fill: var(--debt); stroke: var(--paper); stroke-width: .8; }
.network .ghost { stroke: var(--soft); stroke-dasharray: 1 5; }
.network .member circle { fill: var(--paper); stroke: var(--ink); stroke-width: 1.5; }
.network text { font-size: 11px; text-anchor: middle; fill: var(--ink); }
""")


class Figures(NamedTuple):
    """One currency's set-off; `total` and `cleared` are sums over obligations, minor units."""

    currency: str
    obligations: int
    total: int
    cleared: int
    solve_seconds: float


def table(figures: Iterable[Figures], decimals: int) -> Table:
    """Lay out the figures, one currency a row."""
    made = Table(title="Set-off at the optimum")
    made.add_column("currency")
    for name in ("obligations", "owed", "cleared", "part", "left", "seconds"):
        made.add_column(name, justify="right")
    for each in figures:
        left = each.total - each.cleared
        amounts = [
            format_amount(amount, decimals, grouped=True) for amount in (each.total, each.cleared, left)
        ]
        made.add_row(
            each.currency or "all",
            f"{each.obligations:,}",
            amounts[0],
            amounts[1],
            share(each.cleared, each.total),
            amounts[2],
            f"{each.solve_seconds:.2f}",
        )
    return made


def ranking(code: str, prices: list[tuple[str, int]], of: int) -> Table:
    """Rank firms by what a unit of credit would free there; the first of `of`."""
    made = Table(title=f"One more unit of credit {f'in {code} ' if code else ''}frees, at")
    made.add_column("firm")
    made.add_column("units of debt", justify="right")
    for firm, freed in prices:
        made.add_row(escape(firm), f"{freed:,}")
    if of > len(prices):
        made.caption = f"the first {len(prices)} of {of:,}; --json has all"
    return made


def share(part: int, whole: int) -> str:
    """Write a part of a whole as per cent with one decimal, rounded down."""
    thousandths = part * 1_000 // whole
    return f"{thousandths // 10}.{thousandths % 10} %"


def page(debts: Debts, cleared: Int64, decimals: int) -> str:
    """Return a page that needs no other file: for each currency a bar and two drawings of one scale."""
    sections = [_section(debts, cleared, number, decimals) for number in range(len(debts.codes))]
    return Markup(
        '<!doctype html>\n<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<title>Set-off</title><style>{}</style>\n<h1>Who owed whom, and who still does</h1>"
        '<p class="soft">Debts that run in a ring cancel out with no money. Each firm owes and is owed less than '
        "before, by one and the same amount.</p>\n{}\n</html>\n"
    ).format(_STYLE, Markup("\n").join(sections))


def _section(debts: Debts, cleared: Int64, number: int, decimals: int) -> Markup:
    rows = np.flatnonzero(debts.currencies == number)
    code = debts.codes[number]
    total, gone = int(debts.amounts[rows].sum()), int(cleared[rows].sum())
    names = _drawn(debts, rows)
    before = _between(debts, rows, debts.amounts[rows], names, code)
    after = _between(debts, rows, debts.amounts[rows] - cleared[rows], names, code)
    scale = largest(before)
    shown = list(names.values())
    legend = Markup("; ").join(
        Markup("<b>{}</b> {}").format(label, debts.firms[firm]) for firm, label in names.items()
    )
    drawings = [
        draw_network(shown, owed, decimals=decimals, scale=scale, title=title, gone=earlier)
        for owed, title, earlier in ((before, "Before", ()), (after, "After", before))
    ]
    money = [format_amount(amount, decimals, grouped=True) for amount in (total, gone, total - gone)]
    return Markup(
        "<section><h2>{code} {total} owed, {gone} cleared ({part}), {left} left</h2>"
        '<div class="bar"><i style="width:{part_width}%"></i><b></b></div>'
        '<p class="soft">{count} debts. The {shown} firms with the largest debts have a place of their own, all '
        "others share one. Point at a line for its amount.</p>"
        "<p>{legend}</p>"
        '<div class="pair"><figure>{before}<figcaption>before</figcaption></figure>'
        "<figure>{after}<figcaption>after; dotted: cleared in full</figcaption></figure></div></section>"
    ).format(
        code=code,
        total=money[0],
        gone=money[1],
        left=money[2],
        part=share(gone, total),
        part_width=gone * 100 // total,
        count=f"{len(rows):,}",
        shown=len(shown),
        legend=legend,
        before=drawings[0],
        after=drawings[1],
    )


def _drawn(debts: Debts, rows: Int64) -> dict[int, str]:
    """Number the firms with the largest debts, owed and owing together, from the largest on."""
    gross: dict[int, int] = {}
    for side in (debts.debtors[rows], debts.creditors[rows]):
        order = np.argsort(side, kind="stable")
        first = np.flatnonzero(np.diff(side[order], prepend=-1))
        sums = np.add.reduceat(debts.amounts[rows][order], first)
        for firm, amount in zip(side[order][first].tolist(), sums.tolist(), strict=True):
            gross[firm] = gross.get(firm, 0) + amount
    top = sorted(gross, key=lambda firm: (-gross[firm], firm))[:MOST_DRAWN]
    return {firm: str(number) for number, firm in enumerate(top, 1)}


def _between(debts: Debts, rows: Int64, amounts: Int64, names: dict[int, str], code: str) -> list[Debt]:
    """Sum amounts by the places of debtor and creditor in the drawing; those among the others are left out."""
    place = np.full(len(debts.firms), len(names), np.int64)
    place[list(names)] = np.arange(len(names))
    labels = [*names.values(), OTHERS]
    pair = place[debts.debtors[rows]] * len(labels) + place[debts.creditors[rows]]
    sums = np.zeros(len(labels) ** 2, np.int64)
    np.add.at(sums, pair, amounts)
    return [
        Debt(labels[at // len(labels)], labels[at % len(labels)], code, int(sums[at]))
        for at in np.flatnonzero(sums).tolist()
        if at != len(sums) - 1
    ]
