"""Disturbed names of the real lists and clean names, screened beside nomenklatura and rapidfuzz in the same run.

Usage: python benchmarks/screening.py [--data FOLDER] [--each 100] [--clean 2000] [--customers 1000000]
    [--write docs/performance.md]

The same as `mufakat bench screening`, written into the page of results.
"""

import argparse
from pathlib import Path

from report import machine, put_section

from mufakat.cli import rescreening
from mufakat.cli.bench_screening import Measured, about, measure_screening, rescreened, table
from mufakat.cli.rescreening import Rescreened
from mufakat.cli.screeners import CANDIDATES

SEED = 20_261


def page(found: Measured, changes: list[Rescreened]) -> list[str]:
    """Write the figures as a section of the page."""
    headings, rows = table(found)
    about_changes, changed = rescreening.table(changes)
    return [
        "Recall at 1 % / 0.1 % of clean names that give an alarm, by what was done to the names",
        "(`simulation/names.py`, from a seed with which nothing was tuned); each screener has the threshold that",
        "the clean names alone set for it.",
        "Names by themselves: no type, birth year or country. In their own script they are asked of lists that do",
        f"not hold it. nomenklatura is given the first {CANDIDATES} of rapidfuzz and of the own index, and who is",
        "meant. Labelled pairs are nomenklatura's own 826 (`nk_name_bench_cases.csv`), made to be hard: how often",
        "one of one party scores above one of two. Names/s are of one core's CPU time, over the clean names, with",
        "nothing met before.",
        f"{about(found)}",
        f"Machine: {machine()}.",
        "",
        f"| {' | '.join(headings)} |",
        f"|{'---|' * len(headings)}",
        *(f"| {' | '.join(row)} |" for row in rows),
        *("", *found.missing),
        "",
        f"A change of the UN list (2024-09-26 to 2025-04-19) asked of customers by {rescreening.PROCESSES}",
        "processes, their indexes made anew; one name in ten is misspelt. CPU seconds are of all together.",
        "",
        f"| {' | '.join(about_changes)} |",
        f"|{'---|' * len(about_changes)}",
        *(f"| {' | '.join(row)} |" for row in changed),
    ]


def main() -> None:
    """Measure, print, and write the page if asked."""
    options = argparse.ArgumentParser(description="Names screened.")
    options.add_argument("--data", type=Path, default=Path("../shared/data/lists"))
    options.add_argument("--each", type=int, default=100)
    options.add_argument("--clean", type=int, default=2_000)
    options.add_argument("--customers", type=int, default=1_000_000)
    options.add_argument("--write", type=Path)
    chosen = options.parse_args()
    found = measure_screening(chosen.data, (chosen.each, chosen.clean, SEED), lambda *_: None, alone=False)
    lines = page(found, rescreened(chosen.data, chosen.customers, lambda *_: None))
    print("\n".join(lines))
    if chosen.write:
        put_section(chosen.write, "Screening of names", lines)


if __name__ == "__main__":
    main()
