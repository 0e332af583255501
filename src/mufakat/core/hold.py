"""Putting an item on hold until its case is decided: it is on the log, and its money moves to a blocked account.

Money of a payment on hold is blocked where the payer has it: it leaves the settlement account for
`blocked/<BIC>/<currency>`, which only the decision of a case debits. Rule source: charter, compliance; FATF R.6
and R.7 (freezing without delay).
"""

import datetime
from typing import Final

import msgspec

from mufakat.core import ledger, lifecycle
from mufakat.core.accounts import Account, blocked_account, settlement_account
from mufakat.core.binding import member_of
from mufakat.core.decision import Events
from mufakat.core.docket import Case, CaseKind, case_key
from mufakat.core.state import ObligationStatus, PaymentStatus, State
from mufakat.model.case import Hold, ObligationHeld, PaymentHeld, TradeRecordHeld
from mufakat.model.command import PaymentOrder
from mufakat.model.identifier import AccountId, Bic, Currency, ObligationId, Uetr
from mufakat.model.money import MAX_AMOUNT, Amount
from mufakat.model.refusal import Reason
from mufakat.model.verdict import Screened

HOLDABLE: Final = (
    *(ObligationStatus.REGISTERED, ObligationStatus.ACCEPTED, ObligationStatus.DISPUTED),
    ObligationStatus.BLOCKED,
)
"""Obligations that something may still become of; one on hold can be held for another reason too."""


def hold_of(state: State, participant: Bic, entries: tuple[str, ...], screened: Screened) -> Hold:
    """Open the next case, from 1."""
    days = state.day.date.toordinal() + state.charter.rules.compliance.review_days
    deadline = datetime.date.fromordinal(min(days, datetime.date.max.toordinal()))
    member = member_of(state, participant)
    return Hold(len(state.cases) + 1, participant, member, entries, screened, deadline)


def cases_of(state: State, name: ObligationId) -> list[Case]:
    """Return the open cases that hold an obligation, in order."""
    cases = state.cases.records()
    return [case for case in cases if case.is_open and any(each == name for each, _ in case.obligations)]


def free_for(state: State, debit: AccountId, amount: int, reserved: int = 0) -> Amount:
    """Return what an account has of its own to be blocked, at most `amount`: credit is nobody's to freeze.

    `reserved`: what becomes free with it.
    """
    account = state.accounts[debit]
    held = state.accounts.get(blocked_account(account.owner, account.currency))
    room = MAX_AMOUNT if held is None else ledger.most_to_receive(held)
    return Amount(max(0, min(amount, account.available + reserved - account.limit, room)))


def hold_new_payment(
    state: State, participant: Bic, order: PaymentOrder, entries: tuple[str, ...], screened: Screened
) -> Events:
    """Put a payment on hold that is new to the log."""
    debit = settlement_account(order.debtor_agent, order.currency)
    blocked = free_for(state, debit, order.amount)
    yield PaymentHeld(order.uetr, order, hold_of(state, participant, entries, screened), blocked)


def hold_payment(
    state: State, participant: Bic, uetr: Uetr, entries: tuple[str, ...], screened: Screened
) -> Events:
    """Put a payment on hold that waits, or is reserved."""
    payment = lifecycle.payment_of(state, uetr)
    assert payment is not None, "an open payment is on the log"
    debit = settlement_account(payment.order.debtor_agent, payment.order.currency)
    is_reserved = payment.status is PaymentStatus.RESERVED
    amount = payment.order.amount if is_reserved else payment.rest
    blocked = free_for(state, debit, amount, amount if is_reserved else 0)
    yield PaymentHeld(uetr, None, hold_of(state, participant, entries, screened), blocked)


def hold_obligations(
    state: State,
    participant: Bic,
    names: tuple[ObligationId, ...],
    entries: tuple[str, ...],
    screened: Screened,
) -> Events:
    """Put those of the obligations on hold that something may still become of, each with a case of its own."""
    for name in names:
        if state.obligations[name].status in HOLDABLE:
            yield ObligationHeld(name, hold_of(state, participant, entries, screened))


def evolve_payment_held(state: State, event: PaymentHeld) -> None:
    """Take the payment out of what waits, and block its money."""
    if event.order is not None:
        lifecycle.arrive(state, event.order, PaymentStatus.HELD)
        order = event.order
    else:
        payment = lifecycle.payment_of(state, event.uetr)
        assert payment is not None, "what is held is on the log"
        is_reserved, order = payment.status is PaymentStatus.RESERVED, payment.order
        status = PaymentStatus.REJECTED if is_reserved else PaymentStatus.HELD
        lifecycle.move(state, event.uetr, status, Reason.PARTY_LISTED if is_reserved else None)
    block(state, order.debtor_agent, order.currency, event.blocked)
    case = _case_of(state, event.hold, CaseKind.PAYMENT, event.uetr)
    case = msgspec.structs.replace(case, blocked=event.blocked, currency=order.currency)
    state.cases.put(case_key(case.number), case)


def evolve_obligation_held(state: State, event: ObligationHeld) -> None:
    """Keep the debt out of everything."""
    case = _case_of(state, event.hold, CaseKind.OBLIGATION, event.id)
    case = msgspec.structs.replace(case, obligations=_set_aside(state, (event.id,)))
    state.cases.put(case_key(case.number), case)


def evolve_trade_record_held(state: State, event: TradeRecordHeld) -> None:
    """Keep the record, and the debts that it names out of everything."""
    case = _case_of(state, event.hold, CaseKind.TRADE_RECORD, event.item.id)
    case = msgspec.structs.replace(
        case,
        obligations=_set_aside(state, event.item.obligations),
        trade=event.item,
        agents=(event.seller_agent, event.buyer_agent),
    )
    state.held[event.item.id] = state.held[event.item.document.hex()] = event.hold.case
    state.cases.put(case_key(case.number), case)


def _set_aside(state: State, names: tuple[ObligationId, ...]) -> tuple[tuple[ObligationId, int], ...]:
    """Block the obligations that something may still become of; return each with its status before."""
    before = []
    for name in names:
        obligation = state.obligations[name]
        if obligation.status in HOLDABLE:
            earlier = cases_of(state, name)
            was = dict(earlier[0].obligations)[name] if earlier else int(obligation.status)
            before.append((name, was))
            blocked = msgspec.structs.replace(obligation, status=ObligationStatus.BLOCKED, short_since=None)
            state.obligations.put(name, blocked)
    return tuple(before)


def _case_of(state: State, hold: Hold, kind: CaseKind, item: str) -> Case:
    return Case(
        hold.case,
        kind,
        item,
        hold.participant,
        hold.member,
        hold.entries,
        hold.screened,
        state.day.date,
        hold.deadline,
    )


def block(state: State, bank: Bic, currency: Currency, amount: int) -> None:
    """Move money from a bank's settlement account to its blocked account, or, when negative, back."""
    if not amount:
        return
    account, settlement = blocked_account(bank, currency), settlement_account(bank, currency)
    if account not in state.accounts:
        state.accounts.put(account, Account(account, bank, currency))
    if amount > 0:
        ledger.post(state, settlement, account, Amount(amount))
    else:
        ledger.post(state, account, settlement, Amount(-amount))
