"""What a cycle certifies is what it did: to the last unit, for every holder, in all currencies or in none."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.audit import cycle as audit
from mufakat.audit.certificate import faults_of
from mufakat.core import apply, certificate, ledger, settlement
from mufakat.core.attestation import Attestation, attestation_key
from mufakat.core.state import ObligationStatus, PaymentStatus, State
from mufakat.model import command as c
from mufakat.model import event as e
from mufakat.model import setoff as asked
from mufakat.model.calendar import Phase
from mufakat.model.certificate import CycleItem, Kind, Leaf, Why
from mufakat.model.default import Cause, DeclareDefault
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.outcome import Status
from mufakat.model.queueing import LimitPayments, PaymentPartSettled
from mufakat.model.refusal import Reason
from tests import union as unions
from tests.core.test_periodic import owing, settle
from tests.strategies import Step, Watched, each_once, large, play, steps, world
from tests.union import A1, A2, B1, HOLIDAY, Union, settled_world, suspend

DAY = (*each_once(), ("issue", "QM", B1, "IDR", 301), ("cycle",))
"""One in which everything happens, and a line gets back what was drawn on it."""


def certified(union: Union) -> e.CycleCertified:
    return [event for event in union.events if isinstance(event, e.CycleCertified)][-1]


def leaf_of(union: Union, holder: str, currency: str = "IDR") -> Leaf:
    found = [each for each in certified(union).leaves if (each.holder, each.currency) == (holder, currency)]
    assert len(found) == 1
    return found[0]


def attestation(union: Union, cycle: int = 1) -> Attestation:
    return union.state.attestations[attestation_key(cycle)]


# -- figures --------------------------------------------------------------------------------------------


def test_a_participant_is_told_gross_set_off_netted_net_and_saved():
    union = settled_world(1_000)
    union.owe(0, 2, 500)
    union.owe(2, 0, 200)
    union.pay(debtor_agent=A1, creditor_agent=B1, amount=100, channel=c.Channel.MPNS)
    union.cycle()
    leaf = leaf_of(union, A1)
    assert (leaf.pays.gross.items, leaf.pays.gross.amount) == (2, 600)
    assert (leaf.pays.set_off.amount, leaf.receives.set_off.amount) == (200, 200)
    assert (leaf.pays.payments.amount, leaf.pays.obligations.amount) == (100, 300)
    assert (leaf.paid, leaf.received, leaf.position, leaf.saved) == (400, 0, -400, 200)
    assert (leaf.account, leaf.issuer, leaf.date) == (f"settlement/{A1}/IDR", "QM", "2026-11-24")


def test_a_member_is_told_what_all_its_banks_had():
    union = settled_world(1_000)
    union.owe(0, 2, 500)
    union.owe(2, 4, 300)
    union.cycle()
    leaf = leaf_of(union, "QM")
    assert (leaf.pays.gross.items, leaf.pays.gross.amount, leaf.receives.gross.amount) == (2, 800, 500)
    assert (leaf.paid, leaf.received, leaf.position) == (500, 200, -300)
    assert (leaf.account, leaf.saved) == ("", 300)
    assert (leaf_of(union, A2).paid, leaf_of(union, A2).received) == (0, 200)


def test_what_is_left_open_for_want_of_funds_is_told_to_payer_and_payee():
    union = settled_world(100)
    union.pay(debtor_agent=A1, creditor_agent=B1, amount=9_000, channel=c.Channel.MPNS)
    union.cycle()
    assert leaf_of(union, A1).pays.short == leaf_of(union, B1).receives.short
    assert leaf_of(union, A1).pays.short.amount == 9_000
    assert leaf_of(union, A1).saved == leaf_of(union, A1).paid == 0


def test_what_is_left_open_for_a_holiday_is_told_as_that_and_its_set_off_counts():
    union = settled_world(1_000)
    union.close_day()
    union.open_day(HOLIDAY)
    union.owe(0, 2, 50, currency="VND")
    union.owe(2, 0, 20, currency="VND")
    union.cycle()
    leaf = leaf_of(union, A1, "VND")
    assert (leaf.pays.set_off.amount, leaf.pays.closed.amount, leaf.paid) == (20, 30, 0)
    assert (leaf.pays.gross.items, leaf.pays.gross.amount) == (1, 50)


def test_what_a_default_keeps_out_of_cycles_is_told_as_that():
    union = settled_world(1_000)
    union.owe(0, 4, 70)
    union.owe(2, 4, 30)
    for member in ("QM", "QO"):
        union.must(member, DeclareDefault(B1, Cause.INSOLVENT))
    union.cycle()
    assert (leaf_of(union, A1).pays.stopped.amount, leaf_of(union, A1).paid) == (70, 0)
    assert leaf_of(union, "QN").receives.stopped.amount == 100
    assert list(faults_of(leaf_of(union, A1), union.state.charter)) == []


def test_who_owes_more_than_a_ledger_could_hold_is_short_of_it_and_of_what_comes_after():
    union = settled_world(0, max_payment=MAX_AMOUNT)
    union.owe(0, 4, MAX_AMOUNT)
    union.owe(0, 4, 5)
    union.cycle()
    assert leaf_of(union, A1).pays.short.amount == MAX_AMOUNT + 5
    assert leaf_of(union, A1).pays.short.items == 2


def test_what_a_limit_holds_back_and_what_waits_behind_it_is_told_as_that():
    union = settled_world(100)
    union.must(A1, LimitPayments("IDR", A2, 20))
    for amount in (30, 5):
        union.pay(debtor_agent=A1, creditor_agent=A2, amount=amount, channel=c.Channel.MPNS)
    union.cycle()
    assert leaf_of(union, A1).pays.held_back.amount == 35
    assert leaf_of(union, A1).pays.held_back.items == 2


def test_sums_beyond_what_the_wire_holds_are_certified_too():
    union = settled_world(0, max_payment=MAX_AMOUNT)
    for _ in range(30):
        union.owe(0, 4, MAX_AMOUNT)
    union.cycle()
    assert leaf_of(union, A1).pays.gross.amount == 30 * MAX_AMOUNT > 2**64


def test_swing_credit_is_told_to_who_drew_it_and_to_who_lent_it():
    union = settled_world(100)
    union.must("QM", c.SetSwingLine("QN", 500), ("QN", "approve"))
    union.pay(debtor_agent=B1, creditor_agent=A1, amount=400, channel=c.Channel.MPNS)
    union.cycle()
    assert (leaf_of(union, B1).drawn, leaf_of(union, "QN").drawn, leaf_of(union, "QM").lent) == (
        300,
        300,
        300,
    )
    union.pay(debtor_agent=A1, creditor_agent=B1, amount=350)
    union.cycle()
    assert (leaf_of(union, B1).repaid, leaf_of(union, "QM").given_back) == (300, 300)


def test_what_a_member_holds_itself_is_advanced_to_its_bank_and_lent_by_nobody():
    union = owing(("QN", "QM", 90_000))
    settle(union)  # QM holds 1,422 dong
    union.must("QN", c.SetSwingLine("QM", 500), ("QM", "approve"))
    union.pay(debtor_agent=A1, creditor_agent=B1, currency="VND", amount=1_500, channel=c.Channel.MPNS)
    union.cycle()
    assert (leaf_of(union, A1, "VND").drawn, leaf_of(union, "QM", "VND").drawn) == (1_500, 1_500)
    assert leaf_of(union, "QN", "VND").lent == 78
    union.pay(debtor_agent=B1, creditor_agent=A1, currency="VND", amount=100)
    union.cycle()
    assert (leaf_of(union, A1, "VND").repaid, leaf_of(union, "QN", "VND").given_back) == (100, 78)


def test_a_cycle_in_which_nothing_happened_is_certified_by_a_root_over_nothing():
    union = settled_world()
    union.cycle()
    assert certified(union).leaves == () and len(certified(union).root) == 32
    assert attestation(union).leaves == 0


def test_an_item_says_what_became_of_each_part_of_it():
    union = settled_world(100)
    union.owe(0, 2, 500)
    union.owe(2, 0, 200)
    union.cycle()
    first, second = sorted(certified(union).items, key=lambda each: each.payer)
    assert (first.kind, first.payer, first.payee) == (Kind.OBLIGATION, A1, A2)
    assert (first.set_off, first.netted, first.left_out, first.why) == (200, 0, 300, Why.SHORT)
    assert (second.set_off, second.netted, second.left_out, second.why) == (200, 0, 0, Why.NONE)


# -- signing --------------------------------------------------------------------------------------------


@pytest.fixture
def ran():
    union = settled_world()
    union.owe(0, 2, 500)
    union.cycle()
    return union


def test_a_cycle_is_attested_when_a_quorum_of_the_members_has_signed_its_root(ran):
    root = certified(ran).root
    assert ran.tell("QN", c.CertifyCycle(1, root)).status is Status.AWAITING_QUORUM
    assert (attestation(ran).signers, attestation(ran).attested) == (("QN",), False)
    assert ran.tell("QM", c.CertifyCycle(1, root)).status is Status.DONE
    assert ran.tell("QO", c.CertifyCycle(1, root)).status is Status.DONE
    assert (attestation(ran).signers, attestation(ran).attested) == (("QN", "QM", "QO"), True)
    attested = [event for event in ran.events if isinstance(event, e.CycleAttested)]
    assert [each.signers for each in attested] == [("QN", "QM")]


def test_what_a_member_cannot_sign_is_refused(ran):
    root = certified(ran).root
    assert ran.tell(A1, c.CertifyCycle(1, root)).refusal.reason is Reason.NOT_OWN_AFFAIR
    for cycle in (2, 0, -1, 2**62):
        assert ran.tell("QM", c.CertifyCycle(cycle, root)).refusal.reason is Reason.UNKNOWN_CYCLE
    other = ran.tell("QM", c.CertifyCycle(1, bytes(32)))
    assert other.refusal.reason is Reason.ROOT_DIFFERS and root.hex() in other.refusal.text
    assert ran.tell("QM", c.CertifyCycle(1, b"")).refusal.reason is Reason.ROOT_DIFFERS
    ran.must("QM", c.CertifyCycle(1, root))
    assert ran.tell("QM", c.CertifyCycle(1, root)).refusal.reason is Reason.ALREADY_CERTIFIED
    assert attestation(ran).signers == ("QM",)


def test_a_suspended_member_signs_nothing_and_its_signature_counts_no_more(ran):
    root = certified(ran).root
    ran.must("QO", c.CertifyCycle(1, root))
    suspend(ran, "QO")
    assert ran.tell("QO", c.CertifyCycle(1, root)).refusal.reason is Reason.MEMBER_SUSPENDED
    assert ran.tell("QM", c.CertifyCycle(1, root)).status is Status.AWAITING_QUORUM
    assert ran.tell("QN", c.CertifyCycle(1, root)).status is Status.DONE


def test_a_cycle_can_be_signed_on_a_later_day(ran):
    ran.phase(Phase.CUT_OFF)
    ran.phase(Phase.CLOSED)
    assert ran.tell("QN", c.CertifyCycle(1, certified(ran).root)).status is Status.AWAITING_QUORUM


# -- on any day -----------------------------------------------------------------------------------------


def postings_of(state: State, events: list[e.AnyEvent]) -> Iterator[audit.Posting]:
    """What statements will say of a cycle, from its events."""
    for event in events:
        match event:
            case e.PositionsNetted():
                for account, position in event.positions:
                    held = state.accounts[account]
                    yield audit.Posting(held.owner, held.currency, audit.POSITION, position, "the union")
            case e.SwingDrawn():
                held = state.accounts[event.account]
                yield audit.Posting(held.owner, held.currency, audit.DRAWN, event.amount, event.swing)
            case e.SwingRepaid():
                held = state.accounts[event.account]
                yield audit.Posting(held.owner, held.currency, audit.REPAID, -event.amount, event.swing)
            case _:
                pass


def moved_by(events: list[e.AnyEvent]) -> dict[str, int]:
    """What each account gains by what the events say; positions count when their cycle settles, or not at all."""
    sums: dict[str, int] = {}
    for event in events:
        match event:
            case e.PositionsNetted():
                sides = list(event.positions)
            case e.SwingDrawn():
                sides = [(event.swing, -event.amount), (event.account, event.amount)]
            case e.SwingRepaid():
                sides = [(event.account, -event.amount), (event.swing, event.amount)]
            case e.PaymentSettled() | PaymentPartSettled():
                sides = [(event.debit, -event.amount), (event.credit, event.amount)]
            case _:
                sides = []
        for account, amount in sides:
            sums[account] = sums.get(account, 0) + amount
    return {account: amount for account, amount in sums.items() if amount}


def every_cycle_settles_whole_and_certifies_what_it_posted(union: Watched, of: list[Step]) -> None:
    def watch(union: Watched) -> Iterator[None]:
        first = len(union.events)
        before = {account.id: account.balance for account in union.state.accounts.records()}
        yield
        events, state = union.events[first:], union.state
        netted = [event for event in events if isinstance(event, e.PositionsNetted)]
        settled = [event for event in events if isinstance(event, e.CycleSettled)]
        made = [event for event in events if isinstance(event, e.CycleCertified)]
        assert len(settled) == len(made) == bool(settled)
        if not settled:
            assert netted == []
            return
        assert [event.currency for event in netted] == list(settled[0].currencies)
        after = {account.id: account.balance for account in state.accounts.records()}
        gained = {name: after[name] - before[name] for name in after if after[name] != before[name]}
        assert gained == moved_by(events), "all legs of all currencies, or none"
        assert_items_are_over(state, events, netted, made[0].items)
        books = audit.Books(
            made[0].cycle,
            state.day.date.isoformat(),
            made[0].items,
            list(postings_of(state, events)),
            {each.bic: each.sponsor for each in state.participants.records()},
            {each.currency: each.id for each in state.charter.members},
        )
        assert audit.recomputed(books) == list(made[0].leaves)
        assert (
            audit.root_of(made[0].cycle, made[0].leaves)
            == made[0].root
            == attestation(union, made[0].cycle).root
        )
        for leaf in made[0].leaves:
            assert list(faults_of(leaf, state.charter)) == []
        for event in netted:
            own = [each for each in made[0].leaves if each.currency == event.currency and each.account]
            positions = {each.account: each.position for each in own if each.position}
            assert positions == dict(event.positions)
            assert sum(each.position for each in own) == 0

    union.watch = contextmanager(watch)
    play(union, of)


def assert_items_are_over(
    state: State, events: list[e.AnyEvent], netted: list[e.PositionsNetted], items: tuple[CycleItem, ...]
) -> None:
    """What was netted is settled, what was left out still waits or went right after, and nothing else is listed."""
    released = {event.uetr for event in events if isinstance(event, e.PaymentSettled)}
    payments = {uetr for event in netted for uetr in event.payments}
    obligations = {name for event in netted for name in event.obligations}
    parts: dict[str, int] = {}
    for event in events:
        if isinstance(event, PaymentPartSettled):
            parts[event.uetr] = parts.get(event.uetr, 0) + event.amount
    cleared: dict[str, int] = {}
    for event in events:
        if isinstance(event, e.ObligationsSetOff | asked.ObligationsAcrossSetOff):
            for name, amount in event.cleared:
                cleared[name] = cleared.get(name, 0) + amount
    assert {each.id for each in items if each.netted} == payments | obligations
    assert {each.id: each.set_off for each in items if each.set_off} == cleared
    for each in items:
        assert (each.left_out > 0) == (each.why is not Why.NONE)
        if each.kind is Kind.PAYMENT:
            payment = state.payments[each.id]
            assert payment.order.amount - payment.paid + parts.get(each.id, 0) == each.netted + each.left_out
            over = each.netted or each.id in released
            assert (payment.status is PaymentStatus.SETTLED) == bool(over)
        else:
            held = state.obligations[each.id]
            assert held.status is not ObligationStatus.NETTED
            assert (held.status is ObligationStatus.SETTLED) == (each.id in obligations)
            assert not each.left_out or held.open == each.left_out
    today, listed = state.day.date, {each.id for each in items}
    due = [
        each.item.id
        for each in state.obligations.records()
        if each.status is ObligationStatus.ACCEPTED and each.item.due <= today
    ]
    waiting = [
        each.order.uetr
        for each in state.payments.records()
        if each.order.value_date <= today
        and (
            each.status is PaymentStatus.QUEUED
            or (each.status is PaymentStatus.ACCEPTED and each.order.channel is c.Channel.MPNS)
        )
    ]
    assert listed >= {*due, *waiting}


@settings(max_examples=100, deadline=None, derandomize=True)
@given(steps())
def test_every_cycle_settles_whole_and_certifies_what_it_posted(of):
    every_cycle_settles_whole_and_certifies_what_it_posted(world(), of)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(steps(large), st.just(("cycle",)))
def test_so_it_does_with_amounts_near_the_largest(of, last):
    every_cycle_settles_whole_and_certifies_what_it_posted(world(200, MAX_AMOUNT), [*of, last])


def half_a_cycle(state: State, event: e.CycleSettled) -> None:
    """Post the first currency of a cycle and forget the others."""
    first, *others = event.currencies
    for account, position in state.positions.pop(first).positions:
        ledger.post_position(state, account, position)
    for currency in others:
        for account, position in state.positions.pop(currency).positions:
            if position < 0:
                held = state.accounts[account]
                state.accounts.put(account, msgspec.structs.replace(held, pending=0))
    state.cycle = event.number


def forgetful_settle(state, number, course, _honest=settlement._settle):
    """Lose the last position of each currency from the certificates."""
    for event in _honest(state, number, course):
        yield event
        if isinstance(event, e.PositionsNetted) and event.positions:
            course.positions.pop(event.positions[-1][0])


def flattering(state, course, _honest=certificate.certified):
    """Say of the first certificate that it saved one unit more."""
    event = _honest(state, course)
    first, *rest = event.leaves
    return msgspec.structs.replace(
        event, leaves=(msgspec.structs.replace(first, saved=first.saved + 1), *rest)
    )


CANARIES = {
    "half a cycle": (apply.EVOLVERS, e.CycleSettled, half_a_cycle),
    "a position that is not certified": (settlement, "_settle", forgetful_settle),
    "a certificate that flatters": (settlement, "certified", flattering),
    "left out without a word": (certificate.Course, "enter", lambda *_: None),
    "signing for another root": (
        apply.EVOLVERS,
        e.CycleCertified,
        lambda state, event: certificate.evolve_certified(
            state, msgspec.structs.replace(event, root=bytes(32))
        ),
    ),
}


@pytest.mark.parametrize("name", CANARIES)
def test_a_broken_rule_is_noticed(name, monkeypatch):
    every_cycle_settles_whole_and_certifies_what_it_posted(world(), list(DAY))
    where, what, broken = CANARIES[name]
    monkeypatch.setattr(unions, "violations", lambda _: [])  # this property finds it alone
    if isinstance(where, dict):
        monkeypatch.setitem(where, what, broken)
    else:
        monkeypatch.setattr(where, what, broken)
    with pytest.raises(AssertionError):
        every_cycle_settles_whole_and_certifies_what_it_posted(world(), list(DAY))


def test_a_day_in_which_everything_happens_has_leaves_of_every_kind():
    union = world()
    every_cycle_settles_whole_and_certifies_what_it_posted(union, list(DAY))
    leaves = [each for event in union.events if isinstance(event, e.CycleCertified) for each in event.leaves]
    for figure in ("paid", "received", "drawn", "repaid", "lent", "given_back", "saved"):
        assert any(getattr(each, figure) for each in leaves), figure
    assert any(each.pays.short.items for each in leaves)
    assert {A1, "QM"} <= {each.holder for each in leaves}
