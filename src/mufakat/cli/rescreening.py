"""How long it takes to ask again for all customers when a list changes: what bench screening says of it."""

import csv
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from mufakat.screening.listing import Listing
from mufakat.screening.rescreen import changed, concerned
from mufakat.simulation.names import customers

PROCESSES: Final = 2
_Tell = Callable[[str, int, int], None]


class Rescreened(NamedTuple):
    """One change of the lists: how many entries it concerns, customers asked and found, and what it took.

    `seconds`: by the clock; `cpu_seconds`: of all processes together.
    """

    change: str
    entries: int
    customers: int
    hits: int
    seconds: float
    cpu_seconds: float


def measure_rescreening(
    old: Sequence[Listing], new: Sequence[Listing], people: Path, count: int, tell: _Tell
) -> list[Rescreened]:
    """Ask for `count` customers what changed from `old` to `new`, and then all of `new`, as if nothing was known.

    `people`: a CSV of persons, whose names' words customers' names are made of. Raises OSError.
    """
    with people.open(encoding="utf-8", newline="") as stream:
        parts = [row["full_name"].split() for row in csv.DictReader(stream)]
    everything = sum(len(each.entries) for each in new)
    entries = changed(old, new)
    rows = []
    for change, only, size in (
        ("entries that came or changed", entries, len(entries)),
        ("all entries new", None, everything),
    ):

        def told(done: int, change: str = change) -> None:
            tell(f"customers, {change}", done, count)

        asked = customers(parts, count, seed=1)
        start, before = time.perf_counter(), _cpu()
        hits = sum(1 for _ in concerned(new, only, asked, told, processes=PROCESSES))
        spent = time.perf_counter() - start
        rows.append(Rescreened(change, size, count, hits, round(spent, 1), round(_cpu() - before, 1)))
    return rows


def _cpu() -> float:
    """Return the CPU seconds of this process and of those that it started and that ended."""
    return sum(os.times()[:4])


def table(rows: Sequence[Rescreened]) -> tuple[list[str], list[list[str]]]:
    """Return headings and rows, a change a row."""
    headings = ["change", "entries", "customers", "hits", "seconds", "CPU seconds"]
    return headings, [
        [
            each.change,
            f"{each.entries:,}",
            f"{each.customers:,}",
            f"{each.hits:,}",
            f"{each.seconds:,.0f}",
            f"{each.cpu_seconds:,.0f}",
        ]
        for each in rows
    ]
