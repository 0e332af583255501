"""Commands that look: positions, payment, obligations, statement, export."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from mufakat.cli.fields import a_date
from mufakat.cli.terminal import (
    USAGE,
    AsJson,
    Failed,
    app,
    emit,
    looked,
    opened,
    out,
    progress,
    settings,
)
from mufakat.console import tables
from mufakat.node.export import export_to
from mufakat.node.reporting import write_statement
from mufakat.projections import balance, timeline
from mufakat.projections import statement as statements
from mufakat.projections.dialect import Sql
from mufakat.projections.timeline import ObligationStanding
from mufakat.vault.details import Vault


@app.command()
def positions(
    owner: Annotated[str | None, typer.Option(help="Only this participant or member.")] = None,
    currency: Annotated[str | None, typer.Option(help="Only this currency.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what each account holds and may use."""
    with looked() as (sql, charter):
        check_name(owner, "participant or member", balance.owners(sql))
        check_name(currency, "currency", balance.currencies(sql))
        rows = balance.positions(sql, owner=owner, currency=currency)
    if as_json:
        emit({"positions": rows})
    else:
        out.print(tables.positions(charter, rows))


def check_name(named: str | None, what: str, known: list[str]) -> None:
    """Raise Failed (wrong usage) with the choices when there is nobody of a name."""
    if named is not None and named not in known:
        raise Failed(f"no {what} {named!r}; there are {', '.join(known)}", USAGE)


payment_app = typer.Typer(no_args_is_help=True, help="Single payments.")
app.add_typer(payment_app, name="payment")


@payment_app.command("show")
def payment_show(
    uetr: Annotated[str, typer.Argument(help="The payment's UETR.")], as_json: AsJson = False
) -> None:
    """Show one payment and its steps."""
    with looked() as (sql, charter):
        payment = timeline.payment(sql, uetr.lower())
        if payment is None:
            raise Failed(f"no payment has the UETR {uetr}")
        steps = timeline.steps(sql, payment.uetr)
    if as_json:
        emit({"payment": payment, "steps": steps})
    else:
        out.print(tables.payment(charter, payment, steps))


@app.command()
def obligations(
    status: Annotated[ObligationStanding | None, typer.Option(help="Only this status.")] = None,
    firm: Annotated[str | None, typer.Option(help="Only this firm's (LEI), owed or owing.")] = None,
    agent: Annotated[str | None, typer.Option(help="Only this participant's (BIC).")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows on the terminal.")] = 40,
    as_json: AsJson = False,
) -> None:
    """Show obligations: what was owed, set off, and is still open."""
    with looked() as (sql, charter):
        check_name(agent, "participant", balance.participants(sql))
        if firm is not None and not balance.is_enrolled(sql, firm):
            raise Failed(f"no participant has enrolled a firm with the LEI {firm!r}", USAGE)
        rows = timeline.obligations(sql, status=status, firm=firm, agent=agent)
    if as_json:
        emit({"obligations": rows})
    else:
        out.print(tables.obligations(charter, rows[:limit], len(rows)))


@app.command()
def statement(
    account: Annotated[str, typer.Argument(help="BIC/CURRENCY, such as BKAAQMXXXXX/IDR.")],
    date: Annotated[str | None, typer.Option(help="Business date YYYY-MM-DD; the latest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show an account's statement of a day, and write it as camt.053."""
    name = account if account.startswith("settlement/") else f"settlement/{account}"
    with looked() as (sql, charter), closing(Vault.open(settings.home.vault)) as vault:
        view = statements.statement(sql, name, business_day(sql, date))
        if view is None:
            raise Failed(f"no settlement account {account}; `mufakat positions` lists them")
        path = write_statement(sql, charter, vault, view, settings.home.out)
    if as_json:
        emit({"statement": view, "file": str(path)})
    else:
        out.print(tables.statement(charter, view))
        out.print(f"camt.053: {path}")


def business_day(sql: Sql, text: str | None) -> str:
    """Return a day that the union has had, in ISO 8601: the one named, or the latest."""
    wanted = None if text is None else a_date(text).isoformat()
    days = list(dict.fromkeys(day for day, _, _ in timeline.phases(sql)))
    if not days:
        raise Failed("no business day has been opened yet; open one: mufakat day open")
    if wanted not in {None, *days}:
        raise Failed(f"{wanted} was no business day of the union; its days go from {days[0]} to {days[-1]}")
    return wanted or days[-1]


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="A folder, made when missing.")], as_json: AsJson = False
) -> None:
    """Write everything on the log in open formats: entries, genesis first, as JSON lines; views as CSV."""
    with opened() as (session, _), progress() as tell:
        written = export_to(session.node, folder, lambda done, of: tell("entries", done, of))
    if as_json:
        emit({"files": written})
    else:
        for name, rows in written.items():
            out.print(f"{name}: {rows} rows")
