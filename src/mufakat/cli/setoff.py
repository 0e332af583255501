"""Set-off without a union: mufakat setoff, of a CSV that anyone has; and the check of its certificate."""

import csv
import json
import time
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import numpy as np
import typer

from mufakat.cli import optimum
from mufakat.cli.clearing import Across, Cleared, Solved, Tell, solve, solve_across
from mufakat.cli.debtfile import apart, opened_text, read_file, read_rates
from mufakat.cli.terminal import USAGE, AsJson, Failed, app, emit_measured, out, progress
from mufakat.console import setoff as pages
from mufakat.journal.durable import write_whole
from mufakat.messages.debts import COLUMNS, Debts, DebtsFaulty, rows_of
from mufakat.model.money import format_amount

MOST_INLINE: Final = 1_000
"""Firms up to which the certificate is in the JSON document too, and not in its file alone."""
MOST_RANKED: Final = 20
"""Firms of the ranked list that a terminal shows."""
_TELL_EVERY: Final = 50_000


@app.command("setoff")
def setoff(  # noqa: PLR0913, PLR0917 - the options of the command
    file: Annotated[
        Path,
        typer.Argument(help="The CSV: debtor, creditor, amount; optional id, currency, due, indivisible."),
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
            max=optimum.MOST_DECIMALS,
            help="Decimals of the amounts; 0 means whole minor units.",
        ),
    ] = 0,
    terms: Annotated[
        Path | None,
        typer.Option("--terms", help="A CSV of what firms ask for: limits, residuals, whom not with."),
    ] = None,
    fixings: Annotated[
        Path | None,
        typer.Option("--fixings", help="A CSV of rates: set off across currencies what each leaves."),
    ] = None,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="Rank firms by what one more unit of credit there would free.")
    ] = False,
    certificate: Annotated[
        Path | None,
        typer.Option("--check", help="Solve nothing: check a file that --out wrote with its certificate."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Set off the debts of a CSV at the optimum, and prove it; exit 7 when a certificate does not hold."""
    if certificate is not None:
        if out_file or picture or fixings or shadow:
            raise Failed("--check solves and writes nothing: it takes --terms alone", USAGE)
        optimum.check(file, certificate, terms, as_json)
        return
    apart(file, out_file, picture)
    done = _set_off(file, out_file, decimals, terms, fixings, with_prices=shadow)
    if picture:
        write_whole(picture, pages.page(done.debts, done.cleared.all, decimals).encode())
    if not as_json:
        _tell_all(done.debts, done.cleared, done.solved, done.across, decimals)
        for path in (out_file, done.written, picture):
            if path:
                out.print(f"Written: {path}", markup=False, highlight=False)
        return
    emit_measured(
        {
            **_document(done, shadow=shadow),
            "decimals": decimals,
            "out": str(out_file) if out_file else None,
            "picture": str(picture) if picture else None,
        }
    )


class _Done(NamedTuple):
    """A file set off: what was read, solved and written, and how long reading and the part across took."""

    debts: Debts
    cleared: Cleared
    solved: list[Solved]
    across: Across | None
    written: Path | None
    read_seconds: float
    across_seconds: float


def _set_off(
    file: Path,
    out_file: Path | None,
    decimals: int,
    terms: Path | None,
    fixings: Path | None,
    *,
    with_prices: bool,
) -> _Done:
    """Read, solve and write."""
    with progress() as tell:
        start = time.perf_counter()
        if out_file:
            _refuse_columns(file, optimum.MADE if terms or fixings else optimum.MADE[:1])
        debts, asked = read_file(file, decimals, tell, terms)
        rates = read_rates(fixings, debts) if fixings else None
        read_seconds = time.perf_counter() - start
        cleared, solved = solve(debts, asked, tell, with_prices=with_prices)
        start, across = time.perf_counter(), None
        if rates is not None:
            cleared, across = solve_across(debts, cleared, rates)
        across_seconds = time.perf_counter() - start
        names = _columns(terms is not None or bool(debts.wholes.any()), across)
        written = _write(file, out_file, decimals, cleared, names, tell) if out_file else None
        if written:
            _write_certificate(written, optimum.document_of(decimals, solved, across))
    return _Done(debts, cleared, solved, across, written, read_seconds, across_seconds)


def _document(done: _Done, *, shadow: bool) -> dict[str, Any]:
    """Return what the set-off came to, for --json."""
    solved, across = done.solved, done.across
    inline = len(done.debts.firms) <= MOST_INLINE or not done.written
    solve_seconds = sum(each.figures.solve_seconds for each in solved) + done.across_seconds
    return {
        "obligations": len(done.debts.amounts),
        "firms": len(done.debts.firms),
        "total": sum(each.figures.total for each in solved),
        "cleared": sum(each.figures.cleared for each in solved) + int(done.cleared.across.sum()),
        "read_seconds": round(done.read_seconds, 3),
        "solve_seconds": round(solve_seconds, 3),
        "currencies": [_figures(each, done.debts, done.cleared) for each in solved],
        "across": {"prices": across.prices, "points": across.points} if across else None,
        "shadow": {each.figures.currency: each.prices for each in solved} if shadow else None,
        "certificate": {
            "file": str(done.written) if done.written else None,
            "potentials": {each.figures.currency: each.potentials for each in solved} if inline else None,
        },
    }


def _figures(solved: Solved, debts: Debts, cleared: Cleared) -> dict[str, Any]:
    """Return one currency's figures: `bound` is what could be cleared if no debt were indivisible."""
    at = debts.codes.index(solved.figures.currency)
    across = int(cleared.across[debts.currencies == at].sum())
    return {**solved.figures._asdict(), "bound": solved.bound, "across": across}


def _tell_all(
    debts: Debts, cleared: Cleared, solved: list[Solved], across: Across | None, decimals: int
) -> None:
    out.print(pages.table([each.figures for each in solved], decimals))
    for each in solved:
        lost = each.bound - each.figures.cleared
        if lost:
            more = format_amount(lost, decimals, grouped=True)
            out.print(f"{each.figures.currency}: {more} more could be cleared if no debt were indivisible.")
    if across is not None:
        for number, code in enumerate(debts.codes):
            amount = int(cleared.across[debts.currencies == number].sum())
            out.print(f"Across currencies: {format_amount(amount, decimals, grouped=True)} {code} cleared.")
    for each in solved:
        if each.prices:
            out.print(pages.ranking(each.figures.currency, each.prices[:MOST_RANKED], len(each.prices)))


def _refuse_columns(file: Path, names: tuple[str, ...]) -> None:
    """Raise Failed where a column that is to be written is there already."""
    with opened_text(file) as stream:
        place = rows_of(stream, COLUMNS).place
        there = [name for name in names if name in place]
        if there:
            raise DebtsFaulty(
                f"line 1: column {', '.join(there)} is there already. Rename it, or leave it out"
            )


def _columns(conditions: bool, across: Across | None) -> tuple[str, ...]:
    """Name the columns to write: those of conditions and of fixings where there are such."""
    return optimum.MADE[: 4 if across else 2 if conditions else 1]


def _write(
    file: Path, path: Path, decimals: int, cleared: Cleared, names: tuple[str, ...], tell: Tell
) -> Path:
    """Write each row as it was with what was cleared of it; return the path of the certificate to be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    columns = (cleared.own, cleared.offered, cleared.across, cleared.offered_across)
    amounts = np.column_stack(columns[: len(names)]).tolist()
    with opened_text(file) as stream, part.open("w", encoding="utf-8", newline="") as made:
        rows = rows_of(stream, COLUMNS)
        writer = csv.writer(made, lineterminator="\n")
        writer.writerow([*rows.header, *names])
        for count, ((_, cells), row) in enumerate(zip(rows.rows, amounts, strict=True)):
            writer.writerow([*cells, *(format_amount(amount, decimals) for amount in row)])
            if count % _TELL_EVERY == 0:
                tell("rows written", count, len(amounts))
        tell("rows written", len(amounts), len(amounts))
    part.replace(path)
    return path.with_suffix(".certificate.json")


def _write_certificate(path: Path, document: dict[str, object]) -> None:
    write_whole(path, (json.dumps(document, ensure_ascii=False, indent=0) + "\n").encode())
