"""Play a small day and acknowledge each command on standard output once the node has: run by test_kill_day."""

import hashlib
import sys
from pathlib import Path

from mufakat.node.embedded import Node
from mufakat.simulation.demo import embedded_day
from mufakat.simulation.region import make_region

_submit = Node.submit


def acknowledging(self: Node, commands):  # type: ignore[no-untyped-def]
    outcomes = _submit(self, commands)
    for command in commands:
        sys.stdout.write(hashlib.sha256(command).hexdigest() + "\n")
    sys.stdout.flush()
    return outcomes


Node.submit = acknowledging  # type: ignore[method-assign]
day = embedded_day(make_region(1), Path(sys.argv[1]))
day.found()
day.play(lambda what, done, of: None)
day.close()
