"""Views folded from what a union was told, as a node folds them: whole entries, in groups."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from mufakat.core import apply
from mufakat.model.command import Channel
from mufakat.model.event import AnyEvent, UnionFounded
from mufakat.projections.rows import Entry
from mufakat.projections.store import Views
from tests.strategies import (
    Step,
    asked_once,
    defaulted_once,
    each_once,
    governed_once,
    play,
    ruled_once,
    world,
)
from tests.union import NOON_US, Union

IN_MEMORY = Path(":memory:")
"""SQLite's name for a file that is none."""


def everything() -> Iterator[Step]:
    """A history in which each kind of event happens, and each status is left at its end."""
    yield from governed_once()
    yield from defaulted_once()
    yield from each_once()
    yield from asked_once()
    for answer in ("accept", "dispute"):
        yield ("owe", 0, 2, "IDR", 70, 60, True)
        yield from (("own", answer, pick) for pick in range(5))
    yield from (
        ("owe", 6, 8, "VND", 20, 60, True),
        ("reserve", "BK01QMA1XXX", "VND", 50),
        ("owe", 0, 2, "VND", 30, 0, False),
        ("cycle",),
        ("pay", "BK01QMA1XXX", "BK02QMA1XXX", "VND", 5_000, Channel.RTGS, 0),
        ("pay", "BK01QMA1XXX", "BK02QMA1XXX", "IDR", 5, Channel.MPNS, 0),
        ("redeem", "QO", "BK01QOA1XXX", "MYR", 3),
        ("admit", "QM", 0),
        ("close", "QM", "NEW0QMA1XXX", "IDR"),
    )
    yield from ruled_once()


def published(union: Union) -> Iterator[tuple[Entry, tuple[AnyEvent, ...]]]:
    """Give each entry of a union's log with its events, genesis first."""
    state = apply.found(union.genesis)
    yield Entry(0, NOON_US, msgspec.msgpack.encode(union.genesis)), (UnionFounded(union.genesis.charter),)
    for number, (data, at_us) in enumerate(union.log, start=1):
        yield Entry(number, at_us, data), apply.execute(state, data, at_us)[1]


def folded(union: Union, path: Path = IN_MEMORY, size: int = 10_000) -> Views:
    """Fold a union's log in groups of `size` entries."""
    views, entries = Views.open(path), published(union)
    while group := list(itertools.islice(entries, size)):
        views.fold(group, views.entries + len(group))
    return views


@pytest.fixture(scope="session")
def busy() -> Union:
    """A union to which everything happened; do not change it."""
    union = world()
    play(union, list(everything()))
    return union


@pytest.fixture(scope="session")
def sql(busy):
    """Its views; look at them only."""
    views = folded(busy)
    yield views.sql
    views.close()
