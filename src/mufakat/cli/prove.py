"""Commands that prove: verify."""

from pathlib import Path
from typing import Annotated

import typer

from mufakat.audit.replay import verify as verify_journal
from mufakat.cli.terminal import AsJson, app, emit, out, progress
from mufakat.console import tables


@app.command()
def verify(
    journal: Annotated[Path, typer.Argument(help="The journal file; a copy will do.")],
    as_json: AsJson = False,
) -> None:
    """Recompute a journal from genesis: signatures, rules, outcomes, roots; exit 7 at the first fault."""
    with progress() as tell:
        verdict = verify_journal(journal, lambda done, of: tell("entries verified", done, of))
    if as_json:
        emit(verdict)
    else:
        out.print(tables.verdict(verdict, journal))
