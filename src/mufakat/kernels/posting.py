"""Posting on arrays: which records of a batch take effect at once, one after the other, and what they change.

A record is sixteen 64-bit words, laid out as `model.record` says: it pays, reserves, posts or voids, and a chain of
linked ones takes effect as a whole or not at all. A row is what the ledger keeps of a payment that is over, five
words: the UETR (two), the amount, debit account | credit account << 32, value date | status << 32. An open
reservation is a row too, with its latest time | priority << 62 as the last word. The plain rules are
`core.payment`'s, one payment at a time; what does not take effect at once is left to them.
"""

from typing import Final, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from mufakat.kernels.lookup import Index, Int8, Int32, Words, empty, find, place, put, take_out

Int64 = npt.NDArray[np.int64]


class Located(NamedTuple):
    """Records, shape (n, 16), and where they belong.

    `debited`, `credited`: the rows of their accounts, or NO_ACCOUNT. `accounts`: each row that takes part, once;
    `payer`, `payee`: places in it.
    """

    records: Words
    debited: Int32
    credited: Int32
    accounts: Int32
    payer: Int32
    payee: Int32


class Said(NamedTuple):
    """What is known of each record before it is decided.

    `known`: 1 if its UETR was on the log before the batch. `first`: the first record of the batch with its UETR.
    """

    known: Int8
    first: Int32


class Terms(NamedTuple):
    """What a record of a run has to keep to.

    `today`: business date, days since 0001-01-01. `now`: log time, UTC microseconds. `most_balance`: the largest
    balance, minor units.
    """

    today: int
    now: int
    most_balance: int


class Columns(NamedTuple):
    """What is known of each account that takes part, minor units.

    `held`: what of a balance a payment may not use, negative for a credit limit. `most`: the largest payment.
    `usable`: 1 if payments over it can settle today. `queued`: how many payments wait on it. `own`: 1 if its owner
    signed the batch.
    """

    balances: Int64
    held: Int64
    most: Int64
    usable: Int8
    queued: Int32
    own: Int8


class Scratch(NamedTuple):
    """Reservations as a run leaves them, by the first record of the batch with their UETR.

    `left`: what is reserved, or UNKNOWN. `of`: a record with the parties of the reservation.
    """

    left: Int64
    of: Int32


class Book(NamedTuple):
    """What posting changes: of each account its balance, what of it is earmarked, and what a payment may not use.

    `open`: reservations by their rows; a free row begins with the number + 1 of the next free one. `marks`: the
    first free row + 1, rows in use or free, open ones, and a latest time that none is before (NEVER: none has one).
    """

    balances: Int64
    earmarked: Int64
    held: Int64
    open: Index
    marks: Int64


WORDS: Final = 16
ROW_WORDS: Final = 5
NO_ACCOUNT: Final = -1
UNKNOWN: Final = -1
"""Of an account: not yet looked at whether payments over it can settle at once."""
FREE, USED, OPEN, SOONEST = 0, 1, 2, 3
"""Places in `Book.marks`."""
NEVER: Final = 2**62
TIME_BITS: Final = 62
_PAY, _RESERVE, _POST, _VOID = 0, 1, 2, 3
_LINKED: Final = np.uint64(8)
_NAME_MASK: Final = np.uint64(0xFFFF_FFFF_FFFF)
_BIC_MASK: Final = np.uint64(0xFF_FFFF)
_CURRENCY_MASK: Final = np.uint64(0xFFFF_FF00_0000)
_HALF: Final = np.uint64(32)
_LOW: Final = np.uint64(0xFFFF_FFFF)
_HIGHEST_PRIORITY: Final = np.uint64(2)
_LAST_TIME: Final = np.uint64(253_402_300_799_999_999)
_DATE_MASK: Final = np.uint64(0xFFFF_FFFF_FF00_0000)
"""Of the word with the value date: the date, and the byte before it that is zero."""


@numba.njit(cache=True, nogil=True)
def locate(records: Words, names: Index, debited: Int32, credited: Int32) -> None:
    """Find the accounts of each record; writes row numbers of `names`, or NO_ACCOUNT."""
    for i in range(len(records)):
        currency = records[i, 7] & _CURRENCY_MASK
        same = i > 0 and records[i, 6] == records[i - 1, 6]
        if same and (records[i, 7] ^ records[i - 1, 7]) & _NAME_MASK == np.uint64(0):
            debited[i] = debited[i - 1]
        else:
            debited[i] = find(names, records[i, 6], records[i, 7] & _NAME_MASK)
        credited[i] = find(names, records[i, 8], (records[i, 9] & _BIC_MASK) | currency)


@numba.njit(cache=True, nogil=True)
def number(rows: Int32, places: Int32, accounts: Int32, count: int, marks: Int32) -> int:
    """Give each row a place in `accounts`, which has `count` already, and return how many it has then.

    `marks`: of each account its place + 1, or 0; who calls it clears them.
    """
    for i in range(len(rows)):
        row = rows[i]
        if row < 0:
            places[i] = 0
            continue
        if marks[row] == 0:
            accounts[count] = row
            count += 1
            marks[row] = count
        places[i] = marks[row] - 1
    return count


@numba.njit(cache=True, nogil=True)
def repeated(records: Words, key: Words, slots: Int32, first: Int32) -> None:
    """Find of each record the first one with its UETR. `slots`: empty, a power of two, at least two a record."""
    mask = np.uint64(len(slots) - 1)
    for i in range(len(records)):
        at = place(records[i, 0], records[i, 1], key, mask)
        first[i] = i
        while slots[at]:
            other = slots[at] - 1
            if records[other, 0] == records[i, 0] and records[other, 1] == records[i, 1]:
                first[i] = other
                break
            at = (at + np.uint64(1)) & mask
        if first[i] == i:
            slots[at] = i + 1


@numba.njit(cache=True, nogil=True)
def decide(
    located: Located,
    begin: int,
    said: Said,
    terms: Terms,
    accounts: Columns,
    scratch: Scratch,
    reserved: Index,
) -> int:
    """Return up to which record, from `begin`, each takes effect at once, whatever came before it in this run.

    Of a chain all do, or the run ends before it. The balances are changed as if the run were posted, and what of
    the chain that failed came before; `reserved` is the reservations open when the run begins, and is not changed.
    """
    records, debited, credited, _, payer, payee = located
    balances, held, most, usable, queued, own = accounts
    known, first = said
    left, of = scratch
    start = begin
    for i in range(begin, len(records)):
        debit, credit, source, target = debited[i], credited[i], payer[i], payee[i]
        if debit < 0 or credit < 0 or debit == credit or usable[source] != 1 or usable[target] != 1:
            return start
        amount, flags = np.int64(records[i, 10]), records[i, 13]
        action = int(flags >> np.uint64(1)) & 3
        if amount <= 0 or queued[source] or queued[target]:
            return start
        if not own[source] and not (action == _VOID and own[target]):
            return start
        if not _is_well_formed(records, i, action, terms.today, terms.now):
            return start
        if action <= _RESERVE:
            if known[i] or first[i] != i or amount > most[source] or amount > balances[source] - held[source]:
                return start
            if action == _RESERVE:
                held[source] += amount
                left[i] = amount
                of[i] = i
        else:
            named = first[i]
            if left[named] == UNKNOWN:
                left[named] = _reserved(records, i, debit, credit, reserved)
                of[named] = i
            other = of[named]
            if debit != debited[other] or credit != credited[other] or amount > left[named]:
                return start
            if (records[i, 7] ^ records[other, 7]) >> np.uint64(56) or (
                action == _VOID and amount < left[named]
            ):
                return start
            held[source] -= left[named]
            left[named] = 0
        if action in (_PAY, _POST):
            if amount > terms.most_balance - balances[target]:
                return start
            balances[source] -= amount
            balances[target] += amount
        if not flags & _LINKED:
            start = i + 1
    return start


@numba.njit(cache=True, nogil=True)
def _is_well_formed(records: Words, i: int, action: int, today: int, now: int) -> bool:
    """Tell whether a record is well formed, gross, for today, from now on, and whole."""
    latest = records[i, 12]
    is_uuid4 = (records[i, 0] >> np.uint64(52)) & np.uint64(0xF) == np.uint64(4)
    is_uuid4 = is_uuid4 and records[i, 1] & np.uint64(0xC0) == np.uint64(0x80)
    is_gross = (records[i, 7] >> np.uint64(48)) & np.uint64(0xFF) == np.uint64(0)
    has_priority = records[i, 7] >> np.uint64(56) <= _HIGHEST_PRIORITY
    is_today = records[i, 9] & _DATE_MASK == np.uint64(today) << _HALF
    is_timed = action == _RESERVE and np.uint64(now) <= latest <= _LAST_TIME
    rest = records[i, 11] | (records[i, 13] & ~np.uint64(14)) | records[i, 14] | records[i, 15]
    in_time = latest == np.uint64(0) or is_timed
    return bool(is_uuid4 and is_gross and has_priority and is_today and in_time and rest == np.uint64(0))


@numba.njit(cache=True, nogil=True)
def _reserved(records: Words, i: int, debit: int, credit: int, reserved: Index) -> int:
    """Return what is reserved for a record, or 0 when that is nothing, or of others or another priority."""
    row = find(reserved, records[i, 0], records[i, 1])
    if row < 0 or np.uint64(debit) | np.uint64(credit) << _HALF != reserved.rows[row, 3]:
        return 0
    same = records[i, 7] >> np.uint64(56) == reserved.rows[row, 4] >> np.uint64(TIME_BITS)
    return int(reserved.rows[row, 2]) if same else 0


@numba.njit(cache=True, nogil=True)
def post(located: Located, settled: int, voided: int, book: Book, rows: Words, touched: Int32) -> int:
    """Let each record take effect; there must be room. Returns how many rows it wrote: of payments that are over.

    `settled`, `voided`: the status of such a row. `touched`: of each record the row of its reservation, or -1.
    """
    records, debited, credited = located.records, located.debited, located.credited
    count = 0
    for i in range(len(records)):
        amount = np.int64(records[i, 10])
        action = np.int64(records[i, 13] >> np.uint64(1)) & 3
        status, touched[i] = settled, -1
        if action == _RESERVE:
            touched[i] = _reserve(records[i], debited[i], credited[i], book)
            continue
        if action != _PAY:
            row = find(book.open, records[i, 0], records[i, 1])
            assert row >= 0, "what is posted or voided was reserved"
            touched[i] = row
            _free(row, book)
            status = voided if action == _VOID else settled
        if action != _VOID:
            book.balances[debited[i]] -= amount
            book.balances[credited[i]] += amount
        rows[count, 0] = records[i, 0]
        rows[count, 1] = records[i, 1]
        rows[count, 2] = records[i, 10]
        rows[count, 3] = np.uint64(debited[i]) | np.uint64(credited[i]) << _HALF
        rows[count, 4] = (records[i, 9] >> _HALF) | np.uint64(status) << _HALF
        count += 1
    return count


@numba.njit(cache=True, nogil=True)
def _reserve(record: Words, debit: int, credit: int, book: Book) -> int:
    """Earmark the amount of a record, and return the row of its reservation."""
    marks, rows = book.marks, book.open.rows
    amount, latest = np.int64(record[10]), np.int64(record[12])
    row = marks[FREE] - 1
    if row >= 0:
        marks[FREE] = np.int64(rows[row, 0])
    else:
        row = marks[USED]
        marks[USED] += 1
    marks[OPEN] += 1
    if latest and latest < marks[SOONEST]:
        marks[SOONEST] = latest
    rows[row, 0] = record[0]
    rows[row, 1] = record[1]
    rows[row, 2] = record[10]
    rows[row, 3] = np.uint64(debit) | np.uint64(credit) << _HALF
    rows[row, 4] = record[12] | (record[7] >> np.uint64(56)) << np.uint64(TIME_BITS)
    put(book.open, row)
    book.earmarked[debit] += amount
    book.held[debit] += amount
    return int(row)


@numba.njit(cache=True, nogil=True)
def _free(row: int, book: Book) -> None:
    """Take a reservation away, and free what it earmarked; when it was the last, all rows are new again."""
    marks, rows = book.marks, book.open.rows
    amount, debit = np.int64(rows[row, 2]), np.int64(rows[row, 3] & _LOW)
    take_out(book.open, row)
    book.earmarked[debit] -= amount
    book.held[debit] -= amount
    rows[row] = np.uint64(0)
    rows[row, 0] = np.uint64(marks[FREE])
    marks[FREE] = row + 1
    marks[OPEN] -= 1
    if marks[OPEN] == 0:
        marks[FREE] = 0
        marks[USED] = 0
        marks[SOONEST] = NEVER


@numba.njit(cache=True, nogil=True)
def free(rows_of: Int32, date: int, status: int, book: Book, rows: Words) -> None:
    """End reservations, and write a row of the payment of each; `status` as in a row."""
    for i in range(len(rows_of)):
        row = rows_of[i]
        rows[i, :4] = book.open.rows[row, :4]
        rows[i, 4] = np.uint64(date) | np.uint64(status) << _HALF
        _free(row, book)


def warm_up() -> None:
    """Run every kernel on one record, with arrays of the kinds that the ledger passes."""
    words = np.frombuffer(bytes(8 * WORDS), np.uint64)
    records, names, rows = words.reshape(1, WORDS), empty(1, 2), np.zeros(1, np.int32)
    amounts, flags = np.zeros(1, np.int64), np.ones(1, np.int8)
    locate(records, names, rows, rows)
    number(rows, rows, np.zeros(1, np.int32), 0, np.zeros(1, np.int32))
    repeated(records, names.key, np.zeros(2, np.int32), rows)
    located = Located(records, rows, rows, rows, rows, rows)
    reserved = empty(2, ROW_WORDS)
    said, columns = Said(np.zeros(1, np.int8), rows), Columns(amounts, amounts, amounts, flags, rows, flags)
    decide(located, 0, said, Terms(1, 1, 1), columns, Scratch(amounts, rows), reserved)
    book = Book(amounts, amounts, amounts, reserved, np.zeros(4, np.int64))
    written = np.zeros((1, ROW_WORDS), np.uint64)
    post(located, 0, 0, book, written, rows)
    free(rows[:0], 0, 0, book, written)
