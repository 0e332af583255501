"""The views in another database, brought up to a union's journal by a replay of its own, and kept there.

Entries are read a page at a time: of an embedded node from its file, while no command has it; of one among others
from the running node, as any command asks it. They are applied by the rules to a state of this process, so that no
node waits for the database. A page is folded in one transaction together with the progress.
"""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import msgspec

from mufakat.core import apply
from mufakat.core.state import State
from mufakat.journal.frame import Entry as LogEntry
from mufakat.journal.log import Journal, JournalDamaged, JournalInUse, JournalMissing
from mufakat.model import outcome as outcomes
from mufakat.model.charter import Genesis, union_id
from mufakat.model.event import AnyEvent, UnionFounded
from mufakat.node.backlog import Published
from mufakat.node.consortium import ConsortiumNode
from mufakat.node.home import Home
from mufakat.projections import rules
from mufakat.projections.dialect import DatabaseFailed
from mufakat.projections.rows import Entry
from mufakat.projections.store import Views

_PAGE_BYTES: Final = 1 << 20
_PATIENCE_SECONDS: Final = 10.0
"""How long a page waits for a command that has the journal."""
_POLL_SECONDS: Final = 0.05
_OTHER: Final = "name another database, or make them anew with --anew"


class Page(NamedTuple):
    """Entries in order, and how many the journal holds."""

    entries: list[LogEntry]
    of: int


class Source(Protocol):
    """A journal that is read a page at a time."""

    def page(self, first: int) -> Page:
        """Return the entries from number `first` on, about a MiB of them; none when there are no more."""

    def close(self) -> None:
        """Read no more."""


class JournalFile:
    """The journal of an embedded node. Opened when it has changed, and for one page: commands find it free."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise JournalMissing(f"{path} is not there. Name another, or make a union with `mufakat init`.")
        self._path: Final = path
        self._seen: tuple[tuple[int, int], int] | None = None

    def page(self, first: int) -> Page:
        """Return a page; raises the journal's errors, JournalInUse when a command has it for long."""
        if self._seen is not None and self._seen == (self._stamp(), first):
            return Page([], first)
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return self._read(first)
            except JournalInUse:
                if time.monotonic() > until:
                    raise
                time.sleep(_POLL_SECONDS)

    def _read(self, first: int) -> Page:
        with Journal.open(self._path) as journal:
            of = journal.head.entries
            page = list(_some(journal.entries(first))) if first < of else []
        if first + len(page) == of:
            self._seen = self._stamp(), of
        return Page(page, of)

    def _stamp(self) -> tuple[int, int]:
        found = self._path.stat()
        return found.st_mtime_ns, found.st_size

    def close(self) -> None:
        """Read no more."""


class RunningNode:
    """The journal of a node among others, as it gives it while it runs."""

    def __init__(self, home: Home) -> None:
        self._node: Final = ConsortiumNode(home)

    def page(self, first: int) -> Page:
        """Return a page; raises EngineUnreachable."""
        of = self._node.entries
        return Page(self._node.page(first) if first < of else [], of)

    def close(self) -> None:
        """Read no more."""
        self._node.close()


def source_of(home: Home) -> Source:
    """Return how the journal of a home is read; raises JournalMissing."""
    return RunningNode(home) if home.is_among_others else JournalFile(home.journal)


def _some(entries: Iterator[LogEntry]) -> Iterator[LogEntry]:
    size = 0
    for entry in entries:
        yield entry
        size += len(entry.command) + len(entry.outcome)
        if size >= _PAGE_BYTES:
            return


class Mirror:
    """Replays a journal from its beginning, and folds what the views do not have. `of`: entries of the journal."""

    def __init__(self, views: Views, source: Source) -> None:
        self.views: Final = views
        self.folded = views.entries
        self.replayed = 0
        self.of = 0
        self.at_us = 0
        self._source: Final = source
        self._state: State | None = None

    @property
    def behind(self) -> int:
        """How many entries of the journal are not in the views, as of the last page."""
        return max(0, self.of - self.folded)

    def advance(self) -> bool:
        """Take up one page; tell whether there was one.

        Raises DatabaseFailed, also when the views are not those of this journal, the journal's errors, or
        EngineUnreachable. Then the views hold whole entries as before.
        """
        page = self._source.page(self.replayed)
        self.of = page.of
        if self.folded > page.of:
            raise DatabaseFailed(
                f"the views hold {self.folded:,} entries and the journal {page.of:,}: they are of another history;"
                f" {_OTHER}"
            )
        group = [
            (Entry(entry.seq, entry.at_us, entry.command), self._replay(entry)) for entry in page.entries
        ]
        if group:
            self.replayed = group[-1][0].number + 1
            self.at_us = group[-1][0].at_us
            self._check(group)
        new = list(itertools.dropwhile(lambda each: each[0].number < self.folded, group))
        if new:
            self.views.fold(new, self.replayed)
            self.folded = self.replayed
        return bool(group)

    def _check(self, group: list[Published]) -> None:
        """Compare the last entry that the views hold with the journal's, when it is among these."""
        last = self.folded - 1
        if not group[0][0].number <= last <= group[-1][0].number:
            return
        row = self.views.sql.execute("SELECT digest FROM entry WHERE number = ?", (last,)).fetchone()
        if row is None or bytes(row[0]) != group[last - group[0][0].number][0].digest:
            raise DatabaseFailed(
                f"entry {last:,} of the views is not that of the journal: they are of another history; {_OTHER}"
            )

    def _replay(self, entry: LogEntry) -> tuple[AnyEvent, ...]:
        if self._state is None:
            self._state = self._found(entry)
            return (UnionFounded(self._state.charter),)
        outcome, events = apply.execute(self._state, entry.command, entry.at_us)
        if outcomes.encode(outcome) != entry.outcome:
            raise JournalDamaged(entry.seq, "replay gives another outcome than the one recorded")
        return events

    def _found(self, entry: LogEntry) -> State:
        genesis = msgspec.msgpack.decode(entry.command, type=Genesis)
        known = [law.text for law in rules.history(self.views.sql, "charter")][:1]
        if known not in ([], [union_id(genesis.charter)]):
            raise DatabaseFailed(f"the views in this database are of another union; {_OTHER}")
        state = apply.found(genesis)
        assert isinstance(state, State), "the journal's genesis founded its union"
        return state

    def close(self) -> None:
        """Close the views and what is read."""
        self._source.close()
        self.views.close()
