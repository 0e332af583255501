"""Posting on arrays: which payments of a batch settle at once, and what they change.

A record is sixteen 64-bit words, laid out as `model.record` says. A row is what the ledger keeps of a settled
payment, five words: the UETR (two), the amount, debit account | credit account << 32, value date | status << 32.
The plain rules are `core.payment`'s, one payment at a time; whatever is not settled at once is left to them.
"""

from typing import Final, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from mufakat.kernels.lookup import Index, Int32, Words, empty, find, place, put

Int64 = npt.NDArray[np.int64]
Int8 = npt.NDArray[np.int8]


class Known(NamedTuple):
    """The UETRs that are on the log: the register's newest rows, and those of all other payments (two words a row).

    `old`: 1 for a record of the run whose UETR is in an older row of the register.
    """

    settled: Index
    others: Index
    old: Int8


class Terms(NamedTuple):
    """What a record of a run has to keep to.

    `author`: the two words of the debtor agent's BIC. `today`: business date, days since 0001-01-01.
    `most_balance`: the largest balance, minor units.
    """

    author: Words
    today: int
    most_balance: int


class Columns(NamedTuple):
    """What is known of each account, minor units.

    `held`: what of a balance a payment may not use, negative for a credit limit. `most`: the largest payment.
    `usable`: 1 if payments over it can settle today. `queued`: how many payments wait on it.
    """

    balances: Int64
    held: Int64
    most: Int64
    usable: Int8
    queued: Int32


WORDS: Final = 16
ROW_WORDS: Final = 5
NO_ACCOUNT: Final = -1
UNKNOWN: Final = -1
"""Of an account: not yet looked at whether payments over it can settle at once."""
_NAME_MASK: Final = np.uint64(0xFFFF_FFFF_FFFF)
_BIC_MASK: Final = np.uint64(0xFF_FFFF)
_CURRENCY_MASK: Final = np.uint64(0xFFFF_FF00_0000)
_HALF: Final = np.uint64(32)
_HIGHEST_PRIORITY: Final = np.uint64(2)


@numba.njit(cache=True, nogil=True)
def locate(records: Words, names: Index, debited: Int32, credited: Int32) -> None:
    """Find the accounts of each record; writes row numbers of `names`, or NO_ACCOUNT."""
    for i in range(len(records)):
        currency = records[i, 7] & _CURRENCY_MASK
        debited[i] = find(names, records[i, 6], records[i, 7] & _NAME_MASK)
        credited[i] = find(names, records[i, 8], (records[i, 9] & _BIC_MASK) | currency)


@numba.njit(cache=True, nogil=True)
def plain_prefix(
    records: Words,
    begin: int,
    debited: Int32,
    credited: Int32,
    terms: Terms,
    accounts: Columns,
    known: Known,
    seen: Int32,
) -> int:
    """Return up to which record, from `begin`, each settles at once, whatever came before it in this run.

    `seen`: an index, empty, of at least two slots a record. The balances
    are changed as if the run were posted.
    """
    balances, held, most, usable, queued = accounts
    mask = np.uint64(len(seen) - 1)
    for i in range(begin, len(records)):
        debit, credit = debited[i], credited[i]
        if debit < 0 or credit < 0 or debit == credit:
            return i
        if usable[debit] != 1 or usable[credit] != 1 or queued[debit] or queued[credit]:
            return i
        if not _is_plain(records[i], terms):
            return i
        amount = np.int64(records[i, 10])
        if amount <= 0 or amount > most[debit]:
            return i
        if amount > balances[debit] - held[debit] or amount > terms.most_balance - balances[credit]:
            return i
        first, second = records[i, 0], records[i, 1]
        if known.old[i] or find(known.settled, first, second) >= 0 or find(known.others, first, second) >= 0:
            return i
        at = place(first, second, known.settled.key, mask)
        while seen[at]:
            other = seen[at] - 1
            if records[other, 0] == first and records[other, 1] == second:
                return i
            at = (at + np.uint64(1)) & mask
        seen[at] = i + 1
        balances[debit] -= amount
        balances[credit] += amount
    return len(records)


@numba.njit(cache=True, nogil=True)
def _is_plain(record: Words, terms: Terms) -> bool:
    """Tell whether a record is well formed and the author's own, gross, for today, at any time, and whole."""
    is_uuid4 = (record[0] >> np.uint64(52)) & np.uint64(0xF) == np.uint64(4)
    is_uuid4 = is_uuid4 and record[1] & np.uint64(0xC0) == np.uint64(0x80)
    is_own = record[6] == terms.author[0] and record[7] & _BIC_MASK == terms.author[1]
    is_gross = (record[7] >> np.uint64(48)) & np.uint64(0xFF) == np.uint64(0)
    has_priority = record[7] >> np.uint64(56) <= _HIGHEST_PRIORITY
    is_today = record[9] >> _HALF == np.uint64(terms.today) and record[9] & np.uint64(
        0xFF00_0000
    ) == np.uint64(0)
    is_rest_zero = (record[11] | record[12] | record[13] | record[14] | record[15]) == np.uint64(0)
    return bool(is_uuid4 and is_own and is_gross and has_priority and is_today and is_rest_zero)


@numba.njit(cache=True, nogil=True)
def post(
    records: Words,
    debited: Int32,
    credited: Int32,
    status: int,
    balances: Int64,
    register: Index,
    count: int,
) -> None:
    """Move the money of each record, and write and index its row from number `count` on; there must be room."""
    for i in range(len(records)):
        amount = np.int64(records[i, 10])
        balances[debited[i]] -= amount
        balances[credited[i]] += amount
        row = count + i
        register.rows[row, 0] = records[i, 0]
        register.rows[row, 1] = records[i, 1]
        register.rows[row, 2] = records[i, 10]
        register.rows[row, 3] = np.uint64(debited[i]) | np.uint64(credited[i]) << _HALF
        register.rows[row, 4] = (records[i, 9] >> _HALF) | np.uint64(status) << _HALF
        put(register, row)


def warm_up() -> None:
    """Run every kernel on one record, with arrays of the kinds that the ledger passes."""
    words = np.frombuffer(bytes(8 * WORDS), np.uint64)
    records, rows = words.reshape(1, WORDS), np.zeros(1, np.int32)
    names, register = empty(1, 2), empty(1, ROW_WORDS)
    amounts = np.zeros(1, np.int64)
    columns = Columns(amounts, amounts, amounts, np.ones(1, np.int8), np.zeros(1, np.int32))
    locate(records, names, rows, rows)
    plain_prefix(
        records, 0, rows, rows, Terms(words[:2], 1, 1), columns, Known(register, names, columns.usable), rows
    )
    post(records, rows, rows, 0, amounts, register, 0)
