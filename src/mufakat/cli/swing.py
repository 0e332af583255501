"""Commands about swing credit: swing show, swing terms, swing settle."""

from typing import Annotated

import typer

from mufakat.cli.fields import a_date
from mufakat.cli.look import business_day
from mufakat.cli.operate import by_quorum, waits_for
from mufakat.cli.terminal import USAGE, AsJson, Failed, app, emit, looked, opened, out, refuse
from mufakat.console import credit as pages
from mufakat.model.command import SetSwingTerms, SettleSwing
from mufakat.model.identifier import MemberId
from mufakat.projections import swing as views

swing_app = typer.Typer(no_args_is_help=True, help="Swing credit: what members lend each other.")
app.add_typer(swing_app, name="swing")


@swing_app.command("show")
def swing_show(as_json: AsJson = False) -> None:
    """Show each swing line, its terms, draws and interest; what members hold; positions, charges, concentration."""
    with looked() as (sql, charter):
        lines, reserves, settled = views.lines(sql), views.reserves(sql), views.settlements(sql)
        positions, charges = views.positions(sql), views.charges(sql)
        alerts, brakes = views.alerts(sql), views.brakes(sql)
    if as_json:
        told = {"lines": lines, "reserves": reserves, "settlements": settled}
        told |= {"positions": positions, "charges": charges, "alerts": alerts, "brakes": brakes}
        emit(told)
        return
    out.print(pages.lines(charter, lines) if lines else "No member lends another anything.")
    if reserves:
        out.print(pages.reserves(charter, reserves))
    if settled:
        out.print(pages.settlements(charter, settled))
    if positions:
        out.print(pages.positions(positions))
    if charges:
        out.print(pages.charges(charter, charges))
    if alerts:
        out.print(pages.alerts(charter, alerts))
    if brakes:
        out.print(pages.brakes(charter, brakes))


@swing_app.command("terms")
def swing_terms(
    creditor: Annotated[str, typer.Argument(help="The member that lends its currency.")],
    debtor: Annotated[str, typer.Argument(help="The member that draws; it approves with a key of its own.")],
    tiers: Annotated[
        list[str] | None,
        typer.Argument(help="UPTO=RATE: share of the limit and interest for a year, in basis points."),
    ] = None,
    day_count: Annotated[int, typer.Option(help="Days of a year: 360 or 365.")] = 360,
    as_json: AsJson = False,
) -> None:
    """Agree on the interest of a line: `swing terms QM QN 5000=100 10000=300`; without tiers there is none."""
    read = tuple(_tier(each) for each in tiers or [])
    with opened() as (session, _):
        refuse(session.say(creditor, SetSwingTerms(MemberId(debtor), read, day_count)))
    if as_json:
        emit({"creditor": creditor, "debtor": debtor, "tiers": read, "day_count": day_count})
    else:
        out.print(
            f"{creditor} and {debtor} agree on {len(read)} tiers, ACT/{day_count}, from the next close on."
        )


def _tier(word: str) -> tuple[int, int]:
    upto, equals, rate = word.partition("=")
    if not equals or not upto.isdecimal() or not rate.isdecimal() or max(len(upto), len(rate)) > 9:
        raise Failed(f"{word!r}: write UPTO=RATE in whole basis points, such as 5000=100", USAGE)
    return int(upto), int(rate)


@swing_app.command("settle")
def swing_settle(
    date: Annotated[
        str | None, typer.Option(help="Business date YYYY-MM-DD; the day under way if not said.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Settle all swing lines: each member with a key here calls it, until a quorum has."""
    given = None if date is None else a_date(date)
    with opened() as (session, _):
        day = given or a_date(business_day(session.node.views.sql, None))
        done = by_quorum(session, SettleSwing(day))
        waits, charter = waits_for(session), session.node.charter
        rows = views.settlements(session.node.views.sql, day.isoformat()) if done else []
    if as_json:
        emit({"date": day, "settled": done, "lines": rows})
    elif not done:
        out.print(f"{day}: {waits}.")
    else:
        out.print(pages.settlements(charter, rows) if rows else f"{day}: nothing was owed.")
