"""The folder of a node: where its journal, views, vault, keys and outgoing files are.

HOME/journal.db   the truth                  HOME/keys/         signing keys of this machine
HOME/views.db     folded from it             HOME/out/          answers, what is given on, camt.053
HOME/vault.db     the messages themselves    HOME/charter.toml  the charter as signed, with public keys
HOME/participants.toml: what participants chose of their messages, where they chose anything
HOME/state/       settled rows, and snapshots of the rest: made anew from the journal when they are missing

Of a node among others, beside these: HOME/node.toml, HOME/engine/ (the consensus engine's home), HOME/engine.pid
(its process), HOME/app.sock on which the two speak, HOME/snapshots/ for members who catch up, HOME/evidence.jsonl
of validators' misbehaviour, HOME/trail.json of changes of validators that proofs need, HOME/island.db of what was
registered without the quorum.
"""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final

_LONGEST_SOCKET: Final = 100
"""Bytes of a unix socket's name that every system takes."""


class Home:
    """Paths of one node."""

    def __init__(self, folder: Path) -> None:
        self.folder: Final = folder
        self.journal: Final = folder / "journal.db"
        self.views: Final = folder / "views.db"
        self.state: Final = folder / "state"
        self.vault: Final = folder / "vault.db"
        self.keys: Final = folder / "keys"
        self.charter: Final = folder / "charter.toml"
        self.out: Final = folder / "out"
        self.engine: Final = folder / "engine"
        self.configuration: Final = self.engine / "config" / "config.toml"
        self.socket: Final = _socket(folder.absolute())
        self.settings: Final = folder / "node.toml"
        self.participants: Final = folder / "participants.toml"
        self.island: Final = folder / "island.db"

    @property
    def is_among_others(self) -> bool:
        """Tell whether this is the home of a node among others, not of an embedded one."""
        return self.settings.exists()


def _socket(folder: Path) -> Path:
    """Name the socket of a node: in its folder, or in the system's temporary one where the name is too long."""
    path = folder / "app.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET:
        return path
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()
    return Path(tempfile.gettempdir()) / f"mufakat-{digest[:32]}.sock"
