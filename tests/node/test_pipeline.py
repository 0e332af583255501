"""Commands of several callers: each is acknowledged once it is durable, and groups grow while the disk is busy."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from mufakat.audit.replay import verify
from mufakat.journal.log import Journal, JournalError, JournalFull
from mufakat.node import pipeline
from mufakat.node.embedded import Node
from mufakat.node.replica import NodeStopped
from mufakat.simulation.ledger import NOON_US, Payers, genesis

CLIENTS = 5
LARGE = 600
"""Payments of a command that is long enough to be read ahead."""


@pytest.fixture
def payers():
    return Payers(1)


@pytest.fixture
def node(tmp_path, payers):
    ticks = itertools.count(NOON_US)
    with Node.create(tmp_path / "u", genesis(1), lambda: next(ticks)) as made:
        made.submit(list(payers.founding()))
        yield made


def batches_of(node):
    return list(node._replica.journal.batches())


def wait_until_named(node):
    while node._pipeline._unnamed.is_set():
        pass
    with node._pipeline._writing:  # what it names now is named
        pass


class Gate:
    """A journal's append that waits until it is let go, and says that it waits."""

    def __init__(self, monkeypatch):
        self.waits, self.open = threading.Semaphore(0), threading.Event()
        self.failure = None
        real = Journal.append

        def append(*given):
            self.waits.release()
            self.open.wait()
            if self.failure is not None:
                raise self.failure
            return real(*given)

        monkeypatch.setattr(Journal, "append", append)


def test_while_a_group_is_written_the_commands_that_come_in_form_the_next(node, payers, monkeypatch):
    commands = [payers.command(1) for _ in range(1 + CLIENTS)]
    entries, groups = node.entries, len(batches_of(node))
    gate = Gate(monkeypatch)
    with ThreadPoolExecutor(len(commands)) as pool:
        first = pool.submit(node.submit, commands[:1])
        gate.waits.acquire()
        rest = [pool.submit(node.submit, [each]) for each in commands[1:]]
        while node._replica.staged < len(commands):
            pass
        assert not first.done()
        assert not any(each.done() for each in rest)
        assert node.entries == entries
        gate.open.set()
        told = [each.result()[0] for each in (first, *rest)]
    assert [each.refusal for each in told] == [None] * len(commands)
    assert [each.count for each in batches_of(node)[groups:]] == [1, CLIENTS]


@pytest.mark.parametrize("payments", [1, LARGE])
def test_many_callers_write_one_whole_history(node, payers, tmp_path, payments):
    commands = [payers.command(payments) for _ in range(10 * CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        shares = pool.map(
            lambda first: [node.submit([each])[0] for each in commands[first::CLIENTS]], range(CLIENTS)
        )
        told = [each for share in shares for each in share]
    assert [(each.refusal, each.items) for each in told] == [(None, ())] * len(commands)
    logged = [entry.command for entry in node.log()]
    assert sorted(logged[-len(commands) :]) == sorted(commands)
    root = node.state_root()
    node.close()
    assert verify(tmp_path / "u" / "journal.db").state_root == root


@pytest.mark.parametrize("payments", [1, LARGE])
def test_a_list_keeps_its_order_however_it_is_read_and_written(node, payers, payments):
    commands = [payers.command(payments) for _ in range(12)]
    told = node.submit(commands)
    assert [entry.command for entry in node.log()][-12:] == commands
    assert [each.statuses for each in told] == [each.statuses for each in told[:1]] * 12
    assert node.submit([]) == []


def test_nobody_whose_group_failed_is_told_anything_else_and_the_node_stops(
    node, payers, monkeypatch, tmp_path
):
    commands = [payers.command(1) for _ in range(1 + CLIENTS)]
    entries, root = node.entries, node.state_root()
    gate = Gate(monkeypatch)
    gate.failure = JournalFull("the disk is full")
    with ThreadPoolExecutor(len(commands)) as pool:
        first = pool.submit(node.submit, commands[:1])
        gate.waits.acquire()
        rest = [pool.submit(node.submit, [each]) for each in commands[1:]]
        while node._replica.staged < len(commands):
            pass
        gate.open.set()
        for each in (first, *rest):
            with pytest.raises(JournalError):
                each.result()
    with pytest.raises(NodeStopped):
        node.submit([payers.command(1)])
    node.close()
    with Node.open(tmp_path / "u", lambda: NOON_US) as again:
        assert (again.entries, again.state_root()) == (entries, root)


def test_a_list_that_is_written_behind_fails_as_a_whole(node, payers, monkeypatch):
    gate = Gate(monkeypatch)
    gate.failure = JournalFull("the disk is full")
    gate.open.set()
    with pytest.raises(JournalFull):
        node.submit([payers.command(8_190) for _ in range(6)])
    with pytest.raises(NodeStopped):
        node.submit([payers.command(1)])


def test_when_nothing_comes_in_the_last_batch_is_named_once(node, payers, monkeypatch):
    named, calls = threading.Semaphore(0), []
    real = Journal.sync_head

    def sync_head(journal):
        real(journal)
        calls.append(journal.head.height)
        named.release()

    wait_until_named(node)
    monkeypatch.setattr(Journal, "sync_head", sync_head)
    height = node._replica.journal.head.height
    for _ in range(2):
        node.submit([payers.command(1)])
        assert named.acquire(timeout=30)
    assert calls == [height + 1, height + 2]
    assert not named.acquire(timeout=0.1)


def test_a_node_whose_last_batch_cannot_be_named_stops(node, payers):
    def sync_head(_):
        raise JournalFull("the disk is full")

    wait_until_named(node)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Journal, "sync_head", sync_head)
        node.submit([payers.command(1)])
        while not node._replica.stopped:
            pass
    with pytest.raises(NodeStopped):
        node.submit([payers.command(1)])


def test_what_was_dealt_with_of_a_list_that_breaks_off_is_written(node, payers, monkeypatch):
    commands, entries = [payers.command(1) for _ in range(3)], node.entries
    read = pipeline.arrive

    def arrive(data):
        if data == commands[2]:
            raise MemoryError("no room for it")
        return read(data)

    monkeypatch.setattr(pipeline, "arrive", arrive)
    with pytest.raises(MemoryError, match="no room for it"):
        node.submit(commands)
    assert node.submit([payers.command(1)])[0].refusal is None
    assert node.entries == entries + 3
    assert [entry.command for entry in node.log()][entries : entries + 2] == commands[:2]
