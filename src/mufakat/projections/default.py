"""Defaults and what they cost, pledges, and coverage day by day, with the entry of each step on the log.

Dates are business dates, amounts minor units.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from mufakat.model import default as d
from mufakat.projections.dialect import Sql
from mufakat.projections.rows import Entry, Fold, open_account

TABLES: Final = """
CREATE TABLE party_default (
    number INTEGER PRIMARY KEY, party TEXT NOT NULL, cause TEXT NOT NULL, date TEXT NOT NULL,
    entry INTEGER NOT NULL, deferred TEXT, ended TEXT
);
CREATE TABLE called (
    number INTEGER PRIMARY KEY,
    party_default INTEGER NOT NULL, currency TEXT NOT NULL, member TEXT NOT NULL, weight INTEGER NOT NULL,
    cap INTEGER NOT NULL, date TEXT NOT NULL, entry INTEGER NOT NULL
);
CREATE TABLE loss (
    number INTEGER PRIMARY KEY,
    party_default INTEGER NOT NULL, step TEXT NOT NULL, tier TEXT, payer TEXT NOT NULL, payee TEXT NOT NULL,
    currency TEXT NOT NULL, amount INTEGER NOT NULL, date TEXT NOT NULL, entry INTEGER NOT NULL
);
CREATE TABLE coverage (
    number INTEGER PRIMARY KEY,
    date TEXT NOT NULL, currency TEXT NOT NULL, stressed INTEGER NOT NULL, cover INTEGER NOT NULL,
    parties TEXT NOT NULL, exposure INTEGER NOT NULL, resources INTEGER NOT NULL
);
"""

_CALLED: Final = "party_default, currency, member, weight, cap, date, entry"
_LOSS: Final = "party_default, step, tier, payer, payee, currency, amount, date, entry"
_COVERAGE: Final = "date, currency, stressed, cover, parties, exposure, resources"


class DefaultView(msgspec.Struct, frozen=True):
    """A default. `entry` declared it; `deferred`: until when its loss was last deferred; `ended`: when it ended."""

    number: int
    party: str
    cause: str
    date: str
    entry: int
    deferred: str | None
    ended: str | None


class CallView(msgspec.Struct, frozen=True):
    """What a surviving member could be called for: its weight among the others, and its cap."""

    default: int
    currency: str
    member: str
    weight: int
    cap: int
    date: str
    entry: int


class LossView(msgspec.Struct, frozen=True):
    """A step of a loss, in order. `payer`, `payee`: accounts.

    `step`: covered or recovered. `tier`: own, sponsor or survivor; None when it went to the line.
    """

    default: int
    step: str
    tier: str | None
    payer: str
    payee: str
    currency: str
    amount: int
    date: str
    entry: int


class CoverageView(msgspec.Struct, frozen=True):
    """Coverage at a close. `cover`: 1 or 2 members at once; `parties`: those that would cost the most."""

    date: str
    currency: str
    stressed: bool
    cover: int
    parties: tuple[str, ...]
    exposure: int
    resources: int

    @property
    def short(self) -> int:
        """What would be left uncovered; zero when covered."""
        return max(0, self.exposure - self.resources)


def _pledged(fold: Fold, entry: Entry, event: d.CollateralPledged) -> None:
    if event.account not in fold.balances:
        open_account(fold, event.account, event.account.split("/")[1])
    fold.transfer(entry, event.source, event.account, event.amount, "pledge", f"entry {entry.number}")


def _released(fold: Fold, entry: Entry, event: d.CollateralReleased) -> None:
    fold.transfer(entry, event.account, event.target, event.amount, "release", f"entry {entry.number}")


def _declared(fold: Fold, entry: Entry, event: d.DefaultDeclared) -> None:
    row = (event.number, event.party, event.cause.name.lower(), event.date.isoformat(), entry.number)
    fold.sql.execute("INSERT INTO party_default VALUES (?, ?, ?, ?, ?, NULL, NULL)", row)
    _calls(fold, entry, event.number, event.calls)


def _calls(fold: Fold, entry: Entry, number: int, calls: tuple[d.Call, ...]) -> None:
    rows = [
        (number, each.currency, each.member, each.weight, each.cap, fold.date, entry.number) for each in calls
    ]
    fold.sql.executemany(f"INSERT INTO called ({_CALLED}) VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def _step(
    fold: Fold, entry: Entry, event: d.LossCovered | d.LossRecovered, step: str, payer: str, payee: str
) -> None:
    fold.transfer(entry, payer, payee, event.amount, f"loss {step}", f"default {event.number}")
    tier = None if event.tier is None else event.tier.name.lower()
    currency = payer.rpartition("/")[2]
    row = (event.number, step, tier, payer, payee, currency, event.amount, fold.date, entry.number)
    fold.sql.execute(f"INSERT INTO loss ({_LOSS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def _covered(fold: Fold, entry: Entry, event: d.LossCovered) -> None:
    _step(fold, entry, event, "covered", event.collateral, event.swing)


def _recovered(fold: Fold, entry: Entry, event: d.LossRecovered) -> None:
    _step(fold, entry, event, "recovered", event.source, event.target)


def _deferred(fold: Fold, entry: Entry, event: d.LossDeferred) -> None:
    row = (event.until.isoformat(), event.number)
    fold.sql.execute("UPDATE party_default SET deferred = ? WHERE number = ?", row)


def _called(fold: Fold, entry: Entry, event: d.LossCalled) -> None:
    _calls(fold, entry, event.number, event.calls)


def _ended(fold: Fold, entry: Entry, event: d.DefaultEnded) -> None:
    fold.sql.execute("UPDATE party_default SET ended = ? WHERE number = ?", (fold.date, event.number))


def _measured(fold: Fold, entry: Entry, event: d.CoverageMeasured) -> None:
    covers: dict[tuple[str, bool], int] = {}
    for each in event.rows:
        key = (each.currency, each.stressed)
        covers[key] = covers.get(key, 0) + 1
        parties = ",".join(each.parties)
        row = (event.date.isoformat(), *key, covers[key], parties, each.exposure, each.resources)
        fold.sql.execute(f"INSERT INTO coverage ({_COVERAGE}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)


# A fold takes the event type of its own row; a literal dictionary cannot say that of each row.
FOLDS: Final[dict[type, Callable[[Fold, Entry, Any], None]]] = {
    d.CollateralPledged: _pledged,
    d.CollateralReleased: _released,
    d.DefaultDeclared: _declared,
    d.LossCovered: _covered,
    d.LossDeferred: _deferred,
    d.LossCalled: _called,
    d.LossRecovered: _recovered,
    d.DefaultEnded: _ended,
    d.CoverageMeasured: _measured,
}


def defaults(sql: Sql) -> list[DefaultView]:
    """Return the defaults in order of their numbers."""
    return [DefaultView(*row) for row in sql.execute("SELECT * FROM party_default ORDER BY number")]


def calls(sql: Sql, number: int) -> list[CallView]:
    """Return what survivors could be called for in a default, in the order in which it was said."""
    rows = sql.execute(f"SELECT {_CALLED} FROM called WHERE party_default = ? ORDER BY number", (number,))
    return [CallView(*row) for row in rows]


def losses(sql: Sql, number: int) -> list[LossView]:
    """Return the steps in which a default's loss was borne and paid back, in order."""
    rows = sql.execute(f"SELECT {_LOSS} FROM loss WHERE party_default = ? ORDER BY number", (number,))
    return [LossView(*row) for row in rows]


def coverage(sql: Sql, date: str | None = None) -> list[CoverageView]:
    """Return the coverage at the close of a business date, or at the latest that was measured."""
    rows = sql.execute(
        f"SELECT {_COVERAGE} FROM coverage"
        " WHERE date = coalesce(?, (SELECT max(date) FROM coverage)) ORDER BY number",
        (date,),
    )
    return [
        CoverageView(day, currency, bool(stressed), cover, tuple(parties.split(",")), exposure, resources)
        for day, currency, stressed, cover, parties, exposure, resources in rows
    ]
