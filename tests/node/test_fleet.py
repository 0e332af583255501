"""Nodes of this machine as processes: one that falls comes back to what it was."""

import os
import signal

import pytest

from mufakat.node import fleet as module
from mufakat.node.consortium import ConsortiumNode, NotCommitted
from mufakat.node.fleet import Fleet
from tests.engines import lone_home, wait


def is_there(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_node_that_is_killed_comes_back_to_what_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_RESTART_SECONDS", 0.0)
    home = lone_home(tmp_path)
    with Fleet(tmp_path) as fleet:
        fleet.wait_until_up()
        assert fleet.fallen() == fleet.revive() == []
        with ConsortiumNode(home) as user:
            root = user.state_root()
        first = fleet.process("QM")
        os.kill(first.pid, signal.SIGKILL)
        wait(fleet.fallen)
        wait(lambda: not fleet.statuses()[0].up)  # its engine stops when the application is gone
        assert fleet.revive() == ["QM"]
        fleet.wait_until_up()
        (status,) = fleet.statuses()
        assert status.state_root == root.hex()
        second = fleet.process("QM")
    assert not is_there(second.pid)
    assert not fleet.statuses()[0].up
    assert "application on" in (home.folder / "node.log").read_text(encoding="utf-8")


def test_nodes_that_cannot_start_are_named_with_where_to_look(tmp_path, monkeypatch):
    monkeypatch.setenv("MUFAKAT_ENGINE", str(tmp_path / "nothing"))
    lone_home(tmp_path)
    with (
        Fleet(tmp_path) as fleet,
        pytest.raises(NotCommitted, match=r"not up: QM; see node\.log and engine\.log"),
    ):
        fleet.wait_until_up()
    assert "make engine" in (tmp_path / "QM" / "node.log").read_text(encoding="utf-8")


def test_a_folder_without_nodes_is_an_empty_fleet(tmp_path):
    (tmp_path / "QM").mkdir()
    with Fleet(tmp_path) as fleet:
        assert (fleet.homes, fleet.statuses(), fleet.fallen()) == ({}, [], [])


def test_a_node_that_does_not_end_politely_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_STOP_SECONDS", 0.2)
    lone_home(tmp_path)
    fleet = Fleet(tmp_path)
    monkeypatch.setattr(module.sys, "executable", stubborn(tmp_path))
    fleet.start("QM")
    process = fleet.process("QM")
    wait(lambda: "ready" in (tmp_path / "QM" / "node.log").read_text(encoding="utf-8"))
    fleet.stop("QM")
    assert process.returncode == -signal.SIGKILL
    assert fleet.fallen() == []


def stubborn(folder):
    path = folder / "stubborn"
    path.write_text("#!/bin/sh\ntrap '' TERM\necho ready\nwhile :; do sleep 0.05; done\n", encoding="ascii")
    path.chmod(0o755)
    return str(path)
