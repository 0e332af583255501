"""Posting on arrays: which payments of a batch settle at once, and what they change.

A record is sixteen 64-bit words, laid out as `model.record` says. A row is what the ledger keeps of a settled
payment, five words: the UETR (two), the amount, debit account | credit account << 32, value date | status << 32.
An index has a length that is a power of two.
The plain rules are `core.payment`'s, one payment at a time; whatever is not settled at once is left to them.
"""

from typing import Final, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]
Int8 = npt.NDArray[np.int8]


class Index(NamedTuple):
    """Rows that begin with two words, and the open-addressing table by which they are found: row numbers + 1.

    `key`: two words that decide where a row is looked for, and not what is found.
    """

    rows: Words
    slots: Int32
    key: Words


class Known(NamedTuple):
    """The UETRs that are on the log: the register's rows, and those of all other payments (two words a row)."""

    settled: Index
    others: Index


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
_SIP: Final = (
    np.uint64(0x736F_6D65_7073_6575),
    np.uint64(0x646F_7261_6E64_6F6D),
    np.uint64(0x6C79_6765_6E65_7261),
    np.uint64(0x7465_6462_7974_6573),
)


_KEY: Final = np.zeros(2, np.uint64)


def scatter(key: bytes) -> None:
    """Let new indexes look for rows at places that follow from sixteen bytes; who keeps them draws them."""
    _KEY[:] = np.frombuffer(key, np.uint64)


def empty(size: int, words: int) -> Index:
    """Return an index without rows, with room for so many of so many words."""
    return Index(np.zeros((size, words), np.uint64), np.zeros(2 * size, np.int32), _KEY.copy())


@numba.njit(cache=True, nogil=True)
def _turned(word: np.uint64, bits: int) -> np.uint64:
    return (word << np.uint64(bits)) | (word >> np.uint64(64 - bits))


@numba.njit(cache=True, nogil=True)
def _round(
    a: np.uint64, b: np.uint64, c: np.uint64, d: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    a, c = a + b, c + d
    b, d = _turned(b, 13) ^ a, _turned(d, 16) ^ c
    a, c = _turned(a, 32) + d, c + b
    b, d = _turned(b, 17) ^ c, _turned(d, 21) ^ a
    return a, b, _turned(c, 32), d


@numba.njit(cache=True, nogil=True)
def place(first: np.uint64, second: np.uint64, key: Words, mask: np.uint64) -> np.uint64:
    """Return where to begin to look for two words in a table: SipHash-1-3 of both, without their length.

    Who orders payments chooses their UETRs. Without the key nobody finds many that begin at one place, and so make
    each search go through all of them.
    """
    a, b, c, d = key[0] ^ _SIP[0], key[1] ^ _SIP[1], key[0] ^ _SIP[2], key[1] ^ _SIP[3]
    a, b, c, d = _round(a, b, c, d ^ first)
    a, b, c, d = _round(a ^ first, b, c, d ^ second)
    a, c = a ^ second, c ^ np.uint64(0xFF)
    for _ in range(3):
        a, b, c, d = _round(a, b, c, d)
    return (a ^ b ^ c ^ d) & mask


@numba.njit(cache=True, nogil=True)
def find(index: Index, first: np.uint64, second: np.uint64) -> int:
    """Return the number of the row that begins with two words, or -1."""
    rows, slots, key = index
    mask = np.uint64(len(slots) - 1)
    at = place(first, second, key, mask)
    while slots[at]:
        row = slots[at] - 1
        if rows[row, 0] == first and rows[row, 1] == second:
            return int(row)
        at = (at + np.uint64(1)) & mask
    return -1


@numba.njit(cache=True, nogil=True)
def put(index: Index, row: int) -> None:
    """Enter a row, whose words are new, into the index; there must be a free slot."""
    rows, slots, key = index
    mask = np.uint64(len(slots) - 1)
    at = place(rows[row, 0], rows[row, 1], key, mask)
    while slots[at]:
        at = (at + np.uint64(1)) & mask
    slots[at] = row + 1


@numba.njit(cache=True, nogil=True)
def put_all(index: Index, count: int) -> None:
    """Enter the first `count` rows into an empty index."""
    for row in range(count):
        put(index, row)


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
        if find(known.settled, first, second) >= 0 or find(known.others, first, second) >= 0:
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
    plain_prefix(records, 0, rows, rows, Terms(words[:2], 1, 1), columns, Known(register, names), rows)
    post(records, rows, rows, 0, amounts, register, 0)
    find(register, words[0], words[1])
    put_all(names, 1)
    put(empty(1, 2), 0)
    put(empty(1, ROW_WORDS), 0)
