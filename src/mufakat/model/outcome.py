"""Outcomes: what became of each command, and of each item of a batch, exactly one each.

An outcome is recorded on the log beside its command; replay must give the same bytes.
"""

import enum
from collections import deque
from collections.abc import Iterable
from typing import Final

import msgspec

from mufakat.model.refusal import Refusal


class Status(enum.IntEnum):
    """What became of a command or of an item."""

    REFUSED = 0
    DONE = 1
    AWAITING_QUORUM = 2
    ACCEPTED = 3
    QUEUED = 4
    SETTLED = 5
    REGISTERED = 6
    RESERVED = 7
    VOIDED = 8
    HELD = 9


class ItemOutcome(msgspec.Struct, frozen=True, array_like=True):
    """What became of one item of a batch; `refusal` stands when `status` is REFUSED."""

    id: str
    status: Status
    refusal: Refusal | None = None


class Outcome(msgspec.Struct, frozen=True, array_like=True):
    """What became of a command.

    `items` has one outcome for each item, in the order of the batch; of a batch of payments only those that carry a
    refusal, and `statuses` the status of every payment, one byte each: `items_of` brings the two together.
    `rules`: the version of the rules under which it was decided; a union is founded under version 1.
    """

    status: Status
    refusal: Refusal | None = None
    items: tuple[ItemOutcome, ...] = ()
    rules: int = 1
    statuses: bytes = b""


def items_of(outcome: Outcome, ids: Iterable[str]) -> tuple[ItemOutcome, ...]:
    """Return the outcome of each payment of a batch, whose identifiers in order are `ids`.

    Raises ValueError when the outcome is not that of a batch with these payments.
    """
    exceptions = deque(outcome.items)
    items: list[ItemOutcome] = []
    for each, status in zip(ids, outcome.statuses, strict=True):
        if exceptions and (exceptions[0].id, exceptions[0].status) == (each, status):
            items.append(exceptions.popleft())
        else:
            items.append(ItemOutcome(each, Status(status)))
    if exceptions:
        raise ValueError(f"an outcome of {exceptions[0].id}, which is no payment of the batch")
    return tuple(items)


DONE: Final = Outcome(Status.DONE)
AWAITING_QUORUM: Final = Outcome(Status.AWAITING_QUORUM)
_DECODER: Final = msgspec.msgpack.Decoder(Outcome)


def encode(outcome: Outcome) -> bytes:
    """Return the canonical bytes of an outcome."""
    return msgspec.msgpack.encode(outcome)


def decode(data: bytes) -> Outcome:
    """Read an outcome; raises msgspec.MsgspecError when it is not one."""
    return _DECODER.decode(data)
