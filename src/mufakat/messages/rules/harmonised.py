"""CPMI harmonised ISO 20022 data requirements for cross-border payments, as far as one message can show them.

Rule source: CPMI, "Harmonised ISO 20022 data requirements for enhancing cross-border payments", report to the
G20, October 2023 (CPMI Papers 218): twelve requirements, numbered 1 to 12; the first two digits of a rule's
number here are those of its requirement. They are to be met by the end of 2027.
"""

from collections.abc import Iterator
from typing import Final

from mufakat.messages.rules.characters import not_cut, references_in_x, told_in_extended
from mufakat.messages.rules.identifiers import uetr_form
from mufakat.messages.rules.money import difference_charged
from mufakat.messages.rules.parties import has_account, is_identified, orders
from mufakat.messages.rules.reading import Message, child, name_of, text, value
from mufakat.messages.rules.rule import Blame, Check, Rule, Scope, Severity
from mufakat.messages.rules.settlement import rate_where_converted
from mufakat.messages.rules.times import with_offset
from mufakat.messages.schema import Element

CORE: Final = frozenset(
    (
        *("pacs.002", "pacs.004", "pacs.008", "pacs.009", "pacs.028", "camt.029", "camt.056"),
        *("camt.052", "camt.053", "camt.054", "camt.060", "pain.001", "pain.002"),
    )
)
"""The messages that the requirements speak of: payments and what reports, asks back and cancels them."""
CUSTOMER: Final = (("pacs.008", 1),)
TRANSFERS: Final = (("pacs.008", 1), ("pacs.009", 1))
_ENTITIES: Final = (("pacs.008", 1), ("pacs.009", 2))
_CODED: Final = ("Purp", "CtgyPurp", "SvcLvl", "LclInstrm", "Rsn")
_AGENTS: Final = (
    *("InstgAgt", "InstdAgt", "DbtrAgt", "CdtrAgt", "IntrmyAgt1", "IntrmyAgt2", "IntrmyAgt3"),
    *("PrvsInstgAgt1", "PrvsInstgAgt2", "PrvsInstgAgt3", "InstgRmbrsmntAgt", "InstdRmbrsmntAgt"),
)
_PARTIES: Final = ("Dbtr", "Cdtr", "UltmtDbtr", "UltmtCdtr")


def core_message(message: Message) -> Iterator[Blame]:
    """The message is one of those that are made for payments across borders."""
    if message.kind not in CORE:
        yield (
            message.document,
            f"{message.kind} is not in the core message set. Take the message of that set.",
        )


def institutions_by_their_message(message: Message) -> Iterator[Blame]:
    """A customer's payment does not travel as a transfer between institutions, nor the other way."""
    for tx in message.transactions:
        for side in ("Dbtr", "Cdtr"):
            purpose = child(tx, "PmtTpInf", "CtgyPurp", "Cd")
            if message.kind == "pacs.008" and value(purpose) in {"INTC", "TREA"} and _is_bank(tx, side):
                assert purpose is not None, "it has a value"
                yield purpose, f"{value(purpose)} between institutions goes by pacs.009. Send that message."


def _is_bank(tx: Element, side: str) -> bool:
    """Tell whether a party is its own agent: a bank that pays or is paid for itself."""
    bic = text(tx, side, "Id", "OrgId", "AnyBIC")
    return bool(bic) and bic[:8] == text(tx, f"{side}Agt", "FinInstnId", "BICFI")[:8]


def codes_not_own_words(message: Message) -> Iterator[Blame]:
    """What has an external code set is said by a code of it."""
    for element in message.all(*_CODED):
        own = child(element, "Prtry")
        if own is not None:
            yield own, f"{name_of(element)} is in own words, Prtry. Take a code of the external set, Cd."


def reference_end_to_end(message: Message) -> Iterator[Blame]:
    """A UETR goes with the payment from end to end, and with all that speaks of it."""
    for tx in message.transactions:
        ids = child(tx, "PmtId", "UETR") if message.kind in {"pacs.008", "pacs.009", "pain.001"} else None
        if ids is None and child(tx, "OrgnlUETR") is None:
            yield tx, "There is no UETR. Write it, the same from end to end."
    yield from uetr_form(message)


def amounts_told(message: Message) -> Iterator[Blame]:
    """The amount that was instructed is told, beside the one that is settled."""
    for tx in message.transactions:
        if child(tx, "InstdAmt") is None:
            yield tx, "There is no InstdAmt. Write the amount as it was instructed."


def accounts_told(message: Message) -> Iterator[Blame]:
    """Both accounts are told, by number or proxy."""
    for order in orders(message):
        for side in ("Dbtr", "Cdtr"):
            if not has_account(order, side):
                at = child(order.parties, side)
                yield order.parties if at is None else at, f"There is no {side}Acct. Write the account."


def institutions_known(message: Message) -> Iterator[Blame]:
    """Every institution has a BIC; where it has none, an LEI."""
    for agent in message.all(*_AGENTS):
        if not text(agent, "FinInstnId", "BICFI") and not text(agent, "FinInstnId", "LEI"):
            yield agent, f"{name_of(agent)} has neither BIC nor LEI. Write FinInstnId/BICFI."


def entities_known(message: Message) -> Iterator[Blame]:
    """Every organisation has an LEI, a BIC, or another identifier that others can look up."""
    for party in message.all(*_PARTIES):
        firm = child(party, "Id", "OrgId")
        if firm is not None and not is_identified(firm):
            yield firm, f"{name_of(party)} has no LEI, BIC or other identifier. Write Id/OrgId/LEI."


def parties_known(message: Message) -> Iterator[Blame]:
    """Who pays and who is paid are identified, as organisation or person."""
    for order in orders(message):
        for side in ("Dbtr", "Cdtr"):
            party = child(order.parties, side)
            if party is not None and child(party, "Id") is None:
                yield party, f"{side} is not identified. Write Id/OrgId, LEI first, or Id/PrvtId."


def persons_known(message: Message) -> Iterator[Blame]:
    """A person has a name, and a date and place of birth or another identifier."""
    for party in message.all(*_PARTIES):
        person = child(party, "Id", "PrvtId")
        known = text(person, "DtAndPlcOfBirth", "BirthDt") or text(person, "Othr", "Id")
        if person is not None and not (text(party, "Nm") and known):
            yield party, f"{name_of(party)} is a person without name, or without date of birth or identifier."


def addresses_structured(message: Message) -> Iterator[Blame]:
    """An address names town and country in their elements."""
    for address in message.all("PstlAdr"):
        if not (text(address, "TwnNm") and text(address, "Ctry")):
            yield address, "The address does not name town and country in elements. Write TwnNm and Ctry."


def addresses_there(message: Message) -> Iterator[Blame]:
    """Who pays and who is paid have an address, unless a BIC says it."""
    for order in orders(message):
        for side in ("Dbtr", "Cdtr"):
            party = child(order.parties, side)
            if party is None or child(party, "PstlAdr") is not None or text(party, "Id", "OrgId", "AnyBIC"):
                continue
            yield party, f"{side} has no address. Write at least TwnNm and Ctry."


def remittance_carried(message: Message) -> Iterator[Blame]:
    """What the payment is for travels with it, or a reference to where it is told."""
    for order in orders(message):
        if child(order.parties, "RmtInf") is None and child(order.parties, "RltdRmtInf") is None:
            yield (
                order.parties,
                "Nothing says what is paid. Write RmtInf, or RltdRmtInf for where it is told.",
            )


REQUIREMENTS: Final = {
    1: "the message that fits the business",
    2: "external codes",
    3: "the character set of market practice",
    4: "one time convention",
    5: "a unique end-to-end reference",
    6: "transparency of amounts, conversions and charges",
    7: "unique account identifiers",
    8: "institutions uniquely identified",
    9: "entities uniquely identified",
    10: "persons identified",
    11: "a minimum of structured postal address",
    12: "remittance information carried",
}


def _rule(
    number: str,
    title: str,
    code: str,
    check: Check,
    *,
    scope: Scope = (),
    severity: Severity = Severity.ERROR,
) -> Rule:
    """Make the rule of a requirement: its two digits, and two of the rule's own."""
    requirement = int(number[:2])
    return Rule(
        id=f"MUF-CPMI{number[:2]}-{number[2:]}",
        title=title,
        code=code,
        source=f"CPMI Papers 218 (October 2023), requirement {requirement}: {REQUIREMENTS[requirement]}",
        check=check,
        scope=scope,
        severity=severity,
    )


RULES: Final = (
    _rule("0101", "The message is one of the core set", "NARR", core_message),
    _rule(
        "0102",
        "Institutions' own payments go by pacs.009",
        "NARR",
        institutions_by_their_message,
        scope=CUSTOMER,
    ),
    _rule(
        "0201",
        "What has an external code set is said by its codes",
        "CH16",
        codes_not_own_words,
        severity=Severity.WARNING,
    ),
    _rule("0301", "References are in the X set of characters", "RR10", references_in_x),
    _rule("0302", "All text is in the extended set of characters", "RR10", told_in_extended),
    _rule("0401", "Times are UTC, or local with their offset", "DT02", with_offset),
    _rule(
        "0501",
        "A UETR goes from end to end",
        "CH21",
        reference_end_to_end,
        scope=(("pacs.002", 10), ("pacs.004", 9), ("pacs.008", 8), ("pacs.009", 8), ("pacs.028", 3)),
    ),
    _rule("0601", "The instructed amount is told", "AM12", amounts_told, scope=CUSTOMER),
    _rule("0602", "Charges that were taken are told", "AM09", difference_charged, scope=CUSTOMER),
    _rule("0603", "A conversion is told with its rate", "CH21", rate_where_converted, scope=CUSTOMER),
    _rule("0701", "Both accounts are told, by number or proxy", "AC01", accounts_told, scope=_ENTITIES),
    _rule("0801", "Every institution has a BIC, or an LEI", "RC05", institutions_known, scope=TRANSFERS),
    _rule(
        "0901",
        "Every organisation has an LEI, a BIC or another identifier",
        "BE15",
        entities_known,
        scope=_ENTITIES,
    ),
    _rule("0902", "Who pays and who is paid are identified", "BE15", parties_known, scope=_ENTITIES),
    _rule(
        "1001",
        "A person has a name, and a date of birth or an identifier",
        "BE15",
        persons_known,
        scope=_ENTITIES,
    ),
    _rule(
        "1101", "An address names town and country in elements", "BE09", addresses_structured, scope=TRANSFERS
    ),
    _rule("1102", "Who pays and who is paid have an address", "BE07", addresses_there, scope=_ENTITIES),
    _rule(
        "1201",
        "What the payment is for travels with it",
        "RR07",
        remittance_carried,
        scope=_ENTITIES,
        severity=Severity.WARNING,
    ),
    _rule("1202", "Nothing was cut off on the way", "RR08", not_cut, scope=TRANSFERS),
)
