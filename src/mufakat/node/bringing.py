"""Bringing a list's newer copy: what comes and goes since the version in force, in commands that are not too large.

Entries come first, in as many commands as they take; what goes, goes with the last, so that the rules see at once
how much of the list that is. A member that brings a list repeats the entries that fewer than two have brought.
"""

import datetime
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from mufakat.model.goods import GoodsRule
from mufakat.model.listing import BringList, Entry, digest_of, version_of
from mufakat.node.portions import portions
from mufakat.projections import listings
from mufakat.projections.dialect import Sql
from mufakat.projections.listings import ListedView

_AROUND: Final = 4_096
"""Bytes of a command around its entries: more than it has."""
_WORDS: Final = 2
Listable = Entry | GoodsRule
"""What stands on a list: a party, or a rule for goods."""


class Change(msgspec.Struct, frozen=True):
    """What bringing a copy changes: entries that come, that are repeated, and that go, and the commands for it."""

    came: tuple[Listable, ...]
    repeated: tuple[Listable, ...]
    gone: tuple[tuple[str, bytes], ...]
    commands: tuple[BringList, ...]


def change(
    sql: Sql, member: str, name: str, entries: Sequence[Listable], dated: datetime.date, most_bytes: int
) -> Change:
    """Compare a copy with the list in force and make the commands by which `member` brings it.

    None of them is larger than `most_bytes`, what goes aside. There is no command when nothing changes.
    """
    held = {(each.id, each.digest): each for each in listings.listed(sql, name)}
    copy = {(each.id, digest_of(each)): each for each in entries}
    came = tuple(each for named, each in copy.items() if named not in held)
    repeated = tuple(
        each for named, each in copy.items() if (view := held.get(named)) is not None and _lacks(view, member)
    )
    gone = tuple(named for named, view in held.items() if named not in copy and view.leaving != member)
    commands = tuple(_commands(sql, name, dated, (came, repeated, gone), most_bytes))
    return Change(came, repeated, gone, commands)


def _lacks(view: ListedView, member: str) -> bool:
    """Tell whether an entry stands on another member's word alone, or is said to go."""
    return view.leaving is not None or (member not in view.said and len(view.said) < _WORDS)


def _commands(
    sql: Sql,
    name: str,
    dated: datetime.date,
    changed: tuple[tuple[Listable, ...], tuple[Listable, ...], tuple[tuple[str, bytes], ...]],
    most_bytes: int,
) -> Iterator[BringList]:
    came, repeated, gone = changed
    in_force = {(each.id, each.digest): None for each in listings.listed(sql, name)}
    base = next((each.version for each in listings.listings(sql) if each.name == name), b"")
    is_newer = any(each.name == name and each.dated != dated.isoformat() for each in listings.listings(sql))
    chunks = list(portions((*came, *repeated), most_bytes - _AROUND)) or [()]
    if chunks == [()] and not gone and not is_newer:
        return
    for number, chunk in enumerate(chunks, 1):
        of_parties = tuple(each for each in chunk if isinstance(each, Entry))
        rules = tuple(each for each in chunk if isinstance(each, GoodsRule))
        yield BringList(name, dated, base, of_parties, gone if number == len(chunks) else (), rules)
        in_force.update(dict.fromkeys((each.id, digest_of(each)) for each in chunk))
        base = version_of(in_force)
