"""What firms ask for when their debts are set off, and events of that and of set-off across currencies.

Amounts are minor units.
"""

from typing import Final

from mufakat.model.fact import Command, Event
from mufakat.model.identifier import Currency, Lei, ObligationId
from mufakat.model.money import Amount

MOST_NOT_WITH: Final = 64
"""Firms that a firm can name as those with which nothing is to be set off."""


class SetOffTerms(Command, frozen=True, tag=26):
    """A participant says what a firm that it banks asks for when its debts in `currency` are set off.

    `least_residual`: what is left to pay of each debt that it owes or is owed. `most`: what is set off of its
    debts in a cycle at most. `not_with`: firms with which nothing is set off, in order. `across`: what is left
    may be set off across currencies, at the fixings in force. What it asked for before is replaced.
    """

    firm: Lei
    currency: Currency
    least_residual: Amount = Amount(0)
    most: Amount | None = None
    not_with: tuple[Lei, ...] = ()
    across: bool = False


class SetOffTermsStated(Event, frozen=True, tag=60):
    """What a firm asks for when its debts in a currency are set off; fields as in SetOffTerms."""

    firm: Lei
    currency: Currency
    least_residual: Amount
    most: Amount | None
    not_with: tuple[Lei, ...]
    across: bool


class ObligationsAcrossSetOff(Event, frozen=True, tag=61):
    """Set-off across currencies in a cycle: (obligation, amount cleared in its own currency), no money moved.

    `prices`: points to a minor unit of each currency, by the fixings in force. `step`: in how many points it
    was solved.
    """

    cycle: int
    prices: tuple[tuple[Currency, int], ...]
    step: int
    cleared: tuple[tuple[ObligationId, Amount], ...]


class SetOffAcrossOmitted(Event, frozen=True, tag=62):
    """Obligations that could be set off across currencies were not: no fixing of theirs is in force."""

    cycle: int
    currencies: tuple[Currency, ...]


AnyAsked = SetOffTermsStated | ObligationsAcrossSetOff | SetOffAcrossOmitted
