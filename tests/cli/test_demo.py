import json
import shutil

from tests.program import run


def test_the_day_leaves_a_journal_a_page_and_an_answer_for_each_message(played):
    assert (played / "report.html").stat().st_size > 10_000
    assert len(list((played / "out" / "pacs.002").glob("*.xml"))) >= 500
    assert len(list((played / "out" / "camt.053").rglob("*.xml"))) == 96


def test_the_charter_as_signed_lies_beside_the_journal(played):
    told = json.loads(run("charter", "check", played / "charter.toml", "--json").stdout)
    assert told["union"] == json.loads(run("verify", played / "journal.db", "--json").stdout)["union"]


def test_the_same_seed_gives_the_same_state_root_again_in_place(played, tmp_path):
    again = tmp_path / "again"
    shutil.copytree(played, again)
    words = ("--payments", 500, "--invoices", 10, "--obligations", 300, "--json")
    done = run("--home", again, "demo", *words)
    assert done.returncode == 0
    root = json.loads(run("verify", played / "journal.db", "--json").stdout)["state_root"]
    assert json.loads(done.stdout)["state_root"] == root


def test_nothing_is_deleted_that_is_not_a_demonstration(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    done = run("--home", tmp_path, "demo")
    assert done.returncode == 1
    assert "is not empty" in done.stderr
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_the_last_lines_say_what_happened_and_what_to_try(tmp_path):
    done = run("--home", tmp_path / "d", "demo", "--payments", 500, "--invoices", 4, "--obligations", 50)
    assert done.returncode == 0
    assert "What happened." in done.stdout
    assert "recomputed from genesis and is whole" in done.stdout
    assert "Try next" in done.stdout
