"""A small real history: a day of a union, in memory and as a journal on the disk."""

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from mufakat.core import apply
from mufakat.core.state import State
from mufakat.model import command as c
from mufakat.model import outcome as outcomes
from mufakat.model.calendar import Phase
from mufakat.model.outcome import DONE
from mufakat.node.embedded import Node
from tests.union import NOON_US, Union, settled_world

Row = tuple[int, bytes, bytes]


@functools.cache
def day() -> Union:
    """A day with settled, queued and refused payments, set-off, a netting cycle and a close; do not change it."""
    union = settled_world()
    union.pay(amount=400)
    union.pay(amount=7_000)
    union.send(b"not a command")
    for debtor, creditor, amount in ((0, 2, 500), (2, 4, 300), (4, 0, 200)):
        union.owe(debtor, creditor, amount)
    union.pay(channel=c.Channel.MPNS, amount=10)
    union.cycle()
    union.phase(Phase.CUT_OFF)
    union.phase(Phase.CLOSED)
    return union


def write(folder: Path, union: Union, size: int = 7, snapshot_after: int | None = None) -> bytes:
    """Write a union's log through a node in groups of `size`; returns the state root."""
    times = iter([NOON_US, *(at for _, at in union.log)])
    with Node.create(folder, union.genesis, lambda: next(times)) as node:
        for number, group in enumerate(grouped(union.log, size)):
            node.submit([data for data, _ in group])
            if number == snapshot_after:
                node.save_snapshot()
        return node.state_root()


def batches(union: Union, size: int) -> Iterator[tuple[list[Row], bytes]]:
    """What a journal is given for a union's log: the entries of each batch, and the state root after it."""
    state = apply.found(union.genesis)
    assert isinstance(state, State)
    yield [(NOON_US, msgspec.msgpack.encode(union.genesis), outcomes.encode(DONE))], state.root()
    for group in grouped(union.log, size):
        rows = [(at, data, outcomes.encode(apply.execute(state, data, at)[0])) for data, at in group]
        yield rows, state.root()


def grouped(log: Sequence[tuple[bytes, int]], size: int) -> Iterator[Sequence[tuple[bytes, int]]]:
    return (log[at : at + size] for at in range(0, len(log), size))
