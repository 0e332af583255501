"""Trade records from the command line: found by goods, route, firm and ship, and shown with all that they say."""

from collections.abc import Sequence
from typing import Annotated

import typer

from mufakat.cli.look import check_name
from mufakat.cli.terminal import USAGE, AsJson, Failed, app, emit, looked, out
from mufakat.console import trade as pages
from mufakat.gateway.prices import warnings
from mufakat.model.charter import Charter
from mufakat.model.country import is_country
from mufakat.model.identifier import is_imo_number
from mufakat.model.trade import TradeKind, is_hs_code
from mufakat.projections import balance, goods
from mufakat.projections import trade as views
from mufakat.projections.dialect import Sql
from mufakat.projections.trade import Sought, TradeView

trade_app = typer.Typer(no_args_is_help=True, help="What trade documents say, as the log has it.")
app.add_typer(trade_app, name="trade")


@trade_app.command("list")
def trade_list(  # noqa: PLR0913 - an option for each field
    *,
    kind: Annotated[TradeKind | None, typer.Option(help="Only this kind of document.")] = None,
    firm: Annotated[str | None, typer.Option(help="Only of this seller or buyer (LEI).")] = None,
    agent: Annotated[str | None, typer.Option(help="Only of this participant's firms (BIC).")] = None,
    hs_code: Annotated[
        str | None, typer.Option("--hs", help="Only with goods whose HS code begins so, such as 7304.")
    ] = None,
    country: Annotated[
        str | None, typer.Option(help="Only with goods from, of, through or to this country (ISO 3166-1).")
    ] = None,
    vessel: Annotated[str | None, typer.Option(help="Only on this ship (IMO number).")] = None,
    obligation: Annotated[str | None, typer.Option(help="Only what proves this obligation.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=views.MOST, help="At most so many.")] = 100,
    after: Annotated[str | None, typer.Option(help="Go on after the record of this identifier.")] = None,
    as_json: AsJson = False,
) -> None:
    """List trade records that fit all that is named, in the order of their registration, a page at a time."""
    code = None if hs_code is None else _goods(hs_code)
    if country is not None and not is_country(country):
        raise Failed(f"--country {country!r}: write two letters of ISO 3166-1, such as VN", USAGE)
    if vessel is not None and not is_imo_number(vessel):
        raise Failed(f"--vessel {vessel!r} is no IMO number: seven digits, the last a check digit", USAGE)
    with looked() as (sql, charter):
        check_name(agent, "participant", balance.participants(sql))
        if firm is not None and not balance.is_enrolled(sql, firm):
            raise Failed(f"no participant has enrolled a firm with the LEI {firm!r}", USAGE)
        try:
            rows = views.records(
                sql, Sought(kind, firm, agent, code, country, vessel, obligation), limit + 1, after
            )
        except LookupError as error:
            raise Failed(str(error), USAGE) from None
        shown = rows[:limit]
        told = _warnings(sql, charter, shown)
    last = shown[-1].id if len(rows) > limit else None
    if as_json:
        emit({"records": shown, "after": last, "warnings": told})
    else:
        out.print(pages.records(shown, last, told))


def _warnings(sql: Sql, charter: Charter, records: Sequence[TradeView]) -> dict[str, tuple[str, ...]]:
    """Return, by record, what goods rules said of it, and the prices that stand out."""
    odd = warnings(sql, charter, records)
    told = {
        each.id: (*(flag.text for flag in goods.flags(sql, each.id)), *odd.get(each.id, ()))
        for each in records
    }
    return {name: texts for name, texts in told.items() if texts}


def _goods(text: str) -> str:
    """Read the beginning of an HS code, with dots or without; raises Failed (wrong usage) when it is none."""
    digits = text.replace(".", "")
    whole = digits.ljust(6, "0") if len(digits) > 1 else f"{digits}1".ljust(6, "0")
    if not digits or not is_hs_code(whole):
        raise Failed(f"--hs {text!r} is no beginning of an HS code of goods, such as 7304 or 7304.31", USAGE)
    return digits


@trade_app.command("show")
def trade_show(
    name: Annotated[
        str, typer.Argument(metavar="ID", help="The record's identifier, such as LEI/invoice/NUMBER.")
    ],
    as_json: AsJson = False,
) -> None:
    """Show one trade record: its firms, goods, route and ship, and the obligations that it proves."""
    with looked() as (sql, charter):
        record = views.record(sql, name)
        if record is None:
            stopped = "".join(f"\n  {each.text}" for each in goods.flags(sql, name))
            because = f" Goods rules flagged it:{stopped}" if stopped else ""
            raise Failed(f"no trade record {name}; `mufakat trade list` lists them.{because}")
        lines, proven = views.lines(sql, name), views.proven(sql, name)
        told = _warnings(sql, charter, (record,)).get(name, ())
    if as_json:
        emit({"record": record, "goods": lines, "obligations": proven, "warnings": told})
    else:
        for part in pages.record(charter, record, lines, proven, told):
            out.print(part)
