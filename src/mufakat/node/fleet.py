"""A whole union on this machine: one process a node, started again when it falls.

For trying a union out, for drills and for tests; in earnest each member runs its own node on its own machine.
"""

import subprocess
import sys
import time
from pathlib import Path
from typing import Final, Self

from mufakat.node.consortium import NotCommitted
from mufakat.node.home import Home
from mufakat.node.status import NodeStatus, status_of

_RESTART_SECONDS: Final = 2.0
_STOP_SECONDS: Final = 20


class Fleet:
    """The nodes in `folder`: each sub-folder with a `node.toml` is one, named by its member."""

    def __init__(self, folder: Path) -> None:
        self.homes: Final = {
            path.parent.name: Home(path.parent) for path in sorted(folder.glob("*/node.toml"))
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._started: dict[str, float] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def start(self, *members: str) -> None:
        """Start the named nodes, or all; what they say goes to node.log in their homes."""
        for member in members or self.homes:
            home = self.homes[member]
            with (home.folder / "node.log").open("ab") as log:
                self._processes[member] = subprocess.Popen(
                    self.program(member),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            self._started[member] = time.monotonic()

    def program(self, member: str) -> list[str]:
        """Return the command line of a member's node."""
        return [sys.executable, "-m", "mufakat", "--home", str(self.homes[member].folder), "node", "run"]

    def process(self, member: str) -> subprocess.Popen[bytes]:
        """Return the process of a node that was started."""
        return self._processes[member]

    def fallen(self) -> list[str]:
        """Name the nodes that were started and are no longer there."""
        return [member for member, process in self._processes.items() if process.poll() is not None]

    def revive(self) -> list[str]:
        """Start again the nodes that fell some seconds ago; returns their names."""
        now = time.monotonic()
        due = [member for member in self.fallen() if now - self._started[member] > _RESTART_SECONDS]
        if due:
            self.start(*due)
        return due

    def statuses(self) -> list[NodeStatus]:
        """Ask every node how it stands."""
        return [status_of(home) for home in self.homes.values()]

    def wait_until_up(self, seconds: float = 60) -> None:
        """Wait until every node has a history and knows where the others are; raises NotCommitted."""
        until = time.monotonic() + seconds
        while not all(each.up and each.entries and not each.catching_up for each in self.statuses()):
            if time.monotonic() > until or self.fallen():
                missing = [each.member for each in self.statuses() if not each.entries]
                raise NotCommitted(
                    f"not up: {', '.join(missing or self.fallen())}; see node.log and engine.log"
                )
            time.sleep(0.2)

    def stop(self, *members: str) -> None:
        """Stop the named nodes, or all, at first politely."""
        chosen = {each: self._processes[each] for each in members or list(self._processes)}
        for process in chosen.values():
            process.terminate()
        for member, process in chosen.items():
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            del self._processes[member]
