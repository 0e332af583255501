"""The key ring of this machine: list, make, encrypt, change the passphrase; and keys on the log: rotate, revoke."""

import hashlib
import re
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from mufakat.cli import passphrase
from mufakat.cli.terminal import (
    AsJson,
    Failed,
    Why,
    app,
    emit,
    err,
    node_of,
    opened,
    out,
    refuse,
    settings,
    with_quorum,
)
from mufakat.console import tables
from mufakat.journal.log import JournalInUse
from mufakat.model import command as c
from mufakat.model import identifier
from mufakat.model.charter import Role
from mufakat.model.plain import plain
from mufakat.model.proposal import RotateKeys
from mufakat.node import founding, rotation
from mufakat.node.access import UnionNode
from mufakat.node.charterfile import key_lines
from mufakat.node.keys import Held, KeyRing
from mufakat.node.rpc import EngineUnreachable

keys_app = typer.Typer(no_args_is_help=True, help="The signing keys on this machine.")
app.add_typer(keys_app, name="keys")

By = Annotated[
    str | None, typer.Option("--by", help="The member that says it; the author itself if it is one.")
]

_PUBLIC: Final = re.compile(r"[0-9a-fA-F]{64}")
MEMBERS_OWN = (*founding.MEMBER_ROLES, Role.VALIDATE)


@keys_app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List the keys here: whose, which role, encrypted or not, and what the log knows of them."""
    held = KeyRing(settings.home.keys).held()
    standings = _standings(held)
    if as_json:
        rows = zip(held, standings, strict=True)
        emit({"keys": [{**plain(each), "standing": standing} for each, standing in rows]})
    else:
        out.print(tables.keys(held, standings))
        open_files = sum(not each.encrypted and not each.fault for each in held)
        if open_files:
            out.print(
                f"{open_files} keys are NOT encrypted: `mufakat keys encrypt` seals them with a passphrase."
            )
    for each in held:
        if each.fault:
            err.print(each.fault, style="red", markup=False)
    if any(each.fault for each in held):
        raise typer.Exit(1)


def _standings(held: list[Held]) -> list[str | None]:
    """Say what the log here has of each key; None where there is no log to look at."""
    home = settings.home
    if not (home.journal.exists() or home.is_among_others):
        return [None] * len(held)
    try:
        with closing(node_of(home)) as node:
            return [_standing(node, each) for each in held]
    except (JournalInUse, EngineUnreachable):
        return [None] * len(held)


def _standing(node: UnionNode, held: Held) -> str:
    key = node.key(held.public)
    if key is None:
        return "not on the log"
    if key.revoked:
        return "revoked"
    if key.owner != held.author or held.role not in key.roles:
        return f"{', '.join(key.roles)} of {key.owner}"
    return "in force"


@keys_app.command("make")
def make(
    author: Annotated[str, typer.Argument(help="Member identifier or participant BIC.")],
    roles: Annotated[
        list[Role] | None, typer.Option("--role", help="A role, again for more; all of the author's if none.")
    ] = None,
    unencrypted: Annotated[
        bool, typer.Option("--plain", help="Without a passphrase: for demonstrations only.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make keys and print their public halves as lines for the charter file; keys that are here already stay."""
    author, possible = _author(author)
    wanted = tuple(dict.fromkeys(roles or possible))
    for role in wanted:
        if role not in possible:
            raise Failed(f"{author} is a participant; its keys have the roles {', '.join(possible)}", 2)
    here = KeyRing(settings.home.keys)
    missing = [role for role in wanted if not here.has(author, role)]
    ring = here if unencrypted or not missing else settings.ring_for_new_keys()
    grants = ring.granted(author, wanted)
    if as_json:
        made = [
            {"public": each.public, "roles": each.roles, "made": each.roles[0] in missing} for each in grants
        ]
        emit({"author": author, "folder": str(settings.home.keys), "keys": made})
    else:
        typer.echo(key_lines(grants), nl=False)


def _author(text: str) -> tuple[str, tuple[Role, ...]]:
    if identifier.member_id(text):
        return text, MEMBERS_OWN
    bic = identifier.bic(text)
    if bic is None:
        raise Failed(f"{text!r} is neither a member's code of two capital letters nor a BIC", 2)
    return bic, founding.BANK_ROLES


@keys_app.command("encrypt")
def encrypt(as_json: AsJson = False) -> None:
    """Encrypt every key here that is not, in place; run it again when it was broken off."""
    _tell_changed(settings.ring_for_new_keys().encrypt(), "encrypted", as_json)


@keys_app.command("change-passphrase")
def change_passphrase(
    new_file: Annotated[
        Path | None,
        typer.Option("--new-passphrase-file", help="The file that holds the new one; else a terminal asks."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Encrypt every encrypted key here with a new passphrase; run it again when it was broken off."""
    ring = settings.ring()
    if not any(each.encrypted for each in ring.held()):
        raise Failed("no key here is encrypted; `mufakat keys encrypt` is for that")
    _tell_changed(ring.change_passphrase(passphrase.to_seal(new_file)), "encrypted anew", as_json)


def _tell_changed(changed: list[Held], how: str, as_json: bool) -> None:
    result: dict[str, Any] = {"changed": [each.file for each in changed]}
    if as_json:
        emit(result)
        return
    out.print(f"{len(changed)} keys {how}.")
    if changed:
        out.print(
            "Copies that were made before are still open to whoever has them and the old passphrase, if any."
        )


@keys_app.command("rotate")
def rotate(
    author: Annotated[str, typer.Argument(help="Member identifier or participant BIC.")],
    roles: Annotated[list[Role], typer.Option("--role", help="A role whose key is changed; again for more.")],
    text: Why,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Make new keys, and let the member put them in force on the log and revoke the old ones, in one step."""
    author, wanted = _rotated(author, roles)
    member, digest = _speaker(author, by), hashlib.sha256(text.read_bytes()).digest()
    with_quorum("changing keys")
    with opened() as (session, _):
        ring = settings.ring()
        old = tuple(ring.public(author, role) for role in wanted)
        granted = rotation.prepare(ring, author, wanted)
        outcome = session.say(member, c.Propose(RotateKeys(author, granted, old), digest))
        try:
            refuse(outcome)
        except Failed as failed:
            raise Failed(f"{failed.text}\n{_STILL_OLD.format(author)}", data=failed.data) from None
        swapped = rotation.settle(ring, session.node.key)
    if as_json:
        emit(
            {"author": author, "in_force": [each.file for each in swapped], "revoked": [k.hex() for k in old]}
        )
    else:
        out.print(f"{len(swapped)} keys of {author} are in force; the old ones are revoked.")


_STILL_OLD: Final = (
    "The old keys stay in force. The new ones wait beside them: `mufakat keys rotate` uses them when it is said "
    "again, `mufakat keys discard {}` removes them."
)


def _rotated(author: str, roles: list[Role]) -> tuple[str, tuple[Role, ...]]:
    author, possible = _author(author)
    if Role.VALIDATE in roles:
        raise Failed("the validator's key is the engine's; `mufakat node rotate-validator` changes it", 2)
    if set(roles) - set(possible):
        raise Failed(f"{author}'s keys have the roles {', '.join(possible)}", 2)
    return author, tuple(dict.fromkeys(roles))


def _speaker(author: str, by: str | None) -> str:
    """Name the member that says what becomes of an author's keys."""
    if by is None and not identifier.member_id(author):
        raise Failed(f"{author} is a participant; its member speaks for its keys: --by", 2)
    return by or author


@keys_app.command("discard")
def discard(
    author: Annotated[str, typer.Argument(help="Member identifier or participant BIC.")],
    as_json: AsJson = False,
) -> None:
    """Remove new keys that wait to follow those in force; never while the log may still get to know them."""
    author, _ = _author(author)
    with_quorum("discarding keys")
    with opened() as (session, _):
        ring = settings.ring()
        waiting = [each for each in ring.held() if each.author == author and each.next]
        if not waiting:
            raise Failed(f"no new key of {author} waits here")
        if broken := [each.fault for each in waiting if each.fault]:
            raise Failed("\n".join(broken))
        known = [each for each in waiting if session.node.key(each.public) is not None]
        if known:
            raise Failed(f"the log knows {known[0].public.hex()}; `mufakat keys list` says how it stands")
        for each in waiting:
            ring.discard(author, each.role)
    if as_json:
        emit({"author": author, "discarded": [each.public.hex() for each in waiting]})
    else:
        out.print(f"{len(waiting)} keys of {author} are discarded; those in force stay.")


@keys_app.command("revoke")
def revoke(
    author: Annotated[str, typer.Argument(help="Member identifier or participant BIC.")],
    public: Annotated[list[str], typer.Option("--public", help="The public key, 64 hex digits.")],
    text: Why,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Revoke keys on the log, such as one that was lost; nothing signed with them is taken from then on."""
    author, _ = _author(author)
    if not all(_PUBLIC.fullmatch(each) for each in public):
        raise Failed("--public takes 64 hex digits; `mufakat keys list` prints them", 2)
    keys = tuple(bytes.fromhex(each) for each in dict.fromkeys(public))
    member, digest = _speaker(author, by), hashlib.sha256(text.read_bytes()).digest()
    with opened() as (session, _):
        refuse(session.say(member, c.Propose(RotateKeys(author, (), keys), digest)))
    if as_json:
        emit({"author": author, "revoked": [each.hex() for each in keys]})
    else:
        out.print(f"{len(keys)} keys of {author} are revoked.")
