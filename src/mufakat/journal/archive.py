"""A history in parts: how a journal travels to another node, whole batches at a time.

A part is the zlib of the canonical MessagePack of its batches: (entries, state root, block, seal). Who receives
them appends them to a journal of its own, which computes chain, tree and seals anew; a seal that differs ends
it.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import Final

import msgspec

from mufakat.journal.log import Journal

PART_BYTES: Final = 4 << 20
"""Entries' bytes after which a part ends; a part has at least one batch."""
_MOST_BYTES: Final = 64 << 20
_Batches = list[tuple[list[tuple[int, bytes, bytes]], bytes, int, bytes]]


class PartRefused(Exception):
    """A part that does not continue the history, or that cannot be read."""


def parts(journal: Journal, through: int) -> Iterator[tuple[int, int]]:
    """Give (first, last) heights of the parts up to batch `through`; the same for the same history everywhere."""
    first, size = 0, 0
    for batch in journal.batches():
        if batch.height > through:
            return
        size += sum(len(command) + len(outcome) for _, command, outcome in journal.contents(batch))
        if size >= PART_BYTES or batch.height == through:
            yield first, batch.height
            first, size = batch.height + 1, 0


def pack(journal: Journal, first: int, last: int) -> bytes:
    """Write the batches `first` to `last` as a part."""
    batches = []
    for batch in journal.batches(first):
        if batch.height > last:
            break
        batches.append((journal.contents(batch), batch.state_root, batch.block, batch.seal))
    return zlib.compress(msgspec.msgpack.encode(batches), 1)


def unpack(journal: Journal, part: bytes) -> None:
    """Append a part to a journal; raises PartRefused when it is not the next one of a whole history."""
    try:
        packed = zlib.decompressobj().decompress(part, _MOST_BYTES)
        batches = msgspec.msgpack.decode(packed, type=_Batches)
    except (zlib.error, msgspec.MsgspecError) as error:
        raise PartRefused(f"the part cannot be read: {error}") from None
    if not batches or not all(entries for entries, *_ in batches):
        raise PartRefused("the part is empty")
    try:
        journal.extend((entries, state_root, block) for entries, state_root, block, _ in batches)
    except (struct.error, OverflowError, ValueError) as error:
        raise PartRefused(f"the part holds what no journal can: {error}") from None
    if journal.head.seal != batches[-1][3]:
        raise PartRefused("the part does not continue this history")
