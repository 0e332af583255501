import hashlib
import itertools
import threading
import time
from pathlib import Path

import pytest

from mufakat.model.event import SequenceAdvanced, UnionFounded
from mufakat.model.record import batch
from mufakat.node import backlog, publishing
from mufakat.node.publishing import Behind, Follower, Pace
from mufakat.node.replica import Replica
from mufakat.projections.rows import Entry
from mufakat.projections.store import Views
from tests.union import A1, NOON_US, charter, settled_world


@pytest.fixture
def follower(tmp_path):
    writer = Views.open(tmp_path / "views.db")
    writer.fold([(Entry(0, NOON_US, bytes(32)), (UnionFounded(charter()),))], 1)
    made = Follower(writer, tmp_path / "views.db", commands)
    yield made
    made.close()


def commands(first: int):
    return (number.to_bytes(32, "big") for number in itertools.count(first))


def published(number: int, events: int = 1):
    entry = Entry(number, NOON_US + number, number.to_bytes(32, "big"))
    return [(entry, (SequenceAdvanced(bytes(32), number),) * events)]


def test_what_is_little_is_there_at_once(follower):
    for number in range(1, 6):
        follower.publish(published(number), number + 1)
        assert follower.views.entries == number + 1


def test_what_is_much_comes_behind_in_order_and_all_of_it(follower):
    for number in range(1, 40):
        follower.stir()
        follower.publish(published(number, 100 if number % 2 else 1), number + 1)
    follower.settle()
    assert follower.views.entries == 40
    assert [row[0] for row in follower.views.sql.execute("SELECT number FROM entry ORDER BY rowid")] == [
        *range(40)
    ]


def test_what_is_little_does_not_overtake_an_entry_without_events(follower, monkeypatch):
    monkeypatch.setattr(publishing, "_REST", 10**9)
    monkeypatch.setattr(publishing, "_TOGETHER", 1)
    monkeypatch.setattr(publishing, "_BUSY_SECONDS", 10**6)
    monkeypatch.setattr(publishing, "_QUIET_SECONDS", 60)
    follower.stir()
    follower.publish(published(1, 100) + published(2, 0), 3)
    until = time.monotonic() + 10
    while follower.behind().payments and time.monotonic() < until:
        time.sleep(0.01)
    follower.publish(published(3), 4)
    follower.settle()
    assert follower.views.entries == 4
    numbers = follower.views.sql.execute("SELECT number FROM entry ORDER BY rowid").fetchall()
    assert numbers == [(number,) for number in range(4)]


def test_many_that_are_little_are_folded_together(follower, monkeypatch):
    monkeypatch.setattr(publishing, "_REST", 10**9)
    follower.stir()
    follower.publish([each for number in range(1, 40) for each in published(number, 10)], 40)
    until = time.monotonic() + 2
    while follower.views.entries < 40 and time.monotonic() < until:
        follower.stir()
        time.sleep(0.01)
    assert follower.views.entries == 40


def test_while_commands_come_in_it_rests_and_afterwards_it_goes_on(follower, monkeypatch):
    monkeypatch.setattr(publishing, "_REST", 10**9)
    follower.publish(published(1, 100), 2)
    follower.settle()
    for number in range(2, 5):
        follower.stir()
        follower.publish(published(number, 100), number + 1)
    until = time.monotonic() + 0.2
    while time.monotonic() < until:
        follower.stir()
        time.sleep(0.01)
    assert follower.views.entries < 5
    until = time.monotonic() + 10
    while follower.views.entries < 5 and time.monotonic() < until:
        time.sleep(0.01)
    assert follower.views.entries == 5


def test_between_commands_that_come_now_and_then_it_does_not_rest(follower, monkeypatch):
    monkeypatch.setattr(publishing, "_REST", 10**9)
    monkeypatch.setattr(publishing, "_BUSY_SECONDS", 10**6)
    for number in range(1, 4):
        follower.stir()
        follower.publish(published(number, 100), number + 1)
        until = time.monotonic() + 20
        while follower.views.entries <= number and time.monotonic() < until:
            time.sleep(0.005)
        assert follower.views.entries == number + 1


def test_no_commit_waits_for_the_views_however_much_waits(follower, monkeypatch):
    monkeypatch.setattr(backlog, "MEMORY_BYTES", 100_000)
    fold, begun, go_on = follower._writer.fold, threading.Event(), threading.Event()

    def slow(batch, entries):
        begun.set()
        assert go_on.wait(20)
        fold(batch, entries)

    monkeypatch.setattr(follower._writer, "fold", slow)
    follower.publish(published(1, 100), 2)
    assert begun.wait(20)
    for number in range(2, 40):
        follower.publish(published(number, 100), number + 1)
    assert follower._backlog.spilled > 20
    assert follower.behind() == Behind(39, 3_900, NOON_US + 1)
    go_on.set()
    follower.settle()
    assert follower.behind() == Behind()
    assert [row[0] for row in follower.views.sql.execute("SELECT number FROM entry ORDER BY rowid")] == [
        *range(40)
    ]


def test_settling_tells_how_much_is_folded_of_how_much(follower, monkeypatch):
    monkeypatch.setattr(publishing, "_TOGETHER", 1)
    monkeypatch.setattr(publishing, "_REST", 10**9)
    monkeypatch.setattr(publishing, "_QUIET_SECONDS", 60)
    follower.publish(published(1, 100), 2)
    follower.settle()
    told = []
    follower.stir()
    follower.publish([each for number in range(2, 10) for each in published(number, 100)], 10)
    follower.settle(lambda done, of: told.append((done, of)))
    assert told[-1] == (800, 800)
    assert told == sorted(told)
    assert {of for _, of in told} == {800}


def test_how_long_the_views_have_been_behind_is_told_in_whole_seconds():
    assert Behind(3, 5, NOON_US).seconds(NOON_US + 2_999_999) == 2
    assert Behind(3, 5, NOON_US).seconds(NOON_US - 1) == 0
    assert Behind().seconds(NOON_US) == 0


@pytest.mark.parametrize("events", [1, 100])
def test_a_reader_that_looks_for_long_keeps_no_commit_waiting(follower, events):
    reader = Views.open_to_read(Path(follower._backlog._folder / "views.db"))
    cursor = reader.sql.execute("SELECT number FROM entry")
    cursor.fetchone()
    reader.sql.execute("BEGIN")
    reader.sql.execute("SELECT count(*) FROM progress").fetchone()
    follower.publish(published(1, events), 2)
    assert follower.behind().entries == 1
    reader.sql.execute("ROLLBACK")
    reader.close()
    follower.settle()
    assert follower.views.entries == 2


def test_a_failure_is_told_and_told_again(follower, monkeypatch):
    def broken(batch, entries):
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(follower._writer, "fold", broken)
        follower.publish(published(1, 100), 2)
        for _ in range(2):
            with pytest.raises(OSError, match="the disk is full"):
                follower.settle()
        with pytest.raises(OSError, match="the disk is full"):
            follower.publish(published(2), 3)
        with pytest.raises(OSError, match="the disk is full"):
            follower.stir()
    follower._failure = None


def test_a_replica_that_falls_while_its_views_are_behind_brings_them_up_when_it_opens(tmp_path, monkeypatch):
    monkeypatch.setattr(publishing, "_AT_ONCE", -1)
    union = settled_world(1_000)
    replica = Replica.create(tmp_path, union.genesis, NOON_US, Pace.SOON)
    monkeypatch.setattr(replica._publisher, "publish", lambda batch, entries: None)
    for data, at_us in union.log:
        replica.stage([data], lambda at_us=at_us: at_us)
    replica.commit()
    replica.stage([union.signed(A1, batch((union.order(),)))], lambda: union.now_us)
    replica.commit()
    assert replica.views.entries == 1 < replica.entries
    replica.journal.close()
    replica.stopped = True
    replica.close()
    opened = Replica.open(tmp_path, Pace.SOON)
    assert opened.views.entries == opened.entries == len(union.log) + 2
    assert opened.views.sql.execute("SELECT count(*) FROM payment").fetchone() == (1,)
    opened.close()


@pytest.mark.parametrize("memory", [0, 3_000, 1 << 30])
def test_a_backlog_in_files_finds_its_commands_in_the_journal(tmp_path, monkeypatch, memory):
    monkeypatch.setattr(backlog, "MEMORY_BYTES", memory)
    union = settled_world(1_000)
    for amount in range(1, 30):
        union.must(A1, batch(tuple(union.order(amount=amount) for _ in range(1 + amount % 3))))
    replica = Replica.create(tmp_path, union.genesis, NOON_US, Pace.AFTER)
    with replica._publisher._changed:  # nothing is taken meanwhile
        for number, (data, at_us) in enumerate(union.log):
            replica.stage([data], lambda at_us=at_us: at_us)
            if number % 4 == 0:
                replica.write(replica.seal())
        replica.write(replica.seal())
        assert (replica._publisher._backlog.spilled > 0) is (memory < 1 << 30)
    replica.settle()
    assert replica.behind().entries == 0
    assert replica.views.entries == replica.entries
    told = replica.views.sql.execute("SELECT digest FROM entry ORDER BY number").fetchall()
    assert [digest for (digest,) in told] == [
        hashlib.sha256(entry.command).digest() for entry in replica.log()
    ]
    payments = sum(1 + amount % 3 for amount in range(1, 30))
    assert replica.views.sql.execute("SELECT count(*) FROM payment").fetchone() == (payments,)
    replica.close()
