"""The embedded node: one process, one journal, the same rules as everywhere.

Commands are applied in memory, committed to the journal in groups, and only then acknowledged (`node.pipeline`).
The views follow: little is in them at once, much while nothing else comes in, and all when somebody looks at them.
When the write fails, nothing is acknowledged and the node stops: its memory is ahead of its journal, so it must be
opened again.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Self

from mufakat.core.state import Key
from mufakat.journal.frame import Entry as LogEntry
from mufakat.model.charter import Charter, Genesis
from mufakat.model.outcome import Outcome
from mufakat.node.abci import query
from mufakat.node.abci.query import Included, Recorded
from mufakat.node.pipeline import Pipeline
from mufakat.node.publishing import Behind, Pace, Progress, untold
from mufakat.node.replica import Clock, Replica
from mufakat.projections.store import Views


class Node:
    """A union on this machine."""

    def __init__(self, replica: Replica, clock: Clock) -> None:
        self._replica: Final = replica
        self._clock: Final = clock
        self._pipeline: Final = Pipeline(replica, clock)

    @classmethod
    def create(cls, folder: Path, genesis: Genesis, clock: Clock) -> Self:
        """Found a union in `folder`; raises GenesisRefused, or FileExistsError when there is a journal."""
        return cls(Replica.create(folder, genesis, clock(), Pace.AFTER), clock)

    @classmethod
    def open(cls, folder: Path, clock: Clock, *, progress: Progress = untold) -> Self:
        """Open the union in `folder`; raises the journal's errors, as `Replica.open` says.

        `progress` is told entries replayed, of how many.
        """
        return cls(Replica.open(folder, Pace.AFTER, progress=progress), clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def views(self) -> Views:
        """The views, with everything in them that was acknowledged."""
        self._replica.settle()
        return self._replica.views

    @property
    def provisional(self) -> bool:
        """Whether outcomes here may come otherwise: no."""
        return False

    @property
    def charter(self) -> Charter:
        """The charter in force."""
        return self._replica.state.charter

    @property
    def union(self) -> bytes:
        """The union's identifier, 32 bytes."""
        return self._replica.state.union

    @property
    def cycle(self) -> int:
        """The number of the last cycle that ran."""
        return self._replica.state.cycle

    @property
    def entries(self) -> int:
        """How many entries the journal holds."""
        return self._replica.entries

    def log(self) -> Iterator[LogEntry]:
        """Give the journal's entries in order."""
        return self._replica.log()

    def now_us(self) -> int:
        """Log time of an entry made now; it never goes back."""
        return max(self._clock(), self._replica.last_us)

    def next_sequence(self, public: bytes) -> int:
        """Return the next sequence number of a key; 1 for one that the log does not know."""
        key = self._replica.state.keys.get(public.hex())
        return key.sequence + 1 if key else 1

    def key(self, public: bytes) -> Key | None:
        """Return what the log knows of a public key: whose it is, its roles, whether it is revoked; or None."""
        return self._replica.state.keys.get(public.hex())

    def agent_of(self, firm: str) -> str | None:
        """Return the participant that banks a firm, or None when nobody enrolled it."""
        record = self._replica.state.firms.get(firm)
        return record.agent if record else None

    def is_participant(self, bic: str) -> bool:
        """Tell whether a bank with this BIC takes part."""
        return bic in self._replica.state.participants

    def state_root(self) -> bytes:
        """Return the root over everything the union knows, 32 bytes."""
        return self._replica.state.root()

    def included(self, seq: int) -> Included | None:
        """Return an entry with its audit path to the head, or None when there is none of that number."""
        return query.included(self._replica, seq)

    def recorded(self, table: str, key: str) -> Recorded | None:
        """Return a record of the state with its proof, or None when there is none."""
        return query.recorded(self._replica, table, key)

    def submit(self, commands: Sequence[bytes]) -> list[Outcome]:
        """Deal with a group of commands in order and return their outcomes once they are durable.

        Threads may submit at the same time. Raises a JournalError when the journal could not be written, and
        NodeStopped ever after; then none of the group is acknowledged.
        """
        with self._replica.or_stop():
            self._replica.stir()
        return self._pipeline.submit(commands)

    def save_snapshot(self) -> None:
        """Save the state, so that opening the node need not replay what came before."""
        self._replica.save_snapshot()

    def behind(self) -> Behind:
        """Return how far the views are behind what was acknowledged."""
        return self._replica.behind()

    def settle(self, progress: Progress = untold) -> None:
        """Wait until the views show all that was acknowledged; `progress` is told payments folded, of how many."""
        self._replica.settle(progress)

    def close(self) -> None:
        """Close the node, its views with all of the journal in them; a long tail is saved as a snapshot first."""
        self._pipeline.close()
        self._replica.close()
