"""What stands on a list: a person, entity, vessel or aircraft, with its names and what is known of it.

Everything is text as published, cleaned of blanks alone; birth years are spans, for lists say "between" and
"about".
"""

import enum
from typing import Final

import msgspec

MAX_BYTES: Final = 256 * 1024 * 1024
"""No list is larger; a file that is, is something else."""


class ListFaulty(Exception):
    """A file that cannot be taken as a list: what is wrong, where, and what to do."""


class Kind(enum.Enum):
    """What is listed. UNKNOWN agrees with every other."""

    PERSON = "person"
    ENTITY = "entity"
    VESSEL = "vessel"
    AIRCRAFT = "aircraft"
    UNKNOWN = "unknown"


class Alias(msgspec.Struct, frozen=True):
    """One name of an entry.

    `weak`: the list itself says that the name is too broad to find anybody by; it only corroborates (OFAC FAQ 124,
    UN quality "Low"). `original`: the name in the script in which its bearer writes it, where the list says so.
    """

    text: str
    weak: bool = False
    original: bool = False


class Born(msgspec.Struct, frozen=True, order=True):
    """A span of years, both included, in which somebody was born; one year mostly."""

    first: int
    last: int


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry: `id` is the list's own for it, `reference` what people call it by, `programme` why it is there.

    The first name is the main one. `countries` and `identifiers` are as published; an IMO number is `IMO 1234567`.
    """

    id: str
    kind: Kind
    names: tuple[Alias, ...]
    reference: str = ""
    programme: str = ""
    born: tuple[Born, ...] = ()
    countries: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The main name."""
        return self.names[0].text


def squeezed(text: str | None) -> str:
    """Return text with runs of blanks and line ends as one blank."""
    return " ".join((text or "").split())


def distinct(texts: list[str]) -> tuple[str, ...]:
    """Return texts squeezed, each once, in order, without empty ones."""
    return tuple(dict.fromkeys(filter(None, map(squeezed, texts))))


def aliases(found: list[Alias]) -> tuple[Alias, ...]:
    """Return each name once, in order; one that is given as good and as weak is good."""
    kept: dict[str, Alias] = {}
    for each in found:
        text = squeezed(each.text)
        if text and (text not in kept or (kept[text].weak and not each.weak)):
            kept[text] = Alias(text, each.weak, each.original)
    return tuple(kept.values())
