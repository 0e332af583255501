"""One transaction of a credit transfer: the element CdtTrfTxInf read, with the rules that hold for it alone.

Each element is looked at once, from the transaction down: a name costs more to ask of the tree than a place. The
schema has been checked, so that order and number of elements are known.
Rule source: ISO 20022 message definition report, Payments Clearing and Settlement; ISO 13616 (IBAN).
"""

import string
from typing import Final

import msgspec

from mufakat.messages import amount, fault
from mufakat.messages.elements import Children, bic_of, canonical, refusal_at, texts
from mufakat.messages.envelope import Opened
from mufakat.messages.fault import Fault, References
from mufakat.messages.schema import Element

_STATED_ONCE: Final = {
    "IntrBkSttlmDt": fault.DATE,
    "InstgAgt": fault.WRONG_AGENT,
    "InstdAgt": fault.WRONG_AGENT,
    "PmtTpInf": fault.NARRATIVE,
}
"""What stands in the group header or in transactions, and the code when the two differ."""
_ACCOUNTS: Final = (("DbtrAcct", fault.DEBTOR_ACCOUNT), ("CdtrAcct", fault.CREDITOR_ACCOUNT))
"""The accounts of a transaction, each with the code when its IBAN is wrong."""
_IN_DIGITS: Final = {each: str(int(each, 36)) for each in string.ascii_letters + string.digits}


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


class Shared:
    """What a group header states for every transaction; `at`: where a tag of the message has its local name."""

    def __init__(self, group: Element) -> None:
        self.at: Final = group.tag.index("}") + 1
        self.group: Final = Children(group)
        kind = self.group.get("PmtTpInf")
        self.kind: Final = {} if kind is None else _named(kind, self.at)
        self.date: Final = _stripped(self.group.text("IntrBkSttlmDt"))
        self.instructing_agent: Final = bic_of(self.group.get("InstgAgt"))
        self.instructed_agent: Final = bic_of(self.group.get("InstdAgt"))
        self.stated_once: Final = [name for name in _STATED_ONCE if name in self.group]
        self._said: Final[dict[str, bytes]] = {}

    def said(self, name: str) -> bytes:
        """Return what an element says, in canonical form."""
        if name not in self._said:
            self._said[name] = canonical(self.group[name])
        return self._said[name]


def read_transaction(opened: Opened, shared: Shared, element: Element) -> CreditTransfer | Fault:
    """Read a CdtTrfTxInf that fits its schema; a Fault when it breaks a rule between its elements."""
    at = shared.at
    own = _named(element, at)
    get = own.get
    settled, instructed = own["IntrBkSttlmAmt"], get("InstdAmt")
    value, currency = settled.text.strip(), settled.get("Ccy")
    debtor_account, creditor_account = _account(get("DbtrAcct")), _account(get("CdtrAcct"))
    breach = (
        _amount_breach(opened, (settled, instructed), value, currency)
        or (shared.stated_once and _stated_twice(opened, shared, own))
        or _iban_breach(opened, own, (debtor_account, creditor_account))
    )
    if breach:
        return breach
    ids = {child.tag[at:]: child.text for child in own["PmtId"]}
    kind = (_named(own["PmtTpInf"], at) if "PmtTpInf" in own else shared.kind).get
    remittance, documents = _remittance(own["RmtInf"], at) if "RmtInf" in own else ((), ())
    return CreditTransfer(
        line=element.sourceline,
        instruction_id=ids.get("InstrId"),
        end_to_end_id=ids["EndToEndId"],
        tx_id=ids.get("TxId"),
        uetr=ids.get("UETR"),
        clearing_channel=_text(kind("ClrChanl")),
        instruction_priority=_text(kind("InstrPrty")),
        amount=value,
        currency=currency,
        value_date=_stripped(_text(get("IntrBkSttlmDt"))) or shared.date,
        charge_bearer=_text(get("ChrgBr")) or "",
        instructing_agent=bic_of(get("InstgAgt")) or shared.instructing_agent,
        instructed_agent=bic_of(get("InstdAgt")) or shared.instructed_agent,
        debtor=_party(own["Dbtr"], at, debtor_account, bic_of(get("DbtrAgt"))),
        creditor=_party(own["Cdtr"], at, creditor_account, bic_of(get("CdtrAgt"))),
        purpose=_choice(get("Purp")),
        remittance=remittance,
        documents=documents,
        settlement_priority=_text(get("SttlmPrty")),
        times=_times(own["SttlmTmReq"]) if "SttlmTmReq" in own else None,
        local_instrument=_choice(kind("LclInstrm")),
    )


def _named(parent: Element, at: int) -> dict[str, Element]:
    """Return child elements by local name, which begins at place `at` of a tag; of repeated ones the first."""
    return {child.tag[at:]: child for child in parent[::-1]}


def _text(element: Element | None) -> str | None:
    return None if element is None else element.text


def _stripped(text: str | None) -> str | None:
    return None if text is None else text.strip()


def _choice(element: Element | None) -> str | None:
    """Return the code or the proprietary name that an element holds, one of the two."""
    return None if element is None else element[0].text


def _times(asked: Element) -> SettlementTimes:
    named = texts(asked)
    return SettlementTimes(
        earliest=named.get("FrTm"),
        till=named.get("TillTm"),
        reject_after=named.get("RjctTm"),
        cls=named.get("CLSTm"),
    )


def _amount_breach(
    opened: Opened, amounts: tuple[Element, Element | None], value: str, currency: str
) -> Fault | None:
    """Refuse an amount that is not plain digits, and one of the two, settled and instructed, in a metal."""
    settled, instructed = amounts
    if not amount.is_plain(value):
        text = f"The amount {value!r} is not plain digits with at most one point. Write it so."
        return refusal_at(opened, fault.AMOUNT, text, settled)
    for money, code in ((settled, currency), (instructed, None if instructed is None else instructed.get("Ccy"))):
        if code in amount.COMMODITIES:
            text = f"{code} is a metal, not money of a central bank. Pay in a currency."
            return refusal_at(opened, fault.CURRENCY_NOT_TAKEN, text, money)
    return None


def _stated_twice(opened: Opened, shared: Shared, own: dict[str, Element]) -> Fault | None:
    """Refuse a transaction that contradicts the group header (ISO 20022: stated at one level only)."""
    for name in shared.stated_once:
        if name in own and canonical(own[name]) != shared.said(name):
            text = f"{name} differs from the group header's. State it once, in the header or here."
            return refusal_at(opened, _STATED_ONCE[name], text, own[name])
    return None


def _account(account: Element | None) -> tuple[str | None, bool]:
    """Return an account's identification, an IBAN or of another kind, and whether it is an IBAN.

    None for an account that is known by a proxy alone, as later versions allow.
    """
    if account is None or not len(account) or not account[0].tag.endswith("}Id"):
        return None, False
    chosen = account[0][0]
    return (chosen.text, True) if chosen.tag.endswith("}IBAN") else (chosen[0].text, False)


def _iban_breach(
    opened: Opened, own: dict[str, Element], accounts: tuple[tuple[str | None, bool], ...]
) -> Fault | None:
    """Refuse an IBAN whose check digits fail (ISO 13616, ISO 7064 MOD 97-10); of debtor, then creditor."""
    for (text, is_iban), (name, code) in zip(accounts, _ACCOUNTS, strict=True):
        if is_iban and not checks(text or ""):
            return refusal_at(opened, code, f"The IBAN {text} fails its check digits.", own[name][0][0])
    return None


def checks(iban: str) -> bool:
    """Say whether the check digits of a text of an IBAN's form hold; A to Z stand for 10 to 35."""
    return int("".join(map(_IN_DIGITS.__getitem__, iban[4:] + iban[:4]))) % 97 == 1


def _party(party: Element, at: int, account: tuple[str | None, bool], agent: str | None) -> Party:
    """Read a person, a firm or an institution. Below an identification of a firm is its LEI if there is one."""
    name = lei = None
    for child in party:
        tag = child.tag[at:]
        if tag == "Nm":
            name = child.text
        elif tag == "Id":
            kind = child[0]
            if kind.tag.endswith("}OrgId"):
                lei = next((each.text for each in kind if each.tag.endswith("}LEI")), None)
        elif tag == "FinInstnId":
            known = texts(child)
            name, agent = known.get("Nm"), agent or known.get("BICFI")
    return Party(name=name, lei=lei, account=account[0], agent=agent)


def _remittance(element: Element, at: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    lines: list[str] = []
    documents: list[str] = []
    for part in element:
        if part.tag[at:] == "Ustrd":
            lines.append(part.text)
            continue
        referred: list[str] = []
        for about in part:
            tag = about.tag[at:]
            if tag == "RfrdDocInf":
                documents.extend(each.text for each in about if each.tag[at:] == "Nb")
            elif tag == "CdtrRefInf":
                referred.extend(each.text for each in about if each.tag[at:] == "Ref")
        documents += referred
    return tuple(lines), tuple(documents)
