"""The embedded node: one process, one journal, the same rules as everywhere.

A group of commands is applied in memory, committed to the journal with one durable write, then published to
the views, and only then acknowledged. When the write fails, nothing is acknowledged and the node stops: its
memory is ahead of its journal, so it must be opened again.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, Self

import msgspec

from mufakat.core import apply
from mufakat.core.state import Key, State, dump, load
from mufakat.journal.frame import Entry as LogEntry
from mufakat.journal.log import Journal, JournalDamaged
from mufakat.model import outcome as outcomes
from mufakat.model.charter import Charter, Genesis
from mufakat.model.event import AnyEvent, UnionFounded
from mufakat.model.outcome import DONE, Outcome
from mufakat.projections.fold import Entry
from mufakat.projections.store import Views

SNAPSHOT_EVERY: Final = 2_000
"""Entries after which closing the node saves a snapshot, so that opening it stays fast."""

Published = tuple[Entry, tuple[AnyEvent, ...]]
Clock = Callable[[], int]
"""Gives the log time of a new entry: UTC microseconds."""


class NodeStopped(Exception):
    """The node cannot go on; what was acknowledged is in the journal. Open it again."""


class GenesisRefused(Exception):
    """The genesis founds no union; `faults` names all that is wrong with it."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults: Final = faults


class Node:
    """A union on this machine."""

    def __init__(self, journal: Journal, views: Views, state: State, clock: Clock) -> None:
        self.views: Final = views
        self._journal: Final = journal
        self._state: Final = state
        self._clock: Final = clock
        self._stopped = False
        self._last_us = 0
        self._since_snapshot = 0

    @classmethod
    def create(cls, folder: Path, genesis: Genesis, clock: Clock) -> Self:
        """Found a union in `folder`; raises GenesisRefused, or FileExistsError when there is a journal."""
        state = apply.found(genesis)
        if not isinstance(state, State):
            raise GenesisRefused(state)
        folder.mkdir(parents=True, exist_ok=True)
        at_us = clock()
        journal = Journal.create(folder / "journal.db")
        try:
            journal.append([(at_us, msgspec.msgpack.encode(genesis), outcomes.encode(DONE))], state.root())
        except BaseException:
            # Founding is whole or not at all: a journal without genesis would only be in the way.
            journal.close()
            (folder / "journal.db").unlink(missing_ok=True)
            raise
        (folder / "views.db").unlink(missing_ok=True)  # what an older journal left here
        views = Views.open(folder / "views.db")
        views.fold([(Entry(0, at_us), (UnionFounded(genesis.charter),))], 1)
        node = cls(journal, views, state, clock)
        node._last_us = at_us
        return node

    @classmethod
    def open(cls, folder: Path, clock: Clock) -> Self:
        """Open the union in `folder`: newest snapshot, then the entries after it.

        Raises the journal's errors, among them JournalDamaged when replay does not give the recorded
        outcomes and state root.
        """
        journal = Journal.open(folder / "journal.db")
        try:
            views = Views.open(folder / "views.db")
            if views.entries > journal.head.entries:
                views.close()
                (folder / "views.db").unlink()
                views = Views.open(folder / "views.db")
            state, last_us, replayed = _restore(journal, views)
        except BaseException:
            journal.close()
            raise
        node = cls(journal, views, state, clock)
        node._last_us, node._since_snapshot = last_us, replayed
        return node

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def charter(self) -> Charter:
        """The charter in force."""
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
        """How many entries the journal holds."""
        return self._journal.head.entries

    def log(self) -> Iterator[LogEntry]:
        """Give the journal's entries in order."""
        return self._journal.entries()

    def now_us(self) -> int:
        """Log time of an entry made now; it never goes back."""
        return max(self._clock(), self._last_us)

    def next_sequence(self, public: bytes) -> int:
        """Return the next sequence number of a key; 1 for one that the log does not know."""
        key = self._state.keys.get(public.hex())
        return key.sequence + 1 if key else 1

    def key(self, public: bytes) -> Key | None:
        """Return what the log knows of a public key: whose it is, its roles, whether it is revoked; or None."""
        return self._state.keys.get(public.hex())

    def agent_of(self, firm: str) -> str | None:
        """Return the participant that banks a firm, or None when nobody enrolled it."""
        record = self._state.firms.get(firm)
        return record.agent if record else None

    def is_participant(self, bic: str) -> bool:
        """Tell whether a bank with this BIC takes part."""
        return bic in self._state.participants

    def state_root(self) -> bytes:
        """Return the root over everything the union knows, 32 bytes."""
        return self._state.root()

    def submit(self, commands: Sequence[bytes]) -> list[Outcome]:
        """Deal with a group of commands in order and return their outcomes once they are durable.

        Raises a JournalError when the journal could not be written, and NodeStopped ever after; then none
        of the group is acknowledged.
        """
        if self._stopped:
            raise NodeStopped("the node stopped after a failed write; open it again")
        if not commands:
            return []
        # Until the group is durable and published, memory is ahead of the file: whatever is raised, stay stopped.
        self._stopped = True
        first = self._journal.head.entries
        entries: list[tuple[int, bytes, bytes]] = []
        published: list[Published] = []
        result: list[Outcome] = []
        for number, data in enumerate(commands, start=first):
            at_us = self._last_us = self.now_us()
            outcome, events = apply.execute(self._state, data, at_us)
            entries.append((at_us, data, outcomes.encode(outcome)))
            published.append((Entry(number, at_us), events))
            result.append(outcome)
        self._journal.append(entries, self._state.root())
        self.views.fold(published, self._journal.head.entries)
        self._stopped = False
        self._since_snapshot += len(entries)
        return result

    def save_snapshot(self) -> None:
        """Save the state, so that opening the node need not replay what came before."""
        if self._stopped:
            raise NodeStopped(
                "the node stopped after a failed write; its memory is not what the journal holds"
            )
        self._journal.save_snapshot(dump(self._state))
        self._since_snapshot = 0

    def close(self) -> None:
        """Close the node; a long tail is saved as a snapshot first."""
        try:
            if not self._stopped and self._since_snapshot >= SNAPSHOT_EVERY:
                self.save_snapshot()
        finally:
            self.views.close()
            self._journal.close()


def _restore(journal: Journal, views: Views) -> tuple[State, int, int]:
    """Rebuild the state, and bring the views up to it; returns state, last log time and entries replayed."""
    if not journal.head.entries:
        raise JournalDamaged(
            0, "there is no genesis: founding was broken off; delete the file and found again"
        )
    genesis = next(journal.entries(0))
    saved = _saved(journal, views)
    if saved is not None:
        state, first = saved
        last_us = next(journal.entries(first - 1)).at_us
    else:
        try:
            founded = apply.found(msgspec.msgpack.decode(genesis.command, type=Genesis))
        except msgspec.MsgspecError as error:
            raise JournalDamaged(0, f"the genesis cannot be read: {error}") from error
        if not isinstance(founded, State):
            raise JournalDamaged(0, f"the genesis founds no union: {founded[0]}")
        state, first, last_us = founded, 1, genesis.at_us
    missed: list[Published] = []
    if views.entries == 0:
        missed.append((Entry(0, genesis.at_us), (UnionFounded(state.charter),)))
    number = first - 1
    for entry in journal.entries(first):
        outcome, events = apply.execute(state, entry.command, entry.at_us)
        number, last_us = entry.seq, entry.at_us
        if outcomes.encode(outcome) != entry.outcome:
            raise JournalDamaged(number, "replay gives another outcome than the one recorded")
        if number >= views.entries:
            missed.append((Entry(number, entry.at_us), events))
    if journal.head.state_root != state.root():
        raise JournalDamaged(number, "replay gives another state root than the one recorded")
    if missed:
        views.fold(missed, number + 1)
    return state, last_us, number + 1 - first


def _saved(journal: Journal, views: Views) -> tuple[State, int] | None:
    """Load the state of the newest snapshot and the entries before it; None when replay must start at genesis."""
    snapshot = journal.latest_snapshot()
    if snapshot is None or snapshot.entries > views.entries:
        return None
    try:
        return load(snapshot.state), snapshot.entries
    except (msgspec.MsgspecError, ValueError):
        return None  # the state of another version of the program
