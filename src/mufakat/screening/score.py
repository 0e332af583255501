"""How well a name fits a listed one, and why: both names, and what stands for what in them.

A score is per mille. It holds for this matcher alone: thresholds are not carried over from another.
"""

from typing import Final

import msgspec

from mufakat.kernels.names import WHOLE
from mufakat.screening.index import Index
from mufakat.screening.names import Reading

THRESHOLD: Final = 800
"""Where a hit begins, unless the charter or the caller says otherwise."""
CUT_FROM: Final = 33
"""Letters of a text from which it may have been cut at 35, the most that many fields for a name take."""
CUT_AT: Final = 35


class Pair(msgspec.Struct, frozen=True):
    """Words of the name asked for and of the listed one that stand for each other, and how near, per mille.

    An empty side: the words of the other have no counterpart.
    """

    asked: str
    listed: str
    near: int


class Why(msgspec.Struct, frozen=True):
    """A score explained: both names as they were given, the score of the names, the pairs that it is made of."""

    asked: str
    listed: str
    score: int
    pairs: tuple[Pair, ...]

    def __str__(self) -> str:
        """Say it in one line."""
        said = "; ".join(
            f"{pair.asked} = {pair.listed}"
            if pair.near == WHOLE
            else f"{pair.asked} ~ {pair.listed} ({pair.near / WHOLE:.2f})"
            if pair.asked and pair.listed
            else f"{pair.asked or pair.listed} only {'asked' if pair.asked else 'listed'}"
            for pair in self.pairs
        )
        return f"{self.asked!r} and {self.listed!r}: {said}"


def may_be_cut(text: str) -> bool:
    """Tell whether a text is as long as fields for names are."""
    return CUT_FROM <= len(text) <= CUT_AT


def explain(index: Index, text: str, reading: Reading, number: int) -> Why:
    """Explain the score of the name `number` of the index for one reading of a text."""
    score, found = index.pairs(reading, number, cut=may_be_cut(text))
    theirs = index.readings[number]
    pairs, left, right = [], set(range(len(reading))), set(range(len(theirs)))
    for first, span, other, wide, near in sorted(found):
        pairs.append(Pair(_said(reading, first, span), _said(theirs, other, wide), near))
        left -= {*range(first, first + span)}
        right -= {*range(other, other + wide)}
    pairs += [Pair(reading[at].text, "", 0) for at in sorted(left)]
    pairs += [Pair("", theirs[at].text, 0) for at in sorted(right)]
    return Why(text, index.aliases[number][1].text, score, tuple(pairs))


def _said(reading: Reading, first: int, span: int) -> str:
    return " ".join(token.text for token in reading[first : first + span])
