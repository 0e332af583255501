"""Commands of one node among others: node run, status, rebuild."""

import signal
import threading
from typing import Annotated

import typer

from mufakat.cli.terminal import AsJson, Failed, app, emit, err, out, settings
from mufakat.console import consortium as pages
from mufakat.node import rebuilding, service
from mufakat.node.engine import genesis_in
from mufakat.node.home import Home
from mufakat.node.status import status_of

node_app = typer.Typer(no_args_is_help=True, help="This member's node among the others.")
app.add_typer(node_app, name="node")


def _home() -> Home:
    home = settings.home
    if not home.is_among_others:
        raise Failed(f"{home.folder} holds no node of a union with several; `mufakat union init` makes them")
    return home


@node_app.command("run")
def run(
    no_engine: Annotated[
        bool,
        typer.Option("--no-engine", help="Only the application; the engine runs under its own supervisor."),
    ] = False,
) -> None:
    """Run the node until it is told to stop (SIGTERM or Ctrl-C)."""
    home, stop = _home(), threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    try:
        service.run(home, stop, with_engine=not no_engine, tell=lambda text: err.print(text, markup=False))
    except service.ApplicationFailed as failed:
        raise Failed(f"the node stopped: {failed}. What was acknowledged is in the journal.") from failed


@node_app.command("status")
def status(as_json: AsJson = False) -> None:
    """Show how this node stands: height, state root, peers, validators, evidence; exit 1 when it is not up."""
    found = status_of(_home())
    if as_json:
        emit(found)
    else:
        out.print(pages.statuses([found]))
        for line in pages.evidence([found]):
            out.print(line, markup=False)
    if not found.up or found.problem:
        raise Failed(found.problem or "the node is not up")


@node_app.command("rebuild")
def rebuild(
    peers: Annotated[
        list[str],
        typer.Option(
            "--from", help="HOST:PORT of a peer's RPC; at least two, and all must tell one history."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Put this node's history aside and take it anew from its peers, checked; then `mufakat node run`."""
    home = _home()
    aside = rebuilding.prepare(home, genesis_in(home).charter, [_peer(each) for each in peers])
    if as_json:
        emit({"aside": aside})
    else:
        out.print(f"What was here is in {aside}. Now: mufakat --home {home.folder} node run", markup=False)


def _peer(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise Failed(f"{text!r} is no HOST:PORT", 2)
    return host, int(port)
