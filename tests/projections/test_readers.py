"""Readers of the views beside the node that folds them: they change nothing, and nothing is taken from them."""

import sqlite3
from contextlib import closing

import pytest

from mufakat.projections import store
from mufakat.projections.store import Views
from tests.journal import histories


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_views_opened_to_read_are_never_written_or_deleted(tmp_path):
    histories.write(tmp_path / "u", histories.day())
    (tmp_path / "u" / "journal.db").unlink()
    path = tmp_path / "u" / "views.db"
    before = contents(tmp_path / "u")
    with closing(Views.open_to_read(path)) as views:
        assert views.entries == len(histories.day().log) + 1
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            views.fold([], 5)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            views.sql.execute("DELETE FROM entry")
    assert contents(tmp_path / "u") == before


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_views_that_cannot_be_read_are_left_as_they_are_by_a_reader(tmp_path, content):
    path = tmp_path / "views.db"
    path.write_bytes(content)
    with pytest.raises(sqlite3.DatabaseError):
        Views.open_to_read(path)
    assert contents(tmp_path) == {"views.db": content}


def test_a_reader_of_views_that_are_not_there_makes_none(tmp_path):
    with pytest.raises(sqlite3.OperationalError):
        Views.open_to_read(tmp_path / "views.db")
    assert contents(tmp_path) == {}


def test_views_that_somebody_has_locked_are_not_made_anew(tmp_path, monkeypatch):
    path = tmp_path / "u" / "views.db"
    histories.write(tmp_path / "u", histories.day())
    monkeypatch.setattr(store, "WAIT_SECONDS", 0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        for statements in (("BEGIN EXCLUSIVE",), ("BEGIN", "SELECT * FROM entry")):
            for each in statements:
                other.execute(each).fetchone()
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                Views.open(path)
            other.execute("ROLLBACK")
    with closing(Views.open(path)) as views:
        assert views.entries == len(histories.day().log) + 1
