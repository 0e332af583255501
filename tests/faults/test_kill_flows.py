"""A node that is killed while it takes files has given on and answered all, once it has taken them again."""

import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from lxml import etree

from mufakat.vault.details import Vault
from tests import program
from tests.faults import steps
from tests.messages import banking
from tests.node.conftest import EXAMPLES, message, transaction, uetr_of

DEBTOR, CREDITOR = "LUALQMA0XXX", "TANGQMA0XXX"
DEAR = "9000000.00"
"""More than the bank holds."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Path:
    """A union whose day is open, and two folders of files: first payments, then what is about them."""
    desk = tmp_path_factory.mktemp("desk")
    for words in (("init", "--charter", EXAMPLES / "charter.toml"), ("day", "open", "2026-11-24")):
        assert program.run("--home", desk / "union", *words).returncode == 0
    for folder in ("1", "2"):
        (desk / folder).mkdir()
    for number in range(40):
        amount = DEAR if number % 4 == 0 else "5.00"
        (desk / "1" / f"{number:02}.xml").write_text(message(transaction(number, amount)))
        about = {"uetr": uetr_of(number), "agents": (CREDITOR, DEBTOR)}
        if number % 4 < 2:
            data = banking.recall(uetr_of(number), agents=(DEBTOR, CREDITOR))
        elif number % 4 == 2:
            data = banking.payment_return(amount="5.00", currency="IDR", **about)
        else:
            data = banking.status_request(**about)
        (desk / "2" / f"{number:02}.xml").write_bytes(data)
    return desk


def left(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home)) for path in (home / "out").rglob("*.xml"))


def submit(home: Path, folder: Path, killed_at: int | None) -> None:
    """Submit a folder, and kill the program once so many files more are there."""
    begin = len(left(home))
    command = [*program.PROGRAM, "--home", str(home), "submit", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        while killed_at is not None and process.poll() is None and len(left(home)) - begin < killed_at:
            time.sleep(0.001)
        if killed_at is not None:
            process.send_signal(signal.SIGKILL)
        _, told = process.communicate()
    assert killed_at is not None or process.returncode == 0, told


@pytest.mark.parametrize("killed_at", [(1, 1), (7, 11), (30, 25), (61, 49)])
def test_wherever_it_is_killed_the_same_files_are_left_in_the_end(desk, tmp_path, killed_at):
    homes = [tmp_path / name for name in ("calm", "killed")]
    for home in homes:
        shutil.copytree(desk / "union", home)
    for folder, files in zip(("1", "2"), killed_at, strict=True):
        submit(homes[0], desk / folder, None)
        submit(homes[1], desk / folder, files)
        submit(homes[1], desk / folder, None)
    for home in homes:
        assert program.run("--home", home, "submit", desk / "2").returncode == 0
        vault = Vault.open(home / "vault.db")
        assert vault.owed() == []
        vault.close()
    calm, killed = (left(home) for home in homes)
    assert calm == killed
    kinds = [name.split("/")[1] for name in calm]
    assert [kinds.count(kind) for kind in ("pacs.008", "camt.056", "pacs.004", "camt.029")] == [
        30,
        10,
        10,
        20,
    ]


def check_that_all_is_left(home: Path, calm: list[str]) -> None:
    assert left(home) == calm
    assert not list((home / "out").rglob(".*")), "nothing is half written"
    vault = Vault.open(home / "vault.db")
    assert vault.owed() == []
    vault.close()


@pytest.fixture(scope="module")
def calm(desk, tmp_path_factory) -> tuple[list[str], int]:
    """What is left when nobody kills it, and how many steps the second folder takes."""
    home = tmp_path_factory.mktemp("calm") / "union"
    shutil.copytree(desk / "union", home)
    submit(home, desk / "1", None)
    done = steps.run(home, 0, "--home", home, "submit", desk / "2")
    submit(home, desk / "2", None)
    check_that_all_is_left(home, left(home))
    return left(home), int(done.stderr.splitlines()[-1])


@pytest.mark.parametrize("part", range(10))
def test_killed_before_a_step_of_a_group_it_has_left_all_when_it_ran_again(desk, calm, tmp_path, part):
    """From the vault's first note to its last: files are written, synced and renamed, folders synced."""
    home = tmp_path / "union"
    shutil.copytree(desk / "union", home)
    submit(home, desk / "1", None)
    everything, count = calm
    killed = steps.run(home, 1 + (count - 1) * part // 9, "--home", home, "submit", desk / "2")
    assert killed.returncode == -signal.SIGKILL
    for path in (home / "out").rglob("[!.]*.xml"):
        etree.parse(path)
    for _ in range(2):
        submit(home, desk / "2", None)
    check_that_all_is_left(home, everything)
