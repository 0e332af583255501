"""Credit transfers of a large message read piece by piece, in memory that does not grow with their number.

The same rules as for a small one hold (`pacs`), in the same order of precedence. What holds for the whole, that
counts and sums agree and references are unique, is known when all was read: until then nothing of it may be acted
on. Of each transaction the 16 bytes of its UETR are kept, nothing else.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import msgspec

from mufakat.messages import amount
from mufakat.messages.elements import Children, breach_of, miscounted
from mufakat.messages.envelope import Opened, open_message
from mufakat.messages.fault import MALFORMED, Fault
from mufakat.messages.group import Shared
from mufakat.messages.pacs import (
    CustomerCreditTransfer,
    laid_out,
    repeated,
    sums_breach,
    whole,
)
from mufakat.messages.pieces import PIECE, Piece, Source, pieces
from mufakat.messages.schema import Element
from mufakat.messages.transaction import CreditTransfer, read_transfers


class Batch(msgspec.Struct, frozen=True):
    """Some transactions of a message, the first of them number `first` (from 0 on); lines are those of the file."""

    first: int
    message: CustomerCreditTransfer


class _Whole:
    """What is known of a message as it is read: what is wrong is said when all was, the first in precedence."""

    def __init__(self) -> None:
        self._count = 0
        self._total = Decimal(0)
        self._currencies: Final[set[str]] = set()
        self._uetrs: Final[set[bytes]] = set()
        self._within: Fault | None = None
        self._repeated: Fault | None = None

    def add(self, opened: Opened, piece: Piece, shared: Shared, elements: list[Element]) -> Batch | None:
        """Take in a piece that fits the schema; return its transactions, None when one of them breaks a rule."""
        self._count += piece.count
        read = read_transfers(opened, shared, elements)
        if isinstance(read, Fault):
            self._within = self._within or piece.in_file(read)
            return None
        here = [msgspec.structs.replace(each, line=piece.line(each.line)) for each in read]
        self._total = amount.total((each.amount for each in here), self._total)
        self._currencies.update(each.currency for each in here)
        for each in here:
            self._see(opened, each)
        return Batch(piece.first, whole(opened, shared, here))

    def _see(self, opened: Opened, transfer: CreditTransfer) -> None:
        if transfer.uetr is None:
            return
        uetr = bytes.fromhex(transfer.uetr.replace("-", ""))
        if uetr in self._uetrs and self._repeated is None:
            self._repeated = msgspec.structs.replace(repeated(opened, transfer), transactions=())
        self._uetrs.add(uetr)

    def breach(self, opened: Opened, piece: Piece) -> Fault | None:
        """Say what is wrong with the whole; `opened` is any piece of it."""
        group = Children(opened.document[0][0])
        counted = miscounted(opened, group["NbOfTxs"], self._count)
        if counted is not None or self._within is not None:
            return self._within if counted is None else piece.in_file(counted)
        summed = sums_breach(opened, group, self._total, self._currencies)
        return self._repeated if summed is None else piece.in_file(summed)


def _uneven(opened: Opened, last: tuple[Opened, Piece] | None, *, counted: bool) -> Fault | None:
    """Refuse a message that reads otherwise in pieces than whole: its transactions, or its header."""
    if not counted:
        text = "Transactions stand elsewhere than in the one Document. Send that one alone."
        return Fault(code=MALFORMED, text=text, line=1)
    if last is not None and (last[0].header is None) != (opened.header is None):
        text = "The application header stands behind the document. Put it before."
        return Fault(code=MALFORMED, text=text, line=1)
    return None


def read_large(source: Source, piece: int = PIECE) -> Iterator[Batch | Fault]:
    """Read a pacs.008 or pacs.009 in batches; a Fault is of the whole message, and nothing comes after it."""
    found = _Whole()
    last: tuple[Opened, Piece] | None = None
    for each in pieces(source, piece):
        if isinstance(each, Fault):
            yield each
            return
        opened = open_message(each.data)
        wrong = opened if isinstance(opened, Fault) else breach_of(opened)
        if wrong is not None:
            yield each.in_file(wrong)
            return
        assert isinstance(opened, Opened), "what cannot be opened is a fault"
        shared, elements = laid_out(opened)
        if (wrong := _uneven(opened, last, counted=len(elements) == each.count)) is not None:
            yield wrong
            return
        last = opened, each
        batch = found.add(opened, each, shared, elements)
        if batch is not None:
            yield batch
    assert last is not None, "a message has a piece"
    if (breach := found.breach(*last)) is not None:
        yield breach
