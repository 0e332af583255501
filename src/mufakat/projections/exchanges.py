"""Quotes and exchanges: what is offered, until when it is firm, what is left of it, and what was taken of it.

Amounts are minor units, a rate two of them: so many of the currency offered for so many of the one asked. A price
is computed by the very function by which the rules compute it, so that a preview is what then settles.
"""

import enum
from typing import Final

import msgspec

from mufakat.model.dealing import ExchangeSettled, QuoteExpired, QuoteOffered, QuoteWithdrawn
from mufakat.model.identifier import Bic, QuoteId
from mufakat.model.money import Amount
from mufakat.model.rate import Filling, Offer, Rate, Side, fill, fill_through, legs
from mufakat.projections.dialect import Sql
from mufakat.projections.rows import Entry, Fold

TABLES: Final = """
CREATE TABLE quote (
    id TEXT PRIMARY KEY, quoter TEXT NOT NULL, sells TEXT NOT NULL, buys TEXT NOT NULL,
    rate_offered INTEGER NOT NULL, rate_asked INTEGER NOT NULL, fee_bp INTEGER NOT NULL,
    least INTEGER NOT NULL, most INTEGER NOT NULL, left_over INTEGER NOT NULL, valid_until_us INTEGER NOT NULL,
    status TEXT NOT NULL, entry INTEGER NOT NULL, changed_us INTEGER NOT NULL
);
CREATE INDEX quote_by_pair ON quote (status, sells, buys);
CREATE TABLE exchange (
    uetr TEXT PRIMARY KEY, payer TEXT NOT NULL, creditor_agent TEXT NOT NULL, sells TEXT NOT NULL,
    buys TEXT NOT NULL, paid INTEGER NOT NULL, fee INTEGER NOT NULL, arrived INTEGER NOT NULL,
    details BLOB NOT NULL, entry INTEGER NOT NULL, at_us INTEGER NOT NULL, date TEXT NOT NULL, via TEXT
);
CREATE TABLE fill (
    number INTEGER PRIMARY KEY,
    uetr TEXT NOT NULL, quote TEXT NOT NULL, quoter TEXT NOT NULL, paid INTEGER NOT NULL, fee INTEGER NOT NULL,
    arrived INTEGER NOT NULL, sold TEXT NOT NULL, bought TEXT NOT NULL
);
CREATE INDEX fill_by_exchange ON fill (uetr);
"""


class QuoteStanding(enum.StrEnum):
    """How a quote can stand."""

    OPEN = "open"
    FILLED = "filled"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class QuoteView(msgspec.Struct, frozen=True):
    """A quote as it stands; `left` is what it still offers, or did when it ended. `entry` made it."""

    id: QuoteId
    quoter: Bic
    sells: str
    buys: str
    rate_offered: int
    rate_asked: int
    fee_bp: int
    least: Amount
    most: Amount
    left: Amount
    valid_until_us: int
    status: str
    entry: int

    @property
    def offer(self) -> Offer:
        """The quote as the rules price it."""
        rate = Rate(self.rate_offered, self.rate_asked)
        return Offer(self.id, self.quoter, rate, self.fee_bp, self.least, self.left, self.entry)


class ExchangeView(msgspec.Struct, frozen=True):
    """A settled exchange: `paid`, with `fee` in it, of the currency `sells`; `arrived` of the currency `buys`.

    `via`: a third currency between, or None; fees in that one stand with the quotes taken.
    """

    uetr: str
    payer: str
    creditor_agent: str
    sells: str
    buys: str
    paid: int
    fee: int
    arrived: int
    details: bytes
    entry: int
    at_us: int
    date: str
    via: str | None


class FillView(msgspec.Struct, frozen=True):
    """What an exchange took of one quote: `paid` and `fee` of the currency `sold`, `arrived` of `bought`."""

    quote: str
    quoter: str
    paid: int
    fee: int
    arrived: int
    sold: str
    bought: str


def offered(fold: Fold, entry: Entry, event: QuoteOffered) -> None:
    """Write a new quote."""
    terms = event.rate.offered, event.rate.asked, event.fee_bp, event.least, event.most, event.most
    place = event.valid_until_us, QuoteStanding.OPEN.value, entry.number, entry.at_us
    fold.sql.execute(
        "INSERT INTO quote VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (event.id, event.quoter, event.sells, event.buys, *terms, *place),
    )


def withdrawn(fold: Fold, entry: Entry, event: QuoteWithdrawn) -> None:
    """Note that a quote was withdrawn."""
    _end(fold, entry, event.id, QuoteStanding.WITHDRAWN)


def expired(fold: Fold, entry: Entry, event: QuoteExpired) -> None:
    """Note that a quote's time was over."""
    _end(fold, entry, event.id, QuoteStanding.EXPIRED)


def _end(fold: Fold, entry: Entry, name: str, status: QuoteStanding) -> None:
    fold.sql.execute(
        "UPDATE quote SET status = ?, changed_us = ? WHERE id = ?", (status.value, entry.at_us, name)
    )


def settled(fold: Fold, entry: Entry, event: ExchangeSettled) -> None:
    """Write an exchange, the movements of both legs, and what is left of the quotes."""
    whole = Filling(event.fills, complete=True, onward=event.onward)
    sums = whole.paid, whole.fee, whole.arrived
    fold.sql.execute(
        "INSERT INTO exchange VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(event.uetr, event.payer, event.creditor_agent, event.sells, event.buys, *sums),
            *(event.details, entry.number, entry.at_us, fold.date, event.via),
        ),
    )
    fold.sql.executemany(
        "INSERT INTO fill (uetr, quote, quoter, paid, fee, arrived, sold, bought) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (event.uetr, *msgspec.structs.astuple(each))
            for each in parts(whole, event.sells, event.via, event.buys)
        ],
    )
    for each in (*event.fills, *event.onward):
        status = QuoteStanding.OPEN if each.left else QuoteStanding.FILLED
        fold.sql.execute(
            "UPDATE quote SET left_over = left_over - ?, status = ?, changed_us = ? WHERE id = ?",
            (each.arrived, status.value, entry.at_us, each.quote),
        )
    currencies = (event.sells, event.buys) if event.via is None else (event.sells, event.via, event.buys)
    for leg in legs((event.payer, event.creditor_agent), currencies, event.fills, event.onward):
        source, target = (f"settlement/{bank}/{leg.currency}" for bank in (leg.debtor, leg.creditor))
        fold.transfer(entry, source, target, leg.amount, "exchange", event.uetr)


def parts(filling: Filling, sells: str, via: str | None, buys: str) -> list[FillView]:
    """Return what each quote gives, with the currency that is paid for it and the one that arrives."""
    steps = [(each, sells, via or buys) for each in filling.fills]
    steps += [(each, via or sells, buys) for each in filling.onward]
    return [
        FillView(each.quote, each.quoter, each.paid, each.fee, each.arrived, sold, bought)
        for each, sold, bought in steps
    ]


_QUOTE: Final = (
    "SELECT id, quoter, sells, buys, rate_offered, rate_asked, fee_bp, least, most, left_over, valid_until_us,"
    " status, entry FROM quote"
)


def offered_on(sql: Sql) -> dict[str, int]:
    """Return what open quotes promise, by settlement account."""
    found: dict[str, int] = {}
    for quoter, currency, left in sql.execute(
        "SELECT quoter, sells, left_over FROM quote WHERE status = 'open'"
    ):
        account = f"settlement/{quoter}/{currency}"
        found[account] = found.get(account, 0) + left
    return found


def quotes(
    sql: Sql,
    *,
    status: str | None = None,
    sells: str | None = None,
    buys: str | None = None,
    quoter: str | None = None,
) -> list[QuoteView]:
    """Return quotes filtered by what is named, by pair of currencies the best price first, then the oldest."""
    rows = sql.execute(
        f"{_QUOTE} WHERE status = coalesce(?1, status) AND sells = coalesce(?2, sells)"
        " AND buys = coalesce(?3, buys) AND quoter = coalesce(?4, quoter)",
        (status, sells, buys, quoter),
    )
    found = [QuoteView(*row) for row in rows]
    return sorted(found, key=lambda each: (each.sells, each.buys, each.offer.price, each.entry))


def quote(sql: Sql, name: str) -> QuoteView | None:
    """Return a quote, or None when there is none of this name."""
    row = sql.execute(f"{_QUOTE} WHERE id = ?", (name,)).fetchone()
    return QuoteView(*row) if row else None


def takeable(sql: Sql, payer: str, sells: str, buys: str, now_us: int) -> list[QuoteView]:
    """Return the quotes that `payer` can take at a time to sell one currency for another, best first."""
    active = {
        bic
        for (bic,) in sql.execute(
            "SELECT bic FROM participant WHERE 'active' = (SELECT standing FROM standing"
            " WHERE member = participant.sponsor ORDER BY number DESC LIMIT 1)"
        )
    }
    return [
        each
        for each in quotes(sql, status=QuoteStanding.OPEN, sells=buys, buys=sells)
        if each.quoter != payer and each.quoter in active and each.valid_until_us >= now_us
    ]


def preview(
    found: list[QuoteView], side: Side, amount: int, onward: list[QuoteView] | None = None
) -> Filling:
    """Return what an exchange out of these quotes comes to; `onward`: those from a third currency to the last."""
    first = [each.offer for each in found]
    if onward is None:
        return fill(first, side, amount)
    return fill_through(first, [each.offer for each in onward], side, amount)


def exchange(sql: Sql, uetr: str) -> ExchangeView | None:
    """Return an exchange, or None when the log knows none of this UETR."""
    row = sql.execute("SELECT * FROM exchange WHERE uetr = ?", (uetr,)).fetchone()
    return ExchangeView(*row) if row else None


def exchanges(sql: Sql, date: str | None = None) -> list[ExchangeView]:
    """Return the exchanges in order; of one business date if named."""
    rows = sql.execute("SELECT * FROM exchange WHERE date = coalesce(?1, date) ORDER BY entry", (date,))
    return [ExchangeView(*row) for row in rows]


def fills(sql: Sql, uetr: str) -> list[FillView]:
    """Return what an exchange took of each quote, best first."""
    rows = sql.execute(
        "SELECT quote, quoter, paid, fee, arrived, sold, bought FROM fill WHERE uetr = ? ORDER BY number",
        (uetr,),
    )
    return [FillView(*row) for row in rows]
