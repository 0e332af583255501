"""Which commands go into a block, and in which order: the same rule for who proposes it and for who judges it.

A command may stand in a block when it is its author's own, in force at the block's time, against the state
before the block, and when its sequence number follows its key's last one, on the log or earlier in the block.
So a proposer can neither put in what nobody signed nor make a sequence number be refused by turning commands
round.
"""

from collections.abc import Iterable, Sequence

from mufakat.core import apply
from mufakat.core.state import State
from mufakat.model.command import SignedCommand
from mufakat.model.refusal import Refusal

_FRAMING = 8
"""Bytes that the engine adds to each command, at most."""


def chosen(state: State, commands: Iterable[bytes], at_us: int, most_bytes: int) -> list[bytes]:
    """Choose what goes into a block of at most `most_bytes`; what is early waits, what cannot go in is left."""
    result: list[bytes] = []
    following = _Following(state)
    early: dict[tuple[bytes, int], bytes] = {}
    room = most_bytes
    for data in commands:
        admitted = apply.admit(state, data, at_us)
        if isinstance(admitted, Refusal):
            continue
        place = _place(admitted)
        ready: bytes | None = data
        if place[1] != following.next(place[0]):
            early.setdefault(place, data)
            continue
        while ready is not None and room >= len(ready) + _FRAMING:
            room -= len(ready) + _FRAMING
            result.append(ready)
            following.take(place[0])
            place = place[0], place[1] + 1
            ready = early.pop(place, None)
    return result


def refuse_block(state: State, commands: Sequence[bytes], at_us: int) -> str | None:
    """Name the first thing in a proposed block that may not stand there, or return None."""
    following = _Following(state)
    for number, data in enumerate(commands):
        admitted = apply.admit(state, data, at_us)
        if isinstance(admitted, Refusal):
            return f"command {number}: {admitted.reason.name}: {admitted.text}"
        key, sequence = _place(admitted)
        if sequence != following.next(key):
            return f"command {number}: sequence {sequence} where {following.next(key)} follows"
        following.take(key)
    return None


def _place(admitted: SignedCommand) -> tuple[bytes, int]:
    return admitted.instruction.key, admitted.instruction.sequence


class _Following:
    """The next sequence number of each key, as a block fills up."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._taken: dict[bytes, int] = {}

    def next(self, key: bytes) -> int:
        record = self._state.keys.get(key.hex())
        return (record.sequence if record else 0) + self._taken.get(key, 0) + 1

    def take(self, key: bytes) -> None:
        self._taken[key] = self._taken.get(key, 0) + 1
