"""Set-off without a union: mufakat setoff, of a CSV that anyone has; and the check of its certificate."""

import csv
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple, TextIO

import numpy as np
import typer

from mufakat.audit.optimum import ClearedDebt, NotAtOptimum, Proved, check_optimum
from mufakat.cli.terminal import INTEGRITY, USAGE, AsJson, Failed, app, emit, emit_measured, out, progress
from mufakat.console import setoff as pages
from mufakat.kernels.allotment import set_off_debts
from mufakat.messages.debts import (
    COLUMNS,
    Debts,
    DebtsFaulty,
    Int64,
    RowFault,
    read_amount,
    read_debts,
    rows_of,
)
from mufakat.model.money import format_amount
from mufakat.node.home import write_whole

CLEARED: Final = "cleared"
FORMAT: Final = "mufakat set-off certificate 1"
MOST_INLINE: Final = 1_000
"""Firms up to which the certificate is in the JSON document too, and not in its file alone."""
_MOST_DECIMALS: Final = 6
_TELL_EVERY: Final = 50_000
_Tell = Callable[[str, int, int], None]


class Solved(NamedTuple):
    """One currency's set-off: its figures, and the potential of each firm that is not at zero."""

    figures: pages.Figures
    potentials: dict[str, int]


@app.command("setoff")
def setoff(
    file: Annotated[
        Path, typer.Argument(help="The CSV: debtor, creditor, amount; optional id, currency, due.")
    ],
    out_file: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Write the rows with what was cleared of each, and the certificate beside."
        ),
    ] = None,
    picture: Annotated[
        Path | None, typer.Option("--picture", help="Write a page with the debts before and after, as HTML.")
    ] = None,
    decimals: Annotated[
        int,
        typer.Option(
            "--decimals",
            min=0,
            max=_MOST_DECIMALS,
            help="Decimals of the amounts; 0 means whole minor units.",
        ),
    ] = 0,
    certificate: Annotated[
        Path | None,
        typer.Option("--check", help="Solve nothing: check a file that --out wrote with its certificate."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Set off the debts of a CSV at the optimum, and prove it; exit 7 when a certificate does not hold."""
    if certificate is not None:
        if out_file or picture:
            raise Failed("--check writes nothing: leave --out and --picture out", USAGE)
        _check(file, certificate, as_json)
        return
    _apart(file, out_file, picture)
    with progress() as tell:
        start = time.perf_counter()
        debts = _read(file, decimals, tell, keeps_all=out_file is not None)
        read_seconds = time.perf_counter() - start
        cleared, solved = _solve(debts, tell)
        written = _write(file, out_file, decimals, cleared, solved, tell) if out_file else None
    if picture:
        write_whole(picture, pages.page(debts, cleared, decimals).encode())
    figures = [each.figures for each in solved]
    if not as_json:
        out.print(pages.table(figures, decimals))
        for path in (out_file, written, picture):
            if path:
                out.print(f"Written: {path}", markup=False, highlight=False)
        return
    emit_measured(
        {
            "obligations": len(debts.amounts),
            "firms": len(debts.firms),
            "total": sum(each.total for each in figures),
            "cleared": sum(each.cleared for each in figures),
            "decimals": decimals,
            "read_seconds": round(read_seconds, 3),
            "solve_seconds": round(sum(each.solve_seconds for each in figures), 3),
            "currencies": [each._asdict() for each in figures],
            "out": str(out_file) if out_file else None,
            "picture": str(picture) if picture else None,
            "certificate": {
                "file": str(written) if written else None,
                "potentials": _potentials(solved) if len(debts.firms) <= MOST_INLINE or not written else None,
            },
        }
    )


def _apart(file: Path, *others: Path | None) -> None:
    """Raise Failed when a file to write is the one to read."""
    for other in others:
        if other and other.exists() and file.exists() and other.samefile(file):
            raise Failed(f"{other}: is the file to read. Name another to write", USAGE)


@contextmanager
def _text(file: Path) -> Iterator[TextIO]:
    """Open a CSV; what is wrong with it becomes Failed, with the file's name before each line."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            yield stream
    except DebtsFaulty as faulty:
        lines = "\n".join(f"{file}: {line}" for line in str(faulty).splitlines())
        raise Failed(f"{lines}\nNothing was set off; mend the file and try again.") from None


def _read(file: Path, decimals: int, tell: _Tell, *, keeps_all: bool) -> Debts:
    """Read the debts; `keeps_all` says that all columns will be written, with one more."""
    with _text(file) as stream:
        if keeps_all and CLEARED in rows_of(stream, COLUMNS).place:
            raise DebtsFaulty(f"line 1: column {CLEARED} is there already. Rename it, or leave it out")
    with _text(file) as stream:
        size = max(1, os.fstat(stream.fileno()).st_size)

        def told(_: int) -> None:
            tell("KB read", stream.buffer.tell() >> 10, size >> 10)

        return read_debts(stream, decimals, told)


def _solve(debts: Debts, tell: _Tell) -> tuple[Int64, list[Solved]]:
    """Set off each currency on its own."""
    cleared = np.zeros(len(debts.amounts), np.int64)
    solved = []
    for number, code in enumerate(debts.codes):
        tell("currencies set off", number, len(debts.codes))
        rows = np.flatnonzero(debts.currencies == number)
        start = time.perf_counter()
        found = set_off_debts(
            len(debts.firms),
            debts.debtors[rows],
            debts.creditors[rows],
            debts.amounts[rows],
            debts.dues[rows],
            debts.ids[rows],
        )
        seconds = time.perf_counter() - start
        cleared[rows] = found.cleared
        figures = pages.Figures(
            code, len(rows), int(debts.amounts[rows].sum()), int(found.cleared.sum()), round(seconds, 3)
        )
        named = np.flatnonzero(found.potentials)
        potentials = zip(named.tolist(), found.potentials[named].tolist(), strict=True)
        solved.append(Solved(figures, {debts.firms[firm]: potential for firm, potential in potentials}))
    tell("currencies set off", len(debts.codes), len(debts.codes))
    return cleared, solved


def _potentials(solved: list[Solved]) -> dict[str, dict[str, int]]:
    return {each.figures.currency: each.potentials for each in solved}


def _write(file: Path, path: Path, decimals: int, cleared: Int64, solved: list[Solved], tell: _Tell) -> Path:
    """Write each row as it was with what was cleared of it, and the certificate; return the certificate's path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    with _text(file) as stream, part.open("w", encoding="utf-8", newline="") as made:
        rows = rows_of(stream, COLUMNS)
        writer = csv.writer(made, lineterminator="\n")
        writer.writerow([*rows.header, CLEARED])
        for count, ((_, cells), amount) in enumerate(zip(rows.rows, cleared.tolist(), strict=True)):
            writer.writerow([*cells, format_amount(amount, decimals)])
            if count % _TELL_EVERY == 0:
                tell("rows written", count, len(cleared))
        tell("rows written", len(cleared), len(cleared))
    part.replace(path)
    beside = path.with_suffix(".certificate.json")
    document = {"format": FORMAT, "decimals": decimals, "potentials": _potentials(solved)}
    write_whole(beside, (json.dumps(document, ensure_ascii=False, indent=0) + "\n").encode())
    return beside


def _check(file: Path, certificate: Path, as_json: bool) -> None:
    decimals, potentials = _certificate(certificate)
    proved = {}
    for code in sorted(_codes(file)):
        with _text(file) as stream:
            try:
                proved[code] = check_optimum(_cleared(stream, decimals, code), potentials.get(code, {}))
            except NotAtOptimum as error:
                told = f"{file}: not proved{', ' + code if code else ''}: {error}"
                raise Failed(told, INTEGRITY, data={"proved": False}) from None
    if as_json:
        emit(
            {
                "proved": True,
                "currencies": [{"currency": code, **each._asdict()} for code, each in proved.items()],
            }
        )
        return
    out.print("[bold green]Proved.[/] No set-off of these debts clears more.")
    for code, each in proved.items():
        out.print(_sentence(code, each, decimals), markup=False, highlight=False)


def _sentence(code: str, proved: Proved, decimals: int) -> str:
    amounts = [format_amount(each, decimals, grouped=True) for each in (proved.cleared, proved.total)]
    return f"{proved.debts:,} debts: {amounts[0]} of {amounts[1]} {code} cleared".rstrip() + "."


def _certificate(path: Path) -> tuple[int, dict[str, dict[str, int]]]:
    """Read a certificate: decimals of the amounts, and the potentials by currency and firm."""
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Failed(f"{path}: is not JSON: {error}") from None
    if not (
        isinstance(found, dict)
        and found.get("format") == FORMAT
        and found.get("decimals") in range(_MOST_DECIMALS + 1)
        and isinstance(found.get("potentials"), dict)
        and all(isinstance(firms, dict) for firms in found["potentials"].values())
        and all(type(value) is int for firms in found["potentials"].values() for value in firms.values())
    ):
        raise Failed(f"{path}: is not a certificate that `mufakat setoff --out` wrote ({FORMAT})")
    return found["decimals"], found["potentials"]


def _codes(file: Path) -> set[str]:
    with _text(file) as stream:
        rows = rows_of(stream, (*COLUMNS, CLEARED))
        place = rows.place.get("currency")
        return {
            "" if place is None else cells[place].strip()
            for _, cells in rows.rows
            if len(cells) > (place or 0)
        }


def _cleared(stream: TextIO, decimals: int, code: str) -> Iterator[ClearedDebt]:
    """Yield the debts of one currency with what was cleared of them; raises DebtsFaulty."""
    rows = rows_of(stream, (*COLUMNS, CLEARED))
    debtor, creditor, amount, cleared = (rows.place[name] for name in (*COLUMNS, CLEARED))
    currency = rows.place.get("currency")
    for line, cells in rows.rows:
        if len(cells) != len(rows.header):
            raise DebtsFaulty(f"line {line}: the row has {len(cells)} cells, the header {len(rows.header)}")
        if currency is not None and cells[currency].strip() != code:
            continue
        try:
            nothing = not cells[cleared].strip().strip("0.")
            yield ClearedDebt(
                cells[debtor].strip(),
                cells[creditor].strip(),
                read_amount(cells[amount], decimals),
                0 if nothing else read_amount(cells[cleared], decimals),
            )
        except RowFault as fault:
            raise DebtsFaulty(f"line {line}: {fault}") from None
