"""Other solvers of the same set-off, where this machine has them: OR-tools, and LEMON built here with g++."""

import ctypes
import importlib
import math
import shutil
import subprocess
import time
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from mufakat.kernels.setoff import largest_set_off
from mufakat.simulation.debts import Graph

_BUILD_S: Final = 300


class Timed(NamedTuple):
    """What a solver cleared, and the CPU seconds that it took, laying out the graph included."""

    cleared: int
    seconds: float


Solver = Callable[[Graph], Timed]


class Missing(Exception):
    """A solver that this machine does not have, and how to get it."""


def own(graph: Graph) -> Timed:
    """Solve by the union's own kernel."""
    start = time.process_time()
    found = largest_set_off(*graph)
    seconds = time.process_time() - start
    return Timed(int(found.cleared.sum()), seconds)


def or_tools() -> Solver:
    """Return OR-tools' SimpleMinCostFlow; raises Missing."""
    try:
        library = importlib.import_module("ortools.graph.python.min_cost_flow")
    except ImportError:
        raise Missing("OR-tools is not installed: pip install ortools") from None

    def solve(graph: Graph) -> Timed:
        start = time.process_time()
        solver = library.SimpleMinCostFlow()
        arcs = solver.add_arcs_with_capacity_and_unit_cost(
            graph.debtors, graph.creditors, graph.amounts, np.full(len(graph.amounts), -1, np.int64)
        )
        solver.set_nodes_supplies(np.arange(graph.firms), np.zeros(graph.firms, np.int64))
        if solver.solve() != solver.OPTIMAL:
            return Timed(-1, math.nan)
        cleared = int(solver.flows(arcs).sum())
        return Timed(cleared, time.process_time() - start)

    return solve


def lemon(folder: Path) -> Solver:
    """Build LEMON's cost scaling into `folder` and return it; raises Missing."""
    if shutil.which("g++") is None:
        raise Missing("LEMON is built with g++, which is not here: apt-get install g++ liblemon-dev")
    library = folder / "lemon.so"
    with as_file(files("mufakat.cli") / "lemon.cpp") as source:
        command = ["g++", "-O2", "-shared", "-fPIC", "-o", str(library), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_BUILD_S)
    if done.returncode:
        raise Missing("LEMON's headers are not here: apt-get install liblemon-dev")
    clear = ctypes.CDLL(str(library)).clear_debts
    clear.restype = ctypes.c_longlong

    def solve(graph: Graph) -> Timed:
        seconds = ctypes.c_double()
        arrays = (ctypes.c_void_p(each.ctypes.data) for each in graph[1:])
        cleared = clear(graph.firms, len(graph.amounts), *arrays, ctypes.byref(seconds))
        return Timed(int(cleared), seconds.value)

    return solve
