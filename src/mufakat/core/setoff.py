"""Set-off: obligations that form cycles are discharged with no money.

Per currency, over accepted obligations due within the charter's horizon. Debts between the same two firms
are added up for the optimum; what is cleared of them is allotted to the single obligations oldest due date
first, then by identifier. Each firm's net position stays as it was. Rule source: charter, set-off.

The optimum's value is unique, which pairs of firms it clears is not. Ties are broken by rule: firms are numbered in
order of their identifiers, debts put in order of debtor, then creditor, and the solver's steps are a function of
those numbers and the amounts alone. So the order in which obligations came decides nothing.
"""

import numpy as np

from mufakat.core.ledger import share_of_range
from mufakat.core.standing import out_of_cycles
from mufakat.core.state import Obligation, ObligationStatus, State
from mufakat.kernels.setoff import largest_set_off
from mufakat.model.event import ObligationsSetOff
from mufakat.model.identifier import Currency, Lei, ObligationId
from mufakat.model.money import Amount


def set_off(state: State, cycle: int, currency: Currency) -> ObligationsSetOff | None:
    """Find the largest set-off in one currency; None when nothing can be cleared."""
    pairs = _pairs(_taking_part(state, currency))
    totals = _largest(list(pairs), [sum(each.open for each in debts) for debts in pairs.values()])
    cleared: list[tuple[ObligationId, Amount]] = []
    for debts, total in zip(pairs.values(), totals, strict=True):
        cleared.extend(_allot(debts, Amount(total)))
    return ObligationsSetOff(cycle, currency, tuple(cleared)) if cleared else None


def _largest(pairs: list[tuple[Lei, Lei]], owed: list[int]) -> list[int]:
    """Return what is cleared of each pair's debt, given in order of the pairs."""
    if not pairs:
        return []
    numbers = {firm: number for number, firm in enumerate(sorted({firm for pair in pairs for firm in pair}))}
    found = largest_set_off(
        len(numbers),
        np.array([numbers[debtor] for debtor, _ in pairs], dtype=np.int32),
        np.array([numbers[creditor] for _, creditor in pairs], dtype=np.int32),
        np.array(owed, dtype=np.int64),
    )
    return [int(total) for total in found.cleared]


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
    ]
    candidates.sort(key=lambda each: (each.item.due, each.item.id))
    taking_part: list[Obligation] = []
    share, owed = share_of_range(state), dict.fromkeys((each.debtor_agent for each in candidates), 0)
    for each in candidates:
        if owed[each.debtor_agent] + each.open <= share:
            owed[each.debtor_agent] += each.open
            taking_part.append(each)
    return taking_part


def _pairs(obligations: list[Obligation]) -> dict[tuple[Lei, Lei], list[Obligation]]:
    """Group by (debtor, creditor), in order of the pairs; each group keeps the order of the list."""
    groups: dict[tuple[Lei, Lei], list[Obligation]] = {}
    for each in obligations:
        groups.setdefault((each.item.debtor, each.item.creditor), []).append(each)
    return {pair: groups[pair] for pair in sorted(groups)}


def _allot(debts: list[Obligation], total: Amount) -> list[tuple[ObligationId, Amount]]:
    """Share `total` out to debts of one pair, in their order."""
    allotted = []
    for each in debts:
        share = Amount(min(total, each.open))
        if share:
            allotted.append((each.item.id, share))
        total = Amount(total - share)
    assert total == 0, "no more is cleared than is owed"
    return allotted
