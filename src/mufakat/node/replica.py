"""A replica of the union: the state, the journal that makes it durable, and the views folded from it.

Both engines move it the same way. `stage` deals with commands in memory; `commit` makes them durable with one
write and publishes them to the views. Between the two, memory is ahead of the file: when a commit fails, or is
never asked for, the replica must be opened again.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, Self

import msgspec

from mufakat.core import apply
from mufakat.core.dump import dump, load
from mufakat.core.state import State
from mufakat.journal.frame import Batch, head_hash
from mufakat.journal.frame import Entry as LogEntry
from mufakat.journal.log import Journal, JournalDamaged
from mufakat.kernels import lookup
from mufakat.model import outcome as outcomes
from mufakat.model.charter import Genesis
from mufakat.model.event import UnionFounded
from mufakat.model.outcome import DONE, Outcome
from mufakat.node.backlog import Published, payments_of
from mufakat.node.publishing import Behind, Follower, Progress, Publisher, untold
from mufakat.projections.rows import Entry
from mufakat.projections.store import Views

SNAPSHOT_EVERY: Final = 2_000
"""Entries after which closing a node saves a snapshot, so that opening it stays fast."""

_TOGETHER: Final = 32_768
"""Payments and other events that are folded together while views catch up with their journal."""

Clock = Callable[[], int]
"""Gives the log time of a new entry: UTC microseconds."""


class NodeStopped(Exception):
    """The node cannot go on; what was acknowledged is in the journal. Open it again."""


class GenesisRefused(Exception):
    """The genesis founds no union; `faults` names all that is wrong with it."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults: Final = faults


class Replica:
    """State, journal and views of one node. `last_us` is the log time of its last entry."""

    def __init__(self, journal: Journal, publisher: Publisher, state: State, last_us: int) -> None:
        self.journal: Final = journal
        self._publisher: Final = publisher
        self.state: Final = state
        self.last_us = last_us
        self.stopped = False
        self._entries: list[tuple[int, bytes, bytes]] = []
        self._published: list[Published] = []
        self._since_snapshot = 0

    @classmethod
    def create(cls, folder: Path, genesis: Genesis, at_us: int, *, behind: bool = False) -> Self:
        """Found a union in `folder`; raises GenesisRefused, or FileExistsError when there is a journal.

        `behind`: whether views may follow the journal instead of being brought up to it before an answer.
        """
        lookup.scatter(secrets.token_bytes(16))
        state = apply.found(genesis)
        if not isinstance(state, State):
            raise GenesisRefused(state)
        folder.mkdir(parents=True, exist_ok=True)
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
        command = msgspec.msgpack.encode(genesis)
        views.fold([(Entry(0, at_us, command), (UnionFounded(genesis.charter),))], 1)
        return cls(journal, _publisher(views, folder, behind=behind), state, at_us)

    @classmethod
    def open(
        cls, folder: Path, *, behind: bool = False, anew: bool = False, progress: Progress = untold
    ) -> Self:
        """Open the union in `folder`: newest snapshot, then the entries after it. `behind` as in `create`.

        `anew`: without the views that are there. `progress` is told entries replayed, of how many.
        Raises the journal's errors, among them JournalDamaged when replay does not give the recorded
        outcomes and state root.
        """
        lookup.scatter(secrets.token_bytes(16))
        journal = Journal.open(folder / "journal.db")
        try:
            views = Views.open(folder / "views.db")
            if anew or views.entries > journal.head.entries:
                views.close()
                (folder / "views.db").unlink()
                views = Views.open(folder / "views.db")
            state, last_us, replayed = _restore(journal, views, progress)
        except BaseException:
            journal.close()
            raise
        replica = cls(journal, _publisher(views, folder, behind=behind), state, last_us)
        replica._since_snapshot = replayed
        return replica

    @property
    def views(self) -> Views:
        """The views, which may be behind the journal when they follow it."""
        return self._publisher.views

    def behind(self) -> Behind:
        """Return how far the views are behind the journal."""
        return self._publisher.behind()

    def settle(self, progress: Progress = untold) -> None:
        """Wait until the views hold everything that the journal does."""
        self._publisher.settle(progress)

    def stir(self) -> None:
        """Note that commands or blocks come in; views that follow give way to them."""
        self._publisher.stir()

    @property
    def entries(self) -> int:
        """How many entries the journal holds."""
        return self.journal.head.entries

    @property
    def staged(self) -> int:
        """How many entries memory is ahead of the journal."""
        return len(self._entries)

    def log(self) -> Iterator[LogEntry]:
        """Give the journal's entries in order."""
        return self.journal.entries()

    def stage(self, commands: Iterable[bytes], clock: Clock) -> list[Outcome]:
        """Deal with commands in memory, each at the clock's time, which never goes back; return their outcomes.

        Raises NodeStopped when an earlier commit failed. Until `commit` nothing may be acknowledged.
        """
        if self.stopped:
            raise NodeStopped("the node stopped after a failed write; open it again")
        # Until the group is durable and published, memory is ahead of the file: whatever is raised, stay stopped.
        self.stopped = True
        result: list[Outcome] = []
        for number, data in enumerate(commands, start=self.entries + self.staged):
            at_us = self.last_us = max(clock(), self.last_us)
            outcome, events = apply.execute(self.state, data, at_us)
            self._entries.append((at_us, data, outcomes.encode(outcome)))
            self._published.append((Entry(number, at_us, data), events))
            result.append(outcome)
        self.stopped = False
        return result

    def commit(self, block: int = 0) -> Batch:
        """Make what was staged durable, then visible; returns the journal's head.

        `block`: height of the engine's block; 0 on an embedded node. Raises a JournalError when the journal could
        not be written, and NodeStopped ever after.
        """
        if self.stopped:
            raise NodeStopped("the node stopped after a failed write; open it again")
        if not self._entries:
            return self.journal.head
        self.stopped = True
        self.journal.append(self._entries, self.state.root(), block)
        self._publisher.publish(self._published, self.entries)
        self.stopped = False
        self._since_snapshot += len(self._entries)
        self._entries, self._published = [], []
        return self.journal.head

    def head_hash(self) -> bytes:
        """Commit to the history and the state as they are once what is staged is durable, 32 bytes."""
        preview = self.journal.preview(self._entries)
        return head_hash(preview.size, preview.root(), self.state.root())

    def save_snapshot(self) -> None:
        """Save the state, so that opening the node need not replay what came before."""
        if self.stopped or self._entries:
            raise NodeStopped(
                "the node stopped after a failed write; its memory is not what the journal holds"
            )
        self._publisher.settle()  # the views go on from a snapshot, never from before it
        self.journal.save_snapshot(dump(self.state))
        self._since_snapshot = 0

    def close(self, progress: Progress = untold) -> None:
        """Fold what the views do not show yet and close the replica; a long tail is saved as a snapshot first."""
        try:
            if not self.stopped and not self._entries and self._since_snapshot >= SNAPSHOT_EVERY:
                self._publisher.settle(progress)
                self.save_snapshot()
        finally:
            try:
                self._publisher.close(progress)
            finally:
                self.journal.close()


def _publisher(views: Views, folder: Path, *, behind: bool) -> Publisher:
    return Follower(views, folder / "views.db") if behind else Publisher(views)


def _restore(journal: Journal, views: Views, progress: Progress) -> tuple[State, int, int]:
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
    if views.entries == 0:
        views.fold([(Entry(0, genesis.at_us, genesis.command), (UnionFounded(state.charter),))], 1)
    shown, missed, waiting = views.entries, list[Published](), 0
    number, entries = first - 1, journal.head.entries
    for entry in journal.entries(first):
        outcome, events = apply.execute(state, entry.command, entry.at_us)
        number, last_us = entry.seq, entry.at_us
        if outcomes.encode(outcome) != entry.outcome:
            raise JournalDamaged(number, "replay gives another outcome than the one recorded")
        if number >= shown:
            missed.append((Entry(number, entry.at_us, entry.command), events))
            waiting += payments_of(missed[-1])
        if waiting >= _TOGETHER:
            views.fold(missed, number + 1)
            missed, waiting = [], 0
        progress(number + 1 - first, entries - first)
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
