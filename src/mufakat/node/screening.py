"""The parts of a group of files on their way past the desk: what is clear, what goes on hold, what is not put.

A payment, an obligation and a trade record that may mean somebody listed go on hold. So does nothing else: a return
and what is reserved or linked have no hold, and are refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mufakat.gateway.document import Item, Part
from mufakat.model.command import (
    CancelPayment,
    HoldItem,
    ObligationItem,
    PaymentOrder,
    RegisterObligations,
    ReturnPayment,
    SubmitPayments,
)
from mufakat.model.outcome import ItemOutcome, Status
from mufakat.model.queueing import Action
from mufakat.model.record import batch
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.trade import RegisterTradeRecords, TradeItem
from mufakat.model.verdict import Screened
from mufakat.node.desk import Desk

if TYPE_CHECKING:
    from mufakat.gateway.examining import Examined

Speech = SubmitPayments | RegisterObligations | RegisterTradeRecords | ReturnPayment | CancelPayment
"""What is said of the parts of files."""
Turn = tuple[int, tuple[str, ...]]
"""When a command's turn comes in its group, and who says it."""
Put = Mapping[bytes, tuple[str, Part]]
"""Parts that go together, by the commitment to each: who says it, and the part."""


def turn(item: Item) -> int:
    """Say when an item's turn comes in a group: obligations, trade records, payments, what is about payments."""
    if isinstance(item, ObligationItem):
        return 0
    if isinstance(item, TradeItem):
        return 1
    return 2 if isinstance(item, PaymentOrder) else 3


def name_of(item: Item) -> str:
    """Return the name of an item on the log."""
    return item.id if isinstance(item, ObligationItem | TradeItem) else item.uetr


class Screening:
    """What was found of the parts of one group."""

    def __init__(self, desk: Desk) -> None:
        self._desk: Final = desk
        self._found: Final[dict[bytes, Examined]] = {}
        self._said: Final[dict[bytes, tuple[str, Item]]] = {}
        self._held: Final[dict[Turn, list[bytes]]] = {}

    def look(self, put: Put, named: Mapping[int, Sequence[Any]]) -> dict[bytes, ItemOutcome]:
        """Screen parts that go together; return outcomes of those that are not put, nothing when all may go on.

        Raises ScreeningMissing.
        """
        hits = []
        for details, (speaker, part) in put.items():
            item = part.item
            assert item is not None, "what has a speaker is put"
            self._said[details] = speaker, item
            if isinstance(item, CancelPayment) or not self._desk.lists_of(speaker):
                continue
            found = self._desk.examine(speaker, name_of(item), named[part.number])
            assert found is not None, "a list binds the speaker"
            self._found[details] = found
            if found.entries:
                hits.append(details)
        if not hits:
            return {}
        if len(put) > 1 or not _can_wait(self._said[hits[0]][1]):
            return {details: self._stopped(details, hits) for details in put}
        speaker, item = self._said[hits[0]]
        self._held.setdefault((turn(item), (speaker,)), []).append(hits[0])
        return {}

    def _stopped(self, details: bytes, hits: Sequence[bytes]) -> ItemOutcome:
        reason = Reason.PARTY_LISTED if details in hits else Reason.LINK_FAILED
        entries = self._found[details].entries if details in hits else ()
        refusal = Refusal(reason, ", ".join(each.rpartition("/")[0] for each in entries))
        return ItemOutcome(name_of(self._said[details][1]), Status.REFUSED, refusal)

    def holds(self, put: Put) -> bool:
        """Tell whether a part goes on hold."""
        return any(details in each for each in self._held.values() for details in put)

    def turns(self) -> list[Turn]:
        """Return whose turn it is to hold something, and when."""
        return list(self._held)

    def held(self, key: Turn) -> Iterator[tuple[bytes, HoldItem]]:
        """Give the commands that put items on hold, each with the commitment to the part."""
        for details in self._held.get(key, ()):
            speaker, item = self._said[details]
            found = self._found[details]
            body = HoldItem(self._desk.screened(speaker, [found], [name_of(item)]), found.entries)
            if isinstance(item, PaymentOrder):
                body = msgspec.structs.replace(body, record=batch((item,)).records)
            elif isinstance(item, ObligationItem):
                body = msgspec.structs.replace(body, obligation=item)
            else:
                assert isinstance(item, TradeItem), "nothing else can wait"
                body = msgspec.structs.replace(body, trade=item)
            yield details, body

    def signed(self, body: Speech, chunk: Mapping[bytes, Item], signers: Sequence[str]) -> Speech:
        """Say in a command that its items were screened, by each who signs it."""
        if isinstance(body, CancelPayment) or not any(map(self._desk.lists_of, signers)):
            return body
        said = tuple(self._screened(each, chunk) for each in signers)
        if isinstance(body, SubmitPayments):
            return msgspec.structs.replace(body, screened=said)
        return msgspec.structs.replace(body, screened=said[0])

    def _screened(self, signer: str, chunk: Mapping[bytes, Item]) -> Screened:
        own = [details for details in chunk if self._said[details][0] == signer]
        found = [self._found[details] for details in own if details in self._found]
        return self._desk.screened(signer, found, [name_of(chunk[details]) for details in own])


def _can_wait(item: Item) -> bool:
    """Tell whether an item can go on hold."""
    if isinstance(item, PaymentOrder):
        return item.action is Action.PAY and not item.linked
    return isinstance(item, ObligationItem | TradeItem)
