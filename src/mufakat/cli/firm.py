"""What a firm, its bank or a member asks about set-off: setoff-statement and setoff-shadow."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from mufakat.cli.look import check_name
from mufakat.cli.terminal import USAGE, AsJson, Failed, Look, app, emit, looked, out
from mufakat.console import firm as pages
from mufakat.journal.durable import write_whole
from mufakat.kernels.conditions import set_off_under
from mufakat.kernels.limits import NO_LIMIT
from mufakat.kernels.shadow import gains
from mufakat.projections import balance
from mufakat.projections import firm as firms


@app.command("setoff-statement")
def setoff_statement(
    firm: Annotated[str, typer.Option("--firm", help="The firm's LEI.")],
    page: Annotated[Path | None, typer.Option("--page", help="Write it as one page of HTML too.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell a firm what was set off with what in each cycle, what is left, and why."""
    with looked() as (sql, charter):
        if not balance.is_enrolled(sql, firm):
            raise Failed(f"no participant has enrolled a firm with the LEI {firm!r}", USAGE)
        made = firms.statement(sql, charter, firm)
    if page:
        write_whole(page, pages.page(charter, made).encode())
    if as_json:
        emit({"statement": made, "page": str(page) if page else None})
        return
    for part in pages.told(charter, made):
        out.print(part, highlight=False)
    if page:
        out.print(f"Written: {page}", markup=False, highlight=False)


@app.command("setoff-shadow")
def setoff_shadow(
    currency: Annotated[str, typer.Argument(help="The currency, such as IDR.")],
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows on the terminal.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Rank firms, banks and members by what one more unit of credit there would free, beside the next cycle.

    For a bank or a member it is the most at one of its firms.
    """
    with looked() as look:
        check_name(currency, "currency", balance.currencies(look.sql))
        by_firm = _prices(look, currency)
        banks = dict(look.sql.execute("SELECT lei, agent FROM firm").fetchall())
        sponsors = dict(look.sql.execute("SELECT bic, sponsor FROM participant").fetchall())
    by_bank: dict[str, int] = {}
    by_member: dict[str, int] = {}
    for firm, freed in by_firm.items():
        bank = banks[firm]
        by_bank[bank] = max(by_bank.get(bank, 0), freed)
        by_member[sponsors[bank]] = max(by_member.get(sponsors[bank], 0), freed)
    ranked = {
        name: sorted(prices.items(), key=lambda each: (-each[1], each[0]))
        for name, prices in (("members", by_member), ("banks", by_bank), ("firms", by_firm))
    }
    if as_json:
        emit({"currency": currency, **ranked})
        return
    for name, rows in ranked.items():
        out.print(pages.ranking(name, currency, rows[:limit], len(rows)))


def _prices(look: Look, currency: str) -> dict[str, int]:
    """Return what a unit of credit would free at each firm of the obligations that the next cycle would see."""
    asked = firms.terms_of(look.sql)
    debts = firms.candidates(look.sql, look.charter, currency)
    names = sorted({firm for debt in debts for firm in (debt.debtor, debt.creditor)})
    if not debts:
        return {}
    numbers = {firm: number for number, firm in enumerate(names)}
    order = np.arange(len(debts), dtype=np.int32)
    sides = [
        np.array([numbers[getattr(debt, side)] for debt in debts], np.int32)
        for side in ("debtor", "creditor")
    ]
    wholes = np.array([debt.indivisible for debt in debts], np.bool_)
    limits = [asked[firm, currency].most if (firm, currency) in asked else None for firm in names]
    bounds = np.array([NO_LIMIT if each is None else each for each in limits], np.int64)
    amounts = np.array([firms.offered(debt, asked) for debt in debts], np.int64)
    found = set_off_under(len(names), sides[0], sides[1], amounts, order, order, wholes, bounds)
    freed = gains(len(names), sides[0], sides[1], wholes, bounds, found).tolist()
    return {firm: each for firm, each in zip(names, freed, strict=True) if each}
