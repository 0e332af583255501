"""The vault of one node: messages as they came, each bound to the log by a commitment.

Names, addresses and remittance text never reach the log. What stands there is
`commitment = SHA-256(domain || salt || message)`; the salt (16 bytes, from a secret of the vault) keeps short
details from being guessed. One file can hold many payments: `part` derives the commitment of each.
Deleting a row erases the detail, its bytes too, and leaves the log verifiable. The vault also remembers to which
messages an answer is still owed, which parts were given on, which files came through a folder, and what the
screening of each item left behind.
"""

import hashlib
import hmac
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

import msgspec

from mufakat.messages.pieces import Source

_DOMAIN: Final = b"mufakat/details/v1\0"
_PART: Final = b"mufakat/part/v1\0"
_SETTINGS: Final = "PRAGMA synchronous = EXTRA; PRAGMA fullfsync = 1; PRAGMA secure_delete = ON;"
_BLOCK: Final = 1 << 18
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS secret (value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS detail (
    commitment BLOB PRIMARY KEY, salt BLOB NOT NULL, message BLOB NOT NULL, label BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS part (
    commitment BLOB PRIMARY KEY, whole BLOB NOT NULL, number INTEGER NOT NULL, label BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS part_of_whole ON part (whole, number);
CREATE TABLE IF NOT EXISTS owed (whole BLOB PRIMARY KEY, answered INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS given (whole BLOB, number INTEGER, PRIMARY KEY (whole, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS received (digest BLOB PRIMARY KEY, receipt TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS evidence (commitment BLOB PRIMARY KEY, packed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS examined (item TEXT, commitment BLOB, PRIMARY KEY (item, commitment)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notified (account TEXT PRIMARY KEY, movement INTEGER NOT NULL) WITHOUT ROWID;
"""


class VaultDamaged(sqlite3.DatabaseError):
    """The file is not a vault, or holds what its commitments do not bind."""


def part_of(whole: bytes, number: int) -> bytes:
    """Return the commitment (32 bytes) to part `number` of what `whole` commits to."""
    return hashlib.sha256(_PART + whole + number.to_bytes(8, "big")).digest()


class Whole(msgspec.Struct, frozen=True):
    """A message under its commitment; `label` is what later reports repeat of it, in the caller's form.

    `owed`: its sender is to get an answer, or another one the message.
    """

    commitment: bytes
    message: bytes
    label: bytes
    owed: bool = False


class Part(msgspec.Struct, frozen=True):
    """Part `number` of the message that `whole` commits to, with its label."""

    whole: bytes
    number: int
    label: bytes


class Owed(msgspec.Struct, frozen=True):
    """An answer that is owed to a message, and whether a first one was given."""

    whole: bytes
    answered: bool


class Vault:
    """Messages under their commitments, in one SQLite file that only its node reads."""

    def __init__(self, path: Path, sql: sqlite3.Connection, secret: bytes) -> None:
        self._path: Final = path
        self._sql: Final = sql
        self._secret: Final = secret

    @classmethod
    def open(cls, path: Path, secret: bytes | None = None) -> Self:
        """Open the vault at `path`, made when missing, with `secret` or a new random one.

        Raises VaultDamaged when the file is no vault, sqlite3.OperationalError when it cannot be opened.
        """
        if not path.exists():
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        sql = sqlite3.connect(path)
        try:
            return cls(path, sql, _prepare(sql, secret))
        except sqlite3.Error as error:
            sql.close()
            if isinstance(error, sqlite3.OperationalError):
                raise
            raise VaultDamaged(
                f"{path} cannot be read as a vault: {error}. Restore it from a copy, or move it away: a new one "
                "is made, without the messages that this one held."
            ) from error

    def commitment(self, message: bytes) -> bytes:
        """Return the commitment (32 bytes) to a message; the same message gives the same one here."""
        return bound(self._salt(message), message)

    def commitment_of(self, message: Source) -> bytes:
        """Return the commitment to a message that is read in parts, from its beginning."""
        return _bound(self._salt_of(message), message)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Keep what is kept meanwhile durably at the end, all of it or nothing; within another one, with that."""
        if self._sql.in_transaction:
            yield
            return
        with self._sql:
            self._sql.execute("BEGIN")
            yield

    def keep(self, wholes: Iterable[Whole], parts: Iterable[Part]) -> None:
        """Keep messages and their parts, durably. Of what is there already only the parts' labels change."""
        with self.together():
            for each in wholes:
                row = (each.commitment, self._salt(each.message), each.message, each.label)
                self._sql.execute("INSERT OR IGNORE INTO detail VALUES (?, ?, ?, ?)", row)
                if each.owed:
                    self._sql.execute("INSERT OR IGNORE INTO owed VALUES (?, 0)", (each.commitment,))
            self._keep_parts(parts)

    def _keep_parts(self, parts: Iterable[Part]) -> None:
        self._sql.executemany(
            "INSERT INTO part VALUES (?, ?, ?, ?) ON CONFLICT (commitment)"
            " DO UPDATE SET label = excluded.label WHERE label <> excluded.label",
            ((part_of(each.whole, each.number), each.whole, each.number, each.label) for each in parts),
        )

    def keep_large(
        self, commitment: bytes, message: Source, parts: Iterable[Part], label: Callable[[], bytes]
    ) -> None:
        """Keep a message that is not in memory, its sender owed an answer, and its parts, durably.

        Parts are kept as they come, then `label` is asked for the message's, and the message is read. Whatever one
        of them raises is raised, and nothing is kept. Raises ValueError when the message is another one by then.
        """
        with self._sql:
            self._keep_parts(parts)
            salt = self._salt_of(message)
            message.seek(0, 2)
            said = label()
            row = (commitment, salt, message.tell(), len(said))
            # A row that ends in zeros is laid out on the disk and not in memory; both blobs are written after.
            query = "INSERT OR IGNORE INTO detail VALUES (?, ?, zeroblob(?), zeroblob(?))"
            if self._sql.execute(query, row).rowcount:
                with self._blob(commitment, "label", readonly=False) as kept:
                    kept.write(said)
                with self._blob(commitment, "message", readonly=False) as kept:
                    message.seek(0)
                    while block := message.read(_BLOCK):
                        kept.write(block)
                    if _bound(salt, kept) != commitment:
                        raise ValueError("the message has changed while it was read")
            self._sql.execute("INSERT OR IGNORE INTO owed VALUES (?, 0)", (commitment,))

    def owed(self) -> list[Owed]:
        """Return the answers that are owed, the oldest first."""
        rows = self._sql.execute("SELECT whole, answered FROM owed ORDER BY rowid")
        return [Owed(whole, bool(answered)) for whole, answered in rows]

    def settle(self, given: Iterable[tuple[bytes, bool]]) -> None:
        """Note, durably, to which messages an answer was given, and whether it was the last."""
        with self._sql:
            for whole, last in given:
                query = "DELETE FROM owed" if last else "UPDATE owed SET answered = 1"
                self._sql.execute(f"{query} WHERE whole = ?", (whole,))

    def given(self, whole: bytes) -> set[int]:
        """Return the numbers of the parts of a message that were given on."""
        query = "SELECT number FROM given WHERE whole = ?"
        return {number for (number,) in self._sql.execute(query, (whole,))}

    def give(self, parts: Iterable[tuple[bytes, int]]) -> None:
        """Note, durably, which parts were given on, each by its message and its number."""
        with self._sql:
            self._sql.executemany("INSERT OR IGNORE INTO given VALUES (?, ?)", parts)

    def notified(self, account: str) -> int:
        """Return the number of the last movement of an account that its owner was told, 0 for none."""
        row = self._sql.execute("SELECT movement FROM notified WHERE account = ?", (account,)).fetchone()
        return row[0] if row else 0

    def notify(self, account: str, movement: int) -> None:
        """Note, durably, up to which movement the owner of an account was told."""
        with self._sql:
            self._sql.execute("INSERT OR REPLACE INTO notified VALUES (?, ?)", (account, movement))

    def receive(self, digest: bytes, receipt: str) -> str:
        """Note, durably, the receipt of a file by the SHA-256 of its bytes; return that of the first such file."""
        with self._sql:
            self._sql.execute("INSERT OR IGNORE INTO received VALUES (?, ?)", (digest, receipt))
        query = "SELECT receipt FROM received WHERE digest = ?"
        first: str = self._sql.execute(query, (digest,)).fetchone()[0]
        return first

    def keep_evidence(self, commitment: bytes, evidences: Sequence[bytes], items: Sequence[str]) -> None:
        """Keep, durably, what one command's screening left behind, in the order of its items."""
        packed = zlib.compress(msgspec.msgpack.encode(evidences))
        with self._sql:
            self._sql.execute("INSERT OR IGNORE INTO evidence VALUES (?, ?)", (commitment, packed))
            self._sql.executemany(
                "INSERT OR IGNORE INTO examined VALUES (?, ?)", [(item, commitment) for item in items]
            )

    def evidence(self, commitment: bytes) -> list[bytes]:
        """Return what a screening left behind by the commitment on the log; nothing when it is not here."""
        row = self._sql.execute("SELECT packed FROM evidence WHERE commitment = ?", (commitment,)).fetchone()
        return [] if row is None else msgspec.msgpack.decode(zlib.decompress(row[0]), type=list[bytes])

    def examined(self, item: str) -> list[bytes]:
        """Return the commitments under which an item was screened, by its name on the log."""
        rows = self._sql.execute(
            "SELECT commitment FROM examined WHERE item = ? ORDER BY commitment", (item,)
        )
        return [commitment for (commitment,) in rows]

    def part(self, commitment: bytes) -> Part | None:
        """Return the part behind a commitment, or None when it was erased or never here."""
        query = "SELECT whole, number, label FROM part WHERE commitment = ?"
        row = self._sql.execute(query, (commitment,)).fetchone()
        if row is None:
            return None
        part = Part(*row)
        if part_of(part.whole, part.number) != commitment:
            raise self._misfit(commitment)
        return part

    def parts(self, whole: bytes) -> Iterator[Part]:
        """Give the parts of a message in order."""
        query = "SELECT whole, number, label FROM part WHERE whole = ? ORDER BY number"
        return (Part(*row) for row in self._sql.execute(query, (whole,)))

    def label(self, commitment: bytes) -> bytes | None:
        """Return the label of a message, or None when it was erased or never here."""
        query = "SELECT label FROM detail WHERE commitment = ?"
        row = self._sql.execute(query, (commitment,)).fetchone()
        return None if row is None else row[0]

    @contextmanager
    def message(self, commitment: bytes) -> Iterator[Source]:
        """Give the message behind a commitment, to be read; raises KeyError when it is not here."""
        row = self._sql.execute("SELECT salt FROM detail WHERE commitment = ?", (commitment,)).fetchone()
        if row is None:
            raise KeyError(commitment.hex())
        with self._blob(commitment, "message", readonly=True) as message:
            if _bound(row[0], message) != commitment:
                raise self._misfit(commitment)
            message.seek(0)
            yield message

    def salt(self, commitment: bytes) -> bytes:
        """Return what opens a commitment beside the message; raises KeyError when the message is not here."""
        row = self._sql.execute("SELECT salt FROM detail WHERE commitment = ?", (commitment,)).fetchone()
        if row is None:
            raise KeyError(commitment.hex())
        return bytes(row[0])

    @contextmanager
    def _blob(self, commitment: bytes, column: str, *, readonly: bool) -> Iterator[sqlite3.Blob]:
        query = "SELECT rowid FROM detail WHERE commitment = ?"
        (row,) = self._sql.execute(query, (commitment,)).fetchone()
        with self._sql.blobopen("detail", column, row, readonly=readonly) as blob:
            yield blob

    def close(self) -> None:
        """Close the file."""
        self._sql.close()

    def _salt(self, message: bytes) -> bytes:
        return hmac.digest(self._secret, message, "sha256")[:16]

    def _salt_of(self, message: Source) -> bytes:
        salt = hmac.new(self._secret, digestmod="sha256")
        message.seek(0)
        while block := message.read(_BLOCK):
            salt.update(block)
        return salt.digest()[:16]

    def _misfit(self, commitment: bytes) -> VaultDamaged:
        return VaultDamaged(
            f"{self._path}: what is kept under {commitment.hex()[:16]} does not fit that commitment. "
            "Restore the vault from a copy."
        )


def bound(salt: bytes, message: bytes) -> bytes:
    """Return the commitment (32 bytes) to a message with its salt: who has both can check it."""
    return hashlib.sha256(_DOMAIN + salt + message).digest()


def _bound(salt: bytes, message: Source) -> bytes:
    digest = hashlib.sha256(_DOMAIN + salt)
    message.seek(0)
    while block := message.read(_BLOCK):
        digest.update(block)
    return digest.digest()


def _prepare(sql: sqlite3.Connection, secret: bytes | None) -> bytes:
    """Make what is missing; return the secret. What is kept survives power loss, what is erased is gone."""
    sql.executescript(_SETTINGS + _TABLES)
    row = sql.execute("SELECT value FROM secret").fetchone()
    if row is None:
        row = (secret or os.urandom(32),)
        with sql:
            sql.execute("INSERT INTO secret VALUES (?)", row)
    kept: bytes = row[0]
    return kept
