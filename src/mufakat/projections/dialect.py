"""What the views ask of a database, and in which SQL: that which SQLite and PostgreSQL both speak.

Statements are written once, for both. Parameters are `?` in order, or `?1`, `?2` by number. A filter that may be
left out is `column = coalesce(?1, column)`, since PostgreSQL has to know a parameter's type from its place; a
condition that counts is `CASE WHEN`, since its truth is no number. A table that is read in the order in which it
was written has a `number INTEGER PRIMARY KEY`, which the database gives. Integers have 64 bits, and text is ordered
by its bytes.
"""

from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, Protocol


class DatabaseFailed(Exception):
    """What went wrong with a database of views, in one line, and what to do."""


class Rows(Protocol):
    """What a statement gives."""

    @property
    def description(self) -> Any:
        """Of each column its name first."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""

    def __iter__(self) -> Iterator[Any]:
        """Give the rows that are left."""


class Sql(Protocol):
    """A connection to the database of the views; as a context, one transaction."""

    def execute(self, query: str, parameters: Sequence[Any] = ..., /) -> Rows:
        """Carry out one statement."""

    def executemany(self, query: str, rows: Iterable[Sequence[Any]], /) -> object:
        """Carry out one statement for each row of parameters, in order."""

    def __enter__(self) -> object:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> object:
        """Commit, or roll back when an exception passes."""

    def close(self) -> None:
        """Close the connection."""
