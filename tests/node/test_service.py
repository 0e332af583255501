"""A node as it runs: its engine may fall, its application may not."""

import json
import os
import signal
import socket

import pytest

from mufakat.core import apply
from mufakat.journal.log import JournalInUse
from mufakat.model import command as c
from mufakat.model.charter import Role, union_id
from mufakat.node import publishing, service
from mufakat.node.abci import wire
from mufakat.node.abci.application import app_state, chain_id
from mufakat.node.consortium import ConsortiumNode
from mufakat.node.engine import settings_of
from mufakat.node.home import Home
from mufakat.node.keys import KeyRing
from mufakat.node.service import ApplicationFailed, evidence_of, note
from mufakat.node.session import Session
from mufakat.node.status import evidence, status_of
from mufakat.projections.store import Views
from tests.engines import free_ports, lone_genesis, lone_home, running, wait
from tests.node.abci.conftest import timestamp
from tests.union import A1, A2, grants, lei


def spoken(home, *requests):
    """Say requests on the application's socket as the engine does; returns its answers."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as engine, engine.makefile("rwb") as stream:
        engine.settimeout(20)
        engine.connect(str(home.socket))
        answers = []
        for kind, message in requests:
            for each in (
                wire.Request(**{kind: message}),
                wire.Request(flush=wire.TYPES["AbciRequestFlush"]()),
            ):
                stream.write(wire.frame(each.SerializeToString()))
            stream.flush()
            answers.append(wire.Response.FromString(wire.read_frame(stream)))
            if answers[-1].HasField("exception"):
                break
            wire.read_frame(stream)
        return answers


def begin():
    genesis = lone_genesis()
    return "init_chain", wire.TYPES["AbciRequestInitChain"](
        chain_id=chain_id(union_id(genesis.charter)),
        app_state_bytes=json.dumps(app_state(genesis)).encode(),
        time=timestamp(1_795_500_000_000_000),
    )


def block(*commands):
    return "finalize_block", wire.TYPES["AbciRequestFinalizeBlock"](
        height=1, txs=commands, time=timestamp(1_795_500_000_000_001)
    )


def test_an_application_that_fails_ends_the_node_and_tells_the_engine_why(tmp_path):
    home = lone_home(tmp_path)
    with running(home, with_engine=False) as node:
        (answer,) = spoken(home, ("commit", wire.TYPES["AbciRequestCommit"]()))
        assert "NodeStopped: the chain has not begun" in answer.exception.error
        failure = node.join()
    assert isinstance(failure, ApplicationFailed)
    assert str(failure) == "the chain has not begun"
    assert not home.socket.exists()


def test_views_that_cannot_be_written_end_the_node_before_another_command_comes(tmp_path, monkeypatch):
    def broken(views, batch, entries):
        raise OSError("the disk is full")

    home = lone_home(tmp_path)
    with running(home, with_engine=False) as node:
        spoken(home, begin())
        monkeypatch.setattr(publishing, "_AT_ONCE", -1)
        monkeypatch.setattr(Views, "fold", broken)
        spoken(home, block(b"whatever"), ("commit", wire.TYPES["AbciRequestCommit"]()))
        looked = "check_tx", wire.TYPES["AbciRequestCheckTx"](tx=b"whatever")
        wait(lambda: spoken(home, looked)[0].HasField("exception"))
        failure = node.join()
    assert isinstance(failure, ApplicationFailed)
    assert str(failure) == "the disk is full"


def test_a_node_whose_program_is_too_old_stops_and_says_so(tmp_path, monkeypatch):
    home = lone_home(tmp_path)
    with running(home, with_engine=False) as node:
        spoken(home, begin())
        monkeypatch.setattr(apply, "PROTOCOLS", ())
        (answer,) = spoken(home, block(b"whatever"))
        assert "ProtocolUnknown" in answer.exception.error
        failure = node.join()
    assert isinstance(failure, ApplicationFailed)
    assert isinstance(failure.__cause__, apply.ProtocolUnknown)
    assert "install a newer one" in str(failure)


def test_one_home_is_run_by_one_node(tmp_path):
    home = lone_home(tmp_path)
    with running(home, with_engine=False):
        spoken(home, begin())
        with running(home, with_engine=False) as second:
            assert isinstance(second.join(), JournalInUse)
        assert home.socket.exists(), "the first goes on"
        assert spoken(home, ("echo", wire.TYPES["AbciRequestEcho"](message="halo")))[0].echo.message == "halo"


def test_an_engine_that_falls_is_started_again_and_nothing_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(service, "_RESTART_SECONDS", 0.2)
    home = lone_home(tmp_path)
    with running(home) as node:
        with ConsortiumNode(home) as user:
            entries = user.entries
            root = user.state_root()
        (first,) = node.engines()
        os.kill(first, signal.SIGKILL)
        wait(lambda: len(node.engines()) == 2)
        status = wait(lambda: (found := status_of(home)).up and found)
        assert (status.entries, status.state_root) == (entries, root.hex())
        second = node.engines()[1]
    for pid in (first, second):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert node.failure is None


def test_who_speaks_while_the_engine_starts_anew_is_answered_all_the_same(tmp_path):
    home = lone_home(tmp_path)
    with running(home) as node:
        for number, bank in enumerate((A1, A2)):
            os.kill(node.engines()[-1], signal.SIGKILL)
            with ConsortiumNode(home) as user:
                said = c.RegisterParticipant(bank, lei(200 + number), grants(bank, (Role.SUBMIT,)))
                assert Session(user, KeyRing(home.keys)).say("QM", said).refusal is None
    assert node.failure is None


def test_a_home_that_is_moved_while_it_is_stopped_runs_on_where_it_is(tmp_path):
    home = lone_home(tmp_path)
    with running(home), ConsortiumNode(home) as user:
        entries = user.entries
    moved = Home(home.folder.rename(tmp_path / "elsewhere"))
    (port,) = free_ports(1)
    text = moved.settings.read_text(encoding="utf-8")
    moved.settings.write_text(text.replace(settings_of(moved).p2p, f"127.0.0.1:{port}"), encoding="utf-8")
    with running(moved), ConsortiumNode(moved) as user:
        bank = c.RegisterParticipant(A1, lei(200), grants(A1, (Role.SUBMIT,)))
        assert Session(user, KeyRing(moved.keys)).say("QM", bank).refusal is None
        assert user.entries == entries + 1
        with socket.create_connection(("127.0.0.1", port), 20):
            pass
    assert not home.folder.exists()


def test_what_was_seen_of_misbehaviour_is_kept_a_line_each(tmp_path):
    home = Home(tmp_path)
    assert evidence(home) == ()
    note(home, {"kind": "double signing", "height": 3})
    note(home, {"kind": "proposal refused", "what": "command 0: MALFORMED\nand more"})
    assert len(evidence_of(home).read_text(encoding="utf-8").splitlines()) == 2
    assert [each["kind"] for each in evidence(home)] == ["double signing", "proposal refused"]
