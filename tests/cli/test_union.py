"""A whole union on this machine from the command line, on the real engine."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from mufakat.node.engine import settings_of
from mufakat.node.home import Home
from tests.cli.conftest import EXAMPLES
from tests.engines import free_range
from tests.program import run

CHARTER = EXAMPLES / "charter.toml"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A union of two that was up once; not up now."""
    home = tmp_path_factory.mktemp("u") / "u"
    done = run("--home", home, "union", "init", "--members", CHARTER, "--base-port", free_range(20), "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["home"], told["members"]) == (str(home), ["QM", "QN"])
    assert len(told["union"]) == 64
    once = run("--home", home, "union", "up", "--once", "--json")
    assert once.returncode == 0, once.stderr
    return home, json.loads(once.stdout)["nodes"]


def test_a_union_that_is_up_once_has_enacted_its_plan_on_one_history(made):
    home, (first, second) = made
    assert [first["member"], second["member"]] == ["QM", "QN"]
    for node in (first, second):
        assert node["up"] and not node["problem"]
        assert node["validators"] == ["QM", "QN"]
    assert (first["peers"], second["peers"]) == (["QN"], ["QM"])
    assert first["entries"] > 10
    verdicts = {
        json.loads(run("verify", home / member / "journal.db", "--json").stdout)["state_root"]
        for member in ("QM", "QN")
    }
    assert len(verdicts) == 1, "both journals are whole, and one history"


def test_a_union_that_is_down_says_so_with_exit_code_1(made):
    home, _ = made
    done = run("--home", home, "union", "status")
    assert done.returncode == 1
    assert "QM: the engine at 127.0.0.1" in done.stderr and "is the node up?" in done.stderr
    told = run("--home", home, "union", "status", "--json")
    assert told.returncode == 1
    assert [each["up"] for each in json.loads(told.stdout)["nodes"]] == [False, False]


def test_a_union_runs_until_it_is_interrupted_and_then_all_of_it_stops(made):
    home, nodes = made
    program = [sys.executable, "-m", "mufakat", "--home", str(home), "union", "up"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as union:
        until = time.monotonic() + 60
        while (status := run("--home", home, "union", "status", "--json")).returncode:
            assert time.monotonic() < until and union.poll() is None, status.stderr
        told = json.loads(status.stdout)["nodes"]
        node = run("--home", home / "QM", "node", "status")
        rebuild = run("--home", home / "QM", "node", "rebuild", *rebuild_from(home))
        os.kill(union.pid, signal.SIGINT)
        _, errors = union.communicate(timeout=60)
    assert union.returncode == 0
    assert "stopping all nodes" in errors
    assert {each["state_root"] for each in told} == {nodes[0]["state_root"]}, "the plan is enacted once"
    assert node.returncode == 0 and "QM" in node.stdout
    assert rebuild.returncode == 1 and "runs; stop it, then rebuild it" in rebuild.stderr
    assert run("--home", home, "union", "status").returncode == 1
    for member in ("QM", "QN"):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", settings_of(Home(home / member)).rpc_port))


def rebuild_from(home):
    for member in ("QM", "QN"):
        yield from ("--from", f"127.0.0.1:{settings_of(Home(home / member)).rpc_port}")


def refused(home, charter):
    done = run("--home", home, "union", "init", "--members", charter)
    assert done.returncode == 1, done.stdout
    return done.stderr


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path):
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    assert "is not empty; name another --home" in refused(tmp_path, CHARTER)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_charter_with_keys_is_for_its_members_to_found(made, tmp_path):
    home, _ = made
    told = refused(tmp_path / "u", home / "charter.toml")
    assert "has the members' keys already; each member founds on its own" in told
    assert not (tmp_path / "u").exists()


def test_a_faulty_charter_is_told_with_all_its_faults_and_makes_nothing(tmp_path):
    text = CHARTER.read_text(encoding="utf-8")
    faulty = tmp_path / "charter.toml"
    faulty.write_text(
        text.replace("day_quorum = 2", "day_quorum = 9").replace("CBSUQNA0XXX", "XX"), encoding="utf-8"
    )
    told = refused(tmp_path / "u", faulty)
    assert "rules.day_quorum" in told and "bic" in told
    assert not (tmp_path / "u").exists()
    assert "No such file" in refused(tmp_path / "u", tmp_path / "nothing.toml")


def test_where_there_is_no_union_none_is_up(tmp_path):
    for command in ("up", "status"):
        done = run("--home", tmp_path, "union", command)
        assert done.returncode == 1
        assert "holds no union; make one with `mufakat union init`" in done.stderr


def test_without_the_engine_it_is_said_what_to_do(made, monkeypatch):
    home, _ = made
    monkeypatch.setenv("MUFAKAT_ENGINE", str(home / "nothing"))
    done = run("--home", home, "union", "up", "--once")
    assert done.returncode == 1
    assert "build it with `make engine`" in done.stderr
