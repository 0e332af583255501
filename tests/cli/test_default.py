"""Coverage, defaults and the rehearsal from the command line; a rehearsal changes nothing."""

import hashlib
import json

from tests.program import run


def said(home, *words):
    done = run("--home", home, *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def bytes_of(home):
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file()
    }


def test_a_rehearsal_on_a_home_leaves_every_byte_of_it(played, tmp_path):
    before = bytes_of(played)
    told = said(played, "drill", "default", "--out", tmp_path / "drill.html")
    assert bytes_of(played) == before
    assert told["rehearsal"]["party"].startswith("Q")
    assert told["page"] == str(tmp_path / "drill.html")
    assert (tmp_path / "drill.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    bank = run("--home", played, "drill", "default", "--party", "NOBKQMA1XXX")
    assert bank.returncode == 2
    assert "no participant or member 'NOBKQMA1XXX'; there are QM, QN" in bank.stderr


def test_a_rehearsal_needs_no_union():
    done = run("drill", "default", "--region")
    assert done.returncode == 0, done.stderr
    assert "a surviving member's pledge" in done.stdout and "Coverage after" in done.stdout
    again = run("drill", "default", "--region", "--seed", 7)
    assert again.stdout == done.stdout


def test_where_there_is_no_union_a_rehearsal_says_so(tmp_path):
    done = run("--home", tmp_path / "none", "drill", "default")
    assert done.returncode == 1
    assert "journal.db is not there" in done.stderr


BANK, ISSUERS_BANK = "UDAYQNA0XXX", "TANGQMA0XXX"
PAYMENT = {
    "uetr": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
    "debtor_agent": BANK,
    "creditor_agent": "LUALQMA0XXX",
    "currency": "IDR",
    "amount": 30_000_000,
    "value_date": "2026-11-24",
    "channel": "mpns",
    "details": "00" * 32,
}


def test_a_bank_that_lives_on_a_line_is_rehearsed_declared_shown_and_repaid(union):
    pledge = ("PledgeCollateral", "currency=IDR")
    said(union, "tell", BANK, *pledge, f"holder={BANK}", "amount=2000000")
    said(union, "tell", "QM", *pledge, "holder=QM", "amount=4000000")
    said(union, "tell", BANK, "SubmitPayments", f"payments={json.dumps([PAYMENT])}")
    said(union, "cycle", "run")
    told = said(union, "drill", "default")["rehearsal"]
    assert (told["party"], told["owed"]) == ("QN", [{"currency": "IDR", "amount": 12_000_000}])
    in_words = run("--home", union, "drill", "default", "--party", BANK)
    assert "QM can be called for 40,000.00 IDR at most." in in_words.stdout
    assert "60,000.00 IDR is borne by nobody yet" in in_words.stdout
    for member in ("QM", "QN"):
        said(union, "tell", member, "DeclareDefault", f"party={BANK}", "cause=insolvent")
    shown = said(union, "defaults", 1)
    assert [(each["tier"], each["amount"]) for each in shown["losses"]] == [
        ("own", 2_000_000),
        ("survivor", 4_000_000),
    ]
    assert [(each["member"], each["cap"]) for each in shown["calls"]] == [("QM", 4_000_000)]
    again = run("--home", union, "drill", "default", "--party", BANK)
    assert (again.returncode, "is in default already, number 1" in again.stderr) == (2, True)
    said(union, "tell", ISSUERS_BANK, "RepayLoss", "default=1", "currency=IDR", "amount=7000000")
    assert "a surviving member's pledge" in run("--home", union, "defaults", 1).stdout
    for step in ("cutoff", "close"):
        said(union, "day", step)
    measured = said(union, "coverage")
    assert (measured["date"], measured["short"]) == ("2026-11-24", True)
    assert [each["cover"] for each in measured["coverage"]] == [1, 2]
    assert "the lines' limits" in run("--home", union, "coverage", "--date", "2026-11-24").stdout


def test_defaults_and_coverage_are_shown_as_they_stand(union):
    assert said(union, "coverage") == {"date": None, "coverage": [], "short": False}
    assert "nothing to cover" in run("--home", union, "coverage").stdout
    assert said(union, "defaults") == {"defaults": []}
    none = run("--home", union, "defaults", 1)
    assert none.returncode == 1 and "no such default 1" in none.stderr
    assert run("--home", union, "coverage", "--date", "yesterday").returncode == 2
