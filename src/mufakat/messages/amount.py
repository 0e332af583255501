"""Amounts as messages write them: decimal text, kept as it stands, never a float.

An XML Schema decimal may have a sign, miss the digits on one side of the point, or be `-0`. The union
takes plain digits with at most one point, so that every program on the way reads one number. How many digits a
currency and the ledger hold is not asked here.
"""

import re
from collections.abc import Iterable
from decimal import Context, Decimal
from typing import Final

COMMODITIES: Final = frozenset({"XAG", "XAU", "XPD", "XPT"})
"""Currency codes of metals: no central bank issues them (CBPR+ rule pacs.008-R41)."""
_PLAIN: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_EXACT: Final = Context(prec=100)


def is_plain(text: str) -> bool:
    """Say whether `text` is digits with at most one point between digits, such as `1500.25`."""
    return _PLAIN.fullmatch(text) is not None


def total(amounts: Iterable[str], before: Decimal = Decimal(0)) -> Decimal:
    """Return the exact sum of amounts of 18 digits; at most 10^60 of them before anything could be rounded."""
    found = before
    for text in amounts:
        found = _EXACT.add(found, Decimal(text))
    return found
