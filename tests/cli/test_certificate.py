import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import EXAMPLES
from tests.program import run

LUAL = "LUALQMA0XXX"


@pytest.fixture(scope="module")
def signed(tmp_path_factory) -> Path:
    """A union whose first cycle both members have signed; look at it only."""
    home = tmp_path_factory.mktemp("certified") / "union"
    for words in (
        ("init", "--charter", EXAMPLES / "charter.toml"),
        ("day", "open", "2026-11-24"),
        ("submit", EXAMPLES / "obligations.csv"),
        ("cycle", "run"),
        ("cycle", "certify", 1),
    ):
        done = run("--home", home, *words)
        assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def written(signed, tmp_path) -> Path:
    """The certificate of a participant, its page and its items, and the charter, in a folder of their own."""
    done = run(
        *("--home", signed, "certificate", "--cycle", 1, "--participant", LUAL, "--out", tmp_path / "c.json"),
        *("--html", tmp_path / "c.html", "--items", tmp_path / "items.csv"),
    )
    assert done.returncode == 0, done.stderr
    assert "c.json" in done.stdout and "items.csv" in done.stdout
    shutil.copy(signed / "charter.toml", tmp_path / "charter.toml")
    return tmp_path


def checked(folder: Path, *words: object):
    return run("verify-certificate", folder / "c.json", "--charter", folder / "charter.toml", *words)


def test_members_sign_what_their_own_copy_comes_to(union):
    assert run("--home", union, "submit", EXAMPLES / "obligations.csv").returncode == 0
    assert run("--home", union, "cycle", "run").returncode == 0
    early = run("--home", union, "certificate", "--cycle", 1, "--member", "QM")
    assert early.returncode == 1 and "mufakat cycle certify 1" in early.stderr
    first = json.loads(run("--home", union, "cycle", "certify", 1, "--as", "QN", "--json").stdout)
    assert (first["signed"], first["signers"], first["attested"]) == (["QN"], ["QN"], False)
    assert "QN; attested when 2" in run("--home", union, "cycle", "show", 1).stdout
    both = run("--home", union, "cycle", "certify", 1)
    assert "5 certificates recomputed" in both.stdout and "QN, QM; attested" in both.stdout
    again = json.loads(run("--home", union, "cycle", "certify", 1, "--json").stdout)
    assert (again["signed"], again["attested"], again["root"]) == ([], True, first["root"])
    shown = json.loads(run("--home", union, "cycle", "show", 1, "--json").stdout)
    assert shown["certified"]["root"] == first["root"]
    assert [each["member"] for each in shown["signatures"]] == ["QN", "QM"]


def test_a_certificate_holds_with_the_charter_alone(written, tmp_path):
    done = checked(written)
    assert done.returncode == 0
    assert "It holds." in done.stdout and "Signed by 2 members, 2 were needed: QM, QN." in done.stdout
    assert f"on account settlement/{LUAL}/IDR" in done.stdout
    told = json.loads(checked(written, "--json").stdout)
    assert told["holds"] is True and told["items_compared"] is False
    assert told["leaves"][0]["saved"] == 42_000_000 + 3_000_000
    assert "Netting certificate" in (written / "c.html").read_text()


def test_it_is_held_against_the_holders_own_items(written):
    assert "The items come to the same figures." in checked(written, "--items", written / "items.csv").stdout
    own = written / "own.csv"
    own.write_text((written / "items.csv").read_text().replace(",80000.00,", ",80000.01,"))
    done = checked(written, "--items", own, "--json")
    assert done.returncode == 7
    assert json.loads(done.stdout)["proved"] is False
    assert (
        "IDR: pays.obligations.amount: the certificate says 8000000, the items come to 8000001" in done.stderr
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("80000.00", "80000.001", "own.csv:2: netted: "),
        ("80000.00", "much", "own.csv:2: netted: "),
        (",IDR,", ",XXX,", "own.csv:2: currency: no member"),
        ("participant,", "bank,", "own.csv:1: "),
    ],
)
def test_a_list_that_cannot_be_read_is_named_by_line_and_column(written, old, new, told):
    own = written / "own.csv"
    own.write_text((written / "items.csv").read_text().replace(old, new))
    done = checked(written, "--items", own)
    assert done.returncode == 1
    assert told in done.stderr


def test_what_was_changed_is_exit_7_and_names_the_figure(written):
    text = (written / "c.json").read_text()
    (written / "c.json").write_text(text.replace('"saved": 45000000', '"saved": 45000001'))
    done = checked(written)
    assert done.returncode == 7
    assert "not proved: IDR: saved: 45000001 is stated" in done.stderr


def test_a_copy_that_comes_to_another_root_is_exit_7_and_nothing_is_signed(signed, tmp_path):
    import sqlite3  # noqa: PLC0415 - this test alone spoils a view

    home = tmp_path / "spoilt"
    shutil.copytree(signed, home)
    with sqlite3.connect(home / "views.db") as views:
        views.execute("UPDATE cycle_item SET set_off = set_off - 1 WHERE kind = 1 AND set_off > 0")
    done = run("--home", home, "cycle", "certify", 1)
    assert done.returncode == 7
    assert "pays.gross.amount" in done.stderr and "Sign nothing" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("certificate", "--cycle", 1), 2, "name --participant BIC or --member ID"),
        (("certificate", "--cycle", 1, "--participant", LUAL, "--member", "QM"), 2, "one of them"),
        (("certificate", "--cycle", 1, "--participant", "NOBKQMA1XXX"), 2, "no participant 'NOBKQMA1XXX'"),
        (("certificate", "--cycle", 1, "--member", "QX"), 2, "no member 'QX'"),
        (("certificate", "--cycle", 9, "--member", "QM"), 1, "no cycle 9 has run"),
        (("cycle", "certify", 9), 1, "no cycle 9 has run"),
        (("cycle", "show", 9), 1, "no cycle 9 has run"),
        (("cycle", "certify", 1, "--as", "QX"), 2, "no member 'QX'"),
        (("--island", "cycle", "certify", 1), 2, "needs the quorum"),
        (("verify-certificate", "nowhere.json", "--charter", EXAMPLES / "charter.toml"), 1, ""),
    ],
)
def test_what_cannot_be_done_is_said_with_its_exit_code(signed, words, code, told):
    done = run("--home", signed, *words)
    assert done.returncode == code
    assert told in done.stderr


def test_a_member_whose_key_is_elsewhere_does_not_sign_here(signed, tmp_path):
    home = tmp_path / "alone"
    shutil.copytree(signed, home)
    for key in (home / "keys").rglob("*submit*"):
        key.unlink()
    done = run("--home", home, "cycle", "certify", 1)
    assert done.returncode == 1
    assert "no member's submit key is on this machine" in done.stderr


def test_a_missing_file_is_named(written):
    (written / "c.json").unlink()
    done = checked(written)
    assert done.returncode == 1 and "the certificate cannot be read" in done.stderr


def test_it_is_held_against_the_holders_statement_of_account(written, union):
    for words in (("submit", EXAMPLES / "obligations.csv"), ("cycle", "run"), ("cycle", "certify", 1)):
        assert run("--home", union, *words).returncode == 0
    made = run(
        "--home", union, "certificate", "--cycle", 1, "--participant", LUAL, "--out", written / "c.json"
    )
    assert made.returncode == 0
    shutil.copy(union / "charter.toml", written / "charter.toml")
    for step in ("cutoff", "close"):
        assert run("--home", union, "day", step).returncode == 0
    file = union / "out" / "camt.053" / "2026-11-24" / f"{LUAL}-IDR.xml"
    assert "booked as the certificate says" in checked(written, "--statement", file).stdout
    text = file.read_text()
    other = written / "other.xml"
    other.write_text(text.replace("cycle, cycle 1", "cycle, cycle 2"))
    done = checked(written, "--statement", other)
    assert done.returncode == 7
    assert "position: the certificate says -5000000, the statement has booked 0" in done.stderr
    other.write_text("not a statement")
    assert checked(written, "--statement", other).returncode == 1
    other.write_text(text.replace(">50000.00<", ">50000.001<"))
    assert "Amt: " in checked(written, "--statement", other).stderr
