"""Island mode: a member cut off from the quorum keeps registering its own side, without finality.

What is said while the quorum is out of reach is signed, dealt with by the same rules on top of the last state
that the quorum committed, and kept durably in HOME/island.db. Every outcome is provisional: others may have
said what changes it. When the quorum is back, `node.reconciling` puts the commands to it.
"""

import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Self

import msgspec

from mufakat.core import apply
from mufakat.core.dump import dump, load
from mufakat.core.state import Key, State
from mufakat.journal.frame import Entry
from mufakat.kernels import lookup
from mufakat.model import command as c
from mufakat.model import outcome as outcomes
from mufakat.model.charter import Charter
from mufakat.model.outcome import Outcome, Status
from mufakat.model.record import itemised, orders_of, split, unpack
from mufakat.node.engine import settings_of
from mufakat.node.home import Home
from mufakat.node.replica import Clock, Replica
from mufakat.node.rpc import EngineUnreachable, Rpc
from mufakat.projections.store import Views

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS command (
    number INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, data BLOB NOT NULL, expected BLOB NOT NULL,
    final BLOB, entry INTEGER, told INTEGER NOT NULL DEFAULT 0, proof TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS signed_anew (command INTEGER NOT NULL REFERENCES command, data BLOB NOT NULL) STRICT;
"""
_WAIT_SECONDS: Final = 10
"""How long a command waits for another that works on the island."""


class IslandInUse(Exception):
    """Another command works on the island; the text says what to do."""


class Registered(msgspec.Struct, frozen=True):
    """A command that waits for the quorum. `at_us`: UTC microseconds; `expected`: what the rules made of it."""

    number: int
    at_us: int
    data: bytes
    expected: Outcome

    @property
    def instruction(self) -> c.Instruction:
        """The command's author, body and place in time."""
        signed = c.decode(self.data)
        assert signed is not None, "the island keeps what it signed"
        return signed.instruction


class Reconciled(msgspec.Struct, frozen=True):
    """A command that was registered on the island, and what the quorum made of it.

    `entry` is its place on the log, None when it did not get there: then `final` says why it was not taken.
    """

    registered: Registered
    final: Outcome
    entry: int | None

    @property
    def same(self) -> bool:
        """Tell whether it came as it was expected; the version of the rules may have moved on."""
        return msgspec.structs.replace(self.registered.expected, rules=self.final.rules) == self.final


class IslandStore:
    """The commands registered without a quorum, in one SQLite file, which one process at a time has."""

    def __init__(self, path: Path) -> None:
        self._sql: Final = sqlite3.connect(path, isolation_level=None, timeout=_WAIT_SECONDS)
        try:
            self._sql.execute("PRAGMA synchronous = EXTRA")
            self._sql.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._sql.execute("BEGIN EXCLUSIVE")
            for table in _TABLES.split(";"):
                self._sql.execute(table)
            self._sql.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._sql.close()
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            raise IslandInUse(f"another command works on {path}; wait until it has ended") from None

    def add(self, rows: Sequence[tuple[int, bytes, bytes]]) -> None:
        """Keep (log time, command, expected outcome) durably, all or none."""
        self._sql.execute("BEGIN IMMEDIATE")
        with self._sql:
            self._sql.executemany("INSERT INTO command (at_us, data, expected) VALUES (?, ?, ?)", rows)

    def waiting(self) -> list[Registered]:
        """Return what has no final outcome yet, in order."""
        rows = self._sql.execute(
            "SELECT number, at_us, data, expected FROM command WHERE final IS NULL ORDER BY number"
        )
        return [
            Registered(number, at_us, data, outcomes.decode(expected))
            for number, at_us, data, expected in rows
        ]

    def sign_anew(self, number: int, data: bytes) -> None:
        """Keep a command as it was signed anew, durably, before anybody else sees it."""
        self._sql.execute("INSERT INTO signed_anew VALUES (?, ?)", (number, data))

    def signed_anew(self, number: int) -> list[bytes]:
        """Return a command in all the forms in which it was signed anew, in order."""
        rows = self._sql.execute("SELECT data FROM signed_anew WHERE command = ? ORDER BY rowid", (number,))
        return [data for (data,) in rows]

    def settle(self, number: int, final: bytes, entry: int | None) -> None:
        """Keep a command's final outcome, and its entry on the log if it got there."""
        self._sql.execute("UPDATE command SET final = ?, entry = ? WHERE number = ?", (final, entry, number))

    def untold(self) -> list[Reconciled]:
        """Return what was reconciled and nobody was told of yet, in order."""
        rows = self._sql.execute(
            "SELECT number, at_us, data, expected, final, entry FROM command"
            " WHERE final IS NOT NULL AND NOT told ORDER BY number"
        )
        return [
            Reconciled(
                Registered(number, at_us, data, outcomes.decode(expected)), outcomes.decode(final), entry
            )
            for number, at_us, data, expected, final, entry in rows
        ]

    def tell(self, rows: Sequence[Reconciled]) -> None:
        """Keep that somebody was told of these."""
        self._sql.executemany(
            "UPDATE command SET told = 1 WHERE number = ?", [(row.registered.number,) for row in rows]
        )

    def unproved(self) -> list[tuple[int, int]]:
        """Return (number, entry) of what is on the log and has no proof here yet, in order."""
        return self._sql.execute(
            "SELECT number, entry FROM command WHERE entry IS NOT NULL AND proof IS NULL ORDER BY number"
        ).fetchall()

    def prove(self, number: int, file: Path) -> None:
        """Keep where the proof of a command is."""
        self._sql.execute("UPDATE command SET proof = ? WHERE number = ?", (str(file), number))

    def close(self) -> None:
        """Close the file."""
        self._sql.close()


class IslandNode:
    """A node without its quorum: the same calls, provisional outcomes. Its views are what the quorum committed."""

    def __init__(self, home: Home, clock: Clock) -> None:
        lookup.scatter(secrets.token_bytes(16))
        self._committed: Final = committed_state(home)
        self._clock: Final = clock
        self._last_us = 0
        self.views: Final = Views.open_to_read(home.views)
        try:
            self._store: Final = IslandStore(home.island)
        except BaseException:
            self.views.close()
            raise
        self._state = self._replayed()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _replayed(self) -> State:
        """Return the committed state with everything dealt with that waits here."""
        state = load(self._committed)
        for each in self._store.waiting():
            apply.execute(state, each.data, each.at_us)
            self._last_us = max(self._last_us, each.at_us)
        return state

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
        for each in self._store.waiting():
            yield Entry(each.number, each.at_us, each.data, outcomes.encode(without_finality(each.expected)))

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

        What goes well, and what is refused of a batch, is answered as waiting for the quorum. A command of which
        nothing goes well is refused and not kept: the quorum is never asked for it. A payment that waits here
        already goes on waiting when it is sent again.
        """
        rows, result = [], []
        for data in commands:
            at_us = self._last_us = self.now_us()
            outcome, events = apply.execute(self._state, data, at_us)
            if not _is_refused(outcome):
                rows.append((at_us, data, outcomes.encode(outcome)))
                result.append(without_finality(self._said_again(data, outcome, rows[:-1])))
                continue
            result.append(self._said_again(data, outcome, rows))
            if events:  # it has used a sequence number, which is still to be had
                self._store.add(rows)
                rows, self._state = [], self._replayed()
        self._store.add(rows)
        return result

    def _said_again(self, data: bytes, outcome: Outcome, rows: Sequence[tuple[int, bytes, bytes]]) -> Outcome:
        """Let a payment wait that is refused for nothing but that this very order waits here already.

        `rows`: what is to be kept and is not yet.
        """
        body = _body_of(data)
        if not isinstance(body, c.SubmitPayments) or not outcome.items:
            return outcome
        kept = [(each.data, each.expected) for each in self._store.waiting()]
        kept += [(before, outcomes.decode(expected)) for _, before, expected in rows]
        waiting = {order for before, expected in kept for order in _taken(before, expected)}
        again = {order.uetr for order in orders_of(body) if order in waiting}
        items = [
            msgspec.structs.replace(item, status=Status.QUEUED, refusal=None)
            if item.status is Status.REFUSED and item.id in again
            else item
            for item in itemised(body, outcome)
        ]
        return msgspec.structs.replace(
            outcome,
            items=tuple(item for item in items if item.refusal is not None),
            statuses=bytes(item.status for item in items),
        )

    def save_snapshot(self) -> None:
        """Do nothing: the island keeps commands, not states."""

    def close(self) -> None:
        """Close the store and the views."""
        self._store.close()
        self.views.close()


def _is_refused(outcome: Outcome) -> bool:
    """Tell whether nothing of a command goes well."""
    statuses = outcome.statuses or [item.status for item in outcome.items] or [outcome.status]
    return all(status == Status.REFUSED for status in statuses)


def _body_of(command: bytes) -> c.AnyCommand | None:
    signed = c.decode(command)
    return None if signed is None else signed.instruction.body


def _taken(command: bytes, outcome: Outcome) -> Iterator[c.PaymentOrder]:
    """Give the payments of a command that were not refused."""
    body = _body_of(command)
    if isinstance(body, c.SubmitPayments):
        for record, item in zip(split(body.records), itemised(body, outcome), strict=True):
            order = unpack(record)
            if order is not None and item.refusal is None:
                yield order


def without_finality(outcome: Outcome) -> Outcome:
    """Say an outcome as one that the quorum has still to make: items wait, with what stands in their way."""
    items = tuple(msgspec.structs.replace(item, status=Status.QUEUED) for item in outcome.items)
    status = Status.ACCEPTED if outcome.status is Status.DONE else outcome.status
    statuses = bytes((Status.QUEUED,)) * len(outcome.statuses)
    return msgspec.structs.replace(outcome, status=status, items=items, statuses=statuses)


def committed_state(home: Home) -> bytes:
    """Return the last state that the quorum committed: from the running application, or from the journal."""
    rpc = Rpc(settings_of(home).rpc_port)
    try:
        dumped = rpc.ask("/state")
    except EngineUnreachable:
        dumped = None
    finally:
        rpc.close()
    if dumped is not None:
        return dumped
    replica = Replica.open(home.folder)
    try:
        return dump(replica.state)
    finally:
        replica.close()
