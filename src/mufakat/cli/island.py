"""Commands of a member cut off from the quorum: island status, reconcile. `--island` before a command registers."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import typer

from mufakat.cli.terminal import (
    REFUSED,
    USAGE,
    AsJson,
    Failed,
    app,
    emit,
    err,
    opened,
    out,
    progress,
    settings,
    with_quorum,
)
from mufakat.console import island as pages
from mufakat.model import command as c
from mufakat.node.answer import Answers
from mufakat.node.consortium import ConsortiumNode, NotCommitted
from mufakat.node.home import Home
from mufakat.node.island import IslandStore, Reconciled
from mufakat.node.preferences import preferences_of
from mufakat.node.proving import NotProvable
from mufakat.node.reconciling import reconcile, write_proofs
from mufakat.node.rpc import EngineUnreachable
from mufakat.node.session import Said, Session

island_app = typer.Typer(no_args_is_help=True, help="What was registered while the quorum was out of reach.")
app.add_typer(island_app, name="island")


def _home() -> Home:
    home = settings.home
    if not home.is_among_others:
        raise Failed(f"{home.folder} holds no node among others; only such a one can be cut off", USAGE)
    return home


@island_app.command("status")
def status(as_json: AsJson = False) -> None:
    """Show what waits for the quorum; every outcome here is provisional."""
    with closing(IslandStore(_home().island)) as store:
        waiting = store.waiting()
    if as_json:
        emit({"provisional": [pages.waiting_row(each) for each in waiting]})
    else:
        out.print(pages.waiting(waiting))


@island_app.command("reconcile")
def reconcile_now(as_json: AsJson = False) -> None:
    """Put what waits to the quorum, now that it is back, and prove it; exit 1 when anything came out otherwise."""
    home = _home()
    with_quorum("reconciling")
    with closing(IslandStore(home.island)) as store, opened() as (session, vault), progress() as tell:
        node = session.node
        assert isinstance(node, ConsortiumNode), "this is a home among others, and not on the island"
        waiting, stopped = len(store.waiting()), ""
        try:
            for number, _ in enumerate(reconcile(store, node, lambda each: _again(session, each)), start=1):
                tell("commands reconciled", number, waiting)
        except (NotCommitted, EngineUnreachable) as error:
            stopped = f"broken off, what is left waits here: {error}"
        rows = store.untold()
        Answers(node, vault, home.out, preferences_of(home)).write_missing(
            lambda done, of: tell("answers", done, of)
        )
        proofs: list[Path] = []
        try:
            proofs += write_proofs(store, node, home)
        except (NotProvable, EngineUnreachable) as error:
            stopped = stopped or f"reconciled, but not all is proved; call it again: {error}"
        _tell(rows, proofs, as_json)
        store.tell(rows)
    differing = sum(not row.same for row in rows)
    if differing:
        _warn(f"{differing} of {len(rows)} came out otherwise than on the island")
    if stopped:
        _warn(stopped)
    if differing or stopped:
        raise typer.Exit(REFUSED)


def _warn(text: str) -> None:
    err.print(f"mufakat: {text}", style="red", markup=False, highlight=False)


def _again(session: Session, instruction: c.Instruction) -> bytes:
    return next(iter(session.signed([Said(instruction.author, instruction.body)])))


def _tell(rows: Sequence[Reconciled], proofs: Sequence[Path], as_json: bool) -> None:
    if as_json:
        emit(
            {
                "reconciled": [pages.reconciled_row(row) for row in rows],
                "differing": sum(not row.same for row in rows),
                "proofs": [str(path) for path in proofs],
            }
        )
        return
    out.print(pages.reconciled(rows))
    if proofs:
        out.print(f"{len(proofs)} proofs are in {proofs[0].parent}.", markup=False, soft_wrap=True)
