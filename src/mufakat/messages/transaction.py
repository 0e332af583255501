"""One transaction of a credit transfer: the element CdtTrfTxInf read, with the rules that hold for it alone.

Each element is looked at once, from the transaction down: a name costs more to ask of the tree than a place. The
schema has been checked, so that order and number of elements are known.
Rule source: ISO 20022 message definition report, Payments Clearing and Settlement; ISO 13616 (IBAN).
"""

import string
from typing import Final

import msgspec

from mufakat.messages import amount, fault
from mufakat.messages.elements import Children, bic, canonical, first, refusal_at, texts
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
    """What a group header states for every transaction."""

    def __init__(self, group: Children) -> None:
        self.kind: Final = group.below("PmtTpInf")
        self.date: Final = group.text("IntrBkSttlmDt")
        self.instructing_agent: Final = bic(group, "InstgAgt")
        self.instructed_agent: Final = bic(group, "InstdAgt")
        self.stated_once: Final = [name for name in _STATED_ONCE if name in group]
        self._group: Final = group
        self._said: Final[dict[str, bytes]] = {}

    def said(self, name: str) -> bytes:
        """Return what an element says, in canonical form."""
        if name not in self._said:
            self._said[name] = canonical(self._group[name])
        return self._said[name]


def read_transaction(opened: Opened, shared: Shared, element: Element) -> CreditTransfer | Fault:
    """Read a CdtTrfTxInf that fits its schema; a Fault when it breaks a rule between its elements."""
    own = Children(element)
    settled = own["IntrBkSttlmAmt"]
    value, currency = settled.text.strip(), settled.get("Ccy")
    accounts = _account(own.get("DbtrAcct")), _account(own.get("CdtrAcct"))
    if breach := (
        _amount_breach(opened, own, value)
        or _stated_twice(opened, shared, own)
        or _iban_breach(opened, accounts)
    ):
        return breach
    ids = texts(own["PmtId"])
    kind = Children(own["PmtTpInf"]) if "PmtTpInf" in own else shared.kind
    date = own.text("IntrBkSttlmDt") or shared.date
    remittance, documents = _remittance(own.get("RmtInf"))
    return CreditTransfer(
        line=element.sourceline,
        instruction_id=ids.get("InstrId"),
        end_to_end_id=ids["EndToEndId"],
        tx_id=ids.get("TxId"),
        uetr=ids.get("UETR"),
        clearing_channel=kind.text("ClrChanl"),
        instruction_priority=kind.text("InstrPrty"),
        amount=value,
        currency=currency,
        value_date=None if date is None else date.strip(),
        charge_bearer=own.text("ChrgBr") or "",
        instructing_agent=bic(own, "InstgAgt") or shared.instructing_agent,
        instructed_agent=bic(own, "InstdAgt") or shared.instructed_agent,
        debtor=_party(own["Dbtr"], accounts[0], bic(own, "DbtrAgt")),
        creditor=_party(own["Cdtr"], accounts[1], bic(own, "CdtrAgt")),
        purpose=_choice(own.get("Purp")),
        remittance=remittance,
        documents=documents,
        settlement_priority=own.text("SttlmPrty"),
        times=_times(own["SttlmTmReq"]) if "SttlmTmReq" in own else None,
        local_instrument=_choice(kind.get("LclInstrm")),
    )


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


def _amount_breach(opened: Opened, own: Children, value: str) -> Fault | None:
    if not amount.is_plain(value):
        text = f"The amount {value!r} is not plain digits with at most one point. Write it so."
        return refusal_at(opened, fault.AMOUNT, text, own["IntrBkSttlmAmt"])
    for name in ("IntrBkSttlmAmt", "InstdAmt"):
        if (money := own.get(name)) is not None and money.get("Ccy") in amount.COMMODITIES:
            text = f"{money.get('Ccy')} is a metal, not money of a central bank. Pay in a currency."
            return refusal_at(opened, fault.CURRENCY_NOT_TAKEN, text, money)
    return None


def _stated_twice(opened: Opened, shared: Shared, own: Children) -> Fault | None:
    """Refuse a transaction that contradicts the group header (ISO 20022: stated at one level only)."""
    for name in shared.stated_once:
        if name in own and canonical(own[name]) != shared.said(name):
            text = f"{name} differs from the group header's. State it once, in the header or here."
            return refusal_at(opened, _STATED_ONCE[name], text, own[name])
    return None


def _account(account: Element | None) -> Element | None:
    """Return the element with an account's identification: an IBAN, or the Id of another kind.

    None for an account that is known by a proxy alone, as later versions allow.
    """
    identification = first(account, "}Id")
    if identification is None:
        return None
    chosen = identification[0]
    return chosen if chosen.tag.endswith("}IBAN") else chosen[0]


def _iban_breach(opened: Opened, accounts: tuple[Element | None, Element | None]) -> Fault | None:
    """Refuse an IBAN whose check digits fail (ISO 13616, ISO 7064 MOD 97-10)."""
    for found, code in zip(accounts, (fault.DEBTOR_ACCOUNT, fault.CREDITOR_ACCOUNT), strict=True):
        if found is not None and found.tag.endswith("}IBAN") and not checks(found.text):
            return refusal_at(opened, code, f"The IBAN {found.text} fails its check digits.", found)
    return None


def checks(iban: str) -> bool:
    """Say whether the check digits of a text of an IBAN's form hold; A to Z stand for 10 to 35."""
    return int("".join(map(_IN_DIGITS.__getitem__, iban[4:] + iban[:4]))) % 97 == 1


def _party(party: Element, account: Element | None, agent: str | None) -> Party:
    """Read a person, a firm or an institution. Below an identification of a firm is its LEI if there is one."""
    name = lei = None
    for child in party:
        tag = child.tag
        if tag.endswith("}Nm"):
            name = child.text
        elif tag.endswith("}Id") and child[0].tag.endswith("}OrgId"):
            lei = next((each.text for each in child[0] if each.tag.endswith("}LEI")), None)
        elif tag.endswith("}FinInstnId"):
            known = texts(child)
            name, agent = known.get("Nm"), agent or known.get("BICFI")
    return Party(name=name, lei=lei, account=None if account is None else account.text, agent=agent)


def _remittance(element: Element | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    lines: list[str] = []
    documents: list[str] = []
    for part in element if element is not None else ():
        if part.tag.endswith("}Ustrd"):
            lines.append(part.text)
            continue
        referred: list[str] = []
        for about in part:
            tag = about.tag
            if tag.endswith("}RfrdDocInf"):
                documents.extend(each.text for each in about if each.tag.endswith("}Nb"))
            elif tag.endswith("}CdtrRefInf"):
                referred.extend(each.text for each in about if each.tag.endswith("}Ref"))
        documents += referred
    return tuple(lines), tuple(documents)
