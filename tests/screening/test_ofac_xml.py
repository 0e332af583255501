"""OFAC's XML: made of the entries of its real CSV files it gives the same entries, and is refused when cut."""

import csv
import io
import re
from xml.sax.saxutils import escape

import pytest

from mufakat.model.listing import Alias, Born, Kind
from mufakat.screening import ofac
from mufakat.screening.entry import ListFaulty
from mufakat.screening.loading import load
from tests.screening.lists import CONSOLIDATED, SDN

NAMESPACES = (
    "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/XML",
    "http://tempuri.org/sdnList.xsd",
)
ID = re.compile(r"(.*?) ([A-Z0-9][A-Z0-9 ./-]*\d[A-Z0-9./-]*)(?: \((\w[^()]*)\))?")


def tag(name: str, *inside: str) -> str:
    whole = "".join(inside)
    return f"<{name}>{whole}</{name}>" if whole else ""


def said(name: str, text: str) -> str:
    return tag(name, escape(text))


def published(
    *entries: str, count: int | None = None, dated: str = "01/31/2022", namespace: str = ""
) -> bytes:
    about = said("Publish_Date", dated) + said("Record_Count", f"{len(entries) if count is None else count}")
    inside = tag("publshInformation", about) + "".join(entries)
    space = namespace or NAMESPACES[0]
    return f'<?xml version="1.0" standalone="yes"?><sdnList xmlns="{space}">{inside}</sdnList>'.encode()


def named(name: str, *, person: bool) -> str:
    last, _, first = name.partition(", ") if person else (name, "", "")
    return said("lastName", last) + said("firstName", first)


def clauses(remarks: str) -> tuple[str, str]:
    """Return the lists of an entry that remarks hold as clauses, and the remarks that are left."""
    lists: dict[str, list[str]] = {"dateOfBirth": [], "nationality": [], "citizenship": [], "id": []}
    left = []
    for clause in (each.strip() for each in remarks.removesuffix(".").split(";")):
        word, _, rest = clause.removeprefix("alt. ").partition(" ")
        if word == "DOB":
            lists["dateOfBirth"].append(tag("dateOfBirthItem", said("dateOfBirth", rest)))
        elif word in {"nationality", "citizen"}:
            name = "citizenship" if word == "citizen" else word
            lists[name].append(tag(name, said("country", rest)))
        elif found := ID.fullmatch(clause):
            country = said("idCountry", found[3] or "")
            lists["id"].append(tag("id", said("idType", found[1]), said("idNumber", found[2]), country))
        else:
            left.append(clause)
    return "".join(tag(f"{name}List", *each) for name, each in lists.items()), "; ".join(left)


def as_xml(row: list[str], alts: list[list[str]], adds: list[list[str]]) -> str:
    """Return an entry of the CSV in the elements of the XML."""
    number, name, kind, programmes, _, call_sign, _, _, _, flag, _, remarks = row
    person = kind == "individual"
    weak = re.findall(r"\b[afn]\.k\.a\. '((?:[^']|'(?![;.]|$))+)'", remarks)
    rest, left = clauses(re.sub(r"(?:; )?\b[afn]\.k\.a\. '(?:[^']|'(?![;.]|$))+'", "", remarks))
    akas = [tag("aka", said("category", "strong"), named(each[3], person=person)) for each in alts]
    akas += [tag("aka", said("category", "weak"), said("lastName", each)) for each in weak]
    places = [
        tag("address", said("address1", street), said("city", place), said("country", country))
        for _, _, street, place, country, _ in adds
    ]
    return tag(
        "sdnEntry",
        said("uid", number),
        named(name, person=person),
        said("sdnType", kind.capitalize() or "Entity"),
        said("remarks", left),
        tag("programList", *(said("program", each) for each in programmes.split("] ["))),
        rest,
        tag("akaList", *akas),
        tag("addressList", *places),
        tag("vesselInfo", said("callSign", call_sign), said("vesselFlag", flag)),
    )


def rows(path) -> list[list[str]]:
    text = path.read_text(encoding="utf-8-sig").rstrip("\x1a\r\n")
    found = csv.reader(io.StringIO(text, newline=""))
    return [["" if (value := each.strip()) == "-0-" else value for each in row] for row in found]


@pytest.mark.parametrize("namespace", NAMESPACES)
@pytest.mark.parametrize(("primary", "file"), [(SDN, "sdn.xml"), (CONSOLIDATED, "CONSOLIDATED.XML")])
def test_entries_of_the_real_csv_are_the_same_in_xml(tmp_path, primary, file, namespace):
    expected = ofac.read(primary)
    _, add, alt, comments = ofac.PARTS[primary.name]
    entries = rows(primary)[::7]
    beside = {part: rows(primary.with_name(part)) for part in (add, alt)}
    over = primary.with_name(comments)
    more = dict(rows(over)) if over.exists() else {}
    entries = [[*row[:-1], row[-1] + more.get(row[0], "")] for row in entries]
    made = [
        as_xml(row, *([other for other in beside[part] if other[0] == row[0]] for part in (alt, add)))
        for row in entries
    ]
    (tmp_path / file).write_bytes(published(*made, namespace=namespace))
    found = load(tmp_path / file)
    by_id = {each.id: each for each in expected.entries}
    assert found.name == expected.name and f"{found.dated}" == "2022-01-31"
    assert len(found.entries) == len(entries) > 60
    assert [each for each in found.entries if each != by_id[each.id]] == []


MAN = """<sdnEntry><uid>36</uid><firstName>Abu</firstName><lastName>ABBAS</lastName><sdnType>Individual</sdnType>
<programList><program>SDGT</program><program>IFSR</program></programList><akaList>
<aka><uid>1</uid><type>a.k.a.</type><category>weak</category><lastName>MUHAMMAD</lastName></aka>
<aka><uid>2</uid><type>a.k.a.</type><category>strong</category><lastName>ZAYDAN</lastName><firstName>M</firstName></aka>
</akaList><idList><id><uid>3</uid><idType>Passport</idType><idNumber>AD127327</idNumber><idCountry>Iraq</idCountry></id>
<id><uid>4</uid><idType>Gender</idType><idNumber>Male</idNumber></id></idList><dateOfBirthList><dateOfBirthItem>
<dateOfBirth>circa 1948</dateOfBirth></dateOfBirthItem></dateOfBirthList><nationalityList><nationality>
<country>Iraq</country></nationality></nationalityList><addressList><address><address1>1 Port Road</address1>
<city>Miami</city><stateOrProvince>FL</stateOrProvince><postalCode>33126</postalCode>
<country>United States</country></address></addressList></sdnEntry>"""


def test_what_stands_in_elements_of_its_own_is_found(tmp_path):
    (tmp_path / "sdn.xml").write_bytes(published(MAN))
    (man,) = load(tmp_path / "sdn.xml").entries
    assert (man.id, man.kind, man.programme) == ("36", Kind.PERSON, "SDGT] [IFSR")
    assert man.names == (Alias("ABBAS, Abu"), Alias("ZAYDAN, M"), Alias("MUHAMMAD", weak=True))
    assert (man.born, man.identifiers) == ((Born(1946, 1950),), ("AD127327",))
    assert man.countries == ("United States", "Iraq")
    assert man.addresses == ("1 Port Road, Miami, FL 33126, United States",)


@pytest.mark.parametrize(
    ("file", "data", "message"),
    [
        ("sdn.xml", published(MAN)[:-40], "not well-formed"),
        ("sdn.xml", published(MAN, count=2), "says that it has 2 entries, and has 1"),
        ("sdn.xml", published(MAN).replace(b"<Record_Count>1</Record_Count>", b""), "no number of entries"),
        ("sdn.xml", published(MAN, dated="2022-01-31"), "Publish_Date '2022-01-31' is no date"),
        ("sdn.xml", published(MAN.replace("<uid>36</uid>", "")), "sdn.xml:1: the sdnEntry has no uid"),
        ("sdn.xml", published(MAN.replace("ABBAS", "").replace("Abu", "")), "the sdnEntry has no lastName"),
        ("sdn.xml", published(), "no entry"),
        ("list.xml", published(MAN), "Call the file sdn.xml or consolidated.xml"),
    ],
)
def test_a_file_that_is_not_whole_is_refused_with_what_to_do(tmp_path, file, data, message):
    (tmp_path / file).write_bytes(data)
    with pytest.raises(ListFaulty, match=message):
        load(tmp_path / file)
