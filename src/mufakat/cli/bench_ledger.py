"""The command bench ledger: durable payments on one node, beside the disk's floor and PostgreSQL in one run."""

import hashlib
import itertools
import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from mufakat.cli import postgres
from mufakat.cli.bench import bench_app, figures
from mufakat.cli.peers import Missing
from mufakat.cli.terminal import AsJson, Failed, emit_measured, out, progress
from mufakat.node.embedded import Node
from mufakat.simulation.ledger import MOST_A_BATCH, NOON_US, Payers, genesis

CASES: Final = (
    (1, 1, 300),
    (1, 20, 2_000),
    (100, 1, 200),
    (100, 20, 1_000),
    (MOST_A_BATCH, 1, 120),
    (MOST_A_BATCH, 10, 240),
)
"""Payments a batch, clients at the same time, and batches a run. The clients' number divides that of the banks."""
_SEED: Final = 1
_WARM: Final = 3
_Tell = Callable[[str, int, int], None]


class Sized(NamedTuple):
    """Batches of one size: medians over runs. Latencies are from bytes to acknowledged, of one batch, milliseconds.

    `clients`: how many submit at the same time, each its next batch when the one before is acknowledged.
    `floor_per_second`: payments whose bytes are hashed, appended and synced (fdatasync) in a second, a batch at a
    time. `floor_ratio`: median of the runs' ratios. `fsyncs`: the median latency in times of such an append.
    """

    per_batch: int
    clients: int
    payments: int
    payments_per_second: int
    p50_ms: float
    p99_ms: float
    p999_ms: float
    floor_per_second: int
    floor_ratio: float
    fsyncs: float


class Measured(NamedTuple):
    """All that one run measured; PostgreSQL's figures are payments a second, None where it is missing."""

    sizes: list[Sized]
    postgres_batch: int | None
    postgres_single: int | None
    missing: list[str]

    def document(self) -> dict[str, object]:
        """Return the figures for programs, the ratios that matter first."""
        largest, single = self.sizes[-1], self.sizes[0]
        return {
            "payments_per_second": largest.payments_per_second,
            "floor_ratio": largest.floor_ratio,
            "postgres_batch_ratio": _ratio(largest.payments_per_second, self.postgres_batch),
            "postgres_single_ratio": _ratio(largest.payments_per_second, self.postgres_single),
            "single_latency_fsyncs": single.fsyncs,
            "postgres_batch_per_second": self.postgres_batch,
            "postgres_single_per_second": self.postgres_single,
            "sizes": [each._asdict() for each in self.sizes],
            "missing": self.missing,
        }


@bench_app.command("ledger")
def ledger(
    runs: Annotated[
        int, typer.Option("--runs", min=1, max=99, help="Runs; each figure is their median.")
    ] = 5,
    folder: Annotated[
        Path | None, typer.Option("--folder", exists=True, file_okay=False, help="On which disk to measure.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure durable payments a second and latencies, beside what the disk could do, and PostgreSQL."""
    with progress() as tell:
        found = measure_ledger(runs, folder, tell)
    if as_json:
        emit_measured(found.document())
        return
    out.print(figures("Durable payments on one node", HEADINGS, map(cells, found.sizes)))
    for line in sentences(found):
        out.print(line, markup=False, highlight=False)


def measure_ledger(runs: int, folder: Path | None, tell: _Tell) -> Measured:
    """Measure; raises Failed when a payment does not settle."""
    with tempfile.TemporaryDirectory(prefix="mufakat-bench-", dir=folder) as name:
        place = Path(name)
        sizes = _own(place, runs, tell)
        try:
            batch, single = postgres.payments_per_second(place, runs, MOST_A_BATCH)
        except Missing as error:
            return Measured(sizes, None, None, [f"Without PostgreSQL: {error}."])
    return Measured(sizes, batch, single, [])


def _own(place: Path, runs: int, tell: _Tell) -> list[Sized]:
    ticks = itertools.count(NOON_US)
    payers = Payers(_SEED)
    with Node.create(place / "node", genesis(_SEED), lambda: next(ticks)) as node:
        _must(node, list(payers.founding()))
        sizes = []
        for done, (per_batch, clients, batches) in enumerate(CASES, start=1):
            _must(node, [payers.command(per_batch) for _ in range(clients * _WARM)])
            pairs = []
            for _ in range(runs):
                commands = [payers.command(per_batch) for _ in range(batches)]
                pairs.append((_submitted(node, commands, clients), appended(place, commands)))
            sizes.append(_sized(per_batch, clients, batches, pairs))
            tell("sizes of batches", done, len(CASES))
    return sizes


def _must(node: Node, commands: list[bytes]) -> None:
    for outcome in node.submit(commands):
        if outcome.refusal is not None or outcome.items:
            raise Failed(f"a command of the bench is refused: {outcome.refusal or outcome.items[0].refusal}")


class _Run(NamedTuple):
    """The seconds of a whole run, and those of each batch of it until it was acknowledged."""

    seconds: float
    latencies: list[float]


def _submitted(node: Node, commands: list[bytes], clients: int) -> _Run:
    """Submit each command by itself; each client has those of banks of its own."""
    start = time.perf_counter()
    if clients == 1:
        latencies = _one_by_one(node, commands)
    else:
        with ThreadPoolExecutor(clients) as pool:
            shares = pool.map(lambda first: _one_by_one(node, commands[first::clients]), range(clients))
            latencies = [each for share in shares for each in share]
    return _Run(time.perf_counter() - start, latencies)


def _one_by_one(node: Node, commands: list[bytes]) -> list[float]:
    taken = []
    for command in commands:
        start = time.perf_counter()
        _must(node, [command])
        taken.append(time.perf_counter() - start)
    return taken


def appended(place: Path, blobs: Sequence[bytes]) -> list[float]:
    """Hash and append the same bytes to a bare file that grows as the journal does, one fdatasync each.

    Returns the seconds that each took.
    """
    handle = os.open(place / "floor", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    taken = []
    for blob in blobs:
        start = time.perf_counter()
        hashlib.sha256(blob).digest()
        os.write(handle, blob)
        os.fdatasync(handle)
        taken.append(time.perf_counter() - start)
    os.close(handle)
    return taken


def _sized(per_batch: int, clients: int, batches: int, pairs: list[tuple[_Run, list[float]]]) -> Sized:
    latencies = sorted(each for own, _ in pairs for each in own.latencies)
    seconds = statistics.median(own.seconds for own, _ in pairs)
    least = statistics.median(sum(floor) for _, floor in pairs)
    ratio = statistics.median(sum(floor) / own.seconds for own, floor in pairs)
    fsyncs = statistics.median(
        statistics.median(own.latencies) / statistics.median(floor) for own, floor in pairs
    )
    p50, p99, p999 = (round(1_000 * _percentile(latencies, part), 3) for part in (0.5, 0.99, 0.999))
    return Sized(
        per_batch,
        clients,
        per_batch * batches * len(pairs),
        round(per_batch * batches / seconds),
        p50,
        p99,
        p999,
        round(per_batch * batches / least),
        round(ratio, 3),
        round(fsyncs, 2),
    )


def _percentile(ordered: list[float], part: float) -> float:
    """Return the smallest of ordered figures that so great a part of them does not exceed."""
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


def _ratio(own: int, other: int | None) -> float | None:
    return None if other is None else round(own / max(1, other), 1)


HEADINGS: Final = (
    *("payments a batch", "clients", "payments/s", "p50 ms", "p99 ms", "p99.9 ms"),
    *("floor, payments/s", "part of the floor", "latency in fsyncs"),
)


def cells(size: Sized) -> list[str]:
    """Return a size as the words of a row."""
    return [
        f"{size.per_batch:,}",
        f"{size.clients}",
        f"{size.payments_per_second:,}",
        *(f"{each:.2f}" for each in (size.p50_ms, size.p99_ms, size.p999_ms)),
        f"{size.floor_per_second:,}",
        f"{size.floor_ratio:.2f}",
        f"{size.fsyncs:.1f}",
    ]


def sentences(found: Measured) -> list[str]:
    """Say in words what the table does not hold."""
    if found.postgres_batch is None or found.postgres_single is None:
        return found.missing
    own = found.sizes[-1].payments_per_second
    told = (
        f"PostgreSQL, the same double entry: {found.postgres_batch:,} payments/s in transactions of "
        f"{MOST_A_BATCH:,}, {found.postgres_single:,} one payment a transaction; the node's largest batches are "
        f"{own / found.postgres_batch:.1f} and {own / found.postgres_single:.1f} times as fast."
    )
    return [told]
