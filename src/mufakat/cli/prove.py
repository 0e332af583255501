"""Commands that prove: verify, prove payment, prove entry, prove balance, verify-proof."""

from pathlib import Path
from typing import Annotated

import typer

from mufakat.audit import proof as proofs
from mufakat.audit.proof import Verdict
from mufakat.audit.replay import verify as verify_journal
from mufakat.cli.charter import charter_of
from mufakat.cli.terminal import USAGE, AsJson, Failed, app, emit, opened, out, progress, settings
from mufakat.console import proofs as sentences
from mufakat.console import tables
from mufakat.journal.durable import write_whole
from mufakat.model.charter import Charter
from mufakat.model.plain import plain
from mufakat.node import proving
from mufakat.node.access import ProvableNode
from mufakat.node.consortium import ConsortiumNode
from mufakat.node.embedded import Node
from mufakat.node.session import Session


@app.command()
def verify(
    journal: Annotated[Path, typer.Argument(help="The journal file; a copy will do.")],
    as_json: AsJson = False,
) -> None:
    """Recompute a journal from genesis: signatures, rules, outcomes, roots; exit 7 at the first fault."""
    with progress() as tell:
        verdict = verify_journal(journal, lambda done, of: tell("entries verified", done, of))
    if as_json:
        emit(verdict)
    else:
        out.print(tables.verdict(verdict, journal))


prove_app = typer.Typer(no_args_is_help=True, help="Proofs that others check with the charter alone.")
app.add_typer(prove_app, name="prove")

Out = Annotated[Path | None, typer.Option("--out", help="The file to write; HOME/out/proofs/… if not named.")]


@prove_app.command("payment")
def prove_payment(
    uetr: Annotated[str, typer.Argument(help="The payment's UETR.")],
    out_file: Out = None,
    as_json: AsJson = False,
) -> None:
    """Write a proof of a payment: its signed order, what became of it, and how it stands now."""
    with opened() as (session, _):
        node = provable(session)
        made = proving.prove_payment(node, uetr.lower(), witness_of(node, session))
        _write(made, out_file, f"payment-{uetr.lower()}.json", as_json)


@prove_app.command("entry")
def prove_entry(
    number: Annotated[
        int, typer.Argument(min=0, max=2**63 - 1, help="The entry's number; 0 is the genesis.")
    ],
    out_file: Out = None,
    as_json: AsJson = False,
) -> None:
    """Write a proof of one entry of the log: its command, as signed, and its outcome."""
    with opened() as (session, _):
        node = provable(session)
        made = proving.prove_entry(node, number, witness_of(node, session))
        _write(made, out_file, f"entry-{number}.json", as_json)


@prove_app.command("balance")
def prove_balance(
    account: Annotated[str, typer.Argument(help="BIC/CURRENCY, or any account as `positions` names it.")],
    out_file: Out = None,
    as_json: AsJson = False,
) -> None:
    """Write a proof of what an account holds now, and of what is bound of it."""
    name = account if account.count("/") > 1 else f"settlement/{account}"
    with opened() as (session, _):
        node = provable(session)
        made = proving.prove_account(node, name, witness_of(node, session))
        _write(made, out_file, f"balance-{name.replace('/', '-')}.json", as_json)


def provable(session: Session) -> ProvableNode:
    """Return the node of a session when a quorum stands behind it; raises Failed on the island."""
    if not isinstance(session.node, Node | ConsortiumNode):
        raise Failed("no quorum stands behind what is provisional; prove it once it is committed", USAGE)
    return session.node


def witness_of(node: ProvableNode, session: Session) -> proving.Witness:
    """Return what shows that a quorum stands behind the head of this home's node."""
    charter = proving.founding_charter(node)
    if settings.home.is_among_others:
        return proving.Chain(settings.home, charter).witness
    return proving.by_audit_keys(charter, session.keys)


def _write(made: tuple[bytes, Verdict], file: Path | None, name: str, as_json: bool) -> None:
    data, verdict = made
    path = file or settings.home.out / "proofs" / name
    write_whole(path, data)
    if as_json:
        emit({"file": str(path), "bytes": len(data), **plain(verdict)})
    else:
        out.print(f"{path}: {len(data):,} bytes, entry {verdict.entry} of {verdict.entries:,}.", markup=False)


@app.command("verify-proof")
def verify_proof(
    file: Annotated[Path, typer.Argument(help="The proof.")],
    charter_file: Annotated[
        Path, typer.Option("--charter", help="The charter as the members founded the union under it.")
    ],
    as_json: AsJson = False,
) -> None:
    """Check a proof offline, with the charter alone: exit 0 proved, 7 not proved."""
    charter = charter_of(charter_file)
    verdict = proofs.check(_read(file), charter)
    if as_json:
        emit({"proved": True, **plain(verdict)})
    else:
        _tell(verdict, charter)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(proofs.MOST_BYTES + 1)
    except OSError as error:
        raise Failed(f"{file}: the proof cannot be read: {error.strerror}") from None


def _tell(verdict: Verdict, charter: Charter) -> None:
    out.print("[bold green]Proved.[/]")
    for line in sentences.proved(verdict, charter):
        out.print(line, markup=False, highlight=False, soft_wrap=True)
