"""From credit transfers, pacs.008 and pacs.009, to payment orders: one a transaction."""

from mufakat.gateway.completeness import completed
from mufakat.gateway.document import Asks, Part, Reading, kind_of, part_from
from mufakat.gateway.practice import order_of, refuse_method
from mufakat.messages.pacs import CustomerCreditTransfer
from mufakat.model.refusal import Reason, Refusal
from mufakat.vault.details import part_of


def transfers(message: CustomerCreditTransfer, reading: Reading, first: int = 0) -> list[Part]:
    """Make a payment order of each transaction, or say why not; `first` is the number of the first one."""
    preference = reading.preferences.of(message.sender)
    refusal = _refuse_advice(message) or refuse_method(message, preference)
    parts = []
    for number, transfer in enumerate(message.transactions, first):
        order = refusal or order_of(reading.charter, transfer, part_of(reading.whole, number))
        name = transfer.uetr or transfer.end_to_end_id
        part = part_from(number, name, transfer.references, order, transfer.line, Asks.PAYMENT)
        parts.append(completed(part, transfer, preference))
    return parts


def _refuse_advice(message: CustomerCreditTransfer) -> Refusal | None:
    """Refuse a pacs.009 that only tells of a payment (CBPR+ pacs.009 ADV): it is to move no money."""
    service = "" if message.header is None else message.header.service or ""
    is_advice = ".adv." in service or message.settlement_method == "COVE"
    if kind_of(message.definition) == "pacs.009" and is_advice:
        return Refusal(Reason.SETTLEMENT_METHOD, "A pacs.009 that advises is not settled here.")
    return None
