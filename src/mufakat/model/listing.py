"""What stands on a list: a person, entity, vessel or aircraft, with its names and what is known of it.

Everything is text as published, cleaned of blanks alone; birth years are spans, for lists say "between" and
"about". What an entry says is told by its digest, and a version of a list by those of its entries: the numbers that
lists give themselves do not change (UN VERSIONNUM is 1 in all of them).
"""

import enum
import hashlib
from collections.abc import Iterable
from typing import Final

import msgspec

_ENCODE: Final = msgspec.msgpack.Encoder().encode


class Kind(enum.Enum):
    """What is listed. UNKNOWN agrees with every other."""

    PERSON = "person"
    ENTITY = "entity"
    VESSEL = "vessel"
    AIRCRAFT = "aircraft"
    UNKNOWN = "unknown"


class Alias(msgspec.Struct, frozen=True, array_like=True):
    """One name of an entry.

    `weak`: the list itself says that the name is too broad to find anybody by; it only corroborates (OFAC FAQ 124,
    UN quality "Low"). `original`: the name in the script in which its bearer writes it, where the list says so.
    """

    text: str
    weak: bool = False
    original: bool = False


class Born(msgspec.Struct, frozen=True, array_like=True, order=True):
    """A span of years, both included, in which somebody was born; one year mostly."""

    first: int
    last: int


class Entry(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
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


def digest_of(entry: Entry) -> bytes:
    """Return the SHA-256 (32 bytes) of all that an entry says, in canonical MessagePack."""
    return hashlib.sha256(_ENCODE(entry)).digest()


def version_of(entries: Iterable[tuple[str, bytes]]) -> bytes:
    """Return the version (32 bytes) of a list: SHA-256 over identifier and digest of its entries, in order."""
    whole = hashlib.sha256()
    for id_, digest in sorted(entries):
        whole.update(b"%d %s %s" % (len(id_.encode()), id_.encode(), digest))
    return whole.digest()
