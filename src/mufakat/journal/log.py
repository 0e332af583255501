"""The journal of one node: an append-only log of entries in one SQLite file.

    JournalError
    |- JournalMissing      no file there
    |- NotAJournal         a file, but not one of these
    |- JournalInUse        another process writes it
    |- JournalFull         no room on the disk; the batch was not written, what was there is whole
    |- JournalDamaged      the file contradicts itself at an entry
    '- JournalStopped      a write failed before; what is durable is unknown until it is opened again

A batch is one transaction: when `append` returns, it survives kill -9 and power loss. The rollback journal is
used, not WAL, with the strictest fsyncs; `docs/adr/0002-journal-without-wal.md` says why.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NoReturn, Self

import apsw
import msgspec

from mufakat.journal import frame
from mufakat.journal.frame import ZERO, Batch, Entry
from mufakat.model.merkle import Frontier, inclusion_proof, leaf_hash

APPLICATION_ID: Final = 0x6D756661
FORMAT: Final = 2
_MISFIT: Final = (TypeError, ValueError, AttributeError, OverflowError, struct.error)
"""What a damaged row, which may come back with values of any type, can raise where it is used."""
OLDEST_SQLITE: Final = 3_051_003
_TABLES: Final = """
CREATE TABLE entry (
    seq INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, command BLOB NOT NULL, outcome BLOB NOT NULL,
    chain BLOB NOT NULL
) STRICT;
CREATE TABLE batch (
    height INTEGER PRIMARY KEY, first INTEGER NOT NULL, count INTEGER NOT NULL, tree_root BLOB NOT NULL,
    state_root BLOB NOT NULL, seal BLOB NOT NULL, block INTEGER NOT NULL
) STRICT;
CREATE TABLE head (
    id INTEGER PRIMARY KEY CHECK (id = 1), height INTEGER NOT NULL, entries INTEGER NOT NULL,
    seal BLOB NOT NULL, chain BLOB NOT NULL, frontier BLOB NOT NULL
) STRICT;
"""


class JournalError(Exception):
    """What can go wrong with a journal."""


class JournalMissing(JournalError):
    """There is no file."""


class NotAJournal(JournalError):
    """The file is not a journal of this format."""


class JournalInUse(JournalError):
    """Another process writes this journal."""


class JournalFull(JournalError):
    """The disk is full."""


class JournalStopped(JournalError):
    """A write failed; the journal must be opened again."""


class JournalDamaged(JournalError):
    """The file contradicts itself. `entry` is the first entry at fault, None when none can be named."""

    def __init__(self, entry: int | None, what: str) -> None:
        super().__init__(what if entry is None else f"entry {entry}: {what}")
        self.entry: Final = entry


class Journal:
    """A journal open for writing; one process at a time."""

    def __init__(self, sql: apsw.Connection, path: Path) -> None:
        self.path: Final = path
        self._sql: Final = sql
        self._stopped = False
        self._frontier = Frontier()
        self._chain = ZERO
        self.head: Batch = Batch(-1, 0, 0, self._frontier.root(), ZERO, ZERO)

    @classmethod
    def create(cls, path: Path, vfs: str | None = None) -> Self:
        """Make an empty journal; FileExistsError when something is there already."""
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            raise FileExistsError(f"{path} exists already; a journal is never written over") from None
        try:
            sql = _connect(path, vfs, new=True)
            sql.execute(f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT}")
            with sql:
                sql.execute(_TABLES)
                sql.execute("INSERT INTO head VALUES (1, -1, 0, ?, ?, ?)", (ZERO, ZERO, b""))
        except apsw.Error as error:
            path.unlink(missing_ok=True)
            _raise(error, path)
        return cls(sql, path)

    @classmethod
    def open(cls, path: Path, vfs: str | None = None) -> Self:
        """Open a journal for writing; an unfinished batch of a crashed process is rolled back."""
        if not path.exists():
            raise JournalMissing(f"{path} is not there. Name another, or make a union with `mufakat init`.")
        try:
            sql = _connect(path, vfs)
        except apsw.Error as error:
            _raise(error, path)
        try:
            journal = cls(sql, path)
            journal._restore()
        except BaseException as error:
            sql.close()  # or the lock would stay as long as somebody keeps the exception
            if isinstance(error, apsw.Error):
                _raise(error, path)
            if isinstance(error, _MISFIT):
                raise JournalDamaged(None, f"{path}: the head cannot be read: {error}") from error
            raise
        return journal

    def _restore(self) -> None:
        row = self._sql.execute("SELECT height, entries, seal, chain, frontier FROM head").fetchone()
        if row is None:
            raise JournalDamaged(None, "the head row is gone")
        height, entries, seal, self._chain, packed = row
        roots = [packed[at : at + 32] for at in range(0, len(packed), 32)]
        try:
            self._frontier = Frontier(entries, roots)
        except ValueError as error:
            raise JournalDamaged(entries - 1, str(error)) from None
        if height < 0:
            return
        found = self._sql.execute("SELECT * FROM batch WHERE height = ?", (height,)).fetchone()
        if found is None or Batch(*found).seal != seal or Batch(*found).entries != entries:
            raise JournalDamaged(entries - 1, "the last batch is not the one that the head names")
        self.head = Batch(*found)
        if self.head.tree_root != self._frontier.root():
            raise JournalDamaged(entries - 1, "the tree's right edge does not fit its root")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def append(self, entries: Sequence[tuple[int, bytes, bytes]], state_root: bytes, block: int = 0) -> Batch:
        """Commit a batch of (log time, command, outcome) with the state root after it, durably.

        `block`: height of the engine's block that carries it; 0 on an embedded node.

        Raises JournalFull, or another JournalError; then nothing of the batch is acknowledged, and the
        journal refuses further use until it is opened again.
        """
        return self.extend([(entries, state_root, block)])

    def extend(self, batches: Iterable[tuple[Sequence[tuple[int, bytes, bytes]], bytes, int]]) -> Batch:
        """Commit several batches in one durable write, each as `append` takes it; returns the last."""
        if self._stopped:
            raise JournalStopped("a write failed before; open the journal again")
        frontier, link, batch = self._frontier.copy(), self._chain, self.head
        self._stopped = True
        try:
            self._sql.execute("BEGIN IMMEDIATE")
            for each in batches:
                batch, link = self._insert(batch, link, frontier, each)
            self._sql.execute(
                "UPDATE head SET height = ?, entries = ?, seal = ?, chain = ?, frontier = ?",
                (batch.height, batch.entries, batch.seal, link, b"".join(frontier.roots)),
            )
            self._sql.execute("COMMIT")
        except apsw.Error as error:
            _raise(error, self.path)
        self._stopped = False
        self.head, self._frontier, self._chain = batch, frontier, link
        return batch

    def _insert(
        self,
        before: Batch,
        link: bytes,
        frontier: Frontier,
        content: tuple[Sequence[tuple[int, bytes, bytes]], bytes, int],
    ) -> tuple[Batch, bytes]:
        """Put one batch after `before` into the open transaction; moves `frontier`, returns batch and last link."""
        entries, state_root, block = content
        assert entries, "a batch has entries"
        first = frontier.size
        rows: list[tuple[int, int, bytes, bytes, bytes]] = []
        for seq, (at_us, command, outcome) in enumerate(entries, start=first):
            framed = frame.frame(Entry(seq, at_us, command, outcome))
            link = frame.chain(link, framed)
            frontier.append(leaf_hash(framed))
            rows.append((seq, at_us, command, outcome, link))
        bare = Batch(before.height + 1, first, len(rows), frontier.root(), state_root, b"", block)
        batch = msgspec.structs.replace(bare, seal=frame.seal(before.seal, bare, link))
        self._sql.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", rows)
        self._sql.execute("INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?)", msgspec.structs.astuple(batch))
        return batch, link

    def preview(self, entries: Sequence[tuple[int, bytes, bytes]]) -> Frontier:
        """Return the tree as it will be once (log time, command, outcome) of `entries` are appended."""
        frontier = self._frontier.copy()
        for seq, (at_us, command, outcome) in enumerate(entries, start=frontier.size):
            frontier.append(leaf_hash(frame.frame(Entry(seq, at_us, command, outcome))))
        return frontier

    def entries(self, first: int = 0) -> Iterator[Entry]:
        """Give the entries from number `first` on; raises JournalDamaged where content and chain part."""
        expected = first
        try:
            link = self._link_before(first)
            rows = self._sql.execute(
                "SELECT seq, at_us, command, outcome, chain FROM entry WHERE seq >= ? ORDER BY seq", (first,)
            )
            for *content, stated in rows:
                if content[0] != expected:
                    raise JournalDamaged(expected, "the entry is missing")
                entry = Entry(*content)
                link = frame.chain(link, frame.frame(entry))
                if link != stated:
                    raise JournalDamaged(expected, "its chain hash does not fit its content")
                yield entry
                expected += 1
        except apsw.Error as error:
            _raise(error, self.path, expected)
        except _MISFIT as error:
            raise JournalDamaged(expected, f"it cannot be read: {error}") from error
        if expected != self.head.entries:
            raise JournalDamaged(expected, "the entry is missing")
        if link != self._chain:
            raise JournalDamaged(expected - 1, "the head names another last entry")

    def _link_before(self, first: int) -> bytes:
        if first == 0:
            return ZERO
        row = self._sql.execute("SELECT chain FROM entry WHERE seq = ?", (first - 1,)).fetchone()
        if row is None:
            raise JournalDamaged(first - 1, "the entry is missing")
        link: bytes = row[0]
        return link

    def batches(self, first: int = 0) -> Iterator[Batch]:
        """Give the batches from height `first` on."""
        for row in self._sql.execute("SELECT * FROM batch WHERE height >= ? ORDER BY height", (first,)):
            yield Batch(*row)

    def contents(self, batch: Batch) -> list[tuple[int, bytes, bytes]]:
        """Return the entries of a batch as `append` takes them."""
        return list(
            self._sql.execute(
                "SELECT at_us, command, outcome FROM entry WHERE seq >= ? AND seq < ? ORDER BY seq",
                (batch.first, batch.entries),
            )
        )

    def entry(self, seq: int) -> Entry | None:
        """Return one entry, or None when there is none of that number."""
        row = self._sql.execute(
            "SELECT seq, at_us, command, outcome FROM entry WHERE seq = ?", (seq,)
        ).fetchone()
        return Entry(*row) if row else None

    def inclusion_proof(self, seq: int) -> list[bytes]:
        """Return the RFC 9162 audit path of entry `seq` in the tree of the head."""
        leaves = [leaf_hash(frame.frame(entry)) for entry in self.entries()]
        return inclusion_proof(leaves, seq)

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._sql.close()


def _check_identity(sql: apsw.Connection, path: Path) -> None:
    identity = [next(sql.execute(f"PRAGMA {name}"))[0] for name in ("application_id", "user_version")]
    if identity != [APPLICATION_ID, FORMAT]:
        raise NotAJournal(f"{path} is not a journal of this program's format")


def _connect(path: Path, vfs: str | None, *, new: bool = False) -> apsw.Connection:
    if apsw.sqlite_lib_version() and apsw.SQLITE_VERSION_NUMBER < OLDEST_SQLITE:
        raise JournalError(f"SQLite {apsw.sqlite_lib_version()} is too old; install apsw 3.51.3 or newer")
    sql = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, vfs=vfs)
    try:
        sql.execute("PRAGMA locking_mode = EXCLUSIVE")
        if not new:
            # Before anything that writes: a short file passes for an empty database.
            _check_identity(sql, path)
        mode = next(sql.execute("PRAGMA journal_mode = TRUNCATE"))[0]
        assert mode == "truncate", f"the rollback journal is in mode {mode}"
        sql.execute("PRAGMA synchronous = EXTRA; PRAGMA fullfsync = 1; PRAGMA foreign_keys = OFF")
        sql.execute("BEGIN EXCLUSIVE; COMMIT")
    except BaseException:
        sql.close()
        raise
    return sql


def _raise(error: apsw.Error, path: Path, entry: int | None = None) -> NoReturn:
    if isinstance(error, apsw.FullError):
        raise JournalFull(f"{path}: the disk is full; nothing of this batch was written") from error
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        raise JournalInUse(f"{path} is in use by another process; stop it or wait") from error
    if isinstance(error, apsw.NotADBError):
        raise NotAJournal(f"{path} is not a journal") from error
    if isinstance(error, apsw.CorruptError):
        raise JournalDamaged(entry, f"{path}: {error}") from error
    raise JournalError(f"{path}: {error}") from error
