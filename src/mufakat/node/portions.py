"""Things to say, as many at a time as go into a command."""

from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

import msgspec

_ENCODE: Final = msgspec.msgpack.Encoder().encode
Thing = TypeVar("Thing")


def portions(
    things: Iterable[Thing], most_bytes: int, most: int | None = None
) -> Iterator[tuple[Thing, ...]]:
    """Give things in their order, in groups of at most `most_bytes` and `most` things; one that is larger alone."""
    group: list[Thing] = []
    left = most_bytes
    for each in things:
        size = len(_ENCODE(each))
        if group and (len(group) == most or size > left):
            yield tuple(group)
            group, left = [], most_bytes
        group.append(each)
        left -= size
    if group:
        yield tuple(group)
