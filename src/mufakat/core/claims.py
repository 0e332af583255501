"""What a default has left unpaid: advances that nobody has paid back, and what the bearers of its loss are out of.

Amounts are minor units. Rule source: charter, default.
"""

from mufakat.core.binding import member_of
from mufakat.core.estate import Bearer, Default, default_key
from mufakat.core.standing import default_of
from mufakat.core.state import Advance, State
from mufakat.model.default import Tier
from mufakat.model.identifier import Currency
from mufakat.model.money import Amount


def open_default(state: State, number: int) -> Default | None:
    """Return the default of a number, or None when there is none or it has ended."""
    default = state.defaults.get(default_key(number))
    return None if default is None or default.ended else default


def open_defaults(state: State) -> list[Default]:
    """Return the defaults that have not ended, in order."""
    return [each for each in state.defaults.records() if not each.ended]


def advances_of(state: State, party: str, currency: Currency | None = None) -> list[Advance]:
    """Return the unpaid advances of a participant, or of a member's participants; in order of account.

    What a participant owes that was in default before its member belongs to its own default alone.
    """
    return [
        each
        for each in state.advances.records()
        if each.amount
        and _concerns(state, party, state.accounts[each.account].owner)
        and currency in (None, state.accounts[each.account].currency)
    ]


def _concerns(state: State, party: str, owner: str) -> bool:
    default = default_of(state, owner)
    before = default is not None and default.party == owner
    return party == owner or (party == member_of(state, owner) and not before)


def bearers_of(state: State, number: int, currency: Currency, tier: Tier) -> list[Bearer]:
    """Return who bears the loss of a default in a currency, of one tier, in order of holder."""
    return [
        each
        for each in state.bearers.records()
        if (each.default, each.currency, each.tier) == (number, currency, tier)
    ]


def claims_of(state: State, default: Default, currency: Currency, tier: Tier) -> list[Bearer]:
    """Return the bearers of a tier that the party still owes what they paid; it owes nothing to itself."""
    return [
        each
        for each in bearers_of(state, default.number, currency, tier)
        if tier is not Tier.OWN and each.paid > each.recovered and each.holder != default.party
    ]


def owed(state: State, default: Default, currency: Currency) -> Amount:
    """Return all that is still to come from a default in a currency: unpaid advances, and the bearers' claims."""
    claims = [
        each for tier in (Tier.SURVIVOR, Tier.SPONSOR) for each in claims_of(state, default, currency, tier)
    ]
    advanced = sum(each.amount for each in advances_of(state, default.party, currency))
    return Amount(advanced + sum(each.paid - each.recovered for each in claims))
