"""Whenever reconciling stops, each command comes to the log once, in order; what came out otherwise is told."""

import hashlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.core import apply
from mufakat.model import command as c
from mufakat.model import outcome as outcomes
from mufakat.model.outcome import DONE, Outcome, Status
from mufakat.model.proposal import HaltUnion, LeaveUnion, ResumeUnion
from mufakat.model.record import batch
from mufakat.model.refusal import Reason, Refusal
from mufakat.node.abci.query import Told
from mufakat.node.consortium import NotCommitted
from mufakat.node.island import IslandStore
from mufakat.node.reconciling import reconcile
from tests.strategies import world
from tests.union import A1, A2, B1, C1, C2, uetr

IN_MEMORY = Path(":memory:")
DAY_US = 86_400_000_000


class Stopped(Exception):
    """The machine stops here."""


class Back:
    """The quorum, back again: what it takes is on the log, what its pool refuses is not. It stops after `steps`."""

    def __init__(self, steps: int = 1_000) -> None:
        self.union = world()
        self.steps = steps
        self.entries: list[bytes] = []

    def step(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise Stopped

    def told(self, digest: bytes) -> Told | None:
        for number, data in enumerate(self.entries):
            if hashlib.sha256(data).digest() == digest:
                return Told(number, self.union.now_us, outcomes.encode(self.answers[data]))
        return None

    answers: dict[bytes, Outcome]

    def next_sequence(self, public: bytes) -> int:
        return self.union.state.keys.get(public.hex()).sequence + 1

    def submit(self, commands: list[bytes]) -> list[Outcome]:
        self.step()
        (data,) = commands
        admitted = apply.admit(self.union.state, data, self.union.now_us)
        if isinstance(admitted, Refusal):
            return [Outcome(Status.REFUSED, admitted)]
        instruction = admitted.instruction
        if instruction.sequence != self.next_sequence(instruction.key):
            raise NotCommitted("it waits for ever for those before it")
        self.answers = {**getattr(self, "answers", {}), data: self.union.send(data)}
        self.entries.append(data)
        self.step()
        return [self.answers[data]]

    def resign(self, instruction: c.Instruction) -> bytes:
        self.step()
        return self.union.signed(instruction.author, instruction.body)

    def bodies(self) -> list[c.AnyCommand]:
        return [c.decode(data).instruction.body for data in self.entries]


class Slow(IslandStore):
    """A store on a machine that may stop before each write, and after it."""

    def __init__(self, back: Back) -> None:
        super().__init__(IN_MEMORY)
        self._back = back

    def sign_anew(self, number: int, data: bytes) -> None:
        self._back.step()
        super().sign_anew(number, data)
        self._back.step()

    def settle(self, number: int, final: bytes, entry: int | None) -> None:
        self._back.step()
        super().settle(number, final, entry)
        self._back.step()


def register(back: Back, store: IslandStore, *said: tuple[str, c.AnyCommand], ago_us: int = 0) -> None:
    """Keep commands as the island does: signed in sequence, some time ago."""
    sequences: dict[str, int] = {}
    for author, body in said:
        data = back.union.signed(author, body, valid_from_us=back.union.now_us - ago_us)
        instruction = c.decode(data).instruction
        number = sequences.get(author, instruction.sequence)
        sequences[author] = number + 1
        window = instruction.valid_from_us + 3_600_000_000
        data = back.union.signed(
            author, body, sequence=number, valid_from_us=instruction.valid_from_us, valid_until_us=window
        )
        store.add([(back.union.now_us, data, outcomes.encode(DONE))])


def brought(back: Back, stops: list[int], said: list[tuple[str, bool]], others: list[str]) -> Back:
    """Reconcile with stops after so many steps each, until it is done; before each, others may use the keys."""
    store = Slow(back)
    for number, (author, is_old) in enumerate(said):
        body = c.ReserveLiquidity("IDR", number)
        register(back, store, (author, body), ago_us=DAY_US if is_old else 0)
    used = iter(others)
    for steps in (*stops, 1_000):
        author = next(used, None)
        if author is not None:
            back.union.must(author, c.ReserveLiquidity("VND", 1))
        back.steps = steps
        try:
            list(reconcile(store, back, back.resign))
        except Stopped:
            continue
    assert store.waiting() == []
    store.close()
    return back


def holds(back: Back, count: int) -> bool:
    return back.bodies() == [c.ReserveLiquidity("IDR", number) for number in range(count)]


banks = st.sampled_from((A1, A2, B1))
SAID = st.lists(st.tuples(banks, st.booleans()), max_size=4)


@given(st.lists(st.integers(0, 12), max_size=4), SAID, st.lists(banks, max_size=3))
def test_each_command_comes_to_the_log_once_and_in_order_wherever_it_stops(stops, said, others):
    assert holds(brought(Back(), stops, said, others), len(said))


def test_the_property_notices_forms_that_are_forgotten(monkeypatch):
    monkeypatch.setattr(IslandStore, "signed_anew", lambda *_: [])
    wrong = [stop for stop in range(8) if not holds(brought(Back(), [stop], [(A1, True)], []), 1)]
    assert wrong


def test_what_comes_out_of_the_pool_while_the_log_is_looked_at_is_not_said_twice():
    class Late(Back):
        def told(self, digest):
            found = super().told(digest)
            if not self.entries:
                self.submit([store.waiting()[0].data])
            return found

    back = Late()
    store = IslandStore(IN_MEMORY)
    register(back, store, (A1, c.ReserveLiquidity("IDR", 0)))
    list(reconcile(store, back, back.resign))
    store.close()
    assert holds(back, 1)


@pytest.fixture
def back():
    return Back()


@pytest.fixture
def store(back):
    made = IslandStore(IN_MEMORY)
    yield made
    made.close()


def test_what_comes_as_expected_is_the_same_under_newer_rules_too(back, store):
    order = back.union.order()
    expected = back.union.send(back.union.signed(A1, batch((back.union.order(),))))
    data = back.union.signed(A1, batch((order,)))
    store.add([(0, data, outcomes.encode(msgspec.structs.replace(expected, rules=7)))])
    (row,) = reconcile(store, back, back.resign)
    assert row.same
    assert (row.entry, row.final.statuses) == (0, bytes((Status.SETTLED,)))
    assert store.untold() == [row]
    store.tell([row])
    assert store.untold() == []
    assert store.unproved() == [(1, 0)]


def test_what_is_refused_is_told_as_different(back, store):
    order = back.union.order()
    register(back, store, (A1, batch((order,))))
    back.union.must(B1, batch((msgspec.structs.replace(order, debtor_agent=B1),)))
    (row,) = reconcile(store, back, back.resign)
    assert not row.same
    assert row.final.items[0].refusal.reason is Reason.DUPLICATE
    assert row.entry == 0


def test_what_the_pool_does_not_let_in_has_no_entry_and_what_follows_comes_with_its_number(back, store):
    payment, end = batch((back.union.order(debtor_agent=C1, creditor_agent=C2),)), LeaveUnion("QO")
    register(back, store, (C1, payment), (C1, c.CancelPayment(uetr(7))), (A1, c.ReserveLiquidity("IDR", 1)))
    back.union.propose("QO", end)
    rows = list(reconcile(store, back, back.resign))
    assert [row.entry for row in rows] == [None, 0, 1]
    assert rows[0].final.refusal.reason is Reason.MEMBER_SUSPENDED
    assert back.bodies() == [c.CancelPayment(uetr(7)), c.ReserveLiquidity("IDR", 1)]
    assert store.unproved() == [(2, 0), (3, 1)]


def test_a_halted_union_is_waited_for(back, store):
    register(back, store, (A1, c.ReserveLiquidity("IDR", 1)))
    back.union.carry(HaltUnion())
    for _ in range(2):
        with pytest.raises(NotCommitted, match=r"halted.*what waits here is kept"):
            list(reconcile(store, back, back.resign))
    assert len(store.waiting()) == 1 and store.signed_anew(1) == []
    back.union.carry(ResumeUnion())
    (row,) = reconcile(store, back, back.resign)
    assert row.entry == 0


def test_a_quorum_that_is_not_back_keeps_what_waits(back, store, monkeypatch):
    def away(commands):
        raise NotCommitted("no quorum")

    register(back, store, (A1, c.ReserveLiquidity("IDR", 1)))
    monkeypatch.setattr(back, "submit", away)
    with pytest.raises(NotCommitted, match="no quorum"):
        list(reconcile(store, back, back.resign))
    assert len(store.waiting()) == 1 and store.signed_anew(1) == []


def test_a_number_that_is_used_while_it_waits_is_taken_anew(back, store, monkeypatch):
    """Another command of the same key was in the pool before, and came first."""
    submit, first = back.submit, []

    def overtaken(commands):
        if not first:
            first.append(back.union.must(A1, c.ReserveLiquidity("VND", 5)))
            raise NotCommitted("it did not come")
        return submit(commands)

    register(back, store, (A1, c.ReserveLiquidity("IDR", 1)))
    monkeypatch.setattr(back, "submit", overtaken)
    (row,) = reconcile(store, back, back.resign)
    assert (row.entry, back.bodies()) == (0, [c.ReserveLiquidity("IDR", 1)])


def test_a_key_that_others_use_all_the_time_is_told(back, store, monkeypatch):
    def overtaken(commands):
        back.union.must(A1, c.ReserveLiquidity("VND", 5))
        raise NotCommitted("it did not come")

    register(back, store, (A1, c.ReserveLiquidity("IDR", 1)))
    monkeypatch.setattr(back, "submit", overtaken)
    with pytest.raises(NotCommitted, match="others use the same key"):
        list(reconcile(store, back, back.resign))
    assert len(store.waiting()) == 1
