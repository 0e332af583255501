"""Who is named in the parts of a file, and whether somebody listed may be meant.

What screens needs PyICU and rigour: who imports this says what to do where they are missing.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from mufakat.gateway.inbound import is_of_payments, is_table, is_trade_document
from mufakat.messages.envelope import Opened, open_message, parse
from mufakat.messages.fault import Fault
from mufakat.messages.pieces import PIECE, Source, pieces
from mufakat.messages.tabular import read_obligations_csv, read_payments_csv
from mufakat.model.listing import Entry
from mufakat.model.verdict import MOST_HITS
from mufakat.screening.corroborate import Known
from mufakat.screening.evidence import (
    Allowed,
    Evidence,
    Examiner,
    commitment,
    decoded,
    encoded,
    replay,
    shown,
)
from mufakat.screening.listing import in_force
from mufakat.screening.parties import Subject, of_message, of_obligation, of_payment
from mufakat.screening.score import THRESHOLD
from mufakat.screening.traders import of_document

__all__ = [
    "Examined",
    "ListInForce",
    "by_numbers",
    "customer",
    "decoded",
    "entries_of",
    "examine",
    "examiner",
    "named",
    "named_in_large",
    "replay",
    "sealed",
    "shown",
]
Named = dict[int, tuple[Subject, ...]]
"""Who is named in each part of a file, by the part's number."""
_TRADE_PARTS: Final = (0, 1)
"""What a trade document asks for at most: an obligation, and a record."""


class Examined(msgspec.Struct, frozen=True):
    """What a screening found: its evidence, and the entries that may be meant, `<list>/<id>/<digest>`."""

    evidence: bytes
    entries: tuple[str, ...]


class ListInForce(msgspec.Struct, frozen=True):
    """A list as the log has it."""

    name: str
    dated: str
    entries: tuple[Entry, ...]


def examiner(lists: Iterable[ListInForce]) -> Examiner:
    """Make what screens against lists in force."""
    return Examiner.of([in_force(each.name, each.dated, each.entries) for each in lists], THRESHOLD)


def examine(by: Examiner, item: str, subjects: Sequence[Subject], salt: bytes, allowed: Allowed) -> Examined:
    """Screen an item, by its name on the log."""
    evidence = by.examine(item, subjects, salt, allowed)
    return Examined(encoded(evidence), entries_of(evidence))


def entries_of(evidence: Evidence) -> tuple[str, ...]:
    """Return the entries that are hit, each once, as the log names them: as many as an item is held for."""
    hit = dict.fromkeys(f"{found.list}/{found.id}/{found.entry}" for _, found in evidence.hits)
    return tuple(hit)[:MOST_HITS]


def sealed(found: Sequence[Examined]) -> tuple[list[bytes], bytes]:
    """Return the evidences of one command's items, in order, and the commitment to them (32 bytes)."""
    evidences = [each.evidence for each in found]
    return evidences, commitment(evidences)


def named(data: bytes) -> Named:
    """Return who is named in each part of a file; nobody in what cannot be read, for nothing of it is put."""
    if is_table(data):
        return _in_table(data)
    if is_trade_document(data):
        root = parse(data)
        return {} if isinstance(root, Fault) else dict.fromkeys(_TRADE_PARTS, of_document(root))
    opened = open_message(data)
    return dict(enumerate(of_message(opened))) if isinstance(opened, Opened) else {}


def _in_table(data: bytes) -> Named:
    if is_of_payments(data):
        return {row.line: of_payment(row) for row in read_payments_csv(data)[0]}
    return {row.line: of_obligation(row) for row in read_obligations_csv(data)[0]}


def named_in_large(source: Source, size: int = PIECE) -> Iterator[Named]:
    """Give who is named in a message that is read in pieces of some `size` bytes, piece by piece."""
    for piece in pieces(source, size):
        opened = piece if isinstance(piece, Fault) else open_message(piece.data)
        if isinstance(piece, Fault) or isinstance(opened, Fault):
            return
        yield dict(enumerate(of_message(opened), piece.first))


def by_numbers(*numbers: tuple[str, str]) -> tuple[Subject, ...]:
    """Return who is named where no message is at hand: (role, BIC or LEI)."""
    return tuple(Subject(role, role, "", Known(identifiers=(number,))) for role, number in numbers)


def customer(subject: Subject) -> bytes:
    """Return what an allowance binds of a party: its name and what is known of it, whatever its role."""
    return msgspec.json.encode((subject.text, subject.known), order="sorted")
