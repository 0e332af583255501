"""Status reports for firms out, through their bank: pain.002 on an order, pain.014 on a request to pay.

Rule source: ISO 20022 pain.002 and pain.014; the code sets of pacs.002.
"""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from mufakat.messages import markup
from mufakat.messages.fault import Original, References
from mufakat.messages.header import Speaker
from mufakat.messages.status import StatusReason, TransactionStatus, named, reason_of

_NOT_PROVIDED: Final = "NOTPROVIDED"


def write_customer_status(
    *,
    message_id: str,
    created: str,
    original: Original,
    agents: tuple[Speaker, str | None],
    definition: str,
    transactions: Sequence[TransactionStatus] = (),
    group_status: str | None = None,
    group_reason: StatusReason | None = None,
) -> bytes:
    """Write a status report as a bare Document of any version from .10 on; transfers by payment information.

    `agents`: who speaks for the union, of whom it does not tell, and the BIC of the bank through which it goes. A
    transfer whose payment information nobody could read is told with its group. Raises ValueError when a value
    breaks its data type.
    """
    _, debtor_agent = agents
    head = _head(message_id, created, markup.agent("DbtrAgt", debtor_agent))
    body = head + _group(original, group_status, group_reason) + _payments(transactions)
    return markup.document(definition, f"<CstmrPmtStsRpt>{body}</CstmrPmtStsRpt>")


def write_request_status(
    *,
    message_id: str,
    created: str,
    original: Original,
    agents: tuple[Speaker, str | None],
    definition: str,
    transactions: Sequence[TransactionStatus] = (),
    group_status: str | None = None,
    group_reason: StatusReason | None = None,
) -> bytes:
    """Write what the union says of a request to pay, as a bare Document of any version from .07 on.

    `agents`: who speaks for the union, and the BIC of the creditor's agent, who is told. Raises ValueError when a
    value breaks its data type.
    """
    speaker, creditor_agent = agents
    who = f"<InitgPty><Id><OrgId>{markup.bic('AnyBIC', speaker.bic)}</OrgId></Id></InitgPty>"
    head = _head(message_id, created, who + markup.agent("CdtrAgt", creditor_agent))
    named = [replace(each, references=_in_a_group(each.references)) for each in transactions]
    body = head + _group(original, group_status, group_reason) + _payments(named)
    return markup.document(definition, f"<CdtrPmtActvtnReqStsRpt>{body}</CdtrPmtActvtnReqStsRpt>")


def _in_a_group(references: References) -> References:
    """Name the payment information of a request that names none: a report has to say one."""
    return references if references.payment_id else replace(references, payment_id=_NOT_PROVIDED)


def _head(message_id: str, created: str, parties: str) -> str:
    told = markup.text("MsgId", message_id) + markup.date_time("CreDtTm", created)
    return f"<GrpHdr>{told}{parties}</GrpHdr>"


def _group(original: Original, status: str | None, reason: StatusReason | None) -> str:
    count = None if original.transactions is None else str(original.transactions)
    told = markup.text("OrgnlNbOfTxs", count, 15) + markup.code("GrpSts", status) + reason_of(reason)
    return f"<OrgnlGrpInfAndSts>{named(original)}{told}</OrgnlGrpInfAndSts>"


def _payments(transactions: Sequence[TransactionStatus]) -> str:
    payments: dict[str, list[TransactionStatus]] = {}
    for each in transactions:
        if each.references.payment_id is not None:
            payments.setdefault(each.references.payment_id, []).append(each)
    return "".join([_payment(name, told) for name, told in payments.items()])


def _payment(name: str, told: Sequence[TransactionStatus]) -> str:
    identifier, statuses = markup.text("OrgnlPmtInfId", name), "".join(map(_transaction, told))
    return f"<OrgnlPmtInfAndSts>{identifier}{statuses}</OrgnlPmtInfAndSts>"


def _transaction(transaction: TransactionStatus) -> str:
    ids = transaction.references
    return (
        "<TxInfAndSts>"
        + markup.text("OrgnlInstrId", ids.instruction_id)
        + markup.text("OrgnlEndToEndId", ids.end_to_end_id)
        + markup.uetr("OrgnlUETR", ids.uetr)
        + markup.code("TxSts", transaction.status)
        + reason_of(transaction.reason)
        + "</TxInfAndSts>"
    )
