"""Speaking to the engine: what it does not take, does not know and does not answer."""

import base64
import socket
import threading
import time

import pytest

from mufakat.model.charter import union_id
from mufakat.model.refusal import Reason
from mufakat.node import rpc as module
from mufakat.node.abci.query import Head
from mufakat.node.engine import settings_of
from mufakat.node.rpc import EngineUnreachable, Refused, Rpc
from tests.engines import false_engine, free_ports, lone_genesis


@pytest.fixture
def rpc(live):
    made = Rpc(settings_of(live.home).rpc_port)
    yield made
    made.close()


def answering(value, code=0):
    return {"result": {"response": {"code": code, "value": base64.b64encode(value).decode(), "log": "busy"}}}


def test_the_application_answers_through_the_engine(rpc):
    head = rpc.read("/head", Head)
    assert head.union == union_id(lone_genesis().charter)
    assert rpc.read("/sequence", int, bytes(32)) == 1
    assert rpc.ask("/nothing") is None
    assert rpc.read("/nothing", Head) is None


def test_a_command_that_the_rules_do_not_let_in_is_refused_with_their_reason(rpc):
    for data, reason in ((b"noise", Reason.MALFORMED), (bytes(2_200_000), Reason.OVERSIZE)):
        with pytest.raises(Refused) as refused:
            rpc.put(data)
        assert Reason(refused.value.code) is reason


def test_a_command_that_is_in_the_pool_already_is_there():
    answers = iter(
        [
            {"error": {"message": "Internal error", "data": "tx already exists in cache"}},
            {"error": {"message": "Internal error", "data": "mempool is full"}},
            {"result": {"code": 1, "codespace": "node", "log": "there is no history yet"}},
        ]
    )
    with false_engine(lambda path: next(answers)) as port:
        rpc = Rpc(port)
        rpc.put(b"it")
        with pytest.raises(Refused, match="mempool is full") as refused:
            rpc.put(b"it")
        assert refused.value.code == 0
        with pytest.raises(Refused, match="no history yet") as refused:
            rpc.put(b"it")
        assert refused.value.code == 0, "that is the node's own, not one of the rules' numbers"
        rpc.close()


def test_while_a_block_is_committed_the_question_is_asked_again(monkeypatch):
    answers = iter([answering(b"", 2), answering(b"", 2), answering(b"\x07")])
    with false_engine(lambda path: next(answers)) as port:
        rpc = Rpc(port)
        assert rpc.read("/sequence", int) == 7
        rpc.close()
    monkeypatch.setattr(module, "_WAIT_SECONDS", 0.05)
    with false_engine(lambda path: answering(b"", 2)) as port:
        rpc = Rpc(port)
        with pytest.raises(EngineUnreachable, match="does not finish its block"):
            rpc.ask("/head")
        rpc.close()


def test_an_engine_that_starts_anew_is_waited_for_by_who_has_the_patience():
    (port,) = free_ports(1)
    began = time.monotonic()
    with pytest.raises(EngineUnreachable, match="is the node up"):
        Rpc(port).read("/sequence", int)
    with pytest.raises(EngineUnreachable, match="is the node up"):
        Rpc(port, patience=0.3).read("/sequence", int)
    assert 0.3 <= time.monotonic() - began < 5

    found = []
    rpc = Rpc(port, patience=20)
    asking = threading.Thread(target=lambda: found.append(rpc.read("/sequence", int)))
    asking.start()
    with false_engine(lambda path: answering(b"\x07"), port=port):
        asking.join(20)
        rpc.close()
    assert found == [7]


def test_an_engine_that_is_ending_is_asked_again():
    ending = {"error": {"message": "Internal error", "data": "client has stopped"}}
    answers = iter([ending, answering(b"\x07"), ending])
    with false_engine(lambda path: next(answers)) as port:
        rpc = Rpc(port, patience=20)
        assert rpc.read("/sequence", int) == 7
        rpc.close()
        hasty = Rpc(port)
        with pytest.raises(EngineUnreachable, match="client has stopped"):
            hasty.read("/sequence", int)
        hasty.close()


def test_a_connection_that_broke_is_opened_anew():
    with false_engine(lambda path: answering(b"\x07"), hangs_up=True) as port:
        rpc = Rpc(port)
        assert [rpc.read("/sequence", int) for _ in range(5)] == [7] * 5
        rpc.close()


def test_an_engine_that_is_not_there_is_named_with_its_place():
    (port,) = free_ports(1)
    with pytest.raises(
        EngineUnreachable, match=rf"the engine at 127.0.0.1:{port} does not answer.*node up\?"
    ):
        Rpc(port).get("status")


@pytest.mark.parametrize("answer", [b"<html>", b"", b"\xff\xfe"])
def test_what_is_no_engine_does_not_answer(answer):
    with false_engine(lambda path: answer) as port:
        rpc = Rpc(port)
        with pytest.raises(EngineUnreachable, match="does not answer"):
            rpc.get("status")
        rpc.close()


def test_an_engine_that_hangs_does_not_answer(monkeypatch):
    monkeypatch.setattr(module, "_WAIT_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with pytest.raises(EngineUnreachable, match="timed out"):
            Rpc(silent.getsockname()[1]).get("status")
        silent.accept()[0].close()


def test_a_command_goes_over_as_it_is():
    seen = []
    told = {"result": {"code": 0, "codespace": "", "log": ""}}
    with false_engine(lambda path: seen.append(path) or told) as port:
        rpc = Rpc(port)
        rpc.put(bytes(range(256)))
        rpc.close()
    assert seen == [f"/broadcast_tx_sync&tx=0x{bytes(range(256)).hex()}"]
