"""From bytes to acknowledged: while one group of commands is written, those that come in form the next.

Whoever submits reads its own commands, deals with them when its turn comes, and then writes all that waits, unless
somebody writes: then what waits is written next. So a command alone is written at once, and under load
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
from mufakat.node.replica import Clock, NodeStopped, Replica

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
        for arrival in self._arrivals(commands):
            try:
                group, staged = self._stage(arrival, outcomes)
            except NodeStopped:
                if group is not None:
                    self._make_durable(group)  # raises why, if it is this list that was not written
                raise
            if staged >= _MOST_STAGED:
                self._make_durable(group)
            elif staged >= _WORTH_WRITING and not self._writing.locked():
                self._pool.submit(self._write_what_waits)
        if group is not None:
            self._make_durable(group)
        return outcomes

    def _stage(self, arrival: Arrival, outcomes: list[Outcome]) -> tuple[_Group, int]:
        """Deal with a command; returns its group and the bytes that are staged."""
        with self._staging:
            outcomes += self._replica.stage((arrival,), self._clock)
            self._staged += len(arrival.data)
            return self._group, self._staged

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

    def _make_durable(self, group: _Group) -> None:
        """Return when a group is on the disk; if nobody writes, this does."""
        if not group.done.is_set() and not self._write_what_waits():
            group.done.wait()
        if group.failure is not None:
            raise group.failure

    def _write_what_waits(self) -> bool:
        """Write what is staged, unless somebody writes at this moment; returns whether it was this.

        Who writes looks again thereafter: what was staged meanwhile waits for it, and is written by the pool.
        """
        if not self._writing.acquire(blocking=False):
            return False
        try:
            if self._staged:
                self._write()
        finally:
            self._writing.release()
        if self._staged:
            self._pool.submit(self._write_what_waits)
        return True

    def _write(self) -> None:
        """Seal the group that is open, and write it."""
        with self._staging:
            group, self._group, self._staged = self._group, _Group(), 0
            sealed = self._tried(self._replica.seal)
        if sealed is not None:
            self._tried(lambda: self._replica.write(sealed))
        group.failure = self._failure
        self._written += 1
        group.done.set()
        if not self._unnamed.is_set():
            self._unnamed.set()

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
