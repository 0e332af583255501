"""How long the parts of a business day take, beside what this machine could do at best, in the same run.

Usage: python benchmarks/day.py [--runs 5] [--write docs/performance.md] [--json]

Each figure is the median of several runs, taken in turn with its floor, and given as a ratio to it: absolute times
are the machine's, ratios are the program's.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from lxml import etree
from report import machine, put_section

from mufakat.audit.reading import reading
from mufakat.audit.replay import verify
from mufakat.cli.bench_ledger import appended
from mufakat.gateway.inbound import read_document
from mufakat.journal.log import Journal
from mufakat.messages.envelope import open_message
from mufakat.messages.schema import schema
from mufakat.simulation.demo import embedded_day
from mufakat.simulation.founding import charter_of
from mufakat.simulation.region import make_region
from mufakat.simulation.workload import write_day

SEED = 1
PAYMENTS, INVOICES, OBLIGATIONS = 2_000, 200, 8_000


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that some work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _definition(data: bytes) -> str | None:
    opened = open_message(data)
    return getattr(opened, "definition", None)


def bare_floor(files: list[bytes]) -> Callable[[], None]:
    """Parse the bytes and check each Document with a ready schema: the least that any reader does."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    names = {_definition(data) for data in files}
    checks = {name: schema(name) for name in names if name is not None}

    def work() -> None:
        for data in files:
            root = etree.fromstring(data, parser)
            found = root if root.tag.endswith("}Document") else root[-1]
            checks[found.tag[1:].partition("}")[0].rpartition(":")[2]].validate(found)

    return work


def append_journal(folder: Path, batches: list[list[tuple[int, bytes, bytes]]]) -> Callable[[], None]:
    """Append the same entries to a journal, one durable commit a batch."""

    def work() -> None:
        path = folder / f"journal-{time.monotonic_ns()}.db"
        with Journal.create(path) as journal:
            for batch in batches:
                journal.append(batch, bytes(32))
        path.unlink()

    return work


def paired(runs: int, work: Callable[[], object], floor: Callable[[], object]) -> tuple[float, float, float]:
    """Return the medians of work, floor, and of their ratio run by run; one run of each is not counted."""
    timed(work), timed(floor)
    pairs = [(timed(work), timed(floor)) for _ in range(runs)]
    return (
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs),
    )


def play(folder: Path) -> tuple[float, int]:
    """Play a small day; return seconds and entries."""
    region = make_region(SEED)
    write_day(region, folder / "in", seed=SEED, payments=PAYMENTS, invoices=INVOICES, obligations=OBLIGATIONS)
    start = time.perf_counter()
    day = embedded_day(region, folder)
    day.found()
    day.play(lambda what, done, of: None)
    entries = day.node.entries
    day.close()
    return time.perf_counter() - start, entries


def measure(runs: int) -> list[dict[str, object]]:
    """Run everything; each row names what, its floor, medians in seconds, and their ratio."""
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory(prefix="mufakat-bench-") as name:
        folder = Path(name)
        seconds, entries = play(folder / "day")
        charter = charter_of(make_region(SEED))
        files = [path.read_bytes() for path in sorted((folder / "day" / "in" / "payments").rglob("*.xml"))]
        sound = [data for data in files if read_document(data, charter, bytes(32)).rejection is None][:1_500]

        def read_all() -> None:
            for data in sound:
                read_document(data, charter, bytes(32))

        def row(what: str, floor: str, count: int, figures: tuple[float, float, float]) -> None:
            own, least, ratio = figures
            rows.append(
                {
                    "what": what,
                    "floor": floor,
                    "count": count,
                    "seconds": own,
                    "floor_seconds": least,
                    "ratio": ratio,
                }
            )

        row(
            "pacs.008 read to payment order",
            "lxml parse and schema check",
            len(sound),
            paired(runs, read_all, bare_floor(sound)),
        )
        journal = folder / "day" / "journal.db"
        with reading(journal) as found:
            groups = [[(e.at_us, e.command, e.outcome) for e in batch.entries] for batch in found.read()]
        singles = [[entry] for group in groups[:40] for entry in group][:300]
        for what, batches in (
            ("journal, the day's batches", groups),
            ("journal, one entry a commit", singles),
        ):
            blobs = [b"".join(c + o for _, c, o in batch) for batch in batches]
            row(
                what,
                "SHA-256, append and fdatasync of the same bytes",
                sum(map(len, batches)),
                paired(runs, append_journal(folder, batches), partial(appended, folder, blobs)),
            )
        again = statistics.median(timed(lambda: verify(journal)) for _ in range(runs))
        row(
            "verify the whole journal",
            "playing the day from its files",
            entries,
            (again, seconds, again / seconds),
        )
    return rows


def page(rows: list[dict[str, object]], runs: int) -> list[str]:
    """Write the figures as a section of the page."""
    lines = [
        f"Median of {runs} paired runs; each ratio is to a floor measured in the same run. Machine: {machine()}.",
        "",
        "| what | items | seconds | floor | its seconds | ratio |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r['what']} | {r['count']:,} | {r['seconds']:.3f} | {r['floor']} | {r['floor_seconds']:.3f} "
        f"| {r['ratio']:.2f} |"
        for r in rows
    ]
    return [
        *lines,
        "",
        f"The day: {PAYMENTS:,} payment files, {INVOICES} invoices, {OBLIGATIONS:,} obligations, five currencies.",
    ]


def main() -> None:
    """Measure, print, and write the page if asked."""
    options = argparse.ArgumentParser(description="How long the parts of a business day take.")
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--write", type=Path)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    rows = measure(chosen.runs)
    lines = page(rows, chosen.runs)
    print(json.dumps(rows) if chosen.json else "\n".join(lines))
    if chosen.write:
        put_section(chosen.write, "A business day on one node", lines)


if __name__ == "__main__":
    main()
