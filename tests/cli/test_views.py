"""The views from the command line: how far they are, and made anew, equal."""

import json
import sqlite3
from contextlib import closing

from mufakat.cli.views import behind
from mufakat.node.embedded import Node
from mufakat.node.status import ViewsStatus
from tests.cli.conftest import EXAMPLES, said
from tests.program import run


def contents(home):
    with closing(sqlite3.connect(home / "views.db")) as sql:
        return [line for line in sql.iterdump() if '"progress"' not in line]


def test_views_that_show_all_say_so(union):
    said(union, "submit", EXAMPLES / "payment.xml")
    found = json.loads(said(union, "views", "status", "--json"))
    assert (found["shown"], found["payments"]) == (found["entries"], 1)
    assert (found["behind_entries"], found["behind_payments"], found["behind_seconds"]) == (0, 0, 0)
    shown = said(union, "views", "status")
    assert "with 1 payments" in shown
    assert "That is all of the journal." in shown


def test_views_that_are_behind_say_how_far(union):
    (union / "views.db").rename(union / "old")
    for name in ("payment.xml", "waiting.csv"):
        said(union, "submit", EXAMPLES / name)
    (union / "old").replace(union / "views.db")
    found = json.loads(said(union, "views", "status", "--json"))
    assert found["behind_entries"] == found["entries"] - found["shown"] > 0
    assert found["behind_payments"] is None
    assert found["behind_seconds"] >= 0
    assert "behind the journal" in said(union, "views", "status")


def test_while_another_process_writes_only_what_is_shown_is_told(union):
    with Node.open(union, lambda: 0):
        found = json.loads(said(union, "views", "status", "--json"))
        assert found["shown"] > 1
        assert found["entries"] is None
        assert "only it knows" in said(union, "views", "status")
        late = run("--home", union, "views", "rebuild")
        assert late.returncode == 1
        assert "stop it or wait" in late.stderr


def test_what_is_known_of_the_lag_is_said():
    known = ViewsStatus(5, 0, 0, 8, 3, 20_000, 7)
    assert behind(known) == "They are 3 entries of 20,000 payments and events and 7 s behind the journal."


def test_views_that_are_made_anew_are_the_same(union):
    for name in ("payment.xml", "waiting.csv", "obligations.csv"):
        run("--home", union, "submit", EXAMPLES / name)
    said(union, "cycle", "run")
    before = contents(union)
    with closing(sqlite3.connect(union / "views.db")) as sql, sql:
        sql.execute("UPDATE account SET balance = balance + 1")
    assert contents(union) != before
    told = json.loads(said(union, "views", "rebuild", "--json"))
    assert contents(union) == before
    assert told["entries"] == json.loads(said(union, "views", "status", "--json"))["entries"]
    assert "all of the journal" in said(union, "views", "rebuild")


def test_without_a_journal_there_is_nothing_to_make_views_from(tmp_path):
    done = run("--home", tmp_path, "views", "rebuild")
    assert done.returncode == 1
    assert "holds no journal" in done.stderr
