"""pacs.008 in, command, pacs.002 out, beside lxml's own schema check and another reader in the same run.

Usage: python benchmarks/messages.py [--runs 5] [--write docs/performance.md]

The same as `mufakat bench messages`, written into the page of results.
"""

import argparse
from pathlib import Path

from report import machine, put_section

from mufakat.cli.bench_messages import HEADINGS, Measured, cells, measure_messages


def page(found: Measured, runs: int) -> list[str]:
    """Write the figures as a section of the page."""
    return [
        f"Median of {runs} runs, in turn, CPU time of one core. Each file is opened, checked against its",
        "schema and the rules between elements, made into the command, and answered. lxml's own: parse and",
        "schema check of the same bytes. pyiso20022: its classes filled, after the same schema check.",
        f"Machine: {machine()}.",
        "",
        f"| {' | '.join(HEADINGS)} |",
        f"|{'---|' * len(HEADINGS)}",
        *(f"| {' | '.join(cells(each))} |" for each in found.shapes),
        *("", *found.missing),
    ]


def main() -> None:
    """Measure, print, and write the page if asked."""
    options = argparse.ArgumentParser(description="Credit transfers read and answered.")
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--write", type=Path)
    chosen = options.parse_args()
    found = measure_messages(chosen.runs, lambda *_: None)
    lines = page(found, chosen.runs)
    print("\n".join(lines))
    if chosen.write:
        put_section(chosen.write, "Messages in and out", lines)


if __name__ == "__main__":
    main()
