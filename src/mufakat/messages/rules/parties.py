"""Originator and beneficiary: what FATF Recommendation 16 (payment transparency, revised June 2025) asks for.

For every transfer: names, and account numbers or a reference that leads to the transfer. For a transfer across
borders above 1,000 EUR or USD, more: the originator's address and, of a person, the date of birth, of an
organisation a BIC, an LEI or an official identifier; the beneficiary's country and town. An amount in any other
currency counts as above: a file has no rates. A transfer whose agents are in one country is none across
borders.

What a breach leads to when a transfer is put to the union is said with each rule: FATF has the originator's
institution send nothing that lacks what every transfer needs, and leaves it to risk-based policies what to do
where more is missing; there a participant may choose.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from mufakat.messages.rules.identifiers import country_of
from mufakat.messages.rules.reading import Message, child, children, number_of, text
from mufakat.messages.rules.rule import Blame, Check, Leads, Rule, Severity
from mufakat.messages.schema import Element

SMALL: Final = {"EUR": "1000", "USD": "1000"}
"""Up to which amount less is asked for, by currency; there is no such amount in another one."""
SCOPE: Final = (("pacs.008", 1), ("pacs.009", 2))


class Order(NamedTuple):
    """A customer's transfer: the element with its parties, and the transaction in which it stands."""

    parties: Element
    tx: Element

    @property
    def is_full(self) -> bool:
        """Tell whether all is asked for: across borders and above the threshold."""
        return not (self._is_domestic or self._is_small)

    @property
    def _is_domestic(self) -> bool:
        countries = [_country(child(self.parties, each, "FinInstnId")) for each in ("DbtrAgt", "CdtrAgt")]
        return bool(countries[0]) and countries[0] == countries[1]

    @property
    def _is_small(self) -> bool:
        amount = child(self.tx, "IntrBkSttlmAmt")
        number = number_of(amount)
        if amount is None or number is None or amount.get("Ccy") not in SMALL:
            return False
        return number <= Decimal(SMALL[amount.get("Ccy")])


def _country(agent: Element | None) -> str:
    """Return an agent's country by its BIC, its clearing system such as USABA, or its address; empty if unknown."""
    bic = text(agent, "BICFI") or text(agent, "BIC")
    system = text(agent, "ClrSysMmbId", "ClrSysId", "Cd")
    return country_of(bic) or system[:2] or text(agent, "PstlAdr", "Ctry")


def orders(message: Message) -> Iterator[Order]:
    """Yield the customers' transfers: of a cover payment, the one that it covers."""
    for tx in message.transactions:
        if message.kind == "pacs.008":
            yield Order(tx, tx)
        else:
            yield from (Order(each, tx) for each in children(tx, "UndrlygCstmrCdtTrf"))


def has_account(order: Order, side: str) -> bool:
    """Tell whether a side has an account number or a proxy of one."""
    kinds = (("Id", "IBAN"), ("Id", "Othr", "Id"), ("Prxy", "Id"), ("Id", "BBAN"), ("Id", "PrtryAcct", "Id"))
    return any(text(order.parties, f"{side}Acct", *kind) for kind in kinds)


def _named(side: str, who: str) -> Check:
    def check(message: Message) -> Iterator[Blame]:
        for order in orders(message):
            party = child(order.parties, side)
            if not text(party, "Nm") and not text(party, "Id", "OrgId", "AnyBIC"):
                yield _at(order, side), f"The {who} has no name. Write {side}/Nm."

    return check


def _accounted(side: str, who: str) -> Check:
    def check(message: Message) -> Iterator[Blame]:
        for order in orders(message):
            led = text(order.tx, "PmtId", "UETR") or text(order.tx, "PmtId", "TxId")
            if not has_account(order, side) and not led:
                what = f"The {who} has no account, and neither UETR nor TxId leads to the transfer"
                yield _at(order, side), f"{what}. Write {side}Acct, or PmtId/UETR."

    return check


def _placed(side: str, who: str) -> Check:
    def check(message: Message) -> Iterator[Blame]:
        for order in orders(message):
            party = child(order.parties, side)
            address = child(party, "PstlAdr")
            place = text(address, "TwnNm") and text(address, "Ctry")
            known = place or text(party, "Id", "OrgId", "AnyBIC") or children(address, "AdrLine")
            if order.is_full and not known:
                yield _at(order, side), f"The {who} has no address. Write town and country at least."

    return check


def _at(order: Order, side: str) -> Element:
    party = child(order.parties, side)
    return order.parties if party is None else party


def originator_identified(message: Message) -> Iterator[Blame]:
    """A person who pays has a date of birth, an organisation a BIC, an LEI or an official identifier."""
    for order in orders(message):
        if not order.is_full:
            continue
        party = child(order.parties, "Dbtr")
        person, firm = child(party, "Id", "PrvtId"), child(party, "Id", "OrgId")
        if person is not None:
            if not text(person, "DtAndPlcOfBirth", "BirthDt"):
                yield person, "The originator is a person without a date of birth. Write DtAndPlcOfBirth."
        elif not is_identified(firm):
            what = "The originator is neither a person with a date of birth nor an organisation with a BIC or LEI"
            yield _at(order, "Dbtr"), f"{what}. Write Dbtr/Id."


def is_identified(firm: Element | None) -> bool:
    """Tell whether an organisation has a BIC, an LEI or another identifier."""
    return any(text(firm, *kind) for kind in (("AnyBIC",), ("LEI",), ("Othr", "Id"), ("BICOrBEI",)))


def beneficiary_identified(message: Message) -> Iterator[Blame]:
    """An organisation that is paid has a BIC, an LEI or an official identifier, where there is one."""
    for order in orders(message):
        party = child(order.parties, "Cdtr")
        if (
            order.is_full
            and child(party, "Id", "PrvtId") is None
            and not is_identified(child(party, "Id", "OrgId"))
        ):
            what = "The beneficiary has no BIC, LEI or official identifier"
            yield _at(order, "Cdtr"), f"{what}. Write one if it is an organisation and has one."


def account_held_somewhere(message: Message) -> Iterator[Blame]:
    """The account's institution and its country can be told: the agent has a BIC, or a code and a country."""
    for order in orders(message):
        for side in ("DbtrAgt", "CdtrAgt"):
            agent = child(order.parties, side, "FinInstnId")
            member = text(agent, "ClrSysMmbId", "MmbId") and text(agent, "ClrSysMmbId", "ClrSysId", "Cd")
            place = text(agent, "Nm") and text(agent, "PstlAdr", "Ctry")
            if not (
                text(agent, "BICFI") or text(agent, "BIC") or member or place or _is_iban(order, side[:-3])
            ):
                what = f"Nobody can tell from {side} where the account is held, and in which country"
                yield _at(order, side), f"{what}. Write its BIC."


def _is_iban(order: Order, side: str) -> bool:
    return bool(text(order.parties, f"{side}Acct", "Id", "IBAN"))


_R16: Final = "FATF Recommendation 16, interpretive note as revised in June 2025"
RULES: Final = (
    Rule(
        id="MUF-FATF-01",
        title="The originator has a name",
        code="BE08",
        source=f"{_R16}: name of the originator",
        check=_named("Dbtr", "originator"),
        scope=SCOPE,
        leads=Leads.REJECT,
    ),
    Rule(
        id="MUF-FATF-02",
        title="The originator has an account number, or the transfer a unique reference",
        code="RR01",
        source=f"{_R16}: account number of the originator",
        check=_accounted("Dbtr", "originator"),
        scope=SCOPE,
        leads=Leads.REJECT,
    ),
    Rule(
        id="MUF-FATF-03",
        title="The beneficiary has a name",
        code="BE22",
        source=f"{_R16}: name of the beneficiary",
        check=_named("Cdtr", "beneficiary"),
        scope=SCOPE,
        leads=Leads.REJECT,
    ),
    Rule(
        id="MUF-FATF-04",
        title="The beneficiary has an account number, or the transfer a unique reference",
        code="AC03",
        source=f"{_R16}: account number of the beneficiary",
        check=_accounted("Cdtr", "beneficiary"),
        scope=SCOPE,
        leads=Leads.REJECT,
    ),
    Rule(
        id="MUF-FATF-05",
        title="Across borders above 1,000, the originator has an address",
        code="BE07",
        source=f"{_R16}: address of the originator",
        check=_placed("Dbtr", "originator"),
        scope=SCOPE,
        leads=Leads.REJECT,
        is_open=True,
    ),
    Rule(
        id="MUF-FATF-06",
        title="Across borders above 1,000, the originator is identified",
        code="BE16",
        source=f"{_R16}: date of birth of a person; BIC, LEI or unique official identifier of an organisation",
        check=originator_identified,
        scope=SCOPE,
        severity=Severity.WARNING,
        leads=Leads.WARN,
        is_open=True,
    ),
    Rule(
        id="MUF-FATF-07",
        title="Across borders above 1,000, the beneficiary's country and town are told",
        code="BE04",
        source=f"{_R16}: country and town of the beneficiary",
        check=_placed("Cdtr", "beneficiary"),
        scope=SCOPE,
        leads=Leads.REJECT,
        is_open=True,
    ),
    Rule(
        id="MUF-FATF-08",
        title="Across borders above 1,000, an organisation that is paid is identified where it can be",
        code="BE17",
        source=f"{_R16}: BIC, LEI or unique official identifier, where it exists",
        check=beneficiary_identified,
        scope=SCOPE,
        severity=Severity.WARNING,
        leads=Leads.WARN,
        is_open=True,
    ),
    Rule(
        id="MUF-FATF-09",
        title="It can be told where the accounts are held, and in which country",
        code="RC02",
        source=f"{_R16}: institution and country of the accounts",
        check=account_held_somewhere,
        scope=SCOPE,
        leads=Leads.HOLD,
        is_open=True,
    ),
)
