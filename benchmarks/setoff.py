"""How long the set-off takes beside other solvers, on made-up graphs of several families, in the same run.

Usage: python benchmarks/setoff.py [--runs 5] [--obligations 1000000] [--write docs/performance.md]

The same as `mufakat bench setoff`, written into the page of results.
"""

import argparse
from pathlib import Path

from report import machine, put_section

from mufakat.cli.bench import OWN, PEERS, Measured, measure_setoff, ratios
from mufakat.simulation.debts import FAMILIES

PUBLIC = Path(__file__).parents[2] / "shared/data/graphs"
"""CSV files of real debts or payments, as `mufakat setoff` reads them; sources are in SOURCES.md beside them."""


def page(rows: list[Measured], missing: list[str], runs: int) -> list[str]:
    """Write the figures as a section of the page."""
    lines = [
        f"CPU seconds, median of {runs} runs in turn, laying out the graph included. Machine: {machine()}.",
        "All solvers came to the same value to the unit. MB: what the kernel adds at its peak.",
        "",
        f"| family | obligations | firms | own | {' | '.join(PEERS)} | MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        times = [f"{row.seconds[name]:.2f}" if name in row.seconds else "-" for name in (OWN, *PEERS)]
        lines.append(
            f"| {row.family} | {row.obligations:,} | {row.firms:,} | {' | '.join(times)} | {row.memory_mb} |"
        )
    means = [f"{name} takes {ratio:.2f} times as long" for name, ratio in ratios(rows).items()]
    more = [f"In geometric mean {', '.join(means)}."] if means else []
    return [*lines, "", *more, *missing, "A dash: does not end in any time of use, or is not here."]


def main() -> None:
    """Measure, print, and write the page if asked."""
    options = argparse.ArgumentParser(description="How long the set-off takes beside other solvers.")
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--obligations", type=int, default=1_000_000)
    options.add_argument("--write", type=Path)
    chosen = options.parse_args()
    public = sorted(PUBLIC.glob("*.csv"))
    rows, missing = measure_setoff(chosen.obligations, chosen.runs, [*FAMILIES, *public], lambda *_: None)
    if not public:
        missing.append("No public graph is measured: ../shared/data/graphs holds no CSV of debts.")
    lines = page(rows, missing, chosen.runs)
    print("\n".join(lines))
    if chosen.write:
        put_section(chosen.write, f"Set-off of {chosen.obligations:,} obligations", lines)


if __name__ == "__main__":
    main()
