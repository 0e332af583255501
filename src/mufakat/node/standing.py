"""What became of each part of a message, from the log's views and what the vault notes: one function a thing asked.

What the log has is as the log says it is. What it has not is refused with what the vault notes; where neither says
anything it is still under way, and nobody can know yet.
"""

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec.structs import replace

from mufakat.gateway.document import Asks, Rejection, of_refusal
from mufakat.gateway.outbound import REJECTED, STATUS_OF, Noted, PartStatus
from mufakat.model.money import format_amount
from mufakat.model.refusal import Reason, Refusal
from mufakat.projections import timeline
from mufakat.projections.dialect import Sql
from mufakat.projections.fold import charter_in_force
from mufakat.projections.timeline import PaymentView


class Standing(msgspec.Struct, frozen=True):
    """What a part is told, and the log time (UTC microseconds) since when; 0 for what is not on the log."""

    told: PartStatus
    since_us: int = 0


def standing(sql: Sql, noted: Noted, details: bytes) -> Standing | None:
    """Return what became of the part that `details` (32 bytes) commits to; None while nobody can know."""
    uetr = noted.references.uetr
    payment = None if uetr is None else timeline.payment(sql, uetr)
    return _STANDINGS[noted.asks](sql, payment, noted, details)


def _of_payment(sql: Sql, payment: PaymentView | None, noted: Noted, details: bytes) -> Standing | None:
    if payment is not None and payment.details == details:
        return _on_log(sql, payment, noted)
    rejection = noted.rejection
    if rejection is None and payment is not None:
        rejection = of_refusal(Refusal(Reason.DUPLICATE, f"UETR {payment.uetr}."))
    return _refused(noted, rejection)


def _of_ending(sql: Sql, payment: PaymentView | None, noted: Noted, _details: bytes) -> Standing | None:
    if payment is not None and noted.rejection is None:
        return _on_log(sql, payment, noted)
    return _refused(noted, noted.rejection)


def _refused(noted: Noted, rejection: Rejection | None) -> Standing | None:
    return None if rejection is None else Standing(PartStatus(noted.references, REJECTED, rejection))


_STANDINGS: Final[dict[Asks, Callable[[Sql, PaymentView | None, Noted, bytes], Standing | None]]] = {
    Asks.PAYMENT: _of_payment,
    Asks.ENDING: _of_ending,
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
    if payment.paid and payment.status not in ("settled", "returned"):
        rejection = _in_part(sql, payment, rejection)
    settled = payment.value_date if payment.status in ("settled", "returned") else None
    told = PartStatus(noted.references, STATUS_OF[payment.status], rejection, settled)
    return Standing(told, payment.changed_us)
