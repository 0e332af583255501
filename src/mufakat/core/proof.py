"""The proof that one record stands in the state that a root commits to; it can be checked with this module alone.

A proof holds the record, its way to the root of its table, and the roots of all tables. Its size grows with the
logarithm of how many records the table holds, not with the state.
"""

from typing import Final

import msgspec

from mufakat.core import accounts, commitment
from mufakat.core.commitment import Way
from mufakat.core.register import PAGE, ROW_BYTES, root_of_page
from mufakat.core.sealing import root_over
from mufakat.core.state import PARTS, REGISTER, RESERVED, State
from mufakat.model.identifier import uetr_of
from mufakat.model.merkle import HASH_BYTES

ACCOUNTS: Final = "accounts"
PAYMENTS: Final = "payments"
ROWS: Final = (REGISTER, RESERVED)
"""Parts of a state whose payments are rows on pages."""


class RecordProof(msgspec.Struct, frozen=True, array_like=True):
    """A record (canonical MessagePack) under `key` in `table`, and what leads from it to the state root.

    `preamble`: what the root commits to beside the tables. `roots`: those of the state's parts, in their order.
    A payment in the register is proved by its page: `record` is its row, the one leaf of `way` the page; so is one
    that is reserved.
    """

    table: str
    key: str
    record: bytes
    way: Way
    preamble: bytes
    roots: tuple[bytes, ...]


def prove(state: State, table: str, key: str) -> RecordProof | None:
    """Prove a record of the state, or return None when there is no such record or table.

    A payment of table `payments` may be in the register, or reserved.
    """
    for name, rows in ((REGISTER, state.register), (RESERVED, state.reservations)):
        row = rows.get(key) if table == PAYMENTS else None
        if row is not None:
            page, number = rows.page(row.number), row.number
            record = page[number % PAGE * ROW_BYTES :][:ROW_BYTES]
            way = Way((page,), rows.prove(number), number, rows.count)
            return RecordProof(name, key, record, way, state.preamble(), state.roots())
    for name, _, held in state.tables():
        if name == table and key in held:
            record = msgspec.msgpack.encode(held[key])
            return RecordProof(table, key, record, held.prove(key), state.preamble(), state.roots())
    return None


def is_proved(proof: RecordProof, state_root: bytes) -> bool:
    """Tell whether `proof` shows its record to stand in the state of `state_root` (32 bytes)."""
    if proof.table not in PARTS or len(proof.roots) != len(PARTS):
        return False
    if any(len(root) != HASH_BYTES for root in proof.roots):
        return False
    if _root_of_part(proof) != proof.roots[PARTS.index(proof.table)]:
        return False
    return root_over(proof.preamble, proof.roots) == state_root


def _root_of_part(proof: RecordProof) -> bytes | None:
    if proof.table in ROWS:
        return _root_of_row(proof)
    root_by = accounts.root_by if proof.table == ACCOUNTS else commitment.root_by
    return root_by(proof.key, proof.record, proof.way)


def _root_of_row(proof: RecordProof) -> bytes | None:
    way, record = proof.way, proof.record
    if len(way.leaves) != 1 or len(record) != ROW_BYTES or uetr_of(record[:16]) != proof.key:
        return None
    page, at = way.leaves[0], way.number % PAGE * ROW_BYTES
    if page[at : at + ROW_BYTES] != record:
        return None
    return root_of_page(page, way.number, way.count, way.beside)
