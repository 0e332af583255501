"""Changing a journal's file by hand, also as somebody does who knows its format and makes every check anew."""

from pathlib import Path

import msgspec

from mufakat.journal import layout
from mufakat.journal.layout import BLOCK, HASH_BYTES, HEADER_BYTES, SECTOR, START, Header, Slot


def salt_of(data: bytes) -> bytes:
    salt = layout.salt_of(data)
    assert salt is not None
    return salt


def headers(data: bytes) -> list[Header]:
    """The headers of all batches."""
    found, at = [], START
    while (header := layout.header_of(data[at : at + HEADER_BYTES], salt_of(data))) is not None:
        found.append(header)
        at = header.end
    return found


def slots(data: bytes) -> list[Slot]:
    """The head slots, in the order of their places."""
    found = [layout.slot_of(data[at : at + SECTOR], salt_of(data)) for at in (BLOCK, 2 * BLOCK)]
    assert None not in found
    return found


def frame_at(data: bytes, seq: int) -> tuple[int, int]:
    """Where the bytes of an entry begin and end."""
    header = next(each for each in headers(data) if each.batch.first <= seq < each.batch.entries)
    at = header.offset + HEADER_BYTES + HASH_BYTES * header.hashes
    for each in range(header.batch.first, seq + 1):
        length = int.from_bytes(data[at + 16 : at + 24])
        end = at + 24 + length + 8 + int.from_bytes(data[at + 24 + length : at + 32 + length])
        if each == seq:
            return at, end
        at = end
    raise AssertionError("the entry is in its batch")


def put(data: bytes, at: int, part: bytes) -> bytes:
    """Write over bytes."""
    return data[:at] + part + data[at + len(part) :]


def flipped(data: bytes, at: int, change: int = 1) -> bytes:
    """Change one byte."""
    return put(data, at, bytes([data[at] ^ change]))


def with_header(data: bytes, height: int, **change: object) -> bytes:
    """Change what the header of a batch says, with a check that fits, at its end too."""
    header = headers(data)[height]
    of_batch = {
        name: change.pop(name) for name in list(change) if name in msgspec.structs.asdict(header.batch)
    }
    batch = msgspec.structs.replace(header.batch, **of_batch)
    packed = layout.packed_header(msgspec.structs.replace(header, batch=batch, **change), salt_of(data))
    end = header.offset + header.claimed
    return put(put(data, header.offset, packed), end - HASH_BYTES, packed[8:40])


def with_slot(data: bytes, number: int, **change: object) -> bytes:
    """Change what a head slot says, with a check that fits."""
    slot = msgspec.structs.replace(slots(data)[number], **change)
    return put(data, BLOCK * (1 + number), layout.packed_slot(slot, salt_of(data)))


def edit(path: Path, change, *values, **named) -> None:
    """Change a file by one of the functions here."""
    path.write_bytes(change(path.read_bytes(), *values, **named))
