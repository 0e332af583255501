"""Commands that look: positions, payment, obligations, statement, export."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from mufakat.cli.fields import a_date, a_time
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
from mufakat.node.outgoing import Outgoing
from mufakat.node.preferences import preferences_of
from mufakat.node.reporting import write_statement
from mufakat.projections import balance, lookup, timeline
from mufakat.projections import statement as statements
from mufakat.projections.dialect import Sql
from mufakat.projections.timeline import ObligationStanding
from mufakat.vault.details import Vault


@app.command()
def positions(
    owner: Annotated[str | None, typer.Option(help="Only this participant or member.")] = None,
    currency: Annotated[str | None, typer.Option(help="Only this currency.")] = None,
    entry: Annotated[
        int | None, typer.Option(min=0, help="What each account held after this entry of the log.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="What each account held at this time, UTC, as 2026-11-24T15:30:00.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what each account holds and may use, or what it held at an entry or a time before."""
    with looked() as (sql, charter):
        check_name(owner, "participant or member", balance.owners(sql))
        check_name(currency, "currency", balance.currencies(sql))
        if entry is not None or at is not None:
            count = _entries_by(sql, entry, at)
            held = balance.held_after(sql, count, owner=owner, currency=currency)
            if as_json:
                emit({"entry": count - 1, "held": held})
            else:
                out.print(tables.held(charter, held, count - 1))
            return
        rows = balance.positions(sql, owner=owner, currency=currency)
    if as_json:
        emit({"positions": rows})
    else:
        out.print(tables.positions(charter, rows))


def _entries_by(sql: Sql, entry: int | None, at: str | None) -> int:
    """Return how many entries there were after an entry, or at a time; raises Failed when there was none."""
    known = lookup.entries(sql)
    if entry is not None and at is not None:
        raise Failed("name an entry or a time, not both", USAGE)
    count = entry + 1 if entry is not None else lookup.entries_until(sql, "at_us", a_time(at or ""))
    if not 0 < count <= known:
        raise Failed(
            f"the views show entries 0 to {known - 1:,}; the union was founded with the first", USAGE
        )
    return count


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
    first: Annotated[str | None, typer.Option("--from", help="The first date of a period.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="The last date of a period; the latest.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many movements of a period.")] = 1_000,
    after: Annotated[int, typer.Option(min=0, help="Movements of a period after this number.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Show an account's statement of a day, and write it as camt.053; or of a period, a page at a time."""
    name = account if account.startswith("settlement/") else f"settlement/{account}"
    if first is not None or last is not None:
        if date is not None:
            raise Failed("name a date or a period, not both", USAGE)
        _period(name, first, last, (limit, after), as_json)
        return
    with looked() as (sql, charter), closing(Vault.open(settings.home.vault)) as vault:
        view = statements.statement(sql, name, business_day(sql, date))
        if view is None:
            raise Failed(f"no settlement account {account}; `mufakat positions` lists them")
        outgoing = Outgoing(sql, lambda: charter, settings.home.out, preferences_of(settings.home))
        path = write_statement(sql, charter, vault, view, outgoing)
    if as_json:
        emit({"statement": view, "file": str(path)})
    else:
        out.print(tables.statement(charter, view))
        out.print(f"camt.053: {path}")


def _period(name: str, first: str | None, last: str | None, page: tuple[int, int], as_json: bool) -> None:
    limit, after = page
    dates = (
        "0001-01-01" if first is None else a_date(first).isoformat(),
        "9999-12-31" if last is None else a_date(last).isoformat(),
    )
    with looked() as (sql, charter):
        view = statements.period(sql, name, *dates, limit=limit, after=after)
        if view is None:
            raise Failed(f"no account {name}; `mufakat positions` lists them")
    if as_json:
        emit({"statement": view})
    else:
        out.print(tables.period(charter, view))


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
