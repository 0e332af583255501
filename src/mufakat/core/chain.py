"""What takes effect at once or not at all: reservations, what posts or voids them, and chains of linked records.

A reservation earmarks its amount on the payer's account until its latest time or the close; the payee gets nothing.
The payer posts it, in full or less, which settles it and frees the rest; payer or payee voids it. Of a chain all
records take effect in order, or none does. Nothing here queues; what is refused leaves no trace but its outcome.
Amounts are minor units. Rule source: charter, payments; PFMI principle 12 (exchange-of-value settlement).
"""

import datetime
from collections.abc import Generator, Sequence
from typing import Final

import msgspec

from mufakat.core import ledger, lifecycle, limits, queue
from mufakat.core.accounts import settlement_account
from mufakat.core.limits import Bound
from mufakat.core.order import refuse_identity, refuse_order
from mufakat.core.release import ends, is_next, release_queues
from mufakat.core.standing import refuse_listed
from mufakat.core.state import State
from mufakat.model.command import PaymentOrder
from mufakat.model.event import AnyEvent, PaymentsSettled, RecordsPosted
from mufakat.model.identifier import AccountId, Bic, Currency, Uetr, uetr_of
from mufakat.model.money import Amount, refuse_amount
from mufakat.model.outcome import ItemOutcome, Status
from mufakat.model.queueing import Action, Priority
from mufakat.model.record import unpack
from mufakat.model.refusal import Reason, Refusal

STATUS_OF: Final = {
    Action.PAY: Status.SETTLED,
    Action.RESERVE: Status.RESERVED,
    Action.POST: Status.SETTLED,
    Action.VOID: Status.VOIDED,
}
"""What becomes of a record that takes effect."""
ILL_FORMED: Final = Refusal(
    Reason.IDENTIFIER_INVALID,
    "UETR, BIC, currency, channel, priority, date, time, flags, or what has to be zero.",
)


def take(
    state: State, signers: tuple[str, ...], records: Sequence[bytes]
) -> Generator[AnyEvent, None, list[ItemOutcome]]:
    """Let all records of a chain take effect, or none: a record that is not linked is a chain of one."""
    trial = Trial(state, signers)
    for number, record in enumerate(records):
        refusal = trial.refuse(record)
        if refusal is not None:
            failed = Refusal(Reason.LINK_FAILED)
            return [
                ItemOutcome(uetr_of(each[:16]), Status.REFUSED, refusal if place == number else failed)
                for place, each in enumerate(records)
            ]
    for record, order in zip(records, trial.orders, strict=True):
        yield PaymentsSettled(record) if order.action is Action.PAY else RecordsPosted(record)
    yield from release_queues(state, list(trial.freed))
    return [ItemOutcome(order.uetr, STATUS_OF[order.action]) for order in trial.orders]


Terms = tuple[Bic, Bic, Currency, datetime.date, Priority]
"""What posts or voids a reservation repeats of it: payer, payee, currency, value date, priority."""


class _Held(msgspec.Struct):
    """A reservation as a trial finds or leaves it; nothing is `left` of one that has ended."""

    terms: Terms
    left: Amount


def _held(order: PaymentOrder) -> _Held:
    terms = order.debtor_agent, order.creditor_agent, order.currency, order.value_date, order.priority
    return _Held(terms, order.amount)


class Trial:
    """What the records of a chain would change, one after the other, while the state stays as it is.

    `orders`: those that would take effect. `freed`: accounts that would get money, or get it back.
    """

    def __init__(self, state: State, signers: tuple[str, ...]) -> None:
        self._state = state
        self._signers = signers
        self._funds: dict[AccountId, int] = {}
        self._balances: dict[AccountId, int] = {}
        self._used: dict[Bound, int] = {}
        self._held: dict[Uetr, _Held] = {}
        self._seen: dict[Uetr, None] = {}
        self.orders: list[PaymentOrder] = []
        self.freed: dict[AccountId, None] = {}

    def refuse(self, record: bytes) -> Refusal | None:
        """Let a record take effect in the trial, or return why it does not."""
        order = unpack(record)
        if order is None:
            return ILL_FORMED
        is_new = order.action in (Action.PAY, Action.RESERVE)
        refusal = self._refuse_new(order) if is_new else self._refuse_held(order)
        if refusal is None:
            self.orders.append(order)
        return refusal

    def _refuse_new(self, order: PaymentOrder) -> Refusal | None:
        """Pay or reserve."""
        state = self._state
        if order.uetr in self._seen:
            return Refusal(Reason.DUPLICATE, f"UETR {order.uetr}.")
        refusal = refuse_identity(state, self._signers, order) or refuse_order(state, order)
        if refusal is None and not queue.may_settle(state, order):
            refusal = Refusal(Reason.VALUE_DATE_TOO_FAR, "What is reserved or linked is for today.")
        refusal = refusal or self._refuse_room(order, Amount(0)) or self._refuse_funds(order)
        if refusal is not None:
            return refusal
        self._seen[order.uetr] = None
        if order.action is Action.PAY:
            self._move(order, Amount(0))
            return None
        self._held[order.uetr] = _held(order)
        self._change(order, -order.amount, order.amount)
        return None

    def _refuse_held(self, order: PaymentOrder) -> Refusal | None:
        """Post or void."""
        may = (order.debtor_agent, *((order.creditor_agent,) if order.action is Action.VOID else ()))
        if not any(each in self._signers for each in may):
            return Refusal(Reason.NOT_OWN_AFFAIR, f"Debtor agent {order.debtor_agent}.")
        wrong = refuse_amount(order.amount)
        if wrong is not None:
            return Refusal(wrong)
        held = self._held_of(order.uetr)
        if held is None:
            return self._refuse_unknown(order.uetr)
        if not held.left:
            return Refusal(Reason.WRONG_STATUS, "The reservation has ended.")
        fits = order.amount <= held.left if order.action is Action.POST else order.amount == held.left
        if _held(order).terms != held.terms or not fits:
            return Refusal(Reason.RESERVATION_DIFFERS, f"Reserved: {held.left} minor units.")
        if order.action is Action.VOID:
            self._change(order, held.left, -held.left)
        else:
            refusal = refuse_listed(self._state, order.creditor_agent) or self._refuse_room(order, held.left)
            if refusal is not None:
                return refusal
            self._move(order, held.left)
        held.left = Amount(0)
        return None

    def _held_of(self, uetr: Uetr) -> _Held | None:
        if uetr not in self._held and uetr in self._state.reservations:
            payment = lifecycle.payment_of(self._state, uetr)
            assert payment is not None, "an open reservation is a payment"
            self._held[uetr] = _held(payment.order)
        return self._held.get(uetr)

    def _refuse_unknown(self, uetr: Uetr) -> Refusal:
        payment = lifecycle.payment_of(self._state, uetr)
        if payment is None:
            return Refusal(Reason.UNKNOWN_PAYMENT, uetr)
        return Refusal(Reason.WRONG_STATUS, f"The payment is {payment.status.name.lower()}.")

    def _refuse_room(self, order: PaymentOrder, held: Amount) -> Refusal | None:
        """Check what the payee can receive, and the payer's limit, of which `held` is reserved for this payment."""
        debit, credit = ends(self._state, order)
        room = ledger.most_to_receive(credit) - self._balances.get(credit.id, 0)
        if order.action is not Action.RESERVE and order.amount > room:
            return Refusal(Reason.AMOUNT_TOO_LARGE)
        bound = limits.binding(self._state, debit.id, order.creditor_agent)
        if bound is None or order.priority is not Priority.NORMAL:
            return None
        left = limits.left(self._state, bound) - self._used.get(bound, 0) + held
        return Refusal(Reason.LIMIT_EXCEEDED, f"Left: {left} minor units.") if order.amount > left else None

    def _refuse_funds(self, order: PaymentOrder) -> Refusal | None:
        debit, _ = ends(self._state, order)
        if not is_next(self._state, debit.id, order.priority):
            return Refusal(Reason.INSUFFICIENT_FUNDS, "Payments of the account wait before it.")
        available = debit.available + self._funds.get(debit.id, 0)
        if order.amount > available:
            return Refusal(Reason.INSUFFICIENT_FUNDS, f"Available: {available} minor units.")
        return None

    def _move(self, order: PaymentOrder, held: Amount) -> None:
        """Settle a payment of which `held` was reserved."""
        self._change(order, held - order.amount, order.amount - held)
        debit, credit = (each.id for each in ends(self._state, order))
        self._funds[credit] = self._funds.get(credit, 0) + order.amount
        for account, net in ((debit, -order.amount), (credit, order.amount)):
            self._balances[account] = self._balances.get(account, 0) + net
        self.freed[credit] = None
        self._use(order, credit, order.debtor_agent, -order.amount)

    def _change(self, order: PaymentOrder, funds: int, used: int) -> None:
        """Change what the payer may use, and what is used of the limit that binds it."""
        debit = settlement_account(order.debtor_agent, order.currency)
        self._funds[debit] = self._funds.get(debit, 0) + funds
        if funds > 0:
            self.freed[debit] = None
        self._use(order, debit, order.creditor_agent, used)

    def _use(self, order: PaymentOrder, account: AccountId, other: Bic, used: int) -> None:
        bound = limits.binding(self._state, account, other) if order.priority is Priority.NORMAL else None
        if bound is not None:
            self._used[bound] = self._used.get(bound, 0) + used
