"""One call: who, of all that is listed, may be meant by a name and what is known beside it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from mufakat.kernels.names import WHOLE
from mufakat.model.listing import Entry
from mufakat.screening import names
from mufakat.screening.corroborate import NOTHING, Known, Part, corroborate, forms
from mufakat.screening.index import Concerning, Index
from mufakat.screening.listing import Listing
from mufakat.screening.score import THRESHOLD, Fit, Why, explain

MOST_MATCHES: Final = 10
"""Matches that an answer names; all others fit less well."""


class Match(msgspec.Struct, frozen=True):
    """An entry that may be meant: score per mille after all parts, and the name that fits best; why, in both steps.

    `why` is None where an identifier alone leads to the entry.
    """

    score: int
    listing: Listing
    entry: Entry
    why: Why | None
    weak: bool
    parts: tuple[Part, ...]


class Answer(msgspec.Struct, frozen=True):
    """What a screening says: the matches from the threshold on, or the best below it, the best first."""

    hit: bool
    score: int
    matches: tuple[Match, ...]


class _Scored(NamedTuple):
    score: int
    entry: int
    weak: bool
    fit: Fit | None
    parts: tuple[Part, ...]


class Screener:
    """Lists ready to be asked; not by two threads at once."""

    def __init__(
        self, listings: Sequence[Listing], threshold: int = THRESHOLD, only: Concerning | None = None
    ) -> None:
        """Index `listings`; answers are hits from `threshold` on, per mille, of the entries `only` or of all."""
        self.index: Final = Index(listings, only)
        self.threshold: Final = threshold
        self._by_identifier: Final[dict[str, list[int]]] = defaultdict(list)
        for number, (_, entry) in enumerate(self.index.entries):
            if not self.index.sought[number]:
                continue
            for form in dict.fromkeys(form for each in entry.identifiers for form in forms(each)):
                self._by_identifier[form].append(number)

    def fits(
        self, text: str, least: int | None = None, *, prose: bool = False
    ) -> dict[tuple[int, bool], Fit]:
        """Return the best fit of each entry that may be meant, by its number and by whether the alias is weak.

        `least`: the score, per mille, from which fits are told, the threshold if not given; the best of a reading
        always is. `prose`: in the text a name may stand among other words, as in a longer one anyway.
        """
        found: dict[tuple[int, bool], Fit] = {}
        least = self.threshold if least is None else least
        cut = names.may_be_cut(text)
        for reading in names.readings(text):
            windows = names.windows(reading)
            among = prose or len(windows) > 1
            for window in windows:
                which, scores = self.index.search(window, cut=cut, prose=among)
                told = scores >= max(min(least, int(scores.max(initial=0))), 1)
                for number, score in zip(which[told].tolist(), scores[told].tolist(), strict=True):
                    entry, alias = self.index.aliases[number]
                    best = found.get((entry, alias.weak))
                    if best is None or score > best.score:
                        found[entry, alias.weak] = Fit(score, number, window, prose=among)
        return found

    def screen(self, text: str, known: Known = NOTHING, *, prose: bool = False) -> Answer:
        """Return what is found for a name, whatever the text holds; of prose, for a name anywhere in it."""
        return self._answer(text, self._ranked(text, known, prose=prose))

    def hit(self, text: str, known: Known = NOTHING) -> Answer | None:
        """Return what `screen` does where it is a hit, and None at less cost where it is none."""
        ranked = self._ranked(text, known)
        return self._answer(text, ranked) if ranked and ranked[0].score >= self.threshold else None

    def _ranked(self, text: str, known: Known, *, prose: bool = False) -> list[_Scored]:
        fits = sorted(self.fits(text, prose=prose).items(), key=lambda each: (-each[1].score, each[0]))
        worth = [each for each in fits if each[1].score >= self.threshold] or fits[:1]
        scored = [self._scored(known, entry, fit) for (entry, _), fit in worth]
        for form in dict.fromkeys(form for each in known.identifiers for form in forms(each)):
            for entry in self._by_identifier.get(form, ()):
                scored.append(self._scored(known, entry, None))
        best: dict[int, _Scored] = {}
        for each in sorted(scored, key=lambda each: (-each.score, each.fit is None, each.entry)):
            best.setdefault(each.entry, each)
        return list(best.values())

    def _answer(self, text: str, ranked: list[_Scored]) -> Answer:
        score = ranked[0].score if ranked else 0
        told = [each for each in ranked if each.score >= min(self.threshold, score)][:MOST_MATCHES]
        return Answer(score >= self.threshold, score, tuple(self._match(text, each) for each in told))

    def _scored(self, known: Known, entry: int, fit: Fit | None) -> _Scored:
        weak = fit is not None and self.index.aliases[fit.number][1].weak
        parts = corroborate(known, self.index.entries[entry][1], weak=weak)
        score = 0 if fit is None else fit.score
        for part in parts:
            score = score * part.keeps // WHOLE
        if any(part.what == "identifier" for part in parts):
            score = WHOLE
        return _Scored(score, entry, weak, fit, tuple(parts))

    def _match(self, text: str, scored: _Scored) -> Match:
        listing, entry = self.index.entries[scored.entry]
        fit = scored.fit
        why = None if fit is None else explain(self.index, text, fit)
        return Match(scored.score, listing, entry, why, scored.weak, scored.parts)
