"""A swing line between members whose keys are on two machines, from the command line."""

import json
import shutil
from pathlib import Path

import pytest

from tests.program import run


@pytest.fixture
def machines(union, tmp_path):
    """The union's home, which has QM's keys, and a copy of it that has QN's."""
    other = Path(shutil.copytree(union, tmp_path / "other"))
    (union / "keys" / "QN" / "approve.key").unlink()
    for path in (other / "keys" / "QM").iterdir():
        path.unlink()
    return union, other


def test_a_command_goes_from_machine_to_machine_until_all_have_signed(machines, tmp_path):
    here, there = machines
    path = tmp_path / "line.draft"
    words = ("SetSwingLine", "debtor=QN", "limit=700")
    missing = run("--home", here, "tell", "QM", *words)
    assert missing.returncode == 1
    assert "no approve key of QN" in missing.stderr

    made = run("--home", here, "draft", "make", "QM", *words, "--out", path)
    assert made.returncode == 0, made.stderr
    for each in ("QM says SetSwingLine", 'debtor: "QN"', "limit: 700", f"Give {path} to QN"):
        assert each in made.stdout
    early = run("--home", here, "draft", "send", path, "--json")
    assert early.returncode == 1
    assert "needs the approval of QN first" in json.loads(early.stdout)["error"]

    shown = json.loads(run("--home", there, "draft", "show", path, "--json").stdout)
    assert shown["draft"]["missing"] == ["QN"]
    assert shown["draft"]["fields"] == {"debtor": "QN", "limit": 700}
    approved = run("--home", there, "draft", "approve", path, "--as", "QN")
    assert approved.returncode == 0, approved.stderr
    assert f"Next: mufakat draft send {path}" in approved.stdout
    sent = run("--home", here, "draft", "send", path)
    assert (sent.returncode, sent.stdout) == (0, "SetSwingLine: done.\n")
    twice = run("--home", here, "draft", "send", path)
    assert twice.returncode == 1
    assert "SEQUENCE_REPLAYED" in twice.stderr


def test_what_a_draft_says_cannot_look_like_what_the_program_says(machines, tmp_path):
    here, _ = machines
    path = tmp_path / "odd.draft"
    words = ("OpenAccount", "participant=LUALQMA0XXX", 'currency="IDR\\napproved by QN"')
    said = run("--home", here, "draft", "make", "QM", *words, "--out", path)
    assert 'currency: "IDR\\napproved by QN"' in said.stdout
    assert "\napproved by QN" not in said.stdout


def test_a_draft_that_cannot_be_is_told_in_a_sentence(machines, tmp_path):
    here, _ = machines
    nothing = tmp_path / "nothing.draft"
    gone = run("--home", here, "draft", "show", nothing)
    assert gone.returncode == 1
    assert "nothing.draft cannot be read: No such file or directory" in gone.stderr
    nothing.write_text("no draft")
    assert "is no draft of a command" in run("--home", here, "draft", "show", nothing).stderr
    assert run("--home", here, "draft", "make", "QM", "SetSwingLine", "debtor=QN").returncode == 2
    alone = run("--home", here, "--island", "draft", "show", nothing)
    assert alone.returncode == 2
    assert "needs the quorum" in alone.stderr
