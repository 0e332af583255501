"""Payment status reports out: pacs.002.001.10, the answer to a customer credit transfer.

The same arguments give the same bytes: identifier and creation time come from the caller.
Rule source: ISO 20022 pacs.002.001.10; codes from ExternalPaymentTransactionStatus1Code,
ExternalPaymentGroupStatus1Code and ExternalStatusReason1Code.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from mufakat.messages import markup
from mufakat.messages.fault import Original, References

DEFINITION: Final = "pacs.002.001.10"
_REASON_TEXT: Final = 105


class StatusReason(msgspec.Struct, frozen=True, kw_only=True):
    """Why: a code of ExternalStatusReason1Code, and words, of which 105 characters are sent."""

    code: str
    text: str = ""


class TransactionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The status of one transaction.

    `status` is ACCP, PDNG, ACSP, ACSC, RJCT or another external code; `accepted_at` an ISO date and
    time; `settled_on` an ISO date; `clearing_reference` the union's own reference, 1 to 35 characters.
    """

    references: References
    status: str
    reason: StatusReason | None = None
    accepted_at: str | None = None
    settled_on: str | None = None
    clearing_reference: str | None = None


def write_payment_status(
    *,
    message_id: str,
    created: str,
    original: Original,
    transactions: Sequence[TransactionStatus] = (),
    group_status: str | None = None,
    group_reason: StatusReason | None = None,
    instructing_agent: str | None = None,
    instructed_agent: str | None = None,
) -> bytes:
    """Write a payment status report as a bare Document.

    `created` is an ISO date and time, agents are BICs. `group_status` speaks of the whole original
    message; `transactions` of its parts. Raises ValueError when a value breaks its data type, such as a
    message identifier above 35 characters.
    """
    told = original.created
    created_then = told if told is not None and markup.is_date_time(told) else None
    count = None if original.transactions is None else str(original.transactions)
    head = (
        "<GrpHdr>"
        + markup.text("MsgId", message_id)
        + markup.date_time("CreDtTm", created)
        + markup.agent("InstgAgt", instructing_agent)
        + markup.agent("InstdAgt", instructed_agent)
        + "</GrpHdr><OrgnlGrpInfAndSts>"
        + markup.text("OrgnlMsgId", original.message_id)
        + markup.text("OrgnlMsgNmId", original.definition)
        + markup.date_time("OrgnlCreDtTm", created_then)
        + markup.text("OrgnlNbOfTxs", count, 15)
        + markup.code("GrpSts", group_status)
        + _reason(group_reason)
        + "</OrgnlGrpInfAndSts>"
    )
    parts = "".join([_transaction(transaction) for transaction in transactions])
    return markup.document(DEFINITION, f"<FIToFIPmtStsRpt>{head}{parts}</FIToFIPmtStsRpt>")


def _transaction(transaction: TransactionStatus) -> str:
    ids = transaction.references
    settled = markup.date("Dt", transaction.settled_on)
    return (
        "<TxInfAndSts>"
        + markup.text("OrgnlInstrId", ids.instruction_id)
        + markup.text("OrgnlEndToEndId", ids.end_to_end_id)
        + markup.text("OrgnlTxId", ids.tx_id)
        + markup.uetr("OrgnlUETR", ids.uetr)
        + markup.code("TxSts", transaction.status)
        + _reason(transaction.reason)
        + markup.date_time("AccptncDtTm", transaction.accepted_at)
        + (f"<FctvIntrBkSttlmDt>{settled}</FctvIntrBkSttlmDt>" if settled else "")
        + markup.text("ClrSysRef", transaction.clearing_reference)
        + "</TxInfAndSts>"
    )


def _reason(reason: StatusReason | None) -> str:
    if reason is None:
        return ""
    words = markup.cut("AddtlInf", reason.text, _REASON_TEXT)
    return f"<StsRsnInf><Rsn>{markup.code('Cd', reason.code)}</Rsn>{words}</StsRsnInf>"
