"""The folder of a node: where its journal, views, vault, keys and outgoing files are.

HOME/journal.db   the truth                  HOME/keys/         signing keys of this machine
HOME/views.db     folded from it             HOME/out/          pacs.002, camt.053, receipts
HOME/vault.db     the messages themselves    HOME/charter.toml  the charter as signed, with public keys
"""

import os
from pathlib import Path
from typing import Final


class Home:
    """Paths of one node."""

    def __init__(self, folder: Path) -> None:
        self.folder: Final = folder
        self.journal: Final = folder / "journal.db"
        self.views: Final = folder / "views.db"
        self.vault: Final = folder / "vault.db"
        self.keys: Final = folder / "keys"
        self.charter: Final = folder / "charter.toml"
        self.out: Final = folder / "out"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees all of it or nothing, whatever happens meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
