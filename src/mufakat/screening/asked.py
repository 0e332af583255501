"""A CSV of names to screen: column `name`; if wanted `type`, `birth_date`, `country`, `identifier`.

The file is read twice, a row at a time: once to see that all of it is in order, once to screen it. So memory
does not grow with it, and nothing is said of half a file.
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from mufakat.model.listing import Kind
from mufakat.screening import member
from mufakat.screening.corroborate import Known
from mufakat.screening.entry import ListFaulty, distinct

COLUMNS: Final = ("name", "type", "birth_date", "country", "identifier")
MOST_FIELD: Final = 1_000_000
"""Letters of one field."""


class Asked(NamedTuple):
    """One row: its line in the file, the name as it stands there, and what else is known."""

    line: int
    name: str
    known: Known


def read(path: Path) -> Iterator[Asked]:
    """Yield the rows of a file; raise ListFaulty, naming file and line, at the first that is not in order."""
    limit = csv.field_size_limit(min(MOST_FIELD, sys.maxsize))
    line = 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader((each.replace("\0", "") for each in stream), strict=True, restkey="")
            if "name" not in (reader.fieldnames or ()):
                raise ListFaulty(f"{path}:1: there is no column 'name'. Columns are: {', '.join(COLUMNS)}")
            for row in reader:
                yield _asked(row, f"{path}:{reader.line_num}", reader.line_num)
                line = reader.line_num
    except UnicodeDecodeError:
        raise ListFaulty(
            f"{path}: after line {line:,} something is not UTF-8. Save the file as UTF-8"
        ) from None
    except csv.Error as error:
        raise ListFaulty(f"{path}: after line {line:,}: {error}. Mend the line") from None
    except OSError as error:
        raise ListFaulty(f"{path}: {error.strerror}") from None
    finally:
        csv.field_size_limit(limit)


def count(path: Path) -> int:
    """Read a file through and return its rows; raise ListFaulty as `read` does."""
    return sum(1 for _ in read(path))


def _asked(row: dict[str, str], where: str, line: int) -> Asked:
    if "" in row:
        raise ListFaulty(f"{where}: more fields than the heading has. Mend the line")
    kind = (row.get("type") or "unknown").strip().lower()
    if kind not in {each.value for each in Kind}:
        raise ListFaulty(f"{where}: type {kind!r} is none of: {', '.join(each.value for each in Kind)}")
    known = Known(
        kind=Kind(kind),
        born=member.born(row.get("birth_date") or "", where),
        countries=distinct((row.get("country") or "").split(";")),
        identifiers=distinct((row.get("identifier") or "").split(";")),
    )
    return Asked(line, row.get("name") or "", known)
