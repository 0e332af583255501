"""What of queued payments settles: in turn, in order together, and with overtaking, beside HiGHS, in the same run.

Usage: python benchmarks/queues.py [--payments 10000] [--seconds 12] [--write docs/performance.md]

The same as `mufakat bench queue`, written into the page of results.
"""

import argparse
from pathlib import Path

from report import machine, put_section

from mufakat.cli.bench_queue import HEADINGS, Measured, cells, measure_queue, sentences


def page(found: Measured, payments: int, participants: int, currencies: int, seconds: int) -> list[str]:
    """Write the figures as a section of the page."""
    lines = [
        f"{payments:,} payments in {currencies} currencies, {participants} participants each, core and periphery;",
        "amounts log-normal (sigma 1.6), seeds 1 and on. Funds: of what each is to pay, half to one and a half",
        f"times the level. HiGHS had {seconds} s of CPU a currency; what it finds depends on the machine. CPU s:",
        f"the search's, over all currencies. Machine: {machine()}.",
        "",
        f"| {' | '.join(HEADINGS)} |",
        f"|{'---|' * len(HEADINGS)}",
        *(f"| {' | '.join(cells(level))} |" for level in found.levels),
        "",
        "In turn: plain gross settlement. In order: the largest set with each queue's order kept. Ratio: value",
        "with overtaking to what HiGHS finds, over all currencies; least: in the currency where it is least.",
        "",
    ]
    return [*lines, *sentences(found)]


def main() -> None:
    """Measure, print, and write the page if asked."""
    options = argparse.ArgumentParser(description="What of queued payments settles.")
    options.add_argument("--payments", type=int, default=10_000)
    options.add_argument("--participants", type=int, default=100)
    options.add_argument("--currencies", type=int, default=10)
    options.add_argument("--seconds", type=int, default=12)
    options.add_argument("--write", type=Path)
    chosen = options.parse_args()
    sizes = chosen.payments, chosen.participants, chosen.currencies, chosen.seconds
    lines = page(measure_queue(*sizes, lambda *_: None), *sizes)
    print("\n".join(lines))
    if chosen.write:
        put_section(chosen.write, "Payment queues", lines)


if __name__ == "__main__":
    main()
