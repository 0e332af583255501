"""Which of many customers are concerned by entries that came or changed: asked again on each change of a list.

Only what changed is asked of all, with the scores that it has among all that is listed. Customers come one after
the other, so that memory does not grow with them, and go in parts to processes, each with an index of its own.
"""

import gc
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from typing import Final, NamedTuple

from mufakat.screening.corroborate import NOTHING, Known
from mufakat.screening.index import Concerning
from mufakat.screening.listing import Listing, delta
from mufakat.screening.score import THRESHOLD
from mufakat.screening.screener import Answer, Screener

PART: Final = 2_000
"""Customers that a process is given at once."""
_AHEAD: Final = 3
"""Parts a process that are given out or answered and not yet taken."""
_screener: list[Screener] = []
"""The screener of a process that answers for others; empty in every other process."""


class Customer(NamedTuple):
    """Somebody to ask for: an identifier of the caller's own, the name, and what else is known."""

    id: str
    name: str
    known: Known = NOTHING


def changed(old: Sequence[Listing], new: Sequence[Listing]) -> frozenset[tuple[str, str]]:
    """Return the entries of `new`, by list and identifier, that the list of that name in `old` has not as they are.

    Lists of `new` that `old` has not are new as a whole. What went concerns nobody any more.
    """
    before = {each.name: each for each in old}
    found: set[tuple[str, str]] = set()
    for each in new:
        if each.name not in before:
            found |= {(each.name, entry.id) for entry in each.entries}
            continue
        changes = delta(before[each.name], each)
        found |= {(each.name, id_) for id_ in (*changes.came, *changes.changed)}
    return frozenset(found)


def concerned(
    listings: Sequence[Listing],
    entries: Concerning | None,
    customers: Iterable[Customer],
    tell: Callable[[int], None],
    *,
    threshold: int = THRESHOLD,
    processes: int = 2,
) -> Iterator[tuple[Customer, Answer]]:
    """Yield the customers that are a hit for `entries` of `listings`, in their order; None: all entries.

    `tell` is told how many have been asked. With one process all is done in this one. Raises BrokenProcessPool when
    a process ends before its time: then some have not been asked, and all must be asked again.
    """
    if processes == 1:
        yield from _here(listings, entries, customers, tell, threshold)
        return
    with ProcessPoolExecutor(
        processes,
        mp_context=get_context("spawn"),
        initializer=_prepare,
        initargs=(tuple(listings), threshold, entries),
    ) as pool:
        waiting: deque[Future[tuple[int, list[tuple[Customer, Answer]]]]] = deque()
        parts = _parts(customers)
        done = 0
        while True:
            for part in islice(parts, _AHEAD * processes - len(waiting)):
                waiting.append(pool.submit(_ask, part))
            if not waiting:
                return
            asked, found = waiting.popleft().result()
            done += asked
            tell(done)
            yield from found


def _here(
    listings: Sequence[Listing],
    entries: Concerning | None,
    customers: Iterable[Customer],
    tell: Callable[[int], None],
    threshold: int,
) -> Iterator[tuple[Customer, Answer]]:
    screener, done = Screener(listings, threshold, entries), 0
    for part in _parts(customers):
        yield from _hits(screener, part)
        done += len(part)
        tell(done)


def _parts(customers: Iterable[Customer]) -> Iterator[list[Customer]]:
    rest = iter(customers)
    while part := list(islice(rest, PART)):
        yield part


def _hits(screener: Screener, part: list[Customer]) -> Iterator[tuple[Customer, Answer]]:
    for each in part:
        answer = screener.hit(each.name, each.known)
        if answer is not None:
            yield each, answer


def _prepare(listings: tuple[Listing, ...], threshold: int, entries: Concerning | None) -> None:
    _screener.append(Screener(listings, threshold, entries))
    gc.freeze()  # the index stays until the process ends, and is not looked through again and again


def _ask(part: list[Customer]) -> tuple[int, list[tuple[Customer, Answer]]]:
    return len(part), list(_hits(_screener[0], part))
