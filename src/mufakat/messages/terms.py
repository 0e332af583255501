"""What firms ask for, and fixings, in as CSV beside a file of debts.

Terms: a column firm; optional currency, least_residual, most, not_with, across. Each row is one thing or
several that a firm asks for, in one currency, or in all where none is named. A firm may have many rows; what
differs is taken at its strictest. Fixings: currency and rate, what one of the amounts of that currency is worth
in any unit common to all. A row that is wrong is told with its line and field, and nothing is used of the file.
"""

import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple, TextIO

import numpy as np

from mufakat.messages.debts import (
    MOST_TOLD,
    Bool,
    Debts,
    DebtsFaulty,
    Int64,
    RowFault,
    read_amount,
    rows_of,
)

_TERMS: Final = ("firm",)
_TERMS_OPTIONS: Final = ("currency", "least_residual", "most", "not_with", "across")
_FIXINGS: Final = ("currency", "rate")
_RATE: Final = re.compile(r"([0-9]{1,8})(?:\.([0-9]{1,10}))?")
"""At most eighteen digits in all: a price then fits 62 bits."""
_SHOWN: Final = 60
_ACROSS: Final = {"": True, "yes": True, "no": False}

Firms = dict[tuple[str, str], int]
"""An amount for a firm in a currency; the currency is empty where it holds for all."""


class Terms(NamedTuple):
    """What firms ask for. Amounts are minor units.

    `least`: what is left to pay of each debt that a firm owes or is owed. `most`: what is set off of a firm's
    debts at most, in each currency. `apart`: pairs of firms between which nothing is set off, each as (firm,
    other, currency). `at_home`: (firm, currency) of those whose debts are set off in their own currency only.
    """

    least: Firms
    most: Firms
    apart: frozenset[tuple[str, str, str]]
    at_home: frozenset[tuple[str, str]]


NO_TERMS: Final = Terms({}, {}, frozenset(), frozenset())


class Bounds(NamedTuple):
    """The terms of one currency as arrays over firms and debts, int64 but for `home` (bool).

    `offered`: what of each debt may be set off. `limits`: what is set off of each firm's debts at most, -1 for no
    limit. `home`: which debts are set off in their own currency only.
    """

    offered: Int64
    limits: Int64
    home: Bool


def read_terms(stream: TextIO, decimals: int, debts: Debts) -> Terms:
    """Read a file of terms for `debts`; raises DebtsFaulty with each row that is wrong, up to MOST_TOLD of them."""
    rows = rows_of(stream, _TERMS, _TERMS_OPTIONS)
    least: Firms = {}
    most: Firms = {}
    apart: dict[tuple[str, str, str], None] = {}
    home: dict[tuple[str, str], None] = {}
    firms, codes = frozenset(debts.firms), frozenset(debts.codes)
    with _faults() as note:
        for line, cells in rows.rows:
            with note(line):
                cell = _cells(rows.header, rows.place, cells)
                firm, code = _known("firm", cell("firm"), firms), cell("currency")
                if code and code not in codes:
                    raise RowFault(f"currency: no debt is in {code[:_SHOWN]!r}")
                if cell("least_residual"):
                    amount = _from_zero("least_residual", cell("least_residual"), decimals)
                    least[firm, code] = max(amount, least.get((firm, code), 0))
                if cell("most"):
                    amount = _from_zero("most", cell("most"), decimals)
                    most[firm, code] = min(amount, most.get((firm, code), amount))
                if cell("not_with"):
                    apart[firm, _known("not_with", cell("not_with"), firms), code] = None
                if _ACROSS.get(cell("across").lower()) is None:
                    raise RowFault(f"across: {cell('across')[:_SHOWN]!r} is not yes or no")
                if not _ACROSS[cell("across").lower()]:
                    home[firm, code] = None
    return Terms(least, most, frozenset(apart), frozenset(home))


def read_fixings(stream: TextIO, debts: Debts) -> dict[str, int]:
    """Read rates for all currencies of `debts`; return what one minor unit of each is worth, in whole points.

    Points are the largest of which every rate is a whole number. Raises DebtsFaulty.
    """
    rows = rows_of(stream, _FIXINGS, ())
    rates: dict[str, tuple[int, int]] = {}
    with _faults() as note:
        for line, cells in rows.rows:
            with note(line):
                cell = _cells(rows.header, rows.place, cells)
                code = cell("currency")
                if code not in debts.codes or not code:
                    raise RowFault(f"currency: no debt is in {code[:_SHOWN]!r}")
                if code in rates:
                    raise RowFault(f"currency: {code} has a rate already. Each has one")
                found = _RATE.fullmatch(cell("rate"))
                if found is None or not cell("rate").strip("0."):
                    raise RowFault(
                        f"rate: {cell('rate')[:_SHOWN]!r} is not a positive decimal such as 0.0613, at most "
                        "8 digits before the point and 10 after it"
                    )
                part = (found.group(2) or "").rstrip("0")
                rates[code] = int(found.group(1) + part), len(part)
    missing = [code for code in debts.codes if code not in rates]
    if missing:
        raise DebtsFaulty(
            f"no rate for {', '.join(missing) or 'debts without a currency'}. Add a row for each"
        )
    places = max(part for _, part in rates.values())
    prices = {code: digits * 10 ** (places - part) for code, (digits, part) in rates.items()}
    common = math.gcd(*prices.values())
    return {code: prices[code] // common for code in debts.codes}


def bounds(terms: Terms, debts: Debts, number: int, rows: Int64) -> Bounds:
    """Lay the terms out for one currency, `number`, of which `rows` are the debts."""
    code = debts.codes[number]
    place = {firm: at for at, firm in enumerate(debts.firms)} if terms != NO_TERMS else {}
    least, limits = np.zeros(len(debts.firms), np.int64), np.full(len(debts.firms), -1, np.int64)
    home = np.zeros(len(debts.firms), np.bool_)
    for (firm, of), amount in terms.least.items():
        if of in {"", code}:
            least[place[firm]] = max(least[place[firm]], amount)
    for (firm, of), amount in terms.most.items():
        if of in {"", code}:
            before = limits[place[firm]]
            limits[place[firm]] = amount if before < 0 else min(before, amount)
    for firm, of in terms.at_home:
        home[place[firm]] |= of in {"", code}
    debtors, creditors, amounts = debts.debtors[rows], debts.creditors[rows], debts.amounts[rows]
    offered = np.maximum(amounts - np.maximum(least[debtors], least[creditors]), 0)
    pairs = [(place[firm], place[other]) for firm, other, of in sorted(terms.apart) if of in {"", code}]
    named = np.array([(a, b) for pair in pairs for a, b in (pair, pair[::-1])], np.int64).reshape(-1, 2)
    size = len(debts.firms)
    apart = np.isin(debtors.astype(np.int64) * size + creditors, named[:, 0] * size + named[:, 1])
    offered[apart | (debts.wholes[rows] & (offered < amounts))] = 0
    return Bounds(offered, limits, home[debtors] | home[creditors])


def _cells(header: list[str], place: dict[str, int], cells: list[str]) -> Callable[[str], str]:
    if len(cells) != len(header):
        raise RowFault(f"the row has {len(cells)} cells, the header {len(header)}. Quote cells with commas")
    return lambda name: cells[place[name]].strip() if name in place else ""


def _known(field: str, firm: str, firms: frozenset[str]) -> str:
    if firm not in firms:
        what = f"{firm[:_SHOWN]!r} neither owes nor is owed" if firm else "is empty"
        raise RowFault(f"{field}: {what}. Write the firm as the debts do")
    return firm


def _from_zero(field: str, text: str, decimals: int) -> int:
    """Read an amount that may be zero."""
    if text.strip("0.") == "" and text[:1] == "0":
        return 0
    try:
        return read_amount(text, decimals)
    except RowFault as fault:
        raise RowFault(f"{field}{str(fault).removeprefix('amount')}") from None


@contextmanager
def _faults() -> Iterator[Callable[[int], "_Noting"]]:
    """Collect what is wrong with single rows, and raise DebtsFaulty at the end, or when it is much."""
    told: list[str] = []
    yield lambda line: _Noting(line, told)
    if told:
        raise DebtsFaulty("\n".join(told))


class _Noting:
    """Notes the fault of one row with its line."""

    def __init__(self, line: int, told: list[str]) -> None:
        self._line, self._told = line, told

    def __enter__(self) -> None:
        """Begin a row."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        """Note a RowFault, and go on with the next row."""
        if not isinstance(error, RowFault):
            return False
        self._told.append(f"line {self._line}: {error}")
        if len(self._told) == MOST_TOLD:
            raise DebtsFaulty("\n".join([*self._told, "and perhaps more: mend these first"]))
        return True
