"""The vault of one node: messages as they came, each bound to the log by a commitment.

Names, addresses and remittance text never reach the log. What stands there is
`commitment = SHA-256(domain || salt || message)`; the salt (16 bytes, from a secret of the vault) keeps short
details from being guessed. One file can hold many payments: `part` derives the commitment of each.
Deleting a row erases the detail and leaves the log verifiable.
"""

import hashlib
import hmac
import os
import sqlite3
from pathlib import Path
from typing import Final, Self

_DOMAIN: Final = b"mufakat/details/v1\0"
_PART: Final = b"mufakat/part/v1\0"
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS secret (value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS detail (commitment BLOB PRIMARY KEY, salt BLOB NOT NULL, message BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS part (commitment BLOB PRIMARY KEY, whole BLOB NOT NULL, number INTEGER NOT NULL);
"""


def part_of(whole: bytes, number: int) -> bytes:
    """Return the commitment (32 bytes) to part `number` of what `whole` commits to."""
    return hashlib.sha256(_PART + whole + number.to_bytes(8, "big")).digest()


class Vault:
    """Messages under their commitments, in one SQLite file that only its node reads."""

    def __init__(self, sql: sqlite3.Connection, secret: bytes) -> None:
        self._sql: Final = sql
        self._secret: Final = secret

    @classmethod
    def open(cls, path: Path, secret: bytes | None = None) -> Self:
        """Open the vault at `path`, made when missing, with `secret` or a new random one."""
        if not path.exists():
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        sql = sqlite3.connect(path)
        sql.executescript(_TABLES)
        row = sql.execute("SELECT value FROM secret").fetchone()
        if row is None:
            row = (secret or os.urandom(32),)
            with sql:
                sql.execute("INSERT INTO secret VALUES (?)", row)
        return cls(sql, row[0])

    def commitment(self, message: bytes) -> bytes:
        """Return the commitment (32 bytes) to a message; the same message gives the same one here."""
        return hashlib.sha256(_DOMAIN + self._salt(message) + message).digest()

    def keep(self, messages: dict[bytes, bytes], parts: dict[bytes, tuple[bytes, int]]) -> None:
        """Keep messages by commitment, and parts by (whole, number), durably; what is there stays."""
        with self._sql:
            self._sql.executemany(
                "INSERT OR IGNORE INTO detail VALUES (?, ?, ?)",
                [(key, self._salt(message), message) for key, message in messages.items()],
            )
            self._sql.executemany(
                "INSERT OR IGNORE INTO part VALUES (?, ?, ?)",
                [(key, whole, number) for key, (whole, number) in parts.items()],
            )

    def message(self, part: bytes) -> tuple[bytes, int] | None:
        """Return the message and part number behind a part's commitment, or None when it was erased."""
        row = self._sql.execute(
            "SELECT d.message, p.number FROM part p JOIN detail d ON d.commitment = p.whole"
            " WHERE p.commitment = ?",
            (part,),
        ).fetchone()
        return (row[0], row[1]) if row else None

    def close(self) -> None:
        """Close the file."""
        self._sql.close()

    def _salt(self, message: bytes) -> bytes:
        return hmac.digest(self._secret, message, "sha256")[:16]
