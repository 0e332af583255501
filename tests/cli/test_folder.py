"""`mufakat folder` as its user runs it."""

import json
import os
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from mufakat.journal.log import Journal
from mufakat.node.folder import Folder
from mufakat.node.home import Home
from tests.cli.conftest import EXAMPLES, said
from tests.node.conftest import message, transaction
from tests.program import PROGRAM, run

PATIENCE = 60


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "folder" / "in").mkdir(parents=True)
    return tmp_path / "folder"


def drop(folder: Path, name: str, data: str | bytes) -> None:
    """Put a file there as a sender does: written under another name, then renamed."""
    partial = folder / "in" / f".{name}"
    partial.write_bytes(data if isinstance(data, bytes) else data.encode())
    partial.rename(folder / "in" / name)


@contextmanager
def watching(home: Path, folder: Path, *words: str):
    line = [*PROGRAM, "--home", str(home), "folder", str(folder), *words]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(folder: Path, name: str) -> dict[str, object]:
    until = time.monotonic() + PATIENCE
    while not (found := list((folder / "receipts").glob(f"2*Z-{name}.json"))):
        assert time.monotonic() < until, f"{name} got no receipt"
        time.sleep(0.02)
    return json.loads(found[-1].read_bytes())


def test_once_takes_what_is_there_and_tells_of_each_file(union, folder):
    drop(folder, "a.xml", message(transaction(0, "5.00")))
    drop(folder, "b.csv", (EXAMPLES / "obligations.csv").read_bytes())
    told = said(union, "folder", folder, "--once")
    assert "a.xml: pacs.008 LUAL-2026-0001: 1 accepted, 0 refused, 0 pending; done/2" in told
    assert "b.csv: obligations: 3 accepted, 0 refused, 0 pending" in told
    drop(folder, "a.xml", message(transaction(0, "5.00")))
    assert "received before" in said(union, "folder", folder, "--once")
    assert said(union, "folder", folder, "--once") == ""


def test_as_json_there_is_one_line_a_file_and_what_is_refused_ends_with_one(union, folder):
    drop(folder, "a.xml", message(transaction(0, "5.00")))
    drop(folder, "b.xml", message(transaction(1, "0.001")))
    drop(folder, "c.xml", b"<")
    done = run("--home", union, "folder", folder, "--once", "--json")
    slips = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [(each["file"], each["accepted"], each["refused"]) for each in slips] == [
        ("a.xml", 1, 0),
        ("b.xml", 0, 1),
        ("c.xml", 0, 0),
    ]
    assert slips[2]["rejection"]["line"] == 1
    for each in slips:
        (receipt,) = (folder / "receipts").glob(f"*-{each['file']}.json")
        assert json.loads(receipt.read_bytes()) == each


def test_what_is_refused_is_told_with_file_line_and_path(union, folder):
    drop(folder, "a.xml", message(transaction(0)).replace("<NbOfTxs>1<", "<NbOfTxs>2<"))
    drop(folder, "b.xml", message(transaction(1, "0.001")))
    done = run("--home", union, "folder", folder, "--once")
    assert done.returncode == 1
    assert "a.xml:7: /Document/FIToFICstmrCdtTrf/GrpHdr/NbOfTxs: AM19: NbOfTxs says 2" in done.stderr
    assert "b.xml:" in done.stderr and "refused whole; refused/2" in done.stdout


def test_firms_debts_are_registered_by_who_is_named(union, folder):
    drop(folder, "b.csv", (EXAMPLES / "obligations.csv").read_bytes())
    done = run("--home", union, "folder", folder, "--once", "--as", "UDAYQNA0XXX", "--json")
    assert (done.returncode, json.loads(done.stdout)["refused"]) == (1, 1)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_takes_files_as_they_come_while_other_commands_work_until_it_is_stopped(union, folder, how):
    with watching(union, folder, "--json") as process:
        drop(folder, "a.xml", message(transaction(0, "5.00")))
        assert wait_for(folder, "a.xml")["accepted"] == 1
        drop(folder, "b.xml", message(transaction(1, "9000000000.00")))
        assert wait_for(folder, "b.xml")["pending"] == 1
        answers = len(list((folder / "out" / "pacs.002").iterdir()))
        until = time.monotonic() + PATIENCE
        for step in ("cutoff", "close"):
            while run("--home", union, "day", step).returncode and time.monotonic() < until:
                time.sleep(0.1)  # a burst of files is at hand
        while not (folder / "out" / "camt.053").exists() or (
            len(list((folder / "out" / "pacs.002").iterdir())) == answers
        ):
            assert time.monotonic() < until, "what the day's close wrote was not handed over"
            time.sleep(0.02)
        process.send_signal(how)
        told, wrong = process.communicate(timeout=PATIENCE)
    assert (process.returncode, wrong) == (0, "")
    assert [json.loads(line)["file"] for line in told.splitlines()] == ["a.xml", "b.xml"]


def test_stopped_in_the_midst_it_ends_after_the_group_at_hand_and_goes_on_later(union, folder):
    for number in range(600):
        drop(folder, f"{number:03}.xml", message(transaction(number, "1.00")))
    with watching(union, folder) as process:
        wait_for(folder, "000.xml")
        process.terminate()
        told, wrong = process.communicate(timeout=PATIENCE)
    assert (process.returncode, wrong) == (0, "")
    done = len(list((folder / "done").iterdir()))
    assert done in {250, 500, 600} and told.startswith("Watching")
    assert len(list((folder / "in").iterdir())) == 600 - done
    assert len(said(union, "folder", folder, "--once").splitlines()) == 600 - done


def test_while_another_process_has_the_journal_it_waits_and_once_does_not(union, folder):
    with Journal.open(Home(union).journal):
        once = run("--home", union, "folder", folder, "--once")
        assert once.returncode == 1 and "another process" in once.stderr
        process = watching(union, folder)
        with process as watcher:
            drop(folder, "a.xml", message(transaction(0, "5.00")))
            assert "waiting" in watcher.stderr.readline()
            assert (folder / "in" / "a.xml").exists(), "nothing is at hand while nobody can take it"


def test_what_another_process_leaves_is_handed_over_when_that_has_ended(union, folder):
    left = Home(union).out / "pacs.008" / "b.xml"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"given on, and not noted yet")
    with Journal.open(Home(union).journal):
        assert run("--home", union, "folder", folder, "--once").returncode == 1
        assert left.exists()
    said(union, "folder", folder, "--once")
    assert (folder / "out" / "pacs.008" / "b.xml").exists() and not left.exists()


def test_two_do_not_watch_one_folder(union, folder):
    with Folder(folder, Home(union).out, lambda: 0):
        done = run("--home", union, "folder", folder, "--once", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout) == {"error": f"{folder}: another process watches this folder"}


def test_wrong_use_is_told(union, folder, tmp_path):
    for words, told in (
        (("--home", union, "folder", union), "is the node's home"),
        (("--home", union, "--island", "folder", folder), "needs the quorum"),
        (("--home", union, "folder"), "Missing argument"),
    ):
        done = run(*words)
        assert done.returncode == 2 and told in done.stderr
    file = tmp_path / "file"
    file.write_bytes(b"")
    for words, told in (
        (("--home", union, "folder", file, "--once"), "file"),
        (("--home", tmp_path / "nobody", "folder", folder, "--once"), "nobody"),
    ):
        done = run(*words)
        assert done.returncode == 1 and told in done.stderr


def test_encrypted_keys_need_a_passphrase_file_to_go_on_unattended(union, folder, tmp_path):
    secret = tmp_path / "passphrase"
    secret.write_text("a long enough passphrase\n")
    said(union, "--passphrase-file", secret, "keys", "encrypt")
    done = run("--home", union, "folder", folder)
    assert done.returncode == 2 and "--passphrase-file" in done.stderr
    drop(folder, "a.xml", message(transaction(0, "5.00")))
    assert "1 accepted" in said(union, "--passphrase-file", secret, "folder", folder, "--once")


@pytest.mark.skipif(os.geteuid() != 0, reason="it needs root to mount a small disk")
def test_a_full_disk_ends_it_with_a_clear_error_and_nothing_is_lost(union, folder):
    out = folder / "out"
    out.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", out], check=False).returncode:
        pytest.skip("a small tmpfs cannot be mounted here")
    try:
        for number in range(10):
            drop(folder, f"{number}.xml", message(transaction(number, "1.00")))
        done = run("--home", union, "folder", folder, "--once")
        assert done.returncode == 1
        assert "No space left on device" in done.stderr and str(out) in done.stderr
        assert not list((folder / "receipts").iterdir())
        assert not list(out.rglob(".*"))
    finally:
        subprocess.run(["umount", "-l", out], check=True)
    assert len(said(union, "folder", folder, "--once").splitlines()) == 10
    assert len(list((folder / "done").iterdir())) == 10
