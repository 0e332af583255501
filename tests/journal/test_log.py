import errno
import hashlib
import os
import random
import sqlite3
import struct
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.audit.tree import tree_head
from mufakat.journal import frame as framing
from mufakat.journal.disk import Disk
from mufakat.journal.frame import ZERO, Entry, chain, frame
from mufakat.journal.layout import BLOCK, START
from mufakat.journal.log import (
    Journal,
    JournalDamaged,
    JournalError,
    JournalFull,
    JournalInUse,
    JournalMissing,
    JournalStopped,
    NotAJournal,
)
from mufakat.model.merkle import inclusion_proof, is_included, leaf_hash
from tests.faults.power import PowerDisk, power
from tests.journal import editing
from tests.journal.editing import edit, flipped, frame_at, headers, put, with_header, with_slot

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
        link = chain(link, leaf_hash(frame(Entry(seq, *row))))
    with tempfile.TemporaryDirectory() as folder, Journal.create(Path(folder) / "journal.db") as journal:
        for at in range(0, len(made), size):
            head = journal.append(made[at : at + size], ROOT)
        assert head.tree_root == tree_head([frame(entry) for entry in journal.entries()])
        assert journal._tip.chain == link


def test_each_entry_is_proved_against_the_tree_root_of_the_head(path):
    head = filled(path)
    with Journal.open(path) as journal:
        for entry in journal.entries():
            proof = journal.inclusion_proof(entry.seq)
            leaf = leaf_hash(frame(entry))
            assert is_included(leaf, entry.seq, head.entries, proof, head.tree_root)
            assert not is_included(leaf, entry.seq + 1, head.entries, proof, head.tree_root)
        for outside in (-1, head.entries):
            with pytest.raises(IndexError):
                journal.inclusion_proof(outside)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=12))
def test_proofs_entries_and_batches_are_found_wherever_they_lie(sizes):
    with tempfile.TemporaryDirectory() as folder, Journal.create(Path(folder) / "journal.db") as journal:
        model, heads = [], []
        for size in sizes:
            part = [(n, b"c%d" % n, b"o") for n in range(size)]
            heads.append(journal.append(part, ROOT))
            model += [Entry(len(model) + n, *row) for n, row in enumerate(part)]
        leaves = [leaf_hash(frame(entry)) for entry in model]
        for seq, entry in enumerate(model):
            assert journal.inclusion_proof(seq) == inclusion_proof(leaves, seq)
            assert journal.entry(seq) == entry
        for head in heads:
            assert next(journal.batches(head.height)) == head
            assert journal.contents(head) == [
                (entry.at_us, entry.command, entry.outcome) for entry in model[head.first : head.entries]
            ]
        assert journal.entry(len(model)) is None is journal.entry(-1)
        assert list(journal.batches(len(heads))) == list(journal.entries(len(model))) == []


def test_what_is_read_of_a_long_journal_does_not_grow_with_it(path):
    with power():
        journal = Journal.create(path)
        journal.extend(([(n, b"c", b"o")], ROOT, 0) for n in range(1 << 12))
        reads, read = [], PowerDisk.made[path].read
        PowerDisk.made[path].read = lambda at, length: reads.append(length) or read(at, length)
        journal.inclusion_proof(77)
        assert len(reads) < 200
        reads.clear()
        assert next(journal.entries(1_234)).seq == 1_234
        assert len(reads) < 80


def test_entries_are_hashed_once_whether_or_not_the_tree_was_asked_for_before(path, monkeypatch):
    hashed = []
    leaf = framing.leaf
    monkeypatch.setattr(framing, "leaf", lambda parts: hashed.append(parts) or leaf(parts))
    rows = [(n, b"command", b"outcome") for n in range(5)]
    with Journal.create(path) as journal:
        assert journal.preview(rows[:3]).size == 3
        preview = journal.preview(rows)
        assert journal.append(rows, ROOT).tree_root == preview.root()
        assert len(hashed) == 5
        assert journal.append(rows, ROOT).tree_root != preview.root()
        assert len(hashed) == 10


def test_a_preview_of_other_entries_changes_nothing(path):
    rows = [(n, b"command", b"outcome") for n in range(3)]
    with Journal.create(path) as journal:
        journal.preview([rows[0], (1, b"other", b"outcome"), rows[2]])
        journal.append(rows, ROOT)
        assert [entry.command for entry in journal.entries()] == [b"command"] * 3
        assert list(journal.entries()) == [Entry(n, *row) for n, row in enumerate(rows)]


def syncs_of(path, *appended):
    with power():
        journal = Journal.create(path)
        disk = PowerDisk.made[path]
        for rows in appended:
            before = disk.syncs
            journal.append(rows, ROOT)
        return disk.syncs - before


@pytest.mark.parametrize("command", [b"", b"c" * 600, random.Random(1).randbytes(100_000), bytes(100)])
def test_a_batch_costs_one_sync(path, command):
    assert syncs_of(path, [(1, b"c", b"o")], [(1, command, b"o")]) == 1


@pytest.mark.parametrize("zeros", [200, 5_000, 100_000])
def test_a_batch_that_could_look_like_one_never_written_is_named_by_a_head_slot_at_once(path, zeros):
    assert syncs_of(path, [(1, b"c", b"o")], [(1, b"c" + bytes(zeros), b"o")]) == 2


def test_zeros_are_written_ahead_of_small_batches_and_taken_away_at_the_end(path):
    with power():
        journal = Journal.create(path)
        lengths = set()
        for n in range(300):
            journal.append([(n, b"c" * 600, b"o")], ROOT)
            lengths.add(PowerDisk.made[path].size())
        assert len(lengths) < 20
        journal.append([(1, random.Random(2).randbytes(1 << 21), b"o")], ROOT)
        journal.close()
        path.write_bytes(PowerDisk.made[path].content)
    assert path.stat().st_size == headers(path.read_bytes())[-1].end


def test_one_command_at_a_time_does_not_make_the_file_longer_than_it_is(path):
    filled(path, 1)
    for n in range(5):
        with Journal.open(path) as journal:
            journal.append([(n, b"c", b"o")], ROOT)
            assert path.stat().st_size == START + (n + 2) * BLOCK


def test_a_journal_that_was_closed_names_its_last_batch(path):
    head = filled(path)
    named = max(editing.slots(path.read_bytes()), key=lambda slot: slot.height)
    assert (named.height, named.seal) == (head.height, head.seal)
    before = path.read_bytes()
    Journal.open(path).close()
    assert path.read_bytes() == before, "opening and closing changes nothing"


def test_the_head_can_be_written_down_while_nothing_else_is_to_be_done(path):
    with power():
        journal = Journal.create(path)
        disk = PowerDisk.made[path]
        head = journal.append([(1, b"c", b"o")], ROOT)
        journal.sync_head()
        journal.sync_head()
        assert disk.syncs == 3, "the creation, the batch, and the head once"
        named = max(editing.slots(bytes(disk.synced)), key=lambda slot: slot.height)
        assert named.seal == head.seal


def test_an_entry_that_cannot_be_is_refused_before_anything_is_written(path):
    with Journal.create(path) as journal:
        for wrong in ([], [(1 << 63, b"c", b"o")]):
            with pytest.raises((ValueError, struct.error)):
                journal.append(wrong, ROOT)
        with pytest.raises(ValueError, match="32 bytes"):
            journal.append([(1, b"c", b"o")], b"short")
        journal.append([(1, b"c", b"o")], ROOT)
        assert journal.head.entries == 1


def test_a_closed_journal_writes_and_reads_no_more(path):
    journal = Journal.create(path)
    journal.append([(1, b"c", b"o")], ROOT)
    journal.close()
    journal.close()
    for refused in (
        lambda: journal.append([(2, b"c", b"o")], ROOT),
        lambda: journal.entry(0),
    ):
        with pytest.raises(JournalStopped):
            refused()
    with Journal.open(path) as again:
        assert again.head.entries == 1


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


def test_a_journal_of_another_format_is_refused(path):
    filled(path)
    data = path.read_bytes()
    said = put(data[:36], 16, (4).to_bytes(4))
    path.write_bytes(put(data, 0, said + hashlib.sha256(said).digest()))
    with pytest.raises(NotAJournal):
        Journal.open(path)


@pytest.mark.parametrize("place", [17, 20, 40])
def test_a_journal_whose_first_block_is_damaged_is_refused(path, place):
    filled(path)
    edit(path, flipped, place)
    with pytest.raises(JournalDamaged, match="first block"):
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


def in_command(data, seq):
    return frame_at(data, seq)[0] + 25


@pytest.mark.parametrize("seq", [0, 5, 9, 18, 19])
@pytest.mark.parametrize("place", ["number", "time", "length", "command", "outcome", "leaf hash"])
def test_reading_stops_at_a_damaged_entry(path, seq, place):
    filled(path)
    data = path.read_bytes()
    begin, end = frame_at(data, seq)
    header = next(each for each in headers(data) if each.batch.first <= seq < each.batch.entries)
    within = 2 * seq - seq.bit_count() - 2 * header.batch.first + header.batch.first.bit_count()
    places = {
        "number": begin + 7,
        "time": begin + 15,
        "length": begin + 23,
        "command": begin + 25,
        "outcome": end - 1,
        "leaf hash": header.offset + 272 + 32 * within,
    }
    path.write_bytes(flipped(data, places[place]))
    with Journal.open(path) as journal:
        with pytest.raises(JournalDamaged) as damage:
            list(journal.entries())
        assert damage.value.entry == seq
        with pytest.raises(JournalDamaged):
            journal.contents(header.batch)
        with pytest.raises(JournalDamaged):
            journal.entry(seq)


@pytest.mark.parametrize(("height", "entry"), [(0, 0), (3, 9), (5, 15)])
def test_reading_stops_at_a_batch_whose_header_is_damaged(path, height, entry):
    filled(path)
    with Journal.open(path) as journal:
        edit(path, flipped, headers(path.read_bytes())[height].offset + 100)
        for read in (journal.entries, journal.batches):
            with pytest.raises(JournalDamaged) as damage:
                list(read())
            assert damage.value.entry == entry
        if height == 3:
            assert journal.entry(8).seq == 8, "what lies before the damage is still there"


@pytest.mark.parametrize(("height", "entry"), [(0, 0), (4, 12), (6, 18)])
def test_a_damaged_header_that_leads_to_the_others_is_found_when_the_journal_is_opened(path, height, entry):
    filled(path)
    edit(path, flipped, headers(path.read_bytes())[height].offset + 100)
    with pytest.raises(JournalDamaged) as damage:
        Journal.open(path)
    assert damage.value.entry in {entry, 19}, "of the last batch nothing tells where it begins"


def test_batches_that_changed_their_places_are_found(path):
    filled(path)
    data = path.read_bytes()
    first, second = (data[each.offset : each.end] for each in headers(data)[2:4])
    path.write_bytes(put(data, headers(data)[2].offset, second + first))
    with Journal.open(path) as journal, pytest.raises(JournalDamaged) as damage:
        list(journal.entries())
    assert damage.value.entry == 6


@pytest.mark.parametrize(
    "change",
    [
        {"height": 5},
        {"entries": 19},
        {"seal": bytes(32)},
        {"chain": bytes(32)},
        {"end": START + 6 * BLOCK},
        {"offset": START},
        {"offset": 1 << 40},
    ],
)
def test_a_head_that_names_another_batch_is_refused_and_the_file_let_go(path, change):
    filled(path)
    edit(path, with_slot, 0, **change)
    for _ in range(2):  # a lock that outlives the refusal would make the second JournalInUse
        with pytest.raises(JournalDamaged) as refusal:
            Journal.open(path)
    assert refusal.value.entry is not None


def test_a_tree_that_does_not_fit_the_last_batch_is_refused(path):
    filled(path)
    edit(path, with_header, 6, tree_root=bytes(32))
    with pytest.raises(JournalDamaged) as damage:
        Journal.open(path)
    assert damage.value.entry == 19


def test_one_damaged_head_slot_costs_nothing_and_two_are_refused(path):
    head = filled(path)
    edit(path, flipped, BLOCK + 50)
    with Journal.open(path) as journal:
        assert journal.head == head
        assert len(list(journal.entries())) == head.entries
    for slot in (1, 2):
        edit(path, flipped, slot * BLOCK + 50)
    with pytest.raises(JournalDamaged, match="both head slots"):
        Journal.open(path)


def test_a_disk_that_cannot_be_read_is_told_with_the_entry(path, monkeypatch):
    filled(path)
    at = headers(path.read_bytes())[4].offset
    with Journal.open(path) as journal:
        read = Disk.read

        def broken(disk, place, length):
            if at <= place < at + BLOCK:
                raise OSError(errno.EIO, "Input/output error")
            return read(disk, place, length)

        monkeypatch.setattr(Disk, "read", broken)
        with pytest.raises(JournalDamaged, match="cannot be read: Input/output error") as damage:
            list(journal.entries())
        assert damage.value.entry == 12


@pytest.mark.parametrize("proved", [0, 2])
def test_a_damaged_tree_hash_is_found_by_the_proofs_that_need_it(path, proved):
    filled(path)
    edit(
        path, flipped, headers(path.read_bytes())[0].offset + 272 + 32
    )  # the leaf hash of entry 1, or over both
    edit(path, flipped, headers(path.read_bytes())[0].offset + 272 + 64)
    with Journal.open(path) as journal:
        with pytest.raises(JournalDamaged, match="do not lead") as damage:
            journal.inclusion_proof(proved)
        assert damage.value.entry == proved
        assert journal.inclusion_proof(19)


def refusing(number):
    def refuse(disk, *args):
        raise OSError(number, os.strerror(number))

    return refuse


def test_a_journal_that_cannot_be_made_leaves_no_file(path, monkeypatch):
    monkeypatch.setattr(Disk, "sync", refusing(errno.ENOSPC))
    with pytest.raises(JournalFull, match="the disk is full"):
        Journal.create(path)
    assert not path.exists()


def test_what_fails_on_closing_is_told_and_the_file_let_go(path, monkeypatch):
    journal = Journal.create(path)
    journal.append([(1, b"c", b"o")], ROOT)
    with monkeypatch.context() as failing:
        failing.setattr(Disk, "write", refusing(errno.EIO))
        with pytest.raises(JournalError, match="Input/output error"):
            journal.close()
    with Journal.open(path) as again:
        assert again.head.entries == 1


def test_what_fails_on_opening_is_told_and_the_file_let_go(path, tmp_path, monkeypatch):
    with pytest.raises(JournalError, match="Is a directory"):
        Journal.open(tmp_path)
    filled(path)
    with monkeypatch.context() as failing:
        failing.setattr(Disk, "read", refusing(errno.EIO))
        with pytest.raises(JournalError, match="Input/output error"):
            Journal.open(path)
    Journal.open(path).close()


@pytest.mark.parametrize("read", [lambda j: list(j.entries()), lambda j: j.inclusion_proof(0)])
def test_sectors_that_cannot_be_read_are_damage(path, monkeypatch, read):
    filled(path)
    with Journal.open(path) as journal:
        list(journal.batches())  # the headers are known
        monkeypatch.setattr(Disk, "read", refusing(errno.EIO))
        with pytest.raises(JournalDamaged, match="cannot be read: Input/output error"):
            read(journal)


def test_a_file_that_was_cut_off_under_a_journal_is_damage(path):
    filled(path)
    with Journal.open(path) as journal:
        list(journal.batches())
        os.truncate(path, START)
        for read in (lambda: list(journal.entries()), lambda: journal.inclusion_proof(0)):
            with pytest.raises(JournalDamaged):
                read()


def test_a_batch_that_names_another_before_it_is_damage(path):
    filled(path)
    edit(path, with_header, 3, sealed=bytes(32))
    with Journal.open(path) as journal, pytest.raises(JournalDamaged, match="does not follow") as damage:
        list(journal.entries())
    assert damage.value.entry == 9


def test_a_tail_whose_seal_does_not_fit_is_damage(path):
    with power():
        journal = Journal.create(path)
        for number in range(3):
            journal.append([(number, b"c" * 400, b"o")], ROOT)
        path.write_bytes(PowerDisk.made[path].content)
    edit(path, with_header, 2, seal=b"s" * 32)
    with pytest.raises(JournalDamaged, match="does not fit its seal") as damage:
        Journal.open(path)
    assert damage.value.entry == 2


def test_others_read_what_is_there_while_one_appends(path):
    with Journal.create(path) as journal, ThreadPoolExecutor(1) as writer:

        def write():
            for number in range(300):
                journal.append([(number, b"command %d" % number, b"o"), (number, b"", b"o")], ROOT)

        writing = writer.submit(write)
        while not writing.done():
            size = journal.head.entries
            found = list(journal.entries())
            assert len(found) >= size
            assert [entry.seq for entry in found] == list(range(len(found)))
            if found:
                assert journal.entry(len(found) - 1) == found[-1]
        writing.result()
        assert journal.head.entries == 600
