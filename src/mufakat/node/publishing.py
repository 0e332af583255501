"""From what is durable to the views: at once, or behind, while more important work is under way.

A node among others has to keep up with its engine. What is little it publishes at once; under load events wait,
in order, for a thread that folds some of them now and then while commands come in, and all of them when none do.
Views are never the truth: what waited when the process fell is folded from the journal when it opens again.
"""

import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mufakat.model.event import AnyEvent, PaymentsSettled, RecordsPosted
from mufakat.model.record import RECORD_BYTES
from mufakat.projections.rows import Entry
from mufakat.projections.store import Views

Published = tuple[Entry, tuple[AnyEvent, ...]]

_AT_ONCE: Final = 64
"""Events that are folded before a commit is answered, if nothing waits."""
_MOST_BEHIND: Final = 1_000_000
"""Events that may wait; a commit that would make them more waits itself."""
_BUSY_SECONDS: Final = 0.3
_TOGETHER: Final = 4_096
"""Events of several entries that are folded together; one entry may have more."""
_REST_SECONDS: Final = 1.0
"""How long the thread rests between two folds while commands come in."""


class Publisher:
    """Folds what is published into the views at once."""

    def __init__(self, views: Views) -> None:
        self.views: Final = views

    def publish(self, batch: Sequence[Published], entries: int) -> None:
        """Show the events of whole entries; `entries` is how many the journal holds with them."""
        self.views.fold(batch, entries)

    def stir(self) -> None:
        """Note that commands or blocks come in."""

    def settle(self) -> None:
        """Wait until all that was published is in the views."""

    def close(self) -> None:
        """Close the views."""
        self.views.close()


class Follower(Publisher):
    """Folds little at once and much behind. `views` is for reading: it shows whole batches alone.

    A failure to fold is raised by the next call, and by every call after it.
    """

    def __init__(self, writer: Views, path: Path) -> None:
        super().__init__(Views.open_to_read(path))
        self._writer: Final = writer
        self._waiting: Final[deque[tuple[Published, int]]] = deque()
        self._changed: Final = threading.Condition()
        self._behind = 0
        self._folding = False
        self._closed = False
        self._hurried = False
        self._stirred_at = 0.0
        self._failure: BaseException | None = None
        self._thread: Final = threading.Thread(target=self._run, name="views", daemon=True)
        self._thread.start()

    def publish(self, batch: Sequence[Published], entries: int) -> None:
        """Show the events of whole entries, now or soon; `entries` is how many the journal holds with them."""
        sizes = [sum(map(_size, events)) for _, events in batch]
        with self._changed:
            self._raise_failure()
            # An entry without events waits too, and counts for nothing in `_behind`.
            if not self._waiting and not self._folding and sum(sizes) <= _AT_ONCE:
                self._writer.fold(batch, entries)
                return
            while self._behind > _MOST_BEHIND and self._failure is None:
                self._changed.wait()
            self._raise_failure()
            self._waiting.extend(zip(batch, sizes, strict=True))
            self._behind += sum(sizes)
            self._changed.notify_all()

    def stir(self) -> None:
        """Note that commands or blocks come in: what waits gives way to them."""
        self._raise_failure()
        self._stirred_at = time.monotonic()

    def settle(self) -> None:
        """Wait until all that was published is in the views."""
        with self._changed:
            self._hurried = True
            self._changed.notify_all()
            while (self._waiting or self._folding) and self._failure is None:
                self._changed.wait()
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
            self.views.close()
            self._writer.close()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        until = 0.0
        while True:
            with self._changed:
                while not self._closed and (not self._waiting or self._rests(until)):
                    self._changed.wait(_BUSY_SECONDS if self._waiting else None)
                if self._closed:
                    return
                group, size = self._next()
                self._folding = True
            try:
                self._writer.fold(group, group[-1][0].number + 1)
            except BaseException as error:
                self._failure = error
            with self._changed:
                self._folding = False
                self._behind -= size
                self._changed.notify_all()
                if self._failure is not None:
                    return
            until = time.monotonic() + _REST_SECONDS

    def _next(self) -> tuple[list[Published], int]:
        """Take the entries that are folded next, at least one; returns them and how many events they have."""
        published, behind = self._waiting.popleft()
        group = [published]
        while self._waiting and behind + self._waiting[0][1] <= _TOGETHER:
            published, size = self._waiting.popleft()
            group.append(published)
            behind += size
        return group, behind

    def _rests(self, until: float) -> bool:
        """Tell whether to leave the time to others: not when somebody waits, or when nothing comes in."""
        now = time.monotonic()
        busy = now - self._stirred_at < _BUSY_SECONDS
        return busy and not self._hurried and self._behind <= _MOST_BEHIND and now < until


def _size(event: AnyEvent) -> int:
    return len(event.records) // RECORD_BYTES if isinstance(event, PaymentsSettled | RecordsPosted) else 1
