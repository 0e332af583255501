"""A reader's desk: the commands of a page are run in their order, and what the page says they print must be there.

In a block of a page (four spaces), a line is a command. `# text` below it is what it prints, white space apart,
with … for anything; `# exit 1` behind it is its exit code; `&` at its end leaves it running.
`systemctl … mufakat-node  # QP` does to that member's node, run as a process of this test, what systemd would do to
it on QP's host.
"""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mufakat.node.home import Home
from mufakat.node.status import status_of

ROOT = Path(__file__).parents[2]
WRITTEN_PORT = 26650
"""The first port of the first node, as pages have it."""
PATIENCE = 90
QUORUM = 3
"""Nodes of four without which none of them is up."""
READING = re.compile(r" (status|positions|payment show|proposals|rules|keys list)( |$)")
"""Commands that change nothing."""


class Step(NamedTuple):
    """A command of a page and what it prints."""

    command: str
    code: int
    prints: list[str]
    line: int


def steps(page: Path) -> Iterator[Step]:
    command, code, prints, line = "", 0, [], 0
    for number, text in enumerate([*page.read_text(encoding="utf-8").splitlines(), ""], start=1):
        inside = text.startswith("    ") and text.strip()
        if inside and text.lstrip().startswith("# "):
            prints.append(text.strip().removeprefix("# "))
            continue
        if command.endswith("\\"):
            command = f"{command[:-1]}{text.strip()}"
            continue
        if command:
            yield Step(command, code, prints, line)
            command, code, prints = "", 0, []
        if inside:
            found = re.search(r"\s+# exit (\d+)$", text)
            command, code, line = text.strip(), int(found[1]) if found else 0, number
            command = re.sub(r"\s+# exit \d+$", "", command)


def free_ports() -> int:
    """Return the first of a hundred ports that nobody has; below those that systems give away by themselves."""
    first = 10_000 + 100 * (os.getpid() % 150)
    for base in [*range(first, 25_000, 100), *range(10_000, first, 100)]:
        if all(is_free(base + number) for number in (0, 1, 10, 11, 20, 21, 30, 31, 40, 41)):
            return base
    raise AssertionError("no hundred ports are free")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Desk:
    """A folder with the examples and the program, and the processes that a page left running."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_ports()
        self.union = f"build/u{self.port}"
        self.nodes: dict[str, subprocess.Popen[bytes]] = {}
        self.running: list[subprocess.Popen[bytes]] = []
        self.fresh: set[str] = set()
        (folder / "examples").symlink_to(ROOT / "examples")
        (folder / ".venv" / "bin").mkdir(parents=True)
        program = folder / ".venv" / "bin" / "mufakat"
        program.write_text(
            f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m mufakat "$@"\n', encoding="utf-8"
        )
        program.chmod(0o755)

    def home(self, member: str) -> Home:
        return Home(self.folder / self.union / member)

    def here(self, text: str) -> str:
        """Say a command of a page with this desk's own ports and folder, so that two desks do not meet."""
        text = re.sub(r"\b266(\d\d)\b", lambda found: str(self.port + int(found[1]) - 50), text)
        text = text.replace("build/four", self.union)
        return f"{text} --base-port {self.port}" if " union init " in text else text

    def play(self, page: Path) -> int:
        """Run the commands of a page; returns how many there were."""
        found = list(steps(page))
        for step in found:
            self.run(step)
        return len(found)

    def run(self, step: Step) -> None:
        command = self.here(step.command)
        if command.startswith(("make ", "sudo ")):
            return  # the tests' own set-up did it; or it is for a host with systemd
        if command.startswith("systemctl "):
            self.systemctl(*re.fullmatch(r"systemctl (\w+) mufakat-node\s+# (\w\w)", command).groups())
            return
        if command.endswith(" &"):
            words = shlex.split(command[:-2])
            self.running.append(self.started(words, "terminal"))
            self.wait_until_up("QM", "QN", "QO", "QP")
            return
        if " verify " in command and self.running:
            self.stop()  # the page said Ctrl-C
        if len(self.nodes) >= QUORUM:
            self.wait_until_up(*self.fresh)
            self.fresh.clear()
        until = time.monotonic() + (PATIENCE if READING.search(command) else 0)
        while (wrong := self.tried(command, step)) and time.monotonic() < until:
            time.sleep(0.5)  # a node may be a block behind the one that answered before
        assert not wrong, wrong

    def tried(self, command: str, step: Step) -> str:
        """Run a command; returns how it differs from what the page says, or nothing."""
        done = subprocess.run(
            # From its input, so that a page that looks for a process by its command line does not find this one.
            ["bash", "-s"],
            input=command,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        said = done.stdout + done.stderr
        if done.returncode != step.code:
            return f"line {step.line}: {command}\nexit {done.returncode}\n{said}"
        for text in step.prints:
            wanted = r".*?".join(re.escape(flat(self.here(each))) for each in text.split("…"))
            if not re.search(wanted, flat(said)):
                return f"line {step.line}: {command}\nprints no {text!r}:\n{said}"
        return ""

    def systemctl(self, verb: str, member: str) -> None:
        if verb in {"stop", "restart"}:
            self.end(self.nodes.pop(member), signal.SIGTERM)
        if verb == "kill":
            self.end(self.nodes.pop(member), signal.SIGKILL)
        if verb in {"start", "restart", "kill"}:  # systemd starts what was killed again
            home = f"{self.union}/{member}"
            self.nodes[member] = self.started([".venv/bin/mufakat", "--home", home, "node", "run"], member)
            self.fresh.add(member)

    def started(self, words: list[str], name: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                words,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_up(self, *members: str) -> None:
        until = time.monotonic() + PATIENCE
        while not all(
            (each := status_of(self.home(member))).entries and not each.catching_up for member in members
        ):
            logs = "".join(path.read_text(errors="replace")[-2000:] for path in self.folder.glob("*.log"))
            assert time.monotonic() < until, f"{members} are not up\n{logs}"
            time.sleep(0.3)

    def end(self, process: subprocess.Popen[bytes], how: signal.Signals) -> None:
        process.send_signal(how)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        # As systemd's KillMode=mixed: what the process left behind goes with it.
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def stop(self) -> None:
        for process in [*self.running, *self.nodes.values()]:
            self.end(process, signal.SIGTERM)
        self.running, self.nodes = [], {}


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)
