import random
import sqlite3

import pytest

from mufakat.audit.reading import IntegrityFault
from mufakat.audit.replay import verify
from mufakat.journal.log import Journal, JournalInUse, JournalMissing, NotAJournal
from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.node.embedded import Node
from tests.union import NOON_US, settled_world


def world():
    union = settled_world()
    union.pay(amount=400)
    union.pay(amount=700)
    for debtor, creditor, amount in ((0, 2, 500), (2, 4, 300), (4, 0, 200)):
        union.owe(debtor, creditor, amount)
    union.pay(channel=c.Channel.MPNS, amount=10)
    union.cycle()
    union.phase(Phase.CUT_OFF)
    union.phase(Phase.CLOSED)
    return union


def write(folder, union, size, snapshot_after=None):
    times = iter([NOON_US, *(at for _, at in union.log)])
    node = Node.create(folder, union.genesis, lambda: next(times))
    for number, at in enumerate(range(0, len(union.log), size)):
        node.submit([data for data, _ in union.log[at : at + size]])
        if number == snapshot_after:
            node.save_snapshot()
    root = node.state_root()
    node.close()
    return root


@pytest.mark.parametrize("size", [1, 7, 4_096])
def test_any_batch_size_gives_one_state_root(tmp_path, size):
    union = world()
    assert write(tmp_path / "u", union, size) == union.state.root()
    verdict = verify(tmp_path / "u" / "journal.db")
    assert verdict.state_root == union.state.root()
    assert verdict.entries == len(union.log) + 1


def test_opening_from_a_snapshot_and_from_genesis_gives_the_same_state(tmp_path):
    union = world()
    write(tmp_path / "u", union, 7, snapshot_after=3)
    for _ in range(2):
        with Node.open(tmp_path / "u", lambda: NOON_US) as node:
            assert node.state_root() == union.state.root()
        (tmp_path / "u" / "views.db").unlink()


def test_any_flipped_byte_is_found_or_carried_no_data(tmp_path):
    union = world()
    write(tmp_path / "u", union, 7, snapshot_after=3)
    whole = (tmp_path / "u" / "journal.db").read_bytes()
    honest = verify(tmp_path / "u" / "journal.db")
    chance, found, copy = random.Random(20261124), 0, tmp_path / "copy.db"
    for _ in range(200):
        place, change = chance.randrange(len(whole)), chance.randrange(1, 256)
        copy.write_bytes(whole[:place] + bytes([whole[place] ^ change]) + whole[place + 1 :])
        try:
            verdict = verify(copy)
        except IntegrityFault:
            found += 1
        else:
            assert verdict == honest, f"byte {place} changed by {change}"
    assert found > 50


def test_a_truncated_journal_is_refused(tmp_path):
    union = world()
    write(tmp_path / "u", union, 7)
    whole = (tmp_path / "u" / "journal.db").read_bytes()
    for length in range(0, len(whole), 4_096):
        (tmp_path / "copy.db").write_bytes(whole[:length])
        with pytest.raises(IntegrityFault):
            verify(tmp_path / "copy.db")


@pytest.mark.parametrize(
    ("change", "entry"),
    [
        ("UPDATE entry SET outcome = zeroblob(3) WHERE seq = 9", 9),
        ("UPDATE entry SET at_us = at_us + 1 WHERE seq = 12", 12),
        ("DELETE FROM entry WHERE seq = 12", None),
        ("DELETE FROM batch WHERE height = (SELECT max(height) FROM batch)", None),
        ("UPDATE batch SET state_root = zeroblob(32) WHERE height = 2", 8),
    ],
)
def test_an_edited_row_is_found(tmp_path, change, entry):
    write(tmp_path / "u", world(), 7)
    path = tmp_path / "u" / "journal.db"
    connection = sqlite3.connect(path)
    connection.execute(change)
    connection.commit()
    connection.close()
    with pytest.raises(IntegrityFault) as fault:
        verify(path)
    assert entry is None or fault.value.entry == entry


def test_a_journal_has_one_writer_and_is_never_written_over(tmp_path):
    path = tmp_path / "journal.db"
    with pytest.raises(JournalMissing):
        Journal.open(path)
    with Journal.create(path) as journal:
        journal.append([(1, b"command", b"outcome")], bytes(32))
        with pytest.raises(FileExistsError):
            Journal.create(path)
        with pytest.raises(JournalInUse):
            Journal.open(path)
    (tmp_path / "text").write_bytes(b"no database at all, but some text" * 40)
    with pytest.raises(NotAJournal):
        Journal.open(tmp_path / "text")


def test_log_time_does_not_go_back_after_opening_from_a_snapshot(tmp_path):
    union = world()
    write(tmp_path / "u", union, 7)
    with Node.open(tmp_path / "u", lambda: NOON_US) as node:
        node.save_snapshot()
    with Node.open(tmp_path / "u", lambda: 1) as node:
        node.submit([b"not a command"])
    assert verify(tmp_path / "u" / "journal.db").entries == len(union.log) + 2
