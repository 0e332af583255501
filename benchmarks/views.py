"""Payments that become rows of the views, in SQLite and in PostgreSQL.

Usage: python benchmarks/views.py [--runs 5] [--folder DIR] [--write docs/performance.md]

The same as `mufakat bench views`, written into the page of results.
"""

import argparse
from pathlib import Path

from report import machine, put_section

from mufakat.cli.bench_views import BATCHES, HEADINGS, Measured, cells, measure_views
from mufakat.simulation.ledger import MOST_A_BATCH


def page(found: Measured, runs: int) -> list[str]:
    """Write the figures as a section of the page."""
    return [
        f"Median of {runs} runs of {BATCHES} batches of {MOST_A_BATCH:,} payments that settle on entry, folded",
        "from events, a batch a transaction. PostgreSQL's server runs beside this process, with its own settings.",
        f"Machine: {machine()}.",
        "",
        f"| {' | '.join(HEADINGS)} |",
        f"|{'---|' * len(HEADINGS)}",
        *(f"| {' | '.join(cells(each))} |" for each in found.databases),
        *("", *found.missing),
    ]


def main() -> None:
    """Measure, print, and write the page if asked."""
    options = argparse.ArgumentParser(description="Payments that become rows of the views.")
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--folder", type=Path)
    options.add_argument("--write", type=Path)
    chosen = options.parse_args()
    found = measure_views(chosen.runs, chosen.folder, lambda *_: None)
    lines = page(found, chosen.runs)
    print("\n".join(lines))
    if chosen.write:
        put_section(chosen.write, "The views", lines)


if __name__ == "__main__":
    main()
