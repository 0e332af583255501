"""What a trade document asks of the union.

An invoice says what the buyer owes the seller, a credit note what the seller owes the buyer. No other document is a
claim. Rule source: charter, obligations; UNTDID 1001 for what a type code asks for.
"""

from typing import Final

from mufakat.gateway.document import Asks, Document, Reading, of_fault, part_from
from mufakat.gateway.obligation import obligation_of
from mufakat.messages.fault import NARRATIVE, Fault, References
from mufakat.messages.trade.codes import ASKS_FOR_NOTHING
from mufakat.messages.trade.document import Kind, TradeDocument
from mufakat.model.command import ObligationItem
from mufakat.model.refusal import Refusal
from mufakat.vault.details import part_of

_CLAIMS: Final = (Kind.INVOICE, Kind.CREDIT_NOTE)
_RECORDED: Final = (
    "makes no obligation: it becomes a trade record, and the union keeps none yet. Send the invoice."
)


def asked_by(trade: TradeDocument, reading: Reading) -> Document:
    """Say what a trade document asks: to register an obligation, or what cannot be had yet."""
    if trade.kind not in _CLAIMS:
        return _not_kept(trade, f"{'An' if trade.kind is Kind.ORDER else 'A'} {trade.kind}")
    if trade.type_code in ASKS_FOR_NOTHING:
        named = ASKS_FOR_NOTHING[trade.type_code]
        return _not_kept(trade, f"{named[:1].upper()}{named[1:]} (type code {trade.type_code})")
    references = References(end_to_end_id=trade.number)
    part = part_from(0, trade.number, references, _obligation(trade, reading), None, Asks.OBLIGATION)
    return Document(trade.kind.value, (part,))


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
    if trade.kind is Kind.CREDIT_NOTE:
        parties, reference = (buyer, seller), f"{seller}/{trade.number}"
    return obligation_of(reading.charter, parties, reference, terms, part_of(reading.whole, 0))


def _not_kept(trade: TradeDocument, what: str) -> Document:
    fault = Fault(code=NARRATIVE, text=f"{what} {_RECORDED}")
    return Document(trade.kind.value, (), of_fault(fault), fault)
