"""The command bench queue: what of made-up queues settles, by plain gross settlement, in order, with overtaking."""

import statistics
import time
from collections.abc import Callable
from typing import Annotated, Final, NamedTuple

import numpy as np
import typer

from mufakat.cli import highs, peers
from mufakat.cli.bench import bench_app, figures
from mufakat.cli.terminal import AsJson, Failed, emit_measured, out, progress
from mufakat.kernels import bypass as overtaking
from mufakat.kernels import queue as ordered
from mufakat.simulation.queues import Bools, Queue, make_queue, settled_in_turn

LEVELS: Final = (10, 50, 200)
"""Funds, in thousandths of what is to be paid: very tight, tight, loose."""
_SMALL: Final = (20, 60, 8, 100)
"""Queues solved exactly: how many, of how many payments, participants, at which level."""
_SMALL_SECONDS: Final = 10
_IN_ORDER: Final = 10_000
"""Payments of one currency in the queue on which `strict` is timed."""
_PART: Final = 90
"""Percent of the value that has to settle when the money for it is looked for."""
_MOST_PER_MILLE: Final = 4_096
_Method = Callable[[Queue], Bools]
_Tell = Callable[[str, int, int], None]


class Level(NamedTuple):
    """One level of funds, all currencies: values in minor units, and the CPU seconds of the search.

    `highs`: what HiGHS finds in its time, `bound` what it proves that none can exceed; `least_ratio`: the search's
    value to HiGHS's in the currency where it is least.
    """

    per_mille: int
    queued: int
    in_turn: int
    strict: int
    bypass: int
    bypass_seconds: float
    highs: int | None = None
    bound: int | None = None
    least_ratio: float | None = None


class Small(NamedTuple):
    """Small queues solved exactly by HiGHS: in how many `strict` was the optimum, and `bypass`'s part of it."""

    queues: int
    strict_at_optimum: int
    bypass_least: float
    bypass_mean: float


class Measured(NamedTuple):
    """All that one run measured; `money`: funds as percent of the value queued, for nine tenths of it to settle."""

    levels: list[Level]
    small: Small | None
    strict_ms: float
    money: dict[str, float]
    missing: list[str]


@bench_app.command("queue")
def queue(
    payments: Annotated[
        int, typer.Option("--payments", min=100, max=100_000, help="Payments, over all currencies.")
    ] = 10_000,
    participants: Annotated[
        int, typer.Option("--participants", min=3, max=5_000, help="Participants.")
    ] = 100,
    currencies: Annotated[int, typer.Option("--currencies", min=1, max=50, help="Currencies.")] = 10,
    seconds: Annotated[
        int,
        typer.Option(
            "--seconds", min=1, max=3_600, help="CPU seconds for HiGHS, for a currency and level of funds."
        ),
    ] = 12,
    as_json: AsJson = False,
) -> None:
    """Measure what of made-up queues settles, beside plain gross settlement and HiGHS."""
    with progress() as tell:
        found = measure_queue(payments, participants, currencies, seconds, tell)
    if as_json:
        document = {**found._asdict(), "levels": [each._asdict() for each in found.levels]}
        emit_measured({**document, "small": found.small and found.small._asdict()})
        return
    out.print(
        figures(
            "What settles, as part of the value queued; ratio: overtaking to HiGHS",
            HEADINGS,
            map(cells, found.levels),
        )
    )
    for line in sentences(found):
        out.print(line, markup=False, highlight=False)


def measure_queue(payments: int, participants: int, currencies: int, seconds: int, tell: _Tell) -> Measured:
    """Measure; raises Failed when what the kernels choose is not the optimum in order, or leaves a deficit."""
    ordered.warm_up()
    overtaking.warm_up()
    missing: list[str] = []
    levels = [_level(payments // currencies, participants, currencies, each) for each in LEVELS]
    small = None
    try:
        small = _small()
        levels = _beside_highs(levels, payments // currencies, participants, currencies, seconds, tell)
    except peers.Missing as error:
        missing.append(f"Without HiGHS: {error}.")
    methods: dict[str, _Method] = {"in_turn": settled_in_turn, "strict": _strict, "bypass": _bypass}
    money = {name: _money(settle, payments // currencies, participants) for name, settle in methods.items()}
    return Measured(levels, small, _strict_ms(participants), money, missing)


def _strict(queue: Queue) -> Bools:
    return _covered(queue, ordered.strict(*queue))


def _bypass(queue: Queue) -> Bools:
    return _covered(queue, overtaking.bypass(*queue, np.ones(len(queue.funds), dtype=np.bool_)))


def _covered(queue: Queue, chosen: Bools) -> Bools:
    left = queue.funds.copy()
    np.subtract.at(left, queue.payer[chosen], queue.amount[chosen])
    np.add.at(left, queue.payee[chosen], queue.amount[chosen])
    if left.min() < 0:
        raise Failed(f"an account would end {-left.min()} minor units in deficit")
    return chosen


def _worth(queue: Queue, chosen: Bools) -> int:
    return int(queue.amount[chosen].sum())


def _level(payments: int, participants: int, currencies: int, per_mille: int) -> Level:
    queued, in_turn, in_order, in_any_order, taken = 0, 0, 0, 0, 0.0
    for queue in _queues(payments, participants, currencies, per_mille):
        start = time.process_time()
        overtaken = _bypass(queue)
        taken += time.process_time() - start
        queued += int(queue.amount.sum())
        in_turn += _worth(queue, settled_in_turn(queue))
        in_order += _worth(queue, _strict(queue))
        in_any_order += _worth(queue, overtaken)
    return Level(per_mille, queued, in_turn, in_order, in_any_order, round(taken, 3))


def _queues(payments: int, participants: int, currencies: int, per_mille: int) -> list[Queue]:
    return [make_queue(payments, participants, per_mille, seed) for seed in range(1, currencies + 1)]


def _beside_highs(
    levels: list[Level], payments: int, participants: int, currencies: int, seconds: int, tell: _Tell
) -> list[Level]:
    """Return the levels with what HiGHS finds of each currency."""
    beside = []
    done = 0
    for level in levels:
        queues = _queues(payments, participants, currencies, level.per_mille)
        value, bound, ratios = 0, 0, []
        answers = highs.answers([highs.Task(queue, seconds, in_order=False) for queue in queues])
        for queue, answer in zip(queues, answers, strict=True):
            value, bound = value + answer.value, bound + answer.bound
            ratios.append(_worth(queue, _bypass(queue)) / max(1, answer.value))
            done += 1
            tell("queues given to HiGHS", done, len(levels) * currencies)
        beside.append(level._replace(highs=value, bound=bound, least_ratio=round(min(ratios), 4)))
    return beside


def _small() -> Small:
    """Solve small queues exactly; raises Failed when `strict` is not at the optimum, or HiGHS not done in time."""
    number, payments, participants, per_mille = _SMALL
    queues = _queues(payments, participants, number, per_mille)
    tasks = [highs.Task(queue, _SMALL_SECONDS, in_order) for queue in queues for in_order in (True, False)]
    best = list(highs.answers(tasks))
    same = sum(
        _worth(queue, _strict(queue)) == each.value for queue, each in zip(queues, best[::2], strict=True)
    )
    if same < number:
        raise Failed(f"in order, {number - same} of {number} small queues do not settle at the optimum")
    parts = [
        _worth(queue, _bypass(queue)) / max(1, each.value)
        for queue, each in zip(queues, best[1::2], strict=True)
    ]
    return Small(number, same, round(min(parts), 4), round(statistics.mean(parts), 4))


def _strict_ms(participants: int) -> float:
    """Return the median of 51 runs over the levels, milliseconds of CPU for _IN_ORDER payments."""
    taken = []
    for per_mille in LEVELS:
        queue = make_queue(_IN_ORDER, participants, per_mille, 1)
        for _ in range(17):
            start = time.process_time()
            ordered.strict(*queue)
            taken.append(time.process_time() - start)
    return round(1_000 * statistics.median(taken), 4)


def _money(settle: _Method, payments: int, participants: int) -> float:
    """Return the least funds, in percent of the value queued, with which _PART percent of it settles."""
    low, high = 0, _MOST_PER_MILLE
    while high - low > 1:
        middle = (low + high) // 2
        queue = make_queue(payments, participants, middle, 1)
        if 100 * _worth(queue, settle(queue)) >= _PART * int(queue.amount.sum()):
            high = middle
        else:
            low = middle
    queue = make_queue(payments, participants, high, 1)
    return round(100 * int(queue.funds.sum()) / int(queue.amount.sum()), 1)


def cells(level: Level) -> list[str]:
    """Return a level as the words of a row: funds, then shares of the value queued, ratios and seconds."""
    shares = [f"{100 * each / level.queued:.1f} %" for each in (level.in_turn, level.strict, level.bypass)]
    row = [f"{level.per_mille / 10:g} %", *shares]
    if level.highs is None or level.bound is None or level.least_ratio is None:
        return [*row, "-", "-", "-", "-", f"{level.bypass_seconds:.2f}"]
    row += [f"{100 * each / level.queued:.1f} %" for each in (level.highs, level.bound)]
    all_ratio = level.bypass / max(1, level.highs)
    return [*row, f"{all_ratio:.3f}", f"{level.least_ratio:.3f}", f"{level.bypass_seconds:.2f}"]


HEADINGS: Final = (
    *("funds", "in turn", "in order", "overtaking", "HiGHS"),
    *("HiGHS's bound", "ratio", "least", "CPU s"),
)


def sentences(found: Measured) -> list[str]:
    """Say in words what the table does not hold."""
    lines = [f"In order: {found.strict_ms:.2f} ms of CPU for {_IN_ORDER:,} payments, median of 51 runs."]
    if found.small:
        least, mean = found.small.bypass_least, found.small.bypass_mean
        lines.append(
            f"Of {found.small.queues} small queues that HiGHS solves exactly, in order all settle at the optimum; "
            f"with overtaking at {mean:.1%} of it on average, {least:.1%} at least."
        )
    money = found.money
    lines.append(
        f"For {_PART} % of the value to settle it takes funds of {money['in_turn']} % of it in turn, "
        f"{money['strict']} % in order and {money['bypass']} % with overtaking."
    )
    return lines + found.missing
