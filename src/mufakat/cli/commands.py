"""All commands on the app, and how the program ends: with an exit code and a sentence, never with a traceback."""

import os
from types import ModuleType
from typing import Final

from mufakat.cli import (
    bench,
    bench_ledger,
    bench_messages,
    bench_queue,
    bench_views,
    case,
    certificate,
    charter,
    default,
    demo,
    demo_consortium,
    draft,
    exchange,
    firm,
    fixing,
    folder,
    goods,
    island,
    joining,
    keys,
    listing,
    look,
    message,
    mirror,
    node,
    operate,
    prove,
    queue,
    rules,
    search,
    setoff,
    swing,
    trade,
    union,
    views,
)

try:
    from mufakat.cli import bench_screening, screen
except ModuleNotFoundError as error:
    if error.name not in ("icu", "rigour"):
        raise
    from mufakat.cli import unscreened

    _SCREENING: tuple[ModuleType, ...] = (unscreened,)
else:
    _SCREENING = (bench_screening, screen)
from mufakat.cli.terminal import Failed, app, fail_with, flush

__all__ = ["COMMANDS", "app", "run"]

COMMANDS: Final = (
    *(operate, folder, draft, rules, charter, keys, look, queue, prove, certificate),
    *(fixing, swing, exchange, default, firm, trade, goods, listing, case),
    *(
        setoff,
        bench,
        bench_queue,
        bench_ledger,
        bench_messages,
        bench_views,
        union,
        node,
        joining,
        island,
        demo,
        demo_consortium,
    ),
    *(search, views, mirror),
    *(message, *_SCREENING),
)
"""The modules whose import puts the commands on the app."""
_INTERRUPTED: Final = 130


def run() -> int:
    """Run the command that the program's arguments say and return the exit code; KeyboardInterrupt when stopped."""
    try:
        try:
            app(prog_name="mufakat", standalone_mode=True)
        except SystemExit as ended:
            if ended.code == _INTERRUPTED:
                raise KeyboardInterrupt from None
            flush()
            return int(ended.code or 0)
    except Failed as failed:
        return fail_with(failed)
    except Exception as error:
        # Whatever broke, a user gets one sentence and an exit code, never a traceback.
        if os.environ.get("MUFAKAT_DEBUG"):
            raise
        return fail_with(Failed.of(error))
    return 0
