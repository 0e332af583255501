"""Commands of those who govern: propose, vote, withdraw, proposals, rules."""

import enum
import hashlib
from pathlib import Path
from typing import Annotated, Final

import typer

from mufakat.cli.fields import struct_of
from mufakat.cli.terminal import USAGE, AsJson, Failed, app, emit, looked, opened, out, refuse, settings
from mufakat.console import governance as pages
from mufakat.model import command as c
from mufakat.model.proposal import AnyChange
from mufakat.node.session import Session
from mufakat.projections import rules as views

_CHANGES: Final = AnyChange.__args__


class Status(enum.StrEnum):
    """How a proposal can stand."""

    OPEN = "open"
    PASSED = "passed"
    ENACTED = "enacted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    LAPSED = "lapsed"


Author = Annotated[str, typer.Argument(help="The member that speaks, by its voting key.")]
Number = Annotated[int, typer.Argument(min=1, help="The proposal's number.")]


@app.command()
def propose(
    author: Author,
    change: Annotated[str, typer.Argument(help="The change, such as SuspendMember or SetRule.")],
    fields: Annotated[
        list[str] | None, typer.Argument(help="field=value; lists and numbers as JSON.")
    ] = None,
    text: Annotated[
        Path | None,
        typer.Option(help="The file that says in words what is proposed; its SHA-256 goes on the log."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Propose a change: `propose QM SetRule name=… value=… --text FILE`; the proposer votes with it."""
    body = struct_of(_CHANGES, change, fields or [])
    if text is None:
        raise Failed("name the file that says in words what is proposed: --text FILE", USAGE)
    digest = hashlib.sha256(text.read_bytes()).digest()
    with opened() as (session, _):
        outcome = session.say(author, c.Propose(body, digest))
        refuse(outcome)
        number = int(outcome.items[0].id)
        _tell_one(session, number, as_json)


@app.command()
def vote(
    author: Author,
    number: Number,
    against: Annotated[bool, typer.Option("--against", help="Against it; in favour if not said.")] = False,
    as_json: AsJson = False,
) -> None:
    """Vote on a proposal, once and for good."""
    with opened() as (session, _):
        refuse(session.say(author, c.CastVote(number, not against)))
        _tell_one(session, number, as_json)


@app.command()
def withdraw(author: Author, number: Number, as_json: AsJson = False) -> None:
    """Withdraw a proposal of the author's own that has not taken effect."""
    with opened() as (session, _):
        refuse(session.say(author, c.WithdrawProposal(number)))
        _tell_one(session, number, as_json)


def _tell_one(session: Session, number: int, as_json: bool) -> None:
    """Tell how a proposal stands; what was said of it on the island, the quorum has still to hear."""
    found = [each for each in views.proposals(session.node.views.sql) if each.number == number]
    proposal = found[0] if found and not settings.island else None
    if as_json:
        emit({"proposal": proposal or {"number": number, "status": "provisional"}})
    elif proposal is None:
        out.print(f"Proposal {number}, provisional: the quorum may give it another number.")
    else:
        out.print(f"Proposal {number}: {proposal.kind}, class {proposal.rule_class}, {proposal.status}.")


@app.command()
def proposals(
    number: Annotated[int | None, typer.Argument(help="One proposal, with its votes.")] = None,
    status: Annotated[Status | None, typer.Option(help="Only those that stand so.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what was proposed, how it was voted on, and what became of it."""
    with looked() as (sql, _):
        found = [each for each in views.proposals(sql, status) if number in {None, each.number}]
        ballots = views.ballots(sql, number) if number is not None else []
    if number is not None and not found:
        raise Failed(f"there is no such proposal {number}; `mufakat proposals` lists them")
    if as_json:
        emit({"proposals": found, "ballots": ballots} if number is not None else {"proposals": found})
        return
    out.print(pages.proposals(found))
    if number is not None:
        out.print(pages.ballots(ballots))


@app.command()
def rules(
    version: Annotated[
        int | None, typer.Option(min=1, help="What was voted on, as it was in this version.")
    ] = None,
    name: Annotated[str | None, typer.Option("--history", help="All that one rule has been.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the rules in force, each with the hash of its text and its vote, and how the members stand."""
    if version is not None and name is not None:
        raise Failed("--version or --history, not both", USAGE)
    with looked() as (sql, charter):
        laws = views.history(sql, name) if name is not None else views.laws(sql, version)
        standings = views.standings(sql)
    if not laws:
        raise Failed(f"nobody ever voted on {name}; `mufakat rules` names the rules that were voted on")
    if version is not None or name is not None:  # what was: the numbers and standings are those of now
        if as_json:
            emit({"laws": laws})
        else:
            out.print(pages.laws(laws))
        return
    if as_json:
        emit({"rules": charter.rules, "laws": laws, "standings": standings})
        return
    out.print(pages.numbers(charter))
    out.print(pages.laws(laws))
    out.print(pages.standings(standings))
