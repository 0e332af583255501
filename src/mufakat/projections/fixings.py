"""Fixings as they were submitted and agreed, and the unit of account that follows from them.

Rates are parts of 10^-9 of the charter's numeraire for one major unit, dates ISO 8601, amounts minor units.
"""

import datetime
from collections.abc import Callable
from typing import Any, Final

import msgspec

from mufakat.model import basket
from mufakat.model import event as e
from mufakat.model.charter import Charter
from mufakat.model.identifier import Currency
from mufakat.projections.dialect import Sql

TABLES: Final = """
CREATE TABLE rate_submitted (
    date TEXT NOT NULL, member TEXT NOT NULL, currency TEXT NOT NULL, rate INTEGER NOT NULL, entry INTEGER NOT NULL,
    PRIMARY KEY (date, member, currency)
);
CREATE TABLE fixing (
    date TEXT NOT NULL, currency TEXT NOT NULL, rate INTEGER NOT NULL, entry INTEGER NOT NULL,
    PRIMARY KEY (date, currency)
);
CREATE TABLE outlier (date TEXT NOT NULL, member TEXT NOT NULL, currency TEXT NOT NULL, rate INTEGER NOT NULL);
"""


class FixingView(msgspec.Struct, frozen=True):
    """A currency's fixing of a date, and the entry that agreed it."""

    date: str
    currency: str
    rate: int
    entry: int


class SubmissionView(msgspec.Struct, frozen=True):
    """What a member said a currency is worth; `outlier`: too far from the median that was agreed."""

    date: str
    member: str
    currency: str
    rate: int
    outlier: bool


class Component(msgspec.Struct, frozen=True):
    """A currency and the unit of account.

    `weight`: minor units of it in one unit, 0 outside the basket. `unit`: what one unit is worth in it, in minor
    units; None without a unit or a fixing in force. `rate`, `date`: the fixing.
    """

    currency: Currency
    weight: int
    unit: int | None
    rate: int | None
    date: str | None


def _submitted(sql: Sql, entry: int, event: e.FixingsSubmitted) -> None:
    date = event.date.isoformat()
    sql.executemany(
        "INSERT INTO rate_submitted VALUES (?, ?, ?, ?, ?)",
        [(date, event.member, currency, rate, entry) for currency, rate in event.rates],
    )


def _agreed(sql: Sql, entry: int, event: e.FixingsAgreed) -> None:
    date = event.date.isoformat()
    sql.executemany(
        "INSERT INTO fixing VALUES (?, ?, ?, ?)",
        [(date, currency, rate, entry) for currency, rate in event.rates],
    )
    sql.executemany("INSERT INTO outlier VALUES (?, ?, ?, ?)", [(date, *each) for each in event.outliers])


# A fold takes the event type of its own row; a literal dictionary cannot say that of each row.
FOLDS: Final[dict[type, Callable[[Sql, int, Any], None]]] = {
    e.FixingsSubmitted: _submitted,
    e.FixingsAgreed: _agreed,
}


def fixings(sql: Sql, date: str) -> list[FixingView]:
    """Return the fixings that were agreed for a date, by currency."""
    return [
        FixingView(*row)
        for row in sql.execute("SELECT * FROM fixing WHERE date = ? ORDER BY currency", (date,))
    ]


def _latest(sql: Sql, date: str) -> dict[str, FixingView]:
    """Return the latest fixing of each currency until a date."""
    rows = sql.execute(
        "SELECT * FROM fixing WHERE (date, currency) IN"
        " (SELECT max(date), currency FROM fixing WHERE date <= ? GROUP BY currency)",
        (date,),
    )
    return {each.currency: each for each in (FixingView(*row) for row in rows)}


def submissions(sql: Sql, date: str) -> list[SubmissionView]:
    """Return what members submitted for a date, by currency, then member."""
    rows = sql.execute(
        "SELECT date, member, currency, rate,"
        " (date, member, currency) IN (SELECT date, member, currency FROM outlier)"
        " FROM rate_submitted WHERE date = ? ORDER BY currency, member",
        (date,),
    )
    return [
        SubmissionView(day, member, currency, rate, bool(far)) for day, member, currency, rate, far in rows
    ]


def unit(sql: Sql, charter: Charter, date: str) -> list[Component]:
    """Return what the unit of account is made of and worth on a business date, by currency.

    By the charter in force, at the fixings that held on the date; the same arithmetic as the rules'.
    """
    fixing = charter.rules.fixing
    oldest = datetime.date.fromisoformat(date).toordinal() - fixing.max_age_days
    latest = _latest(sql, date)
    prices = {
        member.currency: basket.price_of(latest[member.currency].rate, member.decimals)
        for member in charter.members
        if member.currency in latest
        and datetime.date.fromisoformat(latest[member.currency].date).toordinal() >= oldest
    }
    cost, weights = basket.unit_price(fixing, prices), dict(basket.weights_of(fixing))
    one = 10**basket.UNIT_DECIMALS
    return [
        Component(
            currency,
            weights.get(currency, 0),
            None if cost is None or currency not in prices else basket.amount_at(one, prices[currency], cost),
            latest[currency].rate if currency in latest else None,
            latest[currency].date if currency in latest else None,
        )
        for currency in sorted(member.currency for member in charter.members)
    ]
