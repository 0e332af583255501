"""Commands that several sign, each on its own machine: draft make, show, approve, send."""

import json
from pathlib import Path
from typing import Annotated

import typer

from mufakat.cli.fields import command_of
from mufakat.cli.terminal import AsJson, app, emit, opened, out, refuse, with_quorum
from mufakat.journal.durable import write_whole
from mufakat.node import draft as drafts
from mufakat.node.draft import Reading

draft_app = typer.Typer(
    no_args_is_help=True, help="Commands that several sign, each on its own machine, before they are said."
)
app.add_typer(draft_app, name="draft")

File = Annotated[Path, typer.Argument(help="The draft.")]


@draft_app.command("make")
def make(
    author: Annotated[str, typer.Argument(help="Member identifier or participant BIC.")],
    name: Annotated[str, typer.Argument(help="The command, such as SetSwingLine.")],
    fields: Annotated[
        list[str] | None, typer.Argument(help="field=value; lists and numbers as JSON.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--out", help="The file to write; <command>.draft if not given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sign a command with the author's key, and write it for those who have to approve it; nothing is said yet."""
    with_quorum("a draft")
    body = command_of(name, fields or [])
    path = to or Path(f"{name}.draft")
    with opened() as (session, _):
        signed = drafts.make(session, author, body)
        found = drafts.reading(session.node, signed)
    write_whole(path, drafts.encode(signed))
    tell_draft(path, found, as_json)


@draft_app.command("show")
def show(file: File, as_json: AsJson = False) -> None:
    """Show what a draft says, who approved it, and who has still to."""
    with_quorum("a draft")
    with opened() as (session, _):
        found = drafts.reading(session.node, drafts.read(file, session.node))
    tell_draft(file, found, as_json)


@draft_app.command("approve")
def approve(
    file: File,
    approver: Annotated[str, typer.Option("--as", help="Whose approve key signs, such as QN.")],
    to: Annotated[
        Path | None, typer.Option("--out", help="The file to write; the draft if not given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add the signature of an approve key to a draft; look at it first with `draft show`."""
    with_quorum("a draft")
    path = to or file
    with opened() as (session, _):
        signed = drafts.approve(session, drafts.read(file, session.node), approver)
        found = drafts.reading(session.node, signed)
    write_whole(path, drafts.encode(signed))
    tell_draft(path, found, as_json)


@draft_app.command("send")
def send(file: File, as_json: AsJson = False) -> None:
    """Say a draft to the union, once all have signed it; no private key is needed."""
    with_quorum("a draft")
    with opened() as (session, _):
        signed = drafts.read(file, session.node)
        outcome = drafts.send(session.node, signed)
    refuse(outcome)
    if as_json:
        emit(outcome)
    else:
        name = type(signed.instruction.body).__name__
        out.print(f"{name}: {outcome.status.name.lower().replace('_', ' ')}.")


def tell_draft(path: Path, found: Reading, as_json: bool) -> None:
    """Show what a draft that was written says, and who has still to approve it."""
    if as_json:
        emit({"file": str(path), "draft": found})
        return
    lines = [f"{found.author} says {found.command}"]
    # As JSON: what another machine wrote cannot look like a line of this program's.
    lines += [f"  {name}: {json.dumps(value)}" for name, value in found.fields.items()]
    lines.append(f"valid until {found.valid_until}, as number {found.sequence} of its key, in union")
    lines.append(found.union)
    lines += [f"approved by {each}" for each in found.approved]
    if found.missing:
        lines.append(f"Give {path} to {', '.join(found.missing)}; it holds no secret.")
    else:
        lines.append(f"All have signed it. Next: mufakat draft send {path}")
    for line in lines:
        out.print(line, markup=False, highlight=False, soft_wrap=True)
