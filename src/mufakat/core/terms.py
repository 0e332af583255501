"""What a firm asks for when its debts in one currency are set off, and what of a debt it leaves to be set off.

Rule source: charter, set-off: a firm decides for itself, through its participant, and from the next cycle on.
Amounts are minor units.
"""

from collections.abc import Mapping
from typing import Final

from mufakat.core.commitment import Record, Table
from mufakat.model.command import ObligationItem
from mufakat.model.identifier import Currency, Lei
from mufakat.model.money import Amount


class FirmTerms(Record, frozen=True):
    """The terms of a firm in a currency; fields as in model.command.SetOffTerms."""

    firm: Lei
    currency: Currency
    least_residual: Amount
    most: Amount | None
    not_with: tuple[Lei, ...]
    across: bool


NO_TERMS: Final = FirmTerms(Lei(""), Currency(""), Amount(0), None, (), across=False)
"""What holds for a firm that has asked for nothing."""


def terms_key(firm: str, currency: str) -> str:
    """Name the terms of a firm in a currency."""
    return f"{firm}/{currency}"


def offered(item: ObligationItem, owed: Amount, terms: Table[FirmTerms] | Mapping[str, FirmTerms]) -> Amount:
    """Return how much of a debt, of which `owed` is open, may be set off under both firms' terms.

    Nothing between firms of which one does not want it; of an indivisible debt all or nothing.
    """
    debtor, creditor = (
        terms.get(terms_key(firm, item.currency)) or NO_TERMS for firm in (item.debtor, item.creditor)
    )
    if item.creditor in debtor.not_with or item.debtor in creditor.not_with:
        return Amount(0)
    left = max(0, owed - max(debtor.least_residual, creditor.least_residual))
    return Amount(0 if item.indivisible and left < item.amount else left)
