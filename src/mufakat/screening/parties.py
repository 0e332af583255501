"""Who is named in a payment message: every party, agent, account holder and contact, and text that may name some.

A message is walked, not read field by field: whatever stands in an element Nm, in which role and depth the
schema lets it, is somebody. Parties without a name count by their identifiers. What holds for all transactions, as
who initiated them, is screened with each. Left out are references, codes, places and supplementary data.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

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
_BANK_CODES: Final = frozenset({"BICFI", "BIC", "LEI"})
_KINDS: Final = frozenset({"OrgId", "PrvtId"})
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
    start = body.tag.index("}") + 1
    found = [tuple(each) for each in _transactions(_Level(body, start, name), [])]
    return found or [_Walk(body, start, body).found(".")]


class _Level(NamedTuple):
    """A part of a message in which transactions stand: their name, and where local names begin in tags."""

    element: Element
    start: int
    name: str


def _transactions(level: _Level, above: Sequence[Subject]) -> Iterator[tuple[Subject, ...]]:
    """Give who is named in each transaction below a level, after those of the levels above it."""
    element, start, name = level
    shared, below = list(above), []
    for child in element:
        local = child.tag[start:]
        if local == name or local in _LEVELS:
            below.append(child)
        else:
            shared += _Walk(child, start, element).found("..")
    for child in below:
        if child.tag[start:] == name:
            yield (*_Walk(child, start, child).found(""), *shared)
        else:
            farther = [msgspec.structs.replace(each, place=f"../{each.place}") for each in shared]
            yield from _transactions(_Level(child, start, name), farther)


class _Walk:
    """A walk through one element, whose places are told from `top` on."""

    def __init__(self, element: Element, start: int, top: Element) -> None:
        self._space: Final = element.tag[:start]
        self._start: Final = start
        self._top: Final = top
        self._subjects: Final[list[tuple[str, Element, str, Known, bool]]] = []
        if element is top:
            for child in element:
                self._visit(child, child)
        else:
            self._visit(element, element)

    def found(self, prefix: str) -> tuple[Subject, ...]:
        """Return who was found, each with its place, after `prefix`."""
        return tuple(
            Subject(role, "/".join(filter(None, (prefix, self._place(at)))), text, known, prose)
            for role, at, text, known, prose in self._subjects
        )

    def _visit(self, element: Element, owner: Element) -> bool:
        """Look at an element, which is a part of `owner`; tell whether it names it."""
        if not isinstance(element.tag, str) or not element.tag.startswith(self._space):
            return False
        local = element.tag[self._start :]
        if local in _TEXTS:
            if text := squeezed(element.text):
                self._subjects.append((ROLES.get(local, local), element, text, NOTHING, True))
            return False
        if not len(element):
            return False
        is_named, at = False, len(self._subjects)
        for child in element:
            inner = child.tag[self._start :] if isinstance(child.tag, str) else ""
            if inner == _NAME:
                if text := squeezed(child.text):
                    is_named = is_named or local not in _APART
                    known = NOTHING if local in _APART else known_of(owner)
                    self._subjects.append((_role(owner, local), child, text, known, False))
            elif inner in _INSIDE:
                is_named = self._visit(child, owner) or is_named
            else:
                self._visit(child, child)
        if element is owner and not is_named and (known := known_of(owner)).identifiers:
            self._subjects.insert(at, (_role(owner, local), owner, "", known, False))
        return is_named

    def _place(self, element: Element) -> str:
        steps = []
        while element is not self._top:
            parent = element.getparent()
            same = [each for each in parent if each.tag == element.tag] if parent is not None else [element]
            local = element.tag[self._start :]
            steps.append(local if len(same) == 1 else f"{local}[{same.index(element) + 1}]")
            element = parent
        return "/".join(reversed(steps))


def known_of(party: Element) -> Known:
    """Return what a message says of a party beside its name."""
    said = _Said([], [], [], [])
    _gather(party, "", party.tag.index("}") + 1, said)
    if not (said.identifiers or said.countries or said.years or said.kinds):
        return NOTHING
    return Known(
        kind=next(iter(said.kinds), Kind.UNKNOWN),
        born=tuple(Born(int(each), int(each)) for each in said.years if each.isdecimal()),
        countries=distinct(said.countries),
        identifiers=distinct(said.identifiers),
    )


class _Said(NamedTuple):
    identifiers: list[str]
    countries: list[str]
    years: list[str]
    kinds: list[Kind]


def _gather(element: Element, inside: str, start: int, said: _Said) -> None:
    """Note the values of a party, `inside` the kind of identification in which they stand."""
    for child in element:
        local = child.tag[start:] if isinstance(child.tag, str) else ""
        if local in _APART:
            continue
        if len(child):
            if local in _INSIDE:
                of = local if local in _KINDS else inside
                is_other = local in {"Othr", "PrtryId"} and element.tag.endswith("}FinInstnId")
                _gather(child, of or ("Othr" if is_other else ""), start, said)
        elif local in _COUNTRIES:
            said.countries.append(child.text)
        elif local == "BirthDt":
            said.years.append((child.text or "").strip()[:_YEAR])
        elif local in _CODES or (inside and local not in _NO_IDENTIFIERS):
            said.identifiers.append(child.text)
        else:
            continue
        if inside or local in _BANK_CODES:
            said.kinds.append(Kind.PERSON if inside == "PrvtId" else Kind.ENTITY)


def _role(owner: Element, local: str) -> str:
    name = owner.tag[owner.tag.index("}") + 1 :]
    role = ROLES.get(name)
    for prefix, words in _AGENTS:
        if role is None and name.startswith(prefix):
            role = words + (" account" if name.endswith("Acct") else "")
    if name == "CtctDtls":
        return f"contact of {_role(owner.getparent(), '')}"
    return f"{role or name}, {local}" if local in _APART else role or name


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
