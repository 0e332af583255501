"""Payments that settled on entry: thousands become rows at once, at the cost of a few array operations."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from mufakat.model.record import DIVISIBLE, RECORD_BYTES, with_terms
from mufakat.projections import queue
from mufakat.projections.rows import Fold

Int64 = npt.NDArray[np.int64]
_KEY_BYTES: Final = 14
_LAYOUT: Final = np.dtype(
    {
        "names": ["bytes", "uetr", "details", "debtor", "amount", "priority", "times", "flags"],
        "formats": [f"({RECORD_BYTES},)u1", "V16", "V32", f"S{_KEY_BYTES}", "<i8", "u1", "(16,)u1", "u1"],
        "offsets": [0, 0, 16, 48, 80, 63, 88, 104],
        "itemsize": RECORD_BYTES,
    }
)


_INSERT: Final = (
    "INSERT INTO payment_row (number, uetr, debtor, creditor, amount, details, entry, movement, debtor_balance,"
    " creditor_balance) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def book(fold: Fold) -> None:
    """Write the rows of payments that settled on entry and were noted, and what their accounts hold now.

    They are the last that arrived, with the last movements, in the order in which they were noted.
    """
    records = b"".join(each.records for each in fold.settled)
    columns = Columns(records)
    count = len(columns.amounts)
    first, movement = fold.arrivals - count, fold.movements - 2 * count + 1
    names = {key: _account(key) for key in {*columns.debtors, *columns.creditors}}
    numbers = {key: fold.number(name) for key, name in names.items()}
    accounts, amounts = np.empty(2 * count, np.int64), np.empty(2 * count, np.int64)
    accounts[::2] = [numbers[key] for key in columns.debtors]
    accounts[1::2] = [numbers[key] for key in columns.creditors]
    amounts[::2], amounts[1::2] = -columns.amounts, columns.amounts
    after, last = running(
        accounts, amounts, {numbers[key]: fold.balances[name] for key, name in names.items()}
    )
    for key, name in names.items():
        fold.holds(name, last[numbers[key]])
    sizes = [len(each.records) // RECORD_BYTES for each in fold.settled]
    fold.sql.executemany(
        _INSERT,
        zip(
            range(first, first + count),
            columns.uetrs,
            accounts[::2].tolist(),
            accounts[1::2].tolist(),
            columns.amounts.tolist(),
            columns.details,
            np.repeat([each.entry for each in fold.settled], sizes).tolist(),
            range(movement, movement + 2 * count, 2),
            after[::2].tolist(),
            after[1::2].tolist(),
            strict=True,
        ),
    )
    said = b"".join(records[at * RECORD_BYTES : (at + 1) * RECORD_BYTES] for at in columns.with_terms)
    for at, order in zip(columns.with_terms, with_terms(said), strict=True):
        queue.said(fold, first + at, order)
    if fold.limited:
        _count(fold, first, columns, sizes)
    fold.settled.clear()


def _account(key: bytes) -> str:
    """Name the settlement account of a BIC and a currency."""
    text = key.decode()
    return f"settlement/{text[:-3]}/{text[-3:]}"


def _count(fold: Fold, first: int, columns: "Columns", sizes: list[int]) -> None:
    """Count payments towards limits: one that has any comes alone in its event."""
    at = 0
    for size in sizes:
        if size == 1:
            sides = _account(columns.debtors[at]), _account(columns.creditors[at])
            queue.counted(fold, first + at, *sides, int(columns.amounts[at]))
        at += size


class Columns:
    """Columns of records as `model.record` lays them out, known to be well formed.

    `debtors`, `creditors`: BIC and currency in 14 bytes, which name a settlement account.
    """

    def __init__(self, records: bytes) -> None:
        rows = np.frombuffer(records, _LAYOUT)
        raw = rows["bytes"]
        keys = np.concatenate((raw[:, 64:75], raw[:, 59:62]), axis=1)
        self.uetrs: Final[list[bytes]] = rows["uetr"].tolist()
        self.details: Final[list[bytes]] = rows["details"].tolist()
        self.debtors: Final[list[bytes]] = rows["debtor"].tolist()
        self.creditors: Final[list[bytes]] = keys.view(f"S{_KEY_BYTES}")[:, 0].tolist()
        self.amounts: Final[Int64] = rows["amount"].astype(np.int64)
        said = (rows["priority"] != 0) | rows["times"].any(axis=1) | (rows["flags"] & DIVISIBLE != 0)
        self.with_terms: Final[list[int]] = np.flatnonzero(said).tolist()


def running(accounts: Int64, amounts: Int64, opening: Mapping[int, int]) -> tuple[Int64, dict[int, int]]:
    """Return the balance of its account after each movement, and the last one of each account.

    `amounts`: minor units, negative for debits. `opening`: of each account, what it held before.
    """
    order = np.argsort(accounts, kind="stable")
    # Sums over all accounts may pass 64 bits and wrap: their differences are right where balances fit.
    sums, sorted_accounts = np.cumsum(amounts[order]), accounts[order]
    starts = np.flatnonzero(np.diff(sorted_accounts, prepend=-1))
    numbers = sorted_accounts[starts].tolist()
    before = np.concatenate((np.zeros(1, np.int64), sums))[starts]
    held = np.array([opening[number] for number in numbers], np.int64)
    lengths = np.diff(starts, append=len(accounts))
    after = np.empty(len(accounts), np.int64)
    after[order] = sums + np.repeat(held - before, lengths)
    ends = after[order][starts + lengths - 1]
    return after, dict(zip(numbers, ends.tolist(), strict=True))
