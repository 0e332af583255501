"""The command bench views: how fast payments become rows, in SQLite and in PostgreSQL, from the same events."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from mufakat.cli.bench import bench_app, figures
from mufakat.cli.peers import Missing
from mufakat.cli.postgres_cluster import cluster
from mufakat.cli.terminal import AsJson, emit_measured, out, progress
from mufakat.projections.store import Views
from mufakat.simulation.ledger import MOST_A_BATCH, published

BATCHES: Final = 40
"""Batches a run."""
_SEED: Final = 1
_Tell = Callable[[str, int, int], None]


class Folded(NamedTuple):
    """One database: medians over runs. `own_per_second`: payments in a second of this process' CPU time."""

    database: str
    payments_per_second: int
    own_per_second: int


class Measured(NamedTuple):
    """All that one run measured, and what is missing."""

    databases: list[Folded]
    missing: list[str]


@bench_app.command("views")
def views(
    runs: Annotated[
        int, typer.Option("--runs", min=1, max=99, help="Runs; each figure is their median.")
    ] = 5,
    folder: Annotated[
        Path | None, typer.Option("--folder", exists=True, file_okay=False, help="On which disk to measure.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure how many payments a second become rows of the views, in batches of 8,190."""
    with progress() as tell:
        found = measure_views(runs, folder, tell)
    if as_json:
        emit_measured(
            {
                "per_batch": MOST_A_BATCH,
                "databases": [each._asdict() for each in found.databases],
                "missing": found.missing,
            }
        )
        return
    out.print(figures("Payments that become rows of the views", HEADINGS, map(cells, found.databases)))
    for line in found.missing:
        out.print(line, markup=False, highlight=False)


def measure_views(runs: int, folder: Path | None, tell: _Tell) -> Measured:
    """Measure both databases, each run on empty ones."""
    with tempfile.TemporaryDirectory(prefix="mufakat-bench-", dir=folder) as name:
        place = Path(name)
        opened = ((lambda path=place / f"{run}.db": Views.open(path)) for run in range(runs))
        found = [_folded("SQLite", opened, lambda done: tell("SQLite", done, runs))]
        try:
            found.append(_in_postgres(place, runs, tell))
        except Missing as error:
            return Measured(found, [f"Without PostgreSQL: {error}."])
    return Measured(found, [])


def _in_postgres(place: Path, runs: int, tell: _Tell) -> Folded:
    try:
        from mufakat.projections import postgres  # noqa: PLC0415 - an extra, which most do not install
    except ImportError:
        raise Missing("its client is not installed: pip install 'mufakat[postgres]'") from None
    with cluster(place) as server:
        opened = ((lambda: postgres.open_views(server.conninfo, anew=True)) for _ in range(runs))
        return _folded("PostgreSQL", opened, lambda done: tell("PostgreSQL", done, runs))


def _folded(database: str, opened: Iterable[Callable[[], Views]], tell: Callable[[int], None]) -> Folded:
    """Fold the same events into each of the views."""
    wall, own = [], []
    for done, views_of_run in enumerate(opened, start=1):
        with closing(views_of_run()) as there:
            spent = spent_cpu = 0.0
            for entry, events in published(_SEED, BATCHES):
                start, start_cpu = time.perf_counter(), time.process_time()
                there.fold([(entry, events)], entry.number + 1)
                if len(entry.command) > MOST_A_BATCH:
                    spent += time.perf_counter() - start
                    spent_cpu += time.process_time() - start_cpu
        wall.append(BATCHES * MOST_A_BATCH / spent)
        own.append(BATCHES * MOST_A_BATCH / spent_cpu)
        tell(done)
    return Folded(database, round(statistics.median(wall)), round(statistics.median(own)))


HEADINGS: Final = ("database", "payments/s", "payments a second of own CPU time")


def cells(folded: Folded) -> list[str]:
    """Return a database as the words of a row."""
    return [folded.database, f"{folded.payments_per_second:,}", f"{folded.own_per_second:,}"]
