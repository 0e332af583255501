"""What a node tells readers through its engine: each path one question, each answer canonical MessagePack.

/snapshot          the block of the newest snapshot that this node offers, 0 for none
/head              Head: what is durable here
/behind            Behind: what of it the views do not show yet
/sequence          data: public key (32 bytes)     -> the key's next sequence number
/union             Standing: the charter in force, the last cycle
/state             the whole state, as core.dump.dump writes it
/outcomes          data: SHA-256 of commands       -> for each Told, or None while it is not on the log
/entries           data: entry number u64          -> (log time, command, outcome) from there, about a MiB
/entry             data: entry number u64          -> Included: the entry and its place in the tree
/record/TABLE      data: the record's key, UTF-8   -> Recorded: the record and its proof against the state root
"""

import struct
from typing import Final

import msgspec

from mufakat.core.dump import dump
from mufakat.core.proof import RecordProof, prove
from mufakat.model.charter import Charter
from mufakat.node.replica import Replica


class Head(msgspec.Struct, frozen=True, array_like=True):
    """What is durable on a node: `block` is the engine's height of the last batch, roots have 32 bytes."""

    union: bytes
    entries: int
    block: int
    tree_root: bytes
    state_root: bytes
    last_us: int


class Standing(msgspec.Struct, frozen=True, array_like=True):
    """The charter in force and the number of the last cycle."""

    charter: Charter
    cycle: int


class Told(msgspec.Struct, frozen=True, array_like=True):
    """A command on the log: entry number, log time, canonical outcome."""

    entry: int
    at_us: int
    outcome: bytes


class Included(msgspec.Struct, frozen=True, array_like=True):
    """An entry, its audit path (RFC 9162), and the head to which the path leads."""

    seq: int
    at_us: int
    command: bytes
    outcome: bytes
    path: tuple[bytes, ...]
    head: Head


class Recorded(msgspec.Struct, frozen=True, array_like=True):
    """A record of the state and the proof that the state root commits to it."""

    proof: RecordProof
    head: Head


SNAPSHOT: Final = "/snapshot"
_RECORD: Final = "/record/"
_PAGE_BYTES: Final = 1 << 20
_MOST_ENTRIES: Final = 2**62
"""More than any journal numbers; what is asked beyond it has no entry either."""


def answer(replica: Replica, path: str, data: bytes) -> bytes | None:
    """Answer one question, or return None when there is no answer."""
    found = _answer(replica, path, data)
    return None if found is None else msgspec.msgpack.encode(found)


def _answer(replica: Replica, path: str, data: bytes) -> object:
    match path:
        case "/head":
            return head(replica)
        case "/behind":
            return replica.behind()
        case "/sequence":
            key = replica.state.keys.get(data.hex())
            return key.sequence + 1 if key else 1
        case "/union":
            return Standing(replica.state.charter, replica.state.cycle)
        case "/state":
            return msgspec.Raw(dump(replica.state))
        case "/outcomes":
            return [_told(replica, data[at : at + 32]) for at in range(0, len(data), 32)]
        case "/entries" if len(data) == 8:
            return _page(replica, _number(data))
        case "/entry" if len(data) == 8:
            return included(replica, _number(data))
        case _ if path.startswith(_RECORD):
            return recorded(replica, path.removeprefix(_RECORD), data.decode("utf-8", "replace"))
    return None


def _number(data: bytes) -> int:
    number: int = struct.unpack(">Q", data)[0]
    return min(number, _MOST_ENTRIES)


def head(replica: Replica) -> Head:
    """Return what is durable on this node."""
    durable = replica.journal.head
    return Head(
        replica.state.union,
        durable.entries,
        durable.block,
        durable.tree_root,
        durable.state_root,
        replica.last_us,
    )


def _told(replica: Replica, digest: bytes) -> Told | None:
    seq = replica.views.entry_of(digest)
    entry = None if seq is None else replica.journal.entry(seq)
    return None if entry is None else Told(entry.seq, entry.at_us, entry.outcome)


def _page(replica: Replica, first: int) -> list[tuple[int, bytes, bytes]]:
    page: list[tuple[int, bytes, bytes]] = []
    size = 0
    for entry in replica.journal.entries(first):
        page.append((entry.at_us, entry.command, entry.outcome))
        size += len(entry.command) + len(entry.outcome)
        if size >= _PAGE_BYTES:
            break
    return page


def included(replica: Replica, seq: int) -> Included | None:
    """Return an entry with its path to the head, or None when there is none of that number."""
    entry = replica.journal.entry(seq)
    if entry is None:
        return None
    path = tuple(replica.journal.inclusion_proof(seq))
    return Included(entry.seq, entry.at_us, entry.command, entry.outcome, path, head(replica))


def recorded(replica: Replica, table: str, key: str) -> Recorded | None:
    """Return a record of the state with its proof, or None when there is none."""
    proof = prove(replica.state, table, key)
    return None if proof is None else Recorded(proof, head(replica))
