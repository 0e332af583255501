"""The consolidated list of the United Nations Security Council, in its XML.

Format: `CONSOLIDATED_LIST` with INDIVIDUAL and ENTITY elements, as published at un.org/securitycouncil.
DATAID identifies an entry; VERSIONNUM never changes. QUALITY "Low" is a weak alias. Vessels are entities,
known by the IMO number that only COMMENTS1 holds, as text.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from mufakat.messages import envelope
from mufakat.messages.fault import Fault
from mufakat.messages.schema import Element
from mufakat.model.listing import Alias, Born, Entry, Kind
from mufakat.screening.entry import ListFaulty, aliases, distinct, squeezed
from mufakat.screening.listing import Listing, listing

NAME: Final = "UN"
ROOT: Final = "CONSOLIDATED_LIST"
_PERSON_NAMES: Final = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
_IMO: Final = re.compile(r"\bIMO\s*(?:no|number)?[.:#\s]*(\d{7})\b", re.IGNORECASE)
_FLAGGED: Final = re.compile(r"\bvessel\b|\bship\b", re.IGNORECASE)
_YEAR: Final = re.compile(r"(?:18|19|20)\d\d")
_GLOSS: Final = re.compile(r"^(.*?)\(([^()]*)\)\s*$", re.DOTALL)
_ABOUT_YEARS: Final = 2
"""Years on either side of one that is given as approximate."""


def read(data: bytes, source: str) -> Listing:
    """Read the list from a file's bytes; raise ListFaulty, naming `source`, when it is not whole."""
    root = envelope.parse(data)
    if isinstance(root, Fault):
        raise ListFaulty(f"{source}: {root.text}")
    if root.tag != ROOT:
        raise ListFaulty(f"{source}: {root.tag} is not {ROOT}. Give the XML of the UN consolidated list")
    entries = list(_entries(root, source))
    for part in ("INDIVIDUALS", "ENTITIES"):
        if root.find(part) is None:
            raise ListFaulty(f"{source}: there is no {part}. The list is not whole; fetch it again")
    return listing(NAME, _date(root.get("dateGenerated"), source), entries)


def _date(text: str | None, source: str) -> date:
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        raise ListFaulty(f"{source}: dateGenerated {text!r} is no date. Fetch the list again") from None


def _entries(root: Element, source: str) -> Iterator[Entry]:
    for element in root.iterfind("INDIVIDUALS/INDIVIDUAL"):
        yield _entry(element, Kind.PERSON, "INDIVIDUAL", source)
    for element in root.iterfind("ENTITIES/ENTITY"):
        yield _entry(element, Kind.ENTITY, "ENTITY", source)


def _entry(element: Element, kind: Kind, prefix: str, source: str) -> Entry:
    id_ = squeezed(element.findtext("DATAID"))
    main = " ".join(distinct([element.findtext(name) for name in _PERSON_NAMES]))
    if not id_ or not main:
        missing = "name" if id_ else "DATAID"
        raise ListFaulty(
            f"{source}:{element.sourceline}: the {prefix} has no {missing}. Fetch the list again"
        )
    comments = squeezed(element.findtext("COMMENTS1"))
    imo = [f"IMO {number}" for number in _IMO.findall(comments)]
    places = [*element.iterfind("NATIONALITY/VALUE"), *element.iterfind(f"{prefix}_ADDRESS/COUNTRY")]
    addresses = [
        ", ".join(distinct([part.text for part in each if part.tag != "NOTE"]))
        for each in element.iterfind(f"{prefix}_ADDRESS")
    ]
    return Entry(
        id=id_,
        kind=Kind.VESSEL if imo and kind is Kind.ENTITY and _is_vessel(main, comments) else kind,
        names=aliases([*map(Alias, main.split(";")), *_others(element, prefix)]),
        reference=squeezed(element.findtext("REFERENCE_NUMBER")),
        programme=squeezed(element.findtext("UN_LIST_TYPE")),
        born=tuple(sorted({*_born(element)})),
        countries=distinct([each.text for each in places]),
        identifiers=distinct([*(each.text for each in element.iterfind(f"{prefix}_DOCUMENT/NUMBER")), *imo]),
        addresses=distinct(addresses),
    )


def _is_vessel(main: str, comments: str) -> bool:
    """Tell a ship from a firm that owns some: one number, and the text says that the entry is the vessel."""
    return len(set(_IMO.findall(comments))) == 1 and bool(_FLAGGED.search(f"{main} {comments[:120]}"))


def _others(element: Element, prefix: str) -> Iterator[Alias]:
    for name in (element.findtext("NAME_ORIGINAL_SCRIPT") or "").split(";"):
        yield Alias(name, original=True)
    for each in element.iterfind(f"{prefix}_ALIAS"):
        weak = squeezed(each.findtext("QUALITY")).casefold() == "low"
        for name in several(each.findtext("ALIAS_NAME") or ""):
            yield Alias(name, weak)


def several(text: str) -> Iterator[str]:
    """Yield the names in one alias: split at ";", the readings in brackets after a name apart from it."""
    if ";" not in text:
        yield text
        return
    if found := _GLOSS.match(text):
        yield from several(found[1])
        text = found[2]
    yield from text.split(";")


def _born(element: Element) -> Iterator[Born]:
    for each in element.iterfind("INDIVIDUAL_DATE_OF_BIRTH"):
        years = [
            int(found[0])
            for name in ("DATE", "YEAR", "FROM_YEAR", "TO_YEAR")
            if (found := _YEAR.search(each.findtext(name) or ""))
        ]
        if years:
            about = _ABOUT_YEARS if each.findtext("TYPE_OF_DATE") == "APPROXIMATELY" else 0
            yield Born(min(years) - about, max(years) + about)
