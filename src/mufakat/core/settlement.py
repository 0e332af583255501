"""The cycle: set-off, then netting per currency, then settlement of all currencies at once, or of none.

A cycle runs when a quorum of members has called it. Every net debit is first reserved on its account; only
when all of all currencies are, they are posted together and the cycle is final. Rule source: charter, cycles;
PFMI principles 8 and 12 (finality; exchange-of-value settlement).
"""

from collections.abc import Generator
from typing import Final

from mufakat.core import concentration, credit, day, ledger, limits, periodic
from mufakat.core.accounts import settlement_account
from mufakat.core.agreement import Declaration
from mufakat.core.binding import may_clear
from mufakat.core.certificate import Course, certified
from mufakat.core.decision import Decision, Events, refused
from mufakat.core.lifecycle import move as move_payment
from mufakat.core.netting import Backing, Item, Netted, Purse, net
from mufakat.core.obligation import move as move_obligation
from mufakat.core.release import release_queues, transfer
from mufakat.core.setoff import set_off, set_off_across
from mufakat.core.standing import default_of, out_of_cycles, present
from mufakat.core.state import ObligationStatus, PaymentStatus, State
from mufakat.model.calendar import Phase
from mufakat.model.certificate import Why
from mufakat.model.command import CallCycle, Channel, SettleSwing
from mufakat.model.dealing import QuoteWithdrawn
from mufakat.model.event import (
    AnyEvent,
    CycleCalled,
    CycleSettled,
    NetDebitReserved,
    PositionsNetted,
)
from mufakat.model.identifier import AccountId, Currency, MemberId, ObligationId, QuoteId
from mufakat.model.money import Amount
from mufakat.model.outcome import AWAITING_QUORUM, DONE
from mufakat.model.queueing import Priority
from mufakat.model.refusal import Reason
from mufakat.model.setoff import SetOffAcrossOmitted
from mufakat.model.swing import ConcentrationAlerted, SwingBraked, SwingSettlementCalled

_OBLIGATION_FIRST: Final = 0
_PAYMENT_AFTER: Final = 1
_NOBODY: Final = MemberId("")
"""Stands behind who is in default, or cannot owe its sponsor more: no line covers what it lacks."""


def call_cycle(state: State, author: str, body: CallCycle) -> Decision:
    """Record a member's call; the call that makes the quorum runs the cycle."""
    member = state.charter.member(author)
    if member is None:
        return refused(Reason.NOT_OWN_AFFAIR, "Only a member calls a cycle.")
    if state.day.phase is Phase.CLOSED:
        return refused(Reason.DAY_NOT_OPEN)
    if body.number != state.cycle + 1:
        return refused(Reason.WRONG_CYCLE, f"The next is {state.cycle + 1}.")
    if day.has_declared(state, member.id, day.cycle_call(state, body.number)):
        return refused(Reason.ALREADY_DECLARED, f"Cycle {body.number}.")
    yield CycleCalled(member.id, body.number)
    if not day.is_quorum(state, day.cycle_call(state, body.number)):
        return AWAITING_QUORUM
    yield from run_cycle(state, body.number)
    return DONE


def evolve_called(state: State, event: CycleCalled) -> None:
    """Record the call."""
    what = day.cycle_call(state, event.number)
    state.declarations.put(f"{event.member}/cycle", Declaration(event.member, what))


def run_cycle(state: State, number: int) -> Events:
    """Run a cycle over every currency, certify what it did, and then let the queues go on.

    Those of accounts that got money, that an ended quote freed, or whose limits have room by what payments brought.
    """
    course = Course(state, number)
    freed: list[AccountId] = []
    for event in _settle(state, number, course):
        course.note(event)
        if isinstance(event, QuoteWithdrawn):
            quote = state.quotes[event.id]
            freed.append(settlement_account(quote.offer.quoter, quote.sells))
        if isinstance(event, PositionsNetted) and len(state.queue_terms):
            payees = (transfer(state.payments[uetr])[2] for uetr in event.payments)
            freed += [each for each in payees if each in state.queue_terms]
        yield event
    yield certified(state, course)
    received = [each for each, position in course.positions.items() if position > 0]
    yield from release_queues(state, received + freed)


def _settle(state: State, number: int, course: Course) -> Events:
    """Settle every currency; those whose issuer is on holiday are set off, but not settled."""
    before = concentration.drawn(state)
    set_off_now: dict[ObligationId, Amount] = {}
    currencies = sorted(member.currency for member in present(state))
    for currency in currencies:
        cleared = set_off(state, number, currency)
        if cleared is not None:
            yield cleared
            set_off_now.update(cleared.cleared)
    yield from set_off_across(state, number, currencies, set_off_now)
    yield from credit.repay(state)
    settling = [each for each in currencies if state.charter.settles(each, state.day.date)]
    for currency in currencies:
        course.leave(_due(state, currency, stopped=True), Why.STOPPED)
    for currency in currencies:
        if currency not in settling:
            course.leave(_due(state, currency), Why.CLOSED)
    for currency in settling:
        items = _items(state, currency, course)
        netted = yield from _net(state, currency, items)
        yield from _reserve(state, number, currency, netted)
    yield CycleSettled(number, tuple(settling))
    yield from concentration.alert(state, number, before)


def _net(state: State, currency: Currency, items: list[Item]) -> Generator[AnyEvent, None, Netted]:
    """Net one currency; what an account has promised in quotes comes before its sponsor's line."""
    free = concentration.headroom(state, currency)
    while True:
        netted = net(items, _Purses(state), _backing(state, currency, free), free.together)
        quotes = [name for each in sorted(netted.drawn) for name in _quotes_of(state, each)]
        if not quotes:
            return netted
        for name in quotes:
            yield QuoteWithdrawn(name)


def _quotes_of(state: State, account: AccountId) -> list[QuoteId]:
    held = state.accounts[account]
    return sorted(name for name, quote in state.offers.of(held.owner).items() if quote.sells == held.currency)


def evolve_told(_state: State, _event: SetOffAcrossOmitted | SwingBraked | ConcentrationAlerted) -> None:
    """Change nothing: it tells members what they could not see."""


class _Purses(dict[AccountId, Purse]):
    """Purses of settlement accounts, made when first looked at."""

    def __init__(self, state: State) -> None:
        super().__init__()
        self._state = state

    def __missing__(self, account: AccountId) -> Purse:
        held = self._state.accounts[account]
        sponsor = self._state.participants[held.owner].sponsor
        if default_of(self._state, held.owner) is not None or not credit.may_owe_more(self._state, account):
            sponsor = _NOBODY
        purse = self[account] = Purse(Amount(held.available_for_cycle), sponsor)
        return purse


def _backing(state: State, currency: Currency, free: concentration.Headroom) -> dict[MemberId, Backing]:
    return {
        member.id: Backing(
            credit.held(state, member.id, currency),
            credit.free_on_line(state, member.id, currency),
            free.lines.get(member.id, free.line),
        )
        for member in present(state)
    }


def _items(state: State, currency: Currency, course: Course) -> list[Item]:
    """What the cycle nets in one currency; every sum and balance stays within what the ledger holds.

    Each payer's items have their own share of that range; for what is beyond it the payer has no funds. An item
    that finds no room in the limit that binds it, or on the account of its payee, is held back. The payer's items
    after one that waits wait for the same reason.
    """
    taken: list[Item] = []
    left: dict[Why, list[Item]] = {Why.SHORT: [], Why.HELD_BACK: []}
    share = ledger.share_of_range(state)
    outgoing: dict[AccountId, int] = {}
    incoming: dict[AccountId, int] = {}
    waits: dict[AccountId, Why] = {}
    outflow = limits.Outflow(state)
    for item in _due(state, currency):
        paid = outgoing.get(item.payer, 0) + item.amount
        received = incoming.get(item.payee, 0) + item.amount
        fits = ledger.room_to_receive(state.accounts[item.payee], received)
        if item.payer not in waits and paid > share:
            waits[item.payer] = Why.SHORT
        elif item.payer not in waits and not (fits and _within_limit(state, outflow, item)):
            waits[item.payer] = Why.HELD_BACK
        if item.payer in waits:
            left[waits[item.payer]].append(item)
            continue
        outgoing[item.payer], incoming[item.payee] = paid, received
        taken.append(item)
    course.enter(taken)
    for why, items in left.items():
        course.leave(items, why)
    return taken


def _within_limit(state: State, outflow: limits.Outflow, item: Item) -> bool:
    return item.payment is None or outflow.fits(state.payments[item.payment])


def _due(state: State, currency: Currency, *, stopped: bool = False) -> list[Item]:
    """What is due or waits; with `stopped` what a default keeps out of cycles instead."""
    of_firms = _obligations_due(state, currency, stopped=stopped)
    return of_firms + _payments_waiting(state, currency, stopped=stopped)


def _obligations_due(state: State, currency: Currency, *, stopped: bool) -> list[Item]:
    out = out_of_cycles(state)
    due = [
        each
        for each in state.obligations.records()
        if each.status is ObligationStatus.ACCEPTED
        and each.item.currency == currency
        and each.item.due <= state.day.date
        and (may_clear(state, each) and out.isdisjoint((each.debtor_agent, each.creditor_agent)))
        is not stopped
    ]
    return [
        Item(
            settlement_account(each.debtor_agent, currency),
            settlement_account(each.creditor_agent, currency),
            each.open,
            (_OBLIGATION_FIRST, each.item.due.toordinal(), each.item.id),
            obligation=each.item.id,
        )
        for each in sorted(due, key=lambda each: (each.item.due, each.item.id))
    ]


def _payments_waiting(state: State, currency: Currency, *, stopped: bool) -> list[Item]:
    out = out_of_cycles(state)
    waiting = [uetr for queue in state.queues.values() for uetr in queue]
    waiting += [uetr for uetr in state.waiting if state.payments[uetr].order.channel is Channel.MPNS]
    payments = [
        payment
        for payment in (state.payments[uetr] for uetr in waiting)
        if payment.order.currency == currency
        and payment.order.value_date <= state.day.date
        and payment.order.earliest_us <= state.now_us
        and out.isdisjoint((payment.order.debtor_agent, payment.order.creditor_agent)) is not stopped
    ]
    items: list[Item] = []
    for payment in sorted(payments, key=lambda each: (-each.priority, each.place)):
        uetr, debit, credit_to, rest = transfer(payment)
        rank = (_PAYMENT_AFTER + Priority.URGENT - payment.priority, payment.place, uetr)
        items.append(Item(debit, credit_to, rest, rank, payment=uetr))
    return items


def _reserve(state: State, number: int, currency: Currency, netted: Netted) -> Events:
    """Draw swing, publish the positions, and reserve every net debit of one currency."""
    if netted.braked:
        yield SwingBraked(number, currency, tuple(netted.braked.items()))
    for account, amount in sorted(netted.drawn.items()):
        yield from credit.draw(state, number, account, amount)
    yield PositionsNetted(
        number,
        currency,
        tuple(sorted(netted.positions.items())),
        tuple(item.payment for item in netted.items if item.payment is not None),
        tuple(item.obligation for item in netted.items if item.obligation is not None),
        Amount(sum(item.amount for item in netted.items)),
        netted.deferred,
    )
    for account, position in sorted(netted.positions.items()):
        if position < 0:
            yield NetDebitReserved(number, account, Amount(-position))


def evolve_netted(state: State, event: PositionsNetted) -> None:
    """Mark the obligations as netted and keep the positions until the cycle settles."""
    for each in event.obligations:
        move_obligation(state, each, ObligationStatus.NETTED)
    assert event.currency not in state.positions, "one netting a currency a cycle"
    state.positions[event.currency] = event


def evolve_reserved(state: State, event: NetDebitReserved) -> None:
    """Hold the net debit on its account."""
    ledger.reserve_pending(state, event.account, event.amount)


def evolve_settled(state: State, event: CycleSettled) -> None:
    """Post every position of every currency; payments and obligations netted are final."""
    assert tuple(sorted(state.positions)) == event.currencies, "all currencies of the cycle, or none"
    for currency in event.currencies:
        netted = state.positions.pop(currency)
        assert sum(position for _, position in netted.positions) == 0, "each currency balances"
        for account, position in netted.positions:
            ledger.post_position(state, account, position)
        for uetr in netted.payments:
            payment = state.payments[uetr]
            move_payment(state, uetr, PaymentStatus.SETTLED)
            limits.count(state, *transfer(payment)[1:], payment.priority)
        for each in netted.obligations:
            move_obligation(state, each, ObligationStatus.SETTLED)
    state.cycle = event.number


def settle_swing(state: State, author: str, body: SettleSwing) -> Decision:
    """Record a member's call of the periodic settlement; the call that makes the quorum settles at once."""
    member = state.charter.member(author)
    if member is None:
        return refused(Reason.NOT_OWN_AFFAIR, "Only a member calls the periodic settlement.")
    if state.day.phase is Phase.CLOSED or body.date != state.day.date:
        return refused(Reason.DAY_NOT_OPEN, f"Now: {state.day.phase.name} of {state.day.date}.")
    if day.is_quorum(state, day.swing_call(body.date)):
        return refused(Reason.SWING_SETTLED)
    if day.has_declared(state, member.id, day.swing_call(body.date)):
        return refused(Reason.ALREADY_DECLARED, f"The settlement of swing of {body.date}.")
    refusal = periodic.refuse(state)
    if refusal is not None:
        return refused(refusal.reason, refusal.detail)
    yield SwingSettlementCalled(member.id, body.date)
    if not day.is_quorum(state, day.swing_call(body.date)):
        return AWAITING_QUORUM
    yield from credit.repay(state)
    yield from periodic.settle(state)
    return DONE


def evolve_swing_called(state: State, event: SwingSettlementCalled) -> None:
    """Record the call."""
    state.declarations.put(f"{event.member}/swing", Declaration(event.member, day.swing_call(event.date)))
