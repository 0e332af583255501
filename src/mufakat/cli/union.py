"""Commands of a whole union on this machine: union init, up, status."""

import datetime
import signal
import threading
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.live import Live

from mufakat.cli.charter import plan_of
from mufakat.cli.terminal import AsJson, Failed, app, emit, err, out, settings
from mufakat.console import consortium as pages
from mufakat.model.charter import union_id
from mufakat.node import assembly
from mufakat.node.consortium import ConsortiumNode
from mufakat.node.enactment import Enacted, Part, enact
from mufakat.node.engine import binary
from mufakat.node.fleet import Fleet
from mufakat.node.session import Session
from mufakat.node.status import status_of

union_app = typer.Typer(no_args_is_help=True, help="A whole union on this machine, one node a member.")
app.add_typer(union_app, name="union")

_SECONDS_BETWEEN_LOOKS: Final = 1.0


@union_app.command("init")
def init(
    members: Annotated[Path, typer.Option("--members", help="The charter, as TOML.")],
    base_port: Annotated[
        int, typer.Option(min=1024, max=65000, help="The first node's first port; each node takes ten.")
    ] = 26650,
    as_json: AsJson = False,
) -> None:
    """Make a home for each member: keys, a charter that all sign, engine and settings."""
    folder = settings.home.folder
    if folder.exists() and any(folder.iterdir()):
        raise Failed(f"{folder} is not empty; name another --home")
    plan = plan_of(members)
    if plan.has_keys:
        raise Failed(
            f"{members} has the members' keys already; each member founds on its own: `mufakat charter`"
        )
    ring_of = settings.rings_for_new_keys() if settings.passphrase_file else settings.ring
    now = datetime.datetime.now(datetime.UTC)
    try:
        genesis = assembly.assemble(plan, folder, ring_of, base_port, now)
    except assembly.UnionFaulty as faulty:
        raise Failed(f"{members}: " + f"\n{members}: ".join(faulty.faults)) from None
    union = union_id(genesis.charter).hex()
    names = [member.id for member in genesis.charter.members]
    if as_json:
        emit({"home": str(folder), "union": union, "members": names})
        return
    out.print(f"[bold]{genesis.charter.name}[/]: {len(names)} homes in {folder}, union {union[:16]}…")
    out.print(f"Next: mufakat --home {folder} union up")


@union_app.command("up")
def up(
    once: Annotated[
        bool, typer.Option("--once", help="End when all nodes are up and the plan is enacted.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run all members' nodes until Ctrl-C: one status table; a node that falls is started again."""
    fleet = _fleet()
    binary()
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    with fleet:
        fleet.wait_until_up()
        enacted = _enact(fleet)
        for row in enacted:
            if row.part is Part.REFUSED:
                err.print(f"{row.author}: {row.command} {row.about}: {row.note}", style="red", markup=False)
        if once:
            _tell(fleet, as_json)
            return
        with Live(pages.statuses(fleet.statuses()), console=out, auto_refresh=False) as live:
            while not stop.wait(_SECONDS_BETWEEN_LOOKS):
                fleet.revive()
                live.update(pages.statuses(fleet.statuses()), refresh=True)
        err.print("stopping all nodes")


@union_app.command("status")
def status(as_json: AsJson = False) -> None:
    """Show how all nodes in this home stand; exit 1 when one is down or histories differ."""
    _tell(_fleet(), as_json)


def _fleet() -> Fleet:
    fleet = Fleet(settings.home.folder)
    if not fleet.homes:
        raise Failed(f"{settings.home.folder} holds no union; make one with `mufakat union init`")
    return fleet


def _enact(fleet: Fleet) -> list[Enacted]:
    """Say what the charter file planned and is not on the log yet."""
    plan = assembly.planned(settings.home.folder)
    if plan is None:
        return []
    first = next(iter(fleet.homes.values()))
    with ConsortiumNode(first) as node:
        keys = assembly.Keychain(settings.ring(home) for home in fleet.homes.values())
        return enact(plan, Session(node, keys))


def _tell(fleet: Fleet, as_json: bool) -> None:
    found = [status_of(home) for home in fleet.homes.values()]
    if as_json:
        emit({"nodes": found})
    else:
        out.print(pages.statuses(found))
        for line in pages.evidence(found):
            out.print(line, markup=False)
    wrong = [f"{each.member}: {each.problem or 'down'}" for each in found if not each.up or each.problem]
    wrong += pages.partings(found)
    if wrong:
        raise Failed("\n".join(wrong))
