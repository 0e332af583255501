"""The accounts of the ledger: records that the state root commits to, and beside them columns for batches.

A column has one place for each account, in the order in which accounts were opened; `row_of` gives it. Columns
follow from the records. `usable` and `most` are looked up when a batch first needs them, and forgotten as soon as
anything but money has moved.
"""

from collections.abc import Iterable
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from mufakat.core.commitment import Record, Table
from mufakat.kernels import lookup, posting
from mufakat.model.identifier import AccountId, Currency
from mufakat.model.money import Amount

_LEAST: Final = 64
_SETTLEMENT: Final = "settlement/"


class Account(Record, frozen=True):
    """An account of the ledger.

    `balance`: posted credits minus posted debits. `pending`: debits reserved for a settlement under way.
    `reserved`: set aside for the netting cycles. `limit`: how far the account may go below zero.
    `row`: how many accounts were opened before it; by this number the register names it.
    `offered`: promised by open quotes of its owner. `earmarked`: reserved for payments that are still to be posted.
    """

    id: AccountId
    owner: str
    currency: Currency
    balance: int = 0
    pending: Amount = Amount(0)
    reserved: Amount = Amount(0)
    limit: Amount = Amount(0)
    closed: bool = False
    row: int = 0
    offered: Amount = Amount(0)
    earmarked: Amount = Amount(0)

    @property
    def available(self) -> int:
        """What a gross payment may use."""
        return self.balance - self.pending - self.reserved - self.offered - self.earmarked + self.limit

    @property
    def available_for_cycle(self) -> int:
        """What a netting cycle may use: reserved liquidity too."""
        return self.balance - self.pending - self.offered - self.earmarked + self.limit


class Accounts(Table[Account]):
    """Accounts under their identifiers, with columns in minor units (int64) beside them.

    `balances`; `earmarked`, by open reservations; `held`, what of a balance a gross payment may not use, negative
    for a credit limit; `most`, the largest payment; `usable`, 1 when payments over the account can settle today, 0
    when not, posting.UNKNOWN when nobody has looked; `queued`, how many payments wait on it; `marks`, zeros for a
    kernel's own use; `names`, BIC and currency of settlement accounts, as a record has them, with their index.
    """

    __slots__ = (
        *("_ids", "_places", "balances", "earmarked", "held", "marks", "most", "names", "queued", "usable"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._ids: list[AccountId] = []
        self._places: dict[str, int] = {}
        self.balances = np.zeros(_LEAST, np.int64)
        self.earmarked = np.zeros(_LEAST, np.int64)
        self.held = np.zeros(_LEAST, np.int64)
        self.marks = np.zeros(_LEAST, np.int32)
        self.most = np.zeros(_LEAST, np.int64)
        self.usable = np.full(_LEAST, posting.UNKNOWN, np.int8)
        self.queued = np.zeros(_LEAST, np.int32)
        self.names = lookup.empty(_LEAST, 2)

    def put(self, key: str, record: Account) -> None:
        """Hold an account; a new one gets the next row, and any its own row's number."""
        row = self._places.get(key)
        if row is None:
            row = self._open(record)
        super().put(key, record if record.row == row else msgspec.structs.replace(record, row=row))
        self.balances[row] = record.balance
        self.earmarked[row] = record.earmarked
        self.held[row] = record.pending + record.reserved + record.offered + record.earmarked - record.limit

    def row_of(self, account: str) -> int:
        """Return the row of an account that is there."""
        return self._places[account]

    def at(self, row: int) -> Account:
        """Return the account of a row."""
        return self[self._ids[row]]

    def in_order(self) -> Iterable[Account]:
        """Give the accounts in the order of their rows."""
        return (self[each] for each in self._ids)

    def book(self, rows: npt.NDArray[np.int32]) -> None:
        """Bring the records of these rows up to their balances, and to what is earmarked."""
        for row, balance, earmarked in zip(
            rows.tolist(), self.balances[rows].tolist(), self.earmarked[rows].tolist(), strict=True
        ):
            before = self.at(row)
            after = Account(
                before.id,
                before.owner,
                before.currency,
                balance,
                before.pending,
                before.reserved,
                before.limit,
                before.closed,
                before.row,
                before.offered,
                earmarked,
            )
            super().put(after.id, after)

    def forget_usable(self) -> None:
        """Look again at what payments can settle today."""
        self.usable.fill(posting.UNKNOWN)

    def _open(self, account: Account) -> int:
        row = self._places[account.id] = len(self._ids)
        self._ids.append(account.id)
        if row == len(self.balances):
            self._grow()
        if account.id.startswith(_SETTLEMENT):
            self.names.rows[row] = name_of(account.owner, account.currency)
            lookup.put(self.names, row)
        return row

    def _grow(self) -> None:
        more = len(self.balances)
        for column in ("balances", "earmarked", "held", "marks", "most", "usable", "queued"):
            setattr(
                self, column, np.concatenate((getattr(self, column), np.zeros_like(getattr(self, column))))
            )
        self.usable[more:] = posting.UNKNOWN
        names = lookup.empty(2 * more, 2)
        names.rows[:more] = self.names.rows
        for row, account in enumerate(self._ids[:more]):
            if account.startswith(_SETTLEMENT):
                lookup.put(names, row)
        self.names = names


def name_of(participant: str, currency: str) -> tuple[int, int]:
    """Return BIC and currency as the two words by which a record names an account."""
    packed = (participant.encode() + currency.encode()).ljust(16, b"\0")
    return int.from_bytes(packed[:8], "little"), int.from_bytes(packed[8:], "little")


def settlement_account(participant: str, currency: str) -> AccountId:
    """Name the settlement account of a participant in a currency."""
    return AccountId(f"settlement/{participant}/{currency}")


def issue_account(currency: str) -> AccountId:
    """Name the contra account of a currency's issuer: its negative balance is the money issued."""
    return AccountId(f"issue/{currency}/{currency}")


def swing_account(debtor: str, currency: str) -> AccountId:
    """Name the account on which member `debtor` owes the issuer of `currency`."""
    return AccountId(f"swing/{debtor}/{currency}")


def reserve_account(member: str, currency: str) -> AccountId:
    """Name the account on which a member holds another member's currency."""
    return AccountId(f"reserve/{member}/{currency}")


def fund_account(currency: str) -> AccountId:
    """Name the account of the common fund in a currency, into which its issuer pays charges."""
    return AccountId(f"fund/{currency}/{currency}")


def collateral_account(holder: str, currency: str) -> AccountId:
    """Name the account of what a participant or member has pledged in a currency."""
    return AccountId(f"collateral/{holder}/{currency}")
