"""The accounts of the ledger: records that the state root commits to, and beside them columns for batches.

A column has one place for each account, its row, in the order in which accounts were opened. Columns follow from
the records; only where a batch was booked do balance and earmark of a record follow from theirs, when it is next
read. `usable` and `most` are looked up when a batch first needs them, and forgotten when anything but money moved.

An account's leaf, in the tree of `core.leaves` under its row, is SHA-256(0x00 || seal || balance || earmarked),
both i64 big-endian; its seal is the SHA-256 of its record with zeros for both. So a batch is hashed from columns.
"""

import hashlib
import struct
from collections.abc import Iterable
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from mufakat.core.commitment import Record, Records, Way
from mufakat.core.leaves import Leaves, root_of_leaf
from mufakat.kernels import lookup, posting
from mufakat.model.identifier import AccountId, Currency
from mufakat.model.merkle import HASH_BYTES
from mufakat.model.money import Amount

_LEAST: Final = 64
_SETTLEMENT: Final = "settlement/"
_LEAF_BYTES: Final = 1 + HASH_BYTES + 16
_ENCODE: Final = msgspec.msgpack.Encoder().encode


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


def _seal_of(account: Account) -> bytes:
    """Return the digest of what batches do not change: the record with zero for a balance and what is earmarked."""
    return hashlib.sha256(_ENCODE(msgspec.structs.replace(account, balance=0, earmarked=Amount(0)))).digest()


def root_by(key: str, record: bytes, way: Way) -> bytes | None:
    """Return the root of the accounts to which a record (canonical MessagePack) of account `key` leads, or None."""
    try:
        account = msgspec.msgpack.decode(record, type=Account)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if account.id != key or account.row != way.number or _ENCODE(account) != record:
        return None
    if not all(-(2**63) <= each < 2**63 for each in (account.balance, account.earmarked)):
        return None
    moved = struct.pack(">qq", account.balance, account.earmarked)
    leaf = hashlib.sha256(b"\0" + _seal_of(account) + moved).digest()
    return root_of_leaf(leaf, way.number, way.count, way.leaves, way.beside)


class Accounts(Records[Account]):
    """Accounts under their identifiers, with columns in minor units (int64) beside them.

    `balances`; `earmarked`, by open reservations; `held`, what of a balance a gross payment may not use, negative
    for a credit limit; `most`, the largest payment; `usable`, 1 when payments over the account can settle today, 0
    when not, posting.UNKNOWN when nobody has looked; `queued`, how many payments wait on it; `marks`, zeros for a
    kernel's own use; `names`, BIC and currency of settlement accounts, as a record has them, with their index.
    """

    __slots__ = (
        *("_booked", "_leaves", "_seals", "_unsealed"),
        *("balances", "earmarked", "held", "marks", "most", "names", "queued", "usable"),
    )

    def __init__(self) -> None:
        self._booked: set[int] = set()
        self._unsealed: set[int] = set()
        self._leaves = Leaves()
        self._seals = np.zeros((_LEAST, HASH_BYTES), np.uint8)
        self.balances = np.zeros(_LEAST, np.int64)
        self.earmarked = np.zeros(_LEAST, np.int64)
        self.held = np.zeros(_LEAST, np.int64)
        self.marks = np.zeros(_LEAST, np.int32)
        self.most = np.zeros(_LEAST, np.int64)
        self.usable = np.full(_LEAST, posting.UNKNOWN, np.int8)
        self.queued = np.zeros(_LEAST, np.int32)
        self.names = lookup.empty(_LEAST, 2)
        super().__init__()

    def put(self, key: str, record: Account) -> None:
        """Hold an account; a new one gets the next row, and any its own row's number."""
        row = self.row_of(key) if key in self else self._open(record)
        super().put(key, record if record.row == row else msgspec.structs.replace(record, row=row))
        self._booked.discard(row)
        self._unsealed.add(row)
        self.balances[row] = record.balance
        self.earmarked[row] = record.earmarked
        self.held[row] = record.pending + record.reserved + record.offered + record.earmarked - record.limit

    def at(self, row: int) -> Account:
        """Return the account of a row."""
        if row in self._booked:
            self._booked.remove(row)
            balance, earmarked = int(self.balances[row]), Amount(int(self.earmarked[row]))
            before = self._records[row]
            self._records[row] = msgspec.structs.replace(before, balance=balance, earmarked=earmarked)
        return self._records[row]

    def owner_of(self, row: int) -> str:
        """Return whose the account of a row is."""
        return self._records[row].owner

    def in_order(self) -> Iterable[Account]:
        """Give the accounts in the order of their rows."""
        return (self.at(row) for row in range(len(self)))

    def book(self, rows: npt.NDArray[np.int32]) -> None:
        """Bring the records of these rows up to their balances, and to what is earmarked."""
        booked = set(rows.tolist())
        self._booked |= booked
        self._changed |= booked

    def _commit(self, rows: list[int]) -> bytes:
        for row in self._unsealed:
            self._seals[row] = np.frombuffer(_seal_of(self.at(row)), np.uint8)
        self._unsealed.clear()
        at = np.array(rows, np.int64)
        leaves = np.zeros((len(rows), _LEAF_BYTES), np.uint8)
        leaves[:, 1 : 1 + HASH_BYTES] = self._seals[at]
        moved = np.stack((self.balances[at], self.earmarked[at]), axis=1).astype(">i8")
        leaves[:, 1 + HASH_BYTES :] = moved.view(np.uint8)
        data = leaves.tobytes()
        hashes = [
            hashlib.sha256(data[begin : begin + _LEAF_BYTES]).digest()
            for begin in range(0, len(data), _LEAF_BYTES)
        ]
        return self._leaves.write(rows, hashes, len(self))

    def _way(self, row: int) -> Way:
        return Way(*self._leaves.way(row), row, len(self))

    def forget_usable(self) -> None:
        """Look again at what payments can settle today."""
        self.usable.fill(posting.UNKNOWN)

    def _open(self, account: Account) -> int:
        row = len(self)
        if row == len(self.balances):
            self._grow()
        if account.id.startswith(_SETTLEMENT):
            self.names.rows[row] = name_of(account.owner, account.currency)
            lookup.put(self.names, row)
        return row

    def _grow(self) -> None:
        more = len(self.balances)
        for column in ("_seals", "balances", "earmarked", "held", "marks", "most", "usable", "queued"):
            setattr(
                self, column, np.concatenate((getattr(self, column), np.zeros_like(getattr(self, column))))
            )
        self.usable[more:] = posting.UNKNOWN
        names = lookup.empty(2 * more, 2)
        names.rows[:more] = self.names.rows
        for row, account in enumerate(self._keys):
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


def blocked_account(participant: str, currency: str) -> AccountId:
    """Name the account of a participant's money that waits for the decision of a case."""
    return AccountId(f"blocked/{participant}/{currency}")


def collateral_account(holder: str, currency: str) -> AccountId:
    """Name the account of what a participant or member has pledged in a currency."""
    return AccountId(f"collateral/{holder}/{currency}")
