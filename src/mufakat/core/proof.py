"""The proof that one record stands in the state that a root commits to; it can be checked with this module alone.

A proof holds the record, the leaves of its bucket, the nodes beside its way to the table's root, and the roots of
the other tables. Its size grows with the logarithm of the number of buckets, not with the state.
"""

import hashlib
from typing import Final

import msgspec

from mufakat.core.commitment import root_by
from mufakat.core.register import PAGE, ROW_BYTES, root_of_page
from mufakat.core.state import REGISTER, RESERVED, TABLES, State
from mufakat.model.identifier import uetr_of

_ROOT_BYTES: Final = 32
PAYMENTS: Final = "payments"
ROWS: Final = (REGISTER, RESERVED)
"""Parts of a state whose payments are rows on pages."""


class RecordProof(msgspec.Struct, frozen=True, array_like=True):
    """A record (canonical MessagePack) under `key` in `table`, and what leads from it to the state root.

    `preamble`: what the root hashes before the tables. `roots`: (table, root) in the order of the root.
    A payment in the register is proved by its page: `record` is its row, `leaves` the one page, `beside` the path
    of the page, `number` the row's and `count` how many rows there are; so is one that is reserved.
    """

    table: str
    key: str
    record: bytes
    leaves: tuple[bytes, ...]
    beside: tuple[bytes, ...]
    preamble: bytes
    roots: tuple[tuple[str, bytes], ...]
    number: int = 0
    count: int = 0


def prove(state: State, table: str, key: str) -> RecordProof | None:
    """Prove a record of the state, or return None when there is no such record or table.

    A payment of table `payments` may be in the register, or reserved.
    """
    for name, rows in ((REGISTER, state.register), (RESERVED, state.reservations)):
        found_row = rows.get(key) if table == PAYMENTS else None
        if found_row is None:
            continue
        number = found_row.number
        page, path = rows.page(number), rows.prove(number)
        record = page[number % PAGE * ROW_BYTES :][:ROW_BYTES]
        where = state.preamble(), state.roots(), number, rows.count
        return RecordProof(name, key, record, (page,), path, *where)
    for name, _, held in state.tables():
        if name != table or key not in held:
            continue
        found = held.prove(key)
        return RecordProof(
            table, key, msgspec.msgpack.encode(held[key]), *found, state.preamble(), state.roots()
        )
    return None


def is_proved(proof: RecordProof, state_root: bytes) -> bool:
    """Tell whether `proof` shows its record to stand in the state of `state_root` (32 bytes)."""
    found = _root_of_page(proof) if proof.table in ROWS else _root_of_bucket(proof)
    if found is None or dict(proof.roots).get(proof.table) != found:
        return False
    # Names and lengths are fixed, so that no text within the preamble can pass for a table's root.
    if [name for name, _ in proof.roots] != [*(name for name, _ in TABLES), *ROWS]:
        return False
    if any(len(root) != _ROOT_BYTES for _, root in proof.roots):
        return False
    digest = hashlib.sha256(proof.preamble)
    for name, root in proof.roots:
        digest.update(name.encode() + b"\0" + root)
    return digest.digest() == state_root


def _root_of_bucket(proof: RecordProof) -> bytes | None:
    if proof.number or proof.count:
        return None
    leaf = hashlib.sha256(b"\0" + proof.key.encode() + b"\0" + proof.record).digest()
    return root_by(proof.key, proof.leaves, proof.beside) if leaf in proof.leaves else None


def _root_of_page(proof: RecordProof) -> bytes | None:
    if len(proof.leaves) != 1 or len(proof.record) != ROW_BYTES or uetr_of(proof.record[:16]) != proof.key:
        return None
    page, at = proof.leaves[0], proof.number % PAGE * ROW_BYTES
    if page[at : at + ROW_BYTES] != proof.record:
        return None
    return root_of_page(page, proof.number, proof.count, proof.beside)
