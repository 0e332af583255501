"""Rows under way: what events of a batch change, noted and then written together.

Movements carry the balance after them, so that a statement is a plain query.
"""

from typing import Final

import msgspec

from mufakat.model import event as e
from mufakat.model.command import Channel
from mufakat.model.record import settled_fields
from mufakat.projections.dialect import Sql

PAYMENT: Final = "INSERT INTO payment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, ?)"


PART_SETTLED: Final = "part settled"
"""The step of a payment that goes on waiting for its rest."""


class Entry(msgspec.Struct, frozen=True):
    """The place on the log where events come from: entry number, log time (UTC microseconds), command's SHA-256."""

    number: int
    at_us: int
    digest: bytes


def open_account(fold: "Fold", account: str, owner: str) -> None:
    """Write the row of a new account."""
    kind, _, currency = account.split("/")
    fold.balances[account] = 0
    fold.sql.execute("INSERT INTO account VALUES (?, ?, ?, ?, 0, 0, 0, 0)", (account, kind, owner, currency))


class Fold:
    """Rows under way: balances known, and movements and steps not yet written."""

    def __init__(self, sql: Sql) -> None:
        self.sql = sql
        self.date = self._one("SELECT date FROM day ORDER BY number DESC LIMIT 1", "0001-01-01")
        self.arrivals = int(self._one("SELECT count(*) FROM payment", "0"))
        self.places = int(self._one("SELECT coalesce(max(place), 0) FROM payment_terms", "0"))
        self.limited = {row[0] for row in sql.execute("SELECT account FROM payment_limit")}
        self.balances: dict[str, int] = dict(sql.execute("SELECT id, balance FROM account").fetchall())
        self.netted: list[e.PositionsNetted] = []
        self.swing: dict[tuple[int, str], int] = {}
        self._movements: list[tuple[object, ...]] = []
        self._steps: list[tuple[object, ...]] = []
        self._changed: dict[str, None] = {}

    def _one(self, query: str, default: str) -> str:
        row = self.sql.execute(query).fetchone()
        return str(row[0]) if row else default

    def move(self, entry: Entry, account: str, amount: int, kind: str, reference: str, other: str) -> None:
        """Note a movement (`amount` negative for a debit) and its account's new balance."""
        balance = self.balances[account] = self.balances[account] + amount
        self._changed[account] = None
        self._movements.append(
            (entry.number, entry.at_us, self.date, account, amount, balance, kind, reference, other)
        )

    def transfer(self, entry: Entry, debit: str, credit: str, amount: int, kind: str, reference: str) -> None:
        """Note both sides of a posting."""
        self.move(entry, debit, -amount, kind, reference, credit)
        self.move(entry, credit, amount, kind, reference, debit)

    def step(self, entry: Entry, uetr: str, status: str) -> None:
        """Note a payment's step."""
        self._steps.append((uetr, entry.number, entry.at_us, status, self.date))

    def settled(self, entry: Entry, records: bytes) -> None:
        """Write payments that settled on entry, gross and for today."""
        rows: list[tuple[object, ...]] = []
        for uetr, debtor, creditor, currency, amount, details in settled_fields(records):
            place = self.arrivals + len(rows)
            parties = debtor, creditor, currency, amount
            end = details, "settled", None, entry.at_us, entry.at_us, place
            rows.append((uetr, *parties, self.date, Channel.RTGS.name, *end))
            debit, credit = f"settlement/{debtor}/{currency}", f"settlement/{creditor}/{currency}"
            self.transfer(entry, debit, credit, amount, "payment", uetr)
            self.step(entry, uetr, "settled")
        self.sql.executemany(PAYMENT, rows)
        self.arrivals += len(rows)

    def flush(self) -> None:
        """Write what was noted."""
        self.sql.executemany(
            "INSERT INTO movement (entry, at_us, date, account, amount, balance, kind, reference, counterparty)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            self._movements,
        )
        self.sql.executemany(
            "INSERT INTO step (uetr, entry, at_us, status, date) VALUES (?, ?, ?, ?, ?)", self._steps
        )
        self.sql.executemany(
            "UPDATE account SET balance = ? WHERE id = ?",
            [(self.balances[account], account) for account in self._changed],
        )
        self._movements.clear()
        self._steps.clear()
        self._changed.clear()
