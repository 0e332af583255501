"""Records of defaults: who is in default, whose pledges bear what it costs, and since when advances are owed.

Amounts are minor units. Rule source: charter, default.
"""

import datetime

from mufakat.core.commitment import Record
from mufakat.model.default import Cause, Tier
from mufakat.model.identifier import AccountId, Currency
from mufakat.model.money import Amount


class Default(Record, frozen=True):
    """A party's default. `deferred`: the business date until which the rest of its loss is not called for."""

    number: int
    party: str
    cause: Cause
    date: datetime.date
    deferred: datetime.date | None = None
    ended: bool = False


class Bearer(Record, frozen=True):
    """Whose pledge bears a loss, and how far: `paid` of it, `recovered` of what was paid.

    Of a survivor, `cap` is the most it can be called for in all, and `weight` its part among the survivors of the
    latest call; others bear what they pledged.
    """

    default: int
    currency: Currency
    tier: Tier
    holder: str
    paid: Amount = Amount(0)
    recovered: Amount = Amount(0)
    cap: Amount = Amount(0)
    weight: Amount = Amount(0)


class Arrear(Record, frozen=True):
    """Since which close a participant has owed an advance without a break; None while it owes none."""

    account: AccountId
    since: datetime.date | None


def default_key(number: int) -> str:
    """Return the key of a default: in order of their keys, defaults stand in order of their numbers."""
    return f"{number:06d}"


def bearer_key(default: int, currency: str, tier: Tier, holder: str) -> str:
    """Return the key of who bears the loss of a default in a currency, in the order in which they do."""
    return f"{default_key(default)}/{currency}/{int(tier)}/{holder}"
