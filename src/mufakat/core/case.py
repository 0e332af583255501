"""Cases: what a participant cannot clear is on hold until it and its member decide, on the log and for good.

A payment that is cleared goes on as if it came now. One that is meant for a listed party is frozen, its money
blocked, and ends only by another decision, with its reason: nothing goes back silently. Rule source: charter,
compliance; FATF R.6, R.7; UN Security Council resolutions.
"""

from collections.abc import Generator

import msgspec

from mufakat.core import goods, hold, ledger, lifecycle, obligation, queue, trade
from mufakat.core.accounts import blocked_account, settlement_account
from mufakat.core.decision import Decision, Events, refused
from mufakat.core.docket import Case, CaseKind, CaseStatus, case_key
from mufakat.core.order import refuse_identity, refuse_order, refuse_times
from mufakat.core.release import release_queues
from mufakat.core.standing import refuse_counterparty, refuse_gone
from mufakat.core.state import ObligationStatus, Payment, PaymentStatus, State
from mufakat.core.verdict import refuse_deciding, refuse_entries, refuse_reason, refuse_unscreened
from mufakat.model.calendar import Phase
from mufakat.model.case import AllowanceEnded, CaseDecided, CaseEscalated, TradeRecordHeld
from mufakat.model.command import HoldItem, ObligationItem
from mufakat.model.event import AnyEvent, PaymentRejected
from mufakat.model.identifier import Bic, Uetr, uetr_of
from mufakat.model.money import Amount
from mufakat.model.outcome import ItemOutcome, Outcome, Status
from mufakat.model.queueing import Action
from mufakat.model.record import unpack
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.trade import TradeItem, TradeRecordRegistered
from mufakat.model.verdict import DecideCase, Verdict

Item = Generator[AnyEvent, None, ItemOutcome]
_STATUS_OF = {
    Verdict.CLEAR: CaseStatus.CLEARED,
    Verdict.HIT: CaseStatus.CONFIRMED,
    Verdict.RETURN: CaseStatus.RETURNED,
}
_PAYMENT_AFTER = {
    Verdict.CLEAR: PaymentStatus.ACCEPTED,
    Verdict.HIT: PaymentStatus.FROZEN,
    Verdict.RETURN: PaymentStatus.REJECTED,
}
_ON_HOLD = (PaymentStatus.HELD, PaymentStatus.FROZEN)


def hold_item(state: State, author: str, body: HoldItem) -> Decision:
    """Bring an item to the log and put it on hold."""
    if author not in state.participants:
        return refused(Reason.NOT_OWN_AFFAIR, "Only a participant holds an item.")
    if sum((bool(body.record), body.obligation is not None, body.trade is not None)) != 1:
        return refused(Reason.MALFORMED, "One of a payment, an obligation, a trade record.")
    refusal = refuse_unscreened(state, author, body.screened) or refuse_entries(state, author, body.entries)
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    if body.record:
        item = yield from _hold_payment(state, Bic(author), body)
    else:
        refusal = obligation.refuse_batch_of_firms(state, author, 1)
        if refusal is not None:
            return Outcome(Status.REFUSED, refusal)
        if body.obligation is not None:
            item = yield from _hold_obligation(state, Bic(author), body, body.obligation)
        else:
            assert body.trade is not None, "one of the three is given"
            item = yield from _hold_trade_record(state, Bic(author), body, body.trade)
    return Outcome(Status.DONE, None, (item,))


def _hold_payment(state: State, bank: Bic, body: HoldItem) -> Item:
    order, uetr = unpack(body.record), uetr_of(body.record[:16].ljust(16, b"\0"))
    if order is None or order.action is not Action.PAY or order.linked:
        text = "A payment on hold is well formed, and neither reserved nor linked."
        return ItemOutcome(uetr, Status.REFUSED, Refusal(Reason.IDENTIFIER_INVALID, text))
    unrecorded = refuse_identity(state, (bank,), order)
    if unrecorded is not None:
        return ItemOutcome(uetr, Status.REFUSED, unrecorded)
    rejection = refuse_order(state, order)
    if rejection is not None:
        yield PaymentRejected(order.uetr, rejection.reason, order)
        return ItemOutcome(order.uetr, Status.REFUSED, rejection)
    yield from hold.hold_new_payment(state, bank, order, body.entries, body.screened)
    return ItemOutcome(order.uetr, Status.HELD)


def _hold_obligation(state: State, bank: Bic, body: HoldItem, item: ObligationItem) -> Item:
    outcome = yield from obligation.register_one(state, bank, item)
    if outcome.refusal is not None:
        return outcome
    yield from hold.hold_obligations(state, bank, (item.id,), body.entries, body.screened)
    return ItemOutcome(item.id, Status.HELD)


def _hold_trade_record(state: State, bank: Bic, body: HoldItem, item: TradeItem) -> Item:
    agents = trade.agents_or_refusal(state, bank, item)
    if isinstance(agents, Refusal):
        return ItemOutcome(trade.name_of(item), Status.REFUSED, agents)
    refusal = _refuse_listed(state, item, agents)
    if refusal is not None:
        return ItemOutcome(trade.name_of(item), Status.REFUSED, refusal)
    stopped = yield from trade.stop_goods(state, bank, item, agents, body.screened, body.entries)
    if stopped is not None:
        return stopped
    yield TradeRecordHeld(item, *agents, hold.hold_of(state, bank, body.entries, body.screened))
    return ItemOutcome(item.id, Status.HELD)


def decide(state: State, author: str, body: DecideCase) -> Decision:
    """Decide a case of the author's; what is cleared goes on."""
    case = state.cases.get(case_key(body.case)) if 0 < body.case < 10**10 else None
    if case is None:
        return refused(Reason.UNKNOWN_CASE, str(body.case)[:20])
    if case.participant != author:
        return refused(Reason.NOT_OWN_AFFAIR, f"The case is {case.participant}'s.")
    refusal = refuse_deciding(state, author, body.member) or refuse_reason(body.reason)
    refusal = (
        refusal or refuse_unscreened(state, author, body.screened) or _refuse_verdict(case, body.verdict)
    )
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    if case.trade is not None and body.verdict is Verdict.CLEAR:
        agents = trade.agents_or_refusal(state, case.participant, case.trade, decided=case.number)
        if isinstance(agents, Refusal):
            return Outcome(Status.REFUSED, agents)
        refusal = _refuse_listed(state, case.trade, agents) or goods.refuse_embargoed(
            state, case.trade, agents
        )
        if refusal is not None:
            return Outcome(Status.REFUSED, refusal)
    blocked = _to_block(state, case, body.verdict)
    if not _has_room(state, case, blocked):
        return refused(Reason.AMOUNT_TOO_LARGE)
    yield CaseDecided(case.number, body.member, body.verdict, body.reason, body.screened, blocked)
    if case.trade is not None and body.verdict is Verdict.CLEAR:
        yield TradeRecordRegistered(case.trade, case.participant, *case.agents)
    if case.kind is CaseKind.PAYMENT and body.verdict is not Verdict.HIT:
        yield from _go_on(state, case)
    return Outcome(Status.DONE, None, (ItemOutcome(case.item, Status.DONE),))


def _refuse_listed(state: State, item: TradeItem, agents: tuple[Bic, Bic]) -> Refusal | None:
    """Return PARTY_LISTED, or None when no number names who is in a record: of a number there is no judgement."""
    entry = trade.listed(state, item, agents)
    return None if entry is None else Refusal(Reason.PARTY_LISTED, entry)


def _has_room(state: State, case: Case, blocked: Amount) -> bool:
    """Tell whether the accounts hold what moves between them when so much is blocked."""
    if case.blocked == blocked:
        return True
    kind = blocked_account if blocked > case.blocked else settlement_account
    account = state.accounts.get(kind(case.participant, case.currency))
    return account is None or ledger.room_to_receive(account, abs(blocked - case.blocked))


def _refuse_verdict(case: Case, verdict: Verdict) -> Refusal | None:
    if not case.is_open or _STATUS_OF[verdict] is case.status:
        return Refusal(Reason.CASE_DECIDED, f"Case {case.number} is {case.status.name.lower()}.")
    is_frozen = case.kind is CaseKind.PAYMENT and case.status is CaseStatus.CONFIRMED
    if verdict is Verdict.RETURN and not is_frozen:
        return Refusal(Reason.CASE_DECIDED, "Only frozen money goes back, by a decision of its own.")
    return None


def _to_block(state: State, case: Case, verdict: Verdict) -> Amount:
    """Return what is blocked from the decision on: of a hit, as much of what was to be paid as the payer has."""
    if verdict is not Verdict.HIT or case.kind is not CaseKind.PAYMENT:
        return Amount(0)
    payment = _payment_of(state, case)
    if payment.status is not PaymentStatus.HELD:
        return case.blocked
    debit = settlement_account(payment.order.debtor_agent, payment.order.currency)
    return Amount(case.blocked + hold.free_for(state, debit, payment.rest - case.blocked))


def _payment_of(state: State, case: Case) -> Payment:
    payment = lifecycle.payment_of(state, Uetr(case.item))
    assert payment is not None, "the case is of a payment on the log"
    return payment


def _go_on(state: State, case: Case) -> Events:
    """Let a payment that was cleared settle or wait, and what waited for the money that is free again."""
    payment = _payment_of(state, case)
    order = payment.order
    if payment.status is PaymentStatus.ACCEPTED:
        late = _refuse_late(state, payment)
        if late is not None:
            yield PaymentRejected(order.uetr, late.reason)
        elif state.day.phase is not Phase.CLOSED and queue.may_settle(state, order):
            yield from queue.come(state, order.uetr)
            return
    yield from release_queues(state, [settlement_account(order.debtor_agent, order.currency)])


def _refuse_late(state: State, payment: Payment) -> Refusal | None:
    """Return why a payment that was cleared can be paid no more, or None."""
    order = payment.order
    for bank in (order.debtor_agent, order.creditor_agent):
        account = ledger.usable(state, settlement_account(bank, order.currency))
        if isinstance(account, Reason):
            return Refusal(account)
    closed = refuse_gone(state, order.creditor_agent, order.currency) or refuse_counterparty(
        state, order.creditor_agent
    )
    return closed or refuse_times(state, 0, payment.latest_us)


def end_of_day(state: State) -> Events:
    """Tell members of the cases that nobody has decided in time, once each, and end allowances by their date."""
    for each in list(state.allowances.records()):
        if not each.ended and each.until <= state.day.date:
            yield AllowanceEnded(each.participant, each.entry, each.customer)
    for case in list(state.cases.records()):
        late = case.status is CaseStatus.UNDER_REVIEW and case.deadline <= state.day.date
        if late and not case.escalated:
            yield CaseEscalated(case.number, case.member)


def evolve_decided(state: State, event: CaseDecided) -> None:
    """Write the decision down, and let go or freeze what the case is about."""
    case = state.cases[case_key(event.case)]
    assert case.is_open, "a case that is over is not decided again"
    status = _STATUS_OF[event.verdict]
    if case.kind is CaseKind.PAYMENT:
        payment = _payment_of(state, case)
        order = payment.order
        hold.block(state, order.debtor_agent, order.currency, event.blocked - case.blocked)
        if payment.status in _ON_HOLD:
            reason = Reason.PARTY_LISTED if event.verdict is Verdict.RETURN else None
            lifecycle.move(state, order.uetr, _PAYMENT_AFTER[event.verdict], reason)
    if event.verdict is Verdict.CLEAR:
        for name, before in case.obligations:
            held = state.obligations[name]
            assert held.status is ObligationStatus.BLOCKED, "what is on hold stays so until it is decided"
            if not any(each.number != case.number for each in hold.cases_of(state, name)):
                state.obligations.put(name, msgspec.structs.replace(held, status=ObligationStatus(before)))
            goods.lift(state, held.item.document, held.item.debtor, held.item.creditor)
    if case.trade is not None and event.verdict is Verdict.CLEAR:
        del state.held[case.trade.id]
        del state.held[case.trade.document.hex()]
    state.cases.put(
        case_key(case.number),
        msgspec.structs.replace(
            case,
            status=status,
            blocked=event.blocked,
            reason=event.reason,
            member=event.member,
            screened=event.screened,
        ),
    )


def evolve_escalated(state: State, event: CaseEscalated) -> None:
    """Remember that the member was told."""
    case = state.cases[case_key(event.case)]
    state.cases.put(case_key(case.number), msgspec.structs.replace(case, escalated=True))
