"""Identifiers hold: UETR, BIC, LEI, IBAN, country codes, references.

Rule source: RFC 4122 (UETR), ISO 9362 (BIC), ISO 17442 (LEI), ISO 13616 and the IBAN registry, ISO 3166-1.
"""

from collections.abc import Iterator
from typing import Final

from stdnum import iban as _iban
from stdnum import lei as _lei
from stdnum.exceptions import InvalidChecksum, InvalidComponent, ValidationError
from stdnum.iso7064 import mod_97_10

from mufakat.messages.rules.reading import Message, child, name_of, text, value
from mufakat.messages.rules.rule import Blame, Check, Rule
from mufakat.messages.schema import Element
from mufakat.model import identifier
from mufakat.model.country import COUNTRIES, is_country

_BICS: Final = ("BIC", "BICFI", "BICOrBEI", "AnyBIC")
_ACCOUNTS: Final = ("DbtrAcct", "CdtrAcct")
_UETR_OWED: Final = (("pacs.008", 8), ("pacs.009", 8))


def country_of(bic: str) -> str:
    """Return the country in a BIC."""
    return bic[4:6]


def uetr_form(message: Message) -> Iterator[Blame]:
    """A UETR is a UUID of version 4, in lower case."""
    for element in message.all("UETR", "OrgnlUETR"):
        said = value(element)
        if identifier.uetr(said) is None:
            yield element, f"{said} is no UUID of version 4 (RFC 4122). Make the UETR anew, or copy it whole."
        elif said != said.lower():
            yield element, f"{said} has capital letters. Write the UETR in lower case."


def uetr_there(message: Message) -> Iterator[Blame]:
    """Each transfer between banks carries a UETR."""
    for tx in message.transactions:
        if child(tx, "PmtId", "UETR") is None:
            yield tx, "There is no PmtId/UETR. Give the payment one, and keep it from end to end."


def bic_form(message: Message) -> Iterator[Blame]:
    """A BIC has 8 or 11 characters and a country in them."""
    for element in (*message.all(*_BICS), *_header_bics(message)):
        said = value(element)
        if identifier.bic(said) is None:
            yield element, f"{said!r} is no BIC: 8 or 11 capitals and digits (ISO 9362). Look it up."
        elif not is_country(country_of(said)):
            yield element, f"{said} names the country {country_of(said)}, which is none. Look the BIC up."


def _header_bics(message: Message) -> list[Element]:
    return [each for each in message.header_elements if name_of(each) in _BICS]


def lei_check(message: Message) -> Iterator[Blame]:
    """An LEI's check digits hold."""
    for element in message.all("LEI"):
        if not _lei.is_valid(value(element)):
            yield element, f"{value(element)} fails its check digits (ISO 17442). Look the LEI up."


def _iban_check(account: str) -> Check:
    """Return the check of the IBANs of one kind of account, or of all others when none is named."""

    def check(message: Message) -> Iterator[Blame]:
        for element in message.all("IBAN"):
            said, holder = value(element), _holder(element)
            if holder == account or (not account and holder not in _ACCOUNTS):
                try:
                    mod_97_10.validate(said[4:] + said[:4])
                except ValidationError:
                    yield element, f"The IBAN {said} fails its check digits. Ask the party for it again."

    return check


def _holder(element: Element) -> str:
    """Return the name of the account in which an identification stands."""
    identification = element.getparent()
    account = None if identification is None else identification.getparent()
    return "" if account is None or not account.tag.startswith("{") else name_of(account)


def iban_country(message: Message) -> Iterator[Blame]:
    """An IBAN's country has IBANs, of this length and form."""
    for element in message.all("IBAN"):
        said = value(element)
        try:
            _iban.validate(said)
        except InvalidChecksum:
            continue
        except InvalidComponent:
            if said[:2] in COUNTRIES or not is_country(said[:2]):
                yield element, f"{said[:2]} is no country with IBANs. Write the account as Othr/Id."
        except ValidationError:
            yield element, f"The IBAN {said} has not the length and form of {said[:2]}. Ask for it again."


def country_known(message: Message) -> Iterator[Blame]:
    """A country code is one."""
    for element in message.all("Ctry", "CtryOfRes", "CtryOfBirth"):
        if not is_country(value(element)):
            yield element, f"{value(element)} is no country (ISO 3166-1 alpha-2). Correct it."


def reference_slashes(message: Message) -> Iterator[Blame]:
    """An instruction's reference neither begins nor ends with a slash, nor holds two in a row."""
    for element in message.all("InstrId", "OrgnlInstrId"):
        said = value(element)
        if said.startswith("/") or said.endswith("/") or "//" in said:
            yield element, f"{said}: no slash at either end and no two in a row (FIN cuts there). Change it."


def proxy_unnamed(message: Message) -> Iterator[Blame]:
    """A party's name says who it is: not a word that stands for none."""
    for name in ("Dbtr", "Cdtr", "UltmtDbtr", "UltmtCdtr"):
        for party in message.all(name):
            said = text(party, "Nm").strip(" .-").upper()
            if said in _NOBODY:
                element = child(party, "Nm")
                assert element is not None, "it has a value"
                yield element, f"The name {value(element)!r} names nobody. Write who it is."


_NOBODY: Final = frozenset(
    {"NOTPROVIDED", "NOT PROVIDED", "UNKNOWN", "N/A", "NA", "NONE", "OUR CUSTOMER", "ONE OF OUR CLIENTS"}
)
RULES: Final = (
    Rule(
        id="MUF-UETR-01",
        title="A UETR is a UUID of version 4, in lower case",
        code="BE15",
        source="RFC 4122, 4.1.3 and 4.4; CBPR+ and HVPS+ usage guidelines",
        check=uetr_form,
    ),
    Rule(
        id="MUF-UETR-02",
        title="Each transfer between banks carries a UETR",
        code="CH21",
        source="CBPR+ and HVPS+ usage guidelines of pacs.008 and pacs.009",
        check=uetr_there,
        scope=_UETR_OWED,
    ),
    Rule(
        id="MUF-BIC-01",
        title="A BIC has its form, and a country in it",
        code="RC01",
        source="ISO 9362",
        check=bic_form,
    ),
    Rule(
        id="MUF-LEI-01",
        title="An LEI's check digits hold",
        code="BE15",
        source="ISO 17442, ISO 7064 MOD 97-10",
        check=lei_check,
    ),
    Rule(
        id="MUF-IBAN-01",
        title="The check digits of the debtor's IBAN hold",
        code="AC02",
        source="ISO 13616, ISO 7064 MOD 97-10",
        check=_iban_check("DbtrAcct"),
    ),
    Rule(
        id="MUF-IBAN-02",
        title="The check digits of the creditor's IBAN hold",
        code="AC03",
        source="ISO 13616, ISO 7064 MOD 97-10",
        check=_iban_check("CdtrAcct"),
    ),
    Rule(
        id="MUF-IBAN-03",
        title="The check digits of any other IBAN hold",
        code="AC01",
        source="ISO 13616, ISO 7064 MOD 97-10",
        check=_iban_check(""),
    ),
    Rule(
        id="MUF-IBAN-04",
        title="An IBAN has the length and form of its country",
        code="AC01",
        source="ISO 13616, IBAN registry",
        check=iban_country,
    ),
    Rule(
        id="MUF-CTRY-01",
        title="A country code is one",
        code="BE09",
        source="ISO 3166-1",
        check=country_known,
    ),
    Rule(
        id="MUF-REF-02",
        title="An instruction's reference has no slash at either end and no two in a row",
        code="CH16",
        source="CBPR+ usage guidelines, Instruction_Identification_FormalRule",
        check=reference_slashes,
    ),
    Rule(
        id="MUF-PTY-01",
        title="A party's name says who it is",
        code="BE21",
        source="Wolfsberg Group, Payment Transparency Standards",
        check=proxy_unnamed,
    ),
)
