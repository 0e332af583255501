"""What goods rules said of trade records as rows: refused, to be reviewed, or registered with a warning."""

from typing import Any, Final

import msgspec

from mufakat.model.goods import Effect, GoodsFlagged
from mufakat.projections.dialect import Sql
from mufakat.projections.rows import Entry, Fold

TABLES: Final = """
CREATE TABLE goods_flag (
    number INTEGER PRIMARY KEY, record TEXT NOT NULL, document BLOB NOT NULL, rule TEXT NOT NULL,
    effect TEXT NOT NULL, line INTEGER NOT NULL, goods TEXT NOT NULL, source TEXT NOT NULL, paragraph TEXT NOT NULL,
    entry INTEGER NOT NULL, date TEXT NOT NULL
);
CREATE INDEX goods_flag_by_record ON goods_flag (record);
"""
MOST: Final = 100_000
"""Flags that one question gives at most."""
_COLUMNS: Final = "record, document, rule, effect, line, goods, source, paragraph, entry, date"


class FlagView(msgspec.Struct, frozen=True):
    """A rule, `<list>/<id>/<digest>`, that a record met on `date`, and what it did: refuse, review or watch.

    `line`: of the record's goods, from 1; 0 for its route. `document`: the SHA-256 of the document's bytes.
    """

    record: str
    document: bytes
    rule: str
    effect: str
    line: int
    goods: str
    source: str
    paragraph: str
    entry: int
    date: str

    @property
    def text(self) -> str:
        """What was met, and where that is written."""
        where = f"Line {self.line}" if self.line else "The route"
        name = self.rule.rpartition("/")[0]
        return (
            f"{where}: {self.goods}; {self.source}, paragraph {self.paragraph} (rule {name}): {self.effect}."
        )


def _flagged(fold: Fold, entry: Entry, event: GoodsFlagged) -> None:
    fold.sql.executemany(
        f"INSERT INTO goods_flag ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(event.record, event.document, each.entry, each.effect.name.lower(), each.line),
                *(each.goods, each.source, each.paragraph, entry.number, fold.date),
            )
            for each in event.met
        ],
    )


FOLDS: Final[dict[type, Any]] = {GoodsFlagged: _flagged}
"""What goods rules said."""


def flags(
    sql: Sql, record: str | None = None, effect: Effect | None = None, limit: int = MOST
) -> list[FlagView]:
    """Return the latest flags, of one record or with one effect where these are named, the latest first.

    Those of one record stand in their order, the strictest first.
    """
    rows = sql.execute(
        f"SELECT {_COLUMNS} FROM goods_flag WHERE record = coalesce(?, record) AND effect = coalesce(?, effect)"
        " ORDER BY entry DESC, number LIMIT ?",
        (record, None if effect is None else effect.name.lower(), limit),
    )
    return [FlagView(*row) for row in rows]
