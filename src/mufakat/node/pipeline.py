"""From bytes to acknowledged: while one group of commands is written, those that come in form the next.

Whoever submits reads its own commands, deals with them when its turn comes, and takes all that waits to write it,
unless somebody writes: then what waits is written next. So a command alone is written at once, and under load
groups grow by themselves. A long list is read ahead and written behind by threads of the pipeline's own. When
nothing comes in for a moment, the journal's last batch is named durably, so that damage to it is told from a write
that was broken off.
"""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import Final, TypeVar

from mufakat.model.command import Arrival, arrive
from mufakat.model.outcome import Outcome
from mufakat.node.replica import Clock, Group, NodeStopped, Replica

T = TypeVar("T")

_AHEAD: Final = 2
"""Commands of a list that are read before their turn."""
_WORTH_READING: Final = 1 << 16
"""Bytes of a command from which reading it ahead saves time."""
_WORTH_WRITING: Final = 1 << 19
"""Bytes that are written behind the caller's back when the journal is idle."""
_MOST_STAGED: Final = 1 << 24
"""Bytes that may wait for the journal before the caller does."""
_IDLE_SECONDS: Final = 0.01
"""How long nothing was written when the last batch is named."""
_TURN_SECONDS: Final = 0.0005
"""How long a thread may keep the interpreter from one that has waited for the disk: less than a batch takes."""


class _Group:
    """Commands that are written together: `done` when they are durable, or when `failure` says why they are not."""

    def __init__(self) -> None:
        self.done: Final = threading.Event()
        self.failure: BaseException | None = None

    def wait(self) -> None:
        """Return when they are durable; raises why they are not."""
        self.done.wait()
        if self.failure is not None:
            raise self.failure


_Taken = tuple[_Group, Group | None]
"""A group and what of it is to be written; None when it could not be sealed."""


class Pipeline:
    """The way of commands into a replica; threads may share it."""

    def __init__(self, replica: Replica, clock: Clock) -> None:
        self._replica: Final = replica
        self._clock: Final = clock
        self._staging: Final = threading.Lock()
        self._writing: Final = threading.Lock()
        self._pool: Final = ThreadPoolExecutor(_AHEAD + 1, "pipeline")
        self._group = _Group()
        self._staged = 0
        self._written = 0
        self._failure: BaseException | None = None
        self._unnamed: Final = threading.Event()
        self._closed = False
        self._idler: Final = threading.Thread(target=self._name_last, name="idle", daemon=True)
        self._idler.start()
        sys.setswitchinterval(min(_TURN_SECONDS, sys.getswitchinterval()))

    def submit(self, commands: Sequence[bytes]) -> list[Outcome]:
        """Deal with commands in order and return their outcomes once all of them are durable.

        Raises the JournalError with which their write failed, and NodeStopped ever after; then none of them is
        acknowledged.
        """
        outcomes: list[Outcome] = []
        group: _Group | None = None
        for left, arrival in enumerate(self._arrivals(commands), start=1 - len(commands)):
            try:
                group, taken, staged = self._stage(arrival, outcomes, is_last=left == 0)
            except NodeStopped:
                self._write_what_waits()
                if group is not None:
                    group.wait()  # raises why, if it is this list that was not written
                raise
            if taken is not None:
                if left == 0:
                    self._write(taken)
                else:
                    self._pool.submit(self._write, taken)
            elif staged >= _MOST_STAGED:
                group.wait()
        if group is not None:
            group.wait()
        return outcomes

    def _stage(
        self, arrival: Arrival, outcomes: list[Outcome], *, is_last: bool
    ) -> tuple[_Group, _Taken | None, int]:
        """Deal with a command; returns its group, what is to be written now, and the bytes that are staged."""
        with self._staging:
            outcomes += self._replica.stage((arrival,), self._clock)
            self._staged += len(arrival.data)
            group, staged = self._group, self._staged
            return group, self._take() if is_last or staged >= _WORTH_WRITING else None, staged

    def _take(self) -> _Taken | None:
        """Seal the group that is open, unless somebody writes; whoever gets it writes it. Within `_staging`."""
        if not self._staged or not self._writing.acquire(blocking=False):
            return None
        group, self._group, self._staged = self._group, _Group(), 0
        return group, self._tried(self._replica.seal)

    def close(self) -> None:
        """End the threads, when what they do is done."""
        self._pool.shutdown()
        with self._writing:
            self._closed = True
            self._unnamed.set()
        self._idler.join()

    def _name_last(self) -> None:
        """Wait for writes, and each time until there were none for a moment: then name the last batch."""
        while self._unnamed.wait():
            before = self._written
            time.sleep(_IDLE_SECONDS)
            if self._written != before:
                continue
            with self._writing:
                if self._closed:
                    return
                self._unnamed.clear()
                self._tried(self._replica.sync_head)
            if self._staged:
                self._write_what_waits()

    def _write_what_waits(self) -> None:
        """Write what is staged, unless somebody writes."""
        with self._staging:
            taken = self._take()
        if taken is not None:
            self._write(taken)

    def _write(self, taken: _Taken) -> None:
        """Make a group durable; what was staged meanwhile is written next, by who stages then or by the pool."""
        group, sealed = taken
        if sealed is not None:
            self._tried(lambda: self._replica.write(sealed))
        group.failure = self._failure
        self._written += 1
        self._writing.release()
        group.done.set()
        if not self._unnamed.is_set():
            self._unnamed.set()
        if self._staged:
            self._pool.submit(self._write_what_waits)

    def _tried(self, do: Callable[[], T]) -> T | None:
        """Do something, or note what failed; of all failures the first says why the node stopped."""
        try:
            return do()
        except BaseException as error:
            self._failure = self._failure or error
            return None

    def _arrivals(self, commands: Sequence[bytes]) -> Iterable[Arrival]:
        if len(commands) == 1 or max(map(len, commands), default=0) < _WORTH_READING:
            return map(arrive, commands)
        return self._read_ahead(iter(commands))

    def _read_ahead(self, commands: Iterator[bytes]) -> Iterator[Arrival]:
        coming: deque[Future[Arrival]] = deque(
            self._pool.submit(arrive, each) for each in islice(commands, _AHEAD)
        )
        for each in chain(commands, (None,) * _AHEAD):
            if not coming:
                return
            arrival = coming.popleft().result()
            if each is not None:
                coming.append(self._pool.submit(arrive, each))
            yield arrival
