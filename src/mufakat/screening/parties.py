"""Who is named in a payment message: every party, agent, account holder and contact, and text that may name some.

A message is walked, not read field by field: whatever stands in an element Nm, in which role and depth the
schema lets it, is somebody. Parties without a name count by their identifiers. What holds for all transactions, as
who initiated them, is screened with each. Left out are references, codes, places and supplementary data.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

import msgspec

from mufakat.messages.envelope import Opened
from mufakat.messages.rules.reading import TRANSACTIONS
from mufakat.messages.schema import Element
from mufakat.messages.tabular import ObligationRow, PaymentRow
from mufakat.model.listing import Born, Kind
from mufakat.screening.corroborate import NOTHING, Known
from mufakat.screening.entry import distinct, squeezed

ROLES: Final = {
    "Dbtr": "debtor",
    "UltmtDbtr": "ultimate debtor",
    "InitgPty": "initiating party",
    "Cdtr": "creditor",
    "UltmtCdtr": "ultimate creditor",
    "DbtrAgt": "debtor's agent",
    "CdtrAgt": "creditor's agent",
    "InstgAgt": "instructing agent",
    "InstdAgt": "instructed agent",
    "DbtrAcct": "debtor's account",
    "CdtrAcct": "creditor's account",
    "Orgtr": "originator of the return",
    "Ustrd": "remittance information",
    "AddtlRmtInf": "remittance information",
    "AddtlInf": "additional information",
    "InstrInf": "instruction",
    "InstrForDbtrAgt": "instruction",
    "CareOf": "care of",
    "AdrLine": "address",
    "Invcr": "invoicer",
    "Invcee": "invoicee",
    "Grnshee": "garnishee",
    "Authrty": "authority",
}
"""What an element's place in a payment is called; another one is called by its name."""
_AGENTS: Final = (("IntrmyAgt", "intermediary agent"), ("PrvsInstgAgt", "previous instructing agent"))
_NAME: Final = "Nm"
_TEXTS: Final = frozenset(
    {
        *("Ustrd", "AddtlRmtInf", "AddtlInf", "InstrInf", "InstrForDbtrAgt", "CareOf", "AdrLine"),
        *("PlcAndNm", "Inf", "Desc", "MemoFld", "Sgntr", "DlvryPnlty", "JobTitl"),
    }
)
"""Text in people's own words."""
_INSIDE: Final = frozenset(
    {
        *("FinInstnId", "CmbndId", "BrnchId", "NmAndAdr", "Pty", "Agt", "FIId", "Id", "OrgId", "PrvtId"),
        *("PstlAdr", "Othr", "OthrId", "PrtryId", "DtAndPlcOfBirth", "Authstn", "Adr", "RmtLctnPstlAdr"),
    }
)
"""Parts of a party, a branch among them: who is named in one is the party around it."""
_APART: Final = frozenset({"CtctDtls", "BrnchId", "Authstn"})
"""Parts that name somebody of whom the party's identifiers say nothing."""
_CODES: Final = frozenset({"AnyBIC", "BICOrBEI", "BICFI", "BIC", "BEI", "IBEI", "LEI", "IBAN"})
_COUNTRIES: Final = frozenset({"Ctry", "CtryOfRes", "CtryOfBirth"})
_NO_IDENTIFIERS: Final = frozenset(
    {"Issr", "Cd", "Prtry", "BirthDt", "PrvcOfBirth", "CityOfBirth", *_COUNTRIES}
)
_LEVELS: Final = frozenset({"PmtInf"})
"""What stands between the message and its transactions."""
_YEAR: Final = 4


class Subject(msgspec.Struct, frozen=True):
    """Somebody to be screened: `text` is a name, or empty where an identifier is all that is known.

    `place`: XPath from the transaction, or the column of a table. `prose`: the text may name anybody among other
    words.
    """

    role: str
    place: str
    text: str
    known: Known = NOTHING
    prose: bool = False


def of_message(opened: Opened) -> list[tuple[Subject, ...]]:
    """Return who is named in each transaction of a message, in order; in one that has none, all in one."""
    name = TRANSACTIONS.get(opened.definition[:8], "")
    body = next(iter(opened.document))
    found = [tuple(each) for each in _transactions(body, name, "..", [])]
    return found or [tuple(_walk(body, "."))]


def _transactions(level: Element, name: str, up: str, above: list[Subject]) -> Iterator[list[Subject]]:
    """Give who is named in each transaction below a level, after those of the levels above it."""
    shared, below = list(above), []
    for child, step in _steps(level):
        local = _local(child)
        if local == name or local in _LEVELS:
            below.append((child, local))
        else:
            shared += _visit(child, f"{up}/{step}", child)
    for child, local in below:
        if local == name:
            yield [*_walk(child, ""), *shared]
        else:
            farther = [msgspec.structs.replace(each, place=f"../{each.place}") for each in shared]
            yield from _transactions(child, name, "..", farther)


def _walk(element: Element, place: str) -> Iterator[Subject]:
    for child, step in _steps(element):
        yield from _visit(child, f"{place}/{step}" if place else step, child)


def _visit(element: Element, place: str, owner: Element) -> Iterator[Subject]:
    """Give who is named in an element, which is a part of `owner`."""
    local = _local(element)
    if local in _TEXTS:
        if text := squeezed(element.text):
            yield Subject(ROLES.get(local, local), place, text, prose=True)
        return
    named = False
    for child, step in _steps(element):
        inner = _local(child)
        if inner == _NAME:
            if text := squeezed(child.text):
                named = True
                known = NOTHING if local in _APART else known_of(owner)
                yield Subject(_role(owner, local), f"{place}/{step}", text, known)
        elif len(child) or inner in _TEXTS:
            yield from _visit(child, f"{place}/{step}", owner if inner in _INSIDE else child)
    if element is owner and not named and not _is_named(owner):
        known = known_of(owner)
        if known.identifiers:
            yield Subject(_role(owner, local), place, "", known)


def _is_named(owner: Element) -> bool:
    """Tell whether a party's own name was given, so that its identifiers stand with it."""
    return any(
        _local(child) == _NAME or (_local(child) in _INSIDE - _APART and _is_named(child))
        for child in _elements(owner)
    )


def known_of(party: Element) -> Known:
    """Return what a message says of a party beside its name."""
    identifiers: list[str] = []
    countries: list[str] = []
    years: list[str] = []
    kinds: list[Kind] = []
    for local, text, inside in _leaves(party, ""):
        if local in _COUNTRIES:
            countries.append(text)
        elif local == "BirthDt":
            years.append(text[:_YEAR])
        elif local in _CODES or (inside and local not in _NO_IDENTIFIERS):
            identifiers.append(text)
        if inside or local in {"BICFI", "BIC", "LEI"}:
            kinds.append(Kind.PERSON if inside == "PrvtId" else Kind.ENTITY)
    return Known(
        kind=next(iter(kinds), Kind.UNKNOWN),
        born=tuple(Born(int(each), int(each)) for each in years if each.isdecimal()),
        countries=distinct(countries),
        identifiers=distinct(identifiers),
    )


def _leaves(element: Element, inside: str) -> Iterator[tuple[str, str, str]]:
    """Give the values of a party, each with the kind of identification in which it stands."""
    for child in _elements(element):
        local = _local(child)
        if local in _APART:
            continue
        if len(child):
            of = local if local in {"OrgId", "PrvtId"} else inside
            of = of or ("Othr" if local in {"Othr", "PrtryId"} and _local(element) == "FinInstnId" else "")
            if local in _INSIDE:
                yield from _leaves(child, of)
        else:
            yield local, squeezed(child.text), inside


def _role(owner: Element, local: str) -> str:
    name = _local(owner)
    role = ROLES.get(name)
    for prefix, words in _AGENTS:
        if role is None and name.startswith(prefix):
            role = words + (" account" if name.endswith("Acct") else "")
    if name == "CtctDtls":
        return f"contact of {_role(owner.getparent(), '')}"
    return f"{role or name}, {local}" if local in _APART else role or name


def _elements(parent: Element) -> Iterator[Element]:
    """Give the children of an element in its own namespace."""
    space = parent.tag[: parent.tag.index("}") + 1]
    return (each for each in parent if isinstance(each.tag, str) and each.tag.startswith(space))


def _steps(parent: Element) -> Iterator[tuple[Element, str]]:
    """Give the children of an element with their steps: numbered where there are several of a name."""
    children = list(_elements(parent))
    count, seen = Counter(map(_local, children)), Counter[str]()
    for each in children:
        local = _local(each)
        seen[local] += 1
        yield each, f"{local}[{seen[local]}]" if count[local] > 1 else local


def _local(element: Element) -> str:
    tag: str = element.tag
    return tag[tag.index("}") + 1 :]


def of_payment(row: PaymentRow) -> tuple[Subject, ...]:
    """Return who is named in a row of a table of payments."""
    named = (
        ("debtor", row.debtor_name, row.debtor_account),
        ("creditor", row.creditor_name, row.creditor_account),
    )
    agents = (("debtor's agent", row.debtor_agent), ("creditor's agent", row.creditor_agent))
    parties = (
        Subject(role, f"{role}_name", squeezed(name), Known(identifiers=_iban(account)))
        for role, name, account in named
    )
    return (
        *(each for each in parties if each.text or each.known.identifiers),
        *(
            Subject(role, role.replace("'s ", "_"), "", Known(kind=Kind.ENTITY, identifiers=(bic,)))
            for role, bic in agents
        ),
    )


def _iban(account: str | None) -> tuple[str, ...]:
    """Return an account's number where it is an IBAN: another one may be the number of anything."""
    plain = squeezed(account)
    return (plain,) if plain[:2].isalpha() and plain[2:4].isdecimal() else ()


def of_obligation(row: ObligationRow) -> tuple[Subject, ...]:
    """Return who is named in a row of a table of obligations: two firms, by their LEIs."""
    return tuple(
        Subject(role, role, "", Known(kind=Kind.ENTITY, identifiers=(lei,)))
        for role, lei in (("creditor", row.creditor), ("debtor", row.debtor))
    )
