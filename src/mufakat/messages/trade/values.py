"""What the readers of trade documents share: the text of elements, and the amount that is to be paid."""

import re
from collections.abc import Iterable
from typing import Final

from lxml import etree

from mufakat.messages import amount, fault
from mufakat.messages.fault import Fault, told
from mufakat.messages.schema import Element, path_of
from mufakat.messages.trade.document import Identification
from mufakat.model.trade import TradeKind

_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
_CII: Final = "urn:un:unece:uncefact:data:standard:"
NS: Final = {
    "cac": f"{_UBL}CommonAggregateComponents-2",
    "cbc": f"{_UBL}CommonBasicComponents-2",
    "rsm": f"{_CII}CrossIndustryInvoice:100",
    "ram": f"{_CII}ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_CII}UnqualifiedDataType:100",
}
"""The prefixes of all paths."""
_OWED_BY_THE_OTHER: Final = {
    TradeKind.INVOICE: "the supplier owes it. Send a credit note.",
    TradeKind.CREDIT_NOTE: "the customer owes it. Send an invoice.",
}
_LOCODE: Final = re.compile(r"([A-Z]{2}) ?[A-Z2-9]{3}")
_LOCODE_SCHEME: Final = re.compile(r"LOCODE|REC(?:OMMENDATION)? *16", re.IGNORECASE)


def tag(name: str) -> str:
    """Return a prefixed name as lxml's iterators want it."""
    prefix, _, local = name.partition(":")
    return f"{{{NS[prefix]}}}{local}"


def text(element: Element) -> str:
    """Return the text of an element without the space around it."""
    return "".join(element.itertext(etree.Element)).strip()


def value(parent: Element | None, path: str) -> str | None:
    """Return the text of the first element at a path, None when it is absent or empty."""
    found = None if parent is None else parent.find(path, NS)
    return None if found is None else text(found) or None


def first(parent: Element, *paths: str) -> str | None:
    """Return the text at the first of some paths that has one."""
    return next((found for path in paths if (found := value(parent, path)) is not None), None)


def distinct(values: Iterable[str | None]) -> tuple[str, ...]:
    """Return what is there, each once, in its order."""
    return tuple(dict.fromkeys(each for each in values if each is not None))


def every(parent: Element, *paths: str) -> tuple[str, ...]:
    """Return the texts at some paths, each once."""
    return distinct(text(found) or None for path in paths for found in parent.iterfind(path, NS))


def identification(element: Element | None, scheme: str = "schemeID") -> Identification | None:
    """Return an identifier with its scheme, which is in the attribute of that name; None when it is empty."""
    if element is None or not text(element):
        return None
    return Identification(text(element), element.get(scheme))


def identifications(parent: Element, *paths: str, scheme: str = "schemeID") -> tuple[Identification, ...]:
    """Return all identifiers at some paths, with their schemes."""
    found = (identification(each, scheme) for path in paths for each in parent.iterfind(path, NS))
    return tuple(each for each in found if each is not None)


def country_of_port(code: Identification | None) -> str | None:
    """Return the country in a UN/LOCODE; a code of that form of another scheme is none."""
    if code is None or (code.scheme is not None and not _LOCODE_SCHEME.search(code.scheme)):
        return None
    found = _LOCODE.fullmatch(code.value)
    return None if found is None else found[1]


def fault_at(element: Element, code: str, words: str) -> Fault:
    """Return a fault at an element."""
    return Fault(code=code, text=words, line=element.sourceline, path=path_of(element))


def payable(kind: TradeKind, element: Element, document_currency: str | None) -> tuple[str, str] | Fault:
    """Read what is to be paid: plain digits, and their currency; a Fault when it is not that, or negative."""
    found = text(element)
    currency = (element.get("currencyID") or "").strip() or document_currency
    if currency is None:
        return fault_at(element, fault.CURRENCY, "The payable amount has no currency. Name it.")
    if document_currency not in {None, currency}:
        words = f"The payable amount is in {told(currency)}, the {kind} in {told(str(document_currency))}. Use one."
        return fault_at(element, fault.CURRENCY, words)
    if found.startswith("-") and kind in _OWED_BY_THE_OTHER:
        words = f"The payable amount is {told(found)}: {_OWED_BY_THE_OTHER[kind]}"
        return fault_at(element, fault.AMOUNT, words)
    if not amount.is_plain(found):
        words = (
            f"The payable amount {told(repr(found))} is not plain digits with at most one point. Write it so."
        )
        return fault_at(element, fault.AMOUNT, words)
    return found, currency
