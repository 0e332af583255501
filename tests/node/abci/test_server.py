"""The socket: answers in order, garbage ends one connection, a failure of the application ends the service."""

import io
import socket
import stat
import threading
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mufakat.core.apply import ProtocolUnknown
from mufakat.node.abci import wire
from mufakat.node.abci.server import Server

SECONDS = 10


class Engine:
    """One connection of the engine."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(SECONDS)
        self.socket.connect(str(path))
        self.stream = self.socket.makefile("rb")

    def send(self, *requests):
        for each in requests:
            self.socket.sendall(wire.frame(each.SerializeToString()))

    def answer(self):
        return wire.Response.FromString(wire.read_frame(self.stream))

    def is_closed(self):
        """Wait until the other side closed; True when nothing came before that."""
        return self.stream.read() == b""

    def close(self):
        self.stream.close()
        self.socket.close()


def echo(text="halo"):
    return wire.Request(echo=wire.TYPES["AbciRequestEcho"](message=text))


FLUSH = wire.Request(flush=wire.TYPES["AbciRequestFlush"]())


def answering(kind, message):
    if kind == "echo":
        return wire.TYPES["AbciResponseEcho"](message=message.message)
    if kind == "flush":
        return wire.TYPES["AbciResponseFlush"]()
    raise ProtocolUnknown(7)


@pytest.fixture
def server(tmp_path):
    made = Server(tmp_path / "s", answering)
    yield made
    made.close()


@pytest.fixture
def engine(server, tmp_path):
    with closing(Engine(tmp_path / "s")) as connection:
        yield connection


def test_requests_are_answered_in_order_when_the_engine_asks_to_flush(engine):
    engine.send(*(echo(str(n)) for n in range(50)), FLUSH)
    assert [engine.answer().echo.message for _ in range(50)] == [str(n) for n in range(50)]
    assert engine.answer().HasField("flush")


def test_the_socket_is_for_its_owner_alone(server, tmp_path):
    assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o600


def test_the_socket_of_a_process_that_was_killed_is_in_nobodys_way(tmp_path):
    left = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    left.bind(str(tmp_path / "s"))
    left.close()
    server = Server(tmp_path / "s", answering)
    with closing(Engine(tmp_path / "s")) as engine:
        engine.send(FLUSH)
        assert engine.answer().HasField("flush")
    server.close()
    assert not (tmp_path / "s").exists()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.one_of(st.binary(max_size=60), st.sampled_from((b"\xff" * 20, wire.varint(2**33), wire.frame(b""))))
)
def test_any_bytes_end_one_connection_and_nothing_else(server, tmp_path, data):
    with closing(Engine(tmp_path / "s")) as engine:
        engine.socket.sendall(data)
        engine.socket.shutdown(socket.SHUT_WR)
        engine.stream.read()  # ends: nothing hangs
    assert not server.wait(0) or is_one_request(data)


def is_one_request(data):
    """Whether random bytes hit upon a request; the service may end for what the application does not know."""
    try:
        wire.read_request(io.BytesIO(data))
    except wire.Disconnected:
        return False
    return True


def test_garbage_on_one_connection_leaves_the_others(engine, tmp_path):
    with closing(Engine(tmp_path / "s")) as other:
        other.socket.sendall(wire.frame(b"\x0a\xff"))
        assert other.is_closed()
    engine.send(FLUSH)
    assert engine.answer().HasField("flush")


def test_an_engine_that_goes_away_with_answers_under_way_is_nobodys_trouble(server, tmp_path):
    """Threads that end with an exception would fail this test (filterwarnings = error)."""
    before = threading.enumerate()
    for _ in range(5):
        with closing(Engine(tmp_path / "s")) as engine:
            engine.send(*(echo("x" * 1_000) for _ in range(20)))
    with closing(Engine(tmp_path / "s")) as engine:
        engine.send(FLUSH)
        assert engine.answer().HasField("flush")
    assert ended([each for each in threading.enumerate() if each.name == "abci" and each not in before])


def test_a_failure_of_the_application_is_told_to_the_engine_and_ends_the_service(server, engine, tmp_path):
    with closing(Engine(tmp_path / "s")) as other:
        other.send(FLUSH)
        assert other.answer().HasField("flush")
        engine.send(wire.Request(commit=wire.TYPES["AbciRequestCommit"]()))
        assert "ProtocolUnknown: the union runs protocol 7" in engine.answer().exception.error
        assert engine.is_closed()
        assert server.wait(SECONDS)
        other.send(FLUSH)
        assert other.is_closed(), "nothing is answered from a memory that may be wrong"
    assert isinstance(server.failure, ProtocolUnknown)
    assert not (tmp_path / "s").exists()


def test_a_closed_service_has_no_failure_and_can_be_closed_again(tmp_path):
    before = threading.enumerate()
    server = Server(tmp_path / "s", answering)
    server.close()
    server.close()
    assert server.wait(0) and server.failure is None
    assert not (tmp_path / "s").exists()
    assert ended([each for each in threading.enumerate() if each not in before])


def ended(threads):
    for each in threads:
        each.join(SECONDS)
    return not any(each.is_alive() for each in threads)


def test_one_call_at_a_time_reaches_the_application(tmp_path):
    inside, most = [], []

    def slow(kind, message):
        inside.append(kind)
        most.append(len(inside))
        threading.Event().wait(0.002)
        inside.pop()
        return answering(kind, message)

    server = Server(tmp_path / "s", slow)
    engines = [Engine(tmp_path / "s") for _ in range(4)]
    for _ in range(5):
        for each in engines:
            each.send(echo(), FLUSH)
    for each in engines:
        for _ in range(5):
            each.answer()
            assert each.answer().HasField("flush")
        each.close()
    server.close()
    assert most == [1] * 40
