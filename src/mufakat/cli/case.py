"""Cases from the command line: case list, show, decide, allow, export, check; and rescreen."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer
from rich.text import Text

from mufakat.cli.charter import charter_of
from mufakat.cli.draft import tell_draft
from mufakat.cli.fields import a_date
from mufakat.cli.prove import provable, witness_of
from mufakat.cli.terminal import (
    INTEGRITY,
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
    settings,
    with_quorum,
)
from mufakat.console.grid import titled
from mufakat.gateway.casefile import MOST_BYTES, CaseFileFaulty
from mufakat.journal.durable import write_whole
from mufakat.model.money import Amount, format_amount
from mufakat.model.verdict import Scope, Verdict
from mufakat.node import caseexport
from mufakat.node import draft as drafts
from mufakat.node.answer import Answers
from mufakat.node.casework import Casework, NoCase, case_of
from mufakat.node.desk import Desk, Lists
from mufakat.node.intake import Intake
from mufakat.node.preferences import preferences_of
from mufakat.node.reporting import write_notifications
from mufakat.node.rescreening import Again
from mufakat.node.session import Session
from mufakat.projections import compliance
from mufakat.projections.compliance import CaseView
from mufakat.projections.fold import charter_in_force
from mufakat.vault.details import Vault

if TYPE_CHECKING:
    from mufakat.screening.evidence import Found

case_app = typer.Typer(no_args_is_help=True, help="What is on hold because somebody listed may be meant.")
app.add_typer(case_app, name="case")

Number = Annotated[int, typer.Argument(min=1, metavar="NUMBER", help="The case's number.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in words: 1 to 140 characters, for the log.")]


@case_app.command("list")
def case_list(
    status: Annotated[
        str | None, typer.Option(help="Only: under review, cleared, confirmed, returned.")
    ] = None,
    participant: Annotated[str | None, typer.Option(help="Only of this participant (BIC).")] = None,
    as_json: AsJson = False,
) -> None:
    """List the cases in order."""
    with looked() as (sql, _):
        rows = compliance.cases(sql, status, participant)
    if as_json:
        emit({"cases": [_plain(each) for each in rows]})
        return
    grid = titled(f"{len(rows):,} cases", "case", "status", "item", "participant", "entries", "decide by")
    for each in rows:
        entries = ", ".join(one.rpartition("/")[0] for one in each.entries)
        late = " (escalated)" if each.escalated else ""
        cells = str(each.number), each.status, each.item, each.participant, entries, each.deadline + late
        grid.add_row(*map(Text, cells))
    out.print(grid)


def _plain(case: CaseView) -> dict[str, Any]:
    return {
        **msgspec.structs.asdict(case),
        "entries": list(case.entries),
        "lists": case.lists.hex(),
        "evidence": case.evidence.hex(),
    }


@case_app.command("show")
def case_show(number: Number, as_json: AsJson = False) -> None:
    """Show a case: what is on hold, who may be meant and why, and what was decided."""
    with _casework() as (work, session, _):
        case = work.case(number)
        told = work.told(case)
        decided = compliance.decisions(session.node.views.sql, number)
        issuer = charter_in_force(session.node.views.sql).issuer(case.currency)
    if as_json:
        hits = [
            {"role": subject.role, "place": subject.place, "text": subject.text, **msgspec.to_builtins(found)}
            for subject, found in told
        ]
        decisions = [
            {**msgspec.structs.asdict(each), "lists": each.lists.hex(), "evidence": each.evidence.hex()}
            for each in decided
        ]
        emit({"case": _plain(case), "hits": hits, "decisions": decisions})
        return
    grid = titled(f"Case {case.number}, {case.status}", "what", "says")
    blocked = ""
    if case.blocked and issuer is not None:
        blocked = f"{case.currency} {format_amount(Amount(case.blocked), issuer.decimals)}"
    said = {
        "item": f"{case.kind} {case.item}",
        "participant": f"{case.participant}, with {case.member}",
        "opened": case.opened,
        "decide by": case.deadline + (" (the member was told)" if case.escalated else ""),
        "blocked": blocked,
    }
    for what, text in said.items():
        grid.add_row(what, Text(text))
    for subject, found in told:
        grid.add_row(subject.role, Text(_found(subject.text, found)))
    for each in decided:
        grid.add_row(f"{each.date}, {each.verdict}", Text(f"{each.reason} (with {each.member})"))
    out.print(grid)


def _found(text: str, found: "Found") -> str:
    """Say who was asked for, which listed name fits how well, and what is known beside the name on both sides."""
    listed = found.name or found.main_name
    main = "" if listed == found.main_name else f" of {found.main_name!r}"
    lines = [f"{text!r} fits {listed!r}{main} ({found.list} {found.id}): {found.score / 1000:.3f}"]
    if found.name_score is not None:
        lines.append(f"  name: {found.name_score / 1000:.3f}{', a weak alias' if found.weak else ''}")
    for part in found.parts:
        said = "agrees" if part.agrees else f"differs, keeps {part.keeps / 1000:.2f}"
        lines.append(f"  {part.what}: {part.asked!r} and {part.listed!r}, {said}")
    return "\n".join(lines)


@case_app.command("decide")
def case_decide(
    number: Number,
    verdict: Annotated[str, typer.Argument(help="clear, hit, or (of a confirmed hit) return.")],
    reason: Reason,
    draft: Annotated[
        Path | None,
        typer.Option("--draft", help="Write a draft instead, for the member to approve on its own machine."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Decide a case, with the participant's key and its member's: clear it, confirm the hit, or let it go back."""
    with_quorum("deciding a case")
    if verdict.upper() not in Verdict.__members__:
        raise Failed(f"{verdict!r}: decide clear, hit or return", USAGE)
    with _casework() as (work, session, vault):
        author, body = work.decision(number, Verdict[verdict.upper()], reason)
        if draft is not None:
            signed = drafts.make(session, author, body)
            write_whole(draft, drafts.encode(signed))
            tell_draft(draft, drafts.reading(session.node, signed), as_json)
            return
        refuse(session.say(author, body))
        written = _answer(session, vault)
        case = compliance.case_of(session.node.views.sql, number)
    assert case is not None, "it was just decided"
    if as_json:
        emit({**_plain(case), "answers": written})
    else:
        out.print(f"Case {case.number}: {case.status}. Answers written: {written}.", highlight=False)


@case_app.command("allow")
def case_allow(
    number: Number,
    until: Annotated[
        str, typer.Option("--until", help="The last day on which it holds; a past one ends it.")
    ],
    reason: Reason,
    scope: Annotated[str, typer.Option("--scope", help="all, payments or trade.")] = "all",
    as_json: AsJson = False,
) -> None:
    """Let the parties of a case pass the entries they met, until a day, or until the entry or they change."""
    with_quorum("allowing a name")
    if scope.upper() not in Scope.__members__:
        raise Failed(f"--scope {scope!r}: all, payments or trade", USAGE)
    day = a_date(until)
    with _casework() as (work, *_):
        outcomes = work.allow(number, day, Scope[scope.upper()], reason)
        for each in outcomes:
            refuse(each)
    if as_json:
        emit({"allowed": len(outcomes), "until": until})
    else:
        out.print(f"{len(outcomes)} allowed until {until}.", highlight=False)


@contextmanager
def _casework() -> Iterator[tuple[Casework, Session, Vault]]:
    with opened() as (session, vault):
        try:
            yield Casework(session, vault, Desk(session.node, vault, Lists())), session, vault
        except NoCase as error:
            raise Failed(str(error)) from None


def _answer(session: Session, vault: Vault) -> int:
    """Write the answers that became due by it; return how many."""
    answers = Answers(session.node, vault, settings.home.out, preferences_of(settings.home))
    written = answers.write_missing()
    write_notifications(session.node, vault, answers.outgoing)
    return written


@case_app.command("export")
def case_export(
    number: Number,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="The file to write; HOME/out/cases/… if not named.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a case into one file: entries with proofs, message, evidence, lists; `case check` checks it offline."""
    with opened() as (session, vault):
        try:
            case = case_of(session.node.views.sql, number)
        except NoCase as error:
            raise Failed(str(error)) from None
        node = provable(session)
        data = caseexport.export(node, vault, case, witness_of(node, session))
    path = out_file or settings.home.out / "cases" / f"case-{number}.json"
    write_whole(path, data)
    if as_json:
        emit({"file": str(path), "bytes": len(data)})
    else:
        out.print(f"{path}: {len(data):,} bytes.", markup=False, highlight=False)


@case_app.command("check")
def case_check(
    file: Annotated[Path, typer.Argument(help="The file of a case.")],
    charter_file: Annotated[
        Path, typer.Option("--charter", help="The charter as the members founded the union under it.")
    ],
    as_json: AsJson = False,
) -> None:
    """Check the file of a case offline, and screen again: exit 0 when all of it holds, 7 when not."""
    charter = charter_of(charter_file)
    try:
        with file.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
        found = caseexport.check(data, charter)
    except OSError as error:
        raise Failed(f"{file}: the file cannot be read: {error.strerror}") from None
    except CaseFileFaulty as error:
        raise Failed(f"{file}: {error}", INTEGRITY) from None
    if as_json:
        emit({"holds": not found.wrong, **msgspec.to_builtins(found)})
    else:
        grid = titled(f"Item {found.item}", "entry", "log time, us", "command", "author", "keys", "decided")
        for each in found.steps:
            cells = str(each.entry), str(each.at_us), each.did, each.author
            grid.add_row(*map(Text, (*cells, ", ".join(key[:12] for key in each.keys), each.reason)))
        out.print(grid)
        for wrong in found.wrong:
            err.print(f"{file}: {wrong}", markup=False, highlight=False)
        if not found.wrong:
            out.print(f"All of it holds; screened again {found.replayed} times, with the same result.")
    if found.wrong:
        raise typer.Exit(INTEGRITY)


@app.command("rescreen")
def rescreen(as_json: AsJson = False) -> None:
    """Screen anew what is open of the participants whose keys are here; `submit` and `folder` do so themselves."""
    with_quorum("screening anew")
    with opened() as (session, vault):
        found = Intake(session, vault, settings.home.out).rescreen()
        _answer(session, vault)
    for each in found:
        refuse(each.outcome)
    if as_json:
        emit({"participants": [_again(each) for each in found]})
        return
    for each in found:
        held = f", {len(each.held):,} on hold: {', '.join(each.held)}" if each.held else ""
        out.print(f"{each.participant}: {each.items:,} screened anew{held}.", markup=False, highlight=False)
    if not found:
        out.print("All that is open stands screened against the lists in force.")


def _again(each: Again) -> dict[str, Any]:
    return {"participant": each.participant, "items": each.items, "held": list(each.held)}
