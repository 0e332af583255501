"""One node from the command line: run, status, rebuild, and what is refused before anything is touched."""

import json
import os
import signal
import subprocess
import sys

import pytest

from mufakat.cli import node
from mufakat.cli.terminal import USAGE, Failed
from mufakat.node.engine import settings_of
from mufakat.node.home import Home
from mufakat.node.service import note
from tests.engines import lone_home, wait
from tests.program import run


@pytest.fixture
def home(tmp_path):
    return lone_home(tmp_path)


def test_a_node_that_is_up_says_how_it_stands(live):
    done = run("--home", live.home.folder, "node", "status", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert (told["member"], told["up"], told["validators"]) == ("QM", True, ["QM"])
    shown = run("--home", live.home.folder, "node", "status")
    assert shown.returncode == 0
    assert told["state_root"][:16] in shown.stdout


def test_a_node_that_is_down_says_so_with_exit_code_1_and_what_it_saw(home):
    note(home, {"kind": "double signing", "height": 3, "validator": "AB" * 20, "what": "evidence in block 4"})
    done = run("--home", home.folder, "node", "status")
    assert done.returncode == 1
    assert "double signing at block 3" in done.stdout
    assert "is the node up?" in done.stderr
    told = run("--home", home.folder, "node", "status", "--json")
    assert told.returncode == 1
    assert json.loads(told.stdout)["up"] is False


def test_a_home_without_a_node_among_others_is_named(tmp_path):
    done = run("--home", tmp_path, "node", "status")
    assert done.returncode == 1
    assert "holds no node of a union with several" in done.stderr


def test_faulty_settings_are_named_with_their_file(home):
    home.settings.write_text('member = "QM"\nport = 3\n', encoding="utf-8")
    done = run("--home", home.folder, "node", "status")
    assert done.returncode == 1
    assert "node.toml" in done.stderr and "port" in done.stderr
    assert "a fault of the program" not in done.stderr


def test_a_node_is_not_rebuilt_by_the_word_of_one(home):
    before = sorted(path.name for path in home.folder.rglob("*"))
    done = run("--home", home.folder, "node", "rebuild", "--from", "127.0.0.1:1")
    assert done.returncode == 1
    assert "name at least two peers" in done.stderr
    assert sorted(path.name for path in home.folder.rglob("*")) == before


@pytest.mark.parametrize("peer", ["localhost", ":26657", "host:port", "host:0", "host:99999", "host:²"])
def test_a_peer_has_a_host_and_a_port(peer):
    with pytest.raises(Failed, match="is no HOST:PORT") as failed:
        node._peer(peer)
    assert failed.value.code == USAGE
    assert node._peer("host:26657") == ("host", 26657)


def test_a_node_runs_until_it_is_told_to_stop(home):
    program = [sys.executable, "-m", "mufakat", "--home", str(home.folder), "node", "run"]
    with subprocess.Popen(program, stderr=subprocess.PIPE, text=True) as process:
        wait(lambda: process.poll() is not None or home.journal.exists())
        os.kill(process.pid, signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert f"QM: application on {home.socket}" in said
    assert f"peers on {settings_of(Home(home.folder)).p2p}" in said
    assert not home.socket.exists()


def test_without_the_engine_the_node_says_what_to_do(home, monkeypatch):
    monkeypatch.setenv("MUFAKAT_ENGINE", str(home.folder / "nothing"))
    done = run("--home", home.folder, "node", "run")
    assert done.returncode == 1
    assert "build it with `make engine`" in done.stderr
