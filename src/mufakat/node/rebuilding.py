"""Rebuilding a node from its peers: what it had is put aside, and state sync brings history and state.

The peers' word is not trusted: the engine checks the header's signatures against the validators it trusts, and
the application computes the history anew up to the hash that the header carries. What has to be trusted is one
header, on which all peers that are asked must agree.
"""

import contextlib
import datetime
import shutil
from collections.abc import Sequence
from typing import Any, Final

from mufakat.journal.log import Journal, JournalError, JournalInUse
from mufakat.model.charter import Charter
from mufakat.node.abci.query import SNAPSHOT
from mufakat.node.engine import dialled, settings_of, write_configuration, write_peers
from mufakat.node.home import Home
from mufakat.node.rpc import EngineUnreachable, Rpc

_TRUST_PERIOD: Final = "168h0m0s"


class PeersDisagree(Exception):
    """The peers do not agree on one history, or are too few; nothing was touched."""


class NodeRuns(Exception):
    """The node runs: its history cannot be put aside under it; nothing was touched."""


def trusted(peers: Sequence[tuple[str, int]]) -> tuple[int, str]:
    """Return a height and the hash of its header on which all peers (host, RPC port) agree.

    Raises PeersDisagree and EngineUnreachable.
    """
    if len(set(peers)) < 2:
        raise PeersDisagree("name at least two peers: one alone could tell any story")
    connections = [Rpc(port, host) for host, port in peers]
    try:
        newest = [int(each.get("status")["sync_info"]["latest_block_height"]) for each in connections]
        height = max(1, min(newest) - 2)
        hashes = [
            str(each.get("commit", height=height)["signed_header"]["commit"]["block_id"]["hash"])
            for each in connections
        ]
    finally:
        for each in connections:
            each.close()
    if len(set(hashes)) != 1:
        told = ", ".join(
            f"{host}:{port} {found[:16]}" for (host, port), found in zip(peers, hashes, strict=True)
        )
        raise PeersDisagree(f"block {height} has different hashes: {told}; ask other members which is right")
    return height, hashes[0]


def prepare(home: Home, charter: Charter, peers: Sequence[tuple[str, int]]) -> str:
    """Put this node's history aside and set its engine to sync from `peers`; returns where it was put.

    Where no peer has a snapshot yet, in a young union, the engine takes all blocks from the first on instead.
    Raises NodeRuns, PeersDisagree, EngineUnreachable and SettingsFaulty, before anything is touched.
    Keys, settings, vault and what the validator signed last stay: a validator that forgot could sign twice.
    """
    _refuse_running(home)
    height, digest = trusted(peers)
    from_snapshot = _have_snapshot(peers)
    dialled_before = dialled(home) if home.configuration.exists() else []
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = home.folder / f"before-rebuild-{stamp}"
    aside.mkdir()
    signed = home.engine / "data" / "priv_validator_state.json"
    kept = signed.read_bytes() if signed.exists() else b'{"height": "0", "round": 0, "step": 0}'
    for path in (home.journal, home.views, home.state, home.folder / "snapshots", home.engine / "data"):
        for each in (path, path.with_name(path.name + "-journal")):
            if each.exists():
                shutil.move(each, aside / each.name)
    signed.parent.mkdir(parents=True)
    signed.write_bytes(kept)
    sync: dict[str, Any] = {
        "enable": True,
        "rpc_servers": ",".join(f"http://{host}:{port}" for host, port in peers),
        "trust_height": height,
        "trust_hash": digest,
        "trust_period": _TRUST_PERIOD,
        "discovery_time": "5s",
        "chunk_request_timeout": "10s",
    }
    write_configuration(home, charter, sync if from_snapshot else None)
    if dialled_before:
        write_peers(home, dialled_before)  # they may have moved since the founding
    return str(aside)


def _have_snapshot(peers: Sequence[tuple[str, int]]) -> bool:
    """Tell whether any peer offers a snapshot; waiting for one that nobody has would never end."""
    for host, port in peers:
        with contextlib.closing(Rpc(port, host)) as rpc:
            if rpc.read(SNAPSHOT, int):
                return True
    return False


def _refuse_running(home: Home) -> None:
    """Raise NodeRuns while the application holds the journal, or the engine answers and could still sign."""
    runs = False
    with contextlib.suppress(JournalError):  # missing or damaged: that is what rebuilding is for
        try:
            Journal.open(home.journal).close()
        except JournalInUse:
            runs = True
    rpc = Rpc(settings_of(home).rpc_port)
    with contextlib.suppress(EngineUnreachable), contextlib.closing(rpc):
        rpc.get("health")
        runs = True
    if runs:
        raise NodeRuns(f"the node in {home.folder} runs; stop it, then rebuild it")
