"""Coverage, defaults and the rehearsal from the command line: what is printed, and that a rehearsal changes nothing."""

import hashlib
import json

import pytest

from tests.cli.conftest import run


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


@pytest.fixture
def indebted(union):
    """BKAAQMXXXXX's neighbour lives on its member's line, and has pledged."""
    return union


def test_defaults_and_coverage_are_shown_as_they_stand(union):
    assert said(union, "coverage") == {"date": None, "coverage": [], "short": False}
    assert "nothing to cover" in run("--home", union, "coverage").stdout
    assert said(union, "defaults") == {"defaults": []}
    none = run("--home", union, "defaults", 1)
    assert none.returncode == 1 and "no such default 1" in none.stderr
    assert run("--home", union, "coverage", "--date", "yesterday").returncode == 2
