"""Speaking to a node's engine on this machine: put a command to it, ask the application, ask how the chain stands.

The engine's RPC has no authentication, so it listens on loopback alone; what it carries is signed.
"""

import base64
import http.client
import json
import time
import urllib.parse
from typing import Any, Final

import msgspec

from mufakat.node.abci.application import ASK_AGAIN

_WAIT_SECONDS: Final = 30
_PAUSE_SECONDS: Final = 0.005
_TRY_AGAIN_SECONDS: Final = 0.1


class EngineUnreachable(Exception):
    """The engine does not answer; start the node with `mufakat node run` or `mufakat union up`."""


class Refused(Exception):
    """A command that was not taken; `code` is the number of the rules' reason, 0 when it was the engine's own."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code: Final = code
        self.text: Final = text


class Rpc:
    """A connection to the engine at 127.0.0.1:`port`; opened anew when it breaks.

    `patience`: for how many seconds it is tried while the engine does not answer, as when it starts anew.
    """

    def __init__(self, port: int, host: str = "127.0.0.1", *, patience: float = 0.0) -> None:
        self._address: Final = (host, port)
        self._patience: Final = patience
        self._connection: http.client.HTTPConnection | None = None

    def put(self, command: bytes) -> None:
        """Put a command into the pool, where it may be already; raises Refused or EngineUnreachable."""
        try:
            result = self._call("POST", "/broadcast_tx_sync", f"tx=0x{command.hex()}")
        except Refused as refused:
            if "already exists in cache" in refused.text:
                return
            raise
        if result["code"]:
            by_rules = result["codespace"] == "mufakat"
            raise Refused(int(result["code"]) if by_rules else 0, result["log"])

    def ask(self, path: str, data: bytes = b"") -> bytes | None:
        """Ask the application; returns its answer, or None when it has none. Raises EngineUnreachable."""
        query = urllib.parse.urlencode({"path": f'"{path}"', "data": f"0x{data.hex()}"})
        began = time.monotonic()
        while True:
            try:
                response = self._call("GET", f"/abci_query?{query}")["response"]
            except Refused as refused:  # no question is refused: the application fell, or the engine ends
                if time.monotonic() < began + self._patience:
                    time.sleep(_TRY_AGAIN_SECONDS)
                    continue
                raise EngineUnreachable(f"the node does not answer: {refused.text}; is it up?") from None
            if response.get("code") != ASK_AGAIN:
                break
            if time.monotonic() > began + _WAIT_SECONDS:
                raise EngineUnreachable(f"the node does not finish its block: {response['log']}")
            time.sleep(_PAUSE_SECONDS)
        return base64.b64decode(response["value"]) if response.get("value") else None

    def read(self, path: str, kind: Any, data: bytes = b"") -> Any:
        """Ask the application and read the answer as `kind`; None when it has none."""
        value = self.ask(path, data)
        return None if value is None else msgspec.msgpack.decode(value, type=kind)

    def get(self, method: str, **parameters: object) -> dict[str, Any]:
        """Ask the engine: status, net_info, commit, validators and the like."""
        query = urllib.parse.urlencode(parameters)
        return self._call("GET", f"/{method}?{query}" if query else f"/{method}")

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _call(self, verb: str, target: str, body: str | None = None) -> dict[str, Any]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        until = time.monotonic() + self._patience
        while True:
            fresh = self._connection is None
            if self._connection is None:
                self._connection = http.client.HTTPConnection(*self._address, timeout=_WAIT_SECONDS)
            try:
                self._connection.request(verb, target, body, headers)
                answer = json.loads(self._connection.getresponse().read())
                break
            except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
                self.close()
                if not fresh:
                    continue
                if time.monotonic() >= until:
                    place = f"{self._address[0]}:{self._address[1]}"
                    raise EngineUnreachable(
                        f"the engine at {place} does not answer: {error}; is the node up?"
                    ) from None
                time.sleep(_TRY_AGAIN_SECONDS)
        if "error" in answer:
            raise Refused(0, f"{answer['error'].get('message', '')}: {answer['error'].get('data', '')}")
        result: dict[str, Any] = answer["result"]
        return result
