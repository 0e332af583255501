"""The check of a set-off that was written to a CSV, by its certificate alone: mufakat setoff --check."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO

import numpy as np

from mufakat.audit.optimum import (
    AcrossDebt,
    ClearedDebt,
    Limit,
    NotAtOptimum,
    Proved,
    check_across,
    check_optimum,
)
from mufakat.cli.clearing import Across, Solved
from mufakat.cli.debtfile import opened_text, read_file
from mufakat.cli.terminal import INTEGRITY, Failed, emit, out
from mufakat.messages.debts import COLUMNS, OPTIONS, DebtsFaulty, RowFault, read_amount, read_yes, rows_of
from mufakat.messages.terms import bounds
from mufakat.model.money import format_amount

FORMAT: Final = "mufakat set-off certificate 1"
CLEARED: Final = "cleared"
OFFERED: Final = "offered"
ACROSS: Final = "across"
OFFERED_ACROSS: Final = "offered_across"
MADE: Final = (CLEARED, OFFERED, ACROSS, OFFERED_ACROSS)
"""Columns that a set-off adds; the last three where there are conditions or fixings."""
MOST_DECIMALS: Final = 6

Numbers = dict[str, int]


class Certificate(NamedTuple):
    """What proves a set-off: see `audit.optimum`. By currency and firm; `across` is empty without fixings."""

    decimals: int
    potentials: dict[str, Numbers]
    limits: dict[str, dict[str, Limit]]
    prices: Numbers
    step: int
    across: Numbers


def document_of(decimals: int, solved: list[Solved], across: Across | None) -> dict[str, object]:
    """Return a certificate as it is written."""
    potentials = {each.figures.currency: each.potentials for each in solved}
    made: dict[str, object] = {"format": FORMAT, "decimals": decimals, "potentials": potentials}
    if any(each.limits for each in solved):
        made["limits"] = {each.figures.currency: each.limits for each in solved if each.limits}
    if across is not None:
        made["across"] = across._asdict()
    return made


class _Row(NamedTuple):
    """One row of a file that a set-off wrote; amounts in minor units."""

    code: str
    debt: ClearedDebt
    across: ClearedDebt


def check(file: Path, certificate: Path, terms: Path | None, as_json: bool) -> None:
    """Check a file that `mufakat setoff --out` wrote; tell what is proved, or raise Failed."""
    proof = _certificate(certificate)
    if terms is not None:
        _check_terms(file, terms, proof)
    proved: dict[str, Proved] = {}
    for code in sorted(_codes(file)):
        with opened_text(file) as stream:
            debts = (row.debt for row in _rows(stream, proof.decimals) if row.code == code)
            try:
                proved[code] = check_optimum(debts, proof.potentials.get(code, {}), proof.limits.get(code))
            except NotAtOptimum as error:
                raise _not_proved(file, f"{', ' + code if code else ''}: {error}") from None
    across = _check_across(file, proof) if proof.prices else None
    if as_json:
        currencies = [{"currency": code, **each._asdict()} for code, each in proved.items()]
        emit({"proved": True, "currencies": currencies, "across": across._asdict() if across else None})
        return
    out.print("[bold green]Proved.[/] No set-off of these debts clears more.")
    for code, each in proved.items():
        out.print(_sentence(code, each, proof.decimals), markup=False, highlight=False)
    if across is not None:
        out.print(
            f"Across currencies: {across.cleared:,} points cleared; nobody gains or loses a minor unit of its "
            "dearest currency."
        )


def _not_proved(file: Path, why: str) -> Failed:
    return Failed(f"{file}: not proved{why}", INTEGRITY, data={"proved": False})


def _check_across(file: Path, proof: Certificate) -> Proved:
    with opened_text(file) as stream:
        debts = (
            AcrossDebt(*row.across, proof.prices[row.code])
            for row in _rows(stream, proof.decimals)
            if row.code in proof.prices
        )
        try:
            return check_across(debts, proof.across, proof.step)
        except NotAtOptimum as error:
            raise _not_proved(file, f", across currencies: {error}") from None


def _check_terms(file: Path, path: Path, proof: Certificate) -> None:
    """Raise Failed where what was offered or set off is not what the terms allow, or the limits are others."""
    debts, terms = read_file(file, proof.decimals, lambda *_: None, path)
    with opened_text(file) as stream:
        try:
            found = [
                (row.debt.amount, row.debt.cleared, row.across.cleared)
                for row in _rows(stream, proof.decimals)
            ]
        except NotAtOptimum as error:
            raise _not_proved(file, f": {error}") from None
    amounts = np.array(found, np.int64)
    for number, code in enumerate(debts.codes):
        rows = np.flatnonzero(debts.currencies == number)
        offered, cleared, across = amounts[rows].T
        asked = bounds(terms, debts, number, rows)
        for wrong, what in (
            ((offered != asked.offered) & ~(debts.wholes[rows] & (offered == 0)), "more or less is offered"),
            (cleared + across > asked.offered, "more is set off"),
            ((across > 0) & (asked.home | debts.wholes[rows]), "more is set off across currencies"),
        ):
            if wrong.any():
                raise _not_proved(file, f", {code}: row {rows[wrong][0] + 1}: {what} than the terms allow")
        said = {debts.firms[firm]: int(asked.limits[firm]) for firm in np.flatnonzero(asked.limits >= 0)}
        if said != {firm: limit.most for firm, limit in proof.limits.get(code, {}).items()}:
            raise _not_proved(file, f", {code}: the certificate has other limits than the terms")
        for side in (debts.debtors[rows], debts.creditors[rows]):
            passed = np.zeros(len(debts.firms), np.int64)
            np.add.at(passed, side, cleared + across)
            beyond = np.flatnonzero((asked.limits >= 0) & (passed > asked.limits))
            if len(beyond):
                raise _not_proved(file, f", {code}: {debts.firms[beyond[0]]}: more is set off than its limit")


def _sentence(code: str, proved: Proved, decimals: int) -> str:
    amounts = [format_amount(each, decimals, grouped=True) for each in (proved.cleared, proved.total)]
    return f"{proved.debts:,} debts: {amounts[0]} of {amounts[1]} {code} cleared".rstrip() + "."


def _certificate(path: Path) -> Certificate:
    """Read a certificate."""
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Failed(f"{path}: is not JSON: {error}") from None
    try:
        decimals = _decimals(found)
        across = found.get("across", {"prices": {}, "step": 1, "potentials": {}})
        limits = {
            code: {firm: Limit(*_numbers(pair)) for firm, pair in firms.items()}
            for code, firms in found.get("limits", {}).items()
        }
        potentials = {code: _by_name(firms) for code, firms in found["potentials"].items()}
        prices, step = _positive(across["prices"]), _positive({"step": across["step"]})["step"]
        return Certificate(decimals, potentials, limits, prices, step, _by_name(across["potentials"]))
    except (AttributeError, KeyError, TypeError, ValueError):
        told = f"{path}: is not a certificate that `mufakat setoff --out` wrote ({FORMAT})"
        raise Failed(told) from None


def _decimals(found: Any) -> int:
    """Return the decimals of a certificate of this format; raises TypeError for another."""
    if found["format"] != FORMAT or found["decimals"] not in range(MOST_DECIMALS + 1):
        raise TypeError
    return int(found["decimals"])


def _positive(numbers: Any) -> Numbers:
    """Return positive whole numbers as they are; raises TypeError for anything else."""
    if any(type(each) is not int or each <= 0 for each in numbers.values()):
        raise TypeError
    return dict(numbers)


def _numbers(values: Any) -> list[int]:
    """Return whole numbers as they are; raises TypeError for anything else."""
    if any(type(each) is not int for each in values):
        raise TypeError
    return list(values)


def _by_name(firms: Any) -> Numbers:
    return dict(zip(firms, _numbers(firms.values()), strict=True))


def _codes(file: Path) -> set[str]:
    with opened_text(file) as stream:
        rows = rows_of(stream, (*COLUMNS, CLEARED))
        place = rows.place.get("currency")
        return {
            "" if place is None else cells[place].strip()
            for _, cells in rows.rows
            if len(cells) > (place or 0)
        }


def _rows(stream: TextIO, decimals: int) -> Iterator[_Row]:
    """Yield the debts with what was cleared of them; raises DebtsFaulty, and NotAtOptimum for more than is owed."""
    rows = rows_of(stream, (*COLUMNS, CLEARED), (*OPTIONS, *MADE))
    place = rows.place
    for count, (line, cells) in enumerate(rows.rows, 1):
        if len(cells) != len(rows.header):
            raise DebtsFaulty(f"line {line}: the row has {len(cells)} cells, the header {len(rows.header)}")
        try:
            amount = read_amount(cells[place["amount"]], decimals)
            cleared, across, offered_across = (
                _from_zero(cells[place[name]], decimals) if name in place else 0
                for name in (CLEARED, ACROSS, OFFERED_ACROSS)
            )
            offered = _from_zero(cells[place[OFFERED]], decimals) if OFFERED in place else amount
            whole = "indivisible" in place and read_yes("indivisible", cells[place["indivisible"]])
        except RowFault as fault:
            raise DebtsFaulty(f"line {line}: {fault}") from None
        parties = cells[place["debtor"]].strip(), cells[place["creditor"]].strip()
        told = f"row {count}, {parties[0]} to {parties[1]}: {cleared} cleared of {amount}"
        if offered > amount or (offered_across and cleared + offered_across > amount):
            raise NotAtOptimum(f"{told}, and more offered than is left")
        if whole and cleared not in {0, amount}:
            raise NotAtOptimum(f"{told}, which is indivisible")
        yield _Row(
            cells[place["currency"]].strip() if "currency" in place else "",
            ClearedDebt(*parties, offered, cleared),
            ClearedDebt(*parties, offered_across, across),
        )


def _from_zero(text: str, decimals: int) -> int:
    return read_amount(text, decimals) if text.strip().strip("0.") else 0
