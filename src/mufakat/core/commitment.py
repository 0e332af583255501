"""Tables of state that commit to what they hold, at a cost of what changed.

A table keeps its records under text keys, and commits to them in a binary tree over the SHA-256 of the keys: a node
has the records whose digest begins with the bits that lead to it. A node of at most eight records is a bucket and
hashes their leaves in order of digest; one of more hashes its two halves. So the tree follows from what is held
alone, and grows where records come; keys that are chosen to make a way longer take twice the work for each step.

Leaf 0x00 || MessagePack of [key, record], node 0x01 || left || right, bucket 0x02 || leaves; all SHA-256.
"""

import hashlib
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final, Generic, TypeVar

import msgspec

from mufakat.model.merkle import HASH_BYTES, node_hash, root_above

MOST_LEAVES: Final = 8
"""How many records a bucket has at most."""
_BITS: Final = 8 * HASH_BYTES
_ENCODE: Final = msgspec.msgpack.Encoder().encode


class Record(msgspec.Struct, frozen=True, array_like=True):
    """What all records share."""


V = TypeVar("V", bound=Record)


def _place_of(key: str) -> int:
    """Return where a key stands: 1 and the bits of its digest. Above node n is n >> 1, and 1 is the root."""
    return 1 << _BITS | int.from_bytes(hashlib.sha256(key.encode()).digest(), "big")


def _leaf_of(key: str, record: msgspec.Struct | msgspec.Raw) -> bytes:
    return hashlib.sha256(b"\0" + _ENCODE((key, record))).digest()


def _bucket_of(leaves: Sequence[bytes]) -> bytes:
    return hashlib.sha256(b"\2" + b"".join(leaves)).digest()


class Way(msgspec.Struct, frozen=True, array_like=True):
    """What leads from a record to its table's root: the leaves beside its own, its own too, and nodes upwards.

    `number`, `count`: where leaves are numbered, which one is the record's, and how many there are.
    """

    leaves: tuple[bytes, ...]
    beside: tuple[bytes, ...]
    number: int = 0
    count: int = 0


def root_by(key: str, record: bytes, way: Way) -> bytes | None:
    """Return the table root to which a record (canonical MessagePack) under `key` leads, or None."""
    if len(way.leaves) > MOST_LEAVES or len(way.beside) > _BITS or way.number or way.count:
        return None
    if any(len(each) != HASH_BYTES for each in (*way.leaves, *way.beside)):
        return None
    if _leaf_of(key, msgspec.Raw(record)) not in way.leaves:
        return None
    place = _place_of(key) >> (_BITS - len(way.beside))
    return root_above(_bucket_of(way.leaves), place, way.beside)


class Records(ABC, Generic[V]):
    """Records under text keys, with a 32-byte root over all of them; each has a row, in the order of writing."""

    __slots__ = ("_changed", "_keys", "_records", "_root", "_rows")

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._keys: list[str] = []
        self._records: list[V] = []
        self._changed: set[int] = set()
        self._root = self._commit([])

    def __contains__(self, key: str) -> bool:
        return key in self._rows

    def __getitem__(self, key: str) -> V:
        return self.at(self._rows[key])

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, key: str) -> V | None:
        """Return the record under `key`, or None."""
        row = self._rows.get(key)
        return None if row is None else self.at(row)

    def at(self, row: int) -> V:
        """Return the record of a row."""
        return self._records[row]

    def row_of(self, key: str) -> int:
        """Return the row of a record that is there."""
        return self._rows[key]

    def put(self, key: str, record: V) -> None:
        """Hold `record` under `key`, in place of what was there."""
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = len(self._keys)
            self._keys.append(key)
            self._records.append(record)
        else:
            self._records[row] = record
        self._changed.add(row)

    def records(self) -> Iterator[V]:
        """Give the records in order of their keys."""
        return (self.at(self._rows[key]) for key in sorted(self._rows))

    def items(self) -> Iterator[tuple[str, V]]:
        """Give (key, record) in order of the keys."""
        return ((key, self.at(self._rows[key])) for key in sorted(self._rows))

    def root(self) -> bytes:
        """Return the commitment to all records; only what was written since the last call is hashed anew."""
        if self._changed:
            self._root = self._commit(sorted(self._changed))
            self._changed.clear()
        return self._root

    def prove(self, key: str) -> Way:
        """Return what leads from the record of `key`, which is there, to the root."""
        self.root()
        return self._way(self._rows[key])

    @abstractmethod
    def _commit(self, rows: list[int]) -> bytes:
        """Return the root after the records of these rows, in ascending order, were written."""

    @abstractmethod
    def _way(self, row: int) -> Way:
        """Return what leads from the record of a row to the root."""


class Table(Records[V]):
    """Records that are committed to under the digests of their keys; their rows make no difference to the root."""

    __slots__ = ("_buckets", "_hashes", "_homes", "_leaves")

    def __init__(self) -> None:
        self._leaves: list[bytes] = []
        self._homes: list[int] = []
        self._buckets: dict[int, list[int]] = {1: []}
        self._hashes: dict[int, bytes] = {1: _bucket_of(())}
        super().__init__()

    def _way(self, row: int) -> Way:
        node, beside = self._homes[row], []
        leaves = tuple(self._leaves[each] for each in self._buckets[node])
        while node > 1:
            beside.append(self._hashes[node ^ 1])
            node >>= 1
        return Way(leaves, tuple(beside))

    def _commit(self, rows: list[int]) -> bytes:
        """Hash the leaves of these rows, their buckets, and the nodes above them, each once."""
        leaves, homes, hashes = self._leaves, self._homes, self._hashes
        touched: set[int] = set()
        new = range(len(leaves), len(self._keys))
        if new:
            leaves.extend([b""] * len(new))
            homes.extend([0] * len(new))
            self._take_in(1, sorted([(_place_of(self._keys[row]), row) for row in new]), touched)
        for row in rows:
            leaves[row] = _leaf_of(self._keys[row], self._records[row])
            touched.add(homes[row])
        for node in touched:
            hashes[node] = _bucket_of([leaves[row] for row in self._buckets[node]])
        above: set[int] = set()
        for node in touched:
            higher = node >> 1
            while higher and higher not in above:
                above.add(higher)
                higher >>= 1
        # Whatever is below a node has a larger number.
        for node in sorted(above, reverse=True):
            hashes[node] = node_hash(hashes[2 * node], hashes[2 * node + 1])
        return hashes[1]

    def _take_in(self, node: int, new: list[tuple[int, int]], touched: set[int]) -> None:
        """Give rows, sorted by their places, their homes below `node`; note the buckets that this changes."""
        held = self._buckets.pop(node, None)
        if held is not None:
            new = sorted([*((_place_of(self._keys[row]), row) for row in held), *new])
            if len(new) <= MOST_LEAVES:
                self._buckets[node] = [row for _, row in new]
                for _, row in new:
                    self._homes[row] = node
                touched.add(node)
                return
            self._buckets[2 * node] = self._buckets[2 * node + 1] = []
        left, right = 2 * node, 2 * node + 1
        middle = bisect_left(new, (right << (_BITS + 1 - right.bit_length()), 0))
        for half, rows in ((left, new[:middle]), (right, new[middle:])):
            if rows or held is not None:
                self._take_in(half, rows, touched)
