import datetime
import json
import re
from pathlib import Path

import pytest

from mufakat.node.embedded import Node
from tests.cli.conftest import EXAMPLES
from tests.program import run


@pytest.mark.parametrize(
    "words", [("positions",), ("queue", "show"), ("obligations",), ("positions", "--currency", "IDR")]
)
def test_a_view_is_one_json_document_and_a_table(played, words):
    done = run("--home", played, *words, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)
    assert run("--home", played, *words).returncode == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("positions", "--owner", "zz"), "there are QM, QN, LUALQMA0XXX"),
        (("positions", "--currency", "ZZ"), "there are IDR, MYR"),
        (("queue", "show", "--agent", "LUALQMA9XXX"), "there are LUALQMA0XXX, TANGQMA0XXX"),
        (("obligations", "--agent", "QM"), "there are LUALQMA0XXX"),
        (("obligations", "--firm", "XQM000QLTR5HXJW1R939"), "no participant has enrolled"),
        (("obligations", "--status", "nonsense"), "disputed"),
    ],
    ids=lambda value: value[-1] if isinstance(value, tuple) else "",
)
def test_a_name_that_nobody_has_is_wrong_usage_and_the_choices_are_told(union, words, told):
    done = run("--home", union, *words)
    assert done.returncode == 2
    assert told in done.stderr
    assert not done.stdout


def test_whoever_looks_while_another_process_is_at_work_sees_what_it_has_done(union):
    free = run("--home", union, "positions")
    with Node.open(union, lambda: 0):
        for words in (("positions",), ("queue", "show"), ("obligations",), ("rules",), ("proposals",)):
            busy = run("--home", union, *words)
            assert busy.returncode == 0, busy.stderr
            assert "Another process is at work here; this is how it stands after entry" in busy.stderr
        assert run("--home", union, "positions").stdout == free.stdout
        late = run("--home", union, "cycle", "run")
        assert late.returncode == 1
        assert "stop it or wait" in late.stderr
        (union / "views.db").unlink()
        unseen = run("--home", union, "positions")
        assert unseen.returncode == 1
        assert "stop it or wait" in unseen.stderr


def test_a_statement_is_written_while_another_process_is_at_work_and_an_export_waits_for_it(union, tmp_path):
    words = ("--home", union, "statement", "LUALQMA0XXX/IDR", "--json")
    free = json.loads(run(*words).stdout)
    file = Path(free["file"])
    written = file.read_bytes()
    file.unlink()
    with Node.open(union, lambda: 0):
        busy = run(*words)
        assert busy.returncode == 0, busy.stderr
        assert "Another process is at work here" in busy.stderr
        assert json.loads(busy.stdout) == free
        assert file.read_bytes() == written
        late = run("--home", union, "export", tmp_path / "out")
        assert late.returncode == 1
        assert "journal.db is in use by another process; stop it or wait" in late.stderr
        assert not (tmp_path / "out").exists()


def test_whoever_looks_at_accounts_needs_no_vault(union):
    (union / "vault.db").write_bytes(b"no vault" * 500)
    assert run("--home", union, "positions").returncode == 0
    done = run("--home", union, "submit", EXAMPLES / "payment.xml")
    assert done.returncode == 1
    assert "cannot be read as a vault" in done.stderr
    assert "try again" not in done.stderr


def test_positions_sum_to_zero_in_each_currency(played):
    rows = json.loads(run("--home", played, "positions", "--json").stdout)["positions"]
    sums: dict[str, int] = {}
    for row in rows:
        sums[row["currency"]] = sums.get(row["currency"], 0) + row["balance"]
    assert set(sums.values()) == {0}
    assert len(sums) == 5


def test_a_payment_is_shown_with_its_steps(union):
    run("--home", union, "submit", EXAMPLES / "payment.xml")
    done = run("--home", union, "payment", "show", "7F0C2A64-2a0b-4b7e-9d51-0a3c6f1e2b90", "--json")
    assert json.loads(done.stdout)["payment"]["status"] == "settled"
    shown = run("--home", union, "payment", "show", "7f0c2a64-2a0b-4b7e-9d51-0a3c6f1e2b90").stdout
    assert "125,000.50" in shown
    today = f"{datetime.datetime.now(datetime.UTC):%Y-%m}"
    assert re.search(rf"settled +\d+ +{today}-\d\d \d\d:\d\d:\d\d\.\d{{6}}", shown)
    assert run("--home", union, "payment", "show", "nothing").returncode == 1


def test_a_statement_is_shown_and_written(union):
    run("--home", union, "submit", EXAMPLES / "payment.xml")
    done = run("--home", union, "statement", "LUALQMA0XXX/IDR", "--json")
    view = json.loads(done.stdout)
    assert view["statement"]["closing"] == 87_499_950
    assert (union / "out" / "camt.053" / "2026-11-24" / "LUALQMA0XXX-IDR.xml").exists()
    missing = run("--home", union, "statement", "NOBODY/IDR")
    assert missing.returncode == 1
    assert "no settlement account" in missing.stderr


@pytest.mark.parametrize("date", ["1999-01-01", "2026-11-23", "2030-01-01", "0001-01-01"])
def test_a_day_that_never_was_has_no_statement(union, date):
    done = run("--home", union, "statement", "LUALQMA0XXX/IDR", "--date", date)
    assert done.returncode == 1
    assert "was no business day" in done.stderr
    assert "2026-11-24" in done.stderr
    assert not (union / "out" / "camt.053").exists()


def test_an_export_is_written_and_counted(union, tmp_path):
    done = run("--home", union, "export", tmp_path / "out", "--json")
    assert json.loads(done.stdout)["files"]["entries.jsonl"] > 20
    assert (tmp_path / "out" / "payment.csv").exists()


def test_without_a_union_the_way_to_one_is_named(tmp_path):
    done = run("--home", tmp_path / "none", "positions", "--json")
    assert done.returncode == 1
    assert "mufakat init" in json.loads(done.stdout)["error"]


def test_a_statement_of_a_period_comes_a_page_at_a_time(union):
    run("--home", union, "submit", EXAMPLES / "payment.xml")
    words = ("--home", union, "statement", "LUALQMA0XXX/IDR", "--from", "2026-11-01", "--to", "2026-11-30")
    whole = json.loads(run(*words, "--json").stdout)["statement"]
    assert whole["closing"] == 87_499_950
    assert [each["kind"] for each in whole["movements"]] == ["payment"]
    assert whole["opening"] + whole["movements"][0]["amount"] == whole["closing"]
    number = whole["movements"][0]["number"]
    page = json.loads(run(*words, "--limit", 1, "--json").stdout)["statement"]
    assert (page["movements"], page["after"]) == (whole["movements"], number)
    rest = json.loads(run(*words, "--after", number, "--json").stdout)["statement"]
    assert (rest["movements"], rest["after"], rest["closing"]) == ([], None, whole["closing"])
    shown = run(*words, "--limit", 1).stdout
    assert "2026-11-01 to 2026-11-30" in shown
    assert f"go on: --after {number}" in shown
    assert "issue" in run("--home", union, "statement", "LUALQMA0XXX/IDR", "--to", "2026-11-30").stdout
    assert run(*words, "--date", "2026-11-24").returncode == 2
    assert run("--home", union, "statement", "NOBODY/IDR", "--from", "2026-11-01").returncode == 1


def test_positions_are_told_as_they_were_at_an_entry_and_at_a_time(union):
    def held(*words):
        told = json.loads(run("--home", union, "positions", *words, "--json").stdout)
        return told["entry"], {each["account"]: each["balance"] for each in told["held"]}

    last = json.loads(run("--home", union, "views", "status", "--json").stdout)["entries"] - 1
    run("--home", union, "submit", EXAMPLES / "payment.xml")
    account = "settlement/LUALQMA0XXX/IDR"
    before, after = held("--entry", last), held("--entry", last + 1)
    assert before[1][account] - after[1][account] == 12_500_050
    assert held("--at", "2999-01-01T00:00:00") == after
    assert set(held("--entry", 0)[1].values()) == {0}
    assert set(held("--entry", last, "--currency", "MYR")[1]) < set(before[1])
    assert f"Balances after entry {last}" in run("--home", union, "positions", "--entry", last).stdout
    for words, told in (
        (("--entry", last + 9), "the views show entries 0 to"),
        (("--at", "1999-01-01"), "was founded"),
        (("--at", "soon"), "is no time"),
        (("--entry", 1, "--at", "2026-11-24"), "not both"),
    ):
        done = run("--home", union, "positions", *words)
        assert done.returncode == 2
        assert told in done.stderr
