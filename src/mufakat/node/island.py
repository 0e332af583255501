"""Island mode: a member cut off from the quorum keeps registering its own side, without finality.

What is said while the quorum is out of reach is signed, dealt with by the same rules on top of the last state
that the quorum committed, and kept durably in HOME/island.db. Every outcome is provisional: others may have
said what changes it. When the quorum is back, the commands are put to it in order, each outcome is compared
with the provisional one, and a proof against the head that the members signed shows where it stands.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, Self

import msgspec

from mufakat.core import apply
from mufakat.core.state import Key, State, load
from mufakat.journal.frame import Entry
from mufakat.model import command as c
from mufakat.model import outcome as outcomes
from mufakat.model.charter import Charter
from mufakat.model.outcome import Outcome, Status
from mufakat.node.consortium import ConsortiumNode
from mufakat.node.engine import settings_of
from mufakat.node.home import Home
from mufakat.node.replica import Clock, Replica
from mufakat.node.rpc import EngineUnreachable, Rpc
from mufakat.projections.store import Views

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS command (
    number INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, data BLOB NOT NULL, provisional BLOB NOT NULL,
    final BLOB, entry INTEGER
) STRICT;
"""


class NothingProvisional(Exception):
    """There is nothing to reconcile."""


class Reconciled(msgspec.Struct, frozen=True):
    """A command that was registered on the island, and what the quorum made of it.

    `entry` is its place on the log, None when it did not get there: then `final` says why it was not taken.
    """

    number: int
    author: str
    command: str
    provisional: Outcome
    final: Outcome
    entry: int | None
    same: bool


class IslandStore:
    """The commands registered without a quorum, in one SQLite file."""

    def __init__(self, path: Path) -> None:
        self._sql: Final = sqlite3.connect(path, isolation_level=None)
        self._sql.execute("PRAGMA synchronous = EXTRA")
        self._sql.executescript(_TABLES)

    def add(self, rows: Sequence[tuple[int, bytes, bytes]]) -> None:
        """Keep (log time, command, provisional outcome) durably, all or none."""
        self._sql.execute("BEGIN IMMEDIATE")
        self._sql.executemany("INSERT INTO command (at_us, data, provisional) VALUES (?, ?, ?)", rows)
        self._sql.execute("COMMIT")

    def waiting(self) -> list[tuple[int, int, bytes, bytes]]:
        """Return (number, log time, command, provisional outcome) of what has no final outcome yet, in order."""
        return self._sql.execute(
            "SELECT number, at_us, data, provisional FROM command WHERE final IS NULL ORDER BY number"
        ).fetchall()

    def settle(self, number: int, final: bytes, entry: int | None) -> None:
        """Keep a command's final outcome, and its entry on the log if it got there."""
        self._sql.execute("UPDATE command SET final = ?, entry = ? WHERE number = ?", (final, entry, number))

    def close(self) -> None:
        """Close the file."""
        self._sql.close()


class IslandNode:
    """A node without its quorum: the same calls, provisional outcomes."""

    def __init__(self, home: Home, clock: Clock) -> None:
        self._state: Final = committed_state(home)
        self._clock: Final = clock
        self._last_us = 0
        self.views: Final = Views.open_to_read(home.views)
        self._store: Final = IslandStore(home.folder / "island.db")
        for _, at_us, data, _ in self._store.waiting():
            apply.execute(self._state, data, at_us)
            self._last_us = at_us

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def provisional(self) -> bool:
        """Whether outcomes here may come otherwise: all of them."""
        return True

    @property
    def charter(self) -> Charter:
        """The charter in force at the last commit."""
        return self._state.charter

    @property
    def union(self) -> bytes:
        """The union's identifier, 32 bytes."""
        return self._state.union

    @property
    def cycle(self) -> int:
        """The number of the last cycle that ran."""
        return self._state.cycle

    @property
    def entries(self) -> int:
        """How many commands wait for the quorum."""
        return len(self._store.waiting())

    def log(self) -> Iterator[Entry]:
        """Give what waits, in order."""
        for number, at_us, data, provisional in self._store.waiting():
            yield Entry(number, at_us, data, provisional)

    def now_us(self) -> int:
        """Return the time now, UTC microseconds."""
        return max(self._clock(), self._last_us)

    def key(self, public: bytes) -> Key | None:
        """Return what is known of a public key here, or None."""
        return self._state.keys.get(public.hex())

    def next_sequence(self, public: bytes) -> int:
        """Return the next sequence number of a key, what waits here included."""
        key = self.key(public)
        return key.sequence + 1 if key else 1

    def agent_of(self, firm: str) -> str | None:
        """Return the participant that banks a firm, or None when nobody enrolled it."""
        record = self._state.firms.get(firm)
        return record.agent if record else None

    def is_participant(self, bic: str) -> bool:
        """Tell whether a bank with this BIC takes part."""
        return bic in self._state.participants

    def state_root(self) -> bytes:
        """Return the root of the provisional state, 32 bytes; nobody else has it."""
        return self._state.root()

    def submit(self, commands: Sequence[bytes]) -> list[Outcome]:
        """Deal with commands provisionally and keep them durably; nothing of it is final.

        What would settle is answered as queued: it waits for the quorum. So does what is said here again.
        """
        rows, result = [], []
        for data in commands:
            at_us = self._last_us = self.now_us()
            outcome, _ = apply.execute(self._state, data, at_us)
            rows.append((at_us, data, outcomes.encode(outcome)))
            result.append(_without_finality(self._state, data, outcome))
        self._store.add(rows)
        return result

    def save_snapshot(self) -> None:
        """Do nothing: the island keeps commands, not states."""

    def close(self) -> None:
        """Close the store and the views."""
        self._store.close()
        self.views.close()


def _without_finality(state: State, command: bytes, outcome: Outcome) -> Outcome:
    signed = c.decode(command)
    body = None if signed is None else signed.instruction.body
    orders = body.payments if isinstance(body, c.SubmitPayments) else ()
    waiting = {order.uetr for order in orders if _waits(state, order)}
    items = tuple(
        msgspec.structs.replace(item, status=Status.QUEUED, refusal=None)
        if item.status is Status.SETTLED or (item.status is Status.REFUSED and item.id in waiting)
        else item
        for item in outcome.items
    )
    return msgspec.structs.replace(outcome, items=items)


def _waits(state: State, order: c.PaymentOrder) -> bool:
    """Tell whether this very order was taken here, and not rejected."""
    payment = state.payments.get(order.uetr)
    return payment is not None and payment.order == order and payment.reason is None


def committed_state(home: Home) -> State:
    """Return the last state that the quorum committed: from the running application, or from the journal."""
    rpc = Rpc(settings_of(home).rpc_port)
    try:
        dumped = rpc.ask("/state")
    except EngineUnreachable:
        dumped = None
    finally:
        rpc.close()
    if dumped is not None:
        return load(dumped)
    replica = Replica.open(home.folder)
    try:
        return replica.state
    finally:
        replica.close()


Resign = Callable[[c.SignedCommand], bytes]
"""Signs a command anew, with the sequence and time that are right now."""


def reconcile(store: IslandStore, node: ConsortiumNode, resign: Resign) -> Iterator[Reconciled]:
    """Put what waits to the quorum, in order, and compare; raises NotCommitted when the quorum is not back.

    A command whose signature has run out, or whose sequence number was used meanwhile, is signed anew: the same
    body. What was broken off goes on when it is called again; what is on the log already is not put there
    twice.
    """
    for number, _, data, provisional in store.waiting():
        signed = c.decode(data)
        assert signed is not None, "the island keeps what it signed"
        told = node.told(hashlib.sha256(data).digest())
        if told is None:
            outcome = node.submit([data])[0]
            told = node.told(hashlib.sha256(data).digest())
            if told is None:  # it was not let in as it is
                again = resign(signed)
                outcome = node.submit([again])[0]
                told = node.told(hashlib.sha256(again).digest())
        final = outcome if told is None else outcomes.decode(told.outcome)
        entry = None if told is None else told.entry
        store.settle(number, outcomes.encode(final), entry)
        before = outcomes.decode(provisional)
        yield Reconciled(
            number,
            signed.instruction.author,
            type(signed.instruction.body).__name__,
            before,
            final,
            entry,
            _same(before, final),
        )


def _same(before: Outcome, after: Outcome) -> bool:
    """Tell whether an outcome came as it was expected; the version of the rules may have moved on."""
    return msgspec.structs.replace(before, rules=after.rules) == after
