"""Coverage: whether pledged money bears the default of the one member, or the two, that would cost the most.

A member counts with its banks. Its exposure in a currency is what is drawn on its swing line; stressed, all that
the line lends. What bears it: the banks' own pledges, the member's, and what the other members can be called for.
Amounts are minor units. Rule source: charter, default; PFMI principle 4, key considerations 4 to 6 (cover 1 and 2).
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Final

from mufakat.core import fixing
from mufakat.core.accounts import settlement_account, swing_account
from mufakat.core.binding import member_of
from mufakat.core.loss import cap_of, claims_between
from mufakat.core.standing import default_of, present
from mufakat.core.state import State
from mufakat.model import basket
from mufakat.model.default import UNIT, Coverage
from mufakat.model.identifier import Currency, MemberId
from mufakat.model.money import Amount

Pledges = Mapping[str, Amount]
"""What each participant and member has pledged in one currency, minor units."""

_Coming = Mapping[Currency, frozenset[tuple[MemberId, MemberId]]]
"""By currency each (member, member) of which the first, with its banks, owes the second's."""
_AT_ONCE: Final = (1, 2)
_MOST: Final = 2**63 - 1


def measure(state: State) -> tuple[Coverage, ...]:
    """Return cover 1 and cover 2, drawn and stressed, of each currency that somebody has a line in; in order.

    Then of all of them together in the unit of account, where the fixings in force price each of them.
    """
    currencies = [Currency(each) for each in sorted(member.currency for member in present(state))]
    coming = _coming(state)
    books = [_Book(state, currency, pledges_in(state, currency), coming) for currency in currencies]
    rows = [
        book.worst(count, stressed=stressed)
        for book in books
        for stressed in (False, True)
        for count in _AT_ONCE
        if book.exposures(stressed=stressed)
    ]
    return (*rows, *_in_the_unit(state, books))


def _in_the_unit(state: State, books: Sequence["_Book"]) -> list[Coverage]:
    """Return the worst ones and pairs over all currencies: a pledge still bears losses in its currency alone."""
    prices = fixing.prices(state)
    unit = basket.unit_price(state.charter.rules.fixing, prices)
    rows: list[Coverage] = []
    for stressed in (False, True):
        exposed = [book for book in books if book.exposures(stressed=stressed)]
        if unit is None or not exposed or any(book.currency not in prices for book in exposed):
            continue
        members = sorted({member for book in exposed for member in book.exposures(stressed=stressed)})
        for count in _AT_ONCE:
            found = []
            for parties in itertools.combinations(members, min(count, len(members))):
                cases = [(prices[book.currency], *book.case(parties, stressed=stressed)) for book in exposed]
                exposure = sum(price * owed for price, owed, _ in cases)
                reached = sum(price * min(owed, resources) for price, owed, resources in cases)
                values = [Amount(min(_MOST, basket.value_at(each, 1, unit))) for each in (exposure, reached)]
                found.append(Coverage(UNIT, stressed, parties, *values))
            rows.append(max(found, key=_badness))
    return rows


def pledges_in(state: State, currency: Currency) -> Pledges:
    """Return all that is pledged in a currency."""
    accounts = state.accounts.records()
    return {
        each.owner: Amount(each.balance)
        for each in accounts
        if each.currency == currency and each.id.startswith("collateral/")
    }


def short(state: State, currency: Currency, *cases: Pledges) -> list[int]:
    """Return what the worst default of one member would leave uncovered now, if each of these were pledged."""
    if not _exposures(state, currency, stressed=False):
        return [0 for _ in cases]
    coming = _coming(state)
    return [_Book(state, currency, each, coming).worst(1, stressed=False).short for each in cases]


def _badness(row: Coverage) -> tuple[int, int]:
    """Order defaults: what leaves more uncovered, then what costs more; of equals the first stands."""
    return row.short, row.exposure


class _Book:
    """Who owes what in one currency, and what is pledged there."""

    def __init__(self, state: State, currency: Currency, pledges: Pledges, coming: "_Coming | None") -> None:
        self.currency: Final = currency
        self._called: Final = {
            member.id: cap_of(state, pledges.get(member.id, Amount(0)))
            for member in present(state)
            if default_of(state, member.id) is None
        }
        issuer = state.charter.issuer(currency)
        self._issuer: Final = None if issuer is None else issuer.id
        self._coming: Final = None if coming is None else coming.get(currency, frozenset())
        self._exposures: Final = {each: _exposures(state, currency, stressed=each) for each in (False, True)}
        self._own: Final = {
            each: {
                member: _own(state, member, currency, pledges, stressed=each)
                for member in self._exposures[each]
            }
            for each in (False, True)
        }

    def exposures(self, *, stressed: bool) -> dict[MemberId, int]:
        """Return what each member owes on its line, or could; in order, without those at zero."""
        return self._exposures[stressed]

    def case(self, parties: Sequence[MemberId], *, stressed: bool) -> tuple[int, int]:
        """Return what these would owe together, and what would bear it."""
        exposure = sum(self._exposures[stressed].get(each, 0) for each in parties)
        own = sum(self._own[stressed].get(each, 0) for each in parties)
        others = sum(
            self._borne(member, parties, stressed=stressed)
            for member in self._called
            if member not in parties
        )
        return exposure, own + others

    def _borne(self, member: MemberId, parties: Sequence[MemberId], *, stressed: bool) -> int:
        """Return what a member bears: up to its cap, and nothing of a loss in which it has no weight."""
        exposures = self._exposures[stressed]
        of_all = [each for each in parties if each in exposures]
        of_some = [each for each in of_all if self._weighs(member, each)]
        cap = self._called[member]
        return cap if of_some == of_all else min(cap, sum(exposures[each] for each in of_some))

    def _weighs(self, member: MemberId, party: MemberId) -> bool:
        return self._coming is None or member == self._issuer or (party, member) in self._coming

    def worst(self, count: int, *, stressed: bool) -> Coverage:
        """Return the default of `count` members at once, or of fewer if fewer owe, that is the worst."""
        members = self._exposures[stressed]
        found = []
        for parties in itertools.combinations(members, min(count, len(members))):
            exposure, resources = self.case(parties, stressed=stressed)
            resources = min(_MOST, resources)
            found.append(Coverage(self.currency, stressed, parties, Amount(exposure), Amount(resources)))
        return max(found, key=_badness)


def _coming(state: State) -> _Coming | None:
    """Return who owes whom; None where losses are not borne by that."""
    if not state.charter.rules.default.by_exposure:
        return None
    found: dict[Currency, set[tuple[MemberId, MemberId]]] = {}
    for bank, creditor, currency, _ in claims_between(state):
        found.setdefault(currency, set()).add((member_of(state, bank), creditor))
    return {currency: frozenset(pairs) for currency, pairs in found.items()}


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
