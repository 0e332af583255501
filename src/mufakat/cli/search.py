"""The command that finds payments by any of their fields: `payment list`."""

from typing import Annotated

import typer

from mufakat.cli.fields import a_date
from mufakat.cli.look import check_name, payment_app
from mufakat.cli.terminal import USAGE, AsJson, Failed, emit, looked, out
from mufakat.console import tables
from mufakat.model.charter import Charter
from mufakat.model.command import Channel
from mufakat.model.identifier import uetr as uetr_of
from mufakat.model.money import parse_amount
from mufakat.model.refusal import Reason
from mufakat.projections import balance
from mufakat.projections.dialect import Sql
from mufakat.projections.search import Wanted, search
from mufakat.projections.timeline import PaymentStanding


@payment_app.command("list")
def payment_list(  # noqa: PLR0913 - an option for each field
    *,
    debtor_agent: Annotated[str | None, typer.Option(help="Only paid by this participant (BIC).")] = None,
    creditor_agent: Annotated[str | None, typer.Option(help="Only paid to this participant (BIC).")] = None,
    currency: Annotated[str | None, typer.Option(help="Only this currency.")] = None,
    status: Annotated[PaymentStanding | None, typer.Option(help="Only those that stand so.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="Came on this business date, or later.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Came on this business date, or before.")] = None,
    value_date: Annotated[str | None, typer.Option(help="Only this value date.")] = None,
    least: Annotated[
        str | None, typer.Option("--min", help="At least this amount; name the currency.")
    ] = None,
    most: Annotated[str | None, typer.Option("--max", help="At most this amount; name the currency.")] = None,
    uetr: Annotated[str | None, typer.Option(help="The one with this UETR.")] = None,
    channel: Annotated[str | None, typer.Option(help="RTGS or MPNS.")] = None,
    cycle: Annotated[int | None, typer.Option(min=1, help="Only those that settled in this cycle.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 100,
    after: Annotated[str | None, typer.Option(help="Go on after the payment with this UETR.")] = None,
    as_json: AsJson = False,
) -> None:
    """List payments that fit all that is named, in order of arrival, a page at a time."""
    with looked() as (sql, charter):
        _check(sql, (debtor_agent, creditor_agent), currency, channel)
        wanted = Wanted(
            uetr=None if uetr is None else _uetr(uetr),
            debtor_agent=debtor_agent,
            creditor_agent=creditor_agent,
            currency=currency,
            status=status,
            channel=channel,
            cycle=cycle,
            value_date=_date(value_date),
            first=_date(first),
            last=_date(last),
            least=_amount(charter, currency, least),
            most=_amount(charter, currency, most),
        )
        try:
            found = search(sql, wanted, limit, after=after)
        except LookupError as error:
            raise Failed(str(error), USAGE) from None
    if as_json:
        emit(found)
    else:
        out.print(tables.payments(charter, found.payments, found.after))


def _check(sql: Sql, agents: tuple[str | None, ...], currency: str | None, channel: str | None) -> None:
    for agent in agents:
        check_name(agent, "participant", balance.participants(sql))
    check_name(currency, "currency", balance.currencies(sql))
    check_name(channel, "channel", [each.name for each in Channel])


def _uetr(text: str) -> str:
    known = uetr_of(text)
    if known is None:
        raise Failed(f"{text!r} is no UETR, a version 4 UUID", USAGE)
    return known


def _date(text: str | None) -> str | None:
    return None if text is None else a_date(text).isoformat()


def _amount(charter: Charter, currency: str | None, text: str | None) -> int | None:
    """Read an amount in major units of the currency that is named."""
    if text is None:
        return None
    decimals = [member.decimals for member in charter.members if member.currency == currency]
    if not decimals:
        raise Failed(f"{text}: of which currency? name it with --currency", USAGE)
    minor = parse_amount(text, decimals[0])
    if isinstance(minor, Reason):
        raise Failed(f"{text!r} is no amount of {currency}: {minor.name}", USAGE)
    return minor
