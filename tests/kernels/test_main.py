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
        for what in (["-m", "mufakat.kernels"], ["-c", SECOND_RUN])
    ]
    assert said[1].strip() == "0"
