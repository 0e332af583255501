"""Lists in force from the command line: list bring, list show, list status."""

import datetime
import re
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer
from rich.text import Text

from mufakat.cli.fields import a_date
from mufakat.cli.look import check_name
from mufakat.cli.terminal import (
    USAGE,
    AsJson,
    Failed,
    app,
    emit,
    err,
    looked,
    opened,
    out,
    refuse,
    with_quorum,
)
from mufakat.console.grid import titled
from mufakat.model.listing import UNION_LIST, owner_of
from mufakat.node import bringing
from mufakat.node.desk import binding
from mufakat.projections import certificate, compliance, listings
from mufakat.projections.dialect import Sql
from mufakat.screening.entry import ListFaulty
from mufakat.screening.listing import Listing
from mufakat.screening.loading import load

list_app = typer.Typer(
    no_args_is_help=True, help="Lists of who is forbidden: what is in force, and newer copies."
)
app.add_typer(list_app, name="list")

_NO_LETTERS: Final = re.compile(r"[^a-z0-9]+")
_LONGEST: Final = 31
_SHOWN: Final = 12


@list_app.command("bring")
def bring(
    file: Annotated[
        Path,
        typer.Argument(help="The copy: UN XML, OFAC sdn.csv or cons_prim.csv, EU XML or CSV, or an own CSV."),
    ],
    *,
    member: Annotated[str, typer.Option("--as", help="The member that brings it.")],
    name: Annotated[
        str | None,
        typer.Option("--name", help="Its name among the member's own lists; UN lists are the union's."),
    ] = None,
    dated: Annotated[
        str | None, typer.Option("--dated", help="The day it was made, where the file does not say.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring a list's newer copy: what comes binds at once; what goes from the UN list needs a second member."""
    with_quorum("bringing a list")
    try:
        copy = load(file)
    except ListFaulty as error:
        raise Failed(str(error)) from None
    for text in copy.told:
        err.print(text, style="yellow", markup=False, highlight=False)
    day = _dated(copy, dated)
    with opened() as (session, _):
        node = session.node
        if node.charter.member(member) is None:
            raise Failed(f"--as {member!r} is no member; a member brings a list", USAGE)
        named = _named(copy, member, name)
        most = node.charter.rules.max_command_bytes
        made = bringing.change(node.views.sql, member, named, copy.entries, day, most)
        for body in made.commands:
            refuse(session.say(member, body))
        (view,) = (each for each in listings.listings(node.views.sql) if each.name == named)
    told = {
        "list": named,
        "version": view.version.hex(),
        "dated": view.dated,
        "entries": view.entries,
        "came": len(made.came),
        "repeated": len(made.repeated),
        "gone": len(made.gone),
        "leaving": view.leaving,
        "commands": len(made.commands),
    }
    if as_json:
        emit(told)
        return
    what = (
        f"{len(made.came):,} came, {len(made.gone):,} went or are to go"
        if made.commands
        else "nothing is new"
    )
    out.print(
        f"{named} of {view.dated}, version {view.version.hex()[:_SHOWN]}: {view.entries:,} entries; {what}.",
        highlight=False,
    )
    if view.leaving:
        out.print(f"{view.leaving:,} stay until a second member brings a copy without them.", highlight=False)


def _dated(copy: Listing, dated: str | None) -> datetime.date:
    if dated is not None:
        return a_date(dated)
    if copy.dated is None:
        raise Failed("the file does not say when it was made; say it with --dated", USAGE)
    return copy.dated


def _named(copy: Listing, member: str, name: str | None) -> str:
    """Return the name of a list on the log: the union's, or one of the member's own."""
    if name is None and copy.name == "UN":
        return UNION_LIST
    own = _NO_LETTERS.sub("-", (name or copy.name).lower()).strip("-")[:_LONGEST]
    named = f"{member}/{own}"
    if name == UNION_LIST or owner_of(named) is None:
        raise Failed(f"--name {name or copy.name!r}: letters, digits and -, at most {_LONGEST}", USAGE)
    return named


@list_app.command("show")
def show(
    name: Annotated[str | None, typer.Argument(help="A list: its versions and entries.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the lists in force, or one with its versions and entries."""
    with looked() as (sql, _):
        views = listings.listings(sql)
        check_name(name, "list", [each.name for each in views])
        versions = [] if name is None else listings.versions(sql, name)
        entries = [] if name is None else listings.listed(sql, name)
    if as_json:
        if name is None:
            emit({"lists": [_plain(each) for each in views]})
        else:
            emit(
                {"list": name, "versions": [_plain(each) for each in versions], "entries": _entries(entries)}
            )
        return
    if name is None:
        grid = titled("Lists in force", "list", "dated", "entries", "leaving", "brought by", "version")
        for each in views:
            cells = each.name, each.dated, f"{each.entries:,}", f"{each.leaving:,}", each.member
            grid.add_row(*map(Text, (*cells, each.version.hex()[:_SHOWN])))
        out.print(grid)
        return
    grid = titled(f"Versions of {name}", "version", "dated", "brought by", "came", "went", "leaving", "entry")
    for version in versions:
        counts = (f"{each:,}" for each in (version.came, version.went, version.leaving, version.entry))
        grid.add_row(*map(Text, (version.version.hex()[:_SHOWN], version.dated, version.member, *counts)))
    out.print(grid)
    grid = titled(f"{len(entries):,} entries", "id", "type", "name", "programme", "said by", "leaving")
    for entry in entries:
        what = entry.what
        told = (
            entry.id,
            what.kind.value,
            what.name,
            what.programme,
            ", ".join(entry.said),
            entry.leaving or "",
        )
        grid.add_row(*map(Text, told))
    out.print(grid)


def _plain(view: listings.ListingView | listings.VersionView) -> dict[str, Any]:
    return {**msgspec.to_builtins(view), "version": view.version.hex()}


def _entries(entries: list[listings.ListedView]) -> list[dict[str, Any]]:
    return [
        {"key": each.key, "said": list(each.said), "leaving": each.leaving, **_said(each)} for each in entries
    ]


def _said(each: listings.ListedView) -> dict[str, Any]:
    what = each.what
    names = [alias.text for alias in what.names]
    return {"id": what.id, "type": what.kind.value, "names": names, "programme": what.programme}


class Standing(msgspec.Struct, frozen=True):
    """How a participant stands: the lists that bind it, whether its open items are screened, its open cases."""

    participant: str
    member: str
    lists: list[str]
    digest: str
    screened: bool
    cases: int


@list_app.command("status")
def status(as_json: AsJson = False) -> None:
    """Show how each participant stands: the lists that bind it, whether its open items are screened, its cases."""
    with looked() as (sql, _):
        rows = [_standing(sql, bic, member) for bic, member in certificate.sponsors(sql).items()]
    if as_json:
        emit({"participants": rows})
        return
    grid = titled("Participants and lists", "participant", "member", "lists", "open items", "open cases")
    for row in rows:
        is_screened = "screened" if row.screened else "to be screened anew"
        told = row.participant, row.member, ", ".join(row.lists) or "none", is_screened, str(row.cases)
        grid.add_row(*map(Text, told))
    out.print(grid)


def _standing(sql: Sql, bic: str, member: str) -> Standing:
    digest, names = binding(sql, member)
    cases = compliance.cases(sql, participant=bic)
    return Standing(
        participant=bic,
        member=member,
        lists=list(names),
        digest=digest.hex(),
        screened=not digest or compliance.screened(sql, bic) == digest,
        cases=sum(each.status in compliance.OPEN for each in cases),
    )
