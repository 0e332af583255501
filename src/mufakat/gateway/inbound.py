"""From a file to what the union is asked to do: each part a payment order, an obligation, or a refusal.

Taken are pacs.008.001.08 to .13 in any wrapper, UBL 2.1 invoices, and CSV of payments or obligations. What is
wrong with a part refuses that part; what is wrong with a whole message refuses it whole.
"""

from typing import Final

import msgspec

from mufakat.gateway.practice import IN_PARTS, amount_of, date_of, order_of, refuse_message
from mufakat.messages.fault import MALFORMED, Fault, References
from mufakat.messages.pacs import (
    CreditTransfer,
    CustomerCreditTransfer,
    Party,
    SettlementTimes,
    read_customer_credit_transfer,
)
from mufakat.messages.tabular import ObligationRow, PaymentRow, read_obligations_csv, read_payments_csv
from mufakat.messages.ubl import Invoice, InvoiceParty, read_invoice
from mufakat.model import identifier
from mufakat.model.charter import Charter
from mufakat.model.command import ObligationItem, PaymentOrder
from mufakat.model.identifier import Lei
from mufakat.model.queueing import Action
from mufakat.model.refusal import Reason, Refusal
from mufakat.vault.details import part_of

CREDIT_TRANSFER: Final = "pacs.008"
LEI_SCHEME: Final = "0199"
_UBL: Final = b"urn:oasis:names:specification:ubl:"
_ISO: Final = b"urn:iso:std:iso:20022:"
_CII: Final = b"urn:un:unece:uncefact:data:standard:CrossIndustry"
_NOT_YET: Final = (
    "This is a UN/CEFACT Cross Industry Invoice (CII); only UBL 2.1 invoices are taken yet. Send it as UBL."
)
_HEAD: Final = 4_096
_BLANK: Final = b"\xef\xbb\xbf \t\r\n"
"""What may stand before a file's first word: the bytes of a UTF-8 mark, and space."""


class Rejection(msgspec.Struct, frozen=True):
    """Why a part or a file is refused: ISO 20022 code, words, and where in the file."""

    code: str
    text: str
    line: int | None = None
    path: str = ""


class Part(msgspec.Struct, frozen=True):
    """One thing that a file asks for. `name` is its UETR or reference; either `item` or `rejection` stands.

    `line`: where it is in the file, 1-based, where that is known. `linked`: it goes with the next one, or not.
    """

    number: int
    name: str
    references: References
    item: PaymentOrder | ObligationItem | None
    rejection: Rejection | None
    line: int | None = None
    linked: bool = False


class Document(msgspec.Struct, frozen=True):
    """A file as read. `message` stands for a pacs.008; `fault` when the file is refused whole.

    `kind`: pacs.008 or another message of ISO 20022, invoice, payments, obligations.
    """

    kind: str
    parts: tuple[Part, ...]
    rejection: Rejection | None = None
    message: CustomerCreditTransfer | None = None
    fault: Fault | None = None


def read_document(data: bytes, charter: Charter, whole: bytes) -> Document:
    """Read a file. `whole` is the vault's commitment to its bytes (32 bytes), from which parts get theirs."""
    if data.lstrip(_BLANK)[:1] != b"<" and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _table(data, charter, whole)
    if _is_invoice(data[:_HEAD]):
        invoice = read_invoice(data)
        return (
            _refused("invoice", invoice) if isinstance(invoice, Fault) else _invoice(invoice, charter, whole)
        )
    if _CII in data and _ISO not in data:
        return _refused("invoice", Fault(code=MALFORMED, text=_NOT_YET))
    message = read_customer_credit_transfer(data)
    if isinstance(message, Fault):
        return _refused((message.definition or CREDIT_TRANSFER)[: len(CREDIT_TRANSFER)], message)
    return _message(message, charter, whole)


def of_fault(fault: Fault) -> Rejection:
    """Say a fault of a message as a rejection."""
    return Rejection(fault.code, fault.text, fault.line, fault.path)


def of_refusal(refusal: Refusal, line: int | None = None) -> Rejection:
    """Say a refusal of the rules as a rejection."""
    return Rejection(refusal.code, refusal.text, line)


def _is_invoice(head: bytes) -> bool:
    """Tell by the standard whose namespace comes first: a later one can stand in anybody's text."""
    ubl, iso = head.find(_UBL), head.find(_ISO)
    return ubl >= 0 and not 0 <= iso < ubl


def _refused(kind: str, fault: Fault) -> Document:
    return Document(kind, (), of_fault(fault), None, fault)


def _message(message: CustomerCreditTransfer, charter: Charter, whole: bytes) -> Document:
    refusal = refuse_message(message)
    parts = []
    for number, transfer in enumerate(message.transactions):
        order = refusal or order_of(charter, transfer, part_of(whole, number))
        parts.append(
            _part(number, transfer.uetr or transfer.end_to_end_id, transfer.references, order, transfer.line)
        )
    return Document(CREDIT_TRANSFER, tuple(parts), None, message)


def _part(
    number: int,
    name: str,
    references: References,
    item: PaymentOrder | ObligationItem | Refusal,
    line: int | None,
) -> Part:
    if isinstance(item, Refusal):
        return Part(number, name, references, None, of_refusal(item, line), line)
    return Part(number, name, references, item, None, line)


def _invoice(invoice: Invoice, charter: Charter, whole: bytes) -> Document:
    item = _obligation(
        charter,
        (_lei(invoice.supplier), _lei(invoice.customer)),
        invoice.identifier,
        (invoice.payable, invoice.currency, invoice.due or invoice.issued),
        part_of(whole, 0),
    )
    references = References(end_to_end_id=invoice.identifier)
    return Document("invoice", (_part(0, invoice.identifier, references, item, None),))


def _lei(party: InvoiceParty) -> str:
    """Return a party's LEI by its scheme (ISO 6523 ICD 0199), or an empty text."""
    candidates = (party.legal, party.endpoint, *party.identifications)
    return next((each.value for each in candidates if each is not None and each.scheme == LEI_SCHEME), "")


def _obligation(
    charter: Charter, parties: tuple[str, str], reference: str, terms: tuple[str, str, str], document: bytes
) -> ObligationItem | Refusal:
    """Make an obligation from (creditor, debtor) and (amount, currency, due date)."""
    leis: list[Lei] = []
    for party, role in zip(parties, ("creditor", "debtor"), strict=True):
        lei = identifier.lei(party)
        if lei is None:
            return Refusal(Reason.LEI_INVALID, f"The {role} has {'no LEI' if not party else f'LEI {party}'}.")
        leis.append(lei)
    creditor, debtor = leis
    name = identifier.obligation_id(creditor, reference)
    if name is None:
        return Refusal(Reason.IDENTIFIER_INVALID, "The reference is not 1 to 70 printable characters.")
    amount = amount_of(charter, terms[0], terms[1])
    if isinstance(amount, Refusal):
        return amount
    due = date_of(terms[2])
    if isinstance(due, Refusal):
        return due
    return ObligationItem(name, debtor, creditor, identifier.Currency(terms[1]), amount, due, document)


def _table(data: bytes, charter: Charter, whole: bytes) -> Document:
    header = data.lstrip(_BLANK)[:_HEAD].split(b"\n", 1)[0]
    if b"uetr" in header.lower():
        payments, faults = read_payments_csv(data)
        return _rows("payments", [_payment_row(charter, row, whole) for row in payments], faults)
    obligations, faults = read_obligations_csv(data)
    return _rows("obligations", [_obligation_row(charter, row, whole) for row in obligations], faults)


def _rows(kind: str, parts: list[Part], faults: tuple[Fault, ...]) -> Document:
    if any(fault.code == MALFORMED for fault in faults):
        return _refused(kind, faults[0])
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
    part = _part(row.line, row.uetr, transfer.references, order, row.line)
    return msgspec.structs.replace(part, linked=row.linked)


def _obligation_row(charter: Charter, row: ObligationRow, whole: bytes) -> Part:
    item = _obligation(
        charter,
        (row.creditor, row.debtor),
        row.id,
        (row.amount, row.currency, row.due),
        part_of(whole, row.line),
    )
    return _part(row.line, row.id, References(end_to_end_id=row.id), item, row.line)
