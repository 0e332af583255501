"""Resolutions of recalls written: camt.029.001.09 or later, the answer to a camt.056.

The same arguments give the same bytes. Rule source: ISO 20022 camt.029; codes from
ExternalInvestigationExecutionConfirmation1Code and ExternalPaymentCancellationRejection1Code.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from mufakat.messages import markup
from mufakat.messages.fault import Case, References
from mufakat.messages.header import Speaker, agent_of
from mufakat.messages.status import named
from mufakat.messages.versions import IN_FORCE

DEFINITION: Final = IN_FORCE["camt.029"]
CANCELLED, PENDING, REJECTED, IN_PART = "CNCL", "PDCR", "RJCR", "PECR"
"""ExternalInvestigationExecutionConfirmation1Code: cancelled, pending, rejected, cancelled in part."""
_INDIVIDUAL: Final = {CANCELLED: "ACCR", PENDING: "PDCR", REJECTED: "RJCR"}
"""The same of one payment, CancellationIndividualStatus1Code."""
_REASON_TEXT: Final = 105


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the recall of one payment: CNCL, PDCR or RJCR; why, by a code of the set for it, and words."""

    references: References
    status: str
    code: str | None = None
    text: str = ""


def write_resolution(
    *,
    message_id: str,
    created: str,
    speaker: Speaker,
    assignee: str | None,
    payments: Sequence[Resolved],
    definition: str = DEFINITION,
) -> bytes:
    """Write a resolution of investigation as a bare Document; `assignee` is the BIC of who recalled.

    Raises ValueError when a value breaks its data type.
    """
    body = (
        "<RsltnOfInvstgtn><Assgnmt>"
        + markup.text("Id", message_id)
        + f"<Assgnr>{agent_of('Agt', speaker)}</Assgnr><Assgne>{_party(assignee)}</Assgne>"
        + markup.date_time("CreDtTm", created)
        + "</Assgnmt><Sts>"
        + markup.code("Conf", confirmation([each.status for each in payments]))
        + "</Sts>"
        + (f"<CxlDtls>{''.join(map(_payment, payments))}</CxlDtls>" if payments else "")
        + "</RsltnOfInvstgtn>"
    )
    return markup.document(definition, body)


def confirmation(statuses: Sequence[str]) -> str:
    """Sum up what became of recalls: what all share; else PECR where some are cancelled, PDCR where none is."""
    shared = set(statuses)
    if len(shared) <= 1:
        return statuses[0] if statuses else REJECTED
    return IN_PART if CANCELLED in shared else PENDING


def _payment(payment: Resolved) -> str:
    ids = payment.references
    reason = "" if payment.code is None else f"<Rsn>{markup.code('Cd', payment.code)}</Rsn>"
    why = reason + markup.cut("AddtlInf", payment.text, _REASON_TEXT)
    return (
        "<TxInfAndSts>"
        + _case(ids.case)
        + ("" if ids.original is None else f"<OrgnlGrpInf>{named(ids.original)}</OrgnlGrpInf>")
        + markup.text("OrgnlInstrId", ids.instruction_id)
        + markup.text("OrgnlEndToEndId", ids.end_to_end_id)
        + markup.text("OrgnlTxId", ids.tx_id)
        + markup.uetr("OrgnlUETR", ids.uetr)
        + f"<TxCxlSts>{_INDIVIDUAL[payment.status]}</TxCxlSts>"
        + (f"<CxlStsRsnInf>{why}</CxlStsRsnInf>" if why else "")
        + "</TxInfAndSts>"
    )


def _case(case: Case | None) -> str:
    if case is None:
        return ""
    return f"<RslvdCase>{markup.text('Id', case.identifier)}<Cretr>{_party(case.creator)}</Cretr></RslvdCase>"


def _party(bic: str | None) -> str:
    """Return an agent by its BIC, or one that did not say who it is."""
    return markup.agent("Agt", bic) or "<Agt><FinInstnId><Nm>NOTPROVIDED</Nm></FinInstnId></Agt>"
