"""Credit transfers between agents read: pacs.008 of customers, pacs.009 of institutions themselves.

First comes the schema, then the rules that the standard sets between elements and no schema can say: counts
and sums agree; what the group header states, a transaction does not state otherwise; references are unique;
IBAN check digits hold; amounts are plain digits in a money currency. What only one network asks for (a purpose,
a BIC, one currency) is left to the gateway. Their answer, pacs.002, is written in `status`.
Rule source: ISO 20022 message definition report, Payments Clearing and Settlement; ISO 13616 (IBAN).
"""

from collections.abc import Collection, Sequence
from decimal import Decimal

import msgspec

from mufakat.messages import amount, fault
from mufakat.messages.elements import Children, breach_of, miscounted, refusal_at
from mufakat.messages.envelope import Header, Opened, open_message, read_header
from mufakat.messages.fault import Fault
from mufakat.messages.group import SUMS, Shared, read_group
from mufakat.messages.schema import Element
from mufakat.messages.transaction import CreditTransfer, read_transfers


class CustomerCreditTransfer(msgspec.Struct, frozen=True, kw_only=True):
    """A whole pacs.008 or pacs.009: group header, application header if any, transactions in file order.

    `settlement_method` is INDA, INGA, COVE or CLRG; `clearing_system` a code or proprietary name.
    """

    definition: str
    message_id: str
    created: str
    settlement_method: str
    clearing_system: str | None
    instructing_agent: str | None
    instructed_agent: str | None
    header: Header | None
    transactions: tuple[CreditTransfer, ...]

    @property
    def sender(self) -> str | None:
        """The BIC of the agent that gets the answer."""
        first = self.transactions[0]
        return first.instructing_agent or first.debtor.agent


def read_customer_credit_transfer(data: bytes) -> CustomerCreditTransfer | Fault:
    """Read a pacs.008 from a file, in any wrapper.

    Returns a Fault, with the identifiers that could be read, when the file is not one safe document of
    a taken version, breaks its schema, or breaks a rule that the standard sets between elements.
    """
    opened = open_message(data)
    if isinstance(opened, Fault):
        return opened
    return read_credit_transfer(opened)


def read_credit_transfer(opened: Opened) -> CustomerCreditTransfer | Fault:
    """Read a pacs.008 or pacs.009 that was opened; the same faults."""
    if breach := breach_of(opened):
        return breach
    shared, elements = laid_out(opened)
    if shared.number is None or int(shared.number) != len(elements):
        breach = miscounted(opened, Children(shared.header)["NbOfTxs"], len(elements))
        assert breach is not None, "the header has another number"
        return breach
    read = read_transfers(opened, shared, elements)
    if isinstance(read, Fault):
        return read
    return _sums_breach(opened, shared, read) or _repeated(opened, read) or whole(opened, shared, read)


def laid_out(opened: Opened) -> tuple[Shared, list[Element]]:
    """Return what the group header of a message says, and the elements of its transactions."""
    elements = [child for child in opened.document[0] if child.tag.endswith("}CdtTrfTxInf")]
    return read_group(opened, elements[0]), elements


def whole(opened: Opened, shared: Shared, read: Sequence[CreditTransfer]) -> CustomerCreditTransfer:
    """Return a message, or a piece of one, with the transactions that were read of it."""
    assert shared.message_id is not None, "the schema asks for it"
    assert shared.method is not None, "the schema asks for it"
    return CustomerCreditTransfer(
        definition=opened.definition,
        message_id=shared.message_id,
        created=shared.created,
        settlement_method=shared.method,
        clearing_system=shared.system,
        instructing_agent=shared.instructing_agent,
        instructed_agent=shared.instructed_agent,
        header=None if opened.header is None else read_header(opened.header),
        transactions=tuple(read),
    )


def _sums_breach(opened: Opened, shared: Shared, read: Sequence[CreditTransfer]) -> Fault | None:
    """Check what a group header says of sums; they are added up where it does."""
    if not shared.sums:
        return None
    total = amount.total(transfer.amount for transfer in read)
    return sums_breach(opened, Children(shared.header), total, {transfer.currency for transfer in read})


def sums_breach(opened: Opened, group: Children, total: Decimal, currencies: Collection[str]) -> Fault | None:
    """Check the control sum and the total in a group header against the amounts and currencies of transactions."""
    for name in SUMS:
        stated = group.get(name)
        if stated is None:
            continue
        if Decimal(stated.text) != total:
            text = f"{name} says {stated.text.strip()} but the amounts add up to {total:f}. Correct it."
            return refusal_at(opened, fault.CONTROL_SUM, text, stated)
        currency = stated.get("Ccy")
        if currency is not None and any(each != currency for each in currencies):
            text = f"{name} is in {currency} but a transaction is not. Send one message a currency."
            return refusal_at(opened, fault.CURRENCY, text, stated)
    return None


def _repeated(opened: Opened, read: Sequence[CreditTransfer]) -> Fault | None:
    """Check that references are unique."""
    seen: set[str] = set()
    for transfer in read:
        uetr = transfer.uetr
        if uetr in seen:
            return repeated(opened, transfer)
        if uetr is not None:
            seen.add(uetr)
    return None


def repeated(opened: Opened, transfer: CreditTransfer) -> Fault:
    """Refuse a message for a transaction whose UETR another one has."""
    text = f"UETR {transfer.uetr} stands twice in the message. Give each payment its own."
    wrong = refusal_at(opened, fault.NOT_UNIQUE, text, opened.document)
    return msgspec.structs.replace(wrong, line=transfer.line, path="CdtTrfTxInf/PmtId/UETR")
