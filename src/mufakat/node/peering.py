"""Which nodes the engine dials: those that the charter in force names.

The engine reads its peers when it starts. So when a vote or a member's own word changed an address, each node
starts its engine anew, one after the other by the members' order in the charter, and not again for a while: no
member can keep the others' engines from running by moving on and on.
"""

from typing import Final

from mufakat.model.charter import Charter
from mufakat.node.engine import SettingsFaulty, dialled, peers_of, settings_of, write_peers
from mufakat.node.home import Home

_TURN_SECONDS: Final = 5.0
"""How long after a member the next one in the charter has its turn; an engine is back in about a second."""
_PAUSE_SECONDS: Final = 600.0


class Peering:
    """The peers of one node's engine, as it runs. Times are those of a clock that never goes back, in seconds."""

    def __init__(self, home: Home) -> None:
        self._home: Final = home
        self._member: Final = settings_of(home).member
        self._noticed: float | None = None
        self._written: float | None = None

    def follow(self, charter: Charter | None, now: float) -> bool:
        """Write the peers of the charter in force into the engine's configuration, when it is this node's turn.

        `charter`: None before a block was decided in this run; until then the engine may be restoring a snapshot,
        and is left alone. Returns whether it was written: the engine then has to start anew.
        """
        if charter is None:
            return False
        peers = peers_of(charter, self._member)
        try:
            written = dialled(self._home)
        except (SettingsFaulty, FileNotFoundError):
            return False  # its owner may be writing it
        if set(peers) == set(written):
            self._noticed = None
            return False
        if self._noticed is None:
            self._noticed = now
        if now < self._noticed + _TURN_SECONDS * _place(charter, self._member):
            return False
        if self._written is not None and now < self._written + _PAUSE_SECONDS:
            return False
        write_peers(self._home, peers)
        self._noticed, self._written = None, now
        return True


def _place(charter: Charter, member: str) -> int:
    """Return a member's place in the charter; who is not in it comes last."""
    names: list[str] = [each.id for each in charter.members]
    return names.index(member) if member in names else len(names)
