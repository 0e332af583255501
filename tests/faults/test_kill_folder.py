"""A watch of a folder, killed before any of its steps: no file is lost, none applied twice, nothing seen half."""

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from lxml import etree

from mufakat.audit.replay import verify
from mufakat.messages.pieces import LARGE
from mufakat.vault.details import Vault
from tests import program
from tests.faults import steps
from tests.node.conftest import EXAMPLES, message, transaction
from tests.program import PROGRAM

DEAR = "9000000000.00"


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Path:
    """A union whose day is open, and a folder with files of every fate."""
    desk = tmp_path_factory.mktemp("desk")
    for words in (("init", "--charter", EXAMPLES / "charter.toml"), ("day", "open", "2026-11-24")):
        assert program.run("--home", desk / "union", *words).returncode == 0
    files = desk / "folder" / "in"
    files.mkdir(parents=True)
    first = message(transaction(0, "5.00"), transaction(1, "7.00"))
    (files / "a.xml").write_text(first)
    (files / "b.csv").write_bytes((EXAMPLES / "obligations.csv").read_bytes())
    (files / "c.xml").write_text(message(transaction(2, "5.00")).replace("<NbOfTxs>1<", "<NbOfTxs>2<"))
    (files / "d.xml").write_text(first)
    (files / "e.xml").write_text(message(transaction(3, "1.00"), transaction(4, DEAR)))
    return desk


def watched(desk: Path, killed_at: int) -> subprocess.CompletedProcess[str]:
    """Watch once, killed before a step; 0 for never."""
    words = ["--home", str(desk / "union"), "folder", str(desk / "folder"), "--once"]
    return steps.run(desk, killed_at, *words)


def seen(folder: Path, part: str) -> list[Path]:
    """What another process sees in a part of a folder."""
    return sorted(path for path in (folder / part).rglob("[!.]*") if path.is_file())


def check_that_all_is_whole(folder: Path) -> None:
    for path in seen(folder, "out"):
        etree.parse(path)
    for path in seen(folder, "receipts"):
        json.loads(path.read_bytes())
    names = [path.name for part in ("in", ".taking", "done", "refused") for path in seen(folder, part)]
    assert sorted(name[-5:] for name in names) == ["a.xml", "b.csv", "c.xml", "d.xml", "e.xml"], (
        "no file is lost"
    )


def check_that_all_is_done(calm: Path, killed: Path) -> None:
    for part in ("out", "done", "refused", "receipts"):
        names = [
            sorted(
                str(path.relative_to(desk))[-40:].rpartition("Z-")[2] for path in seen(desk / "folder", part)
            )
            for desk in (calm, killed)
        ]
        assert names[0] == names[1]
    assert not seen(killed / "folder", "in") + seen(killed / "folder", ".taking")
    assert not [path for path in (killed / "folder").rglob(".*") if path.name != ".taking"]
    receipts = [json.loads(path.read_bytes()) for path in seen(killed / "folder", "receipts")]
    told = {
        each["file"]: (each["accepted"], each["pending"], each["before"] is not None) for each in receipts
    }
    assert told == {
        "a.xml": (2, 0, False),
        "b.csv": (3, 0, False),
        "c.xml": (0, 0, False),
        "d.xml": (2, 0, True),
        "e.xml": (1, 1, False),
    }
    for receipt in receipts:
        assert all((killed / "folder" / "out" / name).exists() for name in receipt["answers"])
    verify(killed / "union" / "journal.db")
    booked = [program.run("--home", desk / "union", "positions", "--json").stdout for desk in (calm, killed)]
    assert booked[0] == booked[1] != "", "nothing is applied twice"
    vault = Vault.open(killed / "union" / "vault.db")
    assert len(vault.owed()) == 1, "only of the payment that waits more is to be told"
    vault.close()


@pytest.fixture(scope="module")
def calm(desk, tmp_path_factory) -> tuple[Path, int]:
    """What an undisturbed watch leaves, and how many steps it takes."""
    calm = tmp_path_factory.mktemp("calm") / "desk"
    shutil.copytree(desk, calm)
    done = watched(calm, 0)
    assert done.returncode == 1, done.stderr
    return calm, int(done.stderr.splitlines()[-1])


def killed_before(step: int, desk: Path, calm: Path, tmp_path: Path) -> None:
    killed = tmp_path / f"{step}"
    shutil.copytree(desk, killed)
    assert watched(killed, step).returncode == -signal.SIGKILL
    check_that_all_is_whole(killed / "folder")
    done = watched(killed, 0)
    assert done.returncode in {0, 1}, done.stderr
    check_that_all_is_whole(killed / "folder")
    check_that_all_is_done(calm, killed)
    shutil.rmtree(killed)


@pytest.mark.parametrize("part", range(8))
def test_killed_at_some_steps_it_has_done_all_when_it_ran_again(desk, calm, tmp_path, part):
    folder, count = calm
    killed_before(1 + (count - 1) * part // 7, desk, folder, tmp_path)


@pytest.mark.long
def test_killed_before_each_step_it_has_done_all_when_it_ran_again(desk, calm, tmp_path):
    folder, count = calm
    assert count > 50
    for step in range(1, count + 1):
        killed_before(step, desk, folder, tmp_path)


def test_killed_again_and_again_it_has_done_all_in_the_end(desk, calm, tmp_path):
    folder, count = calm
    shutil.copytree(desk, tmp_path / "desk")
    for step in (12, 9, 14, 7, 21):
        watched(tmp_path / "desk", step)
        check_that_all_is_whole(tmp_path / "desk" / "folder")
    watched(tmp_path / "desk", 0)
    check_that_all_is_done(folder, tmp_path / "desk")
    assert count > 21


COUNT = 6_000
"""Transactions of a file that is taken in pieces."""


@pytest.mark.long
@pytest.mark.parametrize("put", [0, 1, 4, 9])
def test_a_large_file_that_was_killed_is_taken_once_and_answered_whole(desk, tmp_path, put):
    """It is killed when the journal has grown by so many groups of payments, or when nothing was put yet."""
    shutil.copytree(desk / "union", tmp_path / "union")
    folder, home = tmp_path / "folder", tmp_path / "union"
    (folder / "in").mkdir(parents=True)
    text = message(*("\n" + transaction(number, "0.01") for number in range(COUNT)))
    assert len(text) > LARGE
    (folder / "in" / "a.xml").write_text(text)
    before = (home / "journal.db").stat().st_size
    line = [*PROGRAM, "--home", str(home), "folder", str(folder), "--once"]
    with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and (
            (home / "journal.db").stat().st_size - before < put * 64_000
            if put
            else not (home / "vault.db-journal").exists()
        ):
            time.sleep(0.001)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert not seen(folder, "out") and not seen(folder, "receipts")
    done = program.run("--home", home, "folder", folder, "--once", "--json")
    assert done.returncode == 0, done.stderr
    slip = json.loads(done.stdout)
    assert (slip["accepted"], slip["transactions"], slip["before"]) == (COUNT, COUNT, None)
    assert len(seen(folder, "out/pacs.008")) == COUNT
    answer = etree.parse(folder / "out" / slip["answers"][0])
    assert [each.text for each in answer.iter("{*}TxSts")] == ["ACSC"] * COUNT
    assert verify(home / "journal.db").entries > 0
