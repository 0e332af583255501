"""One member's node among others, as its own users see it: the same calls as the embedded node, over its engine.

A command is put to the engine, ordered and dealt with on every node, and answered once it is durable here.
Reading is done in this node's own views. What is not committed in time is not lost: it stays in the pool, and
may still come.
"""

import contextlib
import hashlib
import struct
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Self

import msgspec

from mufakat.core.proof import is_proved
from mufakat.core.state import Key
from mufakat.journal.frame import Entry
from mufakat.model import outcome as outcomes
from mufakat.model.charter import Charter
from mufakat.model.outcome import Outcome, Status
from mufakat.model.refusal import Reason, Refusal
from mufakat.node.abci.query import Head, Included, Recorded, Standing, Told
from mufakat.node.engine import IDLE_BLOCK_SECONDS, settings_of
from mufakat.node.home import Home
from mufakat.node.rpc import EngineUnreachable, Refused, Rpc
from mufakat.projections.balance import takes_part
from mufakat.projections.store import Views

_AT_ONCE: Final = 200
_POLL_SECONDS: Final = 0.01
_RESTART_SECONDS: Final = 15.0
_PUT_AGAIN_SECONDS: Final = 5.0
"""How often what has no outcome yet is put once more: an engine that starts anew forgets what was in its pool."""
_FULL: Final = "mempool is full"


class NotCommitted(Exception):
    """No quorum committed the commands in time; they may still come, and the node goes on by itself."""


class ConsortiumNode:
    """A node of a union with several: commands go through its engine."""

    def __init__(self, home: Home, *, patience: float = 60.0) -> None:
        # While the application is there, an engine that is not is being started anew.
        restart = _RESTART_SECONDS if home.socket.exists() else 0.0
        self._rpc: Final = Rpc(settings_of(home).rpc_port, patience=restart)
        self._patience: Final = patience
        self.views: Final = Views.open_to_read(home.views)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def provisional(self) -> bool:
        """Whether outcomes here may come otherwise: no."""
        return False

    @property
    def charter(self) -> Charter:
        """The charter in force."""
        return self._standing().charter

    @property
    def union(self) -> bytes:
        """The union's identifier, 32 bytes."""
        return self.head().union

    @property
    def cycle(self) -> int:
        """The number of the last cycle that ran."""
        return self._standing().cycle

    @property
    def entries(self) -> int:
        """How many entries the journal holds."""
        return self.head().entries

    def head(self) -> Head:
        """Return what is durable on this node."""
        found: Head | None = self._rpc.read("/head", Head)
        if found is None:
            raise EngineUnreachable("the node has not begun; wait until it is up")
        return found

    def _standing(self) -> Standing:
        found: Standing | None = self._rpc.read("/union", Standing)
        if found is None:
            raise EngineUnreachable("the node has not begun; wait until it is up")
        return found

    def now_us(self) -> int:
        """Return the time from which a command signed now is to be valid, UTC microseconds.

        It is behind the clock, because a block's time is that of the block before it.
        """
        return time.time_ns() // 1_000 - 4 * IDLE_BLOCK_SECONDS * 1_000_000

    def next_sequence(self, public: bytes) -> int:
        """Return the next sequence number of a key; 1 for one that the log does not know."""
        found: int | None = self._rpc.read("/sequence", int, public)
        return found or 1

    def key(self, public: bytes) -> Key | None:
        """Return what the log knows of a public key, checked against the state root; or None."""
        found = self.recorded("keys", public.hex())
        if found is None or not is_proved(found.proof, found.head.state_root):
            return None
        if (found.proof.table, found.proof.key) != ("keys", public.hex()):
            return None
        return msgspec.msgpack.decode(found.proof.record, type=Key)

    def log(self) -> Iterator[Entry]:
        """Give the journal's entries in order."""
        first = 0
        while page := self.page(first):
            yield from page
            first += len(page)

    def page(self, first: int) -> list[Entry]:
        """Return the entries from number `first` on, about a MiB of them; none when there are no more."""
        rows: list[tuple[int, bytes, bytes]] = self._rpc.read(
            "/entries", list[tuple[int, bytes, bytes]], struct.pack(">Q", first)
        )
        return [Entry(first + number, *row) for number, row in enumerate(rows)]

    def agent_of(self, firm: str) -> str | None:
        """Return the participant that banks a firm, or None when nobody enrolled it."""
        row = self.views.sql.execute("SELECT agent FROM firm WHERE lei = ?", (firm,)).fetchone()
        return row[0] if row else None

    def is_participant(self, bic: str) -> bool:
        """Tell whether a bank with this BIC takes part."""
        return takes_part(self.views.sql, bic)

    def state_root(self) -> bytes:
        """Return the root over everything the union knows, 32 bytes."""
        return self.head().state_root

    def included(self, seq: int) -> Included | None:
        """Return an entry with its audit path to the head, or None when there is none of that number."""
        found: Included | None = self._rpc.read("/entry", Included, struct.pack(">Q", seq))
        return found

    def recorded(self, table: str, key: str) -> Recorded | None:
        """Return a record of the state with its proof, or None when there is none."""
        found: Recorded | None = self._rpc.read(f"/record/{table}", Recorded, key.encode())
        return found

    def submit(self, commands: Sequence[bytes]) -> list[Outcome]:
        """Put commands to the union in order and return their outcomes once they are durable here.

        One that the pool would not take is refused and leaves no trace on the log. Raises NotCommitted when no
        quorum committed them in time, and EngineUnreachable.
        """
        result: list[Outcome] = []
        for at in range(0, len(commands), _AT_ONCE):
            result += self._submit(commands[at : at + _AT_ONCE])
        return result

    def _submit(self, commands: Sequence[bytes]) -> list[Outcome]:
        until = time.monotonic() + self._patience
        digests = [hashlib.sha256(data).digest() for data in commands]
        told: dict[bytes, Outcome] = {}
        put: dict[bytes, bytes] = {}
        for digest, data in zip(digests, commands, strict=True):
            refusal = self._put(data, until)
            if refusal is not None and refusal.reason is Reason.UNKNOWN_KEY and put:
                self._wait(put, told, until)  # an earlier one of the group may register the key
                refusal = self._put(data, until)
            if refusal is not None:
                # Said again after its answer was lost, it may be on the log: then the log has its outcome.
                found = self._told_surely(digest, until)
                refused = Outcome(Status.REFUSED, refusal)
                told[digest] = refused if found is None else outcomes.decode(found.outcome)
            put[digest] = data
        self._wait(put, told, until)
        return [told[digest] for digest in digests]

    def _wait(self, put: Mapping[bytes, bytes], told: dict[bytes, Outcome], until: float) -> None:
        """Wait until each command that was `put`, under its SHA-256, has an outcome in `told`."""
        again = time.monotonic() + _PUT_AGAIN_SECONDS
        while waiting := [digest for digest in put if digest not in told]:
            for digest, found in zip(waiting, self._told(waiting), strict=True):
                if found is not None:
                    told[digest] = outcomes.decode(found.outcome)
            if all(digest in told for digest in waiting):
                break
            if time.monotonic() > until:
                raise NotCommitted(
                    f"{len(waiting)} commands wait for a quorum of the members; they may still be committed. "
                    "To register on without the quorum, provisionally: mufakat --island …"
                )
            if time.monotonic() > again:
                for digest in waiting:
                    with contextlib.suppress(Refused):  # on the log by now, or the pool is full
                        self._rpc.put(put[digest])
                again = time.monotonic() + _PUT_AGAIN_SECONDS
            time.sleep(_POLL_SECONDS)

    def told(self, digest: bytes) -> Told | None:
        """Return the entry and outcome of the command with this SHA-256, or None while it is not on the log.

        Raises NotCommitted when the views of this node do not come up to its log in time.
        """
        return self._told_surely(digest, time.monotonic() + self._patience)

    def _told_surely(self, digest: bytes, until: float) -> Told | None:
        """Say None only when the log had no such command when it was asked: views may be behind it."""
        entries = self.entries
        while True:
            shown = self.views.entries
            [found] = self._told([digest])
            if found is not None or shown >= entries:
                return found
            if time.monotonic() > until:
                raise NotCommitted(
                    f"the views of this node show {shown} of its {entries} entries, and not whether the command "
                    "is among them; ask again when they have come up to it"
                )
            time.sleep(_POLL_SECONDS)

    def _told(self, digests: list[bytes]) -> list[Told | None]:
        found: list[Told | None] = self._rpc.read("/outcomes", list[Told | None], b"".join(digests))
        return found

    def _put(self, data: bytes, until: float) -> Refusal | None:
        """Put one command into the pool; waits while the pool is full."""
        while True:
            try:
                self._rpc.put(data)
            except Refused as refused:
                if _FULL in refused.text and time.monotonic() < until:
                    time.sleep(_POLL_SECONDS)
                    continue
                if refused.code:
                    return Refusal(Reason(refused.code), refused.text)
                raise NotCommitted(f"the engine does not take the command: {refused.text}") from None
            return None

    def save_snapshot(self) -> None:
        """Do nothing: a node among others saves its snapshots by itself."""

    def close(self) -> None:
        """Close the connection and the views."""
        self._rpc.close()
        self.views.close()


def wait_until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait until `holds` does; raises NotCommitted with `what` when it does not in time."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise NotCommitted(what)
        time.sleep(_POLL_SECONDS)
