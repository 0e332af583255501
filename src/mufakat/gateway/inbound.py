"""From a file to what the union is asked to do: each part a payment order, an obligation, or a refusal.

Taken are the messages of ISO 20022 that `FLOWS` names, in any wrapper, trade documents, and CSV of payments or
obligations. What is wrong with a part refuses that part; what is wrong with a whole message refuses it whole.
"""

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec

from mufakat.gateway.afterwards import confirmations, inquiries, recalls, resolutions, returns
from mufakat.gateway.credit import transfers
from mufakat.gateway.document import (
    Answered,
    Asks,
    Document,
    Part,
    Reading,
    kind_of,
    of_fault,
    part_from,
)
from mufakat.gateway.initiation import orders
from mufakat.gateway.obligation import obligation_of
from mufakat.gateway.practice import CLEARING_SYSTEM, IN_PARTS, order_of
from mufakat.gateway.reports import report_requests
from mufakat.gateway.request import answers, requests
from mufakat.gateway.trade import asked_by
from mufakat.messages.asking import read_report_request
from mufakat.messages.elements import refusal_at
from mufakat.messages.envelope import Header, Opened, open_message, read_header
from mufakat.messages.fault import MALFORMED, WRONG_AGENT, Fault, Original, References
from mufakat.messages.initiation import read_initiation
from mufakat.messages.inquiry import read_status_request
from mufakat.messages.pacs import read_credit_transfer
from mufakat.messages.recall import read_recall, read_resolution
from mufakat.messages.report import read_status_report
from mufakat.messages.request import read_request, read_request_answer
from mufakat.messages.returns import read_return
from mufakat.messages.tabular import ObligationRow, PaymentRow, read_obligations_csv, read_payments_csv
from mufakat.messages.trade.reading import read_trade_document
from mufakat.messages.transaction import CreditTransfer, Party, SettlementTimes
from mufakat.model import identifier
from mufakat.model.charter import Charter
from mufakat.model.command import PaymentOrder
from mufakat.model.queueing import Action
from mufakat.vault.details import part_of

CREDIT_TRANSFER: Final = "pacs.008"
REPORT_REQUEST: Final = "camt.060"
_ISO: Final = b"urn:iso:std:iso:20022:"
_STANDARD: Final = re.compile(
    rb"urn:(?:iso:std:iso:20022:|oasis:names:specification:ubl:|un:unece:uncefact:data:standard:CrossIndustry)"
)
"""The namespaces of ISO 20022 and of trade documents."""
_HEAD: Final = 4_096
_BLANK: Final = b"\xef\xbb\xbf \t\r\n"
"""What may stand before a file's first word: the bytes of a UTF-8 mark, and space."""


class Flow(msgspec.Struct, frozen=True):
    """How a kind of message is dealt with.

    `read` gives a `document.Message` or a Fault, `parts` makes its parts. `answer`: a kind in `outbound.WRITERS`,
    None for what nobody answers, and for what reports answer.
    """

    read: Callable[[Opened], Any]
    parts: Callable[[Any, Reading], list[Part]]
    answer: str | None


FLOWS: Final[dict[str, Flow]] = {
    "pacs.008": Flow(read_credit_transfer, transfers, "pacs.002"),
    "pacs.009": Flow(read_credit_transfer, transfers, "pacs.002"),
    "pacs.004": Flow(read_return, returns, "pacs.002"),
    "pacs.028": Flow(read_status_request, inquiries, "pacs.002"),
    "camt.056": Flow(read_recall, recalls, "camt.029"),
    "camt.029": Flow(read_resolution, resolutions, None),
    "pacs.002": Flow(read_status_report, confirmations, None),
    REPORT_REQUEST: Flow(read_report_request, report_requests, None),
    "pain.001": Flow(read_initiation, orders, "pain.002"),
    "pain.013": Flow(read_request, requests, "pain.014"),
    "pain.014": Flow(read_request_answer, answers, None),
}
"""Each kind of ISO 20022 message that is taken."""
REJECTION: Final = "admi.002"
"""The kind of answer to a message that is not taken."""
UNANSWERED: Final = frozenset(
    {
        *(
            "admi.002",
            "admi.004",
            "admi.006",
            "admi.007",
            "camt.025",
            "camt.029",
            "pacs.002",
            "pain.002",
            "pain.014",
        ),
        *("camt.052", "camt.053", "camt.054", "pacs.029"),
    }
)
"""Kinds that answer or report. Nothing answers them: two gateways that answered each other would never end."""


def read_document(data: bytes, reading: Reading) -> Document:
    """Read a file. Its parts get their commitments from the one to the whole, `reading.whole`."""
    charter, whole = reading.charter, reading.whole
    if is_table(data):
        return _table(data, charter, whole)
    if is_trade_document(data):
        found = read_trade_document(data)
        return (
            refused("trade document", found) if isinstance(found, Fault) else asked_by(found, data, reading)
        )
    return _message(data, reading)


def is_table(data: bytes) -> bool:
    """Tell whether a file is a table, since it does not begin as XML does."""
    return data.lstrip(_BLANK)[:1] != b"<" and not data.startswith((b"\xff\xfe", b"\xfe\xff"))


def is_of_payments(data: bytes) -> bool:
    """Tell by its heading whether a table is of payments; another one is of obligations."""
    return b"uetr" in data.lstrip(_BLANK)[:_HEAD].split(b"\n", 1)[0].lower()


def is_trade_document(data: bytes) -> bool:
    """Tell by the standard whose namespace comes first: a later one can stand in anybody's text."""
    narrow = data.replace(b"\0", b"") if b"\0" in data[:4] else data
    found = _STANDARD.search(narrow)
    return found is not None and found.group() != _ISO


def refused(kind: str, fault: Fault, header: Header | None = None) -> Document:
    """Refuse a message whole; it is answered where its sender and its identifier could be read."""
    flow = FLOWS.get(kind)
    answer = flow.answer if flow is not None else REJECTION
    if fault.message_id is None or fault.definition is None or answer is None or kind in UNANSWERED:
        return Document(kind, (), of_fault(fault), fault, message_id=fault.message_id)
    original = Original(message_id=fault.message_id, definition=fault.definition)
    sender = fault.instructing_agent or (None if header is None else identifier.bic(header.sender or ""))
    to = Answered(original, sender, answer)
    return Document(kind, (), of_fault(fault), fault, to, message_id=fault.message_id)


def _message(data: bytes, reading: Reading) -> Document:
    opened = open_message(data)
    if isinstance(opened, Fault):
        return refused(kind_of(opened.definition or CREDIT_TRANSFER), opened)
    kind = kind_of(opened.definition)
    flow, header = FLOWS.get(kind), None if opened.header is None else read_header(opened.header)
    if header is not None and (text := of_the_union(header)):
        fault = refusal_at(opened, WRONG_AGENT, text, opened.header)
        return Document(kind, (), of_fault(fault), fault, message_id=fault.message_id)
    if flow is None:
        text = f"{opened.definition} is not taken. {', '.join(FLOWS)} are."
        return refused(kind, refusal_at(opened, MALFORMED, text, opened.document), header)
    message = flow.read(opened)
    if isinstance(message, Fault):
        return refused(kind, message, header)
    to = None
    if flow.answer is not None:
        original = Original(
            message_id=message.message_id,
            definition=message.definition,
            created=message.created,
            transactions=len(message.transactions),
        )
        sender = message.sender or (None if header is None else header.sender)
        to = Answered(original, sender, flow.answer)
    parts = tuple(flow.parts(message, reading))
    return Document(kind, parts, to=to, definition=message.definition, message_id=message.message_id)


def of_the_union(header: Header) -> str:
    """Say why a message is not taken that the union itself sent; an empty text for all others."""
    if header.system != CLEARING_SYSTEM:
        return ""
    return (
        f"This is what the union sent to {header.receiver}. Hand it to that bank; send here what banks say."
    )


def _table(data: bytes, charter: Charter, whole: bytes) -> Document:
    if is_of_payments(data):
        payments, faults = read_payments_csv(data)
        return _rows("payments", [_payment_row(charter, row, whole) for row in payments], faults)
    obligations, faults = read_obligations_csv(data)
    return _rows("obligations", [_obligation_row(charter, row, whole) for row in obligations], faults)


def _rows(kind: str, parts: list[Part], faults: tuple[Fault, ...]) -> Document:
    if any(fault.code == MALFORMED for fault in faults):
        return refused(kind, faults[0])
    bad = [Part(fault.line or 0, "", References(), None, of_fault(fault), fault.line) for fault in faults]
    return Document(kind, tuple(sorted([*parts, *bad], key=lambda part: part.number)))


def _payment_row(charter: Charter, row: PaymentRow, whole: bytes) -> Part:
    transfer = CreditTransfer(
        line=row.line,
        instruction_id=None,
        end_to_end_id=row.end_to_end_id,
        tx_id=None,
        uetr=row.uetr,
        clearing_channel="RTGS" if row.linked or row.action != "pay" else row.channel,
        instruction_priority=None,
        amount=row.amount,
        currency=row.currency,
        value_date=row.value_date,
        charge_bearer="SLEV",
        instructing_agent=row.debtor_agent,
        instructed_agent=row.creditor_agent,
        debtor=Party(name=row.debtor_name, lei=None, account=row.debtor_account, agent=row.debtor_agent),
        creditor=Party(
            name=row.creditor_name, lei=None, account=row.creditor_account, agent=row.creditor_agent
        ),
        purpose=None,
        remittance=(),
        documents=(),
        settlement_priority=row.priority,
        times=SettlementTimes(earliest=row.earliest, till=None, reject_after=row.latest),
        local_instrument=IN_PARTS if row.divisible else None,
    )
    order = order_of(charter, transfer, part_of(whole, row.line))
    if isinstance(order, PaymentOrder):
        order = msgspec.structs.replace(order, action=Action[row.action.upper()], linked=row.linked)
    asks = Asks.ENDING if row.action in ("post", "void") else Asks.PAYMENT
    part = part_from(row.line, row.uetr, transfer.references, order, row.line, asks)
    return msgspec.structs.replace(part, linked=row.linked)


def _obligation_row(charter: Charter, row: ObligationRow, whole: bytes) -> Part:
    item = obligation_of(
        charter,
        (row.creditor, row.debtor),
        row.id,
        (row.amount, row.currency, row.due),
        part_of(whole, row.line),
    )
    return part_from(row.line, row.id, References(end_to_end_id=row.id), item, row.line, Asks.OBLIGATION)
