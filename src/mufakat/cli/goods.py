"""Goods rules from the command line: documents held against them, lists brought, and what was flagged."""

import datetime
import enum
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from mufakat.cli.fields import a_date, struct_in
from mufakat.cli.paths import all_of
from mufakat.cli.terminal import (
    REFUSED,
    USAGE,
    AsJson,
    Failed,
    app,
    emit,
    looked,
    opened,
    out,
    progress_of,
    refuse,
    with_quorum,
)
from mufakat.console.grid import titled
from mufakat.gateway.goods import Against, Checked, Line, check_document, check_item, unread
from mufakat.messages.envelope import MAX_BYTES
from mufakat.model.embargo import RuleBook
from mufakat.model.goods import Effect, GoodsRule
from mufakat.model.listing import UNION_GOODS, is_goods_list
from mufakat.model.outcome import ItemOutcome
from mufakat.model.trade import TradeItem
from mufakat.node import bringing, rechecking
from mufakat.projections import goods as views
from mufakat.projections import listings
from mufakat.screening import goods, prices
from mufakat.screening.entry import ListFaulty

goods_app = typer.Typer(no_args_is_help=True, help="Goods rules: embargoes, reviews, warnings.")
app.add_typer(goods_app, name="goods")

_STARTER_HELP: Final = (
    "without it the starter list of the UN Security Council's bans, which is no legal advice"
)
Rules = Annotated[
    list[Path] | None,
    typer.Option("--rules", help=f"A CSV of goods rules, more than once if need be; {_STARTER_HELP}."),
]


class Does(enum.StrEnum):
    """What a rule does, as people call it."""

    REFUSE = "refuse"
    REVIEW = "review"
    WATCH = "watch"


@goods_app.command("check")
def check(
    files: Annotated[
        list[Path],
        typer.Argument(help="UBL or CII documents, JSON of trade records, or folders of them."),
    ],
    *,
    rules: Rules = None,
    usual: Annotated[
        Path | None,
        typer.Option("--prices", help=f"A CSV of usual prices; columns {', '.join(prices.COLUMNS)}."),
    ] = None,
    date: Annotated[str | None, typer.Option(help="The day of which is asked; today without it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Hold the goods of trade documents against goods rules: exit 0 when all would pass, 1 when not."""
    day = datetime.datetime.now(datetime.UTC).date() if date is None else a_date(date)
    try:
        books = [RuleBook(each) for each in _lists(rules)]
        against = Against(books, day, {} if usual is None else prices.load(usual))
    except ListFaulty as error:
        raise Failed(str(error)) from None
    paths = all_of(files)
    told: list[tuple[Path, Checked]] = []
    with progress_of("files checked") as tell:
        for number, path in enumerate(paths, 1):
            found = [(path, each) for each in _checked(path, against)]
            for each in () if as_json else found:
                _print(*each)
            told += found
            tell(number, len(paths))
    passing = sum(each.passes for _, each in told)
    if as_json:
        emit(
            {"passing": passing, "stopped": len(told) - passing, "records": [_plain(*each) for each in told]}
        )
    elif len(told) > 1:
        out.print(
            f"{len(told):,} records: {passing:,} would pass, {len(told) - passing:,} not.", highlight=False
        )
    if passing < len(told):
        raise typer.Exit(REFUSED)


@goods_app.command("bring")
def bring(
    file: Annotated[Path, typer.Argument(help="A CSV of goods rules: the whole list as it is to be.")],
    *,
    member: Annotated[str, typer.Option("--as", help="The member that brings it.")],
    own: Annotated[
        str | None,
        typer.Option(
            "--own", metavar="NAME", help="A list of the member's own, which binds its banks alone."
        ),
    ] = None,
    dated: Annotated[
        str | None, typer.Option("--dated", help="The day it was made; today without it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring a list of goods rules: what comes binds at once; what goes from the union's needs a second member.

    Trade records whose obligations are open are held against the rules anew.
    """
    with_quorum("bringing a list")
    try:
        rules = goods.load(file)
    except ListFaulty as error:
        raise Failed(str(error)) from None
    day = datetime.datetime.now(datetime.UTC).date() if dated is None else a_date(dated)
    name = UNION_GOODS if own is None else f"{member}/goods{'' if own == 'goods' else f'-{own}'}"
    if not is_goods_list(name):
        raise Failed(f"--own {own!r}: small letters, digits and -", USAGE)
    with opened() as (session, _):
        if session.node.charter.member(member) is None:
            raise Failed(f"--as {member!r} is no member; a member brings a list", USAGE)
        most = session.node.charter.rules.max_command_bytes
        made = bringing.change(session.node.views.sql, member, name, rules, day, most)
        for body in made.commands:
            refuse(session.say(member, body))
        _, stopped = rechecking.recheck(session, member)
        (view,) = (each for each in listings.listings(session.node.views.sql) if each.name == name)
    came, gone = len(made.came), len(made.gone)
    told = {"list": name, "version": view.version.hex(), "dated": view.dated, "rules": view.entries}
    if as_json:
        emit({**told, "came": came, "gone": gone, "leaving": view.leaving, "stopped": stopped})
        return
    what = f"{came:,} came, {gone:,} went or are to go" if came or gone else "nothing is new"
    out.print(f"{name} of {view.dated}: {view.entries:,} rules; {what}.", markup=False, highlight=False)
    if view.leaving:
        out.print(
            f"{view.leaving:,} stay until a second member brings the list without them.", highlight=False
        )
    _tell_stopped(stopped)


@goods_app.command("recheck")
def recheck(
    member: Annotated[str, typer.Option("--as", help="A member, or the participant whose records they are.")],
    as_json: AsJson = False,
) -> None:
    """Hold trade records with open obligations against the goods rules of now; block what they prove."""
    with_quorum("holding records against goods rules")
    with opened() as (session, _):
        looked_at, stopped = rechecking.recheck(session, member)
    if as_json:
        emit({"records": looked_at, "stopped": stopped})
        return
    out.print(f"{looked_at:,} records looked at, {len(stopped):,} stopped.", highlight=False)
    _tell_stopped(stopped)


def _tell_stopped(stopped: Sequence[ItemOutcome]) -> None:
    for each in stopped:
        text = "" if each.refusal is None else each.refusal.text
        out.print(f"{each.id}: {text}", markup=False, highlight=False, soft_wrap=True)


@goods_app.command("flagged")
def flagged(
    record: Annotated[str | None, typer.Option(help="Only of this trade record.")] = None,
    effect: Annotated[Does | None, typer.Option(help="Only with this effect.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=views.MOST, help="At most so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List trade records that goods rules flagged, the latest first: refused, to be reviewed, or watched."""
    with looked() as (sql, _):
        rows = views.flags(sql, record, None if effect is None else Effect[effect.name], limit)
    if as_json:
        emit({"flags": rows})
        return
    grid = titled(f"{len(rows):,} flags", "record", "does", "rule", "of", "written in", "date")
    for row in rows:
        where = f"line {row.line}: {row.goods}" if row.line else f"the route: {row.goods}"
        written = f"{row.source}, paragraph {row.paragraph}"
        grid.add_row(
            *map(Text, (row.record, row.effect, row.rule.rpartition("/")[0], where, written, row.date))
        )
    out.print(grid)


@goods_app.command("rules")
def rules_of(
    rules: Rules = None,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Give the starter list as it is, to make one's own of it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List goods rules: what they do, of which goods, from or to where, and where that is written."""
    if as_csv:
        sys.stdout.write(goods.starter_bytes().decode())
        return
    try:
        listed = [rule for each in _lists(rules) for rule in each]
    except ListFaulty as error:
        raise Failed(str(error)) from None
    if as_json:
        emit({"rules": listed})
        return
    grid = Table(title=f"{len(listed):,} goods rules")
    for name in ("rule", "does", "HS code", "goods", "places", "countries", "written in", "exempt"):
        grid.add_column(name, overflow="fold")
    for rule in listed:
        places = ", ".join(each.name.lower() for each in rule.places)
        texts = (rule.id, rule.effect.name.lower(), rule.hs or "all", rule.goods, places or "any")
        grid.add_row(*map(Text, (*texts, " ".join(rule.countries) or "any", rule.cited, rule.exemption)))
    out.print(grid)


def _lists(paths: Sequence[Path] | None) -> list[tuple[GoodsRule, ...]]:
    return [goods.load(path) for path in paths] if paths else [goods.starter()]


def _checked(path: Path, against: Against) -> list[Checked]:
    """Read a file and hold each record of it against the rules; one that cannot be read stops no other."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        return [unread(f"The file cannot be read: {error.strerror}.")]
    if len(data) > MAX_BYTES:
        return [unread(f"The file is larger than {MAX_BYTES >> 20} MB. Split it.")]
    if data.lstrip()[:1] not in (b"{", b"["):
        return [check_document(data, against)]
    try:
        return [check_item(each, against) for each in _items(data)]
    except Failed as failed:
        return [unread(failed.text)]


def _items(data: bytes) -> list[TradeItem]:
    """Read trade records as RegisterTradeRecords takes them, one or a list; raise Failed for anything else."""
    try:
        said = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Failed(f"This is no JSON: {error}.") from None
    listed = said if isinstance(said, list) else [said]
    return [struct_in(TradeItem, each, f"record {number}") for number, each in enumerate(listed, 1)]


def _plain(path: Path, each: Checked) -> dict[str, object]:
    return {
        "file": str(path),
        "record": each.record,
        "verdict": each.verdict,
        "lines": each.lines,
        "faults": [line._asdict() for line in each.faults],
        "rules": [
            {
                "line": met.line,
                "at": line.at,
                "rule": met.rule.id,
                "does": met.effect.name.lower(),
                "written_in": met.rule.source,
                "paragraph": met.rule.paragraph,
                "goods": met.rule.goods,
                "exemption": met.rule.exemption,
                "text": line.text,
            }
            for met, line in each.met
        ],
        "prices": [line._asdict() for line in each.prices],
    }


def _print(path: Path, each: Checked) -> None:
    for met, line in each.met:
        exempt = f" Exempt: {met.rule.exemption}." if met.rule.exemption else ""
        _say(path, line, f"{met.effect.name.lower()}: {line.text}{exempt}")
    for line in each.faults:
        _say(path, line, f"unknown: {line.text}")
    for line in each.prices:
        _say(path, line, f"price: {line.text}")
    if each.verdict == "clear":
        lines = "1 line" if each.lines == 1 else f"{each.lines:,} lines"
        _say(path, Line(None, ""), f"clear ({lines} of goods)")


def _say(path: Path, line: Line, text: str) -> None:
    place = str(path) if line.at is None else f"{path}:{line.at}"
    out.print(f"{place}: {text}", markup=False, highlight=False, soft_wrap=True)
