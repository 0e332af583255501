"""A list of goods rules: a CSV with a heading, in UTF-8, one rule a line.

Columns `id`, `effect` (refuse, review, watch), `goods` (in words), `source`, `paragraph`; and, if wanted, `hs` (how
an HS code begins, empty for all goods), `places` (origin, dispatch, transshipment, destination; ";" between them),
`countries` (ISO 3166-1, ";" between them), `exemption`, `since` and `until` (dates). Columns `checked` and `note`
are for whoever keeps the file. A starter list of the UN Security Council's goods bans comes with the package; it is
no legal advice.
"""

import datetime
from importlib import resources
from pathlib import Path
from typing import Final

from mufakat.model.country import Country
from mufakat.model.goods import Effect, GoodsRule, Place, faults_of
from mufakat.screening.entry import ListFaulty, squeezed
from mufakat.screening.table import bytes_of, rows

NEEDED: Final = ("id", "effect", "goods", "source", "paragraph")
COLUMNS: Final = (*NEEDED, "hs", "places", "countries", "exemption", "since", "until", "checked", "note")
STARTER: Final = "un_goods.csv"
"""The starter list: the UN Security Council's bans of goods, as far as they have been looked up."""
_EFFECTS: Final = {each.name.lower(): each for each in Effect}
_PLACES: Final = {each.name.lower(): each for each in Place}


def load(path: Path) -> tuple[GoodsRule, ...]:
    """Return the rules of a file; raise ListFaulty, naming file, line and column, when it is not in order."""
    return read(bytes_of(path), str(path))


def starter() -> tuple[GoodsRule, ...]:
    """Return the rules of the starter list."""
    return read(starter_bytes(), STARTER)


def starter_bytes() -> bytes:
    """Return the starter list as it is in the package."""
    return resources.files(__package__).joinpath(STARTER).read_bytes()


def read(data: bytes, source: str) -> tuple[GoodsRule, ...]:
    """Read rules; raise ListFaulty, naming `source`, line and column, when the list is not in order."""
    rules: dict[str, GoodsRule] = {}
    for where, row in rows(data, source, NEEDED, COLUMNS):
        rule = _rule(row, where)
        if rule.id in rules:
            raise ListFaulty(f"{where}: id {rule.id!r} stands on two lines. Give each rule its own")
        rules[rule.id] = rule
    if not rules:
        raise ListFaulty(f"{source}: the list has no rule. Give a file with one rule a line")
    return tuple(rules.values())


def _rule(row: dict[str, str], where: str) -> GoodsRule:
    effect = row["effect"].strip().lower()
    if effect not in _EFFECTS:
        raise ListFaulty(f"{where}: effect {effect!r} is none of: {', '.join(_EFFECTS)}")
    places = {each.lower() for each in _split(row.get("places"))}
    for place in sorted(places):
        if place not in _PLACES:
            raise ListFaulty(f"{where}: places: {place!r} is none of: {', '.join(_PLACES)}")
    rule = GoodsRule(
        id=squeezed(row["id"]),
        effect=_EFFECTS[effect],
        hs="".join(each for each in squeezed(row.get("hs")) if each not in ". "),
        goods=squeezed(row["goods"]),
        places=tuple(place for name, place in _PLACES.items() if name in places),
        countries=tuple(map(Country, sorted({each.upper() for each in _split(row.get("countries"))}))),
        source=squeezed(row["source"]),
        paragraph=squeezed(row["paragraph"]),
        exemption=squeezed(row.get("exemption")),
        since=_date(row, "since", where),
        until=_date(row, "until", where),
    )
    faults = faults_of(rule)
    if faults:
        raise ListFaulty(f"{where}: {faults[0]}")
    return rule


def _split(text: str | None) -> list[str]:
    return [each for each in map(squeezed, (text or "").split(";")) if each]


def _date(row: dict[str, str], column: str, where: str) -> datetime.date | None:
    text = squeezed(row.get(column))
    try:
        return datetime.date.fromisoformat(text) if text else None
    except ValueError:
        raise ListFaulty(f"{where}: {column} {text[:20]!r} is no date like 2026-12-31") from None
