"""Snapshots: the state after a batch, so that opening a node need not replay all that came before.

HEIGHT.snapshot in the folder `state` of a home: what it is (20 bytes), height and entries (8 bytes each,
big-endian), a SHA-256 over all else, and the state. A snapshot is a cache: whoever loads one compares the root of
its state with the one that the journal has for that batch, and does without it when they differ.
"""

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from mufakat.journal.durable import sweep, written_whole

_DOMAIN: Final = b"mufakat/snapshot/v2\0"
_HEADER_BYTES: Final = len(_DOMAIN) + 8 + 8 + 32
_KEPT: Final = 2
"""The newest, and one to fall back upon."""


class Snapshot(msgspec.Struct, frozen=True):
    """The state (bytes of core.dump.dump) after batch `height`, which is after `entries` entries."""

    height: int
    entries: int
    state: bytes


def save(folder: Path, snapshot: Snapshot, reached: int) -> None:
    """Write a snapshot durably. Once it is there older ones go, but one, and the newest that is usable.

    `reached`: a snapshot after more entries than these is of no use yet. An OSError names the file.
    """
    place = _DOMAIN + snapshot.height.to_bytes(8, "big") + snapshot.entries.to_bytes(8, "big")
    sweep(folder)
    with written_whole(_path(folder, snapshot.height)) as file:
        file.writelines((place, _digest(place, snapshot.state), snapshot.state))
    is_usable = False
    for number, height in enumerate(_heights(folder)):
        if number >= _KEPT and is_usable:
            _path(folder, height).unlink(missing_ok=True)
        is_usable = is_usable or _entries(_path(folder, height)) <= reached


def _entries(path: Path) -> int:
    with path.open("rb") as file:
        return int.from_bytes(file.read(_HEADER_BYTES)[28:36], "big")


def saved(folder: Path) -> Iterator[Snapshot]:
    """Give the snapshots that are whole, the newest first."""
    for height in _heights(folder):
        with contextlib.suppress(OSError):
            data = _path(folder, height).read_bytes()
            place, stated, state = (
                data[: _HEADER_BYTES - 32],
                data[_HEADER_BYTES - 32 : _HEADER_BYTES],
                data[_HEADER_BYTES:],
            )
            named, entries = (int.from_bytes(place[at : at + 8], "big") for at in (20, 28))
            if named == height and stated == _digest(place, state):
                yield Snapshot(height, entries, state)


def _digest(place: bytes, state: bytes) -> bytes:
    digest = hashlib.sha256(place)
    digest.update(state)
    return digest.digest()


def _path(folder: Path, height: int) -> Path:
    return folder / f"{height}.snapshot"


def _heights(folder: Path) -> list[int]:
    """Return the heights of the files that are there, the highest first."""
    return sorted(
        (int(path.stem) for path in folder.glob("*.snapshot") if path.stem.isdecimal()), reverse=True
    )
