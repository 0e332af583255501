"""A node without its quorum: the same rules on the last committed state, kept durably, nothing of it final."""

import inspect
import sqlite3
import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.model import command as c
from mufakat.model import outcome as outcomes
from mufakat.model.charter import Role
from mufakat.model.outcome import ItemOutcome, Outcome, Status
from mufakat.model.record import batch, itemised
from mufakat.model.refusal import Reason, Refusal
from mufakat.node import island
from mufakat.node.access import UnionNode
from mufakat.node.home import Home
from mufakat.node.island import IslandInUse, IslandNode, IslandStore, without_finality
from mufakat.node.keys import KeyRing
from mufakat.node.session import Said, Session
from tests.engines import free_ports
from tests.node.conftest import Small
from tests.union import NOON_US, TUESDAY, uetr

LUAL, TANG, UDAY = "LUALQMA0XXX", "TANGQMA0XXX", "UDAYQNA0XXX"


def order(number: int, **change: object) -> c.PaymentOrder:
    fields = (uetr(number), LUAL, TANG, "IDR", 100, TUESDAY, c.Channel.RTGS, bytes(32))
    return c.PaymentOrder(**dict(zip(c.PaymentOrder.__struct_fields__, fields, strict=False)) | change)


@pytest.fixture
def home(tmp_path) -> Home:
    """A home whose journal has a small union's history, and whose engine does not run."""
    small = Small(tmp_path / "h")
    small.close()
    (port,) = free_ports(1)
    small.home.settings.write_text(f'member = "QM"\nrpc_port = {port}\n', encoding="utf-8")
    return small.home


def later() -> int:
    return NOON_US + time.monotonic_ns() // 1_000


class Cut:
    """The node and its keys; `again` is the same in another process."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.node = IslandNode(home, later)
        self.session = Session(self.node, KeyRing(home.keys))

    def say(self, *said: tuple[str, c.AnyCommand]) -> list[Outcome]:
        return self.session.say_all([Said(*each) for each in said])

    def again(self) -> "Cut":
        self.node.close()
        return Cut(self.home)


@pytest.fixture
def cut(home):
    made = Cut(home)
    yield made
    made.node.close()


def kept(home: Home) -> list[tuple[str, Outcome]]:
    store = IslandStore(home.island)
    found = [(type(each.instruction.body).__name__, each.expected) for each in store.waiting()]
    store.close()
    return found


def test_what_would_settle_waits_and_the_next_process_goes_on_from_it(cut):
    with cut.node:
        before = cut.node.state_root()
        (outcome,) = cut.say((LUAL, batch((order(1), order(2)))))
        assert outcome.statuses == bytes((Status.QUEUED, Status.QUEUED))
        root = cut.node.state_root()
        assert root != before
    with (cut := Cut(cut.home)).node:
        assert cut.node.state_root() == root
        assert cut.node.entries == 1
        (entry,) = cut.node.log()
        assert outcomes.decode(entry.outcome) == outcome
        (repeated,) = cut.say((LUAL, batch((order(1),))))
        assert (repeated.statuses, repeated.items) == (bytes((Status.QUEUED,)), ())
        other = msgspec.structs.replace(order(1), amount=7)
        (taken,) = cut.say((LUAL, batch((other,))))
        assert taken.items[0].refusal.reason is Reason.DUPLICATE
        (fresh,) = cut.say((LUAL, batch((order(3),))))
        assert fresh.statuses == bytes((Status.QUEUED,))
    assert [expected.statuses[0] for _, expected in kept(cut.home)] == [Status.SETTLED] * 2


def test_it_knows_what_the_union_knew(cut):
    node = cut.node
    assert (node.charter.name, node.cycle, node.entries) == ("Union of two", 0, 0)
    assert node.agent_of("XQM000Z25M79K5DF5N82") == LUAL
    assert node.agent_of("XQM000Z25M79K5DF5N83") is None
    assert node.is_participant(UDAY) and not node.is_participant("NOBKQMA1XXX")
    public = KeyRing(cut.home.keys).public(LUAL, Role.SUBMIT)
    number = node.next_sequence(public)
    cut.say((LUAL, c.ReserveLiquidity("IDR", 1)))
    assert node.next_sequence(public) == number + 1
    assert node.key(public).owner == LUAL
    assert (node.key(bytes(32)), node.next_sequence(bytes(32))) == (None, 1)
    assert node.views.sql.execute("SELECT count(*) FROM participant").fetchone() == (3,)
    node.save_snapshot()


def test_of_what_is_refused_whole_nothing_is_left(cut):
    root = cut.node.state_root()
    nobody = order(1, creditor_agent="NOBKQMA1XXX")
    for body in (c.CancelPayment(uetr(7)), batch((nobody,)), batch(())):
        (refused,) = cut.say((LUAL, body))
        assert (refused.refusal or refused.items[0].refusal) is not None
        assert Status.QUEUED not in {item.status for item in refused.items}
    assert cut.node.state_root() == root
    assert kept_after(cut) == []


def kept_after(cut: Cut) -> list[str]:
    """What waits, after the process has ended and another found the same state."""
    root = cut.node.state_root()
    again = cut.again()
    assert again.node.state_root() == root
    again.node.close()
    return [name for name, _ in kept(cut.home)]


def test_what_follows_a_refused_command_of_the_same_group_is_refused_too(cut):
    """It has the number after the one that is still to be had."""
    first, refused, after, other = cut.say(
        (LUAL, c.ReserveLiquidity("IDR", 1)),
        (LUAL, c.CancelPayment(uetr(7))),
        (LUAL, c.ReserveLiquidity("IDR", 2)),
        (TANG, c.ReserveLiquidity("IDR", 3)),
    )
    assert [each.status for each in (first, other)] == [Status.ACCEPTED] * 2
    assert refused.refusal.reason is Reason.UNKNOWN_PAYMENT
    assert after.refusal.reason is Reason.SEQUENCE_GAP
    assert kept_after(cut) == ["ReserveLiquidity"] * 2


def test_a_part_that_stands_in_its_own_way_waits_with_the_others(cut):
    (outcome,) = cut.say((LUAL, batch((order(1), order(2, creditor_agent="NOBKQMA1XXX")))))
    good, bad = itemised(batch((order(1), order(2))), outcome)
    assert (good.status, good.refusal) == (Status.QUEUED, None)
    assert (bad.status, bad.refusal.reason) == (Status.QUEUED, Reason.UNKNOWN_CREDITOR_AGENT)
    cut.node.close()
    ((_, expected),) = kept(cut.home)
    assert expected.statuses[1] == Status.REFUSED


STATUSES = st.sampled_from(Status)
REFUSALS = st.one_of(st.none(), st.builds(Refusal, st.sampled_from(Reason), st.text(max_size=5)))
ITEMS = st.lists(st.builds(ItemOutcome, st.text(max_size=5), STATUSES, REFUSALS), max_size=4)
OUTCOMES = st.builds(Outcome, STATUSES, REFUSALS, ITEMS.map(tuple), st.integers(1, 9), st.binary(max_size=4))


@given(OUTCOMES)
def test_no_outcome_of_the_island_is_final(outcome):
    said = without_finality(outcome)
    assert Status.DONE is not said.status
    assert {*said.statuses, *(item.status for item in said.items)} <= {Status.QUEUED}
    assert len(said.statuses) == len(outcome.statuses)
    assert [item.id for item in said.items] == [item.id for item in outcome.items]
    assert [item.refusal for item in said.items] == [item.refusal for item in outcome.items]


def test_a_group_is_kept_whole_or_not_at_all(cut):
    with pytest.raises(sqlite3.IntegrityError):
        cut.node._store.add([(1, b"one", b"two"), (None, b"three", b"four")])  # type: ignore[list-item]
    assert cut.node.entries == 0


def test_one_process_at_a_time_works_on_the_island(cut, monkeypatch):
    monkeypatch.setattr(island, "_WAIT_SECONDS", 0.05)
    with pytest.raises(IslandInUse, match="wait until it has ended"):
        IslandStore(cut.home.island)
    with pytest.raises(IslandInUse):
        IslandNode(cut.home, later)
    cut.node.close()
    IslandStore(cut.home.island).close()


def test_its_time_never_goes_back(home):
    times = iter([NOON_US + 9_000, NOON_US + 9_000, NOON_US, NOON_US])
    with IslandNode(home, lambda: next(times)) as node:
        Session(node, KeyRing(home.keys)).say(LUAL, c.ReserveLiquidity("IDR", 1))
        assert node.now_us() == NOON_US + 9_000
    with IslandNode(home, lambda: NOON_US) as node:
        assert node.now_us() == NOON_US + 9_000


def test_it_gives_its_users_the_calls_of_every_node():
    for name, wanted in inspect.getmembers(UnionNode):
        if not name.startswith("_") and callable(wanted):
            assert inspect.signature(getattr(IslandNode, name)) == inspect.signature(wanted), name


def test_a_payment_that_stood_twice_in_its_batch_waits_when_it_is_sent_again(cut):
    cut.say((LUAL, batch((order(1), order(1)))))
    (again,) = cut.say((LUAL, batch((order(1),))))
    assert again.statuses == bytes((Status.QUEUED,))
