import os
import subprocess
import sys

from mufakat.kernels import __main__ as kernels

SECOND_RUN = """
from mufakat.kernels import across, bypass, conditions, history, lookup, posting, queue, setoff, shadow
from mufakat.kernels.circulation import grow
from mufakat.kernels.scaling import _discharge
setoff.warm_up()
conditions.warm_up()
shadow.warm_up()
across.warm_up()
lookup.warm_up()
history.warm_up()
posting.warm_up()
queue.warm_up()
bypass.warm_up()
kernels = (grow, _discharge, posting.post, lookup.find, queue.strict, conditions._allot, shadow._raise)
kernels += (history.search, across._open_rings, across._round_trees, bypass._search)
print(sum(sum(each.stats.cache_misses.values()) for each in kernels))
"""

FIRST_BATCH = """
import numpy as np
from mufakat.core import apply, batch
from mufakat.kernels import history, lookup, posting
from mufakat.model import command as c
from mufakat.simulation.ledger import NOON_US, Payers, genesis
state, payers = apply.found(genesis(1)), Payers(1)
for each in payers.founding():
    apply.execute(state, each, NOON_US)
said = c.decode(payers.command(20)).instruction
for group, flags in ((0, 0), (1, 2), (1, 4), (2, 2), (2, 6), (3, 2)):
    records = np.frombuffer(said.body.records, np.uint8).reshape(-1, 128).copy()
    records[:, 0], records[:, 104] = group, flags
    run = batch.Run(state, (said.author,), records.tobytes())
    apply.evolve(state, run.event(0, run.end(0)))
for each in state.reservations.all():
    batch.release(state, each, 100)
kernels = [each for of in (posting, lookup, history) for each in vars(of).values() if hasattr(each, "stats")]
print(sum(sum(each.stats.cache_misses.values()) for each in kernels), len(state.register))
"""


def test_the_kernels_are_compiled_and_said_in_one_line(capsys):
    kernels.main()
    names = (
        *("lookup", "history", "posting", "queue", "bypass", "setoff"),
        *("conditions", "shadow", "across"),
    )
    assert capsys.readouterr().out == (
        f"Kernels compiled: {', '.join(f'mufakat.kernels.{name}' for name in names)}.\n"
    )


def test_after_it_no_command_waits_for_the_compiler(tmp_path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    environment.pop("NUMBA_DISABLE_JIT", None)
    said = [
        subprocess.run(
            [sys.executable, *what], env=environment, capture_output=True, text=True, check=True
        ).stdout
        for what in (["-m", "mufakat.kernels"], ["-c", SECOND_RUN], ["-c", FIRST_BATCH])
    ]
    assert said[1].strip() == "0"
    assert said[2].split() == ["0", "80"]
