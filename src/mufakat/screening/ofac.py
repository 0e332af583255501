"""The lists of the United States' OFAC, SDN and consolidated, in their CSV files.

A publication is a primary file (`sdn.csv`, `cons_prim.csv`) with addresses (`add`), alternate names (`alt`)
and remarks that ran over (`comments`) beside it, by ent_num. No file has a heading; `-0-` stands for nothing,
and the file ends with a Ctrl-Z. Format: OFAC, "SDN data formats". Names in quotes in the remarks are weak
(FAQ 124).
"""

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from mufakat.model.listing import Alias, Born, Entry, Kind
from mufakat.screening.entry import ListFaulty, aliases, distinct, squeezed
from mufakat.screening.listing import Listing, listing

PARTS: Final = {
    "sdn.csv": ("OFAC SDN", "add.csv", "alt.csv", "sdn_comments.csv"),
    "cons_prim.csv": ("OFAC consolidated", "cons_add.csv", "cons_alt.csv", "cons_comments.csv"),
}
"""By the name of the primary file: the list, and the files of addresses, names and remarks."""
_COLUMNS: Final = {"primary": 12, "addresses": 6, "names": 5, "remarks": 2}
_NOTHING: Final = "-0-"
_KINDS: Final = {
    "individual": Kind.PERSON,
    "vessel": Kind.VESSEL,
    "aircraft": Kind.AIRCRAFT,
    "entity": Kind.ENTITY,
    "": Kind.ENTITY,
}
_WEAK: Final = re.compile(r"\b[afn]\.k\.a\. '((?:[^']|'(?![;.]|$))+)'")
_BORN: Final = re.compile(r"\bDOB ([^;]+)")
_YEAR: Final = re.compile(r"(?:18|19|20)\d\d")
_COUNTRY: Final = re.compile(r"\b(?:nationality|citizen|Vessel Flag|Nationality of Registration) ([^;.]+)")
_NUMBER: Final = re.compile(
    r"\b(?:IMO|MMSI|Passport|Cedula No\.|Tax ID No\.|National ID No\.|Registration Number|Identification Number|"
    r"SWIFT/BIC|Personal ID Card|D\.N\.I\.|C\.U\.R\.P\.|R\.F\.C\.|\(MSN\)|Construction Number[^;]*F/N\))"
    r" ([A-Z0-9][A-Z0-9 ./-]*\d[A-Z0-9./-]*)"
)
_ABOUT_YEARS: Final = 2
_ENT, _NAME, _KIND, _PROGRAMME, _CALL_SIGN, _FLAG, _REMARKS = 0, 1, 2, 3, 5, 9, 11


class Published(NamedTuple):
    """What a publication says of one entry. `addresses`: street, place, country each.

    `remarks`: clauses with ";" between, as "DOB 1960", "nationality Iraq", "Passport AD127327 (Iraq)".
    """

    id: str
    number: str
    kind: str
    programme: str
    names: list[Alias]
    addresses: list[tuple[str, str, str]]
    flag: str
    call_sign: str
    remarks: str


def read(path: Path) -> Listing:
    """Read a publication from its primary file and those beside it; raise ListFaulty when one is not whole.

    Files of the publication that are not there are told on the list, for entries then lack what stands in them.
    """
    name, *beside = PARTS[path.name.lower()]
    prime = _rows(path, "primary")
    found: dict[str, list[list[str]]] = {}
    told = []
    for part, file in zip(("addresses", "names", "remarks"), beside, strict=True):
        other = path.with_name(file)
        if other.exists():
            found[part] = _rows(other, part)
        else:
            told.append(f"{name}: without {file}: {part} that stand in it alone are missing. Fetch it too")
    by_id = {part: _grouped(rows) for part, rows in found.items()}
    seen: Counter[str] = Counter()
    entries = []
    for row in prime:
        seen[row[_ENT]] += 1
        times = seen[row[_ENT]]
        if times > 1:
            told.append(
                f"{name}: ent_num {row[_ENT]} stands for {times} entries; the later is {row[_ENT]}/{times}"
            )
        entries.append(_entry(row, by_id, times))
    for part, ids in by_id.items():
        for lost in sorted(ids.keys() - seen.keys()):
            told.append(f"{name}: {part} of ent_num {lost}, which is not in {path.name}")
    return listing(name, None, entries, tuple(told))


def _rows(path: Path, part: str) -> list[list[str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ListFaulty(
            f"{path}: byte {error.start:,} is not UTF-8. Give the file as OFAC publishes it"
        ) from None
    rows = []
    reader = csv.reader(io.StringIO(text.rstrip("\x1a\r\n"), newline=""), strict=True)
    try:
        for row in reader:
            if len(row) != _COLUMNS[part] or not row[_ENT].strip().isdigit():
                raise ListFaulty(
                    f"{path}:{reader.line_num}: {_COLUMNS[part]} columns from an ent_num on are expected, "
                    f"not {len(row)}. The file is cut or is something else; fetch it again"
                )
            rows.append(["" if (value := squeezed(each)) == _NOTHING else value for each in row])
    except csv.Error as error:
        raise ListFaulty(f"{path}:{reader.line_num}: {error}. The file is cut; fetch it again") from None
    return rows


def _grouped(rows: list[list[str]]) -> dict[str, list[list[str]]]:
    by_id: dict[str, list[list[str]]] = defaultdict(list)
    for row in rows:
        by_id[row[_ENT]].append(row)
    return by_id


def _entry(row: Sequence[str], by_id: dict[str, dict[str, list[list[str]]]], times: int) -> Entry:
    id_ = row[_ENT]

    def of(part: str) -> list[list[str]]:
        return by_id.get(part, {}).get(id_, []) if times == 1 else []

    remarks = row[_REMARKS] + "".join(each[1] for each in of("remarks"))
    others = [Alias(each[3]) for each in of("names")]
    return entry(
        Published(
            id=id_ if times == 1 else f"{id_}/{times}",
            number=id_,
            kind=row[_KIND],
            programme=row[_PROGRAMME],
            names=[Alias(row[_NAME]), *others, *(Alias(each, weak=True) for each in _WEAK.findall(remarks))],
            addresses=[(each[2], each[3], each[4]) for each in of("addresses")],
            flag=row[_FLAG],
            call_sign=row[_CALL_SIGN],
            remarks=remarks,
        )
    )


def entry(said: Published) -> Entry:
    """Return the entry of what a publication says, the same of each of its formats."""
    return Entry(
        id=said.id,
        kind=_KINDS.get(said.kind.casefold(), Kind.UNKNOWN),
        names=aliases(said.names),
        reference=said.number,
        programme=said.programme,
        born=tuple(sorted({*_born(said.remarks)})),
        countries=distinct(
            [*(country for *_, country in said.addresses), said.flag, *_COUNTRY.findall(said.remarks)]
        ),
        identifiers=distinct([*_numbers(said.remarks), said.call_sign]),
        addresses=distinct([", ".join(filter(None, each)) for each in said.addresses]),
    )


def _numbers(remarks: str) -> Iterator[str]:
    for found in _NUMBER.finditer(remarks):
        number = found[1].rstrip(".")  # the end of the remarks, not of the number
        yield f"IMO {number}" if found[0].startswith("IMO") else number


def _born(remarks: str) -> Iterator[Born]:
    for text in _BORN.findall(remarks):
        if years := [int(each) for each in _YEAR.findall(text)]:
            about = _ABOUT_YEARS if text.startswith("circa") else 0
            yield Born(min(years) - about, max(years) + about)
