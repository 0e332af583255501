import random
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.audit.tree import tree_head
from mufakat.journal.frame import ZERO, Entry, chain, frame
from mufakat.journal.log import (
    Journal,
    JournalDamaged,
    JournalError,
    JournalInUse,
    JournalMissing,
    NotAJournal,
)
from mufakat.model.merkle import is_included, leaf_hash

ROOT = b"r" * 32
rows = st.tuples(st.integers(-(2**63), 2**63 - 1), st.binary(max_size=6_000), st.binary(max_size=60))
groups = st.lists(st.lists(rows, min_size=1, max_size=5), max_size=6)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.db"


def filled(path, size=20, group=3):
    with Journal.create(path) as journal:
        made = [(n, b"command %d" % n, b"outcome %d" % n) for n in range(size)]
        for at in range(0, size, group):
            journal.append(made[at : at + group], ROOT)
        return journal.head


def edit(path, change, *values):
    sql = sqlite3.connect(path)
    sql.execute(change, values)
    sql.commit()
    sql.close()


@settings(max_examples=40, deadline=None)
@given(groups, st.data())
def test_a_journal_is_the_list_of_what_was_appended_however_often_it_is_reopened(parts, data):
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal.create(Path(folder) / "journal.db")
        model, heads = [], []
        for part in parts:
            if data.draw(st.booleans(), label="reopen"):
                journal.close()
                journal = Journal.open(journal.path)
            heads.append(journal.append(part, ROOT))
            model += [Entry(len(model) + n, *row) for n, row in enumerate(part)]
            assert list(journal.entries()) == model
            assert heads[-1].tree_root == tree_head([frame(entry) for entry in model])
            first = data.draw(st.integers(0, len(model)), label="first")
            assert list(journal.entries(first)) == model[first:]
        assert list(journal.batches()) == heads
        journal.close()


@settings(max_examples=25, deadline=None)
@given(st.lists(rows, min_size=1, max_size=9), st.integers(1, 9))
def test_the_same_entries_have_one_tree_root_and_chain_however_they_are_grouped(made, size):
    link = ZERO
    for seq, row in enumerate(made):
        link = chain(link, frame(Entry(seq, *row)))
    with tempfile.TemporaryDirectory() as folder, Journal.create(Path(folder) / "journal.db") as journal:
        for at in range(0, len(made), size):
            head = journal.append(made[at : at + size], ROOT)
        assert head.tree_root == tree_head([frame(entry) for entry in journal.entries()])
        assert journal._chain == link


def test_each_entry_is_proved_against_the_tree_root_of_the_head(path):
    head = filled(path)
    with Journal.open(path) as journal:
        for entry in journal.entries():
            proof = journal.inclusion_proof(entry.seq)
            leaf = leaf_hash(frame(entry))
            assert is_included(leaf, entry.seq, head.entries, proof, head.tree_root)
            assert not is_included(leaf, entry.seq + 1, head.entries, proof, head.tree_root)
        with pytest.raises(IndexError):
            journal.inclusion_proof(head.entries)


def test_a_second_opener_is_told_that_the_journal_is_in_use(path):
    with Journal.create(path) as journal:
        journal.append([(1, b"c", b"o")], ROOT)
        with pytest.raises(JournalInUse, match="in use"):
            Journal.open(path)
        other = (
            "import pathlib, sys; from mufakat.journal.log import Journal;"
            "Journal.open(pathlib.Path(sys.argv[1]))"
        )
        told = subprocess.run(
            [sys.executable, "-c", other, path], capture_output=True, text=True, check=False
        )
        assert "JournalInUse" in told.stderr
        journal.append([(2, b"c", b"o")], ROOT)
    with Journal.open(path) as journal:
        assert journal.head.entries == 2


def test_a_file_that_is_not_there_is_named(path):
    with pytest.raises(JournalMissing, match=r"journal\.db is not there"):
        Journal.open(path)
    assert not path.exists()


OTHER_FILES = {
    "empty": b"",
    "short": b"x",
    "text": b"text and no database at all. " * 400,
    "noise": random.Random(1).randbytes(20_000),
}


@pytest.mark.parametrize("content", OTHER_FILES.values(), ids=OTHER_FILES)
def test_a_file_of_something_else_is_not_a_journal_and_stays_as_it_is(path, content):
    path.write_bytes(content)
    with pytest.raises(NotAJournal):
        Journal.open(path)
    assert path.read_bytes() == content


def test_another_database_is_not_a_journal_and_keeps_its_rows(path):
    sql = sqlite3.connect(path)
    with sql:
        sql.execute("CREATE TABLE other (x)")
        sql.execute("INSERT INTO other VALUES (1)")
    with pytest.raises(NotAJournal):
        Journal.open(path)
    assert sql.execute("SELECT x FROM other").fetchall() == [(1,)]
    sql.close()


@pytest.mark.parametrize("pragma", ["user_version = 1", "application_id = 7"])
def test_a_journal_of_another_format_is_refused(path, pragma):
    filled(path)
    edit(path, f"PRAGMA {pragma}")
    with pytest.raises(NotAJournal):
        Journal.open(path)


def test_creating_never_writes_over_what_is_there(path):
    head = filled(path)
    with pytest.raises(FileExistsError, match="never written over"):
        Journal.create(path)
    with Journal.open(path) as journal:
        assert journal.head == head
    path.write_bytes(b"something else")
    with pytest.raises(FileExistsError):
        Journal.create(path)
    assert path.read_bytes() == b"something else"


def test_a_folder_that_is_not_there_is_an_error_of_the_journal_or_the_file_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        Journal.create(tmp_path / "nowhere" / "journal.db")


@pytest.mark.parametrize(
    ("change", "entry"),
    [
        ("UPDATE entry SET command = x'00' WHERE seq = 5", 5),
        ("UPDATE entry SET at_us = 77 WHERE seq = 0", 0),
        ("UPDATE entry SET chain = zeroblob(32) WHERE seq = 19", 19),
        ("DELETE FROM entry WHERE seq = 7", 7),
        ("DELETE FROM entry WHERE seq = 19", 19),
        ("INSERT INTO entry SELECT 20, at_us, command, outcome, chain FROM entry WHERE seq = 1", 20),
    ],
)
def test_reading_stops_at_a_damaged_entry(path, change, entry):
    filled(path)
    edit(path, change)
    with Journal.open(path) as journal, pytest.raises(JournalDamaged) as damage:
        list(journal.entries())
    assert damage.value.entry == entry


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM head",
        "UPDATE head SET entries = 19",
        "UPDATE head SET height = 5",
        "UPDATE head SET frontier = zeroblob(64)",
        "UPDATE head SET seal = zeroblob(32)",
        "DELETE FROM batch WHERE height = 6",
        "UPDATE batch SET tree_root = zeroblob(32) WHERE height = 6",
        "DROP TABLE head",
    ],
)
def test_a_head_that_does_not_fit_is_refused_and_the_file_let_go(path, change):
    filled(path)
    edit(path, change)
    for _ in range(2):  # a lock that outlives the refusal would make the second JournalInUse
        with pytest.raises(JournalError) as refusal:
            Journal.open(path)
        assert not isinstance(refusal.value, JournalInUse)


def test_a_batch_is_durable_by_the_strictest_settings_and_bundled_sqlite(path):
    with Journal.create(path) as journal:
        settings_ = {
            name: next(journal._sql.execute(f"PRAGMA {name}"))[0]
            for name in ("journal_mode", "synchronous", "locking_mode")
        }
    assert settings_ == {"journal_mode": "truncate", "synchronous": 3, "locking_mode": "exclusive"}
    assert apsw.using_amalgamation
