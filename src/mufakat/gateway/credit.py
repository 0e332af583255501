"""From credit transfers, pacs.008 and pacs.009, to payment orders: one a transaction."""

from mufakat.gateway.document import Asks, Part, Reading, part_from
from mufakat.gateway.practice import order_of, refuse_method
from mufakat.messages.pacs import CustomerCreditTransfer
from mufakat.vault.details import part_of


def transfers(message: CustomerCreditTransfer, reading: Reading) -> list[Part]:
    """Make a payment order of each transaction, or say why not."""
    refusal = refuse_method(message, reading.preferences.of(message.sender))
    parts = []
    for number, transfer in enumerate(message.transactions):
        order = refusal or order_of(reading.charter, transfer, part_of(reading.whole, number))
        name = transfer.uetr or transfer.end_to_end_id
        parts.append(part_from(number, name, transfer.references, order, transfer.line, Asks.PAYMENT))
    return parts
