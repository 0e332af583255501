"""Which commands go into a block, and in which order: the same rule for who proposes it and for who judges it.

A command may stand in a block when it is its author's own, in force at the block's time, against the state
before the block, and when its sequence number follows its key's last one, on the log or earlier in the block.
So a proposer can neither put in what nobody signed nor make a sequence number be refused by turning commands
round.
"""

from collections.abc import Iterable, Sequence

from mufakat.core import apply
from mufakat.core.state import State
from mufakat.model import command as c

_FRAMING = 8
"""Bytes that the engine adds to each command, at most."""


def chosen(state: State, commands: Iterable[bytes], at_us: int, most_bytes: int) -> list[bytes]:
    """Choose what goes into a block of at most `most_bytes`; what is early waits, what cannot go in is left."""
    result: list[bytes] = []
    following = _Following(state)
    early: dict[tuple[bytes, int], bytes] = {}
    room = most_bytes
    for data in commands:
        if apply.refuse_admission(state, data, at_us) is not None:
            continue
        place = place_of(data)
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
        refusal = apply.refuse_admission(state, data, at_us)
        if refusal is not None:
            return f"command {number}: {refusal.reason.name}: {refusal.text}"
        key, sequence = place_of(data)
        if sequence != following.next(key):
            return f"command {number}: sequence {sequence} where {following.next(key)} follows"
        following.take(key)
    return None


def place_of(data: bytes) -> tuple[bytes, int]:
    """Return the key and sequence number of a command that can be read."""
    signed = c.decode(data)
    assert signed is not None, "only a command that was let in has a place"
    return signed.instruction.key, signed.instruction.sequence


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
