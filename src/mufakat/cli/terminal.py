"""What all commands share: the app, its options, output, progress, and how a failure is told."""

import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from mufakat import __version__
from mufakat.audit.quorum import ProofRefused
from mufakat.audit.reading import IntegrityFault, InUse
from mufakat.cli import passphrase
from mufakat.journal.log import JournalDamaged, JournalError, JournalInUse, NotAJournal
from mufakat.model.charter import Charter
from mufakat.model.outcome import Outcome, Status
from mufakat.model.plain import plain
from mufakat.node import rotation
from mufakat.node.access import UnionNode
from mufakat.node.ceremony import SignatureRefused
from mufakat.node.consortium import ConsortiumNode, NotCommitted
from mufakat.node.desk import ScreeningMissing
from mufakat.node.draft import DraftRefused
from mufakat.node.embedded import Node
from mufakat.node.engine import EngineMissing, SettingsFaulty
from mufakat.node.home import Home
from mufakat.node.island import IslandInUse, IslandNode
from mufakat.node.keys import KeyRing, KeyUnusable
from mufakat.node.proving import NotProvable
from mufakat.node.publishing import Progress, untold
from mufakat.node.rebuilding import NodeRuns, PeersDisagree
from mufakat.node.replica import GenesisRefused, NodeStopped
from mufakat.node.rpc import EngineUnreachable
from mufakat.node.rpc import Refused as RpcRefused
from mufakat.node.session import Session
from mufakat.projections.dialect import DatabaseFailed, Sql
from mufakat.projections.store import Views
from mufakat.vault.details import Vault, VaultDamaged

REFUSED: Final = 1
USAGE: Final = 2
INTEGRITY: Final = 7

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="A clearing union that its members run together: set-off, netting, settlement, no operator.",
)
_LONG_SECONDS: Final = 0.5
WIDE: Final = 160
"""Columns of a table that is not shown on a terminal."""
# No emoji: a folder or reference such as 2026:100:7 is shown as it is.
out = Console(width=None if sys.stdout.isatty() else WIDE, emoji=False)
err = Console(stderr=True, soft_wrap=True, emoji=False)

AsJson = Annotated[bool, typer.Option("--json", help="Give one JSON document on standard output.")]
Why = Annotated[Path, typer.Option(help="The file that says why; its SHA-256 goes on the log.")]


class Failed(Exception):
    """A command that could not do its work: what to say, and the exit code."""

    def __init__(self, text: str, code: int = REFUSED, *, data: dict[str, Any] | None = None) -> None:
        super().__init__(text)
        self.text: Final = text
        self.code: Final = code
        self.data: Final = data

    @classmethod
    def of(cls, error: Exception) -> Self:
        """Say any error as a failure that a user can act on."""
        match error:
            case IntegrityFault() | JournalDamaged() | NotAJournal():
                text = f"{error}\nRestore the journal from a copy, or from another member."
                return cls(text, INTEGRITY, data={"entry": getattr(error, "entry", 0)})
            case ProofRefused():
                return cls(f"not proved: {error}", INTEGRITY, data={"proved": False})
            case GenesisRefused():
                return cls("the charter founds no union:\n" + "\n".join(f"  {each}" for each in error.faults))
            case (
                InUse()
                | IslandInUse()
                | JournalError()
                | NodeRuns()
                | NodeStopped()
                | EngineMissing()
                | EngineUnreachable()
                | NotCommitted()
                | PeersDisagree()
                | RpcRefused()
                | NotProvable()
                | KeyUnusable()
                | SettingsFaulty()
                | ScreeningMissing()
                | SignatureRefused()
                | DraftRefused()
                | DatabaseFailed()
                | FileExistsError()
                | FileNotFoundError()
            ):
                return cls(str(error))
            case VaultDamaged():
                return cls(str(error))
            case sqlite3.Error():
                return cls(f"views or vault: {error}. What was acknowledged is in the journal; try again.")
            case OSError():
                return cls(f"{error.filename or 'a file'}: {error.strerror}")
        return cls(
            f"a fault of the program, {type(error).__name__}: {error}\n"
            "What was acknowledged is in the journal. Set MUFAKAT_DEBUG=1 to see where, and report it."
        )


def fail_with(failed: Failed) -> int:
    """Tell a failure and return its exit code."""
    try:
        if "--json" in sys.argv and not settings.told:  # one document, not two
            _write(json.dumps({"error": failed.text, **(failed.data or {})}, ensure_ascii=False))
        flush()
    except OSError:
        # It is standard output that failed: what waits for it would fail once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    err.print(f"mufakat: {failed.text}", style="red", markup=False, highlight=False)
    return failed.code


class Settings:
    """What the options before the command say."""

    home: Home = Home(Path())
    passphrase_file: Path | None = None
    island: bool = False
    told: bool = False
    """Whether the result has been given."""

    def ring(self, home: Home | None = None) -> KeyRing:
        """Return the keys of this home, or of another."""
        return KeyRing((home or self.home).keys, passphrase.to_open(self.passphrase_file))

    def ring_for_new_keys(self) -> KeyRing:
        """Return the keys of this home, with the passphrase that new ones are sealed with."""
        ring = KeyRing(self.home.keys)
        return self.ring() if ring.is_sealed else self.rings_for_new_keys()(self.home)

    def rings_for_new_keys(self) -> Callable[[Home], KeyRing]:
        """Return what gives the new key ring of a home; all are sealed with one passphrase, asked for once."""
        secret = passphrase.to_seal(self.passphrase_file)
        return lambda home: KeyRing(home.keys, secret)


settings: Final = Settings()


def _version(asked: bool) -> None:
    if asked:
        out.print(f"mufakat {__version__}", highlight=False)
        raise typer.Exit


@app.callback()
def options(
    home: Annotated[
        Path, typer.Option("--home", envvar="MUFAKAT_HOME", help="The folder of the node.")
    ] = Path("union"),
    passphrase_file: Annotated[
        Path | None,
        typer.Option(
            "--passphrase-file",
            envvar="MUFAKAT_PASSPHRASE_FILE",
            help="The file that holds the passphrase of the keys; without it a terminal asks.",
        ),
    ] = None,
    island: Annotated[
        bool,
        typer.Option("--island", help="Register without the quorum: provisional, for `island reconcile`."),
    ] = False,
    version: Annotated[  # noqa: ARG001 - the callback has done its work
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Take the options that come before the command."""
    settings.home = Home(home)
    settings.passphrase_file = passphrase_file
    settings.island = island


def with_quorum(what: str) -> None:
    """Raise Failed on the island: `what` is done with the quorum or not at all."""
    if settings.island:
        raise Failed(f"{what} needs the quorum of the members: leave --island out", USAGE)


def clock_us() -> int:
    """Return the time now, UTC microseconds."""
    return time.time_ns() // 1_000


def node_of(home: Home, tell: Progress = untold) -> UnionNode:
    """Open the node of a home: the embedded one, or a line to the running one among others."""
    if settings.island:
        if not home.is_among_others:
            raise Failed(f"{home.folder}: an embedded node has no quorum to be cut off from", USAGE)
        err.print("Provisional: nothing is final until the members' quorum commits it.", style="yellow")
        return IslandNode(home, clock_us)
    return ConsortiumNode(home) if home.is_among_others else Node.open(home.folder, clock_us, progress=tell)


@contextmanager
def at_work() -> Iterator[UnionNode]:
    """Open the node of this home, and close it; what takes long shows how far it is."""
    with progress_of("entries replayed") as tell:
        node = node_of(settings.home, tell)
    with closing(node):
        yield node
        if isinstance(node, Node):
            with progress_of("payments into views") as tell:
                node.settle(tell)


@contextmanager
def opened() -> Iterator[tuple[Session, Vault]]:
    """Open the node of this home with its keys and vault."""
    home = settings.home
    with at_work() as node:
        ring = settings.ring()
        if not settings.island:  # what is provisional puts no key in force
            rotation.settle(ring, node.key)  # a change of keys that was broken off
        vault = Vault.open(home.vault)
        try:
            yield Session(node, ring), vault
        finally:
            vault.close()


class Look(NamedTuple):
    """What a command that only looks needs: the views, and the charter in force."""

    sql: Sql
    charter: Charter


@contextmanager
def looked() -> Iterator[Look]:
    """Open the views of this home to look at; while another process writes the journal, as they are now."""
    with ExitStack() as stack:
        try:
            node = stack.enter_context(at_work())
        except JournalInUse as in_use:
            views = stack.enter_context(_views_in_use(in_use))
            yield Look(views.sql, views.charter)
        else:
            yield Look(node.views.sql, node.charter)


@contextmanager
def _views_in_use(in_use: JournalInUse) -> Iterator[Views]:
    try:
        views = Views.open_to_read(settings.home.views)
    except sqlite3.Error:
        raise in_use from None  # another process is making them
    with closing(views):
        err.print(
            f"Another process is at work here; this is how it stands after entry {views.entries - 1:,}."
        )
        yield views


def emit(data: object) -> None:
    """Print a result as one JSON document."""
    emit_measured(plain(data))


def emit_measured(data: object) -> None:
    """Print measured figures, seconds among them, as one JSON document; nothing of the rules is a float."""
    settings.told = True
    _write(json.dumps(data, ensure_ascii=False, indent=2 if out.is_terminal else None))


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    flush()


def flush() -> None:
    """Hand over what waits for standard output; raises OSError here, and not when the program is over."""
    try:
        sys.stdout.flush()
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from error


def refuse(outcome: Outcome) -> None:
    """Raise Failed when an outcome is a refusal."""
    if outcome.status is Status.REFUSED and outcome.refusal is not None:
        refusal = outcome.refusal
        raise Failed(
            f"refused, {refusal.reason.name} ({refusal.code}): {refusal.text}",
            data={"reason": refusal.reason.name, "code": refusal.code},
        )


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show bars on standard error while work goes on; give a function (what, done, of)."""
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=err, disable=not err.is_terminal or bool(os.environ.get("CI"))) as bars:
        tasks: dict[str, Any] = {}

        def tell(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of)
            bars.update(tasks[what], completed=done, total=of)

        yield tell


@contextmanager
def progress_of(what: str) -> Iterator[Progress]:
    """Show a bar once work has gone on for a while; give a function (done, of)."""
    began, told = time.monotonic(), list[Callable[[str, int, int], None]]()
    with ExitStack() as stack:

        def tell(done: int, of: int) -> None:
            if not told and time.monotonic() - began > _LONG_SECONDS:
                told.append(stack.enter_context(progress()))
            for each in told:
                each(what, done, of)

        yield tell
