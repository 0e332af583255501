"""Commands that tell the union something: init, submit, day, cycle, accept, dispute, tell."""

import datetime
import enum
import glob
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from mufakat.cli.charter import found_once, plan_of
from mufakat.cli.fields import a_date, command_of
from mufakat.cli.terminal import (
    USAGE,
    AsJson,
    Failed,
    app,
    clock_us,
    emit,
    err,
    opened,
    out,
    progress,
    refuse,
    settings,
)
from mufakat.console import tables
from mufakat.journal.durable import write_whole
from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.model.identifier import ObligationId
from mufakat.model.outcome import ItemOutcome, Outcome, Status
from mufakat.model.record import told
from mufakat.model.refusal import Reason, Refusal
from mufakat.node import founding
from mufakat.node.access import UnionNode
from mufakat.node.answer import Answers
from mufakat.node.charterfile import write_charter
from mufakat.node.desk import Desk, Lists
from mufakat.node.embedded import Node
from mufakat.node.intake import Intake
from mufakat.node.preferences import preferences_of
from mufakat.node.receipt import Receipt
from mufakat.node.reporting import write_notifications, write_statements
from mufakat.node.rescreening import look_at_debts
from mufakat.node.session import Session
from mufakat.projections import timeline
from mufakat.vault.details import Vault

Answer = type[c.AcceptObligations] | type[c.DisputeObligations]


class DayStep(enum.StrEnum):
    """What `day` can do."""

    OPEN = "open"
    CUTOFF = "cutoff"
    CLOSE = "close"


_PHASES: Final = {DayStep.OPEN: Phase.OPEN, DayStep.CUTOFF: Phase.CUT_OFF, DayStep.CLOSE: Phase.CLOSED}


@app.command()
def init(
    charter: Annotated[Path, typer.Option("--charter", help="The charter, as TOML.")],
    as_json: AsJson = False,
) -> None:
    """Found a union in the home folder: new keys, a genesis that every member signs, and its participants."""
    plan = plan_of(charter)
    if any(member.keys for member in plan.members):
        raise Failed(
            f"{charter} names the members' own keys; init makes all keys on this machine. "
            "Let each member sign it with `mufakat charter sign`, then `mufakat charter found`."
        )
    home = settings.home
    found_once(home)
    ring = settings.ring_for_new_keys() if settings.passphrase_file else settings.ring()
    genesis = founding.make_keys(plan, ring)
    write_whole(home.charter, write_charter(genesis.charter).encode())
    with Node.create(home.folder, genesis, clock_us) as node:
        refused = founding.found(plan, Session(node, ring))
        union, entries = node.union.hex(), node.entries
    if refused:
        # Nobody but this machine has seen it: what is half a union is none.
        for path in (home.journal, home.views, home.charter):
            path.unlink()
        told = "\n".join(f"  {each}" for each in refused)
        raise Failed(f"{charter}: no union is founded, the rules refuse:\n{told}", data={"faults": refused})
    if as_json:
        emit({"home": str(home.folder), "union": union, "entries": entries})
        return
    out.print(f"{genesis.charter.name} is founded in {home.folder}, union {union[:16]}…", markup=False)
    out.print(f"Next: mufakat --home {home.folder} day open", markup=False)


@app.command()
def submit(
    files: Annotated[list[Path], typer.Argument(help="Messages, trade documents, CSV; or folders of them.")],
    author: Annotated[
        str | None, typer.Option("--as", help="BIC of the participant that registers obligations.")
    ] = None,
    release: Annotated[
        bool, typer.Option("--release", help="Put also what is held for missing data of a party, as it is.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put files to the union; each gets its answer, and a bad one stops no other."""
    found = [each for path in files for each in _files(path)]
    if not found:
        raise Failed("no file is there to submit", 2)
    with opened() as (session, vault), progress() as tell:
        missing = _answers(session, vault, tell)
        intake = Intake(session, vault, settings.home.out, preferences_of(settings.home), release=release)
        receipts = list(intake.take(found, author=author, progress=lambda done, of: tell("files", done, of)))
        write_notifications(session.node, vault, _answers_of(session, vault).outgoing)
    if as_json:
        refused = sum(each.refused for each in receipts)
        emit({"files": receipts, "refused": refused, "answers": missing})
    else:
        _tell(receipts)
        if missing:
            out.print(f"{missing} answers that were still owed to earlier files were written.")
    if any(each.refused for each in receipts):
        raise typer.Exit(1)


def _answers(session: Session, vault: Vault, tell: Callable[[str, int, int], None]) -> int:
    """Write the answers that are still owed; return how many."""
    return _answers_of(session, vault).write_missing(lambda done, of: tell("answers", done, of))


def _answers_of(session: Session, vault: Vault) -> Answers:
    return Answers(session.node, vault, settings.home.out, preferences_of(settings.home))


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        kinds = (".xml", ".csv")
        return sorted(each for each in path.rglob("*") if each.suffix.lower() in kinds and each.is_file())
    if not path.exists() and glob.has_magic(str(path)):
        return []
    if path.exists() and not path.is_file():
        raise Failed(f"{path} is a pipe or a device; name files, or folders of them", USAGE)
    return [path]


def _tell(receipts: list[Receipt]) -> None:
    for receipt in receipts:
        for rejection in (receipt.rejection, *(each.rejection for each in receipt.results)):
            if rejection is not None:
                place = f"{receipt.file}:{rejection.line}" if rejection.line else receipt.file
                path = f" {rejection.path}:" if rejection.path else ""
                err.print(f"{place}:{path} {rejection.code}: {rejection.text}", markup=False, highlight=False)
        for warning in receipt.warnings:
            place = f"{receipt.file}:{warning.line}" if warning.line else receipt.file
            err.print(f"{place}: warning, {warning.code}: {warning.text}", markup=False, highlight=False)
    out.print(tables.receipts(receipts))


@app.command()
def day(
    step: Annotated[DayStep, typer.Argument(help="The phase to enter.")],
    date: Annotated[
        str | None, typer.Argument(help="Business date YYYY-MM-DD; today, or the day under way.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Move the business day: each member with a key here declares the phase, until a quorum has.

    Answers that are still owed are written, and at the close a statement for each account. To close a day that is
    closed writes what is missing of it.
    """
    with opened() as (session, vault), progress() as tell:
        node = session.node
        when = _date(node, step, date)
        done = step is DayStep.CLOSE and _is_closed(node, when)
        done = done or by_quorum(session, c.DeclarePhase(when, _PHASES[step]))
        written: dict[str, int] = {}
        if step is DayStep.CLOSE and done:
            written["statements"] = write_statements(
                node,
                vault,
                _answers_of(session, vault).outgoing,
                when.isoformat(),
                progress=lambda done, of: tell("statements", done, of),
            )
        written["statuses"] = _answers(session, vault, tell)
        written["notifications"] = write_notifications(node, vault, _answers_of(session, vault).outgoing)
        if step is DayStep.CLOSE and done:
            node.save_snapshot()
        by = "by the members' quorum" if done else waits_for(session)
    if as_json:
        emit({"date": when.isoformat(), "phase": step.value, "entered": done, **written})
        return
    out.print(f"{when}: [bold]{step}[/] {by}.")
    kinds = " and ".join(f"{count} {kind}" for kind, count in written.items() if count)
    if kinds:
        out.print(f"{kinds} are in {settings.home.out}.")


def _date(node: UnionNode, step: DayStep, text: str | None) -> datetime.date:
    given = None if text is None else a_date(text)
    latest = timeline.business_date(node.views.sql)
    if step is DayStep.OPEN:
        return given or datetime.datetime.now(datetime.UTC).date()
    if latest is None:
        raise Failed("no business day has been opened yet; open one: mufakat day open")
    return given or datetime.date.fromisoformat(latest)


def _is_closed(node: UnionNode, date: datetime.date) -> bool:
    phases = timeline.phases(node.views.sql)
    return any((day, phase) == (date.isoformat(), Phase.CLOSED.name) for day, phase, _ in phases)


def by_quorum(session: Session, body: c.AnyCommand) -> bool:
    """Let members with keys here speak, one after the other, until the union has acted; return whether it has.

    A member that has spoken already, or that has no say now, is passed over. Raises Failed when none could speak.
    """
    last: Outcome | None = None
    for member in session.node.charter.members:
        if not session.can_sign_for(member.id):
            continue
        said = session.say(member.id, body)
        if last is None or said.refusal is None:
            last = said
        if said.refusal is None and said.status is not Status.AWAITING_QUORUM:
            return not settings.island
        if said.refusal is not None and said.refusal.reason not in _PASSED_OVER:
            refuse(said)
    if last is None:
        raise Failed("no member's submit key is on this machine")
    refuse(last)
    return False


_PASSED_OVER: Final = (Reason.ALREADY_DECLARED, Reason.MEMBER_SUSPENDED, Reason.NOT_OWN_AFFAIR)


def waits_for(session: Session) -> str:
    """Say for what it waits that was said here."""
    if settings.island:
        return "said here; it waits for the quorum"
    needed = session.node.charter.rules.day_quorum
    return f"said here; it waits until {needed} members have said it"


cycle_app = typer.Typer(no_args_is_help=True, help="Cycles of set-off, netting and settlement.")
app.add_typer(cycle_app, name="cycle")


@cycle_app.command("run")
def cycle_run(as_json: AsJson = False) -> None:
    """Call the next cycle as each member with a key here, until a quorum has and it runs."""
    with opened() as (session, _):
        number = session.node.cycle + 1
        ran = by_quorum(session, c.CallCycle(number))
        waits = waits_for(session)
        rows = [each for each in timeline.cycles(session.node.views.sql) if each.number == number]
        charter = session.node.charter
    if as_json:
        emit({"cycle": number, "ran": ran, "currencies": rows})
    elif ran:
        out.print(tables.cycles(charter, rows))
    else:
        out.print(f"Cycle {number}: {waits}.")


def _answer(kind: Answer, author: str, ids: list[str], everything: bool, as_json: bool) -> None:
    if bool(ids) == everything:
        raise Failed("name obligations, or --all of them", 2)
    with opened() as (session, vault):
        desk = Desk(session.node, vault, Lists())
        if everything:
            listed = timeline.obligations(session.node.views.sql, status="registered", agent=author)
            ids = [each.id for each in listed if each.debtor_agent == author]
        results: list[ItemOutcome] = []
        most = session.node.charter.rules.max_batch_items
        for at in range(0, len(ids), most):
            chunk = ids[at : at + most]
            body: c.AnyCommand = kind(tuple(map(ObligationId, chunk)))
            if kind is c.AcceptObligations:
                screened, clear = look_at_debts(session, vault, desk, author, chunk)
                results += [_held(each) for each in chunk if each not in clear]
                body = c.AcceptObligations(tuple(map(ObligationId, clear)), screened)
                if not clear:
                    continue
            outcome = session.say(author, body)
            refuse(outcome)
            results += outcome.items
    if as_json:
        emit({"items": results})
    else:
        done = sum(each.refusal is None for each in results)
        out.print(f"{done} of {len(results)} obligations answered.")
    for each in results:
        if each.refusal is not None:
            err.print(f"{each.id}: {each.refusal.code}: {each.refusal.text}", markup=False)
    if any(each.refusal is not None for each in results):
        raise typer.Exit(1)


def _held(name: str) -> ItemOutcome:
    """Say of an obligation that somebody listed may be meant: it went on hold instead."""
    return ItemOutcome(name, Status.HELD, Refusal(Reason.UNDER_REVIEW))


Ids = Annotated[list[str] | None, typer.Argument(help="Identifiers, <creditor LEI>/<reference>.")]
As = Annotated[str, typer.Option("--as", help="BIC of the debtors' participant.")]
Everything = Annotated[bool, typer.Option("--all", help="All that wait for this participant's answer.")]


@app.command()
def accept(author: As, ids: Ids = None, everything: Everything = False, as_json: AsJson = False) -> None:
    """Accept obligations for the debtors that a participant banks."""
    _answer(c.AcceptObligations, author, ids or [], everything, as_json)


@app.command()
def dispute(author: As, ids: Ids = None, everything: Everything = False, as_json: AsJson = False) -> None:
    """Dispute obligations for the debtors that a participant banks."""
    _answer(c.DisputeObligations, author, ids or [], everything, as_json)


@app.command()
def tell(
    author: Annotated[str, typer.Argument(help="Member identifier or participant BIC.")],
    name: Annotated[str, typer.Argument(help="The command, such as IssueMoney.")],
    fields: Annotated[
        list[str] | None, typer.Argument(help="field=value; lists and numbers as JSON.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sign and submit any one command: `tell QM IssueMoney participant=… currency=IDR amount=500`."""
    body = command_of(name, fields or [])
    with opened() as (session, _):
        outcome = session.say(author, body)
    refuse(outcome)
    if as_json:
        emit(told(body, outcome))
    else:
        out.print(f"{name}: {outcome.status.name.lower().replace('_', ' ')}.")
