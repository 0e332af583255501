"""Commands of a member cut off from the quorum: island status, reconcile. `--island` before a command registers."""

import typer

from mufakat.cli.terminal import AsJson, Failed, app, clock_us, emit, out, progress, settings
from mufakat.console import island as pages
from mufakat.model import command as c
from mufakat.model import outcome as outcomes
from mufakat.node.consortium import ConsortiumNode
from mufakat.node.island import IslandNode, IslandStore, Reconciled, reconcile
from mufakat.node.session import Said, Session

island_app = typer.Typer(no_args_is_help=True, help="What was registered while the quorum was out of reach.")
app.add_typer(island_app, name="island")


@island_app.command("status")
def status(as_json: AsJson = False) -> None:
    """Show what waits for the quorum; every outcome here is provisional."""
    with IslandNode(settings.home, clock_us) as node:
        waiting = [
            pages.Waiting(
                entry.seq,
                signed.instruction.author,
                _name(signed),
                entry.at_us,
                outcomes.decode(entry.outcome),
            )
            for entry in node.log()
            if (signed := c.decode(entry.command)) is not None
        ]
    if as_json:
        emit({"provisional": waiting})
    else:
        out.print(pages.waiting(waiting))


@island_app.command("reconcile")
def reconcile_now(as_json: AsJson = False) -> None:
    """Put what waits to the quorum, now that it is back, and compare; exit 1 when anything came out otherwise."""
    home = settings.home
    rows: list[Reconciled] = []
    store = IslandStore(home.folder / "island.db")
    try:
        with ConsortiumNode(home) as node, progress() as tell:
            session = Session(node, settings.ring())
            of = len(store.waiting())
            for row in reconcile(store, node, lambda signed: _again(session, signed)):
                rows.append(row)
                tell("commands reconciled", len(rows), of)
    finally:
        store.close()
    differing = [row for row in rows if not row.same]
    if as_json:
        emit({"reconciled": rows, "differing": len(differing)})
    else:
        out.print(pages.reconciled(rows))
    if differing:
        raise Failed(f"{len(differing)} of {len(rows)} came out otherwise than on the island")


def _again(session: Session, signed: c.SignedCommand) -> bytes:
    instruction = signed.instruction
    return next(iter(session.signed([Said(instruction.author, instruction.body)])))


def _name(signed: c.SignedCommand) -> str:
    return type(signed.instruction.body).__name__
