"""A table that a person keeps: a CSV with a heading, in UTF-8; what is wrong with it is told by file and line."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from mufakat.screening.entry import MAX_BYTES, ListFaulty


def bytes_of(path: Path) -> bytes:
    """Read a file that is no larger than any list; raise ListFaulty when it cannot be read."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ListFaulty(f"{path}: over {MAX_BYTES >> 20} MB. No list is so large; give another file")
        return path.read_bytes()
    except OSError as error:
        raise ListFaulty(f"{path}: {error.strerror}") from None


def rows(
    data: bytes, source: str, needed: Sequence[str], columns: Sequence[str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each row with its place, `source:line`; raise ListFaulty where the table is not in order.

    `needed`: columns that have to be there; `columns`: all that may be, in any order.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ListFaulty(f"{source}: byte {error.start:,} is not UTF-8. Save the file as UTF-8") from None
    if "\0" in text:
        raise ListFaulty(f"{source}: it has null bytes. Save the file as a CSV in UTF-8")
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, restkey="", restval=None)
    try:
        _check(reader.fieldnames or (), source, needed, columns)
        for row in reader:
            where = f"{source}:{reader.line_num}"
            if "" in row or None in row.values():
                raise ListFaulty(f"{where}: not as many columns as the heading has. Mend the line")
            yield where, row
    except csv.Error as error:
        raise ListFaulty(f"{source}: after line {reader.line_num}: {error}. Mend the line") from None


def _check(found: Sequence[str], source: str, needed: Sequence[str], columns: Sequence[str]) -> None:
    there = ", ".join(columns)
    for name in needed:
        if name not in found:
            raise ListFaulty(f"{source}:1: there is no column {name!r}. Its columns are: {there}")
    for number, name in enumerate(found):
        if name not in columns or name in found[:number]:
            raise ListFaulty(f"{source}:1: {name!r} is no column, or is there twice. There are: {there}")
