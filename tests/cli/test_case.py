"""A case from the command line, from the payment that was held to the file for a court."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import EXAMPLES, said
from tests.cli.test_listing import OWN, write
from tests.program import run

UETR = "7f0c2a64-2a0b-4b7e-9d51-0a3c6f1e2b90"


@pytest.fixture
def held(union, tmp_path) -> Path:
    """A payment to who is on the member's own list is on hold."""
    said(union, "list", "bring", write(tmp_path, "own.csv", OWN), "--as", "QM", "--dated", "2026-11-24")
    done = pay(union, tmp_path)
    assert done.returncode == 0, done.stderr
    return union


def pay(home: Path, folder: Path):
    text = (EXAMPLES / "payment.xml").read_text(encoding="utf-8")
    text = text.replace("<Nm>Karet Utama</Nm>", "<Nm>Karet Terlarang Trading</Nm>")
    return run("--home", home, "submit", write(folder, "payment.xml", text), "--json")


def plain(home: Path, *words: object):
    return json.loads(said(home, *words, "--json"))


def test_a_held_payment_is_told_and_its_case_listed_and_shown(held, tmp_path):
    (file,) = json.loads(pay(held, tmp_path).stdout)["files"]
    assert [each["status"] for each in file["results"]] == ["held"]
    (case,) = plain(held, "case", "list")["cases"]
    assert (case["number"], case["item"], case["status"]) == (1, UETR, "under review")
    assert plain(held, "case", "list", "--status", "cleared")["cases"] == []
    assert UETR in said(held, "case", "list")

    shown = plain(held, "case", "show", 1)
    (hit,) = shown["hits"]
    assert (hit["text"], hit["main_name"], hit["role"]) == (
        "Karet Terlarang Trading",
        "Karet Terlarang Trading",
        "creditor",
    )
    assert "IDR 125000.50" in said(held, "case", "show", 1)


def test_a_case_is_decided_and_its_file_holds_offline(held, tmp_path):
    told = plain(held, "case", "decide", 1, "clear", "--reason", "another firm")
    assert (told["status"], told["answers"]) == ("cleared", 1)
    assert any("<TxSts>ACSC<" in each.read_text() for each in (held / "out" / "pacs.002").iterdir())
    file = tmp_path / "case.json"
    assert plain(held, "case", "export", 1, "--out", file)["bytes"] == file.stat().st_size

    done = run("case", "check", file, "--charter", held / "charter.toml", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["holds"], found["replayed"]) == (0, True, 2)
    assert "All of it holds" in said(held, "case", "check", file, "--charter", held / "charter.toml")
    assert "another firm" in said(held, "case", "show", 1)

    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("Karet Terlarang", "Karet Terlaranq"), encoding="utf-8")
    done = run("case", "check", file, "--charter", held / "charter.toml")
    assert (done.returncode, "not what the log commits to" in done.stderr) == (7, True)


def test_a_customer_is_allowed_until_a_day(held, tmp_path):
    told = plain(held, "case", "allow", 1, "--until", "2027-11-24", "--reason", "another firm")

    assert told == {"allowed": 1, "until": "2027-11-24"}
    said(held, "case", "decide", 1, "clear", "--reason", "another firm")


@pytest.mark.parametrize(
    ("file", "code", "told"),
    [("no.json", 1, "cannot be read"), (EXAMPLES / "debts.csv", 7, "not that of a case")],
)
def test_another_file_is_no_case(held, file, code, told):
    done = run("case", "check", file, "--charter", held / "charter.toml")

    assert (done.returncode, told in done.stderr) == (code, True), done.stderr


def test_a_decision_goes_to_the_member_as_a_draft(held, tmp_path):
    draft = tmp_path / "decision.draft"
    said(held, "case", "decide", 1, "hit", "--reason", "it is the one", "--draft", draft)
    assert plain(held, "case", "show", 1)["case"]["status"] == "under review"
    said(held, "draft", "send", draft)

    assert plain(held, "case", "show", 1)["case"]["status"] == "confirmed"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("case", "show", 9), 1, "there is no case 9"),
        (("case", "export", 9), 1, "there is no case 9"),
        (("case", "decide", 1, "maybe", "--reason", "x"), 2, "clear, hit or return"),
        (("case", "decide", 1, "return", "--reason", "x"), 1, "CASE_DECIDED"),
        (("case", "decide", 1, "clear", "--reason", ""), 1, "REASON_MISSING"),
        (("case", "allow", 1, "--until", "soon", "--reason", "x"), 2, "is not a date"),
        (("case", "allow", 1, "--until", "2027-01-01", "--reason", "x", "--scope", "y"), 2, "all, payments"),
    ],
)
def test_what_is_wrong_is_told(held, words, code, told):
    done = run("--home", held, *words)

    assert (done.returncode, told in done.stderr) == (code, True), done.stderr
