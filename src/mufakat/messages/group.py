"""The group header of a credit transfer, pacs.008 or pacs.009, read: what it states for every transaction.

The schema has been checked, so that order and number of elements are known.
Rule source: ISO 20022 message definition report, Payments Clearing and Settlement.
"""

import itertools
from collections.abc import Mapping
from typing import Final, NamedTuple

from mufakat.messages import fault
from mufakat.messages.elements import Children, bic_in, canonical
from mufakat.messages.envelope import Opened
from mufakat.messages.layout import Known, Layout, Texts, laid_out, texts_of, unescaped
from mufakat.messages.schema import Element

SUMS: Final = ("CtrlSum", "TtlIntrBkSttlmAmt")
"""What a group header can say of the sum of the amounts."""
STATED_ONCE: Final = {
    "IntrBkSttlmDt": fault.DATE,
    "InstgAgt": fault.WRONG_AGENT,
    "InstdAgt": fault.WRONG_AGENT,
    "PmtTpInf": fault.NARRATIVE,
}
"""What stands in the group header or in transactions, and the code when the two differ."""


class Head(NamedTuple):
    """Which elements of `STATED_ONCE` and `SUMS` a group header has."""

    stated_once: tuple[str, ...]
    sums: tuple[str, ...]


_KNOWN: Final[Known[Head]] = Known()
_A_TRANSACTION: Final = 2_000
"""Characters of a usual transaction: so many times more is looked at in the tree where the header is not known."""


class Shared:
    """What a group header states for every transaction; texts as written, None for what is absent.

    `number`: of transactions, `kind`: of payment, as `kind_of_payment` finds it. `found`: where it ends in the text
    of the file, and the layout of what stands before, where that is known.
    """

    def __init__(
        self, header: Element, head: Head, texts: Texts, found: tuple[str, int, Layout[Head]] | None = None
    ) -> None:
        self.stated_once, self.sums = head
        self.message_id, created, self.number, self.method, self.system, self.date, *others = texts
        self.instructing_agent, self.instructed_agent, *kind = others
        self.kind: Final = kind
        self.created: Final = (created or "").strip()
        self.header: Final = header
        self.found: Final = found
        self._said: Final[dict[str, bytes]] = {}

    def said(self, name: str) -> bytes:
        """Return what an element says, in canonical form."""
        if name not in self._said:
            self._said[name] = canonical(Children(self.header)[name])
        return self._said[name]


def read_group(opened: Opened, first: Element) -> Shared:
    """Read the group header of a message that fits its schema, and whose first transaction is known."""
    header, text = opened.document[0][0], laid_out(opened.text)
    found = None if text is None else _KNOWN.find(text, 0, 1 + len(text) // _A_TRANSACTION)
    if text is not None and found is not None:
        layout, texts, end = found
        return Shared(header, layout.form, unescaped(texts) if "&" in text else texts, (text, end, layout))
    head, wanted = _looked_at(header)
    if text is not None:
        root = opened.document.getroottree().getroot()
        before = list(itertools.takewhile(lambda each: each is not first, root.iter()))
        around = sum(1 for _ in first.iterancestors())
        _KNOWN.learn(text, 0, 2 * len(before) - around, (head, before, wanted))
    return Shared(header, head, texts_of(wanted))


def _looked_at(header: Element) -> tuple[Head, list[Element | None]]:
    """Return what a group header has, and the elements whose texts a Shared is made of, in its order."""
    own = Children(header)
    settlement = own.below("SttlmInf")
    system = settlement.get("ClrSys")
    head = Head(
        tuple(each for each in STATED_ONCE if each in own), tuple(each for each in SUMS if each in own)
    )
    return head, [
        own["MsgId"],
        own["CreDtTm"],
        own["NbOfTxs"],
        settlement["SttlmMtd"],
        None if system is None else system[0],
        own.get("IntrBkSttlmDt"),
        bic_in(own.get("InstgAgt")),
        bic_in(own.get("InstdAgt")),
        *kind_of_payment(own),
    ]


def kind_of_payment(own: Mapping[str, Element]) -> list[Element | None]:
    """Return the elements with clearing channel, instruction priority and local instrument, or None."""
    kind = Children(own.get("PmtTpInf"))
    return [kind.get("ClrChanl"), kind.get("InstrPrty"), chosen(kind.get("LclInstrm"))]


def chosen(element: Element | None) -> Element | None:
    """Return the element with the code or the proprietary name that an element holds, one of the two."""
    return None if element is None else element[0]
