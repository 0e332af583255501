"""The command line: one command for each thing that a user does.

Exit codes: 0 done, 1 refused by the rules or failed, 2 wrong usage, 7 a journal or a proof fails verification, 130
stopped by Ctrl-C. Results go to standard output, progress and errors to standard error; `--json` gives one JSON
document.
"""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the program."""
    try:
        # Loading takes a while, in which a user may press Ctrl-C already.
        from mufakat.cli.commands import run  # noqa: PLC0415

        sys.exit(run())
    except KeyboardInterrupt:
        sys.stderr.write("mufakat: stopped. What was committed before is in the journal, and stays.\n")
        sys.exit(130)
