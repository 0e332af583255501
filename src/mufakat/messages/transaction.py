"""One transaction of a credit transfer: the element CdtTrfTxInf read, with the rules that hold for it alone.

Which elements have its texts is found in the tree, or by its tags where the same tags were seen before (`layout`):
what is made of the texts is one. The schema has been checked, so that order and number of elements are known.
Rule source: ISO 20022 message definition report, Payments Clearing and Settlement; ISO 13616 (IBAN).
"""

import string
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, cast

import msgspec

from mufakat.messages import amount, fault
from mufakat.messages.elements import Children, bic_in, canonical, refusal_at
from mufakat.messages.envelope import Opened
from mufakat.messages.fault import Fault, References
from mufakat.messages.group import STATED_ONCE, Shared, chosen, kind_of_payment
from mufakat.messages.layout import Known, Texts, texts_of, unescaped
from mufakat.messages.schema import Element

_AMOUNT, _DEBTOR_ACCOUNT, _CREDITOR_ACCOUNT, _UNDERLYING, _LINES = 7, 14, 18, 26, 34
"""Places of texts in what `_looked_at` returns."""
_IN_DIGITS: Final = {each: str(int(each, 36)) for each in string.ascii_letters + string.digits}


class Party(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A debtor or creditor with its account and agent; what the message lacks is None.

    `account` is an IBAN or another identification as written; `agent` is a BIC of 8 or 11 characters. An
    institution that is party to its own transfer and has no agent there is its own agent. `tells`: the elements
    that stand in its address and its identification, by name.
    """

    name: str | None
    lei: str | None
    account: str | None
    agent: str | None
    tells: tuple[str, ...] = ()


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
    references. `underlying`: debtor and creditor of the customer's transfer that this one covers, if it does.
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
    underlying: tuple[Party, Party] | None = None

    @property
    def references(self) -> References:
        """The identifiers under which a status report names this transaction."""
        return References(
            instruction_id=self.instruction_id,
            end_to_end_id=self.end_to_end_id,
            tx_id=self.tx_id,
            uetr=self.uetr,
        )


class Form(NamedTuple):
    """What the tags of a transaction say: currencies, which of some elements it has, number of remittance lines.

    `tells`: of debtor and creditor, and then of those of the transfer that it covers, if it does.
    """

    currency: str
    instructed_currency: str | None
    debtor_has_iban: bool
    creditor_has_iban: bool
    stated_once: tuple[str, ...]
    has_kind: bool
    has_times: bool
    lines: int
    tells: tuple[tuple[str, ...], ...]


def read_transfers(
    opened: Opened, shared: Shared, elements: Sequence[Element]
) -> list[CreditTransfer] | Fault:
    """Read the transactions of a piece of a message that fits its schema; what holds for all is not checked.

    Return a Fault when one of them breaks a rule between its elements.
    """
    read: list[CreditTransfer] = []
    for element, (form, texts) in zip(elements, _texts(shared, elements), strict=True):
        transfer = _breach(opened, shared, element, (form, texts)) or _transfer(shared, element, form, texts)
        if isinstance(transfer, Fault):
            return transfer
        read.append(transfer)
    return read


def _texts(shared: Shared, elements: Sequence[Element]) -> Iterator[tuple[Form, Texts]]:
    """Give form and texts of each transaction, by its tags or from the tree."""
    if shared.found is None:
        for element in elements:
            form, wanted = _looked_at(element)
            yield form, texts_of(wanted)
        return
    text, at, head = shared.found
    known: Known[Form] = head.within
    has_references = "&" in text
    for element in elements:
        found = known.find(text, at)
        if found is not None:
            layout, texts, at = found
            yield layout.form, unescaped(texts) if has_references else texts
            continue
        form, wanted = _looked_at(element)
        every = list(element.iter())
        at = known.learn(text, at, 2 * len(every), (form, every, wanted))
        yield form, texts_of(wanted)


def _looked_at(element: Element) -> tuple[Form, list[Element | None]]:
    """Return what the tags of a transaction say, and the elements whose texts `_transfer` takes, in its order."""
    own = Children(element)
    ids, times = own.below("PmtId"), Children(own.get("SttlmTmReq"))
    settled, instructed = own["IntrBkSttlmAmt"], own.get("InstdAmt")
    debtor = _party(own["Dbtr"], own.get("DbtrAcct"), own.get("DbtrAgt"))
    creditor = _party(own["Cdtr"], own.get("CdtrAcct"), own.get("CdtrAgt"))
    lines, documents = _remittance(own.get("RmtInf"))
    covered = own.below("UndrlygCstmrCdtTrf")
    underlying = [
        each
        for side in ("Dbtr", "Cdtr")
        for each in (
            _party(covered[side], covered.get(f"{side}Acct"), covered.get(f"{side}Agt"))
            if covered
            else [None] * 4
        )
    ]
    form = Form(
        currency=settled.get("Ccy"),
        instructed_currency=None if instructed is None else instructed.get("Ccy"),
        debtor_has_iban=_is_iban(debtor[2]),
        creditor_has_iban=_is_iban(creditor[2]),
        stated_once=tuple(name for name in STATED_ONCE if name in own),
        has_kind="PmtTpInf" in own,
        has_times="SttlmTmReq" in own,
        lines=len(lines),
        tells=tuple(
            _tells(each[side])
            for each in ((own, covered) if covered else (own,))
            for side in ("Dbtr", "Cdtr")
        ),
    )
    return form, [
        *(ids.get(name) for name in ("InstrId", "EndToEndId", "TxId", "UETR")),
        *kind_of_payment(own),
        settled,
        *(own.get(name) for name in ("IntrBkSttlmDt", "ChrgBr")),
        *(bic_in(own.get(name)) for name in ("InstgAgt", "InstdAgt")),
        *debtor,
        *creditor,
        chosen(own.get("Purp")),
        own.get("SttlmPrty"),
        *(times.get(name) for name in ("FrTm", "TillTm", "RjctTm", "CLSTm")),
        *underlying,
        *lines,
        *documents,
    ]


def _party(party: Element, account: Element | None, agent: Element | None) -> list[Element | None]:
    """Return the elements with name, LEI, account and agent of a person, a firm or an institution.

    Below an identification of a firm is its LEI if there is one. An account that is known by a proxy alone, as
    later versions allow, has no identification.
    """
    own = Children(party)
    institution, identified, held = own.below("FinInstnId"), own.get("Id"), Children(account).get("Id")
    number = None if held is None else held[0]
    if number is not None and not number.tag.endswith("}IBAN"):
        number = number[0]
    name = institution.get("Nm") if "FinInstnId" in own else own.get("Nm")
    is_firm = identified is not None and identified[0].tag.endswith("}OrgId")
    lei = Children(identified[0]).get("LEI") if identified is not None and is_firm else None
    known = bic_in(agent)
    return [name, lei, number, institution.get("BICFI") if known is None else known]


def _tells(party: Element) -> tuple[str, ...]:
    """Return which elements stand in a party's address and its identification, by name."""
    own, start = Children(party), party.tag.index("}") + 1
    address, identified = own.get("PstlAdr"), own.get("Id")
    told = [] if address is None else list(address)
    if identified is not None:
        told += [identified[0], *identified[0]]
    return tuple(each.tag[start:] for each in told)


def _is_iban(account: Element | None) -> bool:
    return account is not None and account.tag.endswith("}IBAN")


def _remittance(element: Element | None) -> tuple[list[Element], list[Element]]:
    """Return the elements with unstructured lines, and those with numbers of documents and creditor references."""
    lines: list[Element] = []
    documents: list[Element] = []
    for part in element if element is not None else ():
        if part.tag.endswith("}Ustrd"):
            lines.append(part)
            continue
        referred: list[Element] = []
        for about in part:
            tag = about.tag
            if tag.endswith("}RfrdDocInf"):
                documents.extend(each for each in about if each.tag.endswith("}Nb"))
            elif tag.endswith("}CdtrRefInf"):
                referred.extend(each for each in about if each.tag.endswith("}Ref"))
        documents += referred
    return lines, documents


def _transfer(shared: Shared, element: Element, form: Form, texts: Texts) -> CreditTransfer:
    """Make a transfer of the texts that `_looked_at` names."""
    (instruction_id, end_to_end_id, tx_id, uetr, channel, priority, instrument, value, date, bearer) = texts[
        :10
    ]
    if not form.has_kind:
        channel, priority, instrument = shared.kind
    date = date or shared.date
    assert end_to_end_id is not None, "the schema asks for it"
    assert value is not None, "the schema asks for it"
    return CreditTransfer(
        line=element.sourceline,
        instruction_id=instruction_id,
        end_to_end_id=end_to_end_id,
        tx_id=tx_id,
        uetr=uetr,
        clearing_channel=channel,
        instruction_priority=priority,
        amount=value.strip(),
        currency=form.currency,
        value_date=None if date is None else date.strip(),
        charge_bearer=bearer or "",
        instructing_agent=texts[10] or shared.instructing_agent,
        instructed_agent=texts[11] or shared.instructed_agent,
        debtor=_told(texts[12:16], form.tells[0]),
        creditor=_told(texts[16:20], form.tells[1]),
        purpose=texts[20],
        settlement_priority=texts[21],
        times=_times(*texts[22:_UNDERLYING]) if form.has_times else None,
        remittance=cast(tuple[str, ...], texts[_LINES : _LINES + form.lines]),
        documents=cast(tuple[str, ...], texts[_LINES + form.lines :]),
        local_instrument=instrument,
        underlying=_underlying(texts[_UNDERLYING:_LINES], form.tells[2:]),
    )


def _told(texts: Texts, tells: tuple[str, ...]) -> Party:
    name, lei, account, agent = texts
    return Party(name=name, lei=lei, account=account, agent=agent, tells=tells)


def _underlying(texts: Texts, tells: tuple[tuple[str, ...], ...]) -> tuple[Party, Party] | None:
    return (_told(texts[:4], tells[0]), _told(texts[4:], tells[1])) if tells else None


def _times(
    earliest: str | None, till: str | None, reject_after: str | None, cls: str | None
) -> SettlementTimes:
    return SettlementTimes(earliest=earliest, till=till, reject_after=reject_after, cls=cls)


def _breach(opened: Opened, shared: Shared, element: Element, told: tuple[Form, Texts]) -> Fault | None:
    """Check the rules that hold between the elements of a transaction.

    What the group header states, it does not state otherwise (ISO 20022: stated at one level only); an IBAN has its
    check digits (ISO 13616, ISO 7064 MOD 97-10); amounts are plain digits of a money currency.
    """
    form, texts = told
    value = (texts[_AMOUNT] or "").strip()
    if not amount.is_plain(value):
        text = f"The amount {value!r} is not plain digits with at most one point. Write it so."
        return refusal_at(opened, fault.AMOUNT, text, Children(element)["IntrBkSttlmAmt"])
    for name, code in (("IntrBkSttlmAmt", form.currency), ("InstdAmt", form.instructed_currency)):
        if code in amount.COMMODITIES:
            text = f"{code} is a metal, not money of a central bank. Pay in a currency."
            return refusal_at(opened, fault.CURRENCY_NOT_TAKEN, text, Children(element)[name])
    for name in shared.stated_once:
        if name in form.stated_once and canonical(own := Children(element)[name]) != shared.said(name):
            text = f"{name} differs from the group header's. State it once, in the header or here."
            return refusal_at(opened, STATED_ONCE[name], text, own)
    for is_iban, place, name, code in (
        (form.debtor_has_iban, _DEBTOR_ACCOUNT, "DbtrAcct", fault.DEBTOR_ACCOUNT),
        (form.creditor_has_iban, _CREDITOR_ACCOUNT, "CdtrAcct", fault.CREDITOR_ACCOUNT),
    ):
        if is_iban and not checks(texts[place] or ""):
            text = f"The IBAN {texts[place]} fails its check digits."
            return refusal_at(opened, code, text, Children(element)[name][0][0])
    return None


def checks(iban: str) -> bool:
    """Say whether the check digits of a text of an IBAN's form hold; A to Z stand for 10 to 35."""
    return int("".join(map(_IN_DIGITS.__getitem__, iban[4:] + iban[:4]))) % 97 == 1
