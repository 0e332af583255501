"""The consensus engine of a node: its home, keys, genesis and configuration, and its process.

The engine is CometBFT, pinned in `engine/go.mod` and built by `make engine`. Its home is HOME/engine; what it
is told follows from the charter: the chain from the union's identifier, validators and peers from the members'
entries. It listens where `node.toml` says, on loopback unless that says otherwise; its RPC is for this machine
alone.
"""

import contextlib
import datetime
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from mufakat.journal.durable import write_whole
from mufakat.model.charter import Charter, Genesis, Role, union_id
from mufakat.node import enginekeys
from mufakat.node.abci.application import POWER, WrongChain, app_state, chain_id, genesis_of
from mufakat.node.home import Home

VERSION: Final = "0.39.4"
MAX_BLOCK_BYTES: Final = 8 << 20
IDLE_BLOCK_SECONDS: Final = 30
"""How often an idle chain makes a block; the log's time is behind the clock by about as much."""
_STOP_SECONDS: Final = 10
_LEFTOVER_SECONDS: Final = 5.0
_DAY_NS: Final = 86_400_000_000_000


class EngineMissing(Exception):
    """The engine's program is not on this machine."""


class SettingsFaulty(ValueError):
    """`node.toml` cannot be read as settings of a node."""


class NodeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `HOME/node.toml` says: whose node this is and where it listens. Ports are TCP."""

    member: str
    p2p: str = "127.0.0.1:26656"
    rpc_port: int = 26657
    snapshot_every: int = 1_000
    retain_blocks: int = 100_000


def settings_of(home: Home) -> NodeSettings:
    """Read `node.toml`; raises SettingsFaulty, or FileNotFoundError."""
    path = home.settings
    try:
        return msgspec.toml.decode(path.read_bytes(), type=NodeSettings)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsFaulty(f"{path}: {error}") from None


def binary() -> Path:
    """Find the engine's program: MUFAKAT_ENGINE, beside this Python, or on the path; raises EngineMissing."""
    named = os.environ.get("MUFAKAT_ENGINE")
    beside = Path(sys.executable).parent / "cometbft"
    found = named or (str(beside) if beside.exists() else shutil.which("cometbft"))
    if not found or not Path(found).exists():
        raise EngineMissing(
            "the consensus engine (cometbft) is not here; build it with `make engine` (it needs Go 1.25 or newer), "
            "or name it in MUFAKAT_ENGINE"
        )
    return Path(found)


def validator_of(charter: Charter, address: str) -> str | None:
    """Return the member whose validator has this address, or None."""
    for member in charter.members:
        for key in member.keys:
            if Role.VALIDATE in key.roles and enginekeys.address_of(key.public) == address.upper():
                return member.id
    return None


def write_home(home: Home, genesis: Genesis, at: datetime.datetime, *, validator: bytes, node: bytes) -> None:
    """Make HOME/engine: keys (private, 32 bytes each), genesis and configuration. `at`: the chain's first time."""
    folder = home.engine
    (folder / "data").mkdir(parents=True, exist_ok=True)
    enginekeys.write_validator(home, validator)
    enginekeys.write_node(home, node)
    state = folder / "data" / "priv_validator_state.json"
    if not state.exists():  # never put back an old one: the validator could sign twice
        write_whole(state, b'{"height": "0", "round": 0, "step": 0}')
    write_whole(
        folder / "config" / "genesis.json", json.dumps(engine_genesis(genesis, at), indent=1).encode()
    )
    write_configuration(home, genesis.charter)


def engine_genesis(genesis: Genesis, at: datetime.datetime) -> dict[str, Any]:
    """Return the engine's genesis: the charter's validators, and the union's own genesis within."""
    charter = genesis.charter
    return {
        "genesis_time": at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "chain_id": chain_id(union_id(charter)),
        "initial_height": "1",
        "consensus_params": {
            "block": {"max_bytes": str(MAX_BLOCK_BYTES), "max_gas": "-1"},
            "evidence": {
                "max_age_num_blocks": "100000",
                "max_age_duration": str(14 * _DAY_NS),
                "max_bytes": "1048576",
            },
            "validator": {"pub_key_types": ["ed25519"]},
            "version": {"app": "1"},
            "abci": {"vote_extensions_enable_height": "0"},
        },
        "validators": [
            {
                "address": enginekeys.address_of(key.public),
                "pub_key": {"type": "tendermint/PubKeyEd25519", "value": enginekeys.text_of(key.public)},
                "power": str(POWER),
                "name": member.id,
            }
            for member in charter.members
            for key in member.keys
            if Role.VALIDATE in key.roles
        ],
        "app_hash": "",
        "app_state": app_state(genesis),
    }


def genesis_in(home: Home) -> Genesis:
    """Read the union's genesis back from the engine's; raises FileNotFoundError, or WrongChain when it is none."""
    return read_genesis(home.engine / "config" / "genesis.json")[0]


def read_genesis(path: Path) -> tuple[Genesis, datetime.datetime]:
    """Read an engine's genesis: the union's own, and the chain's first time; raises WrongChain when it is none."""
    try:
        content = json.loads(path.read_bytes())
        at = datetime.datetime.fromisoformat(content["genesis_time"])
        return genesis_of(json.dumps(content["app_state"]).encode()), at
    except (ValueError, KeyError, TypeError) as error:
        raise WrongChain(f"{path} is no genesis of an engine: {error}") from None


def write_configuration(home: Home, charter: Charter, sync: dict[str, Any] | None = None) -> None:
    """Write the engine's configuration from the charter and `node.toml`; a remote signer named there stays.

    `sync`: settings of a state sync. Raises SettingsFaulty.
    """
    settings = settings_of(home)
    sections: dict[str, dict[str, Any]] = {
        "": {
            "proxy_app": f"unix://{home.socket}",
            "moniker": settings.member,
            "log_level": "info",
            "log_format": "json",
            "abci": "socket",
            **_remote_signer(home),
        },
        "rpc": {"laddr": f"tcp://127.0.0.1:{settings.rpc_port}", "max_body_bytes": 8_000_000},
        "p2p": {
            "laddr": f"tcp://{settings.p2p}",
            **_peer_settings(peers_of(charter, settings.member)),
            "persistent_peers_max_dial_period": "2s",
            "pex": False,
            "addr_book_strict": False,
            "allow_duplicate_ip": True,
            "flush_throttle_timeout": "5ms",
            "max_packet_msg_payload_size": 65_536,
            "send_rate": 512_000_000,
            "recv_rate": 512_000_000,
        },
        "mempool": {
            "size": 20_000,
            "max_txs_bytes": 256 << 20,
            "cache_size": 40_000,
            "max_tx_bytes": 2_500_000,
            "recheck": True,
        },
        "consensus": {
            "timeout_propose": "500ms",
            "timeout_propose_delta": "200ms",
            "timeout_prevote": "200ms",
            "timeout_precommit": "200ms",
            "timeout_commit": "0s",
            # A block's time is that of the votes for the one before it. Without a block now and then, the log's
            # time would stand still while nothing happens, and what was signed since would not be valid yet.
            "create_empty_blocks": True,
            "create_empty_blocks_interval": f"{IDLE_BLOCK_SECONDS}s",
            "peer_gossip_sleep_duration": "5ms",
            "double_sign_check_height": 0,
        },
        "storage": {"discard_abci_responses": True},
        "tx_index": {"indexer": "null"},
        "statesync": sync or {"enable": False},
        "instrumentation": {"prometheus": False},
    }
    text = "\n".join(_section(name, values) for name, values in sections.items())
    write_whole(home.engine / "config" / "config.toml", text.encode())


def peers_of(charter: Charter, member: str) -> list[str]:
    """Return the addresses that a member's node dials: those of all other members that have one."""
    return [each.peer for each in charter.members if each.peer and each.id != member]


def dialled(home: Home) -> list[str]:
    """Return the addresses that the engine's configuration names; raises SettingsFaulty, or FileNotFoundError."""
    p2p = _configuration(home).get("p2p", {})
    if "persistent_peers" not in p2p:
        raise SettingsFaulty(f"{home.configuration}: no persistent_peers under [p2p]")
    return [each for each in str(p2p["persistent_peers"]).split(",") if each]


def write_peers(home: Home, peers: Sequence[str]) -> None:
    """Let the engine dial these addresses from its next start on; all else in its configuration stays."""
    settings = _peer_settings(peers)
    lines = home.configuration.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        name = line.partition("=")[0].strip()
        if name in settings:
            lines[number] = f"{name} = {json.dumps(settings[name])}"
    write_whole(home.configuration, ("\n".join(lines) + "\n").encode())


def _remote_signer(home: Home) -> dict[str, Any]:
    """Return the setting by which the owner named a remote signer, if there is one (docs/how-to/keys.md)."""
    name = "priv_validator_laddr"
    before = _configuration(home) if home.configuration.exists() else {}
    return {name: before[name]} if before.get(name) else {}


def _configuration(home: Home) -> dict[str, Any]:
    try:
        return tomllib.loads(home.configuration.read_text(encoding="utf-8"))
    except ValueError as error:  # no TOML, or no UTF-8
        raise SettingsFaulty(f"{home.configuration}: {error}") from None


def _peer_settings(peers: Sequence[str]) -> dict[str, str]:
    return {
        "persistent_peers": ",".join(peers),
        "unconditional_peer_ids": ",".join(peer.split("@")[0] for peer in peers),
    }


def _section(name: str, values: dict[str, Any]) -> str:
    head = f"[{name}]\n" if name else ""
    return head + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())


def _addresses(home: Home) -> list[str]:
    """Return where the engine calls and listens, from where the home is now and what `node.toml` says now."""
    settings = settings_of(home)
    return [
        *("--proxy_app", f"unix://{home.socket}"),
        *("--p2p.laddr", f"tcp://{settings.p2p}"),
        *("--rpc.laddr", f"tcp://127.0.0.1:{settings.rpc_port}"),
    ]


def _command_line(pid: int) -> list[bytes]:
    """Return what a process was started with; nothing when there is no such process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


class Engine:
    """The engine's process."""

    def __init__(self, home: Home) -> None:
        self._home: Final = home
        self._pid: Final = home.folder / "engine.pid"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process's number while it runs."""
        return self._process.pid if self.is_running() and self._process else None

    def start(self) -> None:
        """Start the engine; what it says goes to HOME/engine.log. Raises EngineMissing."""
        self._end_leftover()
        with (self._home.folder / "engine.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(binary()), "start", "--home", str(self._home.engine), *_addresses(self._home)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        write_whole(self._pid, str(self._process.pid).encode())

    def _end_leftover(self) -> None:
        """End the engine that an earlier run of this node left behind.

        One whose application is killed may hang while it stops, and would keep its data locked for ever.
        """
        if not self._pid.exists():
            return
        pid = int(self._pid.read_text())
        until = time.monotonic() + _LEFTOVER_SECONDS
        while os.fsencode(self._home.engine) in _command_line(pid) and time.monotonic() < until:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

    def is_running(self) -> bool:
        """Tell whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End the process, at first politely."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
