"""What was set off in each cycle, and what firms asked for: from which a firm's statement is made.

Amounts are minor units of the obligation's currency, dates ISO 8601.
"""

import json
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec

from mufakat.model import event as e
from mufakat.model import setoff as asked
from mufakat.model.plain import plain
from mufakat.projections.dialect import Sql

TABLES: Final = """
CREATE TABLE cleared (
    cycle INTEGER NOT NULL, date TEXT NOT NULL, obligation TEXT NOT NULL, amount INTEGER NOT NULL,
    across INTEGER NOT NULL
);
CREATE INDEX cleared_by_obligation ON cleared (obligation);
CREATE TABLE candidate (obligation TEXT PRIMARY KEY, indivisible INTEGER NOT NULL, cycle INTEGER NOT NULL);
CREATE TABLE terms (
    firm TEXT NOT NULL, currency TEXT NOT NULL, least_residual INTEGER NOT NULL, most INTEGER, not_with TEXT NOT
    NULL, across INTEGER NOT NULL, since TEXT NOT NULL, PRIMARY KEY (firm, currency)
);
CREATE TABLE across (
    number INTEGER PRIMARY KEY,
    cycle INTEGER NOT NULL, date TEXT NOT NULL, prices TEXT NOT NULL, omitted TEXT NOT NULL
);
"""

_ACROSS: Final = "cycle, date, prices, omitted"


class ClearedView(msgspec.Struct, frozen=True):
    """What one cycle set off of an obligation: `across` currencies, or in its own."""

    cycle: int
    date: str
    obligation: str
    debtor: str
    creditor: str
    currency: str
    due: str
    amount: int
    across: bool


class TermsView(msgspec.Struct, frozen=True):
    """What a firm asks for in a currency, since a business date."""

    firm: str
    currency: str
    least_residual: int
    most: int | None
    not_with: tuple[str, ...]
    across: bool
    since: str


class AcrossView(msgspec.Struct, frozen=True):
    """A cycle's set-off across currencies: points to a minor unit of each, or which had no fixing in force."""

    cycle: int
    date: str
    prices: dict[str, int]
    omitted: tuple[str, ...]


class DebtView(msgspec.Struct, frozen=True):
    """An obligation that is still open, whatever its status; `cycle` was the last one when it was accepted."""

    id: str
    debtor: str
    creditor: str
    debtor_agent: str
    creditor_agent: str
    currency: str
    amount: int
    open: int
    due: str
    status: str
    cycle: int
    indivisible: bool


_View = TypeVar("_View", ClearedView, DebtView)


def _registered(sql: Sql, _date: str, event: e.ObligationRegistered) -> None:
    row = (event.item.id, event.item.indivisible, last_cycle(sql))
    sql.execute("INSERT INTO candidate VALUES (?, ?, ?)", row)


def _accepted(sql: Sql, _date: str, event: e.ObligationAccepted) -> None:
    sql.execute("UPDATE candidate SET cycle = ? WHERE obligation = ?", (last_cycle(sql), event.id))


def _set_off(sql: Sql, date: str, event: e.ObligationsSetOff | asked.ObligationsAcrossSetOff) -> None:
    across = isinstance(event, asked.ObligationsAcrossSetOff)
    rows = [(event.cycle, date, each, amount, across) for each, amount in event.cleared]
    sql.executemany("INSERT INTO cleared VALUES (?, ?, ?, ?, ?)", rows)


def _across(sql: Sql, date: str, event: asked.ObligationsAcrossSetOff) -> None:
    _set_off(sql, date, event)
    prices = json.dumps(dict(event.prices))
    sql.execute(f"INSERT INTO across ({_ACROSS}) VALUES (?, ?, ?, '[]')", (event.cycle, date, prices))


def _omitted(sql: Sql, date: str, event: asked.SetOffAcrossOmitted) -> None:
    row = (event.cycle, date, json.dumps(plain(event.currencies)))
    sql.execute(f"INSERT INTO across ({_ACROSS}) VALUES (?, ?, '{{}}', ?)", row)


def _terms(sql: Sql, date: str, event: asked.SetOffTermsStated) -> None:
    row = (event.firm, event.currency, event.least_residual, event.most)
    others = json.dumps(plain(event.not_with))
    sql.execute(
        "INSERT INTO terms VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (firm, currency) DO UPDATE SET"
        " least_residual = excluded.least_residual, most = excluded.most, not_with = excluded.not_with,"
        " across = excluded.across, since = excluded.since",
        (*row, others, event.across, date),
    )


# A fold takes the event type of its own row; a literal dictionary cannot say that of each row.
FOLDS: Final[dict[type, Callable[[Sql, str, Any], None]]] = {
    e.ObligationRegistered: _registered,
    e.ObligationAccepted: _accepted,
    e.ObligationsSetOff: _set_off,
    asked.ObligationsAcrossSetOff: _across,
    asked.SetOffAcrossOmitted: _omitted,
    asked.SetOffTermsStated: _terms,
}


def last_cycle(sql: Sql) -> int:
    """Return the number of the last cycle, 0 before the first."""
    number: int = sql.execute("SELECT coalesce(max(number), 0) FROM cycle").fetchone()[0]
    return number


def cleared(sql: Sql, firm: str) -> list[ClearedView]:
    """Return what was set off of a firm's debts and claims, by cycle, currency, due date and identifier."""
    rows = sql.execute(
        "SELECT c.cycle, c.date, o.id, o.debtor, o.creditor, o.currency, o.due, c.amount, c.across"
        " FROM obligation o JOIN cleared c ON c.obligation = o.id WHERE ?1 IN (o.debtor, o.creditor)"
        " ORDER BY c.cycle, c.across, o.currency, o.due, o.id",
        (firm,),
    )
    return [_view(ClearedView, row) for row in rows]


def terms(sql: Sql, currency: str | None = None) -> list[TermsView]:
    """Return what firms ask for, by firm and currency; in one currency if named."""
    query = "SELECT * FROM terms WHERE currency = coalesce(?1, currency) ORDER BY firm, currency"
    return [
        TermsView(firm, of, least, most, tuple(json.loads(others)), bool(across), since)
        for firm, of, least, most, others, across, since in sql.execute(query, (currency,))
    ]


def across(sql: Sql) -> list[AcrossView]:
    """Return each cycle in which obligations were to be set off across currencies, in order."""
    rows = sql.execute(f"SELECT {_ACROSS} FROM across ORDER BY number")
    return [AcrossView(cycle, date, json.loads(p), tuple(json.loads(o))) for cycle, date, p, o in rows]


def open_debts(sql: Sql, currency: str | None = None) -> list[DebtView]:
    """Return what is open, oldest due first and then by identifier; in one currency if named."""
    rows = sql.execute(
        "SELECT o.id, o.debtor, o.creditor, o.debtor_agent, o.creditor_agent, o.currency, o.amount, o.open, o.due,"
        " o.status, c.cycle, c.indivisible FROM obligation o JOIN candidate c ON c.obligation = o.id"
        " WHERE o.open > 0 AND o.currency = coalesce(?1, o.currency) ORDER BY o.due, o.id",
        (currency,),
    )
    return [_view(DebtView, row) for row in rows]


def _view(kind: type[_View], row: tuple[Any, ...]) -> _View:
    """Make a view of a row whose last column tells yes or no."""
    return kind(*(*row[:-1], bool(row[-1])))
