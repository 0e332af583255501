"""One opened message as the rules look at it: by local names, in one namespace, whatever is missing or wrong.

Rules run on messages that break their schema too, so nothing here takes an element for granted.
"""

import datetime
import functools
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from lxml import etree

from mufakat.messages import facts
from mufakat.messages.amount import is_plain
from mufakat.messages.elements import canonical
from mufakat.messages.schema import Element, Places

RELEASE_2026: Final = datetime.date(2026, 11, 14)
"""From messages made on this day on, the standards release of 2026 holds."""
TRANSACTIONS: Final = {
    "pacs.002": "TxInfAndSts",
    "pacs.003": "DrctDbtTxInf",
    "pacs.004": "TxInf",
    "pacs.008": "CdtTrfTxInf",
    "pacs.009": "CdtTrfTxInf",
    "pacs.010": "DrctDbtTxInf",
    "pacs.028": "TxInf",
    "camt.029": "TxInfAndSts",
    "camt.056": "TxInf",
    "pain.001": "CdtTrfTxInf",
    "pain.002": "TxInfAndSts",
    "pain.013": "CdtTrfTx",
    "pain.014": "TxInfAndSts",
}
"""The element of one transaction in each message that has several."""
_LONGEST_NUMBER: Final = 60
_EXTERNAL: Final = "External"


class Message:
    """A document and the header beside it, with its elements by local name in the order of the document.

    `kind` is such as `pacs.008`, `version` its last number. Elements of other namespaces (supplementary
    data) are not looked at. The elements are kept alive here, so that one of them is one object.
    """

    def __init__(self, document: Element, definition: str, header: Element | None = None) -> None:
        self.document: Final = document
        self.header: Final = header
        self.definition: Final = definition
        self.kind: Final = definition[:8]
        self.version: Final = int(definition[-2:])
        self.elements: Final[list[Element]] = []
        self._named: Final[dict[str, list[Element]]] = {}
        self.places: Final = Places()
        self._index(document)
        self.header_elements: Final = [] if header is None else list(header.iter(etree.Element))

    def _index(self, document: Element) -> None:
        namespace = etree.QName(document).namespace
        at = len(namespace) + 2
        for element in document.iter(f"{{{namespace}}}*"):
            self.elements.append(element)
            self._named.setdefault(element.tag[at:], []).append(element)

    def all(self, *names: str) -> Iterator[Element]:
        """Yield the elements with one of these local names, the document's order within each name."""
        for name in names:
            yield from self._named.get(name, ())

    @functools.cached_property
    def coded(self) -> tuple[tuple[Element, str], ...]:
        """The elements whose type is an external code set, each with the set's name; none without facts."""
        if self.definition not in facts.modules():
            return ()
        leading = _leading_to_codes(self.definition)
        found: list[tuple[Element, str]] = []
        waiting = [(self.document, "Document")]
        while waiting:
            element, kind = waiting.pop()
            if kind.startswith(_EXTERNAL):
                found.append((element, kind))
                continue
            inside = leading.get(kind, {})
            for each in element.iterchildren(etree.Element):
                known = inside.get(etree.QName(each).localname)
                if known is not None:
                    waiting.append((each, known))
        return tuple(found)

    @property
    def body(self) -> Element | None:
        """The one element in the document."""
        return next(self.document.iterchildren(etree.Element), None)

    @property
    def group(self) -> Element | None:
        """The group header."""
        return next(self.all("GrpHdr"), None)

    @property
    def transactions(self) -> list[Element]:
        """The elements of single transactions, empty for a message that has none."""
        return self._named.get(TRANSACTIONS.get(self.kind, ""), [])

    @property
    def created(self) -> datetime.date | None:
        """The day on which the message says that it was made."""
        for name in ("CreDtTm", "CreDt"):
            for element in self.all(name):
                if (day := date_of(value(element)[:10])) is not None:
                    return day
        if self.header is not None:
            return date_of(text(self.header, "CreDt")[:10])
        return None


@functools.cache
def _leading_to_codes(module: str) -> dict[str, dict[str, str]]:
    """Return, for each type in which external codes may stand, its child elements that lead to one."""
    types = facts.children(module)
    leading: dict[str, dict[str, str]] = {}
    before = -1
    while (size := sum(map(len, leading.values()))) != before:
        before = size
        for kind, inside in types.items():
            chosen = {name: of for name, of in inside.items() if of.startswith(_EXTERNAL) or of in leading}
            if chosen:
                leading[kind] = chosen
    return leading


def child(parent: Element | None, *path: str) -> Element | None:
    """Return the first element down a path of local names in the parent's namespace, or None."""
    if parent is None:
        return None
    space = parent.tag[: parent.tag.index("}") + 1]
    return parent.find("/".join(space + name for name in path))


def children(parent: Element | None, *path: str) -> list[Element]:
    """Return every element down a path of local names in the parent's namespace."""
    if parent is None:
        return []
    space = parent.tag[: parent.tag.index("}") + 1]
    found: list[Element] = parent.findall("/".join(space + name for name in path))
    return found


def value(element: Element | None) -> str:
    """Return the text of an element without the space around it; empty for none."""
    return "" if element is None else (element.text or "").strip()


def text(parent: Element | None, *path: str) -> str:
    """Return the text of the first element down a path, without the space around it; empty for none."""
    return value(child(parent, *path))


def name_of(element: Element) -> str:
    """Return the local name of an element."""
    tag: str = element.tag
    return tag[tag.index("}") + 1 :]


def number_of(element: Element | None) -> Decimal | None:
    """Return an element's number, None when it is not plain digits with at most one point, 60 at most."""
    said = value(element)
    return Decimal(said) if len(said) <= _LONGEST_NUMBER and is_plain(said) else None


def date_of(said: str) -> datetime.date | None:
    """Return an ISO 8601 calendar date, or None."""
    try:
        return datetime.date.fromisoformat(said)
    except ValueError:
        return None


def same(one: Element, other: Element) -> bool:
    """Tell whether two elements say the same: their content, but for space between elements."""
    return canonical(one) == canonical(other)
