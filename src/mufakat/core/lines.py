"""How payments wait: in line on their account, and by the time at which something is due of them.

A line and a timetable follow from the payments, and no root commits to them. What a participant set for the line of
an account, and when the lines of a currency were last looked through, are records.
"""

import datetime
import heapq
from collections.abc import Iterator
from typing import Final, NamedTuple

from mufakat.core.commitment import Record
from mufakat.model.identifier import AccountId, Bic, Currency, Uetr
from mufakat.model.money import Amount
from mufakat.model.queueing import Priority


class Limit(Record, frozen=True):
    """What normal payments may pay net in a business day, and what they have; minor units.

    `counterparty`: the bank that it is towards, or None: all those towards which there is no limit of their own.
    `used`: paid less received since the day began, or since the limit was set; negative when more came in.
    """

    counterparty: Bic | None
    most: Amount
    used: int = 0


class Terms(Record, frozen=True):
    """What a participant set for the payments of one account.

    `bypass`: a payment that can settle may do so past others of its priority. `date`: the business date to which
    `limits` are counted; on a later one nothing has been used.
    """

    account: AccountId
    bypass: bool = False
    date: datetime.date = datetime.date.min
    limits: tuple[Limit, ...] = ()


class Resolution(Record, frozen=True):
    """When the lines of a currency were last looked through: log time (UTC microseconds), and how many waited on.

    `queued`: how many payments queued since.
    """

    currency: Currency
    at_us: int = 0
    left: int = 0
    queued: int = 0


class Line:
    """The payments that wait on one account: the urgent first, then the high, then the normal, each in order."""

    __slots__ = ("_ranks",)

    def __init__(self) -> None:
        self._ranks: tuple[dict[Uetr, None], ...] = tuple({} for _ in Priority)

    def __iter__(self) -> Iterator[Uetr]:
        return (uetr for rank in reversed(self._ranks) for uetr in rank)

    def __len__(self) -> int:
        return sum(map(len, self._ranks))

    def __contains__(self, uetr: Uetr) -> bool:
        return any(uetr in rank for rank in self._ranks)

    @property
    def foremost(self) -> Priority | None:
        """The highest priority of which a payment waits; None when none does."""
        return next((each for each in reversed(Priority) if self._ranks[each]), None)

    def of(self, priority: Priority) -> Iterator[Uetr]:
        """Give the payments of one priority in order."""
        return iter(self._ranks[priority])

    def add(self, uetr: Uetr, priority: Priority) -> None:
        """Put a payment last of its priority."""
        self._ranks[priority][uetr] = None

    def remove(self, uetr: Uetr) -> None:
        """Let a payment that is there go."""
        for rank in self._ranks:
            rank.pop(uetr, None)


_SLACK: Final = 64


class Timetable:
    """Payments by the log time (UTC microseconds) at which something is due of them; none twice."""

    __slots__ = ("_heap", "_times")

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Uetr]] = []
        self._times: dict[Uetr, tuple[int, int]] = {}

    def __len__(self) -> int:
        return len(self._times)

    def put(self, uetr: Uetr, at_us: int, arrival: int) -> None:
        """Note a payment, in place of when it was noted for before."""
        if len(self._heap) > 2 * len(self._times) + _SLACK:
            self._heap = sorted((*when, each) for each, when in self._times.items())
        self._times[uetr] = (at_us, arrival)
        heapq.heappush(self._heap, (at_us, arrival, uetr))

    def drop(self, uetr: Uetr) -> None:
        """Forget a payment, if it is noted."""
        self._times.pop(uetr, None)

    def take(self, until_us: int) -> list[Uetr]:
        """Return what is due until a time, that included, in order of time and arrival, and forget it."""
        taken: list[Uetr] = []
        while self._heap and self._heap[0][0] <= until_us:
            at_us, arrival, uetr = heapq.heappop(self._heap)
            if self._times.get(uetr) == (at_us, arrival):
                del self._times[uetr]
                taken.append(uetr)
        return taken


class Timetables(NamedTuple):
    """When waiting payments may settle at the earliest, and at the latest."""

    earliest: Timetable
    latest: Timetable
