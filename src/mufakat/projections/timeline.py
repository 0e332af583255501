"""What happened when: payments and their steps, the queue over the day, obligations, cycles."""

import enum
import itertools
from typing import Final

import msgspec

from mufakat.model.refusal import Reason
from mufakat.projections.dialect import Sql
from mufakat.projections.lookup import booked_until, entries_before, entries_until, number_of
from mufakat.projections.rows import PART_SETTLED


class PaymentView(msgspec.Struct, frozen=True):
    """A payment as it stands. `reason` is a number of model.refusal.Reason, or None.

    `paid`: what settled in parts while it waited, minor units. `earliest_us`, `latest_us`: log time, 0 for none.
    `divisible` is 0 or 1; `priority` normal, high or urgent.
    """

    uetr: str
    debtor_agent: str
    creditor_agent: str
    currency: str
    amount: int
    value_date: str
    channel: str
    details: bytes
    status: str
    reason: int | None
    cycle: int | None
    submitted_us: int
    changed_us: int
    priority: str
    earliest_us: int
    latest_us: int
    divisible: int
    paid: int


class Step(msgspec.Struct, frozen=True):
    """A step in a payment's life: the entry on the log, log time (UTC microseconds) and new status."""

    entry: int
    at_us: int
    status: str


class PaymentStanding(enum.StrEnum):
    """How a payment can stand."""

    ACCEPTED = "accepted"
    QUEUED = "queued"
    SETTLED = "settled"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    RESERVED = "reserved"
    VOIDED = "voided"
    HELD = "held"
    FROZEN = "frozen"


class ObligationStanding(enum.StrEnum):
    """How an obligation can stand."""

    REGISTERED = "registered"
    ACCEPTED = "accepted"
    DISPUTED = "disputed"
    SET_OFF = "set off"
    SETTLED = "settled"
    BLOCKED = "blocked"


class ObligationView(msgspec.Struct, frozen=True):
    """An obligation as it stands; amounts in minor units."""

    id: str
    debtor: str
    creditor: str
    debtor_agent: str
    creditor_agent: str
    currency: str
    amount: int
    open: int
    set_off: int
    due: str
    status: str
    cycle: int | None


class CycleView(msgspec.Struct, frozen=True):
    """One currency of one cycle. `gross` is what entered netting, `net` what then moved; minor units."""

    number: int
    currency: str
    at_us: int
    set_off: int
    gross: int
    items: int
    net: int
    swing: int
    deferred: int
    date: str

    @property
    def netted(self) -> int:
        """What netting cancelled, with no money."""
        return self.gross - self.net


PAYMENT: Final = (
    "SELECT uetr, debtor_agent, creditor_agent, currency, amount, value_date, channel, details, status,"
    " reason, cycle, submitted_us, changed_us,"
    " CASE priority WHEN 1 THEN 'high' WHEN 2 THEN 'urgent' ELSE 'normal' END,"
    " coalesce(earliest_us, 0), coalesce(latest_us, 0), coalesce(divisible, 0), coalesce(paid, 0)"
    " FROM payment LEFT JOIN payment_terms t ON t.payment = arrival"
)
"""Gives the fields of a PaymentView."""


def payment(sql: Sql, uetr: str) -> PaymentView | None:
    """Return a payment, or None when the log knows no such UETR."""
    number = number_of(sql, uetr)
    row = None if number is None else sql.execute(f"{PAYMENT} WHERE arrival = ?", (number,)).fetchone()
    return PaymentView(*row) if row else None


def payments(sql: Sql, status: str, *, agent: str | None = None) -> list[PaymentView]:
    """Return the payments of one status in order of arrival, of one debtor agent if named."""
    query = (
        "arrival IN (SELECT number FROM payment_row WHERE status = ?1"
        " UNION ALL SELECT number FROM payment_row WHERE status IS NULL AND ?1 = 'settled')"
        " AND debtor_agent = coalesce(?2, debtor_agent)"
    )
    rows = sql.execute(f"{PAYMENT} WHERE {query} ORDER BY arrival", (status, agent))
    return [PaymentView(*row) for row in rows]


def settled(sql: Sql, date: str) -> list[PaymentView]:
    """Return the payments that settled on a business date, in order of arrival; some may be returned by now."""
    # An entry that begins a day settles no new payment: all that did on this date came with entries begun on it.
    first, _ = booked_until(sql, entries_before(sql, "date", date))
    beyond, _ = booked_until(sql, entries_until(sql, "date", date))
    query = (
        "arrival IN (SELECT number FROM payment_row WHERE number >= ? AND number < ? AND movement IS NOT NULL"
        " UNION ALL SELECT payment FROM step_row WHERE status = 'settled' AND date = ?)"
    )
    rows = sql.execute(f"{PAYMENT} WHERE {query} ORDER BY arrival", (first, beyond, date))
    return [PaymentView(*row) for row in rows]


def waiting(sql: Sql, date: str) -> list[PaymentView]:
    """Return the payments that waited when a business date ended, in order of arrival."""
    query = (
        "arrival IN (SELECT payment FROM step_row WHERE status IN ('queued', 'accepted', 'part settled')"
        " AND number IN (SELECT max(number) FROM step_row WHERE date <= ? GROUP BY payment))"
    )
    return [PaymentView(*row) for row in sql.execute(f"{PAYMENT} WHERE {query} ORDER BY arrival", (date,))]


def sent_back(sql: Sql, date: str) -> list[PaymentView]:
    """Return the payments that the close of a business date rejected for want of funds, in order of arrival."""
    query = "reason = ? AND arrival IN (SELECT payment FROM step_row WHERE status = 'rejected' AND date = ?)"
    rows = sql.execute(f"{PAYMENT} WHERE {query} ORDER BY arrival", (int(Reason.UNSETTLED_AT_CLOSE), date))
    return [PaymentView(*row) for row in rows]


def steps(sql: Sql, uetr: str) -> list[Step]:
    """Return a payment's steps in order."""
    number = number_of(sql, uetr)
    rows = sql.execute(
        "SELECT entry, at_us, status FROM step WHERE payment = ? ORDER BY number",
        (number,),
    )
    return [Step(*row) for row in rows]


def entered(sql: Sql, uetr: str, status: str) -> tuple[int, str] | None:
    """Return (log time, business date) of the last time that a payment came to stand so, None when it never did."""
    row = sql.execute(
        "SELECT e.at_us, s.date FROM step_row s JOIN entry e ON e.number = s.entry"
        " WHERE s.payment = ? AND s.status = ? ORDER BY s.number DESC LIMIT 1",
        (number_of(sql, uetr), status),
    ).fetchone()
    return None if row is None else (int(row[0]), str(row[1]))


def queue_over_time(sql: Sql) -> list[tuple[int, int]]:
    """Return (log time, how many payments waited for funds from then on), at each time it changed."""
    waiting = 0
    points: list[tuple[int, int]] = []
    queued: dict[int, None] = {}
    rows = sql.execute(
        "SELECT e.at_us, s.payment, s.status FROM step_row s JOIN entry e ON e.number = s.entry ORDER BY s.number"
    )
    for at_us, steps_then in itertools.groupby(rows, key=lambda row: row[0]):
        for _, payment, status in steps_then:
            if status in {"queued", PART_SETTLED}:
                queued[payment] = None
            else:
                queued.pop(payment, None)
        if len(queued) != waiting:
            waiting = len(queued)
            points.append((at_us, waiting))
    return points


def obligations(
    sql: Sql, *, status: str | None = None, firm: str | None = None, agent: str | None = None
) -> list[ObligationView]:
    """Return obligations in order of due date and identifier, filtered by what is named."""
    rows = sql.execute(
        "SELECT id, debtor, creditor, debtor_agent, creditor_agent, currency, amount, open, set_off, due,"
        " status, cycle FROM obligation WHERE status = coalesce(?1, status)"
        " AND coalesce(?2, debtor) IN (debtor, creditor)"
        " AND coalesce(?3, debtor_agent) IN (debtor_agent, creditor_agent)"
        " ORDER BY due, id",
        (status, firm, agent),
    )
    return [ObligationView(*row) for row in rows]


def obligation_status(sql: Sql, name: str, document: bytes) -> str | None:
    """Return the status of an obligation that was registered with this very document, or None."""
    query = "SELECT status FROM obligation WHERE id = ? AND document = ?"
    row = sql.execute(query, (name, document)).fetchone()
    return str(row[0]) if row else None


def obligation_document(sql: Sql, name: str) -> bytes:
    """Return the commitment to the document that an obligation rests on; raises KeyError for an unknown one."""
    row = sql.execute("SELECT document FROM obligation WHERE id = ?", (name,)).fetchone()
    if row is None:
        raise KeyError(name)
    return bytes(row[0])


def cycles(sql: Sql, date: str | None = None) -> list[CycleView]:
    """Return each currency of each cycle, in order; of one business date if named."""
    query = "SELECT * FROM cycle WHERE date = coalesce(?1, date) ORDER BY number, currency"
    return [CycleView(*row) for row in sql.execute(query, (date,))]


def phases(sql: Sql) -> list[tuple[str, str, int]]:
    """Return (business date, phase, log time) of each phase entered, in order."""
    return list(sql.execute("SELECT date, phase, at_us FROM day ORDER BY number"))


def business_date(sql: Sql) -> str | None:
    """Return the date (ISO) of the last phase entered, None before the first day."""
    row = sql.execute("SELECT date FROM day ORDER BY number DESC LIMIT 1").fetchone()
    return None if row is None else str(row[0])
