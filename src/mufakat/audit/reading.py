"""The auditor's own reading of a journal file: another library, another code, the same format.

It reads with the SQLite of Python's standard library, never writes, and recomputes chain, tree and seals from
the bytes. The first thing that does not fit ends it with an IntegrityFault that names the entry; where no entry is
to blame, the first one that cannot be read.
"""

import hashlib
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from mufakat.audit.tree import Recomputed, frame_of

_IDENTITY: Final = (0x6D756661, 2)
_MISFIT: Final = (sqlite3.Error, OverflowError, UnicodeDecodeError, TypeError, AttributeError, ValueError)
"""What a damaged row, which may come back with values of any type, can raise where it is read or used."""


class IntegrityFault(Exception):
    """The file is not a whole history. `entry` is the first entry at fault, or that cannot be read."""

    def __init__(self, entry: int, what: str) -> None:
        super().__init__(f"entry {entry}: {what}")
        self.entry: Final = entry
        self.what: Final = what


class InUse(Exception):
    """A running node writes the journal at this moment; stop it, or verify a copy made while it stood."""


class ReadEntry(msgspec.Struct, frozen=True):
    """An entry as read. `at_us`: log time, UTC microseconds."""

    seq: int
    at_us: int
    command: bytes
    outcome: bytes


class ReadBatch(msgspec.Struct, frozen=True):
    """A batch as read and recomputed, with its entries."""

    height: int
    entries: tuple[ReadEntry, ...]
    tree_root: bytes
    state_root: bytes


class Reading:
    """A journal open for reading."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql
        row = self._one("SELECT height, entries, seal, chain FROM head WHERE id = 1")
        self._head: tuple[int, int, bytes, bytes] = row
        self.entries: int = row[1]
        self.batches: int = row[0] + 1

    def _one(self, query: str, *values: object) -> Any:
        row = self._sql.execute(query, values).fetchone()
        if row is None:
            raise ValueError(f"the journal lacks what it must have: {query}")
        return row

    def read(self) -> Iterator[ReadBatch]:
        """Give the batches in order, each recomputed; raises IntegrityFault at the first fault."""
        height, entries, head_seal, head_chain = self._head
        tree, link, seal, at, before = Recomputed(), bytes(32), bytes(32), 0, 0
        for each in range(height + 1):
            row = _row(
                self._sql,
                "SELECT height, first, count, tree_root, state_root, seal, block FROM batch WHERE height = ?",
                each,
                at,
            )
            number, first, count, tree_root, state_root, stated, block = row
            if number != each or first != at or not isinstance(count, int) or not 0 < count <= entries - at:
                raise IntegrityFault(at, f"batch {each} does not continue the one before it")
            read = []
            for seq in range(first, first + count):
                entry, framed, stated_link = _entry(self._sql, seq)
                link = _chained(link, framed)
                if stated_link != link:
                    raise IntegrityFault(seq, "its chain hash does not fit its content")
                tree.add(framed)
                read.append(entry)
            at = first + count
            if not isinstance(block, int) or block < before or (block == before and block):
                raise IntegrityFault(first, f"batch {each} names a block that does not follow")
            before = block
            if tree.head() != tree_root:
                raise IntegrityFault(first, f"the Merkle tree head of batch {each} does not fit its entries")
            seal = _seal(seal, (each, first, count, block), link, tree_root, state_root)
            if stated != seal:
                raise IntegrityFault(first, f"the seal of batch {each} does not fit its content")
            yield ReadBatch(each, tuple(read), tree_root, state_root)
        if at != entries or seal != head_seal or link != head_chain:
            raise IntegrityFault(max(0, at - 1), "the head names another last batch")
        self._check_frontier(tree, at)
        self._check_counts(at)

    def _check_counts(self, at: int) -> None:
        """Find rows that the head does not count; a row that is missing was found where it should have been."""
        for table, count in (("batch", self.batches), ("entry", self.entries)):
            found = self._one(f"SELECT count(*) FROM {table}")[0]  # noqa: S608 - fixed names
            if found != count:
                raise IntegrityFault(at, f"{found} rows of {table}, where the head names {count}")

    def _check_frontier(self, tree: Recomputed, at: int) -> None:
        frontier = self._one("SELECT frontier FROM head WHERE id = 1")[0]
        if frontier != tree.frontier():
            raise IntegrityFault(max(0, at - 1), "the tree's right edge in the head does not fit the entries")


def _row(sql: sqlite3.Connection, query: str, number: int, at: int) -> Any:
    try:
        row = sql.execute(query, (number,)).fetchone()
    except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
        raise IntegrityFault(at, f"it cannot be read: {error}") from None
    if row is None:
        raise IntegrityFault(at, "it is missing")
    return row


def _entry(sql: sqlite3.Connection, seq: int) -> tuple[ReadEntry, bytes, bytes]:
    row = _row(sql, "SELECT seq, at_us, command, outcome, chain FROM entry WHERE seq = ?", seq, seq)
    number, at_us, command, outcome, link = row
    if number != seq or not isinstance(at_us, int):
        raise IntegrityFault(seq, "its number or time cannot be read")
    if not all(isinstance(part, bytes) for part in (command, outcome, link)):
        raise IntegrityFault(seq, "its content cannot be read")
    return ReadEntry(seq, at_us, command, outcome), frame_of(seq, at_us, command, outcome), link


def _chained(link: bytes, framed: bytes) -> bytes:
    return hashlib.sha256(b"mufakat/chain/v1\0" + link + framed).digest()


def _seal(
    before: bytes, numbers: tuple[int, int, int, int], link: bytes, tree_root: bytes, state_root: bytes
) -> bytes:
    place = b"".join(number.to_bytes(8, "big") for number in numbers)
    return hashlib.sha256(b"mufakat/seal/v1\0" + before + place + link + tree_root + state_root).digest()


@contextmanager
def reading(path: Path) -> Iterator[Reading]:
    """Open the journal at `path` for audit; raises IntegrityFault for any file that is not a whole one.

    A hot rollback journal beside it means that a process crashed while writing: a copy of both is rolled
    back and read, and the original stays as it is.

    Never in a process that has the journal open for writing: closing the file here would end that lock.
    """
    with tempfile.TemporaryDirectory(prefix="mufakat-audit-") as folder:
        hot = path.with_name(path.name + "-journal")
        source = path
        _refuse_running(path)
        if hot.exists() and hot.stat().st_size > 0:
            source = Path(folder) / "journal.db"
            shutil.copyfile(path, source)
            shutil.copyfile(hot, source.with_name(source.name + "-journal"))
            _roll_back(source)
        sql = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            identity = tuple(
                sql.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
            )
            if identity != _IDENTITY:
                raise IntegrityFault(
                    0, "the file is not a mufakat journal of format 2, or its header is damaged"
                )
            yield Reading(sql)
        except _MISFIT as error:
            raise IntegrityFault(_readable(source), f"from here on it cannot be read: {error}") from None
        finally:
            sql.close()


def _readable(path: Path) -> int:
    """Count the entries from 0 on that can be read and chained, whatever else of the file is damaged."""
    read, link = 0, bytes(32)
    sql = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        sql.execute(
            "PRAGMA writable_schema = ON"
        )  # lets SQLite read what is there of a file that was cut off
        while True:
            _, framed, stated = _entry(sql, read)
            link = _chained(link, framed)
            if link != stated:
                return read
            read += 1
    except (IntegrityFault, *_MISFIT):
        return read
    finally:
        sql.close()


def _refuse_running(path: Path) -> None:
    """Raise InUse when another process holds the writer's lock; any other trouble is for the reading to find."""
    with path.open("rb") as file:
        is_rollback_mode = file.read(20)[18:] == b"\1\1"
    if not is_rollback_mode:
        return
    sql = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0)
    try:
        sql.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            raise InUse(f"{path} is in use by a running node; stop it, or verify a copy") from None
    finally:
        sql.close()


def _roll_back(copy: Path) -> None:
    """Let SQLite roll back an unfinished batch in a copy."""
    sql = sqlite3.connect(copy)
    try:
        sql.execute("SELECT count(*) FROM head").fetchone()
    except sqlite3.Error as error:
        raise IntegrityFault(
            _readable(copy), f"from here on the unfinished batch cannot be rolled back: {error}"
        ) from None
    finally:
        sql.close()
