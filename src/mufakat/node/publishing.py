"""From what is durable to the views: at once, or behind, while more important work is under way.

A node among others has to keep up with its engine, and no commit waits for the views. What is little is published
at once; under load entries wait, in order, for a thread that folds them for a share of the time while commands come
in, and without a pause when none do. What waits beyond a bound of memory waits in files. Views are never the truth:
what waited when the process fell is folded from the journal when it opens again.
"""

import enum
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from mufakat.node.backlog import Backlog, Kept, Published, payments_of, whole
from mufakat.projections.store import Views

_AT_ONCE: Final = 64
"""Events that are folded before a commit is answered, if nothing waits."""
_BUSY_SECONDS: Final = 0.3
"""How long what was stirred up counts as being under way, when nothing is published after it."""
_QUIET_SECONDS: Final = 0.02
"""How long after something was published nothing may be under way until the thread need not rest."""
_TOGETHER: Final = 32_768
"""Payments and events of several entries that are folded together; one entry may have more."""
_REST: Final = 9.0
"""How long the thread rests between two folds while commands come in one after the other, by the time of a fold."""
_PATIENCE_MS: Final = 100
"""How long a fold waits for a reader before it is tried again later."""

Commands = Callable[[int], Iterator[bytes]]
"""Gives the commands of the journal from an entry on, as far as it goes when it is asked."""
Progress = Callable[[int, int], None]
"""Called with what is done, and how much there is to do."""


def untold(done: int, of: int) -> None:
    """Tell nobody of progress."""


class Behind(msgspec.Struct, frozen=True):
    """How far views are behind the journal: entries that they do not show yet, and the payments and events of them.

    `since_us`: log time of the first of them, UTC microseconds; 0 when there are none.
    """

    entries: int = 0
    payments: int = 0
    since_us: int = 0

    def seconds(self, now_us: int) -> int:
        """Return how long the first of them has been on the log; 0 when there are none."""
        return max(0, now_us - self.since_us) // 1_000_000 if self.entries else 0


class Pace(enum.Enum):
    """When views show what was committed: before each answer; before it when it is little; or after it.

    After it, whoever looks has to `settle` first.
    """

    BEFORE = enum.auto()
    SOON = enum.auto()
    AFTER = enum.auto()


class Publisher:
    """Folds what is published into the views at once."""

    def __init__(self, views: Views) -> None:
        self.views: Final = views

    def publish(self, batch: Sequence[Published], entries: int) -> None:
        """Show the events of whole entries; `entries` is how many the journal holds with them."""
        self.views.fold(batch, entries)

    def stir(self) -> None:
        """Note that commands or blocks come in."""

    def behind(self) -> Behind:
        """Return how far the views are behind what was published."""
        return Behind()

    def settle(self, progress: Progress = untold) -> None:
        """Wait until all that was published is in the views."""

    def close(self) -> None:
        """Bring the views up to what was published, and close them."""
        self.views.close()


class Follower(Publisher):
    """Folds little at once and much behind. `views` is for reading: it shows whole batches alone.

    A failure to fold is raised by the next call, and by every call after it. A reader that looks for long keeps
    nobody waiting but the views.
    """

    def __init__(self, writer: Views, path: Path, commands: Commands, pace: Pace = Pace.SOON) -> None:
        super().__init__(Views.open_to_read(path))
        writer.sql.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
        self._writer: Final = writer
        self._pace: Final = pace
        self._backlog: Final = Backlog(path.parent)
        self._commands: Final = commands
        self._coming: Iterator[bytes] = iter(())
        self._next = -1
        self._changed: Final = threading.Condition()
        self._folding: list[Published] = []
        self._taking = False
        self._closed = False
        self._hurried = False
        self._stirred_at = 0.0
        self._published_at = 0.0
        self._failure: BaseException | None = None
        self._thread: Final = threading.Thread(target=self._run, name="views", daemon=True)
        self._thread.start()

    def publish(self, batch: Sequence[Published], entries: int) -> None:
        """Show the events of whole entries, now or soon; `entries` is how many the journal holds with them."""
        with self._changed:
            self._raise_failure()
            self._published_at = time.monotonic()
            waits = self._pace is Pace.AFTER or self._backlog or self._folding
            if not waits and sum(map(payments_of, batch)) <= _AT_ONCE:
                try:
                    self._writer.fold(batch, entries)
                except sqlite3.OperationalError as error:
                    if not _is_busy(error):
                        raise
                else:
                    return
            for each in batch:
                self._backlog.put(each)
            self._changed.notify_all()

    def stir(self) -> None:
        """Note that commands or blocks come in: what waits gives way to them."""
        self._raise_failure()
        self._stirred_at = time.monotonic()

    def behind(self) -> Behind:
        """Return how far the views are behind what was published."""
        with self._changed:
            return self._behind()

    def _behind(self) -> Behind:
        folding = sum(map(payments_of, self._folding))
        entries = len(self._folding) + self._taking + len(self._backlog)
        since_us = self._folding[0][0].at_us if self._folding else self._backlog.first_us
        return Behind(entries, folding + self._backlog.payments, since_us)

    def settle(self, progress: Progress = untold) -> None:
        """Wait until all that was published is in the views; `progress` is told payments and events folded."""
        with self._changed:
            self._hurried = True
            self._changed.notify_all()
            most = 0
            while (left := self._behind()).entries and self._failure is None:
                most = max(most, left.payments)
                progress(most - left.payments, most)
                self._changed.wait()
            if most:
                progress(most, most)
            self._hurried = False
            self._raise_failure()

    def close(self) -> None:
        """Fold what waits, then close the views."""
        try:
            self.settle()
        finally:
            with self._changed:
                self._closed = True
                self._changed.notify_all()
            self._thread.join()
            self._backlog.close()
            self.views.close()
            self._writer.close()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        until = 0.0
        while True:
            with self._changed:
                while not self._closed and (not self._waits() or self._rests(until)):
                    self._changed.wait(_QUIET_SECONDS if self._waits() else None)
                if self._closed:
                    return
            began = time.monotonic()
            try:
                self._take()
                done = self._fold()
            except BaseException as error:
                self._failure, done = error, True
            with self._changed:
                if done:
                    self._folding = []
                self._changed.notify_all()
                if self._failure is not None:
                    return
            now = time.monotonic()
            until = now + (now - began) * _REST

    def _waits(self) -> bool:
        return bool(self._folding or self._backlog)

    def _take(self) -> None:
        """Take the entries that are folded next, at least one; those that could not be folded come first."""
        size = sum(map(payments_of, self._folding))
        while size < _TOGETHER:
            with self._changed:  # for one at a time: a commit may wait to put its own
                taken = self._backlog.take()
                self._taking = taken is not None
            if taken is None:
                return
            published = whole(taken, self._command(taken.number)) if isinstance(taken, Kept) else taken
            with self._changed:
                self._folding.append(published)
                self._taking = False
            size += payments_of(published)

    def _command(self, number: int) -> bytes:
        """Return the command of an entry; those of entries in turn are read on from one another."""
        command = next(self._coming, None) if number == self._next else None
        if command is None:
            self._coming = self._commands(number)
            command = next(self._coming)
        self._next = number + 1
        return command

    def _fold(self) -> bool:
        """Fold what was taken; returns whether that was done, or had to be left because somebody reads."""
        try:
            self._writer.fold(self._folding, self._folding[-1][0].number + 1)
        except sqlite3.OperationalError as error:
            if _is_busy(error):
                return False
            raise
        return True

    def _rests(self, until: float) -> bool:
        """Tell whether to leave the time to others: not when somebody waits, or when nothing comes in."""
        now = time.monotonic()
        if self._hurried or now >= until:
            return False
        if self._stirred_at > self._published_at:
            return now - self._stirred_at < _BUSY_SECONDS
        return now - self._published_at < _QUIET_SECONDS


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
