"""What a trade document asks of the union.

An invoice says what the buyer owes the seller, a credit note what the seller owes the buyer; the obligation comes
first, and the trade record names it. An invoice that names no goods by their codes leaves no record. Rule source:
charter, obligations and trade; UNTDID 1001 for what a type code asks for.
"""

from typing import Final

from mufakat.gateway.document import Asks, Document, Part, Reading, of_fault, part_from
from mufakat.gateway.obligation import obligation_of
from mufakat.gateway.trade_record import has_goods, record_of
from mufakat.messages.fault import NARRATIVE, Fault, References
from mufakat.messages.trade.codes import ASKS_FOR_NOTHING
from mufakat.messages.trade.document import TradeDocument
from mufakat.model.command import ObligationItem
from mufakat.model.identifier import ObligationId
from mufakat.model.refusal import Refusal
from mufakat.model.trade import TradeKind
from mufakat.vault.details import part_of

_CLAIMS: Final = (TradeKind.INVOICE, TradeKind.CREDIT_NOTE)


def asked_by(trade: TradeDocument, data: bytes, reading: Reading) -> Document:
    """Say what a trade document, whose bytes are `data`, asks: to register what is owed, and what is traded."""
    if trade.type_code in ASKS_FOR_NOTHING:
        named = ASKS_FOR_NOTHING[trade.type_code]
        what = f"{named[:1].upper()}{named[1:]} (type code {trade.type_code})"
        fault = Fault(code=NARRATIVE, text=f"{what} makes no obligation. Send the invoice.")
        return Document(trade.kind.value, (), of_fault(fault), fault)
    references = References(end_to_end_id=trade.number)
    parts: list[Part] = []
    owed: list[ObligationId] = []
    if trade.kind in _CLAIMS:
        obligation = _obligation(trade, reading)
        parts.append(part_from(0, trade.number, references, obligation, None, Asks.OBLIGATION))
        owed = [] if isinstance(obligation, Refusal) else [obligation.id]
    if trade.kind not in _CLAIMS or has_goods(trade):
        record = record_of(trade, data, owed)
        name = f"record of {trade.number}" if parts else trade.number
        parts.append(part_from(len(parts), name, references, record, None, Asks.TRADE))
    return Document(trade.kind.value, tuple(parts))


def _obligation(trade: TradeDocument, reading: Reading) -> ObligationItem | Refusal:
    """Make the obligation of an invoice or a credit note.

    An obligation is named after its creditor. A credit note's creditor did not number it: the supplier's LEI stands
    before the number, so that no two suppliers' notes meet under one name.
    """
    assert trade.payable is not None, "every claim says what is to be paid"
    assert trade.currency is not None, "and in which currency"
    terms = trade.payable, trade.currency, trade.due or trade.issued or ""
    seller, buyer = trade.seller.lei or "", trade.buyer.lei or ""
    parties, reference = (seller, buyer), trade.number
    if trade.kind is TradeKind.CREDIT_NOTE:
        parties, reference = (buyer, seller), f"{seller}/{trade.number}"
    return obligation_of(reading.charter, parties, reference, terms, part_of(reading.whole, 0))
