"""Set-off: obligations that form cycles are discharged with no money.

Per currency, over accepted obligations due within the charter's horizon, as far as the terms of their firms and
the obligations themselves allow. Debts between the same two firms are added up for the optimum; what is cleared
of them is allotted to the single obligations oldest due date first, then by identifier. Each firm's net
position stays as it was. Rule source: charter, set-off.

The optimum's value is unique, which pairs of firms it clears is not. Ties are broken by rule: firms are numbered in
order of their identifiers, debts put in order of debtor, then creditor, and the solver's steps are a function of
those numbers and the amounts alone. So the order in which obligations came decides nothing.

Then, among firms that ask for it, what is left is set off across currencies at the fixings in force. There a firm's
position in each currency moves, and in all together by less than one minor unit of the dearest of them. A firm's
limit holds for both: across currencies its oldest debts and claims take part, up to what its limit leaves.
"""

import math
from typing import Final

import numpy as np

from mufakat.core import fixing
from mufakat.core.accounts import settlement_account
from mufakat.core.binding import may_clear
from mufakat.core.decision import Decision, Events
from mufakat.core.ledger import share_of_range, usable
from mufakat.core.standing import out_of_cycles
from mufakat.core.state import Obligation, ObligationStatus, State
from mufakat.core.terms import NO_TERMS, FirmTerms, offered, terms_key
from mufakat.kernels.across import set_off_across as clear_across
from mufakat.kernels.compiled import Int32, Int64
from mufakat.kernels.conditions import set_off_under
from mufakat.kernels.limits import NO_LIMIT
from mufakat.model.event import ObligationsSetOff
from mufakat.model.identifier import Currency, Lei, ObligationId
from mufakat.model.money import MAX_AMOUNT, Amount
from mufakat.model.outcome import DONE, Outcome, Status
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.setoff import (
    MOST_NOT_WITH,
    ObligationsAcrossSetOff,
    SetOffAcrossOmitted,
    SetOffTerms,
    SetOffTermsStated,
)

_LARGEST_PRICE: Final = 2**62 - 1
MOST_ACROSS: Final = 10_000
"""So many obligations are set off across currencies in one cycle at most: rounding long chains takes longest."""


def state_terms(state: State, author: str, body: SetOffTerms) -> Decision:
    """Record what a firm of the author's asks for; it replaces what the firm asked for before in that currency."""
    yield from ()
    refusal = _refuse_terms(state, author, body)
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    yield SetOffTermsStated(
        body.firm, body.currency, body.least_residual, body.most, body.not_with, body.across
    )
    return DONE


def _refuse_terms(state: State, author: str, body: SetOffTerms) -> Refusal | None:
    if author not in state.participants:
        return Refusal(Reason.NOT_OWN_AFFAIR, "Only a participant speaks for firms.")
    for each in (body.firm, *body.not_with):
        if each not in state.firms:
            return Refusal(Reason.UNKNOWN_FIRM, f"LEI {each[:35]}.")
    agent = state.firms[body.firm].agent
    if agent != author:
        return Refusal(Reason.NOT_OWN_AFFAIR, f"{body.firm} speaks through {agent}.")
    if state.charter.issuer(body.currency) is None:
        return Refusal(Reason.UNKNOWN_CURRENCY, body.currency)
    account = usable(state, settlement_account(author, body.currency))
    if isinstance(account, Reason):
        return Refusal(account, f"{author}, {body.currency}.")
    for field, amount in (("least_residual", body.least_residual), ("most", body.most or 0)):
        if not 0 <= amount <= MAX_AMOUNT:
            return Refusal(Reason.AMOUNT_INVALID, f"{field}: 0 to {MAX_AMOUNT} minor units.")
    if len(body.not_with) > MOST_NOT_WITH:
        return Refusal(Reason.TERMS_INVALID, f"not_with: at most {MOST_NOT_WITH} firms.")
    if list(body.not_with) != sorted(set(body.not_with)) or body.firm in body.not_with:
        return Refusal(Reason.TERMS_INVALID, "not_with: other firms, each once, in order of LEI.")
    return None


def evolve_terms(state: State, event: SetOffTermsStated) -> None:
    """Put a firm's terms in force."""
    state.terms.put(
        terms_key(event.firm, event.currency),
        FirmTerms(
            *(event.firm, event.currency, event.least_residual, event.most, event.not_with),
            across=event.across,
        ),
    )


def set_off(state: State, cycle: int, currency: Currency) -> ObligationsSetOff | None:
    """Find the largest set-off in one currency; None when nothing can be cleared."""
    taking_part = _taking_part(state, currency)
    if not taking_part:
        return None
    debts = _Debts(taking_part, [offered(each.item, each.open, state.terms) for each in taking_part])
    limits = [_terms_of(state, firm, currency).most for firm in debts.firms]
    found = set_off_under(
        *(len(debts.firms), debts.debtors, debts.creditors, debts.amounts, debts.dues, debts.ids),
        np.array([each.item.indivisible for each in taking_part], np.bool_),
        np.array([NO_LIMIT if limit is None else limit for limit in limits], np.int64),
    )
    cleared = debts.cleared(found.cleared)
    return ObligationsSetOff(cycle, currency, cleared) if cleared else None


def set_off_across(
    state: State, cycle: int, currencies: list[Currency], before: dict[ObligationId, Amount]
) -> Events:
    """Set off across currencies what is left, at the fixings in force; `before`: what this cycle cleared already.

    Says so where obligations that could take part have no fixing in force.
    """
    willing = [
        each
        for currency in currencies
        for each in _taking_part(state, currency)
        if not each.item.indivisible
        and all(_terms_of(state, firm, currency).across for firm in (each.item.debtor, each.item.creditor))
    ]
    wanted = sorted({each.item.currency for each in willing})
    if len(wanted) < 2:
        return
    fixed = fixing.prices(state)
    common = math.gcd(*fixed.values())
    prices = {each: fixed[each] // common for each in wanted if each in fixed}
    prices = {currency: price for currency, price in prices.items() if price <= _LARGEST_PRICE}
    if len(prices) < len(wanted):
        yield SetOffAcrossOmitted(cycle, tuple(each for each in wanted if each not in prices))
    willing = [each for each in willing if each.item.currency in prices]
    taking_part = _a_share_each(state, sorted(willing, key=lambda each: (each.item.due, each.item.id)))
    amounts = [offered(each.item, each.open, state.terms) for each in taking_part]
    _keep_to_limits(state, taking_part, amounts, before)
    if not taking_part:
        return
    debts = _Debts(taking_part, amounts)
    found = clear_across(
        *(len(debts.firms), debts.debtors, debts.creditors, debts.amounts),
        np.array([prices[each.item.currency] for each in taking_part], np.int64),
        *(debts.dues, debts.ids),
    )
    cleared = debts.cleared(found.cleared)
    if cleared:
        yield ObligationsAcrossSetOff(cycle, tuple(prices.items()), found.step, cleared)


def _a_share_each(state: State, oldest_first: list[Obligation]) -> list[Obligation]:
    """Keep the oldest debts of each participant's firms, as many for each, so that a cycle's work is bounded."""
    share = max(1, MOST_ACROSS // len(state.participants))
    taken: dict[str, int] = {}
    kept = []
    for each in oldest_first:
        taken[each.debtor_agent] = taken.get(each.debtor_agent, 0) + 1
        if taken[each.debtor_agent] <= share:
            kept.append(each)
    return kept


def _keep_to_limits(
    state: State, oldest_first: list[Obligation], amounts: list[Amount], before: dict[ObligationId, Amount]
) -> None:
    """Cut what is offered to what firms' limits leave: the oldest of a firm's debts, and of its claims."""
    passed: dict[tuple[Lei, Currency], int] = {}
    for key, amount in before.items():
        item = state.obligations[key].item
        passed[item.debtor, item.currency] = passed.get((item.debtor, item.currency), 0) + amount
    for side in ("debtor", "creditor"):
        room: dict[tuple[Lei, Currency], int] = {}
        for number, each in enumerate(oldest_first):
            firm, currency = getattr(each.item, side), each.item.currency
            most = _terms_of(state, firm, currency).most
            if most is None:
                continue
            left = room.get((firm, currency), most - passed.get((firm, currency), 0))
            amounts[number] = Amount(min(amounts[number], left))
            room[firm, currency] = left - amounts[number]


def _terms_of(state: State, firm: Lei, currency: Currency) -> FirmTerms:
    return state.terms.get(terms_key(firm, currency)) or NO_TERMS


class _Debts:
    """Obligations and what is offered of each, as arrays for the kernels."""

    def __init__(self, obligations: list[Obligation], amounts: list[Amount]) -> None:
        items = [each.item for each in obligations]
        self.firms: Final = sorted({firm for item in items for firm in (item.debtor, item.creditor)})
        numbers = {firm: number for number, firm in enumerate(self.firms)}
        ranks = {name: rank for rank, name in enumerate(sorted(item.id for item in items))}
        self._names: Final = [item.id for item in items]
        self.debtors: Final[Int32] = np.array([numbers[item.debtor] for item in items], np.int32)
        self.creditors: Final[Int32] = np.array([numbers[item.creditor] for item in items], np.int32)
        self.amounts: Final[Int64] = np.array(amounts, np.int64)
        self.dues: Final[Int32] = np.array([item.due.toordinal() for item in items], np.int32)
        self.ids: Final[Int32] = np.array([ranks[item.id] for item in items], np.int32)

    def cleared(self, amounts: Int64) -> tuple[tuple[ObligationId, Amount], ...]:
        """Name what is cleared of each obligation, in order of debtor, creditor, due date and identifier."""
        order = np.lexsort((self.ids, self.dues, self.creditors, self.debtors)).tolist()
        return tuple((self._names[at], Amount(int(amounts[at]))) for at in order if amounts[at])


def _taking_part(state: State, currency: Currency) -> list[Obligation]:
    """Accepted obligations within the horizon, oldest due first.

    What one participant's firms owe stays within its share, and so the sum within the ledger's range.
    """
    last = state.day.date.toordinal() + state.charter.rules.set_off_horizon_days
    out = out_of_cycles(state)
    candidates = [
        each
        for each in state.obligations.records()
        if each.status is ObligationStatus.ACCEPTED
        and each.item.currency == currency
        and each.item.due.toordinal() <= last
        and out.isdisjoint((each.debtor_agent, each.creditor_agent))
        and may_clear(state, each)
    ]
    candidates.sort(key=lambda each: (each.item.due, each.item.id))
    taking_part: list[Obligation] = []
    share, owed = share_of_range(state), dict.fromkeys((each.debtor_agent for each in candidates), 0)
    for each in candidates:
        if owed[each.debtor_agent] + each.open <= share:
            owed[each.debtor_agent] += each.open
            taking_part.append(each)
    return taking_part
