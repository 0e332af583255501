"""Answers: the pacs.002 of a message, made at any time from what is durable, the log's views and the vault.

A part that the log has is what the log says it is. What the log has not is refused with what the vault notes; where
neither says anything it is still under way. So the same answer can be written again, or later when the first time
was broken off; its file is named after the message and what is said of it.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from mufakat.gateway.inbound import Rejection, of_refusal
from mufakat.gateway.outbound import (
    IN_PROCESS,
    PENDING,
    REJECTED,
    STATUS_OF,
    Answered,
    Noted,
    PartStatus,
    report_id,
    status_report,
)
from mufakat.model.money import format_amount
from mufakat.model.refusal import Reason, Refusal
from mufakat.node.access import UnionNode
from mufakat.node.home import write_whole
from mufakat.projections import timeline
from mufakat.projections.dialect import Sql
from mufakat.projections.fold import charter_in_force
from mufakat.projections.timeline import PaymentView
from mufakat.vault.details import Vault, part_of

Progress = Callable[[int, int], None]
"""Called with files written and files in all."""


class Standing(msgspec.Struct, frozen=True):
    """What a part is told, and the log time (UTC microseconds) since when; 0 for what is not on the log."""

    told: PartStatus
    since_us: int = 0


def standing(sql: Sql, noted: Noted, details: bytes) -> Standing | None:
    """Return what became of the payment that `details` (32 bytes) commits to; None while nobody can know."""
    uetr = noted.references.uetr
    payment = None if uetr is None else timeline.payment(sql, uetr)
    if payment is not None and (payment.details == details or (noted.ends and noted.rejection is None)):
        return _on_log(sql, payment, noted)
    rejection = noted.rejection
    if rejection is None and payment is not None:
        rejection = of_refusal(Refusal(Reason.DUPLICATE, f"UETR {uetr}."))
    return None if rejection is None else Standing(PartStatus(noted.references, REJECTED, rejection))


def _in_part(sql: Sql, payment: PaymentView, rejection: Rejection | None) -> Rejection:
    """Say first what of a payment has settled and stays so: whoever reads no further must not think nothing has."""
    issuer = charter_in_force(sql).issuer(payment.currency)
    assert issuer is not None, "what has settled is in a currency of the union"
    settled, whole = (format_amount(each, issuer.decimals) for each in (payment.paid, payment.amount))
    text = f"{payment.currency} {settled} of {whole} has settled."
    return (
        Rejection("NARR", text) if rejection is None else replace(rejection, text=f"{text} {rejection.text}")
    )


def _on_log(sql: Sql, payment: PaymentView, noted: Noted) -> Standing:
    rejection: Rejection | None = None
    if payment.reason is not None:
        rejection = of_refusal(Refusal(Reason(payment.reason)))
        if noted.rejection is not None and noted.rejection.code == rejection.code:
            rejection = noted.rejection  # with its details, which the views have not
    if payment.paid and payment.status not in ("settled", "returned"):
        rejection = _in_part(sql, payment, rejection)
    settled = payment.value_date if payment.status in ("settled", "returned") else None
    told = PartStatus(noted.references, STATUS_OF[payment.status], rejection, settled)
    return Standing(told, payment.changed_us)


class Answers:
    """The answers of one node."""

    def __init__(self, node: UnionNode, vault: Vault, out: Path) -> None:
        self._node: Final = node
        self._vault: Final = vault
        self._out: Final = out

    def write(
        self, whole: bytes, to: Answered, parts: Sequence[Standing], rejection: Rejection | None = None
    ) -> Path:
        """Write an answer; `rejection` when the message was refused whole. One that is there stays as it is."""
        path = self._file(whole, to, parts, rejection)
        if not path.exists():
            at_us = max((each.since_us for each in parts), default=0) or self._node.now_us()
            write_whole(path, status_report(to, [each.told for each in parts], at_us, rejection))
        return path

    def write_missing(self, progress: Progress = lambda done, of: None) -> int:
        """Write each answer that was broken off, and the last one where all payments ended; return how many."""
        due: list[tuple[bytes, Answered, list[Standing]]] = []
        settled: list[tuple[bytes, bool]] = []
        for owed in self._vault.owed():
            to = self._addressee(owed.whole)
            parts = [] if to is None else self._standings(owed.whole)
            if to is None:
                settled.append((owed.whole, True))
            elif parts and (is_last(parts) or not owed.answered):
                settled.append((owed.whole, is_last(parts)))
                if not self._file(owed.whole, to, parts).exists():
                    due.append((owed.whole, to, parts))
        for number, (whole, to, parts) in enumerate(due, start=1):
            self.write(whole, to, parts)
            progress(number, len(due))
        self._vault.settle(settled)
        return len(due)

    def _file(
        self, whole: bytes, to: Answered, parts: Sequence[Standing], rejection: Rejection | None = None
    ) -> Path:
        says = report_id(to, [each.told for each in parts], rejection)[2:14].lower()
        return self._out / "pacs.002" / f"{to.agent or 'unknown'}-{whole.hex()[:16]}-{says}.xml"

    def _addressee(self, whole: bytes) -> Answered | None:
        kept = self._vault.whole(whole)
        return None if kept is None else msgspec.msgpack.decode(kept.label, type=Answered | None)

    def _standings(self, whole: bytes) -> list[Standing]:
        """Return what became of each part; nothing while that of one of them is not known."""
        found: list[Standing] = []
        for part in self._vault.parts(whole):
            noted = msgspec.msgpack.decode(part.label, type=Noted)
            each = standing(self._node.views.sql, noted, part_of(whole, part.number))
            if each is None:
                return []
            found.append(each)
        return found


def is_last(parts: Sequence[Standing]) -> bool:
    """Tell whether no other answer will follow the one that says this."""
    return all(each.told.status not in (PENDING, IN_PROCESS) for each in parts)
