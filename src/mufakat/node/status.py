"""How a node stands: what its engine and its application say, and what it saw others do wrong."""

import contextlib
import datetime
import json
import sqlite3
import time
from typing import Any, Final

import msgspec

from mufakat.journal.log import Journal, JournalInUse
from mufakat.model.charter import Charter
from mufakat.node.abci.query import Head, Standing
from mufakat.node.engine import settings_of, validator_of
from mufakat.node.home import Home
from mufakat.node.publishing import Behind
from mufakat.node.rpc import EngineUnreachable, Refused, Rpc
from mufakat.node.service import evidence_of
from mufakat.projections.lookup import booked_until
from mufakat.projections.store import Views

_STARTED: Final = b'"Version info"'
"""In the engine's log, what it says first each time it starts."""


class NodeStatus(msgspec.Struct, frozen=True):
    """One node at one moment. `block`: the engine's height; roots are hex; `problem`: what is wrong, or empty.

    `block_time` is that of the last block, UTC, or empty before the first: when the block before it was voted for.
    `block_age_seconds` is how old that was by this machine's clock. `validators` are the members whose validators
    the engine counts. `evidence` is what this node saw of misbehaviour. `shown`: entries that its views show; under
    load they follow behind `entries`, by `behind_payments` payments and other events, the first of which came
    `behind_seconds` ago.
    """

    member: str
    up: bool
    block: int = 0
    entries: int = 0
    state_root: str = ""
    tree_root: str = ""
    peers: tuple[str, ...] = ()
    validators: tuple[str, ...] = ()
    catching_up: bool = False
    evidence: tuple[dict[str, Any], ...] = ()
    problem: str = ""
    block_time: str = ""
    block_age_seconds: int | None = None
    shown: int = 0
    behind_payments: int = 0
    behind_seconds: int = 0


def status_of(home: Home) -> NodeStatus:
    """Ask a node how it stands; a node that does not answer is one that is not up."""
    settings = settings_of(home)
    rpc = Rpc(settings.rpc_port)
    try:
        sync = rpc.get("status")["sync_info"]
        head: Head | None = rpc.read("/head", Head)
        standing: Standing | None = rpc.read("/union", Standing)
        peers = rpc.get("net_info")["peers"]
        known = rpc.get("validators", per_page=100)["validators"] if head else []
        behind: Behind = rpc.read("/behind", Behind) or Behind()
    except (EngineUnreachable, Refused) as error:
        return NodeStatus(settings.member, up=False, evidence=evidence(home), problem=str(error))
    finally:
        rpc.close()
    charter = standing.charter if standing else None
    at = _block_time(sync)
    return NodeStatus(
        settings.member,
        up=True,
        block=int(sync["latest_block_height"]),
        entries=head.entries if head else 0,
        state_root=head.state_root.hex() if head else "",
        tree_root=head.tree_root.hex() if head else "",
        peers=tuple(sorted(peer["node_info"]["moniker"] for peer in peers)),
        validators=tuple(sorted(_member(charter, each["address"]) for each in known)),
        catching_up=bool(sync["catching_up"]),
        evidence=tuple(_named(charter, each) for each in evidence(home)),
        problem=_stopped(home),
        block_time=at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else "",
        block_age_seconds=_seconds_since(at) if at else None,
        shown=_shown(home)[0],
        behind_payments=behind.payments,
        behind_seconds=behind.seconds(time.time_ns() // 1_000),
    )


class ViewsStatus(msgspec.Struct, frozen=True):
    """How far the views of a node are: entries that they show, with so many payments and movements in them.

    `entries`: those of the journal, None while another process writes it. `behind_entries` of them are not shown
    yet, the first of which came `behind_seconds` ago; `behind_payments`, payments and other events in them, is None
    where only a running node could say it.
    """

    shown: int
    payments: int
    movements: int
    entries: int | None = None
    behind_entries: int | None = None
    behind_payments: int | None = None
    behind_seconds: int | None = None


def views_status(home: Home, now_us: int) -> ViewsStatus:
    """Return how far a node's views are, without bringing them up; raises EngineUnreachable and JournalErrors."""
    shown, payments, movements = _shown(home)
    if home.is_among_others:
        with contextlib.closing(Rpc(settings_of(home).rpc_port)) as rpc:
            head: Head | None = rpc.read("/head", Head)
            behind: Behind = rpc.read("/behind", Behind) or Behind()
        entries = head.entries if head else 0
        late = behind.entries, behind.payments, behind.seconds(now_us)
        return ViewsStatus(shown, payments, movements, entries, *late)
    try:
        journal = Journal.open(home.journal)
    except JournalInUse:
        return ViewsStatus(shown, payments, movements)
    with contextlib.closing(journal):
        entries = journal.head.entries
        first = journal.entry(shown)
        missing = Behind(entries - shown, 0, first.at_us) if first else Behind()
    unread = None if missing.entries else 0
    return ViewsStatus(shown, payments, movements, entries, missing.entries, unread, missing.seconds(now_us))


def _shown(home: Home) -> tuple[int, int, int]:
    """Return how many entries the views show, and payments and movements; 0 while there are none."""
    try:
        views = Views.open_to_read(home.views)
    except sqlite3.OperationalError:
        return 0, 0, 0
    with contextlib.closing(views):
        return (views.entries, *booked_until(views.sql, views.entries))


def _block_time(sync: dict[str, Any]) -> datetime.datetime | None:
    """Return the time of the engine's last block, or None before the first."""
    if not int(sync["latest_block_height"]):
        return None
    return datetime.datetime.fromisoformat(sync["latest_block_time"]).astimezone(datetime.UTC)


def _seconds_since(at: datetime.datetime) -> int:
    """Return how long ago that was, and 0 when this machine's clock is behind it."""
    return max(0, int((datetime.datetime.now(datetime.UTC) - at).total_seconds()))


def evidence(home: Home) -> tuple[dict[str, Any], ...]:
    """Return what this node saw validators do wrong, oldest first; a line that was broken off is passed over."""
    path = evidence_of(home)
    found = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        with contextlib.suppress(json.JSONDecodeError):
            found.append(json.loads(line))
    return tuple(found)


def _member(charter: Charter | None, address: str) -> str:
    return (validator_of(charter, address) if charter else None) or address


def _named(charter: Charter | None, seen: dict[str, Any]) -> dict[str, Any]:
    address = seen.get("validator") or seen.get("proposer") or ""
    return {**seen, "member": _member(charter, address)}


def _stopped(home: Home) -> str:
    """Find the engine's own stop in its log: process and RPC stay up when a history parts from the others'."""
    log = home.folder / "engine.log"
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 200_000))
        tail = file.read()
    since_its_start = tail.rpartition(_STARTED)[2]
    if b"CONSENSUS FAILURE" in since_its_start:
        return "the engine stopped: its history parts from the others'; see engine.log, then `mufakat node rebuild`"
    return ""
