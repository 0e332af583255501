"""Trade records as rows: what documents say of goods, route and parties, and which obligations they prove.

Amounts are minor units of the record's currency, dates ISO 8601; a text is empty where the document says nothing.
"""

import datetime
import json
from typing import Any, Final

import msgspec

from mufakat.model.country import Country
from mufakat.model.identifier import Bic, Currency, Lei, ObligationId, TradeRecordId
from mufakat.model.money import Amount
from mufakat.model.plain import plain
from mufakat.model.trade import (
    DocumentKind,
    GoodsLine,
    RegisteredRecord,
    TradeItem,
    TradeKind,
    TradeRecordRegistered,
)
from mufakat.projections.dialect import Sql
from mufakat.projections.rows import Entry, Fold

TABLES: Final = """
CREATE TABLE trade_record (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, document_number TEXT NOT NULL, document BLOB NOT NULL,
    seller TEXT NOT NULL, buyer TEXT NOT NULL, seller_agent TEXT NOT NULL, buyer_agent TEXT NOT NULL,
    author TEXT NOT NULL, issued TEXT NOT NULL, services INTEGER NOT NULL, currency TEXT,
    dispatch TEXT NOT NULL, destination TEXT NOT NULL, transshipments TEXT NOT NULL,
    incoterm TEXT NOT NULL, place TEXT NOT NULL, vessel TEXT NOT NULL, vessel_name TEXT NOT NULL,
    voyage TEXT NOT NULL, payment_means TEXT NOT NULL, due TEXT, refers_to TEXT NOT NULL,
    entry INTEGER NOT NULL, date TEXT NOT NULL
);
CREATE INDEX trade_record_by_seller ON trade_record (seller);
CREATE INDEX trade_record_by_buyer ON trade_record (buyer);
CREATE INDEX trade_record_by_vessel ON trade_record (vessel);
CREATE TABLE trade_line (
    record TEXT NOT NULL, line INTEGER NOT NULL, hs_code TEXT NOT NULL, origin TEXT NOT NULL, amount INTEGER,
    quantity TEXT NOT NULL, PRIMARY KEY (record, line)
);
CREATE INDEX trade_line_by_code ON trade_line (hs_code);
CREATE INDEX trade_line_by_origin ON trade_line (origin);
CREATE TABLE trade_proof (number INTEGER PRIMARY KEY, obligation TEXT NOT NULL, record TEXT NOT NULL);
CREATE INDEX trade_proof_by_obligation ON trade_proof (obligation);
CREATE INDEX trade_proof_by_record ON trade_proof (record);
"""
_COLUMNS: Final = (
    "id, kind, document_number, document, seller, buyer, seller_agent, buyer_agent, author, issued, services,"
    " currency, dispatch, destination, transshipments, incoterm, place, vessel, vessel_name, voyage,"
    " payment_means, due, refers_to, entry, date"
)
_PLACES: Final = ", ".join("?" * len(_COLUMNS.split(",")))
MOST: Final = 100_000
"""Records that one question gives at most."""
MOST_PRICED: Final = 1_000
"""Lines of goods whose prices are compared."""


class TradeView(msgspec.Struct, frozen=True):
    """A trade record; `document` is the SHA-256 of the document's bytes, `entry` registered it on `date`."""

    id: str
    kind: str
    number: str
    document: bytes
    seller: str
    buyer: str
    seller_agent: str
    buyer_agent: str
    author: str
    issued: str
    services: bool
    currency: str | None
    dispatch: str
    destination: str
    transshipments: tuple[str, ...]
    incoterm: str
    place: str
    vessel: str
    vessel_name: str
    voyage: str
    payment_means: str
    due: str | None
    refers_to: tuple[str, ...]
    entry: int
    date: str


class LineView(msgspec.Struct, frozen=True):
    """A line of goods, in the order of the document."""

    hs_code: str
    origin: str
    amount: int | None
    quantity: str


class Sought(msgspec.Struct, frozen=True):
    """Which records are looked for: all that is named holds of each.

    `firm`: the seller or the buyer. `agent`: of one of both. `hs_code`: how a code of the goods begins. `country`:
    of origin, dispatch, destination or transshipment. `obligation`: one that it proves.
    """

    kind: TradeKind | None = None
    firm: str | None = None
    agent: str | None = None
    hs_code: str | None = None
    country: str | None = None
    vessel: str | None = None
    obligation: str | None = None


def registered(fold: Fold, entry: Entry, event: TradeRecordRegistered) -> None:
    """Put a new trade record in."""
    item = event.item
    fold.sql.execute(
        f"INSERT INTO trade_record ({_COLUMNS}) VALUES ({_PLACES})",
        (
            *(item.id, TradeKind[item.kind.name].value, item.number, item.document, item.seller, item.buyer),
            *(event.seller_agent, event.buyer_agent, event.author, item.issued.isoformat()),
            *(int(item.services), item.currency, item.dispatch, item.destination),
            *(json.dumps(plain(item.transshipments)), item.incoterm, item.place),
            *(item.vessel, item.vessel_name, item.voyage, item.payment_means),
            None if item.due is None else item.due.isoformat(),
            *(json.dumps(plain(item.refers_to)), entry.number, fold.date),
        ),
    )
    fold.sql.executemany(
        "INSERT INTO trade_line VALUES (?, ?, ?, ?, ?, ?)",
        [
            (item.id, number, line.hs_code, line.origin, line.amount, line.quantity)
            for number, line in enumerate(item.goods, start=1)
        ],
    )
    fold.sql.executemany(
        "INSERT INTO trade_proof (obligation, record) VALUES (?, ?)",
        [(each, item.id) for each in item.obligations],
    )


_CONDITIONS: Final = {
    "kind": "kind = ?",
    "firm": "? IN (seller, buyer)",
    "agent": "? IN (seller_agent, buyer_agent)",
    # The colon comes right after the digits.
    "hs_code": "r.id IN (SELECT record FROM trade_line WHERE hs_code >= ? AND hs_code < ? || ':')",
    "country": (
        "(? IN (dispatch, destination) OR transshipments LIKE '%\"' || ? || '\"%'"
        " OR r.id IN (SELECT record FROM trade_line WHERE origin = ?))"
    ),
    "vessel": "vessel = ?",
    "obligation": "r.id IN (SELECT record FROM trade_proof WHERE obligation = ?)",
}
"""What has to hold of a record for each field of Sought that is named; its value is each of the parameters."""


def records(sql: Sql, sought: Sought, limit: int = MOST, after: str | None = None) -> list[TradeView]:
    """Return the trade records that are looked for, in the order in which they were registered.

    At most `limit` of them, those after the record of identifier `after`. Raises LookupError when there is none.
    """
    first = 0 if after is None else _number(sql, after)
    named = {name: value for name, value in msgspec.structs.asdict(sought).items() if value is not None}
    conditions = [_CONDITIONS[name].replace("?", f"?{n}") for n, name in enumerate(named, start=3)]
    rows = sql.execute(
        f"SELECT {_COLUMNS} FROM trade_record r WHERE {' AND '.join(['number > ?1', *conditions])}"
        " ORDER BY number LIMIT ?2",
        (first, limit, *named.values()),
    )
    return [_view(row) for row in rows]


def _number(sql: Sql, name: str) -> int:
    row = sql.execute("SELECT number FROM trade_record WHERE id = ?", (name,)).fetchone()
    if row is None:
        raise LookupError(f"no trade record {name!r} to go on after")
    return int(row[0])


def record(sql: Sql, name: str) -> TradeView | None:
    """Return the trade record of an identifier, or None."""
    row = sql.execute(f"SELECT {_COLUMNS} FROM trade_record WHERE id = ?", (name,)).fetchone()
    return None if row is None else _view(row)


def lines(sql: Sql, name: str) -> list[LineView]:
    """Return the goods of a trade record, in the order of the document."""
    query = "SELECT hs_code, origin, amount, quantity FROM trade_line WHERE record = ? ORDER BY line"
    return [LineView(*row) for row in sql.execute(query, (name,))]


def priced_lines(sql: Sql, hs_code: str) -> list[tuple[str, LineView]]:
    """Return (currency, line) of the latest lines with an amount whose HS code begins so, at most MOST_PRICED."""
    rows = sql.execute(
        "SELECT currency, hs_code, origin, amount, quantity FROM trade_line JOIN trade_record ON id = record"
        # The colon comes right after the digits.
        " WHERE hs_code >= ?1 AND hs_code < ?1 || ':' AND amount IS NOT NULL ORDER BY number DESC, line LIMIT ?2",
        (hs_code, MOST_PRICED),
    )
    return [(str(currency), LineView(*line)) for currency, *line in rows]


def proven(sql: Sql, name: str) -> list[str]:
    """Return the obligations that a trade record proves, as it names them."""
    query = "SELECT obligation FROM trade_proof WHERE record = ? ORDER BY number"
    return [str(each) for (each,) in sql.execute(query, (name,))]


def under_way(sql: Sql) -> list[str]:
    """Name the records that prove an obligation of which something may still become, in order of registration."""
    rows = sql.execute(
        "SELECT id FROM trade_record WHERE id IN (SELECT p.record FROM trade_proof p JOIN obligation o"
        " ON o.id = p.obligation WHERE o.status IN ('registered', 'accepted', 'disputed')) ORDER BY number"
    )
    return [str(each) for (each,) in rows]


def as_registered(sql: Sql, name: str) -> RegisteredRecord:
    """Return a record that is there as the log has it."""
    seen = record(sql, name)
    assert seen is not None, "the record is registered"
    goods = tuple(
        GoodsLine(
            each.hs_code,
            Country(each.origin),
            None if each.amount is None else Amount(each.amount),
            each.quantity,
        )
        for each in lines(sql, name)
    )
    item = TradeItem(
        kind=DocumentKind[TradeKind(seen.kind).name],
        number=seen.number,
        document=seen.document,
        seller=Lei(seen.seller),
        buyer=Lei(seen.buyer),
        issued=datetime.date.fromisoformat(seen.issued),
        goods=goods,
        services=seen.services,
        currency=None if seen.currency is None else Currency(seen.currency),
        dispatch=Country(seen.dispatch),
        destination=Country(seen.destination),
        transshipments=tuple(map(Country, seen.transshipments)),
        incoterm=seen.incoterm,
        place=seen.place,
        vessel=seen.vessel,
        vessel_name=seen.vessel_name,
        voyage=seen.voyage,
        payment_means=seen.payment_means,
        due=None if seen.due is None else datetime.date.fromisoformat(seen.due),
        obligations=tuple(map(ObligationId, proven(sql, name))),
        refers_to=tuple(map(TradeRecordId, seen.refers_to)),
    )
    return RegisteredRecord(item, Bic(seen.author), Bic(seen.seller_agent), Bic(seen.buyer_agent))


def is_registered(sql: Sql, name: str, document: bytes) -> bool:
    """Tell whether a trade record is there that was registered of this very document (its SHA-256)."""
    query = "SELECT 1 FROM trade_record WHERE id = ? AND document = ?"
    return sql.execute(query, (name, document)).fetchone() is not None


def _view(row: tuple[Any, ...]) -> TradeView:
    seen = TradeView(*row)
    return msgspec.structs.replace(
        seen,
        services=bool(seen.services),
        transshipments=tuple(json.loads(row[14])),
        refers_to=tuple(json.loads(row[22])),
    )
