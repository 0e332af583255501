"""A small union in a folder, founded from examples/charter.toml with keys of its own."""

import re
import shutil
from pathlib import Path

import pytest

from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.node import founding
from mufakat.node.answer import Answers
from mufakat.node.embedded import Node
from mufakat.node.home import Home
from mufakat.node.intake import Intake
from mufakat.node.keys import KeyRing
from mufakat.node.session import Session
from mufakat.vault.details import Vault
from tests.union import NOON_US, TUESDAY

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


TRANSACTION = re.compile("<CdtTrfTxInf>.*</CdtTrfTxInf>", re.DOTALL)
PAYMENT = (EXAMPLES / "payment.xml").read_text()
UETR = "7f0c2a64-2a0b-4b7e-9d51-0a3c6f1e2b90"


def transaction(number: int = 0, amount: str = "125000.50", channel: str = "RTGS") -> str:
    """The transaction of examples/payment.xml, with a UETR and reference of its own for each number but 0."""
    (text,) = TRANSACTION.findall(PAYMENT)
    text = text.replace("E2E-0001", f"E2E-{number + 1:04}").replace("125000.50", amount)
    return text.replace("RTGS", channel).replace(UETR, uetr_of(number))


def uetr_of(number: int) -> str:
    return UETR if number == 0 else f"{number:08x}{UETR[8:]}"


def message(*transactions: str, debtor: str = "LUALQMA0XXX") -> str:
    """A pacs.008 of some transactions, as examples/payment.xml is one of one."""
    text = TRANSACTION.sub("".join(transactions), PAYMENT).replace("LUALQMA0XXX", debtor)
    return text.replace("<NbOfTxs>1<", f"<NbOfTxs>{len(transactions)}<")


class Small:
    """Two members, three banks, three firms, day open; files in, files out. A folder that has one is opened."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder)
        self.now_us = NOON_US
        is_new = not self.home.journal.exists()
        self.node = self._found() if is_new else Node.open(folder, self.clock)
        self.session = Session(self.node, KeyRing(self.home.keys))
        self.vault = Vault.open(self.home.vault, bytes(32))
        self.intake = Intake(self.session, self.vault, self.home.out)
        self.answers = Answers(self.node, self.vault, self.home.out)
        if is_new:
            self.phase(Phase.OPEN)

    def _found(self) -> Node:
        plan = founding.read_plan(EXAMPLES / "charter.toml")
        assert not isinstance(plan, list), plan
        ring = KeyRing(self.home.keys)
        node = Node.create(self.home.folder, founding.make_keys(plan, ring), self.clock)
        assert founding.found(plan, Session(node, ring)) == []
        return node

    def clock(self) -> int:
        self.now_us += 1_000
        return self.now_us

    def phase(self, phase: Phase) -> None:
        for member in ("QM", "QN"):
            assert self.session.say(member, c.DeclarePhase(TUESDAY, phase)).refusal is None

    def take(self, *files: Path, author: str | None = None):
        return list(self.intake.take(files, author=author))

    def written(self) -> list[str]:
        """The names of the pacs.002 that are there, in order."""
        return sorted(path.name for path in self.home.out.glob("pacs.002/*.xml"))

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
