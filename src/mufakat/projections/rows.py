"""Rows under way: what events of a batch change, noted and then written together.

Movements carry the balance after them, so that a statement is a plain query.
"""

import hashlib
from typing import Final

import msgspec

from mufakat.model import event as e
from mufakat.model.record import RECORD_BYTES
from mufakat.projections.dialect import Sql
from mufakat.projections.lookup import booked_until, entries, number_of

PART_SETTLED: Final = "part settled"
"""The step of a payment that goes on waiting for its rest."""


class Entry(msgspec.Struct, frozen=True):
    """The place on the log where events come from: entry number, log time (UTC microseconds), and the command."""

    number: int
    at_us: int
    command: bytes

    @property
    def digest(self) -> bytes:
        """The command's SHA-256."""
        return hashlib.sha256(self.command).digest()


def open_account(fold: "Fold", account: str, owner: str) -> None:
    """Write the row of a new account."""
    kind, _, currency = account.split("/")
    fold.balances[account] = 0
    fold.sql.execute(
        "INSERT INTO account (id, kind, owner, currency, balance, credit_limit, reserved, closed)"
        " VALUES (?, ?, ?, ?, 0, 0, 0, 0)",
        (account, kind, owner, currency),
    )


class Settled(msgspec.Struct, frozen=True):
    """Payments that settled on an entry: its number and their records, 128 bytes each."""

    entry: int
    records: bytes


class Fold:
    """Rows under way: balances known, and entries, movements and steps not yet written.

    `arrivals`, `movements`: how many payments and movements there are. `settled`: payments that settled on entry,
    the last of those that arrived, whose rows and movements are not yet noted; `mufakat.projections.settled` does.
    """

    def __init__(self, sql: Sql) -> None:
        self.sql = sql
        self.date = self._one("SELECT date FROM day ORDER BY number DESC LIMIT 1", "0001-01-01")
        self.arrivals, self.movements = booked_until(sql, entries(sql))
        self.places = int(self._one("SELECT max(place) FROM payment_terms", "0"))
        self.limited = {row[0] for row in sql.execute("SELECT account FROM payment_limit")}
        self.balances: dict[str, int] = dict(sql.execute("SELECT id, balance FROM account").fetchall())
        self.netted: list[e.PositionsNetted] = []
        self.swing: dict[tuple[int, str], int] = {}
        self.settled: list[Settled] = []
        self._numbers: dict[str, int] = dict(sql.execute("SELECT id, number FROM account_name").fetchall())
        self._steps_taken = int(self._one("SELECT max(number) FROM step_row", "0"))
        self._begun = self.date
        self._entries: list[tuple[object, ...]] = []
        self._movements: list[tuple[object, ...]] = []
        self._steps: list[tuple[object, ...]] = []
        self._changed: dict[str, None] = {}

    def _one(self, query: str, default: str) -> str:
        row = self.sql.execute(query).fetchone()
        return default if row is None or row[0] is None else str(row[0])

    def begin(self) -> None:
        """Note that an entry begins, on the business date under way."""
        self._begun = self.date

    def end(self, entry: Entry) -> None:
        """Note an entry whose events are folded, with how many payments and movements there are after it."""
        counts = self.arrivals, self.movements
        self._entries.append((entry.number, entry.at_us, self._begun, entry.digest, *counts))

    def number(self, account: str) -> int:
        """Return the number of an account, of one that was never opened too."""
        number = self._numbers.get(account)
        if number is None:
            number = self._numbers[account] = len(self._numbers)
            _, holder, currency = account.split("/")
            self.sql.execute(
                "INSERT INTO account_name (number, id, holder, currency) VALUES (?, ?, ?, ?)",
                (number, account, holder, currency),
            )
        return number

    def payment(self, uetr: str) -> int:
        """Return the number of a payment that has arrived."""
        number = number_of(self.sql, uetr)
        assert number is not None, "what changes has arrived"
        return number

    def move(self, entry: Entry, account: str, amount: int, kind: str, reference: str, other: str) -> None:
        """Note a movement (`amount` negative for a debit) and its account's new balance."""
        self.holds(account, self.balances[account] + amount)
        self.movements += 1
        place = self.movements, entry.number, self.date, self.number(account)
        self._movements.append((*place, amount, self.balances[account], kind, reference, other))

    def holds(self, account: str, balance: int) -> None:
        """Note an account's new balance."""
        self.balances[account] = balance
        self._changed[account] = None

    def transfer(self, entry: Entry, debit: str, credit: str, amount: int, kind: str, reference: str) -> None:
        """Note both sides of a posting."""
        self.move(entry, debit, -amount, kind, reference, credit)
        self.move(entry, credit, amount, kind, reference, debit)

    def step(self, entry: Entry, payment: int, status: str) -> None:
        """Note the step of a payment, by its number."""
        self._steps_taken += 1
        self._steps.append((self._steps_taken, payment, entry.number, status, self.date))

    def settle(self, entry: Entry, records: bytes) -> None:
        """Note payments that settled on entry, gross and for today."""
        assert self.date == self._begun, "an entry that begins a day settles no new payment"
        count = len(records) // RECORD_BYTES
        self.settled.append(Settled(entry.number, records))
        self.arrivals += count
        self.movements += 2 * count

    def flush(self) -> None:
        """Write what was noted."""
        self.sql.executemany(
            "INSERT INTO entry (number, at_us, date, digest, payments, movements) VALUES (?, ?, ?, ?, ?, ?)",
            self._entries,
        )
        self.sql.executemany(
            "INSERT INTO booking (number, entry, date, account, amount, balance, kind, reference, counterparty)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            self._movements,
        )
        self.sql.executemany(
            "INSERT INTO step_row (number, payment, entry, status, date) VALUES (?, ?, ?, ?, ?)", self._steps
        )
        self.sql.executemany(
            "UPDATE account SET balance = ? WHERE id = ?",
            [(self.balances[account], account) for account in self._changed],
        )
        self._entries.clear()
        self._movements.clear()
        self._steps.clear()
        self._changed.clear()
