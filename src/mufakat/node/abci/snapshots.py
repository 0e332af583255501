"""Snapshots for state sync: how a new or a rebuilt node gets history and state from its peers.

A snapshot is the history in parts (journal.archive), then the state after it in parts: the register's rows, which
are read where the node keeps them (node.saving), and all else, packed. Its metadata say how many; every node makes
the same snapshot at the same block. The receiver computes the journal anew and checks the result against the hash
that the members signed, so that a lying peer can waste its time and nothing else.

The newest two stay; an older one stays while a peer fetches it, and goes when there are too many newer ones:
whoever fetches for ever holds no more than so much disk.
"""

import hashlib
import secrets
import shutil
import time
import zlib
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from mufakat.core.dump import dump_beside_rows, load
from mufakat.core.register import ROW_BYTES
from mufakat.journal import archive
from mufakat.journal.durable import settle_folder, write_whole
from mufakat.journal.frame import head_hash
from mufakat.journal.log import Journal, JournalError
from mufakat.kernels import lookup
from mufakat.kernels.posting import ROW_WORDS
from mufakat.node.abci import wire
from mufakat.node.replica import Replica
from mufakat.node.rooms import FolderRooms

FORMAT: Final = 2
_KEPT: Final = 2
_MOST_KEPT: Final = 8
_FETCHED_SECONDS: Final = 600.0
"""How long after it gave a part a snapshot is held to be still wanted."""
_STATE_PART: Final = 4 << 20
_ROWS_A_PART: Final = 100_000
_MOST_STATE: Final = 1 << 33


class Contents(msgspec.Struct, frozen=True, array_like=True):
    """What a snapshot holds: after batch `height` of the journal, parts of history, rows, and parts of state."""

    height: int
    history: tuple[tuple[int, int], ...]
    rows: int
    state_parts: int
    state_digest: bytes

    def parts_before_state(self) -> int:
        """Return how many parts of history and rows there are."""
        return len(self.history) + -(-self.rows // _ROWS_A_PART)

    def rows_of(self, index: int) -> tuple[int, int]:
        """Return the first row of a part, and how many rows it has; none where it is another part."""
        first = (index - len(self.history)) * _ROWS_A_PART
        return first, max(0, min(_ROWS_A_PART, self.rows - first)) if first >= 0 else 0


class Incoming:
    """A snapshot that is arriving."""

    def __init__(self, folder: Path, contents: Contents, app_hash: bytes) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.contents: Final = contents
        self.app_hash: Final = app_hash
        self.journal: Final = Journal.create(folder / "journal.db")
        self.rooms: Final = FolderRooms(folder)
        self.rows: Final = self.rooms.rows(ROW_WORDS, 0)
        self.state: Final = bytearray()
        self.next = 0


class Snapshots:
    """The snapshots of one node: those it offers, under `snapshots/`, and one that it restores from."""

    def __init__(self, home: Path, every: int) -> None:
        self._home: Final = home
        self._folder: Final = home / "snapshots"
        self._every: Final = every
        self._incoming: Incoming | None = None
        self._fetched: dict[int, float] = {}

    def taken_when_due(self, replica: Replica, block: int) -> None:
        """Take a snapshot after every so many batches of the journal."""
        head = replica.journal.head
        if head.block == block and head.height and head.height % self._every == 0:
            self.take_now(replica)

    def take_now(self, replica: Replica) -> None:
        """Take a snapshot of the replica as it is; older ones go, but one and those that are being fetched."""
        head = replica.journal.head
        state = zlib.compress(dump_beside_rows(replica.state), 1)
        replica.save_snapshot()
        contents = Contents(
            head.height,
            tuple(archive.parts(replica.journal, head.height)),
            len(replica.state.register),
            -(-len(state) // _STATE_PART),
            hashlib.sha256(state).digest(),
        )
        write_whole(self._folder / f"{head.block}.state", state)
        write_whole(self._folder / f"{head.block}.contents", msgspec.msgpack.encode(contents))
        blocks = self._blocks()
        fetched = [each for each in blocks[-_MOST_KEPT:] if self._is_being_fetched(each)]
        for old in blocks[:-_KEPT]:
            if old not in fetched:
                self._drop_offer(old)

    def _is_being_fetched(self, block: int) -> bool:
        return block in self._fetched and time.monotonic() - self._fetched[block] < _FETCHED_SECONDS

    def _drop_offer(self, block: int) -> None:
        # First what offers it, or a crash would leave an offer of nothing.
        for suffix in ("contents", "state"):
            (self._folder / f"{block}.{suffix}").unlink(missing_ok=True)
        self._fetched.pop(block, None)

    def newest(self) -> int:
        """Return the block of the newest snapshot that is offered here, or 0."""
        return max(self._blocks(), default=0)

    def _blocks(self) -> list[int]:
        return sorted(int(path.stem) for path in self._folder.glob("*.contents"))

    def oldest(self) -> int:
        """Return the block of the oldest snapshot that is here; 0 when there is none."""
        return min(self._blocks(), default=0)

    def offers(self) -> list[Any]:
        """Return the engine's descriptions of the snapshots that are here."""
        found = []
        for block in self._blocks():
            packed = (self._folder / f"{block}.contents").read_bytes()
            contents = msgspec.msgpack.decode(packed, type=Contents)
            found.append(
                wire.TYPES["AbciSnapshot"](
                    height=block,
                    format=FORMAT,
                    chunks=contents.parts_before_state() + contents.state_parts,
                    hash=hashlib.sha256(packed).digest(),
                    metadata=packed,
                )
            )
        return found

    def chunk(self, replica: Replica | None, block: int, index: int) -> bytes:
        """Return one part of the snapshot at `block`; empty when it is not here."""
        path = self._folder / f"{block}.contents"
        if replica is None or not path.exists():
            return b""
        self._fetched[block] = time.monotonic()
        contents = msgspec.msgpack.decode(path.read_bytes(), type=Contents)
        if index < len(contents.history):
            return archive.pack(replica.journal, *contents.history[index])
        first, rows = contents.rows_of(index)
        path, at, size = self._home / "state" / "rows", first * ROW_BYTES, rows * ROW_BYTES
        if not rows:
            path, size = self._folder / f"{block}.state", _STATE_PART
            at = (index - contents.parts_before_state()) * _STATE_PART
        with path.open("rb") as file:
            file.seek(at)
            return file.read(size)

    def begin(self, offered: Any, app_hash: bytes) -> bool:
        """Begin to restore from an offered snapshot whose end the members signed as `app_hash`."""
        try:
            contents = msgspec.msgpack.decode(offered.metadata, type=Contents)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return False
        whole = contents.parts_before_state() + contents.state_parts == offered.chunks > 0
        if offered.format != FORMAT or not whole or not contents.history or contents.rows < 0:
            return False
        self._drop()
        lookup.scatter(secrets.token_bytes(16))
        self._incoming = Incoming(self._home / "incoming", contents, app_hash)
        return True

    def take(self, index: int, part: bytes) -> bool | None:
        """Take the next part; returns None when more are to come, True after the last, False when it is refused.

        Of a snapshot that is refused nothing stays.
        """
        assert self._incoming is not None, "a snapshot was accepted before its parts come"
        done = self._take(self._incoming, index, part)
        if done is False:
            self._drop()
        return done

    def _drop(self) -> None:
        """Forget the snapshot that is arriving, if there is one."""
        if self._incoming is not None:
            self._incoming.journal.close()
            self._incoming = None
        shutil.rmtree(self._home / "incoming", ignore_errors=True)

    def _take(self, incoming: Incoming, index: int, part: bytes) -> bool | None:
        if index != incoming.next:
            return False
        incoming.next += 1
        contents = incoming.contents
        _, rows = contents.rows_of(index)
        if index < len(contents.history):
            try:
                archive.unpack(incoming.journal, part)
            except (archive.PartRefused, JournalError):
                return False
        elif not rows:
            incoming.state.extend(part)
        elif len(part) == rows * ROW_BYTES:
            incoming.rows.add(np.frombuffer(part, np.uint64).reshape(rows, ROW_WORDS))
        else:
            return False
        if incoming.next < contents.parts_before_state() + contents.state_parts:
            return None
        return self._finish(incoming)

    def _finish(self, incoming: Incoming) -> bool:
        """Check the whole against what the members signed, and put it in place."""
        head, state = incoming.journal.head, bytes(incoming.state)
        signed = head_hash(head.entries, head.tree_root, head.state_root) == incoming.app_hash
        if not signed or hashlib.sha256(state).digest() != incoming.contents.state_digest:
            return False
        try:
            restored = load(zlib.decompressobj().decompress(state, _MOST_STATE), incoming.rooms)
        except (zlib.error, msgspec.MsgspecError, ValueError):
            return False
        if restored.root() != head.state_root:
            return False
        incoming.journal.close()
        (self._home / "views.db").unlink(missing_ok=True)
        (self._home / "incoming" / "journal.db").replace(self._home / "journal.db")
        settle_folder(self._home)
        self._drop()
        return True
