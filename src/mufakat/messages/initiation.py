"""Orders of firms to their bank read, pain.001: each transfer as the pacs.008 that the bank would send of it.

An order becomes what the debtor's agent instructs: the requested execution date is the settlement date, the
payment information's debtor, agent and type hold for each of its transfers, charges are shared where nobody says.
One conversion serves reading and giving on, so what is paid and what the creditor's agent gets agree. The order's
instructions to the debtor's agent stay with that agent. Read are versions with a place for the UETR.
Rule source: ISO 20022 message definition report, Payments Initiation.
"""

from collections.abc import Collection, Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Final

import msgspec
from lxml import etree

from mufakat.messages import fault
from mufakat.messages.amount import total
from mufakat.messages.elements import Children, bic, breach_of, refusal_at
from mufakat.messages.envelope import ISO, Opened
from mufakat.messages.fault import Fault, References
from mufakat.messages.pacs import read_credit_transfer
from mufakat.messages.schema import Element, path_of
from mufakat.messages.transaction import CreditTransfer
from mufakat.messages.versions import READ

ORDER: Final = "pain.001"
NOT_ADMITTED: Final = "CH17"
"""ExternalStatusReason1Code: an element that is not admitted."""
_BY_TRANSFER: Final = "TRF"
_SHARED: Final = "SHAR"
_BETWEEN: Final = tuple(f"IntrmyAgt{number}{account}" for number in (1, 2, 3) for account in ("", "Acct"))
_DEBTOR: Final = ("Dbtr", "DbtrAcct", "DbtrAgt", "DbtrAgtAcct")
_CREDITOR: Final = ("CdtrAgt", "CdtrAgtAcct", "Cdtr", "CdtrAcct", "UltmtCdtr")
_REPEATED: Final = ("InstrForCdtrAgt", "Purp", "RgltryRptg", "Tax", "RltdRmtInf", "RmtInf", "SplmtryData")
_ASKED_FOR: Final = ("CdtrAgt", "Cdtr")
_OTHER_MEANS: Final = {
    "ChqInstr": "Cheques are not drawn here. Order a transfer.",
    "XchgRateInf": "A payment settles in one currency. Exchange first, then pay.",
}


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """One transfer of an order, or why it cannot be one. `line` is the 1-based line of its element."""

    line: int
    references: References
    transfer: CreditTransfer | None
    fault: Fault | None = None
    not_admitted: str | None = None


class Initiation(msgspec.Struct, frozen=True, kw_only=True):
    """A whole pain.001; `sender` is the BIC of the first debtor's agent, through which the answer goes."""

    definition: str
    message_id: str
    created: str
    sender: str | None
    transactions: tuple[Ordered, ...]


def read_initiation(opened: Opened) -> Initiation | Fault:
    """Read a pain.001 that was opened, or say what is wrong with it."""
    wrong = breach_of(opened) or _sums_breach(opened)
    if wrong is not None:
        return wrong
    group, first = Children(opened.document[0][0]), next(_payments(opened.document))
    return Initiation(
        definition=opened.definition,
        message_id=group["MsgId"].text,
        created=group["CreDtTm"].text.strip(),
        sender=bic(Children(first), "DbtrAgt"),
        transactions=tuple(
            _ordered(opened, payment, transaction) for payment, transaction in _each(opened.document)
        ),
    )


def transfers_of(document: Element, wanted: Collection[int]) -> Iterator[tuple[int, str, Element]]:
    """Give transfers of an order that was taken, by number from 0: each as version and Document of a pacs.008."""
    left = set(wanted)
    for number, (payment, transaction) in enumerate(_each(document)):
        if number in left:
            left.discard(number)
            opened = _transfer(document, payment, transaction)
            yield number, opened.definition, opened.document
    assert not left, "an order that was taken has these transfers"


def _payments(document: Element) -> Iterator[Element]:
    return (each for each in document[0] if each.tag.endswith("}PmtInf"))


def _each(document: Element) -> Iterator[tuple[Element, Element]]:
    for payment in _payments(document):
        for transaction in payment:
            if transaction.tag.endswith("}CdtTrfTxInf"):
                yield payment, transaction


def _sums_breach(opened: Opened) -> Fault | None:
    """Check numbers and control sums of the message and of each payment information, where they are stated."""
    levels: list[tuple[Element, list[Element]]] = [(opened.document[0][0], [])]
    for payment, transaction in _each(opened.document):
        levels[0][1].append(transaction)
        if levels[-1][0] is not payment:
            levels.append((payment, []))
        levels[-1][1].append(transaction)
    for level, transactions in levels:
        own, whole = Children(level), total(_amount(each).text.strip() for each in transactions)
        if "NbOfTxs" in own and int(own["NbOfTxs"].text) != len(transactions):
            text = f"NbOfTxs says {own['NbOfTxs'].text} but {len(transactions)} transactions are there. Correct it."
            return refusal_at(opened, fault.COUNT, text, own["NbOfTxs"])
        if "CtrlSum" in own and Decimal(own["CtrlSum"].text) != whole:
            text = f"CtrlSum says {own['CtrlSum'].text} but the amounts add up to {whole:f}. Correct it."
            return refusal_at(opened, fault.CONTROL_SUM, text, own["CtrlSum"])
    return None


def _amount(transaction: Element) -> Element:
    amount = Children(transaction).below("Amt")
    return amount.get("InstdAmt", amount.below("EqvtAmt").get("Amt"))


def _ordered(opened: Opened, payment: Element, transaction: Element) -> Ordered:
    own, above = Children(transaction), Children(payment)
    ids = own.below("PmtId")
    references = References(
        instruction_id=ids.text("InstrId"),
        end_to_end_id=ids.text("EndToEndId"),
        uetr=ids.text("UETR"),
        payment_id=above["PmtInfId"].text,
    )
    line = transaction.sourceline
    why = next((text for name, text in _OTHER_MEANS.items() if name in own), None)
    if above.text("PmtMtd") != _BY_TRANSFER:
        why = f"PmtMtd is {above.text('PmtMtd')}. Order a transfer, {_BY_TRANSFER}."
    elif "InstdAmt" not in own.below("Amt"):
        why = "EqvtAmt asks for an exchange. Exchange first, then pay an InstdAmt."
    if why is not None:
        return Ordered(line=line, references=references, transfer=None, not_admitted=why)
    missing = next((name for name in _ASKED_FOR if name not in own), None)
    if missing is not None:
        wrong = refusal_at(opened, fault.MISSING, f"The transfer names no {missing}. Name it.", transaction)
        return Ordered(line=line, references=references, transfer=None, fault=wrong)
    read = read_credit_transfer(_transfer(opened.document, payment, transaction))
    if isinstance(read, Fault):
        place = msgspec.structs.replace(read, line=read.line or line, path=path_of(transaction))
        return Ordered(line=line, references=references, transfer=None, fault=place)
    return Ordered(line=line, references=references, transfer=read.transactions[0])


def _transfer(document: Element, payment: Element, transaction: Element) -> Opened:
    """Make the pacs.008 of a transfer, in the oldest version that can hold all of it, or else the newest."""
    opened: Opened | None = None
    for version in READ["pacs.008"]:
        opened = Opened(
            document=_pacs(document, payment, transaction, version), definition=version, header=None
        )
        if breach_of(opened) is None:
            break
    assert opened is not None, "some versions are read"
    return opened


def _pacs(document: Element, payment: Element, transaction: Element, version: str) -> Element:
    ns = f"{{{ISO}{version}}}"
    own, above, group = Children(transaction), Children(payment), Children(document[0][0])
    made = etree.Element(f"{ns}Document", nsmap={None: ns[1:-1]})
    body = etree.SubElement(made, f"{ns}FIToFICstmrCdtTrf")
    head = etree.SubElement(body, f"{ns}GrpHdr")
    for name, text in (("MsgId", group.text("MsgId")), ("CreDtTm", group.text("CreDtTm")), ("NbOfTxs", "1")):
        etree.SubElement(head, ns + name).text = text
    etree.SubElement(etree.SubElement(head, f"{ns}SttlmInf"), f"{ns}SttlmMtd").text = "CLRG"
    target = etree.SubElement(body, f"{ns}CdtTrfTxInf")
    target.sourceline = transaction.sourceline
    _put(ns, target, "PmtId", own)
    _put(ns, target, "PmtTpInf", own if "PmtTpInf" in own else above)
    _copy(ns, target, "IntrBkSttlmAmt", _amount(transaction))
    asked = above.below("ReqdExctnDt")
    etree.SubElement(target, f"{ns}IntrBkSttlmDt").text = asked.text("Dt") or (asked.text("DtTm") or "")[:10]
    _copy(ns, target, "InstdAmt", _amount(transaction))
    etree.SubElement(target, f"{ns}ChrgBr").text = own.text("ChrgBr") or above.text("ChrgBr") or _SHARED
    _copy(ns, target, "InstgAgt", above["DbtrAgt"])
    if "CdtrAgt" in own:
        _copy(ns, target, "InstdAgt", own["CdtrAgt"])
    for name in _BETWEEN:
        _put(ns, target, name, own)
    _put(ns, target, "UltmtDbtr", own if "UltmtDbtr" in own else above)
    if len(group["InitgPty"]):
        _put(ns, target, "InitgPty", group)
    for names, source in ((_DEBTOR, above), (_CREDITOR, own)):
        for name in names:
            _put(ns, target, name, source)
    for name in _REPEATED:
        for each in transaction:
            if each.tag.endswith(f"}}{name}"):
                _copy(ns, target, name, each)
    return made


def _put(ns: str, target: Element, name: str, source: Children) -> None:
    if name in source:
        _copy(ns, target, name, source[name])


def _copy(ns: str, target: Element, name: str, source: Element) -> None:
    """Copy an element under a name of the other message; what is of a namespace of its own stays as it is."""
    copy = etree.SubElement(target, ns + name, dict(source.attrib))
    copy.sourceline = source.sourceline
    copy.text = source.text if len(source) == 0 else None
    mine = etree.QName(source).namespace
    for child in source:
        if etree.QName(child).namespace == mine:
            _copy(ns, copy, etree.QName(child).localname, child)
        else:
            copy.append(deepcopy(child))
