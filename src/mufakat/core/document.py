"""Trade records as the state knows them: which document each is of, and a hash of all that it says.

What a record says was looked at when it came, and is on the log and in the views; memory grows by two hashes a
record, and with the hash anybody who has the event can show that it stands in the state.
"""

import hashlib
from typing import Final

import msgspec

from mufakat.core.commitment import Record
from mufakat.model.identifier import TradeRecordId
from mufakat.model.trade import TradeRecordRegistered

_ENCODE: Final = msgspec.msgpack.Encoder().encode


class TradeRecord(Record, frozen=True):
    """A registered record: `document`, SHA-256 of the document; `content`, of the event's canonical MessagePack."""

    id: TradeRecordId
    document: bytes
    content: bytes


def record_of(event: TradeRecordRegistered) -> TradeRecord:
    """Make the record that a registration leaves in the state."""
    return TradeRecord(event.item.id, event.item.document, hashlib.sha256(_ENCODE(event)).digest())
