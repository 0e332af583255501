"""Status reports for firms out, through their bank: pain.002 on what an order, pain.001, asked for.

Rule source: ISO 20022 pain.002; the code sets of pacs.002.
"""

from collections.abc import Sequence

from mufakat.messages import markup
from mufakat.messages.fault import Original
from mufakat.messages.status import StatusReason, TransactionStatus, named, reason_of


def write_customer_status(
    *,
    message_id: str,
    created: str,
    original: Original,
    debtor_agent: str | None,
    definition: str,
    transactions: Sequence[TransactionStatus] = (),
    group_status: str | None = None,
    group_reason: StatusReason | None = None,
) -> bytes:
    """Write a status report as a bare Document of any version from .10 on; transfers by payment information.

    `debtor_agent` (BIC) is the bank through which it goes. A transfer whose payment information nobody could
    read is told with its group. Raises ValueError when a value breaks its data type.
    """
    count = None if original.transactions is None else str(original.transactions)
    head = (
        "<GrpHdr>"
        + markup.text("MsgId", message_id)
        + markup.date_time("CreDtTm", created)
        + markup.agent("DbtrAgt", debtor_agent)
        + "</GrpHdr><OrgnlGrpInfAndSts>"
        + named(original)
        + markup.text("OrgnlNbOfTxs", count, 15)
        + markup.code("GrpSts", group_status)
        + reason_of(group_reason)
        + "</OrgnlGrpInfAndSts>"
    )
    payments: dict[str, list[TransactionStatus]] = {}
    for each in transactions:
        if each.references.payment_id is not None:
            payments.setdefault(each.references.payment_id, []).append(each)
    parts = "".join([_payment(name, told) for name, told in payments.items()])
    return markup.document(definition, f"<CstmrPmtStsRpt>{head}{parts}</CstmrPmtStsRpt>")


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
