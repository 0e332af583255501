"""How parts of files become commands: what goes together, in which order, and who says it."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from mufakat.gateway.document import Item, Part
from mufakat.model.charter import Rules
from mufakat.model.command import (
    CancelPayment,
    ObligationItem,
    PaymentOrder,
    RegisterObligations,
    ReturnPayment,
    SubmitPayments,
)
from mufakat.model.identifier import Bic, Lei
from mufakat.model.record import batch
from mufakat.model.trade import RegisterTradeRecords, TradeItem

Speech = SubmitPayments | RegisterObligations | RegisterTradeRecords | ReturnPayment | CancelPayment
_ENCODE: Final = msgspec.msgpack.Encoder().encode
_AROUND: Final = 2_048
"""Bytes of a command around its items, signatures among them: more than it has."""


def turn(item: Item) -> int:
    """Say when an item's turn comes in a group: obligations, trade records, payments, what is about payments."""
    if isinstance(item, ObligationItem):
        return 0
    if isinstance(item, TradeItem):
        return 1
    return 2 if isinstance(item, PaymentOrder) else 3


def command_of(items: Sequence[Item], signers: tuple[Bic, ...] = ()) -> Speech:
    """Make one command of items of one kind; a return or a cancellation is a command by itself."""
    first = items[0]
    if isinstance(first, ReturnPayment | CancelPayment):
        assert len(items) == 1, "it is a command by itself"
        return first
    orders = tuple(item for item in items if isinstance(item, PaymentOrder))
    if orders:
        return batch(orders, signers)
    records = tuple(item for item in items if isinstance(item, TradeItem))
    if records:
        return RegisterTradeRecords(records)
    return RegisterObligations(tuple(item for item in items if isinstance(item, ObligationItem)))


def speaking(kind: str, item: ObligationItem | TradeItem) -> tuple[Lei, ...]:
    """Name the firms whose banks may register an item of a kind of document, the one that is asked first first."""
    if isinstance(item, TradeItem):
        return item.seller, item.buyer
    return (item.creditor if kind == "invoice" else item.debtor,)


def chains(parts: Sequence[Part]) -> list[list[Part]]:
    """Return the parts of a file in order, those together that are linked."""
    found: list[list[Part]] = []
    is_open = False
    for part in parts:
        if is_open:
            found[-1].append(part)
        else:
            found.append([part])
        is_open = part.linked
    return found


def chunks(asked: Sequence[dict[bytes, Item]], rules: Rules) -> Iterator[dict[bytes, Item]]:
    """Give items of whole chains, no more than go into a command where no single chain is longer.

    What must be alone is. Trade records are counted by their bytes too: one has up to a thousand lines.
    """
    chunk: dict[bytes, Item] = {}
    left = rules.max_command_bytes - _AROUND
    for chain in asked:
        alone = any(turn(item) > 2 for item in chain.values())
        size = sum(len(_ENCODE(item)) for item in chain.values() if isinstance(item, TradeItem))
        if chunk and (alone or len(chunk) + len(chain) > rules.max_batch_items or size > left):
            yield chunk
            chunk, left = {}, rules.max_command_bytes - _AROUND
        chunk.update(chain)
        left -= size
    if chunk:
        yield chunk
