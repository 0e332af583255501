"""Durable payments on one node, beside the disk's floor and PostgreSQL in the same run.

Usage: python benchmarks/ledger.py [--runs 5] [--folder DIR] [--write docs/performance.md]

The same as `mufakat bench ledger`, written into the page of results, with a picture beside it.
"""

import argparse
from pathlib import Path

from picture import draw
from report import machine, put_section

from mufakat.cli.bench_ledger import HEADINGS, Measured, cells, measure_ledger, sentences

_PICTURE = "performance-ledger.svg"


def page(found: Measured, runs: int) -> list[str]:
    """Write the figures as a section of the page."""
    return [
        f"Median of {runs} runs, in turn with the floor: SHA-256, append and fdatasync of the same bytes, a batch",
        f"at a time. Latency: from a batch's bytes until it is acknowledged, durable. Machine: {machine()}.",
        "",
        f"![Payments a second and latency, by payments a batch]({_PICTURE})",
        "",
        f"| {' | '.join(HEADINGS)} |",
        f"|{'---|' * len(HEADINGS)}",
        *(f"| {' | '.join(cells(each))} |" for each in found.sizes),
        "",
        *sentences(found),
    ]


def main() -> None:
    """Measure, print, and write the page if asked."""
    options = argparse.ArgumentParser(description="Durable payments on one node.")
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--folder", type=Path)
    options.add_argument("--write", type=Path)
    chosen = options.parse_args()
    found = measure_ledger(chosen.runs, chosen.folder, lambda *_: None)
    lines = page(found, chosen.runs)
    print("\n".join(lines))
    if chosen.write:
        put_section(chosen.write, "The ledger of one node", lines)
        draw(found, chosen.write.with_name(_PICTURE))


if __name__ == "__main__":
    main()
