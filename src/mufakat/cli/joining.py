"""Commands of a member that joins a union under way: charter consent, node join.

It makes its keys and its node first, and lets the node follow the others; then it agrees to its entry in the
charter, and the members vote. So its validator is there from the block on that counts it.
"""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from mufakat.cli.charter import charter_app, charter_of
from mufakat.cli.fields import text_of
from mufakat.cli.node import node_app
from mufakat.cli.terminal import AsJson, Failed, emit, out, settings
from mufakat.journal.durable import write_whole
from mufakat.model.charter import Role, union_id
from mufakat.node import assembly, ceremony
from mufakat.node.abci.application import WrongChain
from mufakat.node.engine import NodeSettings, read_genesis
from mufakat.node.enginekeys import node_private


@charter_app.command("consent")
def consent(
    file: Annotated[
        Path, typer.Argument(help="The founding charter with the new member's entry added to it.")
    ],
    member: Annotated[str, typer.Option("--as", help="The new member, such as QR.")],
    to: Annotated[
        Path | None, typer.Option("--out", help="The file to write; <member>.consent if not given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Agree to an entry in the charter of a union under way, with the new member's vote key."""
    charter = charter_of(file)
    entry = charter.member(member)
    if entry is None:
        raise Failed(f"{file}: {member} is no member; add its entry to a copy of the founding charter")
    others = tuple(each for each in charter.members if each.id != member)
    union = union_id(msgspec.structs.replace(charter, members=others))
    signature = ceremony.sign_admission(union, entry, settings.ring()).hex()
    path = to or Path(f"{member}.consent")
    write_whole(path, f"member={text_of(entry)}\nconsent={signature}\n".encode())
    if as_json:
        emit({"file": str(path), "union": union.hex(), "member": entry, "consent": signature})
        return
    out.print(f"{member} agrees to its entry in union", markup=False, highlight=False)
    out.print(union.hex(), highlight=False)
    out.print(f"Give {path} to a member, which proposes AdmitMember with it.", markup=False, highlight=False)


@node_app.command("join")
def join(
    genesis_file: Annotated[Path, typer.Argument(help="HOME/engine/config/genesis.json of any member.")],
    member: Annotated[str, typer.Option("--member", help="Whose node this is.")],
    union: Annotated[
        str, typer.Option("--union", help="The union's identifier, from another source: 64 hex.")
    ],
    p2p: Annotated[
        str, typer.Option("--p2p", help="HOST:PORT on which this node listens to peers.")
    ] = "127.0.0.1:26656",
    rpc_port: Annotated[int, typer.Option("--rpc-port", help="Port for this machine alone.")] = 26657,
    as_json: AsJson = False,
) -> None:
    """Make the node of a member that is not in the founding charter; it follows the others until it is admitted."""
    home = settings.home
    if home.is_among_others or home.journal.exists():
        raise Failed(f"{home.folder} holds a node already; name another --home")
    try:
        genesis, at = read_genesis(genesis_file)
    except WrongChain as error:
        raise Failed(str(error)) from None
    found = union_id(genesis.charter).hex()
    if found != union:
        raise Failed(f"{genesis_file} is of union {found}, not of {union}; do not use it")
    _, validator = settings.ring().pair(member, Role.VALIDATE)
    where = NodeSettings(member, p2p, rpc_port)
    assembly.install(home, genesis, where, at, validator=validator, node=node_private(home))
    if as_json:
        emit({"home": str(home.folder), "union": found, "member": member})
    else:
        out.print(f"The node of {member} is in {home.folder}, union {found[:16]}…", markup=False)
