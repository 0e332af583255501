"""The charter and its founding ceremony: check, sign, found, enact."""

from pathlib import Path
from typing import Annotated

import typer

from mufakat.cli.terminal import AsJson, Failed, app, clock_us, emit, err, opened, out, settings
from mufakat.console import tables
from mufakat.journal.durable import write_whole
from mufakat.model.charter import Charter, Genesis, union_id
from mufakat.node import ceremony, enactment, founding
from mufakat.node.charterfile import write_charter
from mufakat.node.embedded import Node
from mufakat.node.home import Home

charter_app = typer.Typer(
    no_args_is_help=True, help="The charter file, and founding a union by its signatures."
)
app.add_typer(charter_app, name="charter")

File = Annotated[Path, typer.Argument(help="The charter file, with every member's public keys.")]


def plan_of(file: Path) -> founding.Plan:
    """Read a charter file; raises Failed with all that is wrong with it."""
    plan = founding.read_plan(file)
    if isinstance(plan, list):
        raise _faulty(file, plan)
    wrong = founding.faults_before_keys(plan)
    if wrong:
        raise _faulty(file, wrong)
    return plan


def found_once(home: Home) -> None:
    """Raise Failed when there is a union in this home already."""
    if home.journal.exists():
        raise Failed(f"{home.journal} is there already; a union is founded once. Name another --home.")


def charter_of(file: Path) -> Charter:
    """Read the charter of a file with all public keys; raises Failed with all that is wrong with it."""
    charter = founding.charter_of_plan(plan_of(file))
    if isinstance(charter, list):
        raise _faulty(file, charter)
    return charter


def _faulty(file: Path, faults: list[str]) -> Failed:
    return Failed("\n".join(f"{file}: {fault}" for fault in faults), data={"faults": faults})


@charter_app.command("check")
def check(file: File, as_json: AsJson = False) -> None:
    """Check a charter file and give the identifier of the union that it founds."""
    charter = charter_of(file)
    union = union_id(charter).hex()
    if as_json:
        emit({"union": union, "charter": charter})
        return
    out.print(f"{charter.name}: {len(charter.members)} members, union", markup=False, highlight=False)
    out.print(union, highlight=False)
    out.print("Every member must see this number from its own copy before it signs.")


@charter_app.command("sign")
def sign(
    file: File,
    member: Annotated[str, typer.Option("--as", help="The member that signs, such as QM.")],
    to: Annotated[
        Path | None, typer.Option("--out", help="The signature file; <member>.sig if not given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sign a charter with the member's vote key, and write the signature as a small file."""
    charter = charter_of(file)
    if charter.member(member) is None:
        raise Failed(
            f"{file}: {member} is no member; there are {', '.join(each.id for each in charter.members)}"
        )
    signature = ceremony.sign_charter(charter, member, settings.ring())
    path = to or Path(f"{member}.sig")
    write_whole(path, ceremony.encode_signature(signature))
    if as_json:
        emit({"file": str(path), "signature": signature})
        return
    out.print(f"{member} signed union", markup=False, highlight=False)
    out.print(signature.union, highlight=False)
    out.print(f"Give {path} to the other members; it holds no secret.", markup=False, highlight=False)


@charter_app.command("found")
def found(
    file: File,
    signatures: Annotated[list[Path], typer.Argument(help="A signature file of every member.")],
    as_json: AsJson = False,
) -> None:
    """Found the union in the home folder with the signatures of all members; no private key is needed."""
    charter = charter_of(file)
    found_once(settings.home)
    genesis = ceremony.genesis_of(charter, [ceremony.read_signature(path) for path in signatures])
    if not isinstance(genesis, Genesis):
        raise Failed("the union is not founded:\n" + "\n".join(genesis), data={"faults": genesis})
    home = settings.home
    write_whole(home.charter, write_charter(charter).encode())
    with Node.create(home.folder, genesis, clock_us) as node:
        union = node.union.hex()
    if as_json:
        emit({"home": str(home.folder), "union": union, "entries": 1})
        return
    out.print(f"{charter.name} is founded in {home.folder}, union", markup=False, highlight=False)
    out.print(union, highlight=False)


@charter_app.command("enact")
def enact(file: File, as_json: AsJson = False) -> None:
    """Let the members whose keys are here say what the file plans for them, but for what was said before."""
    plan = plan_of(file)
    with opened() as (session, _):
        wrong = enactment.faults_for(plan, session.node)
        if wrong:
            raise _faulty(file, wrong)
        rows = enactment.enact(plan, session)
    refused = [each for each in rows if each.part is enactment.Part.REFUSED]
    if as_json:
        emit({"commands": rows, "refused": len(refused)})
    else:
        out.print(tables.enacted(rows))
    for each in refused:
        err.print(f"{each.author}: {each.command} {each.about}: {each.note}", style="red", markup=False)
    if refused:
        raise typer.Exit(1)
