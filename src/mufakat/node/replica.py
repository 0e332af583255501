"""A replica of the union: the state, the journal that makes it durable, and the views folded from it.

Both engines move it the same way. `stage` deals with commands in memory; `seal` ends the group of what was staged;
`write` makes a group durable with one write and publishes it to the views, while the next one may be staged.
Between them, memory is ahead of the file: when a write fails, or is never asked for, the replica must be opened
again.
"""

import contextlib
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple, Self

import msgspec

from mufakat.core import apply
from mufakat.core.sealing import Sealed
from mufakat.core.state import State
from mufakat.journal.frame import Batch, head_hash
from mufakat.journal.frame import Entry as LogEntry
from mufakat.journal.log import Journal, JournalDamaged
from mufakat.journal.snapshot import Snapshot
from mufakat.kernels import lookup
from mufakat.model import outcome as outcomes
from mufakat.model.charter import Genesis
from mufakat.model.command import Arrival
from mufakat.model.event import UnionFounded
from mufakat.model.outcome import DONE, Outcome
from mufakat.node.backlog import Published, payments_of
from mufakat.node.publishing import Behind, Follower, Pace, Progress, Publisher, untold
from mufakat.node.saving import Saving
from mufakat.projections.rows import Entry
from mufakat.projections.store import Views

SNAPSHOT_EVERY: Final = 2_000
"""Entries after which closing a node saves a snapshot, so that opening it stays fast."""

_TOGETHER: Final = 32_768
"""Payments and other events that are published together while a journal is replayed. When no more than these are
missing in views that may be behind, opening a node waits for them.
"""

Clock = Callable[[], int]
"""Gives the log time of a new entry: UTC microseconds."""


class NodeStopped(Exception):
    """The node cannot go on; what was acknowledged is in the journal. Open it again."""


class GenesisRefused(Exception):
    """The genesis founds no union; `faults` names all that is wrong with it."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults: Final = faults


class Group(NamedTuple):
    """Entries (log time, command, outcome) that are written together, their events, and the state after them.

    `snapshot`: the state after them, if it is time to save it.
    """

    entries: list[tuple[int, bytes, bytes]]
    published: list[Published]
    sealed: Sealed | None
    snapshot: Snapshot | None


class Replica:
    """State, journal and views of one node. `last_us` is the log time of its last entry."""

    def __init__(
        self, journal: Journal, publisher: Publisher, saving: Saving, state: State, last_us: int
    ) -> None:
        self.journal: Final = journal
        self._publisher: Final = publisher
        self.state: Final = state
        self.last_us = last_us
        self.stopped = False
        self._next = journal.head.entries
        self._height = journal.head.height
        self._entries: list[tuple[int, bytes, bytes]] = []
        self._published: list[Published] = []
        self._since_snapshot = 0
        self._saving: Final = saving

    @classmethod
    def create(cls, folder: Path, genesis: Genesis, at_us: int, pace: Pace = Pace.BEFORE) -> Self:
        """Found a union in `folder`; raises GenesisRefused, or FileExistsError when there is a journal.

        `pace`: when the views show what was committed.
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
        shutil.rmtree(folder / "state", ignore_errors=True)
        saving = Saving(folder / "state")
        saving.found(state)
        views = Views.open(folder / "views.db")
        command = msgspec.msgpack.encode(genesis)
        views.fold([(Entry(0, at_us, command), (UnionFounded(genesis.charter),))], 1)
        return cls(journal, _publisher(journal, views, folder, pace), saving, state, at_us)

    @classmethod
    def open(
        cls, folder: Path, pace: Pace = Pace.BEFORE, *, anew: bool = False, progress: Progress = untold
    ) -> Self:
        """Open the union in `folder`: newest snapshot, then the entries after it. `pace` as in `create`.

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
            publisher = _publisher(journal, views, folder, pace)
            try:
                saving = Saving(folder / "state")
                state, last_us, replayed = _restore(journal, publisher, saving, progress)
                if publisher.behind().payments <= _TOGETHER:
                    publisher.settle()
            except BaseException:
                publisher.close()
                raise
        except BaseException:
            journal.close()
            raise
        replica = cls(journal, publisher, saving, state, last_us)
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
        return self._next - self.entries

    def log(self) -> Iterator[LogEntry]:
        """Give the journal's entries in order."""
        return self.journal.entries()

    def stage(self, commands: Iterable[bytes | Arrival], clock: Clock) -> list[Outcome]:
        """Deal with commands in memory, each at the clock's time, which never goes back; return their outcomes.

        Raises NodeStopped when something failed before. Until they are written nothing may be acknowledged.
        """
        with self.or_stop():
            result: list[Outcome] = []
            for command in commands:
                data = command.data if isinstance(command, Arrival) else command
                at_us = self.last_us = max(clock(), self.last_us)
                outcome, events = apply.execute(self.state, command, at_us)
                self._entries.append((at_us, data, outcomes.encode(outcome)))
                self._published.append((Entry(self._next, at_us, data), events))
                self._next += 1
                result.append(outcome)
            return result

    def seal(self) -> Group:
        """End the group of what was staged since the last; whoever takes it has to write it."""
        with self.or_stop():
            if not self._entries:
                return Group([], [], None, None)
            self._height += 1
            snapshot = None
            if self._saving.is_due(self.state, self._next):
                # What cannot be saved now is saved later: the journal has it all.
                with contextlib.suppress(OSError):
                    snapshot = self._saving.take(self.state, self._height, self._next)
            group = Group(self._entries, self._published, self.state.seal(), snapshot)
            self._entries, self._published = [], []
            return group

    def write(self, group: Group, block: int = 0) -> Batch:
        """Make a group durable, then visible; returns the journal's head. Groups are written in their order.

        `block`: height of the engine's block; 0 on an embedded node. Raises a JournalError when the journal could
        not be written, and NodeStopped ever after.
        """
        with self.or_stop():
            if group.sealed is not None:
                self.journal.append(group.entries, group.sealed.root(), block)
                self._publisher.publish(group.published, self.entries)
                self._since_snapshot += len(group.entries)
            if group.snapshot is not None:
                self._since_snapshot = 0
                self._saving.write(group.snapshot, self.views.entries)
            return self.journal.head

    def sync_head(self) -> None:
        """Name the journal's last batch durably; raises as `write` does."""
        with self.or_stop():
            self.journal.sync_head()

    def commit(self, block: int = 0) -> Batch:
        """Make what was staged durable, then visible; `block`, result and errors as of `write`."""
        return self.write(self.seal(), block)

    @contextlib.contextmanager
    def or_stop(self) -> Iterator[None]:
        """Whatever is raised within: memory may be ahead of the file for good, so stay stopped."""
        if self.stopped:
            raise NodeStopped("the node stopped after a failed write; open it again")
        try:
            yield
        except BaseException:
            self.stopped = True
            raise

    def head_hash(self) -> bytes:
        """Commit to the history and the state as they are once what is staged is durable, 32 bytes."""
        preview = self.journal.preview(self._entries)
        return head_hash(preview.size, preview.root(), self.state.root())

    def save_snapshot(self) -> None:
        """Save the state, so that opening the node need not replay what came before; an OSError names the file."""
        if self.stopped or self.staged:
            raise NodeStopped(
                "the node stopped after a failed write; its memory is not what the journal holds"
            )
        self._publisher.settle()  # the views go on from a snapshot, never from before it
        taken = self._saving.take(self.state, self.journal.head.height, self.entries)
        self._saving.write(taken, self.entries)
        self._saving.settle()
        self._since_snapshot = 0

    def close(self) -> None:
        """Fold what the views do not show yet and close the replica; a long tail is saved as a snapshot first."""
        try:
            if not self.stopped and not self.staged and self._since_snapshot >= SNAPSHOT_EVERY:
                self.save_snapshot()
            self._saving.close()
        finally:
            try:
                self._publisher.close()
            except Exception:
                if not self.stopped:  # or it was told why
                    raise
            finally:
                self.journal.close()


def _publisher(journal: Journal, views: Views, folder: Path, pace: Pace) -> Publisher:
    if pace is Pace.BEFORE:
        return Publisher(views)

    def commands(first: int) -> Iterator[bytes]:
        return (entry.command for entry in journal.entries(first))

    return Follower(views, folder / "views.db", commands, pace)


def _restore(
    journal: Journal, publisher: Publisher, saving: Saving, progress: Progress
) -> tuple[State, int, int]:
    """Rebuild the state, and publish what views lack; returns state, last log time and entries replayed."""
    if not journal.head.entries:
        raise JournalDamaged(
            0, "there is no genesis: founding was broken off; delete the file and found again"
        )
    genesis = next(journal.entries(0))
    saved = saving.newest(journal, publisher.views.entries)
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
        saving.found(founded)
        state, first, last_us = founded, 1, genesis.at_us
    if publisher.views.entries == 0:
        founding = (Entry(0, genesis.at_us, genesis.command), (UnionFounded(state.charter),))
        publisher.publish([founding], 1)
    shown, missed, waiting = publisher.views.entries, list[Published](), 0
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
            publisher.publish(missed, number + 1)
            missed, waiting = [], 0
        progress(number + 1 - first, entries - first)
    if journal.head.state_root != state.root():
        raise JournalDamaged(number, "replay gives another state root than the one recorded")
    if missed:
        publisher.publish(missed, number + 1)
    return state, last_us, number + 1 - first
