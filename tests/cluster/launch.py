"""Start a node whose program lies, or is old: `launch.py TRICK --home HOME node run`.

A trick puts one thing of the program in the place of another before it runs; all else is the program as it is.
What a trick is to say or when it begins, it reads from files in the node's home.
"""

import hashlib
import sys
import zlib
from pathlib import Path
from typing import Any

import msgspec

Commands = list[bytes]


def home() -> Path:
    return Path(sys.argv[sys.argv.index("--home") + 1])


def old_program() -> None:
    """Knows protocol 1 and no other."""
    from mufakat.model import charter  # noqa: PLC0415 - before anything reads it

    charter.PROTOCOLS = (1,)


def proposes_what_nobody_may() -> None:
    """Puts into each block that it proposes the next group of commands of HOME/lies, and calls it right."""
    from mufakat.node.abci import application  # noqa: PLC0415

    honest, told = application.Application.prepare_proposal, home() / "lies.told"

    def prepare(self: Any, request: Any) -> Any:
        lies = msgspec.msgpack.decode((home() / "lies").read_bytes(), type=list[Commands])
        done = int(told.read_text()) if told.exists() else 0
        if done == len(lies):
            return honest(self, request)
        told.write_text(str(done + 1))
        return application.T["AbciResponsePrepareProposal"](txs=[*lies[done], *request.txs])

    application.Application.prepare_proposal = prepare
    application.Application.process_proposal = _accept


def lets_everything_in() -> None:
    """Looks at nothing before it is decided: neither in its pool nor in a block."""
    from mufakat.node.abci import application  # noqa: PLC0415

    kinds = application.T

    def prepare(_self: Any, request: Any) -> Any:
        chosen, room = [], request.max_tx_bytes
        for data in request.txs:
            room -= len(data) + 8
            if room > 0:
                chosen.append(data)
        return kinds["AbciResponsePrepareProposal"](txs=chosen)

    application.Application.check_tx = lambda _self, _request: kinds["AbciResponseCheckTx"](code=0)
    application.Application.prepare_proposal = prepare
    application.Application.process_proposal = _accept


def disagrees_with_all() -> None:
    """Takes no proposal: two of one validator, one of which does this, sign two things in every round."""
    from mufakat.node.abci import application  # noqa: PLC0415

    application.Application.process_proposal = lambda _self, _request: application.T[
        "AbciResponseProcessProposal"
    ](status=application.REJECT)


def reports_another_hash() -> None:
    """Says, once HOME/lie is there, that the blocks lead to another state than they do."""
    from mufakat.node.abci import application  # noqa: PLC0415

    honest = application.Application.finalize_block

    def finalize(self: Any, request: Any) -> Any:
        response = honest(self, request)
        if (home() / "lie").exists():
            response.app_hash = hashlib.sha256(response.app_hash).digest()
        return response

    application.Application.finalize_block = finalize


def alters_snapshots() -> None:
    """Gives other nodes snapshots with a lie in them, of the kind that HOME/lie names."""
    from mufakat.core.accounts import Account  # noqa: PLC0415
    from mufakat.node.abci import snapshots  # noqa: PLC0415

    offers, chunk, contents_of = snapshots.Snapshots.offers, snapshots.Snapshots.chunk, snapshots.Contents

    def lie() -> str:
        return (home() / "lie").read_text()

    def richer(packed: bytes) -> bytes:
        state = msgspec.msgpack.decode(zlib.decompress(packed))
        balance = Account.__struct_fields__.index("balance")
        account = next(each for each in dict(state[1])["accounts"] if each[balance] > 0)
        account[balance] += 1
        return zlib.compress(msgspec.msgpack.encode(state), 1)

    def lying_offers(self: Any) -> list[Any]:
        found = offers(self)
        if lie() == "state made up":
            for each in found:
                contents = msgspec.msgpack.decode(each.metadata, type=contents_of)
                forged = richer((home() / "snapshots" / f"{each.height}.state").read_bytes())
                digest = hashlib.sha256(forged).digest()
                each.metadata = msgspec.msgpack.encode(msgspec.structs.replace(contents, state_digest=digest))
                each.hash = hashlib.sha256(each.metadata).digest()
        return found

    def lying_chunk(self: Any, replica: Any, block: int, index: int) -> bytes:
        honest = chunk(self, replica, block, index)
        if not honest:
            return honest
        packed = (home() / "snapshots" / f"{block}.contents").read_bytes()
        contents = msgspec.msgpack.decode(packed, type=contents_of)
        is_history, is_state = index < len(contents.history), index >= contents.parts_before_state()
        match lie(), is_history, is_state:
            case ("state altered", False, _) | ("history altered", True, _):
                return honest[:-1] + bytes([honest[-1] ^ 1])
            case ("history shortened", True, _):
                batches = msgspec.msgpack.decode(zlib.decompress(honest))
                return zlib.compress(msgspec.msgpack.encode(batches[:-1]), 1)
            case ("state made up", _, True):
                return richer(honest)
        return honest

    snapshots.Snapshots.offers = lying_offers
    snapshots.Snapshots.chunk = lying_chunk


def _accept(_self: Any, _request: Any) -> Any:
    from mufakat.node.abci import application  # noqa: PLC0415

    return application.T["AbciResponseProcessProposal"](status=application.ACCEPT)


TRICKS = {
    each.__name__: each
    for each in (
        *(old_program, proposes_what_nobody_may, lets_everything_in, disagrees_with_all),
        *(reports_another_hash, alters_snapshots),
    )
}

if __name__ == "__main__":
    TRICKS[sys.argv.pop(1)]()
    from mufakat.cli import main

    sys.exit(main())
