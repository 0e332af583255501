"""`mufakat views follow` as its user runs it, with a real PostgreSQL."""

import json
import signal
import subprocess
import sys
import threading
from contextlib import closing

import psycopg
import pytest

from mufakat.cli import mirror as own
from mufakat.journal.log import Journal
from mufakat.node.home import Home
from mufakat.node.mirror import Mirror, source_of
from mufakat.projections.store import Views
from tests.cli.conftest import EXAMPLES, said
from tests.program import PROGRAM, run

OTHER = "postgresql://somebody:geheim@127.0.0.1:1/nowhere"


def entries_in(database) -> int:
    with psycopg.connect(database) as sql:
        return sql.execute("SELECT entries FROM mufakat.progress").fetchone()[0]


def followed(home, database, *words):
    return json.loads(said(home, "views", "follow", "--to", database, "--once", "--json", *words))


def test_a_database_is_brought_up_and_goes_on_from_where_it_stands(union, database):
    first = followed(union, database)
    assert first["entries"] == first["folded"] == entries_in(database) > 1
    said(union, "submit", EXAMPLES / "payment.xml")
    second = followed(union, database)
    assert second["entries"] == entries_in(database) == first["entries"] + second["folded"]
    assert second["folded"] > 0 == second["behind"] and second["last_us"] >= first["last_us"]
    told = said(union, "views", "follow", "--to", database, "--once")
    assert (
        f"{second['entries']:,} entries are in PostgreSQL, 0 of them new, 0 behind; the last is of 20" in told
    )
    with psycopg.connect(database) as sql:
        assert sql.execute("SELECT count(*) FROM mufakat.payment").fetchone() == (1,)


def test_made_anew_it_begins_at_genesis(union, database):
    first = followed(union, database)
    with psycopg.connect(database) as sql:
        sql.execute("UPDATE mufakat.progress SET version = 1")
    done = run("--home", union, "views", "follow", "--to", database, "--once")
    assert done.returncode == 1 and "of version 1" in done.stderr
    assert followed(union, database, "--anew")["folded"] == first["entries"]


def test_the_database_may_be_named_by_the_environment_and_the_password_is_not_told(union, monkeypatch):
    monkeypatch.setenv("MUFAKAT_POSTGRES", OTHER)
    by_environment = run("--home", union, "views", "follow", "--once")
    by_option = run("--home", union, "views", "follow", "--once", "--to", OTHER)
    monkeypatch.delenv("MUFAKAT_POSTGRES")
    for name, value in (("HOST", "127.0.0.1"), ("PORT", "1"), ("PASSWORD", "geheim")):
        monkeypatch.setenv(f"PG{name}", value)
    by_libpq = run("--home", union, "views", "follow", "--once", "--json")
    for done in (by_environment, by_option, by_libpq):
        assert done.returncode == 1
        assert "PostgreSQL cannot be reached" in done.stderr and "port 1" in done.stderr
        assert "geheim" not in done.stdout + done.stderr
    assert "cannot be reached" in json.loads(by_libpq.stdout)["error"]


def test_without_the_client_it_is_said_how_to_get_it(union):
    program = "import sys; sys.modules['psycopg'] = None; from mufakat.cli import main; main()"
    line = [sys.executable, "-c", program, "--home", str(union), "views", "follow", "--once"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "mufakat: PostgreSQL's client is not installed: pip install 'mufakat[postgres]'\n"


def test_where_there_is_no_journal_it_is_said_before_anything_is_made(tmp_path, database):
    done = run("--home", tmp_path / "nowhere", "views", "follow", "--to", database, "--once")
    assert done.returncode == 1 and "is not there" in done.stderr
    with psycopg.connect(database) as sql:
        assert sql.execute("SELECT to_regnamespace('mufakat')").fetchone() == (None,)


@pytest.fixture
def following(union, database):
    """The program as it follows the union, and its lines."""
    line = [*PROGRAM, "--home", str(union), "views", "follow", "--to", database, "--json"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        yield program
        program.kill()


def test_it_follows_until_it_is_told_to_stop(union, database, following):
    first = json.loads(following.stdout.readline())
    said(union, "submit", EXAMPLES / "payment.xml")
    second = json.loads(following.stdout.readline())
    assert second["entries"] == entries_in(database) == first["entries"] + second["folded"] > first["entries"]
    following.send_signal(signal.SIGTERM)
    assert following.wait(30) == 0
    assert following.stderr.read() == ""


def test_a_server_that_goes_away_ends_it_with_one_line_and_it_goes_on_later(union, database, following):
    before = json.loads(following.stdout.readline())["entries"]
    with psycopg.connect(database, autocommit=True) as sql:
        sql.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'mufakat' AND datname = current_database()"
        )
    said(union, "submit", EXAMPLES / "payment.xml")
    assert following.wait(30) == 1
    error = following.stderr.read()
    assert error.count("\n") == 1 and "What was folded before is kept" in error
    assert entries_in(database) == before
    assert followed(union, database)["entries"] > before


def test_a_journal_that_another_process_keeps_is_told_or_looked_at_again_later(
    union, database, tmp_path, monkeypatch
):
    monkeypatch.setattr("mufakat.node.mirror._PATIENCE_SECONDS", 0.1)
    with closing(Views.open(tmp_path / "views.db")) as there:
        mirror = Mirror(there, source_of(Home(union)))
        with Journal.open(Home(union).journal):
            done = run("--home", union, "views", "follow", "--to", database, "--once")
            assert done.returncode == 1 and "in use" in done.stderr
            own._catch_up(mirror, threading.Event(), wait=True)
            assert mirror.folded == 0
        own._catch_up(mirror, threading.Event(), wait=True)
        assert mirror.folded > 0


def test_stopped_before_it_has_caught_up_it_says_so(union, database, monkeypatch):
    class Stopped(threading.Event):
        def is_set(self):
            return True

    monkeypatch.setattr(own.threading, "Event", Stopped)
    done = run("--home", union, "views", "follow", "--to", database, "--once")
    assert done.returncode == 130 and "stopped" in done.stderr
