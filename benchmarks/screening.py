"""Disturbed names of the real lists and clean names, screened beside nomenklatura and rapidfuzz in the same run.

Usage: python benchmarks/screening.py [--data FOLDER] [--each 100] [--clean 2000] [--write docs/performance.md]

The same as `mufakat bench screening`, written into the page of results.
"""

import argparse
from pathlib import Path

from report import machine, put_section

from mufakat.cli.bench_screening import Measured, about, measure_screening, table
from mufakat.cli.screeners import CANDIDATES

SEED = 20_261


def page(found: Measured) -> list[str]:
    """Write the figures as a section of the page."""
    headings, rows = table(found)
    return [
        "Recall at 1 % / 0.1 % of clean names that give an alarm, by what was done to the names",
        "(`simulation/names.py`, from a seed with which nothing was tuned); each screener has the threshold that",
        "the clean names alone set for it.",
        "Names by themselves: no type, birth year or country. In their own script they are asked of lists that do",
        f"not hold it. nomenklatura is given the first {CANDIDATES} of rapidfuzz and of the own index, and who is",
        "meant. Names/s are of one core's CPU time, over the clean names, words not met before among them.",
        f"{about(found)}",
        f"Machine: {machine()}.",
        "",
        f"| {' | '.join(headings)} |",
        f"|{'---|' * len(headings)}",
        *(f"| {' | '.join(row)} |" for row in rows),
        *("", *found.missing),
    ]


def main() -> None:
    """Measure, print, and write the page if asked."""
    options = argparse.ArgumentParser(description="Names screened.")
    options.add_argument("--data", type=Path, default=Path("../shared/data/lists"))
    options.add_argument("--each", type=int, default=100)
    options.add_argument("--clean", type=int, default=2_000)
    options.add_argument("--write", type=Path)
    chosen = options.parse_args()
    found = measure_screening(chosen.data, (chosen.each, chosen.clean, SEED), lambda *_: None, alone=False)
    lines = page(found)
    print("\n".join(lines))
    if chosen.write:
        put_section(chosen.write, "Screening of names", lines)


if __name__ == "__main__":
    main()
