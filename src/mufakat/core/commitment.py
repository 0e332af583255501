"""Tables of state that commit to what they hold, at a cost of what changed.

A table keeps its records under text keys. Each record is a leaf SHA-256(0x00 || key || 0x00 || record); the
leaves fall into 1,024 buckets by the SHA-256 of their key; a bucket hashes its leaves in order of key, and
a binary tree joins the buckets (node prefix 0x01). Order of writing never matters, only what is held.
"""

import hashlib
from collections.abc import Iterator
from typing import Final, Generic, TypeVar

import msgspec

_DEPTH: Final = 10
_BUCKETS: Final = 1 << _DEPTH
_EMPTY: Final = hashlib.sha256(b"\2").digest()
_ENCODER: Final = msgspec.msgpack.Encoder()


class Record(msgspec.Struct, frozen=True, array_like=True):
    """What all records share."""


V = TypeVar("V", bound=Record)


def _bucket_of(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:2], "big") >> (16 - _DEPTH)


def leaf_of(key: str, record: msgspec.Struct) -> bytes:
    """Return the leaf of a record under `key`, 32 bytes."""
    return hashlib.sha256(b"\0" + key.encode() + b"\0" + _ENCODER.encode(record)).digest()


def root_by(key: str, leaves: tuple[bytes, ...], beside: tuple[bytes, ...]) -> bytes:
    """Return the table root to which the leaves of the bucket of `key`, and the nodes beside the way up, lead."""
    node = _BUCKETS + _bucket_of(key)
    found = hashlib.sha256(b"\2" + b"".join(leaves)).digest()
    for sibling in beside:
        pair = sibling + found if node & 1 else found + sibling
        found = hashlib.sha256(b"\1" + pair).digest()
        node >>= 1
    return found


def _joined(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def _tree_of_nothing() -> tuple[bytes, ...]:
    """Return the nodes of a table without records: 0 is unused, 1 the root, children of n are 2n and 2n + 1."""
    levels = [_EMPTY]
    for _ in range(_DEPTH):
        levels.append(_joined(levels[-1], levels[-1]))
    ways = (1 << depth for depth in range(_DEPTH + 1))
    return (
        _EMPTY,
        *(node for count, level in zip(ways, reversed(levels), strict=True) for node in [level] * count),
    )


_NOTHING: Final = _tree_of_nothing()
"""Shared by all tables: a node of nothing is the same everywhere on its level."""


class Table(Generic[V]):
    """Records under text keys, with a 32-byte root over all of them."""

    __slots__ = ("_changed", "_leaves", "_nodes", "_records")

    def __init__(self) -> None:
        self._records: dict[str, V] = {}
        self._changed: dict[str, None] = {}
        self._leaves: dict[int, dict[str, bytes]] = {}
        self._nodes = list(_NOTHING)

    def __contains__(self, key: str) -> bool:
        return key in self._records

    def __getitem__(self, key: str) -> V:
        return self._records[key]

    def __len__(self) -> int:
        return len(self._records)

    def get(self, key: str) -> V | None:
        """Return the record under `key`, or None."""
        return self._records.get(key)

    def put(self, key: str, record: V) -> None:
        """Hold `record` under `key`, in place of what was there."""
        self._records[key] = record
        self._changed[key] = None

    def records(self) -> Iterator[V]:
        """Give the records in order of their keys."""
        return (self._records[key] for key in sorted(self._records))

    def items(self) -> Iterator[tuple[str, V]]:
        """Give (key, record) in order of the keys."""
        return ((key, self._records[key]) for key in sorted(self._records))

    def root(self) -> bytes:
        """Return the commitment to all records; only buckets written since the last call are hashed anew."""
        touched: dict[int, None] = {}
        for key in self._changed:
            bucket = _bucket_of(key)
            self._leaves.setdefault(bucket, {})[key] = leaf_of(key, self._records[key])
            touched[bucket] = None
        self._changed.clear()
        for bucket in touched:
            leaves = self._leaves[bucket]
            ordered = b"".join(leaves[key] for key in sorted(leaves))
            self._nodes[_BUCKETS + bucket] = hashlib.sha256(b"\2" + ordered).digest()
        parents = sorted({(_BUCKETS + bucket) >> 1 for bucket in touched}, reverse=True)
        while parents and parents[0] > 0:
            for node in parents:
                self._nodes[node] = self._join(node)
            parents = sorted({node >> 1 for node in parents} - {0}, reverse=True)
        return self._nodes[1]

    def prove(self, key: str) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """Return the leaves of the bucket of `key`, in order, and the nodes beside the way up to the root."""
        assert key in self._records, "there is a record to prove"
        self.root()
        bucket = _bucket_of(key)
        leaves = self._leaves[bucket]
        node, beside = _BUCKETS + bucket, []
        while node > 1:
            beside.append(self._nodes[node ^ 1])
            node >>= 1
        return tuple(leaves[each] for each in sorted(leaves)), tuple(beside)

    def _join(self, node: int) -> bytes:
        return _joined(self._nodes[2 * node], self._nodes[2 * node + 1])
