"""A node on the real consensus engine: one validator, free ports, ended by its process's number; and false engines.

It starts in about two seconds: `make engine` must have built the engine beside this Python.
"""

import datetime
import http.server
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from mufakat.model.charter import Genesis, Role
from mufakat.node import service
from mufakat.node.assembly import install
from mufakat.node.engine import NodeSettings
from mufakat.node.home import Home
from mufakat.node.keys import KeyRing
from mufakat.node.status import status_of
from tests.union import MEMBERS, charter, genesis, private

SECONDS = 60


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody listens on now."""
    with ExitStack() as held:
        found = []
        for _ in range(count):
            listener = held.enter_context(socket.socket())
            listener.bind(("127.0.0.1", 0))
            found.append(listener.getsockname()[1])
        return found


def free_range(count: int) -> int:
    """The first of so many ports in a row that nobody listens on now, below those that the system gives away."""
    for base in range(20_000 + time.time_ns() // 1_000 % 9_000, 32_000, count):
        try:
            with ExitStack() as held:
                for port in range(base, base + count):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", port))
                return base
        except OSError:
            continue
    raise AssertionError("no ports are free")


def wait(holds: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """Wait until something holds, and return it."""
    until = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < until, "it never held"
        time.sleep(0.02)
    return found


def lone_genesis() -> Genesis:
    """Three members of whom only QM validates: its node is the quorum."""
    whole = charter()
    members = tuple(
        msgspec.structs.replace(
            member,
            keys=tuple(key for key in member.keys if member.id == "QM" or Role.VALIDATE not in key.roles),
        )
        for member in whole.members
    )
    return genesis(msgspec.structs.replace(whole, members=members))


def lone_home(folder: Path, **settings: Any) -> Home:
    """The home of QM's node, with the keys of all members."""
    home = Home(folder / "QM")
    p2p, rpc = free_ports(2)
    install(
        home,
        lone_genesis(),
        NodeSettings("QM", f"127.0.0.1:{p2p}", rpc, **settings),
        datetime.datetime.now(datetime.UTC),
        validator=private("QM", "validate"),
        node=private("QM", "node"),
    )
    ring = KeyRing(home.keys)
    for member in MEMBERS:
        for role in (Role.SUBMIT, Role.APPROVE, Role.VOTE):
            ring.add(member, role, private(member, role))
    return home


class Running:
    """A node as `mufakat node run` runs it, in a thread of this process; `said` is what it tells."""

    def __init__(self, home: Home, *, with_engine: bool = True) -> None:
        self.home = home
        self.said: list[str] = []
        self.failure: BaseException | None = None
        self._stop = threading.Event()
        self._with_engine = with_engine
        self._thread = threading.Thread(target=self._run, name="node", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            service.run(self.home, self._stop, with_engine=self._with_engine, tell=self.said.append)
        except BaseException as error:
            self.failure = error

    def engines(self) -> list[int]:
        """Numbers of the engine's processes that it started, oldest first."""
        return [int(text.split()[2].rstrip(",")) for text in self.said if ": engine " in text]

    def wait_until_up(self) -> "Running":
        wait(lambda: self.failure or status_of(self.home).block)
        assert self.failure is None, self.failure
        return self

    def join(self) -> BaseException | None:
        """Wait until it ended by itself; returns why."""
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()
        return self.failure

    def end(self) -> None:
        self._stop.set()
        self.join()


@contextmanager
def running(home: Home, *, with_engine: bool = True) -> Iterator[Running]:
    node = Running(home, with_engine=with_engine)
    try:
        wait(lambda: node.said or node.failure)
        yield node.wait_until_up() if with_engine else node
    finally:
        node.end()


Answer = Callable[[str], Any]
"""Given the path of a request, returns what the engine's RPC answers: the result, or bytes as they are."""


@contextmanager
def false_engine(answer: Answer, *, hangs_up: bool = False, port: int = 0) -> Iterator[int]:
    """Something that answers on a port, a free one for 0, as the engine's RPC does, or does not; gives the port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found = answer(f"{self.path}{'&' + body.decode() if body else ''}")
            text = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
            self.close_connection = hangs_up

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
