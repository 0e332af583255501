"""HiGHS as a second opinion on queues of payments: the same choice as a mixed-integer program.

It runs in a process of its own, since it and OR-tools cannot be loaded into one.
"""

import importlib
import importlib.util
import multiprocessing
import os
import time
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from mufakat.cli.peers import Missing
from mufakat.simulation.queues import Queue

_EVEN: Final = 0.5
_STDOUT: Final = 1


class Task(NamedTuple):
    """A queue, for how many seconds of CPU to look at it, and whether each payer's payments keep their order."""

    queue: Queue
    seconds: int
    in_order: bool


class Answer(NamedTuple):
    """The value that was found, the value that none can exceed, minor units, and the CPU seconds that it took."""

    value: int
    bound: int
    seconds: float


def answers(tasks: list[Task]) -> Iterator[Answer]:
    """Give the answers one after the other; raises Missing."""
    if importlib.util.find_spec("highspy") is None:
        raise Missing("HiGHS is not installed: pip install highspy")
    with multiprocessing.get_context("spawn").Pool(1, initializer=_quiet) as pool:
        yield from pool.imap(solve, tasks)


def _quiet() -> None:
    """Take what the library says of itself off standard output, where a document may be."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STDOUT)


def solve(task: Task) -> Answer:
    """Maximise the value that settles, nobody in deficit, each payment whole, in this process."""
    highspy = importlib.import_module("highspy")
    solver = highspy.Highs()
    for name, value in (("output_flag", False), ("threads", 1)):
        solver.setOptionValue(name, value)
    solver.passModel(_program(highspy, task))
    start = time.process_time()

    def stop_in_time(event: Any) -> None:
        if time.process_time() - start > task.seconds:
            event.interrupt()

    solver.cbMipInterrupt.subscribe(stop_in_time)
    solver.cbSimplexInterrupt.subscribe(stop_in_time)
    solver.run()
    seconds = time.process_time() - start
    found = solver.getInfo()
    chosen = np.array(solver.getSolution().col_value) > _EVEN
    value = int(task.queue.amount[chosen].sum()) if len(chosen) else 0
    total = int(task.queue.amount.sum())
    return Answer(value, round(min(found.mip_dual_bound, total)), round(seconds, 3))


def _program(highspy: Any, task: Task) -> Any:
    """Lay out a column for each payment, a row for each account and, in order, for each two of one payer."""
    payer, payee, amount, funds = task.queue
    payments, accounts = len(payer), len(funds)
    payment = np.arange(payments)
    rows, columns, values = [payer, payee], [payment, payment], [amount, -amount]
    most = [funds.astype(np.float64)]
    if task.in_order:
        before, after = _pairs(payer)
        row = accounts + np.arange(len(before))
        rows += [row, row]
        columns += [after, before]
        values += [np.ones_like(row), -np.ones_like(row)]
        most.append(np.zeros(len(before)))
    order = np.argsort(np.concatenate(columns), kind="stable")
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = payments, sum(map(len, most))
    program.sense_ = highspy.ObjSense.kMaximize
    program.col_cost_ = amount.astype(np.float64)
    program.col_lower_, program.col_upper_ = np.zeros(payments), np.ones(payments)
    program.row_lower_ = np.full(program.num_row_, -highspy.kHighsInf)
    program.row_upper_ = np.concatenate(most)
    program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    program.a_matrix_.start_ = np.searchsorted(np.concatenate(columns)[order], np.arange(payments + 1))
    program.a_matrix_.index_ = np.concatenate(rows)[order]
    program.a_matrix_.value_ = np.concatenate(values)[order].astype(np.float64)
    program.integrality_ = [highspy.HighsVarType.kInteger] * payments
    return program


def _pairs(payer: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return each payment that has one before it in its payer's queue, after that one."""
    by_payer = np.argsort(payer, kind="stable")
    follows = np.flatnonzero(payer[by_payer][1:] == payer[by_payer][:-1])
    return by_payer[follows], by_payer[follows + 1]
