"""The command views follow: the views of this home in a database of PostgreSQL, for whoever queries them there."""

import datetime
import signal
import threading
import time
from contextlib import closing
from typing import Annotated, Final

import typer

from mufakat.cli.terminal import AsJson, Failed, emit_measured, out, progress, settings
from mufakat.cli.views import views_app
from mufakat.journal.log import JournalInUse
from mufakat.node.mirror import Mirror, source_of
from mufakat.projections.store import Views

_POLL_SECONDS: Final = 1.0


@views_app.command("follow")
def follow(
    to: Annotated[
        str,
        typer.Option(
            "--to",
            envvar="MUFAKAT_POSTGRES",
            help="The database, such as postgresql://USER@HOST/DATABASE or service=NAME; what it leaves out is as"
            " libpq's PG* variables and files say, the password best.",
        ),
    ] = "",
    once: Annotated[bool, typer.Option("--once", help="Stop when it has caught up.")] = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="Drop the schema mufakat there first, and begin at genesis.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a database of PostgreSQL up to this home's journal, and keep it there until stopped.

    With --json a document is given each time it has caught up.
    """
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    with closing(source_of(settings.home)) as source, closing(_opened(to, anew=anew)) as found:
        mirror = Mirror(found, source)
        told = -1
        while not stop.is_set():
            before, start = mirror.folded, time.monotonic()
            _catch_up(mirror, stop, wait=not once)
            if told != mirror.folded and not stop.is_set():
                told = mirror.folded
                _tell(mirror, told - before, time.monotonic() - start, as_json=as_json)
            if once:
                break
            stop.wait(_POLL_SECONDS)
    if once and stop.is_set():
        raise KeyboardInterrupt


def _opened(to: str, *, anew: bool) -> Views:
    try:
        from mufakat.projections import postgres  # noqa: PLC0415 - an extra, which most do not install
    except ImportError:
        raise Failed("PostgreSQL's client is not installed: pip install 'mufakat[postgres]'") from None
    return postgres.open_views(to, anew=anew)


def _catch_up(mirror: Mirror, stop: threading.Event, *, wait: bool) -> None:
    """Take up all that the journal has; with `wait`, a journal in use is looked at again later."""
    with progress() as tell:
        try:
            while mirror.advance() and not stop.is_set():
                tell("entries", min(mirror.replayed, mirror.folded), mirror.of)
        except JournalInUse:
            if not wait:
                raise


def _tell(mirror: Mirror, folded: int, seconds: float, *, as_json: bool) -> None:
    if as_json:
        emit_measured(
            {
                "entries": mirror.folded,
                "behind": mirror.behind,
                "last_us": mirror.at_us,
                "folded": folded,
                "seconds": round(seconds, 3),
            }
        )
    else:
        last = datetime.datetime.fromtimestamp(mirror.at_us / 1_000_000, datetime.UTC)
        out.print(
            f"{mirror.folded:,} entries are in PostgreSQL, {folded:,} of them new, {mirror.behind:,} behind;"
            f" the last is of {last:%Y-%m-%d %H:%M:%S} UTC.",
            highlight=False,
        )
