"""From bytes to acknowledged: while one group of commands is written, those that come in form the next.

Whoever submits reads its own commands, deals with them when its turn comes, and then makes durable all that waits
for it, unless another who came later has done so meanwhile. So a command alone is written at once, and under load
groups grow by themselves. A long list is read ahead and written behind by threads of the pipeline's own. When
nothing comes in for a moment, the journal's last batch is named durably, so that damage to it is told from a write
that was broken off.
"""

import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import Final

from mufakat.model.command import Arrival, arrive
from mufakat.model.outcome import Outcome
from mufakat.node.replica import Clock, NodeStopped, Replica

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


class Pipeline:
    """The way of commands into a replica; threads may share it."""

    def __init__(self, replica: Replica, clock: Clock) -> None:
        self._replica: Final = replica
        self._clock: Final = clock
        self._staging: Final = threading.Lock()
        self._writing: Final = threading.Lock()
        self._pool: Final = ThreadPoolExecutor(_AHEAD + 1, "pipeline")
        self._group = 0
        self._staged = 0
        self._durable = -1
        self._failure: BaseException | None = None
        self._unnamed: Final = threading.Event()
        self._closed = False
        self._idler: Final = threading.Thread(target=self._name_last, name="idle", daemon=True)
        self._idler.start()

    def submit(self, commands: Sequence[bytes]) -> list[Outcome]:
        """Deal with commands in order and return their outcomes once all of them are durable.

        Raises the JournalError with which their write failed, and NodeStopped ever after; then none of them is
        acknowledged.
        """
        outcomes: list[Outcome] = []
        group = -1
        for arrival in self._arrivals(commands):
            try:
                group, staged = self._stage(arrival, outcomes)
            except NodeStopped:
                self._make_durable(group)  # raises why, if it is this list that was not written
                raise
            if staged >= _MOST_STAGED:
                self._make_durable(group)
            elif staged >= _WORTH_WRITING and not self._writing.locked():
                self._pool.submit(self._make_durable, group)
        self._make_durable(group)
        return outcomes

    def _stage(self, arrival: Arrival, outcomes: list[Outcome]) -> tuple[int, int]:
        """Deal with a command; returns the number of its group and the bytes that are staged."""
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
            before = self._durable
            time.sleep(_IDLE_SECONDS)
            if self._durable != before:
                continue
            with self._writing:
                if self._closed:
                    return
                self._unnamed.clear()
                if self._failure is None:
                    try:
                        self._replica.sync_head()
                    except BaseException as error:
                        self._failure = error

    def _make_durable(self, group: int) -> None:
        """Return when a group is on the disk: because it was, or because this writes all that is staged."""
        with self._writing:
            if self._durable >= group:
                return
            if self._failure is not None:
                raise self._failure
            try:
                with self._staging:
                    number, sealed = self._group, self._replica.seal()
                    self._group, self._staged = number + 1, 0
                self._replica.write(sealed)
            except BaseException as error:
                self._failure = error
                raise
            self._durable = number
            if not self._unnamed.is_set():
                self._unnamed.set()

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
