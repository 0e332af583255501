"""Debts in as CSV for a set-off of their own, without a union: who owes whom how much, a million rows in seconds.

Columns debtor, creditor, amount; optional id, currency, due, indivisible; others are let be. Amounts are whole
minor units, or decimals with at most as many places as the reader is told. Every row is checked: one that is
wrong is told with its line and field, and the file is refused whole, since a set-off of half a file is not a
set-off of the file.
"""

import csv
import datetime
import re
from array import array
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TextIO

import numpy as np
import numpy.typing as npt

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]

COLUMNS: Final = ("debtor", "creditor", "amount")
OPTIONS: Final = ("id", "currency", "due", "indivisible")
MOST_TOTAL: Final = 2**63 - 1
MOST_TOLD: Final = 20
NO_DUE: Final = datetime.date.max.toordinal()
_TELL_EVERY: Final = 50_000
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_SHOWN: Final = 60
_SAID: Final = {"": False, "no": False, "yes": True}


class DebtsFaulty(Exception):
    """What is wrong with a file of debts, one line of text for each row, at most MOST_TOLD of them."""


class Debts(NamedTuple):
    """Debts in the order of the file; arrays of one length, and what their numbers mean.

    `debtors`, `creditors`: int32 into `firms`, which is sorted. `currencies` (int32): into `codes`, sorted; one
    empty code where the file has no such column. `amounts`: int64, positive minor units, whose sum in each currency
    is below 2**63. `dues`: int32, days since 0001-01-01, NO_DUE where none is given. `ids`: int32, the place of
    each identifier among all in order; the same for all where there are none. `wholes`: bool, which debts are
    indivisible.
    """

    firms: list[str]
    codes: list[str]
    debtors: Int32
    creditors: Int32
    currencies: Int32
    amounts: Int64
    dues: Int32
    ids: Int32
    wholes: Bool


class RowFault(Exception):
    """What is wrong with one row: its field, and what to do."""


class Rows(NamedTuple):
    """A CSV file after its header: `place` of each known column, and the rows as lists of cells with their line."""

    header: list[str]
    place: dict[str, int]
    rows: Iterator[tuple[int, list[str]]]


def rows_of(stream: TextIO, columns: tuple[str, ...], options: tuple[str, ...] = OPTIONS) -> Rows:
    """Read the header; raises DebtsFaulty where a column lacks or stands twice, or the text is not CSV or UTF-8."""
    rows = _numbered(stream)
    header = [cell.strip() for _, cells in _first(rows) for cell in cells]
    if not header:
        raise DebtsFaulty(f"line 1: the file is empty. Its first line names the columns: {','.join(columns)}")
    missing = [name for name in columns if name not in header]
    if missing:
        raise DebtsFaulty(
            f"line 1: column {', '.join(missing)} is missing. The header has {','.join(header)[:200]}; "
            f"needed are {','.join(columns)}, optional {','.join(options)}"
        )
    twice = [name for name in (*columns, *options) if header.count(name) > 1]
    if twice:
        raise DebtsFaulty(f"line 1: column {', '.join(twice)} stands twice. Rename one")
    return Rows(header, {name: index for index, name in enumerate(header)}, rows)


def _first(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    for row in rows:
        yield row
        return


def _numbered(stream: TextIO) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, cells) of each row that is not empty; the line is where the row begins."""
    reader = csv.reader(stream, strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise DebtsFaulty(f"line {line}: from here on this is not CSV: {error}. Check the quotes") from None
    except UnicodeDecodeError:
        told = f"soon after line {line}: the file is not UTF-8. Save it as UTF-8"
        raise DebtsFaulty(told) from None


def read_debts(stream: TextIO, decimals: int, tell: Callable[[int], object]) -> Debts:
    """Read a whole file; `tell` is told at times how many rows are read. Raises DebtsFaulty."""
    rows = rows_of(stream, COLUMNS)
    columns = _Columns(rows.place, decimals, len(rows.header))
    faults: list[str] = []
    count = 0
    for line, cells in rows.rows:
        try:
            columns.add(line, cells)
        except RowFault as fault:
            faults.append(f"line {line}: {fault}")
            if len(faults) == MOST_TOLD:
                faults.append("and perhaps more: mend these first")
                break
        count += 1
        if count % _TELL_EVERY == 0:
            tell(count)
    if faults:
        raise DebtsFaulty("\n".join(faults))
    if not count:
        raise DebtsFaulty("line 2: the file has a header and no rows; there is nothing to set off")
    return columns.debts()


class _Columns:
    """Collects rows. Names are numbered as they come, and by order of the alphabet at the end."""

    def __init__(self, place: dict[str, int], decimals: int, width: int) -> None:
        self._debtor, self._creditor, self._amount = (place[name] for name in COLUMNS)
        self._id, self._currency, self._due, self._indivisible = (place.get(name) for name in OPTIONS)
        self._decimals, self._width = decimals, width
        self._firms: dict[str, int] = {}
        self._codes: dict[str, int] = {}
        self._days: dict[str, int] = {"": NO_DUE}
        self._lines: dict[str, int] = {}
        self._totals: list[int] = []
        self._debtors, self._creditors, self._currencies = array("i"), array("i"), array("i")
        self._amounts, self._dues, self._wholes = array("q"), array("i"), array("b")

    def add(self, line: int, cells: list[str]) -> None:
        """Take one row; raises RowFault."""
        if len(cells) != self._width:
            raise RowFault(
                f"the row has {len(cells)} cells, the header {self._width}. Quote cells with commas"
            )
        debtor, creditor = cells[self._debtor].strip(), cells[self._creditor].strip()
        if not debtor or not creditor:
            raise RowFault(f"{'creditor' if debtor else 'debtor'}: is empty. Name the firm")
        if debtor == creditor:
            raise RowFault(f"creditor: {debtor[:_SHOWN]!r} owes itself. Leave the row out")
        amount = read_amount(cells[self._amount], self._decimals)
        code = "" if self._currency is None else cells[self._currency].strip()
        currency = self._codes.get(code)
        if currency is None:
            currency = self._new_currency(code)
        due = NO_DUE if self._due is None else self._day(cells[self._due].strip())
        whole = self._indivisible is not None and read_yes("indivisible", cells[self._indivisible])
        if self._id is not None:
            self._note_id(cells[self._id].strip(), line)
        total = self._totals[currency] + amount
        if total > MOST_TOTAL:
            raise RowFault(
                f"amount: the sum of {code or 'all debts'} passes {MOST_TOTAL} here. Split the file"
            )
        self._totals[currency] = total
        firms = self._firms
        self._debtors.append(firms.setdefault(debtor, len(firms)))
        self._creditors.append(firms.setdefault(creditor, len(firms)))
        self._currencies.append(currency)
        self._amounts.append(amount)
        self._dues.append(due)
        self._wholes.append(whole)

    def _new_currency(self, code: str) -> int:
        if self._currency is not None and not _CURRENCY.fullmatch(code):
            raise RowFault(f"currency: {code[:_SHOWN]!r} is not three capital letters such as IDR")
        self._totals.append(0)
        return self._codes.setdefault(code, len(self._codes))

    def _day(self, text: str) -> int:
        day = self._days.get(text)
        if day is None:
            try:
                day = datetime.date.fromisoformat(text).toordinal()
            except ValueError:
                day = 0
            if day == 0 or len(text) != len("2026-11-30"):
                raise RowFault(f"due: {text[:_SHOWN]!r} is not a day such as 2026-11-30")
            self._days[text] = day
        return day

    def _note_id(self, text: str, line: int) -> None:
        if not text:
            raise RowFault("id: is empty. Give each row its own, or leave the column out")
        first = self._lines.setdefault(text, line)
        if first != line:
            raise RowFault(f"id: {text[:_SHOWN]!r} is that of line {first} too. Each row has its own")

    def debts(self) -> Debts:
        """Return all rows, with names numbered in order."""
        firms, firm_ranks = _ranked(self._firms)
        codes, code_ranks = _ranked(self._codes)
        ids = _ranked(dict(zip(self._lines, range(len(self._lines)), strict=True)))[1]
        return Debts(
            firms,
            codes,
            firm_ranks[np.frombuffer(self._debtors, np.int32)],
            firm_ranks[np.frombuffer(self._creditors, np.int32)],
            code_ranks[np.frombuffer(self._currencies, np.int32)],
            np.frombuffer(self._amounts, np.int64),
            np.frombuffer(self._dues, np.int32),
            ids if self._lines else np.zeros(len(self._dues), np.int32),
            np.frombuffer(self._wholes, np.int8).astype(np.bool_),
        )


def _ranked(numbers: dict[str, int]) -> tuple[list[str], Int32]:
    """Return the names in order, and the place in it of each number."""
    names = sorted(numbers)
    ranks = np.empty(len(names), np.int32)
    for rank, name in enumerate(names):
        ranks[numbers[name]] = rank
    return names, ranks


def read_yes(field: str, text: str) -> bool:
    """Read yes, no, or nothing, which is no; raises RowFault."""
    said = _SAID.get(text.strip().lower())
    if said is None:
        raise RowFault(f"{field}: {text.strip()[:_SHOWN]!r} is not yes or no")
    return said


def read_amount(text: str, decimals: int) -> int:
    """Read a positive amount into minor units; raises RowFault."""
    digits = text.strip()
    if decimals:
        whole, point, part = digits.partition(".")
        if point and (not part or len(part) > decimals):
            raise RowFault(f"amount: {digits[:_SHOWN]!r} has not 1 to {decimals} digits after the point")
        digits = whole + part.ljust(decimals, "0") if whole else ""
    if not (digits.isascii() and digits.isdigit()):
        hint = (
            "is not a plain positive number" if decimals else "is not a positive whole number of minor units"
        )
        more = "" if decimals else "; 12.50 is 1250 in cents, or say --decimals 2"
        raise RowFault(f"amount: {text.strip()[:_SHOWN]!r} {hint}{more}")
    amount = int(digits) if len(digits) <= len(str(MOST_TOTAL)) + decimals else MOST_TOTAL + 1
    if not 0 < amount <= MOST_TOTAL:
        raise RowFault(f"amount: {text.strip()[:_SHOWN]} is {'zero' if amount == 0 else 'above 2^63 - 1'}")
    return amount
