import json
import subprocess
import sys

import pytest


def run(*words, cwd=None):
    program = [sys.executable, "-c", "from mufakat.cli import main; main()"]
    done = subprocess.run([*program, *map(str, words)], cwd=cwd, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "home"
    done = run("--home", folder, "demo", "--payments", 500, "--invoices", 10, "--obligations", 300, "--json")
    assert done.returncode == 0, done.stderr
    return folder


def test_the_demo_leaves_a_verified_journal_a_page_and_messages(home):
    verdict = json.loads(run("verify", home / "journal.db", "--json").stdout)
    assert len(verdict["state_root"]) == 64
    assert verdict["entries"] > 300
    assert (home / "report.html").stat().st_size > 10_000
    assert len(list((home / "out" / "pacs.002").glob("*.xml"))) >= 500


@pytest.mark.parametrize("words", [["positions"], ["queue"], ["obligations"]])
def test_views_are_one_json_document(home, words):
    done = run("--home", home, *words, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)


def test_exit_codes_tell_refusal_usage_and_integrity(home, tmp_path):
    assert run("--home", tmp_path / "none", "positions").returncode == 1
    assert run("--home", home, "day", "sometime").returncode == 2
    assert run("--home", home, "cycle", "run").returncode == 1
    whole = (home / "journal.db").read_bytes()
    (tmp_path / "cut.db").write_bytes(whole[: len(whole) // 2])
    assert run("verify", tmp_path / "cut.db").returncode == 7


def test_the_demo_deletes_nothing_that_is_not_its_own(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    assert run("--home", tmp_path, "demo").returncode == 1
    assert (tmp_path / "mine.txt").read_text() == "keep"
