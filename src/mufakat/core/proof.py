"""The proof that one record stands in the state that a root commits to; it can be checked with this module alone.

A proof holds the record, the leaves of its bucket, the nodes beside its way to the table's root, and the roots of
the other tables. Its size grows with the logarithm of the number of buckets, not with the state.
"""

import hashlib
from typing import Final

import msgspec

from mufakat.core.commitment import root_by
from mufakat.core.state import TABLES, State

_ROOT_BYTES: Final = 32


class RecordProof(msgspec.Struct, frozen=True, array_like=True):
    """A record (canonical MessagePack) under `key` in `table`, and what leads from it to the state root.

    `preamble`: what the root hashes before the tables. `roots`: (table, root) in the order of the root.
    """

    table: str
    key: str
    record: bytes
    leaves: tuple[bytes, ...]
    beside: tuple[bytes, ...]
    preamble: bytes
    roots: tuple[tuple[str, bytes], ...]


def prove(state: State, table: str, key: str) -> RecordProof | None:
    """Prove a record of the state, or return None when there is no such record or table."""
    for name, _, held in state.tables():
        if name != table or key not in held:
            continue
        found = held.prove(key)
        roots = tuple((each, other.root()) for each, _, other in state.tables())
        return RecordProof(table, key, msgspec.msgpack.encode(held[key]), *found, state.preamble(), roots)
    return None


def is_proved(proof: RecordProof, state_root: bytes) -> bool:
    """Tell whether `proof` shows its record to stand in the state of `state_root` (32 bytes)."""
    leaf = hashlib.sha256(b"\0" + proof.key.encode() + b"\0" + proof.record).digest()
    if leaf not in proof.leaves:
        return False
    if dict(proof.roots).get(proof.table) != root_by(proof.key, proof.leaves, proof.beside):
        return False
    # Names and lengths are fixed, so that no text within the preamble can pass for a table's root.
    if [name for name, _ in proof.roots] != [name for name, _ in TABLES]:
        return False
    if any(len(root) != _ROOT_BYTES for _, root in proof.roots):
        return False
    digest = hashlib.sha256(proof.preamble)
    for name, root in proof.roots:
        digest.update(name.encode() + b"\0" + root)
    return digest.digest() == state_root
