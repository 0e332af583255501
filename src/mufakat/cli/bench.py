"""Commands that measure: bench setoff, own kernel and peers in turn on the same graphs in one run."""

import multiprocessing
import resource
import statistics
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import numpy as np
import typer
from rich.table import Table

from mufakat.cli import peers
from mufakat.cli.debtfile import read_file
from mufakat.cli.terminal import AsJson, Failed, app, emit_measured, out, progress
from mufakat.simulation.debts import FAMILIES, Graph, graph_of, make_graph

OWN: Final = "own"
PEERS: Final = ("OR-tools", "LEMON")
SLOW: Final = {("OR-tools", "long ring"), ("OR-tools", "one cycle")}
"""Peers that do not end in any time of use on a family, from 100,000 debts on."""
_SLOW_FROM: Final = 100_000
_SEED: Final = 1

bench_app = typer.Typer(no_args_is_help=True, help="Measure on this machine, beside others' solvers.")
app.add_typer(bench_app, name="bench")


class Measured(NamedTuple):
    """One family: medians of CPU seconds by solver, what was cleared, and the memory that the kernel added."""

    family: str
    obligations: int
    firms: int
    cleared: int
    seconds: dict[str, float]
    memory_mb: int


@bench_app.command("setoff")
def setoff(
    obligations: Annotated[
        int, typer.Option("--obligations", min=1_000, max=20_000_000, help="Debts in each graph.")
    ] = 100_000,
    runs: Annotated[
        int, typer.Option("--runs", min=1, max=99, help="Runs; each figure is their median.")
    ] = 5,
    family: Annotated[
        list[str] | None, typer.Option("--family", help="Measure this family alone; may be given again.")
    ] = None,
    graph: Annotated[
        list[Path] | None,
        typer.Option(
            "--graph", help="Measure the debts of this CSV (debtor, creditor, amount); may be given again."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure the set-off on made-up or given graphs; every solver must come to the same value to the unit."""
    for each in family or []:
        if each not in FAMILIES:
            raise typer.BadParameter(f"{each!r} is not one of: {', '.join(FAMILIES)}")
    chosen: list[str | Path] = [*(family or []), *(graph or [])]
    with progress() as tell:
        rows, missing = measure_setoff(obligations, runs, chosen or list(FAMILIES), tell)
    if as_json:
        document = {"runs": runs, "missing": missing, "families": [each._asdict() for each in rows]}
        emit_measured({**document, "geometric_mean_of_ratios": ratios(rows)})
        return
    out.print(_table(rows, runs))
    for name, ratio in ratios(rows).items():
        out.print(f"{name} takes {ratio:.2f} times as long, in geometric mean.", highlight=False)
    for why in missing:
        out.print(why, markup=False, highlight=False)


def measure_setoff(
    obligations: int, runs: int, families: Sequence[str | Path], tell: Callable[[str, int, int], None]
) -> tuple[list[Measured], list[str]]:
    """Measure families, or the CSV files named; return their figures, and a sentence for each missing peer.

    Raises Failed when two solvers do not agree to the unit, or a file does not hold the debts of one currency.
    """
    with tempfile.TemporaryDirectory(prefix="mufakat-bench-") as name:
        solvers, missing = _solvers(Path(name))
        for solve in solvers.values():
            solve(make_graph("dense core", 1_000, _SEED))
        rows = []
        for done, family in enumerate(families):
            tell("families measured", done, len(families))
            rows.append(_measure(family, obligations, runs, solvers))
        tell("families measured", len(families), len(families))
    return rows, missing


def _solvers(folder: Path) -> tuple[dict[str, peers.Solver], list[str]]:
    solvers: dict[str, peers.Solver] = {OWN: peers.own}
    missing = []
    makers: dict[str, Callable[[], peers.Solver]] = {
        PEERS[0]: peers.or_tools,
        PEERS[1]: lambda: peers.lemon(folder),
    }
    for name, make in makers.items():
        try:
            solvers[name] = make()
        except peers.Missing as error:
            missing.append(f"Without {name}: {error}.")
    return solvers, missing


def _graph(family: str | Path, obligations: int) -> Graph:
    """Make the graph of a family, or read it from a CSV."""
    if isinstance(family, str):
        return make_graph(family, obligations, _SEED)
    debts, _ = read_file(family, 0, lambda *_: None)
    if len(debts.codes) > 1:
        raise Failed(f"{family}: the debts are of {len(debts.codes)} currencies. Give those of one")
    return graph_of(
        len(debts.firms), debts.debtors.astype(np.int64), debts.creditors.astype(np.int64), debts.amounts
    )


def _measure(family: str | Path, obligations: int, runs: int, solvers: dict[str, peers.Solver]) -> Measured:
    graph = _graph(family, obligations)
    slow = {name for name, slow in SLOW if slow == family and obligations >= _SLOW_FROM}
    taken: dict[str, list[float]] = {name: [] for name in solvers if name not in slow}
    cleared: dict[int, str] = {}
    for _ in range(runs):
        for name, seconds in taken.items():
            found = solvers[name](graph)
            seconds.append(found.seconds)
            cleared[found.cleared] = name
    if len(cleared) != 1:
        told = " and ".join(f"{name} {amount}" for amount, name in cleared.items())
        raise Failed(f"{family}: the solvers do not agree on what can be cleared: {told}")
    medians = {name: round(statistics.median(seconds), 6) for name, seconds in taken.items()}
    memory = _memory_mb(family, obligations)
    name = family if isinstance(family, str) else family.stem
    return Measured(name, len(graph.amounts), graph.firms, next(iter(cleared)), medians, memory)


def _memory_mb(family: str | Path, obligations: int) -> int:
    """Return by how much a process of its own grows at most while the kernel solves, in MB."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_grown_by, (family, obligations))


def _grown_by(family: str | Path, obligations: int) -> int:
    peers.own(make_graph("dense core", 1_000, _SEED))
    graph = _graph(family, obligations)
    before = _resident_kb()
    peers.own(graph)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return max(0, peak - before) >> 10


def _resident_kb() -> int:
    """Return what the process holds now; making the graph took more at its peak."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() >> 10


def ratios(rows: list[Measured]) -> dict[str, float]:
    """Return for each peer how many times as long as the own kernel it takes, geometric mean over families."""
    found = {}
    for name in PEERS:
        each = [row.seconds[name] / row.seconds[OWN] for row in rows if name in row.seconds]
        if each:
            found[name] = round(statistics.geometric_mean(each), 2)
    return found


def _table(rows: list[Measured], runs: int) -> Table:
    made = Table(title=f"Set-off: CPU seconds, median of {runs}, all to the same value")
    made.add_column("family")
    for name in ("obligations", "firms", OWN, *PEERS, "MB"):
        made.add_column(name, justify="right")
    for row in rows:
        times = [f"{row.seconds[name]:.3f}" if name in row.seconds else "-" for name in (OWN, *PEERS)]
        made.add_row(row.family, f"{row.obligations:,}", f"{row.firms:,}", *times, str(row.memory_mb))
    return made


def figures(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """Return a table of figures under a title, each column on the right."""
    made = Table(title=title)
    for name in headings:
        made.add_column(name, justify="right")
    for row in rows:
        made.add_row(*row)
    return made
