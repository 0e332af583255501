"""A small union in a folder, founded from examples/charter.toml with keys of its own."""

import shutil
from pathlib import Path

import pytest

from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.node import founding
from mufakat.node.embedded import Node
from mufakat.node.home import Home
from mufakat.node.intake import Intake
from mufakat.node.keys import KeyRing
from mufakat.node.session import Session
from mufakat.vault.details import Vault
from tests.union import NOON_US, TUESDAY

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


class Small:
    """Two members, three banks, three firms, day open; files in, files out."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder)
        self.now_us = NOON_US
        plan = founding.read_plan(EXAMPLES / "charter.toml")
        assert not isinstance(plan, list), plan
        ring = KeyRing(self.home.keys)
        genesis = founding.make_keys(plan, ring)
        self.node = Node.create(folder, genesis, self.clock)
        self.session = Session(self.node, ring)
        assert founding.found(plan, self.session) == []
        self.vault = Vault.open(self.home.vault, bytes(32))
        self.intake = Intake(self.session, self.vault, self.home.out)
        self.phase(Phase.OPEN)

    def clock(self) -> int:
        self.now_us += 1_000
        return self.now_us

    def phase(self, phase: Phase) -> None:
        for member in ("QM", "QN"):
            assert self.session.say(member, c.DeclarePhase(TUESDAY, phase)).refusal is None

    def take(self, *files: Path, author: str | None = None):
        return list(self.intake.take(files, author=author))

    def file(self, name: str, text: str | bytes) -> Path:
        path = self.home.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def close(self) -> None:
        self.vault.close()
        self.node.close()


@pytest.fixture
def small(tmp_path):
    world = Small(tmp_path / "home")
    yield world
    world.close()


@pytest.fixture
def examples(tmp_path) -> Path:
    return Path(shutil.copytree(EXAMPLES, tmp_path / "examples"))
