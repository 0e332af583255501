"""What is saved is a cache: whatever happens to it, a node opens with the state that its journal gives."""

import os
import random
import shutil
from pathlib import Path

import pytest

from mufakat.core import apply, register
from mufakat.core.state import PaymentStatus
from mufakat.journal import snapshot
from mufakat.journal.log import Journal
from mufakat.model import command as c
from mufakat.model.record import batch
from mufakat.node import saving
from mufakat.node.replica import Replica
from tests.union import A1, A2, NOON_US, settled_world


@pytest.fixture
def small(monkeypatch):
    """Few settled payments are in memory, and snapshots are taken often."""
    monkeypatch.setattr(register, "GENERATION", 64)
    monkeypatch.setattr(saving, "PAYMENTS", 200)


@pytest.fixture
def home(tmp_path, small):
    """The home of a node that fell after several snapshots, and a world with the same history."""
    world = settled_world(10**6)
    replica = Replica.create(tmp_path / "h", world.genesis, NOON_US)
    deal(replica, world.log)
    for turn in range(9):
        first = len(world.log)
        orders = tuple(world.order(amount=1) for _ in range(70 + turn))
        world.must(A1, batch(orders))
        world.must(A2, c.ReturnPayment(orders[turn].uetr, "AC04"))
        deal(replica, world.log[first:])
    fall(replica)
    return tmp_path / "h", world


def deal(replica, log):
    times = iter([at for _, at in log])
    replica.stage([data for data, _ in log], lambda: next(times))
    replica.commit()


def fall(replica):
    """What is left when the process ends here: nothing is said goodbye to."""
    replica._saving.settle()
    replica._publisher.close()
    replica.journal.close()


def opened(folder, world, monkeypatch):
    """Open, and return how many entries were replayed; the state must be the one of the log."""
    replayed, real = [], apply.execute
    with monkeypatch.context() as patch:
        patch.setattr(apply, "execute", lambda *words: replayed.append(words) or real(*words))
        replica = Replica.open(folder)
    assert replica.state.root() == world.state.root()
    for row in (0, 70, len(world.state.register) - 1):
        assert replica.state.register.at(row) == world.state.register.at(row)
    paid = world.state.register.at(0)
    assert replica.state.register.get(next(iter(world.payments))) is not None
    assert paid.status == PaymentStatus.RETURNED
    fall(replica)
    return len(replayed)


def test_a_node_that_fell_goes_on_from_a_snapshot_that_it_took_by_itself(home, monkeypatch):
    folder, world = home
    saved = [each.entries for each in snapshot.saved(folder / "state")]
    assert len(saved) == 2
    assert opened(folder, world, monkeypatch) == len(world.log) + 1 - saved[0] < 10
    sizes = [path.stat().st_size for path in (folder / "state").glob("*.snapshot")]
    assert max(sizes) < 30_000, "rows are not in it"


def test_after_a_fall_it_goes_on_as_one_that_never_stopped(home):
    folder, world = home
    replica = Replica.open(folder)
    for _ in range(5):
        first = len(world.log)
        world.must(A1, batch(tuple(world.order(amount=1) for _ in range(90))))
        repeated = world.log[10][0]
        world.send(repeated)
        deal(replica, world.log[first:])
        assert replica.state.root() == world.state.root()
    replica.close()
    again = Replica.open(folder)
    assert again.state.root() == world.state.root()
    again.close()


def missing(path):
    path.unlink()


def emptied(path):
    path.write_bytes(b"")


def short(path, size=None):
    os.truncate(path, path.stat().st_size // 3 if size is None else size)


def flipped(path):
    data = bytearray(path.read_bytes())
    data[random.Random(5).randrange(len(data) // 4)] ^= 4
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [missing, emptied, short, flipped])
@pytest.mark.parametrize("what", ["rows", "newest", "both snapshots"])
def test_what_is_damaged_is_done_without(home, monkeypatch, damage, what):
    folder, world = home
    state = folder / "state"
    newest, older = (state / f"{each.height}.snapshot" for each in snapshot.saved(state))
    for path in {"rows": (state / "rows",), "newest": (newest,), "both snapshots": (newest, older)}[what]:
        damage(path)
    replayed = opened(folder, world, monkeypatch)
    assert (replayed == len(world.log)) == (what != "newest"), "from genesis, or from the older one"
    assert opened(folder, world, monkeypatch) <= replayed


def test_rows_of_another_history_are_done_without(home, tmp_path, monkeypatch):
    folder, world = home
    other = settled_world(10**6)
    replica = Replica.create(tmp_path / "other", other.genesis, NOON_US)
    deal(replica, other.log)
    first = len(other.log)
    other.must(A1, batch(tuple(other.order(amount=2) for _ in range(900))))
    deal(replica, other.log[first:])
    replica.state.register.write()
    fall(replica)
    (folder / "state" / "rows").write_bytes((tmp_path / "other" / "state" / "rows").read_bytes())
    assert opened(folder, world, monkeypatch) == len(world.log)


def test_a_snapshot_that_cannot_be_written_stops_nobody_and_is_told_when_the_node_closes(home, monkeypatch):
    folder, world = home
    replica = Replica.open(folder)

    def full(*_):
        raise OSError(28, "No space left on device", "file")

    with monkeypatch.context() as patch:
        patch.setattr(snapshot, "written_whole", full)
        for _ in range(4):
            first = len(world.log)
            world.must(A1, batch(tuple(world.order(amount=1) for _ in range(90))))
            deal(replica, world.log[first:])
        with pytest.raises(OSError, match="No space left"):
            replica.close()
    assert opened(folder, world, monkeypatch) > 0


def test_rows_that_cannot_be_written_put_a_snapshot_off(home, monkeypatch):
    folder, world = home
    replica = Replica.open(folder)

    def full(_):
        raise OSError(28, "No space left on device", "rows")

    with monkeypatch.context() as patch:
        patch.setattr(saving, "dump_beside_rows", full)
        for _ in range(4):
            first = len(world.log)
            world.must(A1, batch(tuple(world.order(amount=1) for _ in range(90))))
            deal(replica, world.log[first:])
    first = len(world.log)
    world.must(A1, batch(tuple(world.order(amount=1) for _ in range(9))))
    deal(replica, world.log[first:])
    fall(replica)
    assert next(snapshot.saved(folder / "state")).entries == replica.entries
    assert opened(folder, world, monkeypatch) == 0


class Cut(BaseException):
    """The power goes."""


class Power:
    """Goes at the step with this number; until then notes how much of the rows is surely on the disk."""

    def __init__(self, at, rows):
        self.left, self.rows, self.durable = at, rows, rows.stat().st_size

    def before(self, name, real):
        def step(*words, **options):
            if self.left <= 0:
                raise Cut
            self.left -= 1
            result = real(*words, **options)
            if name == "fsync" and os.path.samestat(os.fstat(words[0]), self.rows.stat()):
                self.durable = self.rows.stat().st_size
            return result

        return step


def test_power_that_goes_at_any_step_of_saving_leaves_what_opens_to_the_same_state(
    home, tmp_path, monkeypatch
):
    folder, world = home
    first = len(world.log)
    for _ in range(3):
        world.must(A1, batch(tuple(world.order(amount=1) for _ in range(130))))
    at, was_cut = 0, True
    while was_cut:
        copy = tmp_path / f"cut-{at}"
        shutil.copytree(folder, copy)
        replica, was_cut = Replica.open(copy), False
        power = Power(at, copy / "state" / "rows")
        with monkeypatch.context() as patch:
            for place, name in ((os, "pwrite"), (os, "fsync"), (Path, "replace"), (Path, "unlink")):
                patch.setattr(place, name, power.before(name, getattr(place, name)))
            try:
                for entry in world.log[first:]:
                    deal(replica, [entry])
                    replica._saving.settle()
            except Cut:
                was_cut = True
        replica._saving.close()
        replica._publisher.close()
        replica.journal.close()
        short(copy / "state" / "rows", power.durable)
        with Journal.open(copy / "journal.db") as journal:
            root = journal.head.state_root
        again = Replica.open(copy)
        assert again.state.root() == root
        deal(again, world.log[again.entries - 1 :])
        assert again.state.root() == world.state.root()
        fall(again)
        shutil.rmtree(copy)
        at += 1
    assert at > 10, "there were steps to cut"
