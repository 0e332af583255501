"""Lists in force and their entries as rows, with the versions that each has had. Dates are ISO 8601.

What an entry says is kept as it stands on the log, in canonical MessagePack, so that who screens needs no other
copy of the list than the union's own.
"""

import re
from typing import Any, Final

import msgspec

from mufakat.model.goods import GoodsRule
from mufakat.model.listing import Alias, Kind, ListBrought, digest_of, is_goods_list, owner_of
from mufakat.model.listing import Entry as ListEntry
from mufakat.projections.dialect import Sql
from mufakat.projections.rows import Entry, Fold

TABLES: Final = """
CREATE TABLE listing (
    name TEXT PRIMARY KEY, version BLOB NOT NULL, dated TEXT NOT NULL, member TEXT NOT NULL, entry INTEGER NOT NULL,
    at_us INTEGER NOT NULL
);
CREATE TABLE listing_version (
    entry INTEGER PRIMARY KEY, list TEXT NOT NULL, version BLOB NOT NULL, dated TEXT NOT NULL, member TEXT NOT NULL,
    came INTEGER NOT NULL, went INTEGER NOT NULL, leaving INTEGER NOT NULL
);
CREATE TABLE listed (
    list TEXT NOT NULL, id TEXT NOT NULL, digest BLOB NOT NULL, content BLOB NOT NULL, said TEXT NOT NULL,
    leaving TEXT, came INTEGER NOT NULL, gone INTEGER, PRIMARY KEY (list, id, digest)
);
"""
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_ENCODE: Final = msgspec.msgpack.Encoder().encode


class ListingView(msgspec.Struct, frozen=True):
    """A list in force: `entries` of it are, `leaving` of these when a second member says so."""

    name: str
    version: bytes
    dated: str
    member: str
    entry: int
    at_us: int
    entries: int
    leaving: int


class VersionView(msgspec.Struct, frozen=True):
    """A version of a list, what came and went with it, and what is to leave when a second member says so."""

    entry: int
    list: str
    version: bytes
    dated: str
    member: str
    came: int
    went: int
    leaving: int


class ListedView(msgspec.Struct, frozen=True):
    """An entry of a list. `said`: who brought it. `leaving`: who said that it goes. `came`, `gone`: on the log."""

    list: str
    id: str
    digest: bytes
    content: bytes
    said: tuple[str, ...]
    leaving: str | None
    came: int
    gone: int | None

    @property
    def key(self) -> str:
        """Its name on the log, `<list>/<id>/<digest>`."""
        return f"{self.list}/{self.id}/{self.digest.hex()}"

    @property
    def what(self) -> ListEntry:
        """What it says; of a goods rule its goods for a name, and for a programme where it is written."""
        if not is_goods_list(self.list):
            return msgspec.msgpack.decode(self.content, type=ListEntry)
        name = Alias(self.rule.goods)
        return ListEntry(id=self.id, kind=Kind.UNKNOWN, names=(name,), programme=self.rule.cited)

    @property
    def rule(self) -> GoodsRule:
        """What it says, of a list of goods rules."""
        return msgspec.msgpack.decode(self.content, type=GoodsRule)


def _brought(fold: Fold, entry: Entry, event: ListBrought) -> None:
    sql, came = fold.sql, 0
    for each in event.came:
        named = (event.list, each.id, digest_of(each))
        held = sql.execute(
            "SELECT said, gone FROM listed WHERE list = ? AND id = ? AND digest = ?", named
        ).fetchone()
        is_new = held is None or held[1] is not None
        came += is_new
        said = [] if is_new else held[0].split(",")
        said = [*said, *([] if event.member in said else [event.member])][:2]
        if held is None:
            sql.execute(
                "INSERT INTO listed (list, id, digest, content, said, leaving, came, gone)"
                " VALUES (?, ?, ?, ?, ?, NULL, ?, NULL)",
                (*named, _ENCODE(each), ",".join(said), entry.number),
            )
        else:
            sql.execute(
                "UPDATE listed SET said = ?, leaving = NULL, came = CASE WHEN gone IS NULL THEN came ELSE ? END,"
                " gone = NULL WHERE list = ? AND id = ? AND digest = ?",
                (",".join(said), entry.number, *named),
            )
    for column, value, names in (
        ("leaving", event.member, event.leaving),
        ("gone", entry.number, event.gone),
    ):
        sql.executemany(
            f"UPDATE listed SET {column} = ? WHERE list = ? AND id = ? AND digest = ?",
            [(value, event.list, *named) for named in names],
        )
    before = sql.execute("SELECT version, member FROM listing WHERE name = ?", (event.list,)).fetchone()
    is_foreign = owner_of(event.list) not in (None, event.member)
    member = before[1] if before is not None and is_foreign else event.member
    copy = (event.version, event.dated.isoformat(), member, entry.number)
    sql.execute("DELETE FROM listing WHERE name = ?", (event.list,))
    sql.execute(
        "INSERT INTO listing (name, version, dated, member, entry, at_us) VALUES (?, ?, ?, ?, ?, ?)",
        (event.list, *copy, entry.at_us),
    )
    sql.execute(
        "INSERT INTO listing_version (list, version, dated, member, entry, came, went, leaving)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (event.list, *copy, came, len(event.gone), len(event.leaving)),
    )
    if before is None or before[0] != event.version:
        _forget_screenings(fold, event.list)


def _forget_screenings(fold: Fold, name: str) -> None:
    """Note that nothing open of whom a list of parties binds stands screened any more."""
    if is_goods_list(name):
        return
    owner = owner_of(name)
    fold.sql.execute(
        "UPDATE screening SET lists = ?, evidence = ? WHERE participant IN"
        " (SELECT bic FROM participant WHERE sponsor = coalesce(?, sponsor))",
        (b"", b"", owner),
    )


FOLDS: Final[dict[type, Any]] = {ListBrought: _brought}
"""A list's next version."""


def listings(sql: Sql) -> list[ListingView]:
    """Give the lists in force, in order of name."""
    rows = sql.execute(
        "SELECT l.name, l.version, l.dated, l.member, l.entry, l.at_us, count(e.id), count(e.leaving)"
        " FROM listing l LEFT JOIN listed e ON e.list = l.name AND e.gone IS NULL"
        " GROUP BY l.name, l.version, l.dated, l.member, l.entry, l.at_us ORDER BY l.name"
    )
    return [ListingView(*row) for row in rows]


def versions(sql: Sql, name: str) -> list[VersionView]:
    """Give the versions of a list, in the order in which they came into force."""
    rows = sql.execute(
        "SELECT entry, list, version, dated, member, came, went, leaving FROM listing_version WHERE list = ?"
        " ORDER BY entry",
        (name,),
    )
    return [VersionView(*row) for row in rows]


_LISTED: Final = "SELECT list, id, digest, content, said, leaving, came, gone FROM listed"


def listed(sql: Sql, name: str) -> list[ListedView]:
    """Give the entries of a list that are in force, in order of identifier and digest."""
    return [
        _listed(row)
        for row in sql.execute(f"{_LISTED} WHERE list = ? AND gone IS NULL ORDER BY id, digest", (name,))
    ]


def in_force_at(sql: Sql, entry: int) -> list[VersionView]:
    """Give the lists as they were in force after a log entry, in order of name."""
    found = {
        row[1]: VersionView(*row)
        for row in sql.execute(
            "SELECT entry, list, version, dated, member, came, went, leaving FROM listing_version"
            " WHERE entry <= ? ORDER BY entry",
            (entry,),
        )
    }
    return [found[name] for name in sorted(found)]


def listed_at(sql: Sql, name: str, entry: int) -> list[ListedView]:
    """Give the entries of a list that were in force after a log entry, in order of identifier and digest.

    One that went and came again counts from when it came last.
    """
    query = f"{_LISTED} WHERE list = ? AND came <= ? AND (gone IS NULL OR gone > ?) ORDER BY id, digest"
    return [_listed(row) for row in sql.execute(query, (name, entry, entry))]


def listed_entry(sql: Sql, key: str) -> ListedView | None:
    """Return an entry by its name on the log, in force or not; None for one that never was."""
    rest, _, digest = key.rpartition("/")
    if _DIGEST.fullmatch(digest) is None:
        return None
    name, _, id_ = rest.partition("/") if not rest[:2].isupper() else _own(rest)
    row = sql.execute(
        f"{_LISTED} WHERE list = ? AND id = ? AND digest = ?", (name, id_, bytes.fromhex(digest))
    ).fetchone()
    return None if row is None else _listed(row)


def _own(rest: str) -> tuple[str, str, str]:
    member, _, further = rest.partition("/")
    name, _, id_ = further.partition("/")
    return f"{member}/{name}", "/", id_


def _listed(row: tuple[Any, ...]) -> ListedView:
    name, id_, digest, content, said, leaving, came, gone = row
    return ListedView(name, id_, digest, content, tuple(said.split(",")), leaving, came, gone)
