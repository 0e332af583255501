"""Commands about fixings and the unit of account: fixing submit, fixing show, unit."""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Final

import typer

from mufakat.cli.fields import a_date
from mufakat.cli.look import business_day
from mufakat.cli.terminal import USAGE, AsJson, Failed, app, emit, looked, opened, out, refuse, settings
from mufakat.console import credit as pages
from mufakat.model.basket import RATE_PLACES
from mufakat.model.command import SubmitFixings
from mufakat.model.identifier import Currency
from mufakat.model.outcome import Status
from mufakat.projections import fixings as views

_MOST_DIGITS: Final = 18

fixing_app = typer.Typer(no_args_is_help=True, help="Daily fixings of the members' currencies.")
app.add_typer(fixing_app, name="fixing")


@fixing_app.command("submit")
def fixing_submit(
    author: Annotated[str, typer.Argument(help="The member that submits.")],
    rates: Annotated[
        list[str], typer.Argument(help="CURRENCY=RATE: the numeraire for one major unit, a decimal.")
    ],
    date: Annotated[
        str | None, typer.Option(help="Business date YYYY-MM-DD; the day under way if not said.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Submit what each currency of the union is worth: `fixing submit QM IDR=0.0000451 VND=0.0000287`.

    A quorum of members makes the medians the day's fixings.
    """
    read = tuple(sorted(_rate(each) for each in rates))
    given = None if date is None else a_date(date)
    with opened() as (session, _):
        day = given or a_date(business_day(session.node.views.sql, None))
        outcome = session.say(author, SubmitFixings(day, read))
        refuse(outcome)
        agreed = outcome.status is not Status.AWAITING_QUORUM and not settings.island
        rows = views.fixings(session.node.views.sql, day.isoformat()) if agreed else []
        needed = session.node.charter.rules.day_quorum
    if as_json:
        emit({"date": day, "agreed": agreed, "fixings": rows})
    elif agreed:
        out.print(pages.fixings(rows))
    else:
        out.print(f"{day}: submitted; the fixings wait until {needed} members have.")


def _rate(word: str) -> tuple[Currency, int]:
    """Read `CURRENCY=RATE`; raises Failed (wrong usage) with what is wrong."""
    currency, equals, text = word.partition("=")
    if not equals or not currency:
        raise Failed(f"{word!r}: write CURRENCY=RATE, such as IDR=0.0000451", USAGE)
    try:
        parts = Decimal(text).scaleb(RATE_PLACES)
    except InvalidOperation:
        raise Failed(f"{currency}: {text!r} is no decimal", USAGE) from None
    if not parts.is_finite() or parts != parts.to_integral_value() or parts.adjusted() >= _MOST_DIGITS:
        raise Failed(f"{currency}: {text} is no decimal of at most {RATE_PLACES} places", USAGE)
    return Currency(currency), int(parts)


@fixing_app.command("show")
def fixing_show(
    date: Annotated[str | None, typer.Option(help="Business date YYYY-MM-DD; the latest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the fixings of a date, and what each member submitted, outliers named."""
    with looked() as (sql, _):
        day = business_day(sql, date)
        fixed, said = views.fixings(sql, day), views.submissions(sql, day)
    if as_json:
        emit({"date": day, "fixings": fixed, "submissions": said})
        return
    out.print(pages.fixings(fixed) if fixed else f"{day}: no fixings are agreed.")
    if said:
        out.print(pages.submissions(said))


@app.command()
def unit(
    date: Annotated[str | None, typer.Option(help="Business date YYYY-MM-DD; the latest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the unit of account: its basket, and what one unit is worth in each currency."""
    with looked() as (sql, charter):
        day = business_day(sql, date)
        parts = views.unit(sql, charter, day)
    if as_json:
        emit({"date": day, "numeraire": charter.rules.fixing.numeraire, "currencies": parts})
        return
    if not charter.rules.fixing.basket:
        out.print("The charter names no basket (rules.fixing.basket): there is no unit of account.")
    out.print(pages.unit(charter, parts))
