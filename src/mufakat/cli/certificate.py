"""Commands of netting certificates: cycle certify, cycle show, certificate, verify-certificate."""

from pathlib import Path
from typing import Annotated, Final

import typer

from mufakat.audit import certificate as files
from mufakat.audit import holding
from mufakat.audit.certificate import CertificateRefused, Verdict
from mufakat.cli.charter import charter_of
from mufakat.cli.operate import cycle_app
from mufakat.cli.prove import provable
from mufakat.cli.terminal import (
    USAGE,
    AsJson,
    Failed,
    app,
    emit,
    looked,
    opened,
    out,
    refuse,
    settings,
    with_quorum,
)
from mufakat.console import certificate as pages
from mufakat.console import tables
from mufakat.journal.durable import write_whole
from mufakat.messages.camt import read_bookings
from mufakat.messages.envelope import MAX_BYTES
from mufakat.messages.fault import Fault
from mufakat.messages.tabular import read_items_csv
from mufakat.model import command as c
from mufakat.model.charter import Charter
from mufakat.model.plain import plain
from mufakat.model.refusal import Reason
from mufakat.node import certifying
from mufakat.node.session import Session
from mufakat.projections import balance, timeline
from mufakat.projections import certificate as views

MOST_ITEMS_BYTES: Final = 1 << 30
"""More than any holder's list of a cycle has."""
Number = Annotated[int, typer.Argument(min=1, max=2**63 - 1, help="The cycle's number.")]


@cycle_app.command("certify")
def certify(
    number: Number,
    member: Annotated[
        str | None, typer.Option("--as", help="Only this member; all with a key here if not named.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute a cycle's certificates from this copy and sign their root; exit 7 when they come to another."""
    with_quorum("a cycle's certificates")
    with opened() as (session, _):
        certified = certifying.recompute(session.node.views.sql, session.node.charter, number)
        signed = _sign(session, number, certified.root, member)
        sql = session.node.views.sql
        signers = [each.member for each in views.signatures(sql, number)]
        now = views.certified(sql, number)
        attested = now is not None and now.attested is not None
        needed = session.node.charter.rules.day_quorum
    if as_json:
        emit(
            {
                "cycle": number,
                "root": certified.root,
                "signed": signed,
                "signers": signers,
                "attested": attested,
            }
        )
        return
    out.print(f"Cycle {number}: {certified.leaves} certificates recomputed, root {certified.root.hex()}.")
    stands = "attested" if attested else f"not attested yet, {needed} members sign it"
    out.print(f"Signed by {', '.join(signers)}; {stands}.")


def _sign(session: Session, cycle: int, root: bytes, only: str | None) -> list[str]:
    """Sign as each member with a key here; return those that did so now. Who has signed before is passed over."""
    members = [each.id for each in session.node.charter.members if only in {None, each.id}]
    if not members:
        raise Failed(f"no member {only!r} in the charter", USAGE)
    here = [each for each in members if session.can_sign_for(each)]
    if not here:
        raise Failed("no member's submit key is on this machine")
    before = [each.member for each in views.signatures(session.node.views.sql, cycle)]
    signed: list[str] = []
    for each in here:
        if each in before:
            continue
        said = session.say(each, c.CertifyCycle(cycle, root))
        if said.refusal is None:
            signed.append(each)
        elif only is not None or said.refusal.reason not in _PASSED_OVER:
            refuse(said)
    return signed


_PASSED_OVER: Final = (Reason.ALREADY_CERTIFIED, Reason.MEMBER_SUSPENDED)


@cycle_app.command("show")
def show(number: Number, as_json: AsJson = False) -> None:
    """Show what a cycle did in each currency, its root, and which members signed it."""
    with looked() as (sql, charter):
        rows = [each for each in timeline.cycles(sql) if each.number == number]
        certified, signatures = views.certified(sql, number), views.signatures(sql, number)
    if certified is None:
        raise Failed(f"no cycle {number} has run")
    if as_json:
        emit({"currencies": rows, "certified": certified, "signatures": signatures})
        return
    out.print(tables.cycles(charter, rows))
    for line in pages.attested(certified, signatures, charter.rules.day_quorum):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


@app.command("certificate")
def certificate(
    cycle: Annotated[int, typer.Option("--cycle", min=1, max=2**63 - 1, help="The cycle's number.")],
    participant: Annotated[
        str | None, typer.Option("--participant", help="Of this participant (BIC).")
    ] = None,
    member: Annotated[str | None, typer.Option("--member", help="Of this member with all its banks.")] = None,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="The file to write; HOME/out/certificates/… if not named.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--html", help="Write it as a page too, A4 when printed.")
    ] = None,
    items: Annotated[
        Path | None, typer.Option("--items", help="Write the items that it sums up too, as CSV.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the netting certificate of a participant or a member, signed by the members."""
    if (participant is None) == (member is None):
        raise Failed("name --participant BIC or --member ID, one of them", USAGE)
    with opened() as (session, _):
        node = provable(session)
        holder = _holder(session, participant, member)
        data, verdict = certifying.certificate_of(node, cycle, holder)
        held = certifying.items_of(node.views.sql, cycle, holder)
        charter = node.charter
    path = out_file or settings.home.out / "certificates" / f"cycle-{cycle}-{holder}.json"
    write_whole(path, data)
    if items:
        write_whole(items, certifying.items_csv(held, charter))
    if page:
        write_whole(page, pages.page(verdict, charter, held).encode())
    if as_json:
        written = {"file": str(path), "html": page and str(page), "items": items and str(items)}
        emit({**written, **plain(verdict)})
        return
    out.print(pages.table(verdict, charter))
    for each in (path, page, items):
        if each:
            out.print(f"Written: {each}", markup=False, highlight=False)


def _holder(session: Session, participant: str | None, member: str | None) -> str:
    sql, charter = session.node.views.sql, session.node.charter
    if participant is not None:
        known, what, named = balance.participants(sql), "participant", participant
    else:
        known, what, named = [str(each.id) for each in charter.members], "member", member or ""
    if named not in known:
        raise Failed(f"no {what} {named!r}; there are {', '.join(known)}", USAGE)
    return named


@app.command("verify-certificate")
def verify_certificate(
    file: Annotated[Path, typer.Argument(help="The certificate.")],
    charter_file: Annotated[
        Path, typer.Option("--charter", help="The charter as the members founded the union under it.")
    ],
    items: Annotated[
        Path | None,
        typer.Option("--items", help="The holder's own list of items, as CSV: hold the figures against it."),
    ] = None,
    statement: Annotated[
        list[Path] | None,
        typer.Option("--statement", help="A camt.053 of the holder's account that day; several for several."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a netting certificate offline, with the charter alone: exit 0 it holds, 7 it does not."""
    charter = charter_of(charter_file)
    verdict = files.check(_read(file, files.MOST_BYTES, "certificate"), charter)
    if items is not None:
        _compare(verdict, items, charter)
    for each in statement or []:
        _compare_statement(verdict, each, charter)
    if as_json:
        compared = {"items_compared": items is not None, "statements_compared": len(statement or [])}
        emit({"holds": True, **compared, **plain(verdict)})
        return
    out.print("[bold green]It holds.[/]")
    out.print(pages.table(verdict, charter))
    for line in pages.shown(verdict, compared=items is not None):
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    for each in statement or []:
        out.print(f"{each}: booked as the certificate says.", markup=False, highlight=False)


def _compare_statement(verdict: Verdict, file: Path, charter: Charter) -> None:
    """Raise CertificateRefused when a statement of account has booked something else."""
    booked = read_bookings(_read(file, MAX_BYTES, "statement"))
    if isinstance(booked, Fault):
        raise Failed(f"{file}:{booked.line or 1}: {booked.text}")
    try:
        differing = holding.faults_against_statement(verdict.leaves, booked, charter)
    except holding.ItemsFaulty as faulty:
        raise Failed(f"{file}: entry {faulty}") from None
    if differing:
        raise CertificateRefused(f"{file}: {'; '.join(differing)}")


def _compare(verdict: Verdict, items: Path, charter: Charter) -> None:
    """Raise CertificateRefused with each figure to which the holder's own items do not come."""
    rows, faults = read_items_csv(_read(items, MOST_ITEMS_BYTES, "list of items"))
    if faults:
        first = faults[0]
        raise Failed(f"{items}:{first.line or 1}: {first.path or 'row'}: {first.text}")
    try:
        held = holding.holdings_of(rows, charter)
    except holding.ItemsFaulty as faulty:
        raise Failed(f"{items}:{faulty}") from None
    differing = holding.faults_against(verdict.leaves, held)
    if differing:
        raise CertificateRefused("\n  ".join(("these items are not those of the certificate:", *differing)))


def _read(file: Path, most: int, what: str) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(most + 1)
    except OSError as error:
        raise Failed(f"{file}: the {what} cannot be read: {error.strerror}") from None
