"""Events of what firms ask for when their debts are set off, and of set-off across currencies; see `model.event`.

Amounts are minor units.
"""

from mufakat.model.fact import Event
from mufakat.model.identifier import Currency, Lei, ObligationId
from mufakat.model.money import Amount


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
