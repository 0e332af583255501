"""The SQL tables of the views, and the one place where events become rows.

A view is never the truth: the file can be deleted and is folded anew from the journal. Amounts are minor
units, times UTC microseconds, dates ISO 8601. A failure to write leaves the rows of the last whole batch.

Batches are written without waiting for the disk: that survives a killed process, and after a loss of power the
views are made anew. `progress.boot` tells which it was: the system's boot in which they are being written, or
empty.
"""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Self

from mufakat.model.charter import Charter
from mufakat.model.event import AnyEvent
from mufakat.projections import (
    certificate,
    compliance,
    default,
    exchanges,
    fixings,
    goods,
    listings,
    queue,
    rules,
    schema,
    setoff,
    swing,
    trade,
)
from mufakat.projections.dialect import Sql
from mufakat.projections.fold import charter_in_force, flush, fold_entry
from mufakat.projections.lookup import entry_of
from mufakat.projections.rows import Entry, Fold

VERSION: Final = 14
_PARTS: Final = (
    schema,
    rules,
    fixings,
    certificate,
    exchanges,
    default,
    setoff,
    queue,
    swing,
    trade,
    listings,
    compliance,
    goods,
)
"""The parts of the views that have tables of their own."""
WAIT_SECONDS: Final = 30
"""How long a reader and the writer wait for each other."""
_TO_WRITE: Final = ("cache_size = -65536", "journal_mode = TRUNCATE", "secure_delete = OFF")
"""The pages of a batch are kept in memory until it is whole: until then readers are not kept out."""
_TABLES: Final = """
CREATE TABLE progress (entries INTEGER NOT NULL, version INTEGER NOT NULL, boot TEXT NOT NULL);
CREATE TABLE charter (in_force BLOB NOT NULL);
CREATE TABLE day (number INTEGER PRIMARY KEY, date TEXT NOT NULL, phase TEXT NOT NULL, at_us INTEGER NOT NULL);
CREATE TABLE participant (bic TEXT PRIMARY KEY, lei TEXT NOT NULL, sponsor TEXT NOT NULL);
CREATE TABLE firm (lei TEXT PRIMARY KEY, agent TEXT NOT NULL);
CREATE TABLE account (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, owner TEXT NOT NULL, currency TEXT NOT NULL,
    balance INTEGER NOT NULL, credit_limit INTEGER NOT NULL, reserved INTEGER NOT NULL, closed INTEGER NOT NULL
);
CREATE TABLE obligation (
    id TEXT PRIMARY KEY, debtor TEXT NOT NULL, creditor TEXT NOT NULL, debtor_agent TEXT NOT NULL,
    creditor_agent TEXT NOT NULL, currency TEXT NOT NULL, amount INTEGER NOT NULL, open INTEGER NOT NULL,
    set_off INTEGER NOT NULL, due TEXT NOT NULL, status TEXT NOT NULL, cycle INTEGER, document BLOB NOT NULL,
    registered TEXT NOT NULL, accepted TEXT
);
CREATE INDEX obligation_by_status ON obligation (status, currency);
CREATE TABLE discharge (obligation TEXT NOT NULL, date TEXT NOT NULL, amount INTEGER NOT NULL);
CREATE INDEX discharge_by_obligation ON discharge (obligation);
CREATE TABLE cycle (
    number INTEGER NOT NULL, currency TEXT NOT NULL, at_us INTEGER NOT NULL, set_off INTEGER NOT NULL,
    gross INTEGER NOT NULL, items INTEGER NOT NULL, net INTEGER NOT NULL, swing INTEGER NOT NULL,
    deferred INTEGER NOT NULL, date TEXT NOT NULL, PRIMARY KEY (number, currency)
);
"""
SCHEMA: Final = _TABLES + "".join(part.TABLES for part in _PARTS)
"""All tables, in the dialect of the views."""


def _connect(path: Path) -> sqlite3.Connection:
    """Open for writing; threads may share it, since whoever owns the views lets in one at a time."""
    return sqlite3.connect(path, timeout=WAIT_SECONDS, check_same_thread=False)


def _boot() -> str:
    """Name the system's boot, or return nothing where it cannot be named; then every batch waits for the disk."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


class Views:
    """The views of one node: in one SQLite file, or in a database that `connection` leads to."""

    def __init__(self, connection: Sql) -> None:
        self.sql: Final = connection
        self._fold: Fold | None = None
        self._writes = False

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the views at `path`; made anew, empty, when missing, unreadable or of another version."""
        views = cls._open(path)
        if views is None:
            for name in (path, path.with_name(path.name + "-journal")):
                name.unlink(missing_ok=True)
            connection = _connect(path)
            connection.executescript(SCHEMA)
            with connection:
                connection.execute("INSERT INTO progress VALUES (0, ?, '')", (VERSION,))
            views = cls(connection)
        try:
            views._begin()
        except sqlite3.Error:
            views.sql.close()
            raise
        return views

    @classmethod
    def open_to_read(cls, path: Path) -> Self:
        """Open views that another process folds; raises sqlite3.OperationalError when there are none to read."""
        uri = f"{path.absolute().as_uri()}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, timeout=WAIT_SECONDS, check_same_thread=False)
        try:
            if connection.execute("SELECT version FROM progress").fetchone() != (VERSION,):
                raise sqlite3.OperationalError("they are of another version of the program")
        except sqlite3.Error:
            connection.close()
            raise
        return cls(connection)

    @classmethod
    def _open(cls, path: Path) -> Self | None:
        if not path.exists():
            return None
        connection = _connect(path)
        try:
            version, boot = connection.execute("SELECT version, boot FROM progress").fetchone() or (None, "")
            if version == VERSION and boot in {"", _boot()}:
                views = cls(connection)
                views._fold = Fold(connection)
                return views
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", None) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                connection.close()
                raise  # somebody reads it: that is no reason to make it anew
        connection.close()
        return None

    def _begin(self) -> None:
        """Say durably that these views are being written, then stop waiting for the disk."""
        boot = _boot()
        with self.sql:
            self.sql.execute("UPDATE progress SET boot = ?", (boot,))
        if boot:
            self.sql.execute("PRAGMA synchronous = OFF")
        for setting in _TO_WRITE:
            self.sql.execute(f"PRAGMA {setting}")
        self._writes = True

    @property
    def entries(self) -> int:
        """How many entries of the journal are folded in."""
        count: int = self.sql.execute("SELECT entries FROM progress").fetchone()[0]
        return count

    @property
    def charter(self) -> Charter:
        """The charter in force."""
        return charter_in_force(self.sql)

    def fold(self, batch: Iterable[tuple[Entry, tuple[AnyEvent, ...]]], entries: int) -> None:
        """Fold the events of whole entries, in order; `entries` is how many are folded in thereafter."""
        fold, self._fold = self._fold or Fold(self.sql), None
        with self.sql:
            for entry, events in batch:
                fold_entry(fold, entry, events)
            flush(fold)
            self.sql.execute("UPDATE progress SET entries = ?", (entries,))
        self._fold = fold  # when the rows were not written, what was noted of them is forgotten

    def entry_of(self, digest: bytes) -> int | None:
        """Return the number of the first entry whose command has this SHA-256, or None."""
        return entry_of(self.sql, digest)

    def close(self) -> None:
        """Close the file; first bring all of it to the disk, then say so."""
        try:
            if self._writes:
                self.sql.execute("PRAGMA synchronous = FULL")
                for statement in ("UPDATE progress SET entries = entries", "UPDATE progress SET boot = ''"):
                    with self.sql:
                        self.sql.execute(statement)
        except sqlite3.Error:
            pass  # they are still marked as being written: made anew after the next boot
        finally:
            self.sql.close()
