"""Credit transfers between agents read: pacs.008 of customers, pacs.009 of institutions themselves.

First comes the schema, then the rules that the standard sets between elements and no schema can say: counts
and sums agree; what the group header states, a transaction does not state otherwise; references are unique;
IBAN check digits hold; amounts are plain digits in a money currency. What only one network asks for (a purpose,
a BIC, one currency) is left to the gateway. Their answer, pacs.002, is written in `status`.
Rule source: ISO 20022 message definition report, Payments Clearing and Settlement; ISO 13616 (IBAN).
"""

import string
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

import msgspec

from mufakat.messages import amount, fault
from mufakat.messages.elements import Children, bic, breach_of, canonical, first, miscounted, refusal_at
from mufakat.messages.envelope import Header, Opened, open_message, read_header
from mufakat.messages.fault import Fault, Original, References
from mufakat.messages.schema import Element
from mufakat.messages.status import StatusReason, TransactionStatus, write_payment_status

__all__ = [
    "CreditTransfer",
    "CustomerCreditTransfer",
    "Original",
    "Party",
    "SettlementTimes",
    "StatusReason",
    "TransactionStatus",
    "read_customer_credit_transfer",
    "write_payment_status",
]

_STATED_ONCE: Final = {
    "IntrBkSttlmDt": fault.DATE,
    "InstgAgt": fault.WRONG_AGENT,
    "InstdAgt": fault.WRONG_AGENT,
    "PmtTpInf": fault.NARRATIVE,
}
"""What stands in the group header or in transactions, and the code when the two differ."""
_IN_DIGITS: Final = str.maketrans({each: str(int(each, 36)) for each in string.ascii_letters})


class Party(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A debtor or creditor with its account and agent; what the message lacks is None.

    `account` is an IBAN or another identification as written; `agent` is a BIC of 8 or 11 characters. An
    institution that is party to its own transfer and has no agent there is its own agent.
    """

    name: str | None
    lei: str | None
    account: str | None
    agent: str | None


class SettlementTimes(msgspec.Struct, frozen=True, kw_only=True):
    """Times as written: of the settlement date in a message, with a date of their own in a table.

    `earliest` (FrTm); `till` (TillTm) and `reject_after` (RjctTm), by which it has to settle; `cls` (CLSTm).
    """

    earliest: str | None
    till: str | None
    reject_after: str | None
    cls: str | None = None


class CreditTransfer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One transaction. `amount` is decimal text as written, `value_date` an ISO date as written.

    `line` is the 1-based line of its element. Agents are BICs as written. `clearing_channel` is RTGS,
    RTNS, MPNS or BOOK; `instruction_priority` HIGH or NORM; `charge_bearer` DEBT, CRED, SHAR or SLEV, or an empty
    text in a pacs.009.
    `settlement_priority` is URGT, HIGH or NORM; `times` between which it is to settle; `local_instrument` is a code
    or a proprietary name.
    `remittance` holds unstructured lines, `documents` the numbers of referred documents and creditor
    references.
    """

    line: int
    instruction_id: str | None
    end_to_end_id: str
    tx_id: str | None
    uetr: str | None
    clearing_channel: str | None
    instruction_priority: str | None
    amount: str
    currency: str
    value_date: str | None
    charge_bearer: str
    instructing_agent: str | None
    instructed_agent: str | None
    debtor: Party
    creditor: Party
    purpose: str | None
    remittance: tuple[str, ...]
    documents: tuple[str, ...]
    settlement_priority: str | None = None
    times: SettlementTimes | None = None
    local_instrument: str | None = None

    @property
    def references(self) -> References:
        """The identifiers under which a status report names this transaction."""
        return References(
            instruction_id=self.instruction_id,
            end_to_end_id=self.end_to_end_id,
            tx_id=self.tx_id,
            uetr=self.uetr,
        )


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
    body = opened.document[0]
    group = Children(body[0])
    transfers = [child for child in body if child.tag.endswith("}CdtTrfTxInf")]
    if breach := miscounted(opened, group["NbOfTxs"], len(transfers)):
        return breach
    read: list[CreditTransfer] = []
    shared = _shared(group)
    for element in transfers:
        transfer = _transfer(opened, shared, element)
        if isinstance(transfer, Fault):
            return transfer
        read.append(transfer)
    total = amount.total(transfer.amount for transfer in read)
    currencies = {transfer.currency for transfer in read}
    return sums_breach(opened, total, currencies) or _repeated(opened, read) or whole(opened, read)


def read_transfers(opened: Opened) -> list[CreditTransfer] | Fault:
    """Read the transactions of a piece of a message that fits its schema; what holds for all is not checked."""
    body = opened.document[0]
    shared = _shared(Children(body[0]))
    read: list[CreditTransfer] = []
    for element in body:
        transfer = _transfer(opened, shared, element) if element.tag.endswith("}CdtTrfTxInf") else None
        if isinstance(transfer, Fault):
            return transfer
        if transfer is not None:
            read.append(transfer)
    return read


def whole(opened: Opened, read: Sequence[CreditTransfer]) -> CustomerCreditTransfer:
    """Return a message, or a piece of one, with the transactions that were read of it."""
    group = Children(opened.document[0][0])
    settlement = group.below("SttlmInf")
    system = settlement.below("ClrSys")
    return CustomerCreditTransfer(
        definition=opened.definition,
        message_id=group["MsgId"].text,
        created=group["CreDtTm"].text.strip(),
        settlement_method=settlement["SttlmMtd"].text,
        clearing_system=system.text("Cd") or system.text("Prtry"),
        instructing_agent=bic(group, "InstgAgt"),
        instructed_agent=bic(group, "InstdAgt"),
        header=None if opened.header is None else read_header(opened.header),
        transactions=tuple(read),
    )


def sums_breach(opened: Opened, total: Decimal, currencies: Collection[str]) -> Fault | None:
    """Check the control sum and the total in a group header against the amounts and currencies of transactions."""
    group = Children(opened.document[0][0])
    for name in ("CtrlSum", "TtlIntrBkSttlmAmt"):
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
        if transfer.uetr is not None and transfer.uetr in seen:
            return repeated(opened, transfer)
        if transfer.uetr is not None:
            seen.add(transfer.uetr)
    return None


def repeated(opened: Opened, transfer: CreditTransfer) -> Fault:
    """Refuse a message for a transaction whose UETR another one has."""
    text = f"UETR {transfer.uetr} stands twice in the message. Give each payment its own."
    wrong = refusal_at(opened, fault.NOT_UNIQUE, text, opened.document)
    return msgspec.structs.replace(wrong, line=transfer.line, path="CdtTrfTxInf/PmtId/UETR")


class _Shared(NamedTuple):
    """What a group header states for every transaction; `stated` in canonical form, by name."""

    kind: Children
    date: str | None
    instructing_agent: str | None
    instructed_agent: str | None
    stated: dict[str, bytes]


def _shared(group: Children) -> _Shared:
    return _Shared(
        kind=group.below("PmtTpInf"),
        date=group.text("IntrBkSttlmDt"),
        instructing_agent=bic(group, "InstgAgt"),
        instructed_agent=bic(group, "InstdAgt"),
        stated={name: canonical(group[name]) for name in _STATED_ONCE if name in group},
    )


def _transfer(opened: Opened, shared: _Shared, element: Element) -> CreditTransfer | Fault:
    own = Children(element)
    settled = own["IntrBkSttlmAmt"]
    value, currency = settled.text.strip(), settled.get("Ccy")
    if not amount.is_plain(value):
        text = f"The amount {value!r} is not plain digits with at most one point. Write it so."
        return refusal_at(opened, fault.AMOUNT, text, settled)
    for money in (settled, own.get("InstdAmt")):
        if money is not None and money.get("Ccy") in amount.COMMODITIES:
            text = f"{money.get('Ccy')} is a metal, not money of a central bank. Pay in a currency."
            return refusal_at(opened, fault.CURRENCY_NOT_TAKEN, text, money)
    accounts = _account(own.get("DbtrAcct")), _account(own.get("CdtrAcct"))
    if breach := _stated_twice(opened, shared, own) or _iban_breach(opened, accounts):
        return breach
    ids = Children(own["PmtId"])
    kind = Children(own["PmtTpInf"]) if "PmtTpInf" in own else shared.kind
    date = own.text("IntrBkSttlmDt") or shared.date
    remittance, documents = _remittance(own.get("RmtInf"))
    return CreditTransfer(
        line=element.sourceline,
        instruction_id=ids.text("InstrId"),
        end_to_end_id=ids["EndToEndId"].text,
        tx_id=ids.text("TxId"),
        uetr=ids.text("UETR"),
        clearing_channel=kind.text("ClrChanl"),
        instruction_priority=kind.text("InstrPrty"),
        amount=value,
        currency=currency,
        value_date=None if date is None else date.strip(),
        charge_bearer=own.text("ChrgBr") or "",
        instructing_agent=bic(own, "InstgAgt") or shared.instructing_agent,
        instructed_agent=bic(own, "InstdAgt") or shared.instructed_agent,
        debtor=_party(own, "Dbtr", accounts[0]),
        creditor=_party(own, "Cdtr", accounts[1]),
        purpose=_choice(own.get("Purp")),
        remittance=remittance,
        documents=documents,
        settlement_priority=own.text("SttlmPrty"),
        times=_times(own) if "SttlmTmReq" in own else None,
        local_instrument=_choice(kind.get("LclInstrm")),
    )


def _choice(element: Element | None) -> str | None:
    """Return the code or the proprietary name that an element holds, one of the two."""
    return None if element is None else element[0].text


def _times(own: Children) -> SettlementTimes:
    asked = own.below("SttlmTmReq")
    return SettlementTimes(
        earliest=asked.text("FrTm"),
        till=asked.text("TillTm"),
        reject_after=asked.text("RjctTm"),
        cls=asked.text("CLSTm"),
    )


def _stated_twice(opened: Opened, shared: _Shared, own: Children) -> Fault | None:
    """Refuse a transaction that contradicts the group header (ISO 20022: stated at one level only)."""
    for name, stated in shared.stated.items():
        if name in own and canonical(own[name]) != stated:
            text = f"{name} differs from the group header's. State it once, in the header or here."
            return refusal_at(opened, _STATED_ONCE[name], text, own[name])
    return None


def _account(account: Element | None) -> Element | None:
    """Return the element with an account's identification: an IBAN, or the Id of another kind."""
    identification = first(account, "}Id")
    return first(identification, "}IBAN") if (other := first(identification, "}Othr")) is None else other[0]


def _iban_breach(opened: Opened, accounts: tuple[Element | None, Element | None]) -> Fault | None:
    """Refuse an IBAN whose check digits fail (ISO 13616, ISO 7064 MOD 97-10)."""
    for found, code in zip(accounts, (fault.DEBTOR_ACCOUNT, fault.CREDITOR_ACCOUNT), strict=True):
        if found is not None and found.tag.endswith("}IBAN") and not checks(found.text):
            return refusal_at(opened, code, f"The IBAN {found.text} fails its check digits.", found)
    return None


def checks(iban: str) -> bool:
    """Say whether the check digits of a text of an IBAN's form hold; A to Z stand for 10 to 35."""
    return int((iban[4:] + iban[:4]).translate(_IN_DIGITS)) % 97 == 1


def _party(own: Children, side: str, account: Element | None) -> Party:
    party = Children(own.get(side))
    return Party(
        name=party.text("Nm") or party.below("FinInstnId").text("Nm"),
        lei=party.below("Id", "OrgId").text("LEI") if "Id" in party else None,
        account=None if account is None else account.text,
        agent=bic(own, f"{side}Agt") or bic(own, side),
    )


def _remittance(element: Element | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    lines: list[str] = []
    documents: list[str] = []
    for part in element if element is not None else ():
        if part.tag.endswith("}Ustrd"):
            lines.append(part.text)
            continue
        ns = part.tag[: part.tag.index("}") + 1]
        for path in (f"{ns}RfrdDocInf/{ns}Nb", f"{ns}CdtrRefInf/{ns}Ref"):
            documents.extend(found.text for found in part.findall(path))
    return tuple(lines), tuple(documents)
