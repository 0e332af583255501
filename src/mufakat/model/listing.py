"""Lists that bind, and what stands on them: a person, entity, vessel or aircraft; or rules for goods.

Everything is text as published, cleaned of blanks alone; birth years are spans, for lists say "between" and
"about". What an entry says is told by its digest, and a version of a list by those of its entries: the numbers that
lists give themselves do not change (UN VERSIONNUM is 1 in all of them). An entry that changed is another one: the
old one goes, the new one comes.
"""

import datetime
import enum
import hashlib
import re
from collections.abc import Iterable
from typing import Final

import msgspec

from mufakat.model import identifier
from mufakat.model.fact import Command, Event
from mufakat.model.goods import GoodsRule
from mufakat.model.identifier import MemberId

UNION_LIST: Final = "un"
"""The union's list, that of the United Nations Security Council: it binds every member."""
UNION_GOODS: Final = "un-goods"
"""The union's goods rules, those of the Security Council's resolutions: they bind every member."""
UNION_LISTS: Final = (UNION_LIST, UNION_GOODS)
MOST_ENTRIES: Final = 100_000
"""Entries of one list."""
_ENCODE: Final = msgspec.msgpack.Encoder().encode
_OWN_LIST: Final = re.compile(r"[A-Z]{2}/[a-z0-9][a-z0-9-]{0,30}")
_OWN_GOODS: Final = re.compile(r"[A-Z]{2}/goods(-[a-z0-9-]*)?")
_IMO: Final = re.compile(r"\bIMO\D{0,3}(\d{7})\b")
_LEI: Final = re.compile(r"\b[0-9A-Z]{18}\d{2}\b")
_BIC: Final = re.compile(
    r"\b(?:BIC|SWIFT)\b\W*(?:BIC\b\W*)?([A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2})(?:[A-Z0-9]{3})?\b"
)


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


def digest_of(entry: Entry | GoodsRule) -> bytes:
    """Return the SHA-256 (32 bytes) of all that an entry or a rule says, in canonical MessagePack."""
    return hashlib.sha256(_ENCODE(entry)).digest()


def version_of(entries: Iterable[tuple[str, bytes]]) -> bytes:
    """Return the version (32 bytes) of a list: SHA-256 over identifier and digest of its entries, in order."""
    whole = hashlib.sha256()
    for id_, digest in sorted(entries):
        whole.update(b"%d %s %s" % (len(id_.encode()), id_.encode(), digest))
    return whole.digest()


def owner_of(name: str) -> MemberId | None:
    """Return the member whose own a list is by its name, `<member>/<name>`; None for the union's, and no name."""
    return MemberId(name[:2]) if _OWN_LIST.fullmatch(name) is not None else None


def is_goods_list(name: str) -> bool:
    """Tell whether a list is one of goods rules: the union's, or a member's `<member>/goods` or `goods-<name>`."""
    return name == UNION_GOODS or _OWN_GOODS.fullmatch(name) is not None


def bank_number(bic: str) -> str:
    """Return the number by which a list names a bank, of all its branches."""
    return f"bic/{bic[:8]}"


def firm_number(lei: str) -> str:
    """Return the number by which a list names a legal entity."""
    return f"lei/{lei}"


def ship_number(imo: str) -> str:
    """Return the number by which a list names a ship."""
    return f"imo/{imo}"


def numbers_of(entry: Entry | GoodsRule) -> tuple[str, ...]:
    """Return the numbers that name who is listed without a doubt: BIC, LEI, IMO number; in order, each once."""
    if isinstance(entry, GoodsRule):
        return ()
    found = [number for text in entry.identifiers for number in numbers_in(text)]
    return tuple(sorted(dict.fromkeys(found)))


def numbers_in(text: str) -> list[str]:
    """Return the numbers that an identifier on a list says: BIC and IMO number by their names, LEI by its form."""
    found = [ship_number(each) for each in _IMO.findall(text)]
    found += [bank_number(each) for each in _BIC.findall(text)]
    return found + [firm_number(each) for each in _LEI.findall(text) if identifier.lei(each) is not None]


class BringList(Command, frozen=True, tag=50):
    """A member brings a list's newer copy, as what comes and goes since the version in force, `base`.

    `dated`: the day that the copy was made. `entries`: those that come. `gone`: identifier and digest of those that
    go. What comes is in force at once. What goes from the union's list goes when a second member has said so too,
    as does half of any list or more. `base`: 32 bytes, or none for a list's first version. A list of goods has
    `rules` in place of entries.
    """

    list: str
    dated: datetime.date
    base: bytes
    entries: tuple[Entry, ...] = ()
    gone: tuple[tuple[str, bytes], ...] = ()
    rules: tuple[GoodsRule, ...] = ()

    @property
    def coming(self) -> tuple[Entry | GoodsRule, ...]:
        """All that comes."""
        return (*self.entries, *self.rules)


class ListBrought(Event, frozen=True, tag=100):
    """A list has another version. `leaving`: entries that stay until a second member says that they go.

    `entries` or `rules`, `gone`, `leaving`: those that changed by it. `version`: 32 bytes, of all in force now.
    """

    member: MemberId
    list: str
    dated: datetime.date
    version: bytes
    entries: tuple[Entry, ...]
    gone: tuple[tuple[str, bytes], ...]
    leaving: tuple[tuple[str, bytes], ...]
    rules: tuple[GoodsRule, ...] = ()

    @property
    def came(self) -> tuple[Entry | GoodsRule, ...]:
        """All that has come, or was said again."""
        return (*self.entries, *self.rules)
