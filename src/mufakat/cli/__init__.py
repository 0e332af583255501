"""The command line: one command for each thing that a user does.

Exit codes: 0 done, 1 refused by the rules or failed, 2 wrong usage, 7 a journal or a proof fails verification.
Results go to standard output, progress and errors to standard error; `--json` gives one JSON document.
"""

import os
import sys

from mufakat.cli import (
    charter,
    demo,
    demo_consortium,
    island,
    joining,
    keys,
    look,
    node,
    operate,
    prove,
    rules,
    union,
)
from mufakat.cli.terminal import Failed, app, fail_with

__all__ = ["main"]

COMMANDS = (operate, rules, charter, keys, look, prove, union, node, joining, island, demo, demo_consortium)
"""The modules whose import puts the commands on the app."""


def main() -> None:
    """Run the program."""
    try:
        app(prog_name="mufakat", standalone_mode=True)
    except Failed as failed:
        sys.exit(fail_with(failed))
    except Exception as error:
        # Whatever broke, a user gets one sentence and an exit code, never a traceback.
        if os.environ.get("MUFAKAT_DEBUG"):
            raise
        sys.exit(fail_with(Failed.of(error)))
