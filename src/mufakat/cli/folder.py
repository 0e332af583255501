"""The command folder: what comes into a folder is put to the union, and what the node says is left there."""

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from mufakat.cli.terminal import (
    REFUSED,
    USAGE,
    AsJson,
    Failed,
    app,
    clock_us,
    emit,
    err,
    opened,
    out,
    settings,
    with_quorum,
)
from mufakat.journal.log import JournalInUse
from mufakat.node.answer import Answers
from mufakat.node.desk import Lists
from mufakat.node.folder import Folder, Slip
from mufakat.node.intake import Intake
from mufakat.node.preferences import preferences_of
from mufakat.node.reporting import write_notifications
from mufakat.node.rpc import EngineUnreachable

_POLL_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 10.0
"""How often a node among others looks whether answers became due by what others did."""


@app.command("folder")
def folder(
    path: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The folder; what is missing of it is made.")
    ],
    once: Annotated[bool, typer.Option("--once", help="Take what is there, and stop.")] = False,
    author: Annotated[
        str | None, typer.Option("--as", help="BIC of the participant that registers obligations.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Watch a folder: each file in FOLDER/in is put to the union, answered in FOLDER/out, and gets a receipt.

    Stopped by SIGTERM or Ctrl-C it ends after the group of files at hand. With --json a document is given for each
    file. --once exits with 1 when something was refused.
    """
    with_quorum("a folder")
    _check(path, once=once)
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    refused = False
    with Folder(path, settings.home.out, clock_us) as watched:
        if not (once or as_json):
            out.print(f"Watching {path / 'in'}.", markup=False, highlight=False)
        for slip in _slips(watched, author, (stop, Lists()), once=once):
            refused = refused or slip.refused > 0 or slip.rejection is not None
            if as_json:
                emit(slip)
            else:
                _tell(slip)
    if once and stop.is_set():
        raise KeyboardInterrupt
    if once and refused:
        raise typer.Exit(REFUSED)


def _check(path: Path, *, once: bool) -> None:
    home = settings.home
    if path.resolve() == home.folder.resolve():
        raise Failed(f"{path} is the node's home, with keys and vault; name a folder of its own", USAGE)
    if not once and settings.passphrase_file is None and settings.ring().is_sealed:
        raise Failed("the keys are encrypted; name the passphrase with --passphrase-file", USAGE)


def _slips(
    watched: Folder, author: str | None, kept: tuple[threading.Event, Lists], *, once: bool
) -> Iterator[Slip]:
    """Give receipts as files come; between them the node is closed, so that other commands can open it.

    `kept`: what stops it, and the lists that are indexed.
    """
    stop, lists = kept
    looked: float | None = None
    waits = False
    while not stop.is_set():
        if watched.is_at_work() or watched.has_left() or _is_to_look(looked):
            try:
                yield from _taken(watched, author, stop, lists)
                looked, waits = time.monotonic(), False
            except (JournalInUse, EngineUnreachable) as error:
                if once:
                    raise
                if not waits:
                    err.print(f"mufakat: {error}; waiting", markup=False, highlight=False)
                waits = True
        if once:
            break
        stop.wait(_POLL_SECONDS)


def _is_to_look(looked: float | None) -> bool:
    """Tell whether to look what is still owed: at first, and of a node among others at times."""
    if looked is None:
        return True
    return settings.home.is_among_others and time.monotonic() - looked > _LOOK_SECONDS


def _taken(watched: Folder, author: str | None, stop: threading.Event, lists: Lists) -> Iterator[Slip]:
    """Screen anew what is open where lists changed; take all files that wait, in groups; write what is owed."""
    with opened() as (session, vault):
        home = settings.home
        preferences = preferences_of(home)
        answers = Answers(session.node, vault, home.out, preferences)
        answers.write_missing()
        intake = Intake(session, vault, home.out, preferences, lists)
        intake.rescreen()
        while watched.is_at_work() and not stop.is_set():
            yield from watched.take(intake, vault, author)
        write_notifications(session.node, vault, answers.outgoing)
        if not watched.is_at_work():  # while no other process writes there, or knows yet what it has given on
            watched.deliver()


def _tell(slip: Slip) -> None:
    for each in (slip.rejection, *slip.refusals):
        if each is not None:
            place = f"{slip.file}:{each.line}" if each.line else slip.file
            path = f" {each.path}:" if each.path else ""
            err.print(f"{place}:{path} {each.code}: {each.text}", markup=False, highlight=False)
    what = slip.kind if slip.message_id is None else f"{slip.kind} {slip.message_id}"
    counts = f"{slip.accepted:,} accepted, {slip.refused:,} refused, {slip.pending:,} pending"
    became = "refused whole" if slip.rejection is not None else counts
    again = "" if slip.before is None else "; received before"
    text = f"{slip.file}: {what}: {became}{again}; {slip.kept}"
    out.print(text, markup=False, highlight=False, soft_wrap=True)
