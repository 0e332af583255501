"""What became of each part of a message, from the log's views and what the vault notes: one function a thing asked.

What the log has is as the log says it is. What it has not is refused with what the vault notes; where neither says
anything it is still under way, and nobody can know yet.
"""

import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

import msgspec
from msgspec.structs import replace

from mufakat.gateway.document import Asks, Rejection, of_refusal
from mufakat.gateway.outbound import (
    ACCEPTED,
    FORWARDED,
    IN_PROCESS,
    PENDING,
    REJECTED,
    SETTLED,
    STATUS_OF,
    VALIDATED,
    WITHDRAWN,
    Noted,
    PartStatus,
)
from mufakat.messages.resolution import CANCELLED as RECALLED
from mufakat.messages.resolution import PENDING as RECALL_PENDING
from mufakat.messages.resolution import REJECTED as NOT_RECALLED
from mufakat.model.money import Amount, format_amount
from mufakat.model.refusal import Reason, Refusal
from mufakat.projections import timeline
from mufakat.projections.balance import takes_part
from mufakat.projections.dialect import Sql
from mufakat.projections.fold import charter_in_force
from mufakat.projections.timeline import PaymentView

_IN_MEMORY: Final = 1 << 20
"""Bytes of a message's standings that are not in a file."""
_SETTLED: Final = ("settled", "returned")
_ON_HOLD: Final = ("held", "frozen")
_WITHDRAWN: Final = ("cancelled", "voided")
_OVER: Final = ("rejected", "cancelled")


class Standing(msgspec.Struct, frozen=True):
    """What a part is told, and the log time (UTC microseconds) since when; 0 for what is not on the log.

    `goes_to`: the BIC of the other bank, to which the part goes on as it stands; None when it goes nowhere.
    `settled`: minor units of `currency`, where less than the whole amount is final. `is_held`: it waits for a
    decision, or for data.
    """

    told: PartStatus
    since_us: int = 0
    goes_to: str | None = None
    settled: Amount | None = None
    currency: str | None = None
    is_question: bool = False
    is_held: bool = False

    @property
    def is_last(self) -> bool:
        """Tell whether nothing else will be told of the part: a question is answered as things stand, once."""
        return self.is_question or self.told.status not in (PENDING, ACCEPTED, IN_PROCESS)


def standing(sql: Sql, noted: Noted, details: bytes) -> Standing | None:
    """Return what became of the part that `details` (32 bytes) commits to; None while nobody can know."""
    uetr = noted.references.uetr
    payment = None if uetr is None else timeline.payment(sql, uetr)
    return _STANDINGS[noted.asks](sql, payment, noted, details)


def _of_payment(sql: Sql, payment: PaymentView | None, noted: Noted, details: bytes) -> Standing | None:
    if payment is not None and payment.details == details:
        return _on_log(sql, payment, noted)
    rejection = noted.rejection
    if payment is None and noted.held is not None:
        return Standing(PartStatus(noted.references, PENDING, noted.held), is_held=True)
    if rejection is None and payment is not None:
        rejection = of_refusal(Refusal(Reason.DUPLICATE, f"UETR {payment.uetr}."))
    return _refused(noted, rejection)


def _of_ending(sql: Sql, payment: PaymentView | None, noted: Noted, _details: bytes) -> Standing | None:
    if payment is not None and noted.rejection is None:
        return _on_log(sql, payment, noted)
    return _refused(noted, noted.rejection)


def _refused(noted: Noted, rejection: Rejection | None) -> Standing | None:
    return None if rejection is None else Standing(PartStatus(noted.references, REJECTED, rejection))


def _of_return(sql: Sql, payment: PaymentView | None, noted: Noted, _details: bytes) -> Standing | None:
    if payment is None or noted.rejection is not None or payment.status != "returned":
        return _refused(noted, noted.rejection)
    returned = timeline.entered(sql, payment.uetr, payment.status)
    assert returned is not None, "what is returned has come to stand so"
    at_us, date = returned
    told = PartStatus(noted.references, SETTLED, None, date)
    return Standing(told, at_us, payment.debtor_agent, None, payment.currency)


def _of_recall(_sql: Sql, payment: PaymentView | None, noted: Noted, _details: bytes) -> Standing | None:
    references, rejection = noted.references, noted.rejection
    if rejection is not None:
        return Standing(PartStatus(references, NOT_RECALLED, rejection))
    if payment is None:
        why = Rejection("NOOR", "The union has no payment with this UETR.")
        return Standing(PartStatus(references, NOT_RECALLED, why))
    match payment.status:
        case "cancelled" | "voided":
            return Standing(PartStatus(references, RECALLED), payment.changed_us)
        case "settled":
            why = Rejection("PTNA", "The payment has settled. The creditor's agent is asked to return it.")
            told = PartStatus(references, RECALL_PENDING, why)
            return Standing(told, payment.changed_us, payment.creditor_agent, None, payment.currency)
        case "returned":
            why = Rejection("ARDT", "The payment has been returned already.")
        case "rejected":
            why = Rejection("NARR", "The payment was rejected; nothing of it waits.")
        case "reserved":
            why = Rejection("NARR", "Only money is reserved. Void the reservation.")
        case _:
            return None
    return Standing(PartStatus(references, NOT_RECALLED, why), payment.changed_us)


def _of_question(sql: Sql, payment: PaymentView | None, noted: Noted, _details: bytes) -> Standing | None:
    if noted.rejection is not None:
        return Standing(PartStatus(noted.references, None, noted.rejection))
    if payment is None:
        why = Rejection("NARR", f"No payment has the UETR {noted.references.uetr}. Send it.")
        return Standing(PartStatus(noted.references, None, why))
    found = _on_log(sql, payment, noted)
    return Standing(found.told, found.since_us, is_question=True)


def _of_advice(_sql: Sql, payment: PaymentView | None, noted: Noted, _details: bytes) -> Standing | None:
    if noted.rejection is not None or payment is None:
        return _refused(noted, noted.rejection)
    return Standing(PartStatus(noted.references, FORWARDED), payment.changed_us, payment.debtor_agent)


def _of_request(sql: Sql, _payment: PaymentView | None, noted: Noted, _details: bytes) -> Standing | None:
    if noted.rejection is not None or noted.goes_to is None:
        return _refused(noted, noted.rejection)
    if not takes_part(sql, noted.goes_to):
        why = of_refusal(Refusal(Reason.UNKNOWN_PARTICIPANT, noted.goes_to))
        return _refused(noted, why)
    return Standing(PartStatus(noted.references, VALIDATED), goes_to=noted.goes_to)


def _of_report(_sql: Sql, _payment: PaymentView | None, noted: Noted, _details: bytes) -> Standing | None:
    asked = Standing(PartStatus(noted.references, None), is_question=True)
    return _refused(noted, noted.rejection) or asked


_STANDINGS: Final[dict[Asks, Callable[[Sql, PaymentView | None, Noted, bytes], Standing | None]]] = {
    Asks.PAYMENT: _of_payment,
    Asks.ENDING: _of_ending,
    Asks.RETURN: _of_return,
    Asks.RECALL: _of_recall,
    Asks.STATUS: _of_question,
    Asks.REPORT: _of_report,
    Asks.ADVICE: _of_advice,
    Asks.REQUEST: _of_request,
}


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
    if payment.status in _WITHDRAWN:
        rejection = Rejection(WITHDRAWN, "The order was cancelled by who gave it, or by whom it was for.")
    if payment.status in _ON_HOLD:
        rejection = of_refusal(Refusal(Reason.UNDER_REVIEW))
    is_settled = payment.status in _SETTLED
    if payment.paid and not is_settled:
        rejection = _in_part(sql, payment, rejection)
    told = PartStatus(
        noted.references, _status(sql, payment), rejection, payment.value_date if is_settled else None
    )
    is_over_in_part = bool(payment.paid) and payment.status in _OVER
    return Standing(
        told,
        payment.changed_us,
        payment.creditor_agent if is_settled or is_over_in_part else None,
        Amount(payment.paid) if is_over_in_part else None,
        payment.currency,
        is_held=payment.status in _ON_HOLD,
    )


def _status(sql: Sql, payment: PaymentView) -> str:
    """Say a payment's status: of one accepted, whether it waits for its time, or is taken up in the next cycle."""
    if payment.status != "accepted":
        return STATUS_OF[payment.status]
    date = timeline.business_date(sql)
    is_due = date is not None and payment.value_date <= date
    return IN_PROCESS if is_due and payment.channel == "MPNS" else ACCEPTED


class Spool:
    """What became of the parts of a message, kept in order: in a file where there is much of it."""

    def __init__(self, found: Iterable[Standing] = ()) -> None:
        self._file: Final = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed with the spool
        self._count = 0
        for each in found:
            packed = msgspec.msgpack.encode(each)
            self._file.write(len(packed).to_bytes(4, "big") + packed)
            self._count += 1

    def __del__(self) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._count

    def __contains__(self, standing: object) -> bool:
        return any(each == standing for each in self)

    def __iter__(self) -> Iterator[Standing]:
        at = 0
        for _ in range(self._count):
            self._file.seek(at)  # others may go through it at the same time
            length = int.from_bytes(self._file.read(4), "big")
            yield msgspec.msgpack.decode(self._file.read(length), type=Standing)
            at += 4 + length


class Told:
    """What is told of each part, in order."""

    def __init__(self, parts: Collection[Standing]) -> None:
        self._parts: Final = parts

    def __len__(self) -> int:
        return len(self._parts)

    def __contains__(self, told: object) -> bool:
        return any(each == told for each in self)

    def __iter__(self) -> Iterator[PartStatus]:
        return (each.told for each in self._parts)
