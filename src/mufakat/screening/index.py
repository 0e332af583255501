"""An index of all names of some lists: which of them may be meant by a query, found by words that are near.

Words are single tokens and joined neighbours, so that merged and split words meet. A word's weight falls with
the number of names that have it or one near it: Mohammed says little, Zawahiri much. What a word of a query
is near to is kept for the next query that has it.
"""

import bisect
import math
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

import numpy as np

from mufakat.kernels.alignment import MOST_TOKENS, Names, Query, align, best
from mufakat.kernels.compiled import Int32, Int64
from mufakat.kernels.names import WHOLE
from mufakat.kernels.vocabulary import NEAR, Vocabulary, keys_of, nearest
from mufakat.model.listing import Alias, Entry
from mufakat.screening import names
from mufakat.screening.listing import Listing
from mufakat.screening.names import Reading, Token

Concerning = Collection[tuple[str, str]]
"""Entries, each by the name of its list and its own identifier."""
MOST_CANDIDATES: Final = 30
MOST_WITH_INITIALS: Final = 300
"""Initials help to find nobody, so more of who has the rest of the name are looked at."""
ENDED: Final = 970
"""The score of a name that begins with all of a text that was cut."""
GOES_ON: Final = 930
"""How near a word is that begins with the last word of a text that was cut."""
_SAME: Final = 850
"""From here, words count as one when it is counted how rare a word is."""
_KEPT: Final = 60_000
_SHORT: Final = (0, 300, 550, 800, 900)
"""Per mille of its weight that a word of so many letters has."""
_MINOR: Final = 300
_LEAST: Final = 60
_A_NAME: Final = 3
"""Letters from which a word is more than an initial or a particle."""
_ALONE: Final = 450
"""What a word that the name lacks weighs at least, however common it is: it is another name."""


_NOBODY: Final = np.empty(0, np.int32)


class Near(NamedTuple):
    """What a word is near to: words of the vocabulary, how near per mille; and its own weight."""

    words: Int32
    values: Int32
    weight: int


class Index:
    """The names of some lists, to be searched; not for two threads at once."""

    def __init__(self, listings: Sequence[Listing], only: Concerning | None = None) -> None:
        """Index all names of `listings`; one that no list is for has no candidates.

        `only`: the entries that are looked for. The weights of words are those of all, so that scores are the same.
        """
        names.prepare()
        self.listings: Final = tuple(listings)
        self.entries: Final[list[tuple[Listing, Entry]]] = [
            (each, entry) for each in listings for entry in each.entries
        ]
        self.aliases: Final[list[tuple[int, Alias]]] = []
        self.readings: Final[list[Reading]] = []
        for number, (_, entry) in enumerate(self.entries):
            for alias in entry.names:
                for reading in names.readings(alias.text):
                    for window in names.windows(reading):
                        self.aliases.append((number, alias))
                        self.readings.append(window)
        self.sought: Final = [
            only is None or (listing.name, entry.id) in only for listing, entry in self.entries
        ]
        self._keys: Final[dict[str, list[int]]] = defaultdict(list)
        for number in filter(self._is_sought, range(len(self.readings))):
            reading = self.readings[number]
            for key in {names.key(reading), names.sorted_key(reading)}:
                self._keys[key].append(number)
        self._cut: Final[dict[str, list[int]]] = defaultdict(list)
        for number in filter(self._is_sought, range(len(self.readings))):
            alias = self.aliases[number][1]
            if len(alias.text) > names.CUT_AT:
                for reading in names.readings(alias.text[: names.CUT_AT]):
                    self._cut[names.key(reading)].append(number)
        self._near: Final[OrderedDict[tuple[Token, bool, bool], Near]] = OrderedDict()
        self._index_words()
        self._weigh()

    def _is_sought(self, number: int) -> bool:
        return self.sought[self.aliases[number][0]]

    def _index_words(self) -> None:
        vocabulary: dict[tuple[str, bool], int] = {}
        rows: list[tuple[int, int, int]] = []
        unit_begins = [0]
        postings: list[set[int]] = []
        joined: list[bool] = []
        for number, reading in enumerate(self.readings):
            for token, first, span in names.units(reading):
                word = vocabulary.setdefault((token.text, token.bare), len(vocabulary))
                if word == len(postings):
                    postings.append(set())
                    joined.append(True)
                joined[word] &= span > 1
                postings[word].add(number)
                rows.append((word, first, span))
            unit_begins.append(len(rows))
        table = np.array(rows, dtype=np.int32).reshape(-1, 3)
        spelt = [names.encoded(text) for text, _ in vocabulary]
        self._sorted = sorted((text, word) for (text, _), word in vocabulary.items())
        letters = np.concatenate(spelt) if spelt else np.empty(0, np.uint8)
        begins = _offsets([len(each) for each in spelt])
        flags = np.array(joined, dtype=np.bool_), np.array([bare for _, bare in vocabulary], dtype=np.bool_)
        self._vocabulary = Vocabulary(letters, begins, *keys_of(letters, begins, *flags))
        self._seen = np.zeros(len(spelt), np.bool_)
        self._counts = np.array([len(each) for each in postings], np.int64)
        sought = [sorted(filter(self._is_sought, each)) for each in postings]
        self._posting_begins = _offsets([len(each) for each in sought])
        self._postings = np.array([n for each in sought for n in each], dtype=np.int32)
        self._table = table
        self._unit_begins = np.array(unit_begins, dtype=np.int64)

    def _weigh(self) -> None:
        """Weigh the words of the names as those of a query are weighed, and lay all out for the kernel."""
        tokens = [token for reading in self.readings for token in reading]
        weights = np.array([self.near(token).weight for token in tokens], dtype=np.int32)
        begins = _offsets([len(each) for each in self.readings])
        spelt = [names.encoded(token.text) for token in tokens]
        self.names = Names(
            token_begins=begins,
            token_weights=weights,
            heads=np.array([each[0] for each in spelt], dtype=np.uint8),
            lengths=np.array([len(each) for each in spelt], dtype=np.uint8),
            unit_begins=self._unit_begins,
            unit_words=np.ascontiguousarray(self._table[:, 0]),
            unit_firsts=self._table[:, 1].astype(np.int8),
            unit_spans=self._table[:, 2].astype(np.int8),
        )
        self._totals = np.add.reduceat(weights, begins[:-1]).astype(np.int32) if len(begins) > 1 else weights
        self.syllables = np.array(
            [any(each.vague for each in reading) for reading in self.readings], np.bool_
        )
        self._sums = np.zeros(len(self.readings), np.int64)
        self._gains = np.zeros(len(self.readings), np.int64)
        self._turns = np.zeros(len(self.readings), np.int8)
        self._matrix = np.zeros((len(self._counts), 3 * MOST_TOKENS), np.int16)

    def near(self, token: Token, *, joined: bool = False, prefix: bool = False) -> Near:
        """Return the words that are near to a token, and what it weighs."""
        key = (token, joined, prefix)
        found = self._near.get(key)
        if found is not None:
            self._near.move_to_end(key)
            return found
        words, values = nearest(names.encoded(token.text), token.bare, joined, self._vocabulary, self._seen)
        if token.strict:  # what is read by its sound alone has to sound the same
            values = values - (WHOLE - values) * token.strict // WHOLE
            words, values = words[values >= NEAR], values[values >= NEAR]
        if prefix:
            words, values = self._beginning(token.text, words, values)
        weight = 0 if joined else self._weight(token, words[values >= _SAME])
        found = self._near[key] = Near(words, values, weight)
        if len(self._near) > _KEPT:
            self._near.popitem(last=False)
        return found

    def _beginning(self, text: str, words: Int32, values: Int32) -> tuple[Int32, Int32]:
        """Add the words that go on where `text` was cut."""
        first = bisect.bisect_left(self._sorted, (text,))
        last = bisect.bisect_left(self._sorted, (text + "\uffff",))
        near = dict(zip(words.tolist(), values.tolist(), strict=True))
        for _, word in self._sorted[first:last]:
            near[word] = max(near.get(word, 0), GOES_ON)
        return np.array(list(near), np.int32), np.array(list(near.values()), np.int32)

    def _weight(self, token: Token, same: Int32) -> int:
        count = int(self._counts[same].sum())
        total = math.log(len(self.readings) + 2)
        rare = (
            math.log((len(self.readings) + 2) / (count + 1)) / total if count <= len(self.readings) else 0.0
        )
        weight = round(WHOLE * rare)
        if len(token.text) < len(_SHORT):
            weight = weight * _SHORT[len(token.text)] // WHOLE
        return max(weight * _MINOR // WHOLE if token.minor else weight, _LEAST)

    def query(self, reading: Reading, *, cut: bool, prose: bool) -> tuple[Query, Int64, Int32, Int32]:
        """Lay a reading out for the kernel: the query, and what each of its units is near to."""
        last = len(reading) - 1
        tokens = [self.near(token, prefix=cut and at == last) for at, token in enumerate(reading)]
        firsts, spans, found = [], [], []
        for token, first, span in names.units(reading):
            firsts.append(first)
            spans.append(span)
            if span == 1:
                found.append(tokens[first])
            else:
                found.append(self.near(token, joined=True, prefix=cut and first + span > last))
        spelt = [names.encoded(token.text) for token in reading]
        alone = [
            0
            if prose
            else near.weight
            if token.minor or len(token.text) < _A_NAME
            else max(near.weight, _ALONE)
            for token, near in zip(reading, tokens, strict=True)
        ]
        query = Query(
            weights=np.array([each.weight for each in tokens], np.int32),
            heads=np.array([each[0] for each in spelt], np.uint8),
            lengths=np.array([len(each) for each in spelt], np.uint8),
            firsts=np.array(firsts, np.int8),
            spans=np.array(spans, np.int8),
            alone=np.array(alone, np.int32),
            cut=cut,
        )
        begins = _offsets([len(each.words) for each in found])
        words = np.concatenate([each.words for each in found])
        values = np.concatenate([each.values for each in found])
        return query, begins, words, values

    def search(self, reading: Reading, *, cut: bool = False, prose: bool = False) -> tuple[Int32, Int32]:
        """Return names by number, and how well each fits a reading, per mille; in no order.

        `prose`: the reading is a part of a longer text, in which a name may stand among others' words. `cut`: the
        text may have been cut at the end of its field. A name that is the same when it is cut there fits
        as well as its own beginning.
        """
        key = names.key(reading)
        same = {*self._keys.get(key, ()), *self._keys.get(names.sorted_key(reading), ())}
        ended = self._cut.get(key, []) if cut else []
        query, begins, words, values = self.query(reading, cut=cut, prose=prose)
        if not (same or ended or (self._posting_begins[words + 1] > self._posting_begins[words]).any()):
            return _NOBODY, _NOBODY
        which, scores = best(
            query,
            begins,
            words,
            values,
            self.names,
            self._posting_begins,
            self._postings,
            self._totals,
            np.array([*sorted(same)[:MOST_CANDIDATES], *ended[:MOST_CANDIDATES]], np.int32),
            self._sums,
            self._gains,
            self._turns,
            self._matrix,
            MOST_WITH_INITIALS if (query.lengths == 1).any() else MOST_CANDIDATES,
        )
        vague = max(token.vague for token in reading)
        if vague:
            own = int(query.weights.sum())
            by_sound = ~self.syllables[which]
            scores[by_sound] = scores[by_sound] * own // (own + vague)
        if ended:
            scores[-len(ended[:MOST_CANDIDATES]) :] = ENDED
        return which, scores

    def pairs(
        self, reading: Reading, number: int, *, cut: bool = False, prose: bool = False
    ) -> tuple[int, list[tuple[int, ...]]]:
        """Return the score of one name for a reading, and its pairs as `align` gives them."""
        query, begins, words, values = self.query(reading, cut=cut, prose=prose)
        table = np.full((MOST_TOKENS + 1, 5), -1, np.int32)
        units = np.repeat(np.arange(len(query.firsts)), np.diff(begins))
        self._matrix[words, units] = values
        score = align(query, self._matrix, self.names, number, table)
        self._matrix[words, units] = 0
        return score, [tuple(row) for row in table.tolist()[: int(np.argmax(table[:, 0] < 0))]]


def _offsets(lengths: list[int]) -> Int64:
    return np.array([0, *accumulate(lengths)], np.int64)
