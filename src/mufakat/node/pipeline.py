"""From bytes to acknowledged: while one group of commands is written, those that come in form the next.

Whoever submits reads its own commands and lines them up. Who finds nobody dealing with the line deals with all
that stands in it, and writes what was dealt with unless somebody writes: then that is written next. So a command
alone is dealt with and written at once by its own thread, and under load groups grow by themselves while the rules
never wait for one thread to give way to another. A long list is read ahead and written behind by threads of the
pipeline's own. When nothing comes in for a moment, the journal's last batch is named durably, so that damage to it
is told from a write that was broken off.
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
from mufakat.model.outcome import DONE, Outcome
from mufakat.node.replica import Clock, Group, Replica

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


class _Item:
    """A command in the line. `more`: others of the same list follow at once.

    `is_over`: it is durable, or `failure` says why it is not.
    """

    __slots__ = ("_gate", "arrival", "failure", "is_over", "more", "outcome")

    def __init__(self, arrival: Arrival, *, more: bool) -> None:
        self.arrival: Arrival | None = arrival
        self.more: Final = more
        self.outcome = DONE
        self.failure: BaseException | None = None
        self.is_over = False
        self._gate: Final = threading.Lock()
        self._gate.acquire()

    def end(self, failure: BaseException | None) -> None:
        """Let go whoever waits for it."""
        self.failure, self.is_over = failure, True
        self._gate.release()

    def wait(self) -> None:
        """Return when it is over."""
        with self._gate:
            assert self.is_over, "only its end opens the gate"


_Taken = tuple[list[_Item], Group | None]
"""Commands that are written together and what is to be written of them; None when they could not be sealed."""


class Pipeline:
    """The way of commands into a replica; threads may share it."""

    def __init__(self, replica: Replica, clock: Clock) -> None:
        self._replica: Final = replica
        self._clock: Final = clock
        self._line: Final[deque[_Item]] = deque()
        self._dealing: Final = threading.Lock()
        self._writing: Final = threading.Lock()
        self._pool: Final = ThreadPoolExecutor(_AHEAD + 2, "pipeline")
        self._group: list[_Item] = []
        self._staged = 0
        self._more = False
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
        items: list[_Item] = []
        try:
            for left, arrival in enumerate(self._arrivals(commands), start=1 - len(commands)):
                item = _Item(arrival, more=left < 0)
                items.append(item)
                self._line.append(item)
                self._deal(item)
                if item.more and self._staged >= _MOST_STAGED:
                    item.wait()
        except BaseException:  # what was to follow at once does not
            self._more = False
            self._deal()
            raise
        for item in items:
            item.wait()
        failure = next((item.failure for item in items if item.failure is not None), None)
        if failure is not None:
            raise failure
        return [item.outcome for item in items]

    @property
    def _is_due(self) -> bool:
        """Whether what was dealt with is to be written now."""
        is_enough = self._staged >= _WORTH_WRITING or (self._staged and not self._more)
        return bool(is_enough) and not self._writing.locked()

    def _deal(self, own: _Item | None = None) -> None:
        """Deal with what stands in the line, and write what is to be written, unless somebody deals with it.

        Who does so looks again afterwards: what came meanwhile is left to it. The pool goes on when `own` is over.
        """
        while (self._line or self._is_due) and self._dealing.acquire(blocking=False):
            try:
                taken = self._deal_with_line(own)
            finally:
                self._dealing.release()
            if taken is not None:
                self._write(taken)
            if own is not None and own.is_over:
                if self._line or self._is_due:
                    self._pool.submit(self._deal)
                return

    def _deal_with_line(self, own: _Item | None) -> _Taken | None:
        """Deal with the line until it is empty or `own` is over; returns what the caller is to write."""
        while self._line and not (own is not None and own.is_over):
            item = self._line.popleft()
            self._stage(item)
            if not self._is_due:
                continue
            taken = self._take()
            if taken is None or not (self._line or item.more):
                return taken
            self._pool.submit(self._write, taken)
        return self._take() if self._is_due else None

    def _stage(self, item: _Item) -> None:
        """Put a command to the rules."""
        arrival, item.arrival = item.arrival, None
        assert arrival is not None, "a command is dealt with once"
        try:
            (item.outcome,) = self._replica.stage((arrival,), self._clock)
        except BaseException as error:
            self._failure = self._failure or error
            self._more = False
            item.end(error)
            return
        self._group.append(item)
        self._staged += len(arrival.data)
        self._more = item.more

    def _take(self) -> _Taken | None:
        """Seal the group that is open, unless somebody writes; whoever gets it writes it. Within `_dealing`."""
        if not self._staged or not self._writing.acquire(blocking=False):
            return None
        items, self._group, self._staged = self._group, [], 0
        return items, self._tried(self._replica.seal)

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
            self._deal()

    def _write(self, taken: _Taken) -> None:
        """Make a group durable; what was dealt with meanwhile is next, for who deals with the line or the pool."""
        items, sealed = taken
        if sealed is not None:
            self._tried(lambda: self._replica.write(sealed))
        self._written += 1
        self._writing.release()
        for item in items:
            item.end(self._failure)
        if not self._unnamed.is_set():
            self._unnamed.set()
        if self._is_due and not self._dealing.locked():
            self._pool.submit(self._deal)

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
