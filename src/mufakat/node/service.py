"""A node of a union with several, as it runs: the application on its socket, and the engine beside it.

The two stand and fall apart: an engine that ends is started again; an application that fails ends the node,
because its memory may be ahead of its journal, and a supervisor (systemd, or `union up`) starts it again from
what is durable.
"""

import base64
import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from mufakat.audit.quorum import Hex, Validator, set_hash
from mufakat.node.abci.application import POWER, Application
from mufakat.node.abci.server import Server
from mufakat.node.engine import Engine, NodeSettings, settings_of
from mufakat.node.enginekeys import address_of, next_validator, settle_next_validator, validator_public
from mufakat.node.home import Home
from mufakat.node.keys import KeyUnusable
from mufakat.node.peering import Peering
from mufakat.node.proving import keep_trail
from mufakat.node.rpc import EngineUnreachable, Refused, Rpc

_RESTART_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 1.0
"""How often it is looked whether the engine counts the validator's next key, and whether peers changed."""
_TRAIL_SECONDS: Final = 3_600.0
"""How often the changes of validators are kept; the engine forgets old blocks, and proofs need them."""


class ApplicationFailed(Exception):
    """The application ended; `cause` says why."""


def run(home: Home, stop: threading.Event, *, with_engine: bool, tell: Callable[[str], None]) -> None:
    """Run a node until `stop` is set; raises ApplicationFailed when the application ends by itself."""
    settings = settings_of(home)
    application = Application(
        home.folder,
        lambda evidence: note(home, evidence),
        lambda: time.time_ns() // 1_000,
        snapshot_every=settings.snapshot_every,
        retain=settings.retain_blocks,
    )
    server = Server(home.socket, application.handle)
    engine, peering = Engine(home), Peering(home)
    tell(f"{settings.member}: application on {home.socket}")
    try:
        started, kept, looked = 0.0, time.monotonic(), 0.0
        while not stop.is_set() and not server.wait(0.1):
            if time.monotonic() - looked > _LOOK_SECONDS:
                if _is_key_changed(home, settings):
                    engine.stop()
                    key = validator_public(home).hex()
                    tell(f"{settings.member}: validates with {key} when the engine starts anew")
                if peering.follow(application.charter, time.monotonic()):
                    engine.stop()
                    tell(
                        f"{settings.member}: the engine dials the peers of the charter in force when it starts anew"
                    )
                looked = time.monotonic()
            if with_engine and not engine.is_running() and time.monotonic() - started > _RESTART_SECONDS:
                engine.start()
                started = time.monotonic()
                tell(f"{settings.member}: engine {engine.pid}, peers on {settings.p2p}")
            if time.monotonic() - kept > _TRAIL_SECONDS:
                keep_trail(home)
                kept = time.monotonic()
    finally:
        engine.stop()
        server.close()
        failure = server.failure
        try:
            application.close()
        except Exception as error:
            failure = failure or error
    if failure is not None:
        raise ApplicationFailed(str(failure)) from failure


def _is_key_changed(home: Home, settings: NodeSettings) -> bool:
    """Put the validator's next key in place, if one waits and the engine counts it; tell whether that was done."""
    rpc = Rpc(settings.rpc_port)
    try:
        following = next_validator(home)
        return following is not None and settle_next_validator(home, _next_signers(rpc, home, following))
    except (EngineUnreachable, Refused, KeyUnusable):
        return False
    finally:
        rpc.close()


def _next_signers(rpc: Rpc, home: Home, following: bytes) -> list[bytes]:
    """Return the public keys of those who sign the engine's next block.

    An engine that looks for peers names those who signed its last one, and of those who follow the hash alone.
    """
    known = [
        base64.b64decode(each["pub_key"]["value"])
        for each in rpc.get("validators", per_page=100)["validators"]
    ]
    now = validator_public(home)
    changed = sorted((following if key == now else key for key in known), key=address_of)
    header = rpc.get("commit")["signed_header"]["header"]
    told = bytes.fromhex(header["next_validators_hash"])
    return changed if set_hash(Validator(Hex(key), POWER) for key in changed) == told else known


def note(home: Home, evidence: dict[str, Any]) -> None:
    """Add a line to HOME/evidence.jsonl, durably."""
    line = json.dumps(evidence, sort_keys=True).encode() + b"\n"
    with evidence_of(home).open("a+b") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            broken_off = file.read() != b"\n"
            line = b"\n" + line if broken_off else line
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def evidence_of(home: Home) -> Path:
    """Return the file of what this node saw validators do wrong."""
    return home.folder / "evidence.jsonl"
