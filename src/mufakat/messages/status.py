"""Payment status reports out: pacs.002.001.10 or later, on credit transfers, returns, and what is asked about them.

The same arguments give the same bytes: identifier and creation time come from the caller.
Rule source: ISO 20022 pacs.002; codes from ExternalPaymentTransactionStatus1Code,
ExternalPaymentGroupStatus1Code and ExternalStatusReason1Code.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import msgspec

from mufakat.messages import markup
from mufakat.messages.fault import Original, References
from mufakat.messages.header import Speaker, agent_of

DEFINITION: Final = "pacs.002.001.10"
_REASON_TEXT: Final = 105
_AT_ONCE: Final = 1_000
"""Transactions of one piece."""


class StatusReason(msgspec.Struct, frozen=True, kw_only=True):
    """Why: a code of ExternalStatusReason1Code, and words, of which 105 characters are sent."""

    code: str
    text: str = ""


class TransactionStatus(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The status of one transaction.

    `status` is ACCP, PDNG, ACSP, ACSC, RJCT or another external code, None when nothing is known; `accepted_at`
    an ISO date and time; `settled_on` an ISO date; `clearing_reference` the union's own, 1 to 35 characters.
    """

    references: References
    status: str | None
    reason: StatusReason | None = None
    accepted_at: str | None = None
    settled_on: str | None = None
    clearing_reference: str | None = None


def write_payment_status(
    *,
    message_id: str,
    created: str,
    original: Original | None,
    transactions: Iterable[TransactionStatus] = (),
    group_status: str | None = None,
    group_reason: StatusReason | None = None,
    agents: tuple[Speaker | None, str | None] = (None, None),
    definition: str = DEFINITION,
) -> Iterator[bytes]:
    """Write a payment status report piece by piece, as a bare Document of any version from .10 on.

    `created` is an ISO date and time; `agents`: who speaks for the union, and the BIC of who is told.
    `group_status` speaks of the whole original message; `transactions` of its parts, which name their messages
    themselves where `original` is None. Raises ValueError, on the way, when a value breaks its data type, such as
    an identifier above 35 characters.
    """
    speaker, instructed = agents
    head = (
        "<GrpHdr>"
        + markup.text("MsgId", message_id)
        + markup.date_time("CreDtTm", created)
        + ("" if speaker is None else agent_of("InstgAgt", speaker))
        + markup.agent("InstdAgt", instructed)
        + "</GrpHdr>"
    )
    if original is not None:
        head += (
            "<OrgnlGrpInfAndSts>"
            + named(original)
            + markup.text(
                "OrgnlNbOfTxs", None if original.transactions is None else str(original.transactions), 15
            )
            + markup.code("GrpSts", group_status)
            + reason_of(group_reason)
            + "</OrgnlGrpInfAndSts>"
        )
    begin, end = markup.around(definition)
    yield f"{begin}<FIToFIPmtStsRpt>{head}".encode()
    left = iter(transactions)
    while some := list(islice(left, _AT_ONCE)):
        yield "".join([_transaction(transaction) for transaction in some]).encode()
    yield f"</FIToFIPmtStsRpt>{end}".encode()


def named(original: Original) -> str:
    """Name a message, as `Orgnl…` elements do; a creation time that only XML Schema takes is left out."""
    told = original.created
    return (
        markup.text("OrgnlMsgId", original.message_id)
        + markup.text("OrgnlMsgNmId", original.definition)
        + (f"<OrgnlCreDtTm>{told}</OrgnlCreDtTm>" if told is not None and markup.is_date_time(told) else "")
    )


def _transaction(transaction: TransactionStatus) -> str:
    ids = transaction.references
    settled = markup.date("Dt", transaction.settled_on)
    return (
        "<TxInfAndSts>"
        + ("" if ids.original is None else f"<OrgnlGrpInf>{named(ids.original)}</OrgnlGrpInf>")
        + markup.text("OrgnlInstrId", ids.instruction_id)
        + markup.text("OrgnlEndToEndId", ids.end_to_end_id)
        + markup.text("OrgnlTxId", ids.tx_id)
        + markup.uetr("OrgnlUETR", ids.uetr)
        + markup.code("TxSts", transaction.status)
        + reason_of(transaction.reason)
        + markup.date_time("AccptncDtTm", transaction.accepted_at)
        + (f"<FctvIntrBkSttlmDt>{settled}</FctvIntrBkSttlmDt>" if settled else "")
        + markup.text("ClrSysRef", transaction.clearing_reference)
        + "</TxInfAndSts>"
    )


def reason_of(reason: StatusReason | None) -> str:
    """Say why, as a status report does; nothing where there is no reason."""
    if reason is None:
        return ""
    words = markup.cut("AddtlInf", reason.text, _REASON_TEXT)
    return f"<StsRsnInf><Rsn>{markup.code('Cd', reason.code)}</Rsn>{words}</StsRsnInf>"
