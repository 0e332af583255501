"""Commands of one node among others: node key, init, rotate-validator, run, status, rebuild."""

import datetime
import hashlib
import signal
import threading
from pathlib import Path
from typing import Annotated, Final

import typer

from mufakat.cli.charter import charter_of
from mufakat.cli.terminal import (
    AsJson,
    Failed,
    Why,
    app,
    emit,
    err,
    opened,
    out,
    refuse,
    settings,
    with_quorum,
)
from mufakat.console import consortium as pages
from mufakat.model import command as c
from mufakat.model.charter import Genesis, KeyGrant, Member, Role, union_id
from mufakat.model.proposal import RotateKeys
from mufakat.node import assembly, ceremony, rebuilding, service
from mufakat.node.consortium import wait_until
from mufakat.node.engine import NodeSettings, genesis_in, settings_of
from mufakat.node.enginekeys import (
    node_id,
    node_key,
    node_private,
    prepare_next_validator,
    validator_public,
)
from mufakat.node.home import Home
from mufakat.node.session import Session
from mufakat.node.status import status_of

_PORTS: Final = 1 << 16
_SWAP_SECONDS: Final = 30
"""How long to wait until the engine counts a new validator's key: two blocks, and the next look at it."""

node_app = typer.Typer(no_args_is_help=True, help="This member's node among the others.")
app.add_typer(node_app, name="node")


def _home() -> Home:
    home = settings.home
    if not home.is_among_others:
        raise Failed(f"{home.folder} holds no node of a union with several; `mufakat union init` makes them")
    return home


@node_app.command("key")
def key(
    address: Annotated[str, typer.Option("--address", help="HOST:PORT at which peers reach this node.")],
    as_json: AsJson = False,
) -> None:
    """Make the key by which peers know this node, and print the line for the charter; one that is here stays."""
    _peer(address)
    peer = f"{node_id(node_key(settings.home))}@{address}"
    if as_json:
        emit({"peer": peer})
    else:
        typer.echo(f'peer = "{peer}"')


@node_app.command("init")
def init(
    charter: Annotated[Path, typer.Argument(help="The charter file, with every member's public keys.")],
    signatures: Annotated[list[Path], typer.Argument(help="A signature file of every member.")],
    member: Annotated[str, typer.Option("--member", help="Whose node this is.")],
    starts: Annotated[str, typer.Option("--starts", help="The chain's first time, UTC, the same for all.")],
    p2p: Annotated[
        str, typer.Option("--p2p", help="HOST:PORT on which this node listens to peers.")
    ] = "127.0.0.1:26656",
    rpc_port: Annotated[
        int, typer.Option("--rpc-port", min=1, max=_PORTS - 1, help="Port for this machine alone.")
    ] = 26657,
    as_json: AsJson = False,
) -> None:
    """Make this member's node of a union that all members signed; then `mufakat node run`."""
    home = settings.home
    if home.configuration.exists() or home.journal.exists():
        raise Failed(f"{home.folder} holds a node already; name another --home")
    at = _utc(starts)
    _peer(p2p)
    agreed = charter_of(charter)
    entry = agreed.member(member)
    if entry is None:
        raise Failed(f"{charter} has no member {member!r}", 2)
    genesis = ceremony.genesis_of(agreed, [ceremony.read_signature(path) for path in signatures])
    if not isinstance(genesis, Genesis):
        raise Failed("the union is not founded:\n" + "\n".join(genesis), data={"faults": genesis})
    where = NodeSettings(member, p2p, rpc_port)
    validator = _validator(entry)
    _check_peer(entry, node_key(home))
    assembly.install(home, genesis, where, at, validator=validator, node=node_private(home))
    union = union_id(agreed).hex()
    if as_json:
        emit({"home": str(home.folder), "union": union, "member": member})
    else:
        out.print(f"The node of {member} is in {home.folder}, union {union[:16]}…", markup=False)


def _utc(text: str) -> datetime.datetime:
    try:
        at = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise Failed(f"{text!r} is no time; write it as 2026-12-01T08:00:00", 2) from None
    return at.astimezone(datetime.UTC) if at.tzinfo else at.replace(tzinfo=datetime.UTC)


def _check_peer(entry: Member, public: bytes) -> None:
    """Raise Failed when the charter names another key by which peers know this node: they would not find it."""
    named = entry.peer.partition("@")[0]
    if named and named != node_id(public):
        raise Failed(
            f"the charter names {named} as the node of {entry.id}, and the key of this one is {node_id(public)}; "
            "make the node in the home in which `mufakat node key` made the line"
        )


def _validator(entry: Member) -> bytes:
    """Return the private key with which this node validates; it must be the one that the member's entry names."""
    public, private = settings.ring().pair(entry.id, Role.VALIDATE)
    named = [key.public for key in entry.keys if Role.VALIDATE in key.roles]
    if public not in named:
        raise Failed(f"the validate key of {entry.id} on this machine, {public.hex()}, is not in the charter")
    return private


@node_app.command("rotate-validator")
def rotate_validator(
    text: Why,
    as_json: AsJson = False,
) -> None:
    """Change the key with which this node validates: on the log, then in the engine, once it counts the new one."""
    home, digest = _home(), hashlib.sha256(text.read_bytes()).digest()
    with_quorum("changing the validator's key")
    member, old = settings_of(home).member, validator_public(home)
    with opened() as (session, _):
        # It is on the disk before the log has it, and the same when this is said again: it is never lost.
        new = prepare_next_validator(home)
        if not _validates(session, member, new):
            change = RotateKeys(member, (KeyGrant(new, (Role.VALIDATE,)),), (old,))
            refuse(session.say(member, c.Propose(change, digest)))
    wait_until(
        lambda: validator_public(home) == new,
        _SWAP_SECONDS,
        f"the log has {new.hex()} as the validator's key of {member}; the node takes it into use by itself, when "
        "it runs and the engine counts it (`mufakat node run`)",
    )
    if as_json:
        emit({"member": member, "validator": new.hex(), "revoked": old.hex()})
    else:
        out.print(f"{member} validates with {new.hex()} from now on; the node starts its engine anew.")


def _validates(session: Session, member: str, public: bytes) -> bool:
    key = session.node.key(public)
    return key is not None and not key.revoked and (key.owner, key.roles) == (member, (Role.VALIDATE,))


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
    if not host or not port.isdecimal() or not 0 < int(port) < _PORTS:
        raise Failed(f"{text!r} is no HOST:PORT", 2)
    return host, int(port)
