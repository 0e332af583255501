"""What became of a file and of its parts, in words: its receipt."""

from collections import Counter
from typing import Final

import msgspec

from mufakat.gateway.document import Asks, Part, Rejection
from mufakat.gateway.outbound import (
    ACCEPTED,
    FORWARDED,
    IN_PROCESS,
    PENDING,
    REJECTED,
    SETTLED,
    VALIDATED,
    WITHDRAWN,
)
from mufakat.messages.resolution import CANCELLED as RECALLED
from mufakat.messages.resolution import PENDING as RECALL_PENDING
from mufakat.messages.resolution import REJECTED as NOT_RECALLED
from mufakat.model.command import PaymentOrder
from mufakat.model.queueing import Action
from mufakat.node.standing import Standing

_WORDS: Final = {
    SETTLED: "settled",
    PENDING: "queued",
    IN_PROCESS: "accepted",
    ACCEPTED: "accepted",
    REJECTED: "refused",
    RECALLED: "cancelled",
    RECALL_PENDING: "given on",
    NOT_RECALLED: "refused",
    FORWARDED: "given on",
    VALIDATED: "given on",
    None: "refused",
}
_OF_RESERVATIONS: Final = {"queued": "reserved", "cancelled": "voided"}


class Result(msgspec.Struct, frozen=True):
    """What became of one part: `status` in words, and why it was refused, or would be as things stand."""

    name: str
    status: str
    rejection: Rejection | None = None


class Receipt(msgspec.Struct, frozen=True):
    """What became of one file. `rejection` when it was refused whole; `report`: its pacs.002, if one was due.

    `message_id`: what a message calls itself; `reports`: the files that it asked for, and why it got none. Of a
    large file `results` has refused parts alone, and not all of many: `counts` says how many became what.
    `warnings`: what is amiss with parts, and kept them from nothing.
    """

    file: str
    kind: str
    results: tuple[Result, ...]
    rejection: Rejection | None = None
    report: str | None = None
    message_id: str | None = None
    reports: tuple[str, ...] = ()
    counts: dict[str, int] = {}
    warnings: tuple[Rejection, ...] = ()

    def became(self) -> Counter[str]:
        """Count the parts by what became of them."""
        return Counter(self.counts or [each.status for each in self.results])

    @property
    def refused(self) -> int:
        """How many parts were refused; a file refused whole counts as one."""
        return self.became()["refused"] + (self.rejection is not None)


def result_of(part: Part, found: Standing) -> Result:
    """Say how a part stands."""
    told = found.told
    if (part.asks is Asks.STATUS and told.status is not None) or (
        part.asks is Asks.REPORT and told.rejection is None
    ):
        return Result(part.name, "answered", None)
    word, rejection = _WORDS[told.status], told.rejection
    if word == "given on":
        rejection = None
    elif rejection is not None and rejection.code == WITHDRAWN:
        word, rejection = "cancelled", None
    if found.is_held:
        return Result(part.name, "held", rejection)
    if isinstance(part.item, PaymentOrder) and part.item.action is not Action.PAY:
        word = _OF_RESERVATIONS.get(word, word)
    return Result(part.name, word, rejection)
