"""The consolidated financial sanctions list of the European Union (FSF), in its XML and its CSV, version 1.1.

XML: `export` in the namespace of `fsd/export`, one sanctionEntity an entry, all data in attributes. CSV: ";"
between columns, many rows an entry, joined by Entity_LogicalId; each row holds one name, address, birth date
or document. A name that is not `strong` is weak; the CSV does not say it.
"""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Final

from mufakat.messages import envelope
from mufakat.messages.fault import Fault
from mufakat.messages.schema import Element
from mufakat.model.listing import Alias, Born, Entry, Kind
from mufakat.screening.entry import ListFaulty, aliases, distinct
from mufakat.screening.listing import Listing, listing

NAME: Final = "EU FSF"
NAMESPACE: Final = "http://eu.europa.ec/fpi/fsd/export"
HEADING: Final = "Entity_LogicalId"
_KINDS: Final = {"person": Kind.PERSON, "P": Kind.PERSON, "enterprise": Kind.ENTITY, "E": Kind.ENTITY}
_NEEDED: Final = ("fileGenerationDate", HEADING, "Entity_SubjectType", "NameAlias_WholeName")
_ABOUT_YEARS: Final = 2
Get = Callable[[str], str | None]
"""Gives what stands under a name, of an element or of a row."""
_NO_COUNTRY: Final = {"00", "UNKNOWN"}


def read_xml(data: bytes, source: str) -> Listing:
    """Read the XML; raise ListFaulty, naming `source`, when it is not whole."""
    root = envelope.parse(data)
    if isinstance(root, Fault):
        raise ListFaulty(f"{source}: {root.text}")
    if root.tag != f"{{{NAMESPACE}}}export":
        raise ListFaulty(
            f"{source}: {root.tag} is not the export of the EU's list. Give its XML, version 1.1"
        )
    entries = [_of_xml(each, source) for each in _in(root, "sanctionEntity")]
    return listing(NAME, _date(root.get("generationDate") or "", source), entries)


def _in(element: Element, name: str) -> Iterator[Element]:
    return iter(element.iterfind(f"{{{NAMESPACE}}}{name}"))


def _of_xml(element: Element, source: str) -> Entry:
    id_ = element.get("logicalId") or ""
    named = [
        Alias(_whole(each.get), weak=each.get("strong") == "false", original=False)
        for each in _in(element, "nameAlias")
    ]
    subject = next(_in(element, "subjectType"), None)
    programmes = [each.get("programme") or "" for each in _in(element, "regulation")]
    places = [each for name in ("citizenship", "address") for each in _in(element, name)]
    return _checked(
        Entry(
            id=id_,
            kind=_KINDS.get("" if subject is None else subject.get("code") or "", Kind.UNKNOWN),
            names=aliases(named),
            reference=element.get("euReferenceNumber") or "",
            programme=", ".join(distinct(programmes)),
            born=tuple(sorted({born for each in _in(element, "birthdate") if (born := _born(each.get))})),
            countries=_countries([each.get("countryIso2Code") or "" for each in places]),
            identifiers=distinct([each.get("number") or "" for each in _in(element, "identification")]),
            addresses=distinct([_address(each.get) for each in _in(element, "address")]),
        ),
        f"{source}: line {element.sourceline}",
    )


def read_csv(data: bytes, source: str) -> Listing:
    """Read the CSV; raise ListFaulty, naming `source`, when it is not whole."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ListFaulty(f"{source}: byte {error.start:,} is not UTF-8. Give the file as published") from None
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=";", strict=True, restkey="", restval=None
    )
    missing = [name for name in _NEEDED if name not in (reader.fieldnames or ())]
    if missing:
        raise ListFaulty(f"{source}: there is no column {missing[0]}. Give the EU's CSV, version 1.1")
    by_id: dict[str, list[dict[str, str]]] = {}
    dated = ""
    try:
        for row in reader:
            if "" in row or None in row.values():
                raise ListFaulty(
                    f"{source}:{reader.line_num}: not as many columns as the heading has. Fetch the list again"
                )
            by_id.setdefault(row[HEADING], []).append(row)
            dated = dated or row["fileGenerationDate"]
    except csv.Error as error:
        raise ListFaulty(f"{source}:{reader.line_num}: {error}. The file is cut; fetch it again") from None
    entries = [_of_rows(id_, rows, source) for id_, rows in by_id.items()]
    return listing(NAME, _date(dated, source), entries)


def _of_rows(id_: str, rows: list[dict[str, str]], source: str) -> Entry:
    def every(column: str) -> list[str]:
        return [row.get(column) or "" for row in rows]

    def part(row: dict[str, str], prefix: str) -> dict[str, str]:
        names = {"birthdate": "BirthDate", "circa": "Circa", "year": "Year", "wholeName": "WholeName"}
        names |= {
            "yearRangeFrom": "YearRangeFrom",
            "yearRangeTo": "YearRangeTo",
            "countryIso2Code": "CountryIso2Code",
        }
        names |= {"firstName": "FirstName", "middleName": "MiddleName", "lastName": "LastName"}
        names |= {"street": "Street", "city": "City", "countryDescription": "CountryDescription"}
        return {name: row.get(f"{prefix}_{column}") or "" for name, column in names.items()}

    born = {found for row in rows if (found := _born(part(row, "BirthDate").get))}
    countries = [*every("Citizenship_CountryIso2Code"), *every("Address_CountryIso2Code")]
    return _checked(
        Entry(
            id=id_,
            kind=_KINDS.get(rows[0]["Entity_SubjectType"], Kind.UNKNOWN),
            names=aliases([Alias(_whole(part(row, "NameAlias").get)) for row in rows]),
            reference=rows[0].get("Entity_EU_ReferenceNumber") or "",
            programme=", ".join(distinct(every("Entity_Regulation_Programme"))),
            born=tuple(sorted(born)),
            countries=_countries(countries),
            identifiers=distinct(every("Identification_Number")),
            addresses=distinct([_address(part(row, "Address").get) for row in rows]),
        ),
        f"{source}: entity {id_ or '(none)'}",
    )


def _checked(entry: Entry, where: str) -> Entry:
    if not entry.id or not entry.names:
        missing = "name" if entry.id else "logicalId"
        raise ListFaulty(f"{where}: the entry has no {missing}. Fetch the list again")
    return entry


def _whole(get: Get) -> str:
    parts = (get("firstName"), get("middleName"), get("lastName"))
    return get("wholeName") or " ".join(filter(None, parts))


def _address(get: Get) -> str:
    return ", ".join(filter(None, (get("street"), get("city"), get("countryDescription"))))


def _countries(codes: list[str]) -> tuple[str, ...]:
    return tuple(code for code in distinct(codes) if code.upper() not in _NO_COUNTRY)


def _born(get: Get) -> Born | None:
    spans = [
        (get("birthdate") or "")[:4],
        get("year") or "",
        get("yearRangeFrom") or "",
        get("yearRangeTo") or "",
    ]
    years = [int(each) for each in spans if each.isdigit() and int(each)]
    if not years:
        return None
    about = _ABOUT_YEARS if get("circa") == "true" else 0
    return Born(min(years) - about, max(years) + about)


def _date(text: str, source: str) -> date:
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text[:10], form).date()  # noqa: DTZ007 - a day, in no zone
        except ValueError:
            continue
    raise ListFaulty(f"{source}: the date of the file {text!r} is no date. Fetch the list again")
