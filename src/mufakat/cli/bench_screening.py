"""The command bench screening: who finds disturbed names, at which rate of false alarms, and how fast."""

import csv
import multiprocessing
import resource
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from mufakat.cli import rescreening, screeners
from mufakat.cli.bench import bench_app, figures
from mufakat.cli.labelled import read_pairs, told_apart
from mufakat.cli.rescreening import Rescreened
from mufakat.cli.screeners import OWN, Missing, Scorer
from mufakat.cli.terminal import AsJson, Failed, emit_measured, out, progress
from mufakat.screening.entry import ListFaulty
from mufakat.screening.listing import Listing
from mufakat.screening.loading import load
from mufakat.simulation.names import Disturbed, disturbed, without_originals

RATES: Final = (0.01, 0.001)
"""Shares of clean names that may give an alarm."""
_LISTS: Final = ("un/consolidated_2025-04-19.xml", "ofac/sdn.csv", "ofac/cons_prim.csv")
_BEFORE: Final = "un/consolidated_2024-09-26.xml"
_CLEAN: Final = "labelled/yente_cg_negatives_global_first5000.csv"
_PAIRS: Final = "labelled/nk_name_bench_cases.csv"
_Tell = Callable[[str, int, int], None]


class Found(NamedTuple):
    """One screener: thresholds at each rate, recall by kind and rate, and names a second of one core's CPU time.

    `told_apart`: how often a labelled pair of one party scores above one of two.
    """

    name: str
    thresholds: list[float]
    recall: dict[str, list[float]]
    overall: list[float]
    per_second: float
    told_apart: float


class Measured(NamedTuple):
    """All that one run measured; the index is that of the own screener, its memory what it added at its peak."""

    entries: int
    names: int
    clean: int
    disturbed: int
    index_seconds: float
    index_mb: int
    screeners: list[Found]
    missing: list[str]


@bench_app.command("screening")
def screening(
    data: Annotated[
        Path, typer.Option("--data", help="The folder with un/, ofac/ and labelled/, as published.")
    ] = Path("../shared/data/lists"),
    each: Annotated[
        int, typer.Option("--each", min=10, max=10_000, help="Disturbed names of each kind.")
    ] = 100,
    clean: Annotated[int, typer.Option("--clean", min=1_000, max=5_000, help="Clean names.")] = 2_000,
    seed: Annotated[int, typer.Option("--seed", help="What the disturbed names are drawn from.")] = 20_261,
    alone: Annotated[
        bool, typer.Option("--alone", help="Without others' screeners, which are slow.")
    ] = False,
    customers: Annotated[
        int,
        typer.Option(
            "--customers",
            min=0,
            max=10_000_000,
            help="Time a change of a list for so many customers, too, with two processes.",
        ),
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Measure recall at 1 % and 0.1 % false alarms by kind of disturbance, beside nomenklatura and rapidfuzz."""
    with progress() as tell:
        found = measure_screening(data, (each, clean, seed), tell, alone=alone)
        changes = rescreened(data, customers, tell) if customers else []
    if as_json:
        document = {**found._asdict(), "screeners": [each._asdict() for each in found.screeners]}
        emit_measured({**document, "changes": [each._asdict() for each in changes]})
        return
    out.print(figures("Recall at 1 % / 0.1 % false alarms", *table(found)))
    if changes:
        out.print(figures("Customers asked again, two processes", *rescreening.table(changes)))
    for line in (about(found), *found.missing):
        out.print(line, markup=False, highlight=False)


def rescreened(data: Path, customers: int, tell: _Tell) -> list[Rescreened]:
    """Time a change of the UN list beside the others; raise Failed when a file is not there or not whole."""
    try:
        new = [load(data / name) for name in _LISTS]
        old = [load(data / _BEFORE), *new[1:]]
        return rescreening.measure_rescreening(old, new, data / _CLEAN, customers, tell)
    except (ListFaulty, OSError) as error:
        raise Failed(f"{error}. Name the folder of the lists with --data") from None


def measure_screening(data: Path, size: tuple[int, int, int], tell: _Tell, *, alone: bool) -> Measured:
    """Measure every screener on the same names in turn; `size`: names of each kind, clean names, seed.

    Raises Failed when a file is not there or not whole.
    """
    each, most_clean, seed = size
    try:
        listings = [load(data / name) for name in _LISTS]
        with (data / _CLEAN).open(encoding="utf-8", newline="") as stream:
            clean = [row["full_name"] for row in csv.DictReader(stream)][:most_clean]
        pairs, of_pairs = read_pairs(data / _PAIRS)
    except (ListFaulty, OSError) as error:
        raise Failed(f"{error}. Name the folder of the lists with --data") from None
    asked = disturbed(listings, each, seed)
    # Who is asked in an own script has to be found by its sound: with the original on the list it is no question.
    held = without_originals(listings)
    seconds, memory = _index_cost(held)
    scorers, missing = _scorers(held, alone=alone)
    apart = {name: told_apart(pairs, each) for name, each in _scorers([of_pairs], alone=alone)[0].items()}
    rows = []
    for name, scorer in scorers.items():
        rows.append(_measure(name, scorer, clean, asked, tell)._replace(told_apart=apart[name]))
    names = sum(len(entry.names) for listing in held for entry in listing.entries)
    return Measured(
        sum(len(listing.entries) for listing in held),
        names,
        len(clean),
        len(asked),
        seconds,
        memory,
        rows,
        missing,
    )


def _scorers(listings: list[Listing], *, alone: bool) -> tuple[dict[str, Scorer], list[str]]:
    scorers: dict[str, Scorer] = {OWN: screeners.own(listings)}
    missing: list[str] = []
    for name, make in {} if alone else screeners.PEERS.items():
        try:
            scorers[name] = make(listings)
        except Missing as error:
            missing.append(f"Without {name}: {error}.")
    return scorers, missing


def _measure(
    name: str, scorer: Scorer, clean: Sequence[str], asked: Sequence[Disturbed], tell: _Tell
) -> Found:
    scorer.score(clean[0], None)  # what is compiled or loaded at first use is not counted
    spent, highest = 0.0, []
    for number, text in enumerate(clean, 1):
        start = time.process_time()
        scores = scorer.score(text, None)
        spent += time.process_time() - start
        highest.append(max(scores.values(), default=0.0))
        if number % 50 == 0:
            tell(f"clean names, {name}", number, len(clean))
    highest.sort(reverse=True)
    thresholds = [highest[int(len(highest) * rate)] for rate in RATES]
    reached: dict[str, list[float]] = defaultdict(list)
    for number, one in enumerate(asked, 1):
        scores = scorer.score(one.text, one.entry)
        reached[one.kind].append(scores.get(scorer.key(one.entry), 0.0))
        tell(f"disturbed names, {name}", number, len(asked))
    recall = {kind: _recall(values, thresholds) for kind, values in reached.items()}
    overall = _recall([value for values in reached.values() for value in values], thresholds)
    rounded = [round(each, 3) for each in thresholds]
    return Found(name, rounded, recall, overall, round(len(clean) / spent, 1), 0.0)


def _recall(values: Sequence[float], thresholds: Sequence[float]) -> list[float]:
    """Return the share of scores above each threshold, of which only the false alarms' share reaches it."""
    return [round(statistics.fmean(value > least for value in values), 3) for least in thresholds]


def _index_cost(listings: list[Listing]) -> tuple[float, int]:
    """Return CPU seconds and MB that an index takes, in a process of its own, once its code is compiled."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_indexed, (listings,))


def _indexed(listings: list[Listing]) -> tuple[float, int]:
    screeners.own(listings[:1])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    screeners.own(listings)
    spent = time.process_time() - start
    return round(spent, 1), max(0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10


def table(found: Measured) -> tuple[list[str], list[list[str]]]:
    """Return headings and rows: a kind of disturbance a row, a screener a column."""

    def cell(values: Sequence[float]) -> str:
        return " / ".join(f"{value:.3f}" for value in values)

    kinds = list(found.screeners[0].recall)
    rows = [[kind, *(cell(each.recall[kind]) for each in found.screeners)] for kind in kinds]
    rows.append(["all", *(cell(each.overall) for each in found.screeners)])
    rows.append(["labelled pairs told apart", *(f"{each.told_apart:.3f}" for each in found.screeners)])
    rows.append(["names/s", *(f"{each.per_second:,.0f}" for each in found.screeners)])
    return ["disturbance", *(each.name for each in found.screeners)], rows


def about(found: Measured) -> str:
    """Say in a line what was measured on what."""
    return (
        f"{found.disturbed:,} disturbed and {found.clean:,} clean names against {found.entries:,} entries with "
        f"{found.names:,} names; index {found.index_seconds} s, {found.index_mb} MB."
    )


def best_peer(found: Measured) -> Mapping[str, float]:
    """Return by kind the best recall at the first rate of anybody else."""
    peers = [each for each in found.screeners if each.name != OWN]
    return {
        kind: max((each.recall[kind][0] for each in peers), default=0.0) for kind in found.screeners[0].recall
    }
