"""What the type code of an invoice says of who owes whom. Rule source: UNTDID 1001; EN 16931 code lists."""

from typing import Final

_CREDIT_NOTES: Final = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "532"})
ASKS_FOR_NOTHING: Final = {
    "130": "an invoicing data sheet",
    "325": "a pro forma invoice",
    "751": "invoice information for accounting",
    "935": "a customs invoice",
}
"""Invoices that ask for no payment, in words."""


def is_credit_note(code: str | None) -> bool:
    """Tell whether a type code is one of the list's credit notes."""
    return code in _CREDIT_NOTES
