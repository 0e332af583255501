"""Messages are checked from the command line: any file, all that is wrong, no union needed."""

import json
import os

import pytest

from mufakat.messages.rules import official
from mufakat.messages.rules.registry import RULES, SETS
from mufakat.messages.rules.verdict import OPENING
from tests.cli.conftest import EXAMPLES
from tests.messages.rules.examples import BASES, changed
from tests.messages.rules.invoices import needs_maven, needs_rules
from tests.program import run

WRONG = changed("cleared", ("<NbOfTxs>1", "<NbOfTxs>2"), ("<Ctry>GB", "<Ctry>UK"))


@pytest.fixture
def folder(tmp_path):
    """Good and bad files, one of them in a folder below, and a hidden one."""
    (tmp_path / "in" / "below").mkdir(parents=True)
    (tmp_path / "in" / "good.xml").write_text(BASES["cleared"])
    (tmp_path / "in" / "wrong.xml").write_text(WRONG)
    (tmp_path / "in" / "below" / "broken.xml").write_bytes(b"<a")
    (tmp_path / "in" / ".part").write_bytes(b"<a")
    return tmp_path


def test_a_valid_file_needs_no_union_and_leaves_nothing(folder):
    done = run("message", "check", "in/good.xml", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "in/good.xml: valid (pacs.008.001.08, iso, market, fatf, hvps)\n"
    assert sorted(each.name for each in folder.iterdir()) == ["in"]


def test_all_that_is_wrong_is_told_with_line_path_rule_and_code(folder):
    done = run("message", "check", "in/wrong.xml", cwd=folder)
    assert done.returncode == 1
    first, second = done.stdout.splitlines()
    assert first.startswith(
        "in/wrong.xml:8: /Envelope/Document/FIToFICstmrCdtTrf/GrpHdr/NbOfTxs: MUF-TOT-01 (AM19): "
    )
    assert "/Cdtr/PstlAdr/Ctry: MUF-CTRY-01 (BE09): UK is no country" in second


def test_a_folder_is_looked_through_and_one_bad_file_stops_no_other(folder):
    done = run("message", "check", "in", "in/good.xml", cwd=folder)
    assert done.returncode == 1
    assert "in/below/broken.xml:1: MUF-FILE-01 (FF01)" in done.stdout and "MUF-CTRY-01" in done.stdout
    assert done.stdout.endswith("4 files: 2 valid, 2 not.\n")
    assert ".part" not in done.stdout


def test_one_json_document_says_all(folder):
    done = run("message", "check", "in", "--json", cwd=folder)
    told = json.loads(done.stdout)
    assert (done.returncode, told["valid"], told["invalid"]) == (1, 1, 2)
    files = {each["file"]: each for each in told["files"]}
    assert files["in/good.xml"] == {
        "file": "in/good.xml",
        "message": "pacs.008.001.08",
        "valid": True,
        "rules": ["iso", "market", "fatf", "hvps"],
        "findings": [],
    }
    finding = files["in/wrong.xml"]["findings"][0]
    assert set(finding) == {"rule", "severity", "code", "line", "path", "text"}
    assert (finding["rule"], finding["line"]) == ("MUF-TOT-01", 8)


def test_the_schema_alone_passes_what_only_rules_refuse(folder):
    done = run("message", "check", "in/wrong.xml", "--schema-only", cwd=folder)
    assert (done.returncode, done.stdout) == (0, "in/wrong.xml: valid (pacs.008.001.08)\n")


def test_sets_of_rules_are_named(folder):
    done = run(
        "message", "check", "in/wrong.xml", "--rules", "market", "--rules", "cpmi", "--json", cwd=folder
    )
    (file,) = json.loads(done.stdout)["files"]
    assert file["rules"] == ["market", "cpmi"]
    assert [each["rule"] for each in file["findings"]] == ["MUF-CTRY-01"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("in/none.xml",), "there is no such file"),
        (("in/good.xml", "--rules", "sepa"), "no set of rules 'sepa'; there are iso, market"),
        (("in/good.xml", "--rules", "iso", "--schema-only"), "not both"),
        ((), "Missing argument"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_checked(folder, words, told):
    done = run("message", "check", *words, cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_may_not_be_read_is_not_valid(folder):
    (folder / "in" / "good.xml").chmod(0)
    done = run("message", "check", "in/good.xml", cwd=folder)
    assert done.returncode == 1 and "Permission denied" in done.stdout


def test_a_file_that_cannot_be_read_is_not_valid_and_stops_no_other(folder):
    (folder / "in" / "pipe").symlink_to("/proc/self/mem")
    done = run("message", "check", "in/pipe", "in/good.xml", cwd=folder)
    assert done.returncode == 1
    assert "in/pipe: MUF-FILE-01 (FF01): The file cannot be read: " in done.stdout
    assert "in/good.xml: valid" in done.stdout


def test_an_empty_folder_has_nothing_to_check(tmp_path):
    done = run("message", "check", tmp_path)
    assert done.returncode == 2 and "holds no file" in done.stderr


def test_the_examples_are_valid():
    names = ("payment.xml", "invoice.xml", "waiting.csv", "obligations.csv", "reserve.csv", "linked.csv")
    done = run("message", "check", *(EXAMPLES / name for name in names))
    assert done.returncode == 0, done.stdout


def test_every_message_of_the_example_flows_is_valid():
    done = run("message", "check", EXAMPLES / "flows", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["invalid"]) == (0, 0), [each for each in told["files"] if not each["valid"]]
    looked = {name for each in told["files"] for name in each["rules"]}
    assert looked >= {"iso", "market", "fatf", "hvps", "cbpr"} and told["valid"] > 20


def test_all_that_a_day_of_the_union_writes_is_valid(played):
    done = run("message", "check", played / "out", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["invalid"]) == (0, 0), [
        each for each in told["files"] if not each["valid"]
    ][:3]
    assert {each["message"][:8] for each in told["files"]} >= {"pacs.002", "camt.053"}


def test_every_rule_is_listed():
    done = run("message", "rules")
    assert done.returncode == 0
    assert {line.split()[0] for line in done.stdout.splitlines()} == {*RULES, *(each.id for each in OPENING)}
    some = json.loads(run("message", "rules", "--rules", "fatf", "--json").stdout)
    assert [each["id"] for each in some["rules"]] == [each.id for each in SETS["fatf"]]
    assert run("message", "rules", "--rules", "none").returncode == 2


@needs_rules
def test_an_invoice_is_held_to_the_official_rules_that_it_says_to_follow():
    good = run("message", "check", EXAMPLES / "invoice.xml")
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.endswith("invoice.xml: valid (ubl21.Invoice, en16931, peppol-bis-3)\n")
    wrong = run("message", "check", EXAMPLES / "invoice-wrong.xml", "--json")
    (told,) = json.loads(wrong.stdout)["files"]
    assert (wrong.returncode, told["rules"]) == (1, ["en16931", "peppol-bis-3"])
    found = {each["rule"]: each for each in told["findings"]}
    assert set(found) == {"PEPPOL-EN16931-R003", "BR-CO-16", "BR-CL-23"}
    assert found["BR-CL-23"]["path"] == "/Invoice/InvoiceLine/InvoicedQuantity"
    assert (found["BR-CL-23"]["severity"], found["BR-CL-23"]["line"]) == ("error", 82)


@needs_rules
def test_official_rules_are_chosen_by_name_like_others():
    done = run(
        "message",
        "check",
        EXAMPLES / "invoice-wrong.xml",
        EXAMPLES / "payment.xml",
        "--rules",
        "peppol-bis-3",
    )
    assert done.returncode == 1 and "BR-CO-16" not in done.stdout and "R003" in done.stdout
    assert "payment.xml: valid (pacs.008.001.08)" in done.stdout
    assert run("message", "check", EXAMPLES / "invoice-wrong.xml", "--schema-only").returncode == 0


def test_where_the_rule_files_are_not_here_the_program_says_how_to_get_them(tmp_path, monkeypatch):
    monkeypatch.setattr(official, "home", lambda: tmp_path)
    done = run("message", "check", EXAMPLES / "invoice.xml")
    assert done.returncode == 0 and "warning, MUF-SCH-01 (NARR)" in done.stdout
    assert "fetch-rules" in done.stdout and done.stdout.endswith("invoice.xml: valid (ubl21.Invoice)\n")
    for words in (("check", EXAMPLES / "payment.xml"), ("rules",)):
        named = run("message", *words, "--rules", "en16931")
        assert named.returncode == 1 and "Run mufakat message fetch-rules" in named.stderr


@needs_rules
def test_official_rules_are_listed_when_they_are_named():
    listed = json.loads(run("message", "rules", "--rules", "peppol-bis-3", "--json").stdout)["rules"]
    by_id = {each["id"]: each for each in listed}
    assert by_id["PEPPOL-EN16931-R001"]["title"] == "Business process MUST be provided."
    assert {each["severity"] for each in listed} == {"error", "warning"}


@needs_maven
def test_rule_files_are_fetched(tmp_path, monkeypatch):
    monkeypatch.setattr(official, "home", lambda: tmp_path / "rules")
    done = run("message", "fetch-rules", "--json")
    assert done.returncode == 0, done.stderr
    assert {each.rpartition("/")[2] for each in json.loads(done.stdout)["files"]} == {
        each.name for each in (tmp_path / "rules").iterdir()
    }
    missing = run("message", "fetch-rules", "--from", tmp_path)
    assert missing.returncode == 1 and "there is no such file" in missing.stderr
