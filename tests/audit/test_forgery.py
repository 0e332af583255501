"""Somebody with the file and a database tool: what they can do to a journal, and what the audit says of it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mufakat.audit.reading import IntegrityFault
from mufakat.audit.replay import verify
from mufakat.core import apply
from mufakat.journal.log import Journal, JournalDamaged
from mufakat.model import outcome as outcomes
from mufakat.model.outcome import DONE
from mufakat.node.embedded import Node
from tests.journal import histories
from tests.union import NOON_US

SIZE = 7
LAST = len(histories.day().log)


@pytest.fixture
def home(tmp_path):
    histories.write(tmp_path / "u", histories.day(), SIZE)
    return tmp_path / "u"


def edit(home, *changes):
    with closing(sqlite3.connect(home / "journal.db")) as sql, sql:
        for change in changes:
            sql.execute(change)


def fault(home):
    with pytest.raises(IntegrityFault) as found:
        verify(home / "journal.db")
    return found.value


@pytest.mark.parametrize(
    ("change", "entry"),
    [
        ("UPDATE entry SET outcome = x'9300c090' WHERE seq = 9", 9),
        ("UPDATE entry SET command = zeroblob(200) WHERE seq = 30", 30),
        ("UPDATE entry SET at_us = at_us + 1 WHERE seq = 12", 12),
        ("UPDATE entry SET at_us = -1 WHERE seq = 0", 0),
        ("UPDATE entry SET chain = zeroblob(32) WHERE seq = 20", 20),
        ("UPDATE entry SET seq = 5000 WHERE seq = 20", 20),
        ("UPDATE batch SET state_root = zeroblob(32) WHERE height = 2", 1 + SIZE),
        ("UPDATE batch SET tree_root = zeroblob(32) WHERE height = 2", 1 + SIZE),
        ("UPDATE batch SET count = count + 1 WHERE height = 2", None),
        ("UPDATE batch SET first = first - 1 WHERE height = 2", 1 + SIZE),
        ("UPDATE head SET frontier = zeroblob(32)", LAST),
        ("UPDATE head SET chain = zeroblob(32)", LAST),
    ],
)
def test_an_edited_row_is_found_at_its_entry(home, change, entry):
    edit(home, change)
    found = fault(home).entry
    assert found == entry or entry is None


def test_two_swapped_entries_are_found_at_the_first(home):
    edit(
        home,
        "UPDATE entry SET seq = 999 WHERE seq = 10",
        "UPDATE entry SET seq = 10 WHERE seq = 11",
        "UPDATE entry SET seq = 11 WHERE seq = 999",
    )
    assert fault(home).entry == 10


def test_a_deleted_entry_is_found(home):
    edit(home, "DELETE FROM entry WHERE seq = 17")
    assert fault(home).entry == 17


def test_a_history_cut_short_by_deleting_its_last_batch_is_found(home):
    first = LAST - (LAST - 1) % SIZE
    edit(home, f"DELETE FROM entry WHERE seq >= {first}", "DELETE FROM batch ORDER BY height DESC LIMIT 1")
    assert fault(home).entry == first


def test_an_entry_put_after_the_last_is_found(home):
    edit(
        home, f"INSERT INTO entry SELECT {LAST + 1}, at_us, command, outcome, chain FROM entry WHERE seq = 3"
    )
    assert fault(home).entry == LAST + 1


def forge(folder, alter):
    """Write a journal whose hashes all fit, from batches that `alter` may change."""
    folder.mkdir()
    with Journal.create(folder / "journal.db") as journal:
        for height, (rows, root) in enumerate(histories.batches(histories.day(), SIZE)):
            journal.append(*alter(height, rows, root))
    return folder


def test_a_rewritten_outcome_is_found_by_replay_though_every_hash_is_made_anew(tmp_path):
    def refuse_the_third(height, rows, root):
        if height != 3:
            return rows, root
        at, command, _ = rows[2]
        refused, _ = apply.execute(histories.day().state, b"not a command", at)
        return [*rows[:2], (at, command, outcomes.encode(refused)), *rows[3:]], root

    home = forge(tmp_path / "u", refuse_the_third)
    found = fault(home)
    assert found.entry == 1 + 2 * SIZE + 2
    assert "the rules give another outcome" in str(found)
    with pytest.raises(JournalDamaged) as damage:
        Node.open(home, lambda: NOON_US)
    assert damage.value.entry == found.entry


def test_a_left_out_command_is_found_by_replay_though_every_hash_is_made_anew(tmp_path):
    home = forge(tmp_path / "u", lambda height, rows, root: (rows[:-1] if height == 3 else rows, root))
    assert fault(home).entry == 1 + 2 * SIZE


def test_another_state_root_is_found_by_replay_though_every_hash_is_made_anew(tmp_path):
    home = forge(tmp_path / "u", lambda height, rows, root: (rows, bytes(32) if height == 4 else root))
    found = fault(home)
    assert found.entry == 1 + 3 * SIZE
    assert "another state root in batch 4" in str(found)


def test_time_that_goes_back_is_found_though_every_hash_is_made_anew(tmp_path):
    def earlier(height, rows, root):
        # The refused bytes that are no command change nothing: their time alone gives the forger away.
        return [(NOON_US if data == b"not a command" else at, data, out) for at, data, out in rows], root

    found = fault(forge(tmp_path / "u", earlier))
    assert "time is before" in str(found)


@pytest.mark.parametrize("genesis", [b"", b"\xc1", b"\x80", b"\x92\x90\x90"])
def test_a_genesis_that_is_none_is_told(tmp_path, genesis):
    with Journal.create(tmp_path / "journal.db") as journal:
        journal.append([(NOON_US, genesis, outcomes.encode(DONE))], bytes(32))
    assert fault(tmp_path).entry == 0
    with pytest.raises(JournalDamaged) as damage:
        Node.open(tmp_path, lambda: NOON_US)
    assert damage.value.entry == 0


@pytest.mark.parametrize(
    ("change", "entry"),
    [
        ("DROP TABLE batch", 0),
        ("ALTER TABLE entry RENAME COLUMN chain TO link", 0),
        ("DELETE FROM head", LAST + 1),
        ("PRAGMA application_id = 1", 0),
        ("PRAGMA user_version = 1", 0),
    ],
)
def test_another_schema_is_no_journal_and_the_first_entry_not_read_is_named(home, change, entry):
    edit(home, change)
    assert fault(home).entry == entry


def test_a_file_that_is_not_there_or_not_a_database_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="is not there"):
        verify(tmp_path / "journal.db")
    with pytest.raises(
        FileNotFoundError, match=r"is a folder; name the journal in it, such as .*journal\.db"
    ):
        verify(tmp_path)
    with pytest.raises(FileNotFoundError, match="is not a file"):
        verify(Path("/dev/null"))
    (tmp_path / "journal.db").write_bytes(b"no database" * 1_000)
    assert fault(tmp_path).entry == 0
