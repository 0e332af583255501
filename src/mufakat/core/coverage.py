"""Coverage: whether pledged money bears the default of the one member, or the two, that would cost the most.

A member counts with its banks. Its exposure in a currency is what is drawn on its swing line; stressed, all that
the line lends. What bears it: the banks' own pledges, the member's, and what the other members can be called for.
Amounts are minor units. Rule source: charter, default; PFMI principle 4, key considerations 4 to 6 (cover 1 and 2).
"""

import itertools
from collections.abc import Mapping
from typing import Final

from mufakat.core.loss import cap_of
from mufakat.core.standing import default_of, present
from mufakat.core.state import State, settlement_account, swing_account
from mufakat.model.default import Coverage
from mufakat.model.identifier import Currency, MemberId
from mufakat.model.money import Amount

Pledges = Mapping[str, Amount]
"""What each participant and member has pledged in one currency, minor units."""

_AT_ONCE: Final = (1, 2)
_MOST: Final = 2**63 - 1


def measure(state: State) -> tuple[Coverage, ...]:
    """Return cover 1 and cover 2, drawn and stressed, of each currency that somebody has a line in; in order."""
    return tuple(
        worst(state, currency, pledges_in(state, currency), count, stressed=stressed)
        for currency in sorted(member.currency for member in present(state))
        for stressed in (False, True)
        for count in _AT_ONCE
        if _exposures(state, currency, stressed=stressed)
    )


def pledges_in(state: State, currency: Currency) -> Pledges:
    """Return all that is pledged in a currency."""
    accounts = state.accounts.records()
    return {
        each.owner: Amount(each.balance)
        for each in accounts
        if each.currency == currency and each.id.startswith("collateral/")
    }


def short(state: State, currency: Currency, pledges: Pledges) -> int:
    """Return what the worst default of one member would leave uncovered now, if so much were pledged."""
    if not _exposures(state, currency, stressed=False):
        return 0
    return worst(state, currency, pledges, 1, stressed=False).short


def worst(state: State, currency: Currency, pledges: Pledges, count: int, *, stressed: bool) -> Coverage:
    """Return the default of `count` members at once that leaves the most uncovered; of equals the larger.

    Of fewer when fewer have an exposure; somebody has one.
    """
    exposures = _exposures(state, currency, stressed=stressed)
    own = {each: _own(state, each, currency, pledges, stressed=stressed) for each in exposures}
    called = {
        member.id: cap_of(state, pledges.get(member.id, Amount(0)))
        for member in present(state)
        if default_of(state, member.id) is None
    }
    found = []
    for parties in itertools.combinations(exposures, min(count, len(exposures))):
        exposure = sum(exposures[each] for each in parties)
        others = sum(amount for member, amount in called.items() if member not in parties)
        resources = min(_MOST, sum(own[each] for each in parties) + others)
        found.append(Coverage(currency, stressed, parties, Amount(exposure), Amount(resources)))
    return max(found, key=lambda each: (each.short, each.exposure))


def _exposures(state: State, currency: Currency, *, stressed: bool) -> dict[MemberId, int]:
    """Return what each member owes on its line, or could; in order, without those at zero."""
    exposures = {}
    for member in present(state):
        line = state.accounts.get(swing_account(member.id, currency))
        lends = stressed and default_of(state, member.id) is None
        amount = 0 if line is None else max(-line.balance, line.limit if lends else 0)
        if amount:
            exposures[member.id] = amount
    return exposures


def _own(state: State, member: MemberId, currency: Currency, pledges: Pledges, *, stressed: bool) -> int:
    """Return what a member and its banks have pledged: a bank's pledge bears no more than that bank's advance.

    Stressed, as if each bank had drawn as far as it pledged.
    """
    total = int(pledges.get(member, 0))
    for bank in state.participants.records():
        if bank.sponsor == member:
            advance = state.advances.get(settlement_account(bank.bic, currency))
            most = pledges.get(bank.bic, 0)
            total += most if stressed else min(most, 0 if advance is None else advance.amount)
    return total
