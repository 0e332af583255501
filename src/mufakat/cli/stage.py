"""A demonstration: what its day is made of, and its folder.

The folder is marked before anything is in it, so that one broken off is made anew.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final

import typer

from mufakat.cli.terminal import Failed

SEED: Final = 1
Payments = Annotated[int, typer.Option(min=500, help="pacs.008 files.")]
Invoices = Annotated[int, typer.Option(min=4, help="UBL invoices.")]
Obligations = Annotated[int, typer.Option(min=1, help="Obligations as CSV rows.")]

MARKER: Final = "demonstration.txt"
_SAID: Final = "A demonstration of mufakat. The next one in this folder takes the place of this one.\n"
OWN: Final = (
    *("in", "keys", "out", "charter.toml", "report.html"),
    *("journal.db", "views.db", "views.db-journal", "vault.db", "vault.db-journal"),
)
"""What a demonstration leaves in its folder."""


def clear(folder: Path, own: Iterable[str] = OWN) -> None:
    """Take an older demonstration away and mark the folder as one; anything not named is not ours to delete."""
    marker = folder / MARKER
    if folder.exists() and any(folder.iterdir()) and not marker.exists():
        raise Failed(f"{folder} is not empty and holds no demonstration; delete it, or name another --home")
    folder.mkdir(parents=True, exist_ok=True)
    marker.write_text(_SAID)
    for name in own:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
