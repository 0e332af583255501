"""The engine's home as the charter says it, read by the real engine, listening to nobody but this machine."""

import base64
import datetime
import json
import re
import shutil
import stat
import sys
import tomllib
from pathlib import Path

import msgspec
import pytest

from mufakat.model.charter import union_id
from mufakat.model.signing import public_key
from mufakat.node import engine
from mufakat.node.abci.application import POWER, WrongChain, chain_id
from mufakat.node.engine import (
    Engine,
    EngineMissing,
    NodeSettings,
    SettingsFaulty,
    binary,
    dialled,
    engine_genesis,
    genesis_in,
    settings_of,
    validator_of,
    write_configuration,
    write_home,
    write_peers,
)
from mufakat.node.enginekeys import address_of, node_id
from mufakat.node.home import Home
from mufakat.node.rpc import Rpc
from tests.engines import lone_genesis, lone_home
from tests.union import MEMBERS, charter, genesis, private

AT = datetime.datetime(2026, 11, 23, 8, tzinfo=datetime.UTC)
KEYS = {"validator": private("QM", "validate"), "node": private("QM", "node")}


def configuration(home):
    return tomllib.loads((home.engine / "config" / "config.toml").read_text(encoding="utf-8"))


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def home(tmp_path):
    return lone_home(tmp_path)


# -- the program ------------------------------------------------------------------------------------------


def test_without_the_engine_it_is_said_what_to_do(monkeypatch, tmp_path):
    monkeypatch.delenv("MUFAKAT_ENGINE", raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    for named in (None, str(tmp_path / "nothing")):
        if named:
            monkeypatch.setenv("MUFAKAT_ENGINE", named)
        with pytest.raises(EngineMissing, match=r"`make engine` \(it needs Go.*or name it in MUFAKAT_ENGINE"):
            binary()


def test_the_engine_is_the_named_one_or_that_beside_this_python_or_on_the_path(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.delenv("MUFAKAT_ENGINE", raising=False)
    for name in ("on-path", "cometbft", "named"):
        (tmp_path / name).touch()
    monkeypatch.setattr(shutil, "which", lambda name: str(tmp_path / "on-path"))
    assert binary().name == "cometbft"
    (tmp_path / "cometbft").unlink()
    assert binary().name == "on-path"
    monkeypatch.setenv("MUFAKAT_ENGINE", str(tmp_path / "named"))
    assert binary().name == "named"


def test_the_version_that_is_named_is_the_one_that_is_pinned_and_built(live):
    pinned = (Path(__file__).parent.parent.parent / "engine" / "go.mod").read_text(encoding="utf-8")
    assert re.search(rf"github.com/cometbft/cometbft v{re.escape(engine.VERSION)}\b", pinned)
    rpc = Rpc(settings_of(live.home).rpc_port)
    assert rpc.get("status")["node_info"]["version"] == engine.VERSION
    rpc.close()


# -- settings ---------------------------------------------------------------------------------------------


def test_settings_are_read_back_as_they_were_written(tmp_path):
    home = Home(tmp_path)
    home.settings.write_text('member = "QM"\nrpc_port = 3\n', encoding="utf-8")
    assert settings_of(home) == NodeSettings("QM", rpc_port=3)


@pytest.mark.parametrize("text", ["", "member = 3", 'member = "QM"\nport = 3', "member", "\xff"])
def test_settings_that_cannot_be_read_are_named_with_their_file(tmp_path, text):
    home = Home(tmp_path)
    home.settings.write_bytes(text.encode("latin-1"))
    with pytest.raises(SettingsFaulty, match=r"node\.toml: "):
        settings_of(home)


# -- its home ---------------------------------------------------------------------------------------------


def test_private_keys_are_for_their_owner_alone(home):
    for name in ("priv_validator_key.json", "node_key.json"):
        assert mode(home.engine / "config" / name) == 0o600
    everything = [path for path in home.folder.rglob("*") if path.is_file()]
    secrets = {base64.b64encode(key + public_key(key)).decode() for key in KEYS.values()}
    telling = {path.name for path in everything if any(each in path.read_text("latin-1") for each in secrets)}
    assert telling == {"priv_validator_key.json", "node_key.json"}


def test_what_a_validator_signed_last_is_never_put_back(home):
    state = home.engine / "data" / "priv_validator_state.json"
    assert json.loads(state.read_bytes()) == {"height": "0", "round": 0, "step": 0}
    state.write_text('{"height": "700", "round": 1, "step": 3}', encoding="utf-8")
    write_home(home, lone_genesis(), AT, **KEYS)
    assert json.loads(state.read_bytes())["height"] == "700"


def test_the_genesis_carries_the_charter_and_names_its_validators():
    whole = genesis(charter())
    told = engine_genesis(whole, AT)
    assert told["chain_id"] == chain_id(union_id(whole.charter))
    assert told["genesis_time"] == "2026-11-23T08:00:00.000000Z"
    assert [each["name"] for each in told["validators"]] == sorted(MEMBERS)
    for each in told["validators"]:
        public = public_key(private(each["name"], "validate"))
        assert each["address"] == address_of(public)
        assert base64.b64decode(each["pub_key"]["value"]) == public
        assert each["power"] == str(POWER)


def test_the_first_time_of_a_chain_is_the_same_moment_in_every_zone():
    zone = datetime.timezone(datetime.timedelta(hours=7))
    assert engine_genesis(lone_genesis(), AT.astimezone(zone)) == engine_genesis(lone_genesis(), AT)


def test_the_unions_genesis_is_read_back_from_the_engines(home):
    assert genesis_in(home) == lone_genesis()
    path = home.engine / "config" / "genesis.json"
    path.write_text('{"app_state": "bm9uZQ=="}', encoding="utf-8")
    with pytest.raises(WrongChain):
        genesis_in(home)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        genesis_in(home)


def test_a_validator_is_known_by_its_address():
    whole = charter()
    for member in MEMBERS:
        address = address_of(public_key(private(member, "validate")))
        assert validator_of(whole, address) == validator_of(whole, address.lower()) == member
        assert validator_of(whole, address_of(public_key(private(member, "vote")))) is None


def test_peers_are_those_of_the_charter_and_no_others(home):
    peers = {
        name: f"{node_id(public_key(private(name, 'node')))}@10.0.0.{n}:26656"
        for n, name in enumerate(MEMBERS)
    }
    whole = charter()
    members = tuple(msgspec.structs.replace(each, peer=peers[each.id]) for each in whole.members)
    write_configuration(home, msgspec.structs.replace(whole, members=members))
    p2p = configuration(home)["p2p"]

    assert p2p["persistent_peers"] == ",".join(peers[name] for name in ("QN", "QO"))
    assert p2p["unconditional_peer_ids"] == ",".join(peers[name].split("@")[0] for name in ("QN", "QO"))
    assert p2p["pex"] is False


def test_other_peers_are_written_and_whatever_else_the_owner_has_set_stays(home):
    path = home.configuration
    path.write_text('priv_validator_laddr = "unix:///run/signer.sock"\n' + path.read_text(encoding="utf-8"))
    before = configuration(home)
    assert dialled(home) == []
    peers = [f"{'a' * 40}@qn.example:26656", f"{'b' * 40}@[::1]:26656"]
    write_peers(home, peers)
    assert dialled(home) == peers
    assert configuration(home)["p2p"]["unconditional_peer_ids"] == f"{'a' * 40},{'b' * 40}"
    write_peers(home, [])
    assert configuration(home) == before


def test_the_configuration_says_what_the_settings_say(home):
    told, settings = configuration(home), settings_of(home)
    assert told["proxy_app"] == f"unix://{home.socket}"
    assert told["moniker"] == "QM"
    assert told["rpc"]["laddr"] == f"tcp://127.0.0.1:{settings.rpc_port}"
    assert told["p2p"]["laddr"] == f"tcp://{settings.p2p}"
    assert told["statesync"] == {"enable": False}
    write_configuration(home, charter(), {"enable": True, "trust_height": 7, "trust_hash": "AB"})
    assert configuration(home)["statesync"] == {"enable": True, "trust_height": 7, "trust_hash": "AB"}


# -- the real engine --------------------------------------------------------------------------------------


def listening(pid):
    """Addresses, in the kernel's hex, on which a process listens for TCP."""
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        match = re.fullmatch(r"socket:\[(\d+)\]", str(descriptor.readlink()))
        inodes |= {match[1]} if match else set()
    found = []
    for table in ("tcp", "tcp6"):
        path = Path(f"/proc/{pid}/net/{table}")
        for row in path.read_text(encoding="ascii").splitlines()[1:]:
            fields = row.split()
            if fields[3] == "0A" and fields[9] in inodes:
                host, port = fields[1].split(":")
                found.append((host, int(port, 16)))
    return sorted(found, key=lambda each: each[1])


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_engine_listens_on_loopback_and_nowhere_else(live):
    settings = settings_of(live.home)
    ports = sorted([settings.rpc_port, int(settings.p2p.split(":")[1])])
    assert listening(live.engines()[-1]) == [("0100007F", port) for port in ports]


def test_the_engine_reads_what_was_written_for_it(live):
    settings = settings_of(live.home)
    rpc = Rpc(settings.rpc_port)
    node = rpc.get("status")["node_info"]
    parameters = rpc.get("consensus_params")["consensus_params"]
    (validator,) = rpc.get("validators")["validators"]
    rpc.close()

    assert node["id"] == node_id(public_key(KEYS["node"]))
    assert node["moniker"] == "QM"
    assert node["network"] == chain_id(union_id(lone_genesis().charter))
    assert node["other"]["tx_index"] == "off"
    assert parameters["block"]["max_bytes"] == str(engine.MAX_BLOCK_BYTES)
    assert (validator["address"], validator["voting_power"]) == (
        address_of(public_key(KEYS["validator"])),
        str(POWER),
    )


def test_an_engine_that_was_never_started_is_stopped_like_any_other(home):
    made = Engine(home)
    made.stop()
    assert (made.pid, made.is_running()) == (None, False)


def test_an_engine_that_does_not_end_politely_is_ended(home, monkeypatch, tmp_path):
    stubborn = tmp_path / "stubborn"
    stubborn.write_text(
        "#!/bin/sh\ntrap '' TERM\necho ready\nwhile :; do sleep 0.05; done\n", encoding="ascii"
    )
    stubborn.chmod(0o755)
    monkeypatch.setenv("MUFAKAT_ENGINE", str(stubborn))
    monkeypatch.setattr(engine, "_STOP_SECONDS", 0.1)
    made = Engine(home)
    made.start()
    while b"ready" not in (home.folder / "engine.log").read_bytes():
        assert made.is_running()
    assert made.pid
    made.stop()
    assert not made.is_running()
