"""A list in one of its versions, and what came, went and changed from one version to the next.

Entries are told apart by the list's own identifier.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final, NamedTuple

import msgspec

from mufakat.model.listing import Entry, digest_of, version_of
from mufakat.screening.entry import ListFaulty

_HALF: Final = 2


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A list: `dated` is the day that the file says it was made, None where it says none.

    `told`: what a reader of the file should know, as parts of a publication that were not given.
    """

    name: str
    dated: date | None
    entries: tuple[Entry, ...]
    version: str
    told: tuple[str, ...] = ()


class Delta(NamedTuple):
    """Identifiers of entries, each in the order of its list."""

    came: tuple[str, ...]
    went: tuple[str, ...]
    changed: tuple[str, ...]


class Outdated(ListFaulty):
    """The list is older than the one in force, which stays."""


class HalfGone(ListFaulty):
    """Half of the entries in force or more are not on the new list: a second person has to confirm it."""


def listing(name: str, dated: date | None, entries: list[Entry], told: tuple[str, ...] = ()) -> Listing:
    """Make a list of its entries; raise ListFaulty when there are none or two have one identifier."""
    if not entries:
        raise ListFaulty(f"{name}: the list has no entry. Fetch it again")
    seen: set[str] = set()
    for each in entries:
        if each.id in seen:
            raise ListFaulty(f"{name}: two entries have the identifier {each.id}. Fetch the list again")
        seen.add(each.id)
    return Listing(name=name, dated=dated, entries=tuple(entries), version=_version(entries), told=told)


def in_force(name: str, dated: str, entries: tuple[Entry, ...]) -> Listing:
    """Return a list as the union has it, of a date in ISO 8601: an entry that changed may stand in it twice."""
    return Listing(name=name, dated=date.fromisoformat(dated), entries=entries, version=_version(entries))


def _version(entries: Iterable[Entry]) -> str:
    return version_of((each.id, digest_of(each)) for each in entries).hex()


def delta(old: Listing, new: Listing) -> Delta:
    """Compare two versions of one list by identifier and content."""
    before = {each.id: digest_of(each) for each in old.entries}
    after = {each.id: digest_of(each) for each in new.entries}
    return Delta(
        tuple(id_ for id_ in after if id_ not in before),
        tuple(id_ for id_ in before if id_ not in after),
        tuple(id_ for id_, found in after.items() if before.get(id_, found) != found),
    )


def succeed(old: Listing, new: Listing, *, confirmed: bool = False) -> Delta:
    """Return what changes when `new` follows `old` in force.

    Raises ListFaulty for another list, Outdated for an older one, and, unless a second person has `confirmed` it,
    HalfGone when half of the entries or more are gone.
    """
    if old.name != new.name:
        raise ListFaulty(f"{new.name}: the list in force is {old.name}. Give a newer copy of that one")
    if old.dated and new.dated and new.dated < old.dated:
        raise Outdated(f"{new.name}: made on {new.dated}, and the one in force on {old.dated}, which stays")
    found = delta(old, new)
    if not confirmed and len(found.went) * _HALF >= len(old.entries):
        raise HalfGone(
            f"{new.name}: {len(found.went):,} of {len(old.entries):,} entries are gone. The list in force stays; "
            "if this one is right, have it confirmed by a second person"
        )
    return found
