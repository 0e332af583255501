"""Which trade documents are taken, and which version of its schema one fits.

All versions of UBL 2 share their namespaces, so a document is held to the version that it names, and to the others
if it does not fit that one. Rule source: UBL 2.1 and 2.3 (OASIS); Cross Industry Invoice D16B (UN/CEFACT).
"""

from typing import Final

from lxml import etree

from mufakat.messages import facts
from mufakat.messages.schema import Element, Violation, violation
from mufakat.messages.trade.values import value
from mufakat.model.trade import TradeKind

CII: Final = "CrossIndustryInvoice"
KINDS: Final[dict[str, TradeKind]] = {
    "Order": TradeKind.ORDER,
    "Invoice": TradeKind.INVOICE,
    "CreditNote": TradeKind.CREDIT_NOTE,
    "DespatchAdvice": TradeKind.DESPATCH_ADVICE,
    "BillOfLading": TradeKind.BILL_OF_LADING,
}
"""The documents of UBL that are taken, by their root element."""
TAKEN: Final = f"{', '.join(KINDS)} of UBL 2.1 or 2.3, {CII} (CII) of UN/CEFACT D16B"
"""In words, for who sent another one."""
_FAMILIES: Final = ("ubl21.", "ubl23.", "cii.")


def versions(root: Element) -> tuple[str, ...]:
    """Return the schemas that a root element may follow, such as `ubl21.Invoice`, the one that it names first.

    There are none when it is no trade document that the table of facts knows.
    """
    name = etree.QName(root)
    named = f"ubl{(value(root, 'cbc:UBLVersionID') or '').replace('.', '')}."
    found = (f"{family}{name.localname}" for family in _FAMILIES)
    known = (each for each in found if each in facts.modules() and facts.namespace(each) == name.namespace)
    return tuple(sorted(known, key=lambda each: not each.startswith(named)))


def fitted(root: Element) -> tuple[str, Violation | None] | None:
    """Return the version that a document fits, or the first tried and how it breaks it; None when none is known."""
    broken: tuple[str, Violation | None] | None = None
    for each in versions(root):
        wrong = violation(each, root)
        if wrong is None:
            return each, None
        broken = broken or (each, wrong)
    return broken
