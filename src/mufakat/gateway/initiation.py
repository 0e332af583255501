"""From orders of firms, pain.001, to payment orders: one a transfer, in the word of the debtor's agent."""

from mufakat.gateway.completeness import completed
from mufakat.gateway.document import Asks, Part, Reading, Rejection, of_fault, part_from
from mufakat.gateway.practice import order_of
from mufakat.messages.initiation import NOT_ADMITTED, Initiation, Ordered
from mufakat.vault.details import part_of


def orders(message: Initiation, reading: Reading) -> list[Part]:
    """Make a payment order of each transfer, or say why not."""
    return [_order(number, each, reading) for number, each in enumerate(message.transactions)]


def _order(number: int, ordered: Ordered, reading: Reading) -> Part:
    references, line = ordered.references, ordered.line
    name = references.uetr or references.end_to_end_id or str(number + 1)
    if ordered.transfer is not None:
        order = order_of(reading.charter, ordered.transfer, part_of(reading.whole, number))
        part = part_from(number, name, references, order, line, Asks.PAYMENT)
        return completed(part, ordered.transfer, reading.preferences.of(ordered.transfer.debtor.agent))
    if ordered.fault is not None:
        rejection = of_fault(ordered.fault)
    else:
        rejection = Rejection(NOT_ADMITTED, ordered.not_admitted or "", line)
    return Part(number, name, references, None, rejection, line)
