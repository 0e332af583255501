"""What else is known of who is asked for, held against an entry: a step after the name, all of it visible.

A conflict takes from the score of the name, agreement lets it stand; an identifier that is the same settles
it. Birth years agree within two (measured: that takes three of four alerts from clean names, and 0.6 % of
those who are meant). Countries that differ say little, for people move. A weak alias finds nobody by itself:
birth year, country or identifier must agree.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import msgspec
from rigour.territories import lookup_territory

from mufakat.kernels.names import WHOLE
from mufakat.model import identifier
from mufakat.model.listing import Born, Entry, Kind, bank_number, numbers_in

AROUND: Final = 2
"""Years that a birth year may be off."""
CONFLICT: Final = {"type": 840, "birth year": 780, "country": 960}
"""Per mille of its score that a name keeps when this does not agree. The same name stays a hit whatever type and
country say: a payer says both as it likes.
"""
UNAIDED: Final = 600
"""Per mille of its score that a weak alias keeps when nothing else agrees."""
_SIGNS: Final = re.compile(r"[^0-9A-Z]+")
_LEAST_IDENTIFIER: Final = 5
_SHIPOWNERS: Final = {Kind.VESSEL, Kind.AIRCRAFT, Kind.ENTITY}
"""Lists call ships entities, and payers call them by their owner: these are not told apart by type."""


class Known(msgspec.Struct, frozen=True):
    """What is known of who is asked for, beside the name."""

    kind: Kind = Kind.UNKNOWN
    born: tuple[Born, ...] = ()
    countries: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()


NOTHING: Final = Known()


class Part(msgspec.Struct, frozen=True):
    """One part of the step: what it looks at, what both sides say, whether they agree, what the score keeps."""

    what: str
    asked: str
    listed: str
    agrees: bool
    keeps: int


def corroborate(known: Known, entry: Entry, *, weak: bool) -> list[Part]:
    """Return the parts of the step: those on which both sides say something, and what a weak alias loses alone."""
    parts = [found for look in LOOKS if (found := look(known, entry)) is not None]
    if weak and not any(part.agrees and part.what != "type" for part in parts):
        parts.append(Part("weak alias", "nothing else", "agrees", agrees=False, keeps=UNAIDED))
    return parts


def _kind(known: Known, entry: Entry) -> Part | None:
    if Kind.UNKNOWN in {known.kind, entry.kind}:
        return None
    agrees = known.kind is entry.kind or {known.kind, entry.kind} <= _SHIPOWNERS
    return _part("type", known.kind.value, entry.kind.value, agrees=agrees)


def _born(known: Known, entry: Entry) -> Part | None:
    if not known.born or not entry.born:
        return None
    agrees = any(
        ours.first - AROUND <= theirs.last and theirs.first - AROUND <= ours.last
        for ours in known.born
        for theirs in entry.born
    )
    return _part("birth year", spans(known.born), spans(entry.born), agrees=agrees)


def _country(known: Known, entry: Entry) -> Part | None:
    if not known.countries or not entry.countries:
        return None
    ours, theirs = ({code(each) for each in those} for those in (known.countries, entry.countries))
    return _part(
        "country", ", ".join(known.countries), ", ".join(entry.countries), agrees=bool(ours & theirs)
    )


def _identifier(known: Known, entry: Entry) -> Part | None:
    theirs = {form: each for each in entry.identifiers for form in forms(each)}
    for ours in known.identifiers:
        same = next((theirs[form] for form in forms(ours) if form in theirs), None)
        if same is not None:
            return Part("identifier", ours, same, agrees=True, keeps=WHOLE)
    return None


LOOKS: Final[tuple[Callable[[Known, Entry], Part | None], ...]] = (_kind, _born, _country, _identifier)


def _part(what: str, asked: str, listed: str, *, agrees: bool) -> Part:
    return Part(what, asked, listed, agrees, WHOLE if agrees else CONFLICT[what])


def spans(born: tuple[Born, ...]) -> str:
    """Return years and spans of years as text."""
    return ", ".join(
        f"{each.first}" if each.first == each.last else f"{each.first}-{each.last}" for each in born
    )


@lru_cache(maxsize=10_000)
def code(country: str) -> str:
    """Return the code of a country, by any of its names; the name itself where it is not known."""
    found = lookup_territory(country)
    return found.code if found is not None else country.casefold()


@lru_cache(maxsize=200_000)
def plain_identifier(text: str) -> str:
    """Return an identifier in capitals, without signs and without "IMO"; nothing when too little of it is left."""
    plain = _SIGNS.sub("", text.upper()).removeprefix("IMO")
    return plain if len(plain) >= _LEAST_IDENTIFIER else ""


@lru_cache(maxsize=200_000)
def forms(text: str) -> tuple[str, ...]:
    """Return the forms in which identifiers are compared: without signs; a BIC by its bank; each once.

    A BIC stands by itself, or in a list after its name, with a branch or without.
    """
    bare = identifier.bic(text.strip().upper())
    found = [plain_identifier(text), *numbers_in(text), *([bank_number(bare)] if bare is not None else [])]
    return tuple(dict.fromkeys(filter(None, found)))
