import threading
import time

import pytest

from mufakat.model.event import SequenceAdvanced, UnionFounded
from mufakat.model.record import batch
from mufakat.node import publishing
from mufakat.node.publishing import Follower
from mufakat.node.replica import Replica
from mufakat.projections.rows import Entry
from mufakat.projections.store import Views
from tests.union import A1, NOON_US, charter, settled_world


@pytest.fixture
def follower(tmp_path):
    writer = Views.open(tmp_path / "views.db")
    writer.fold([(Entry(0, NOON_US, bytes(32)), (UnionFounded(charter()),))], 1)
    made = Follower(writer, tmp_path / "views.db")
    yield made
    made.close()


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
    monkeypatch.setattr(publishing, "_REST_SECONDS", 10**6)
    monkeypatch.setattr(publishing, "_TOGETHER", 1)
    monkeypatch.setattr(publishing, "_BUSY_SECONDS", 10**6)
    follower.stir()
    follower.publish(published(1, 100) + published(2, 0), 3)
    until = time.monotonic() + 10
    while (follower._behind or follower._folding) and time.monotonic() < until:
        time.sleep(0.01)
    follower.publish(published(3), 4)
    follower.settle()
    assert follower.views.entries == 4
    numbers = follower.views.sql.execute("SELECT number FROM entry ORDER BY rowid").fetchall()
    assert numbers == [(number,) for number in range(4)]


def test_many_that_are_little_are_folded_together(follower, monkeypatch):
    monkeypatch.setattr(publishing, "_REST_SECONDS", 10**6)
    follower.stir()
    follower.publish([each for number in range(1, 40) for each in published(number, 10)], 40)
    until = time.monotonic() + 2
    while follower.views.entries < 40 and time.monotonic() < until:
        follower.stir()
        time.sleep(0.01)
    assert follower.views.entries == 40


def test_while_commands_come_in_it_rests_and_afterwards_it_goes_on(follower, monkeypatch):
    monkeypatch.setattr(publishing, "_REST_SECONDS", 10**6)
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


def test_more_than_may_wait_is_waited_for(follower, monkeypatch):
    monkeypatch.setattr(publishing, "_MOST_BEHIND", 150)
    monkeypatch.setattr(publishing, "_REST_SECONDS", 10**6)
    done = threading.Event()

    def much():
        for number in range(1, 10):
            follower.stir()
            follower.publish(published(number, 100), number + 1)
        done.set()

    threading.Thread(target=much, daemon=True).start()
    assert done.wait(20), "publishing goes on as soon as there is room"
    follower.settle()
    assert follower.views.entries == 10


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
    replica = Replica.create(tmp_path, union.genesis, NOON_US, behind=True)
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
    opened = Replica.open(tmp_path, behind=True)
    assert opened.views.entries == opened.entries == len(union.log) + 2
    assert opened.views.sql.execute("SELECT count(*) FROM payment").fetchone() == (1,)
    opened.close()
