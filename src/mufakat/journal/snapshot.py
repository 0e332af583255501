"""Snapshots: the state after a batch, so that opening a node need not replay all that came before."""

import hashlib
import zlib
from typing import Final

import apsw
import msgspec

_DOMAIN: Final = b"mufakat/snapshot/v1\0"


class Snapshot(msgspec.Struct, frozen=True):
    """The state (bytes of core.dump.dump) after batch `height`, which is after `entries` entries."""

    height: int
    entries: int
    state: bytes


def digest(height: int, entries: int, state: bytes) -> bytes:
    """Bind a snapshot's bytes to its place, 32 bytes."""
    place = height.to_bytes(8, "big") + entries.to_bytes(8, "big")
    return hashlib.sha256(_DOMAIN + place + state).digest()


def save(sql: apsw.Connection, snapshot: Snapshot) -> None:
    """Write a snapshot, in place of older ones: replay needs the newest alone."""
    packed = zlib.compress(snapshot.state, 1)
    check = digest(snapshot.height, snapshot.entries, packed)
    with sql:
        sql.execute("DELETE FROM snapshot")
        sql.execute(
            "INSERT INTO snapshot VALUES (?, ?, ?, ?)", (snapshot.height, snapshot.entries, packed, check)
        )


def latest(sql: apsw.Connection) -> Snapshot | None:
    """Read the newest snapshot; None when there is none, or when it is damaged: replay then starts earlier."""
    try:
        row = sql.execute(
            "SELECT height, entries, state, digest FROM snapshot ORDER BY height DESC LIMIT 1"
        ).fetchone()
        if row is None:
            return None
        height, entries, packed, check = row
        whole = digest(height, entries, packed) == check
        return Snapshot(height, entries, zlib.decompress(packed)) if whole else None
    except (TypeError, ValueError, AttributeError, OverflowError, zlib.error):
        return None  # a damaged row can come back with values of any type
