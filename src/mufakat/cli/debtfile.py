"""Files of debts, terms and fixings as the command line reads them; a fault names file and line."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from mufakat.cli.terminal import USAGE, Failed
from mufakat.messages.debts import Debts, DebtsFaulty, read_debts
from mufakat.messages.terms import NO_TERMS, Terms, read_fixings, read_terms

Tell = Callable[[str, int, int], None]


def apart(file: Path, *others: Path | None) -> None:
    """Raise Failed when a file to write is one to read."""
    for other in others:
        if other and other.exists() and file.exists() and other.samefile(file):
            raise Failed(f"{other}: is the file to read. Name another to write", USAGE)


@contextmanager
def opened_text(file: Path) -> Iterator[TextIO]:
    """Open a CSV; what is wrong with it becomes Failed, with the file's name before each line."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            yield stream
    except DebtsFaulty as faulty:
        lines = "\n".join(f"{file}: {line}" for line in str(faulty).splitlines())
        raise Failed(f"{lines}\nNothing was set off; mend the file and try again.") from None


def read_file(file: Path, decimals: int, tell: Tell, terms: Path | None = None) -> tuple[Debts, Terms]:
    """Read the debts, and what firms ask for where a file says it; raises Failed."""
    with opened_text(file) as stream:
        size = max(1, os.fstat(stream.fileno()).st_size)

        def told(_: int) -> None:
            tell("KB read", stream.buffer.tell() >> 10, size >> 10)

        debts = read_debts(stream, decimals, told)
    if terms is None:
        return debts, NO_TERMS
    with opened_text(terms) as stream:
        return debts, read_terms(stream, decimals, debts)


def read_rates(file: Path, debts: Debts) -> dict[str, int]:
    """Read the fixings for debts, in tokens to a minor unit of each currency; raises Failed."""
    with opened_text(file) as stream:
        return read_fixings(stream, debts)
