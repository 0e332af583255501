"""Limits: how much the normal payments of a participant may pay net in a business day.

Bilateral, towards one bank, or multilateral, towards all for which there is no bilateral one. What normal payments
paid is counted, less what normal payments and returns brought. Urgent and high payments and obligations are not
held back by a limit and do not count; a return is not held back and counts, up to the limit of who gives back.
Amounts are minor units. Rule source: charter, payments; T2 RTGS, limits.
"""

from collections.abc import Iterable

import msgspec

from mufakat.core.accounts import settlement_account
from mufakat.core.lines import Limit, Terms
from mufakat.core.state import Payment, State
from mufakat.model.identifier import AccountId, Bic
from mufakat.model.money import MAX_AMOUNT, Amount
from mufakat.model.queueing import Priority

Bound = tuple[AccountId, Bic | None]
"""A limit: the account of which it is, and the bank towards which."""


def terms_of(state: State, account: AccountId) -> Terms:
    """Return what is set for an account, counted to the business date under way."""
    terms, today = state.queue_terms.get(account) or Terms(account), state.day.date
    if terms.date == today:
        return terms
    anew = tuple(msgspec.structs.replace(each, used=0) for each in terms.limits)
    return msgspec.structs.replace(terms, date=today, limits=anew)


def limit_towards(terms: Terms, counterparty: Bic | None) -> Limit | None:
    """Return the limit of an account towards a bank, or towards all others (None), if it is set."""
    return next((each for each in terms.limits if each.counterparty == counterparty), None)


def _binding(state: State, account: AccountId, counterparty: str) -> Limit | None:
    """Return the limit that binds payments between an account and a bank: its own, or else that towards all."""
    if account not in state.queue_terms:
        return None
    terms = terms_of(state, account)
    return limit_towards(terms, Bic(counterparty)) or limit_towards(terms, None)


def room(state: State, account: AccountId, counterparty: str, priority: Priority) -> int:
    """Return what one payment of an account to a bank may have within its limits; MAX_AMOUNT when none binds it."""
    bound = binding(state, account, counterparty) if priority is Priority.NORMAL else None
    return MAX_AMOUNT if bound is None else min(MAX_AMOUNT, left(state, bound))


def left(state: State, bound: Bound) -> int:
    """Return what is left of a limit: what is reserved for normal payments counts as used."""
    limit = limit_towards(terms_of(state, bound[0]), bound[1])
    assert limit is not None, "a limit that binds is there"
    return limit.most - limit.used - reserved(state, bound)


def reserved(state: State, bound: Bound) -> int:
    """Return what open reservations of normal payments would pay by a limit."""
    row = state.accounts.row_of(bound[0])
    return sum(
        each.amount
        for each in state.reservations.of(row)
        if each.debit == row
        and each.priority is Priority.NORMAL
        and binding(state, bound[0], state.accounts.at(each.credit).owner) == bound
    )


def count(state: State, debit: AccountId, credit: AccountId, amount: Amount, priority: Priority) -> None:
    """Count a settled payment towards the limits of both sides."""
    if len(state.queue_terms) and priority is Priority.NORMAL:
        _count(state, debit, credit, amount)
        _count(state, credit, debit, -amount)


def count_returned(state: State, debit: AccountId, credit: AccountId, amount: Amount) -> None:
    """Count what is given back towards the limits of both sides, whatever the priority of what is returned."""
    if len(state.queue_terms):
        bound = binding(state, debit, state.accounts[credit].owner)
        if bound is not None:
            _count(state, debit, credit, min(amount, max(0, left(state, bound))))
        _count(state, credit, debit, -amount)


def _count(state: State, account: AccountId, other: AccountId, net: int) -> None:
    """Add to what an account has used of the limit towards the owner of another one."""
    bound = binding(state, account, state.accounts[other].owner)
    if bound is None:
        return
    terms = terms_of(state, account)
    limits = tuple(
        msgspec.structs.replace(each, used=max(-MAX_AMOUNT, each.used + net))
        if each.counterparty == bound[1]
        else each
        for each in terms.limits
    )
    state.queue_terms.put(account, msgspec.structs.replace(terms, limits=limits))


def exceeded(state: State, payments: Iterable[Payment]) -> dict[Bound, int]:
    """Return the limits that payments would exceed when they settled all at once, and by how much."""
    nets: dict[Bound, int] = {}
    if not len(state.queue_terms):
        return nets
    for payment in payments:
        order = payment.order
        if payment.priority is not Priority.NORMAL:
            continue
        ends = order.debtor_agent, order.creditor_agent
        for (bank, other), net in ((ends, payment.rest), (ends[::-1], -payment.rest)):
            bound = binding(state, settlement_account(bank, order.currency), other)
            if bound is not None:
                nets[bound] = nets.get(bound, 0) + net
    return {bound: net - room_left for bound, net in nets.items() if net > (room_left := left(state, bound))}


def binding(state: State, account: AccountId, counterparty: str) -> Bound | None:
    """Name the limit that binds normal payments of an account to a bank, or None."""
    limit = _binding(state, account, counterparty)
    return None if limit is None else (account, limit.counterparty)


class Outflow:
    """What payments that may be netted would pay by the limits, with nothing that they bring taken off.

    So that each limit holds whichever of them a cycle takes out again.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._paid: dict[Bound, int] = {}

    def fits(self, payment: Payment) -> bool:
        """Tell whether a payment still has room in the limit that binds it, and count it if so."""
        order = payment.order
        account = settlement_account(order.debtor_agent, order.currency)
        bound = binding(self._state, account, order.creditor_agent)
        if bound is None or payment.priority is not Priority.NORMAL:
            return True
        paid = self._paid.get(bound, 0) + payment.rest
        if paid > left(self._state, bound):
            return False
        self._paid[bound] = paid
        return True
