"""The socket on which the engine calls: one blocking thread a connection, one lock over the application.

The engine opens four connections (consensus, mempool, queries, snapshots). Whatever the application raises ends
this process's service: the engine is told with an exception, which stops it, and both start again from what is
durable.
"""

import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from mufakat.node.abci import wire

Handler = Callable[[str, Any], Any]
"""Given the kind of a request and its message, returns the response's message of that kind."""


class Server:
    """Serves one application on a unix socket until it is closed, or until the application fails."""

    def __init__(self, path: Path, handle: Handler) -> None:
        self.failure: BaseException | None = None
        self._handle: Final = handle
        self._path: Final = path
        self._lock: Final = threading.Lock()
        self._ended: Final = threading.Event()
        path.unlink(missing_ok=True)
        self._listener: Final = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        path.chmod(0o600)
        self._listener.listen(8)
        threading.Thread(target=self._accept, name="abci-accept", daemon=True).start()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the service has ended; returns whether it has."""
        return self._ended.wait(seconds)

    def close(self) -> None:
        """End the service; a request under way is finished first."""
        with self._lock:
            self._end(None)

    def _end(self, failure: BaseException | None) -> None:
        if self._ended.is_set():
            return
        self.failure = failure
        self._ended.set()
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes who waits in accept
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # the listener was closed
            threading.Thread(target=self._serve, args=(connection,), name="abci", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rwb", buffering=1 << 16) as stream:
                while self._answer(stream):
                    pass
        except (wire.Disconnected, OSError):
            return  # the engine went away; it connects again when it is back

    def _answer(self, stream: Any) -> bool:
        kind, message = wire.read_request(stream)
        response = wire.Response()
        with self._lock:
            if self._ended.is_set():
                return False
            try:
                getattr(response, kind).CopyFrom(self._handle(kind, message))
            except BaseException as error:
                self._end(error)
                response.exception.error = f"{type(error).__name__}: {error}"
                kind = "exception"
        stream.write(wire.frame(response.SerializeToString()))
        if kind in {"flush", "exception"}:
            stream.flush()
        return kind != "exception"
