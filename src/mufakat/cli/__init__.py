"""The command line: one command for each thing that a user does.

Exit codes: 0 done, 1 refused by the rules or failed, 2 wrong usage, 7 a journal or a proof fails verification, 130
stopped by Ctrl-C. Results go to standard output, progress and errors to standard error; `--json` gives one JSON
document.
"""

import os
import signal
import sys
from types import FrameType

__all__ = ["main"]

_STOPPED = "mufakat: stopped. What was committed before is in the journal, and stays.\n"


def main() -> None:
    """Run the program."""
    try:
        # Loading takes a while, in which a user may press Ctrl-C already. An exception could come up where Python
        # passes over it, between two imports; nothing is at work yet, so the program ends there.
        catches = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if catches:
            signal.signal(signal.SIGINT, _end)
        from mufakat.cli.commands import run  # noqa: PLC0415

        if catches:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.exit(run())
    except KeyboardInterrupt:
        sys.stderr.write(_STOPPED)
        sys.exit(130)


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.stderr.write(_STOPPED)
    sys.stderr.flush()
    os._exit(130)
