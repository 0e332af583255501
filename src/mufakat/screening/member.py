"""A member's own list: a CSV with a heading, in UTF-8.

Columns `id` and `name`; and, if wanted, `type` (person, entity, vessel, aircraft), `aliases` and
`weak_aliases` (";" between them), `birth_date` (a year, a date, or two years with "-" between), `country`,
`identifier` (";" between them), `reference`, `programme`. It binds the participants of that member and nobody
else's.
"""

import re
from datetime import date
from typing import Final

from mufakat.model.listing import Alias, Born, Entry, Kind
from mufakat.screening.entry import ListFaulty, aliases, distinct, squeezed
from mufakat.screening.listing import Listing, listing
from mufakat.screening.table import rows

COLUMNS: Final = (
    *("id", "name", "type", "aliases", "weak_aliases", "birth_date", "country"),
    *("identifier", "reference", "programme"),
)
_SPAN: Final = re.compile(r"(\d{4})(?:-\d\d-\d\d)?|(\d{4})\s*-\s*(\d{4})")


def read(data: bytes, source: str, name: str, dated: date | None = None) -> Listing:
    """Read the list called `name`; raise ListFaulty, naming `source`, line and column, when it is not in order."""
    entries = [_entry(row, where) for where, row in rows(data, source, ("id", "name"), COLUMNS)]
    return listing(name, dated, entries)


def _entry(row: dict[str, str], where: str) -> Entry:
    kind = (row.get("type") or "unknown").strip().lower()
    if kind not in {each.value for each in Kind}:
        raise ListFaulty(f"{where}: type {kind!r} is none of: {', '.join(each.value for each in Kind)}")
    if not row["id"].strip() or not row["name"].strip():
        raise ListFaulty(f"{where}: the entry has no {'name' if row['id'].strip() else 'id'}. Fill it in")
    others = [Alias(each) for each in (row.get("aliases") or "").split(";")]
    others += [Alias(each, weak=True) for each in (row.get("weak_aliases") or "").split(";")]
    return Entry(
        id=squeezed(row["id"]),
        kind=Kind(kind),
        names=aliases([Alias(row["name"]), *others]),
        reference=squeezed(row.get("reference")),
        programme=squeezed(row.get("programme")),
        born=born(row.get("birth_date") or "", where),
        countries=distinct((row.get("country") or "").split(";")),
        identifiers=distinct((row.get("identifier") or "").split(";")),
    )


def born(text: str, where: str) -> tuple[Born, ...]:
    """Return the years that a birth date says: a year, a date, or two years; raise ListFaulty for anything else."""
    if not text.strip():
        return ()
    found = _SPAN.fullmatch(text.strip())
    if found is None or (found[2] and found[2] > found[3]):
        raise ListFaulty(
            f"{where}: birth_date {text!r} is no year, no date like 1970-12-31, no years like 1968-1972"
        )
    return (Born(int(found[1] or found[2]), int(found[1] or found[3])),)
