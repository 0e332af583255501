"""Commands about default: coverage, defaults, and the rehearsal: drill default."""

from pathlib import Path
from typing import Annotated

import typer

from mufakat.audit.replay import final_state
from mufakat.cli.fields import a_date
from mufakat.cli.terminal import USAGE, AsJson, Failed, app, emit, looked, out, progress, settings
from mufakat.console import default as pages
from mufakat.journal.durable import write_whole
from mufakat.model.default import Cause
from mufakat.node.rehearsal import NoRehearsal, costliest, rehearse
from mufakat.projections import default as views
from mufakat.simulation.region import make_region
from mufakat.simulation.stress import stressed_state

_SEED = 7


@app.command()
def coverage(
    date: Annotated[str | None, typer.Option(help="The close of a business date; of the latest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show how far pledged money covers the largest one and two exposures, as measured at a close."""
    when = None if date is None else a_date(date).isoformat()
    with looked() as (sql, charter):
        rows = views.coverage(sql, when)
    if as_json:
        emit(
            {
                "date": rows[0].date if rows else when,
                "coverage": rows,
                "short": any(each.short for each in rows),
            }
        )
    elif rows:
        out.print(f"At the close of {rows[0].date}:")
        out.print(pages.coverage(charter, rows))
    else:
        out.print("No member has a swing line, or no day has closed: there is nothing to cover.")


@app.command()
def defaults(
    number: Annotated[int | None, typer.Argument(help="One default, with each step of its loss.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show who is or was in default, who bore the loss, and what came back."""
    with looked() as (sql, charter):
        rows = [each for each in views.defaults(sql) if number in {None, each.number}]
        calls = views.calls(sql, number) if number is not None else []
        losses = views.losses(sql, number) if number is not None else []
    if number is not None and not rows:
        raise Failed(f"there is no such default {number}; `mufakat defaults` lists them")
    if as_json:
        emit({"defaults": rows, **({} if number is None else {"calls": calls, "losses": losses})})
        return
    out.print(pages.defaults(rows))
    if number is not None:
        out.print(pages.losses(charter, calls, losses))


drill_app = typer.Typer(
    no_args_is_help=True, help="Rehearsals: what would happen, on a copy that is thrown away."
)
app.add_typer(drill_app, name="drill")


@drill_app.command("default")
def drill_default(
    party: Annotated[
        str | None, typer.Option(help="BIC or member; the member whose default would cost the most.")
    ] = None,
    region: Annotated[
        bool, typer.Option("--region", help="On the made-up region on a bad day, with no union at hand.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Another seed makes another region.")] = _SEED,
    page: Annotated[
        Path | None, typer.Option("--out", help="Write a page with the rehearsal, as HTML.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Rehearse a default: who pays what, in which order, up to which cap, what is left. Changes nothing."""
    with progress() as tell:
        if region:
            state = stressed_state(make_region(seed))
        else:
            state = final_state(settings.home.journal, lambda done, of: tell("entries replayed", done, of))
        try:
            told = rehearse(state, party or costliest(state), Cause.INSOLVENT, tell)
        except NoRehearsal as none:
            raise Failed(str(none), USAGE) from None
    charter = state.charter
    if page:
        write_whole(page, pages.page(charter, told).encode())
    if as_json:
        emit({"rehearsal": told, "page": str(page) if page else None})
        return
    out.print(
        f"If {told.party} could not pay ({charter.name}, {told.date}), rehearsed on a copy:", markup=False
    )
    for fact in pages.facts(charter, told):
        out.print(f"  {fact}", markup=False, highlight=False)
    out.print(pages.steps(charter, told))
    for title, rows in (("Coverage before", told.before), ("Coverage after", told.after)):
        out.print(title)
        out.print(pages.coverage(charter, rows))
    if page:
        out.print(f"Written: {page}", markup=False, highlight=False)
