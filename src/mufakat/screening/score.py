"""How well a name fits a listed one, and why: both names, and what stands for what in them.

A score is per mille. It holds for this matcher alone: thresholds are not carried over from another.
"""

from typing import Final, NamedTuple

import msgspec

from mufakat.kernels.names import WHOLE
from mufakat.screening import names
from mufakat.screening.index import Index
from mufakat.screening.names import Reading

THRESHOLD: Final = 800
"""Where a hit begins, unless the charter or the caller says otherwise."""


class Fit(NamedTuple):
    """How well a listed name fits, per mille: its number in the index, the reading it fits, if part of a text."""

    score: int
    number: int
    reading: Reading
    prose: bool


class Pair(msgspec.Struct, frozen=True):
    """Words of the name asked for and of the listed one that stand for each other, and how near, per mille.

    An empty side: the words of the other have no counterpart.
    """

    asked: str
    listed: str
    near: int


class Why(msgspec.Struct, frozen=True):
    """A score explained: both names as they were given, the score of the names, the pairs that it is made of.

    `by_sound`: the name asked for is in syllables that others have too, and the listed one is not, so that some is
    taken off.
    """

    asked: str
    listed: str
    score: int
    pairs: tuple[Pair, ...]
    by_sound: bool = False

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
        sound = "; by the sound of its syllables alone" if self.by_sound else ""
        return f"{self.asked!r} and {self.listed!r}: {said}{sound}"


def explain(index: Index, text: str, fit: Fit) -> Why:
    """Explain how a listed name fits a text."""
    reading, number = fit.reading, fit.number
    _, found = index.pairs(reading, number, cut=names.may_be_cut(text), prose=fit.prose)
    theirs = index.readings[number]
    pairs, left, right = [], set(range(len(reading))), set(range(len(theirs)))
    for first, span, other, wide, near in sorted(found):
        pairs.append(Pair(_said(reading, first, span), _said(theirs, other, wide), near))
        left -= {*range(first, first + span)}
        right -= {*range(other, other + wide)}
    pairs += [Pair(reading[at].text, "", 0) for at in sorted(left)]
    pairs += [Pair("", theirs[at].text, 0) for at in sorted(right)]
    by_sound = any(token.vague for token in reading) and not index.syllables[number]
    return Why(text, index.aliases[number][1].text, fit.score, tuple(pairs), by_sound)


def _said(reading: Reading, first: int, span: int) -> str:
    return " ".join(token.text for token in reading[first : first + span])
