"""Which words of a vocabulary are near to one: few are compared, those that share a key with it.

A key is a hash of what is left of a word when what is often written otherwise is taken away: its consonants as
groups of sounds, all of them, or one left out, or one left out at a place; its letters, all or one left out (as in
SymSpell: words that are one edit apart share such a key); and the first or last letters of a long word. A word that
may be heard in two ways (w as v, c as s) has its sounds in both. Joined words have their sounds alone: they are to
meet what was merged or split, not what was misspelt as well.

Word `v` of a vocabulary stands at `letters[begins[v]:begins[v + 1]]`.
"""

from typing import Final, NamedTuple

import numpy as np

from mufakat.kernels.compiled import Int32, Int64, compiled
from mufakat.kernels.names import (
    ALIKE,
    ANEW,
    BARE_ALIKE,
    DIGITS_END,
    GROUP,
    LETTERS,
    LONGEST,
    PAIRED,
    VOWEL_FOR_VOWEL,
    WHOLE,
    Bools,
    Letters,
    W,
    near_or_nothing,
)

NEAR: Final = 720
"""Single words are near from here, per mille."""
NEAR_JOINED: Final = 840
"""The same where one of two words is joined."""
BLANK_MOVED: Final = 950
"""The same where both are: a blank alone may stand elsewhere."""
MOST_SOUNDS: Final = 16
LEFT_OUT_FROM: Final = 3
REPLACED_FROM: Final = 4
"""Sounds of a word of which one may be left out, or be another one: of fewer, too little is left for a key."""
SPELT_FROM: Final = 3
"""Letters of a word that is also looked up by its spelling with one letter left out."""
LONG: Final = 9
PART: Final = 5
"""Letters of a word that is also looked up by its first and last ones, and how many those are."""
_WHOLE, _JOINED, _LACKING, _AT = 0, 1, 2, 3
"""Spaces of keys: all sounds of a word, of joined words; one left out; one left out at this place, and the next."""
_SPELLINGS: Final = (1 << 56) - 1
_LENGTH_AT: Final = 40
_FLAGS_AT: Final = 48
_LETTERS_MASK: Final = (1 << _LENGTH_AT) - 1
"""Marks of a word: its letters as bits, its length, whether it is joined (1) and whether bare (2)."""
_OWED_AT: Final = LETTERS
_REACH_MASK: Final = (1 << _OWED_AT) - 1
"""Reaches of a word: the letters that sound like one of its, and those of its own that cost to leave out."""
_C, _D, _J, _T = 2, 3, 9, 19
_V_SOUND, _K_SOUND, _S_SOUND = 1, 2, 7
_GROUPS: Final = ("bpfv", "ckqgjx", "dt", "l", "r", "mn", "sz")
SOUND: Final = np.array(
    [
        1 + next((of for of, group in enumerate(_GROUPS) if chr(97 + at) in group), -1)
        if at < LETTERS
        else 1 + at % 7
        for at in range(64)
    ],
    dtype=np.int64,
)
"""The group of sounds of a letter; 0 for what a key leaves out: vowels, h and w. Signs have what comes by order."""
_SOUND_ALIKE: Final = np.array(
    [sum(1 << b for b in range(LETTERS) if b != a and GROUP[a] & GROUP[b]) for a in range(64)],
    dtype=np.int64,
)
_CHEAP: Final = sum(1 << (ord(each) - 97) for each in "aeiouyh")
_FREE: Final = sum(1 << (ord(each) - 97) for each in "aeiouyhw")
"""Letters that cost less than a consonant; and those that cost next to nothing where vowels are left out."""
_SOFT: Final = np.array([at < LETTERS and chr(97 + at) in "eihy" for at in range(64)], dtype=np.bool_)
"""Letters before which c may sound like s."""


class Vocabulary(NamedTuple):
    """The words of an index: where they stand, all keys in order, and the word, marks and reaches of each key."""

    letters: Letters
    begins: Int64
    keys: Int64
    words: Int32
    marks: Int64
    reaches: Int64


@compiled
def _mask_of(word: Letters) -> int:
    """Return the letters of a word as bits; signs share one."""
    mask = 0
    for letter in word:
        mask |= 1 << (int(letter) if letter < DIGITS_END else DIGITS_END)
    return mask


@compiled
def _bits(mask: int) -> int:
    mask = mask - ((mask >> 1) & 0x5555555555555555)
    mask = (mask & 0x3333333333333333) + ((mask >> 2) & 0x3333333333333333)
    mask = (mask + (mask >> 4)) & 0x0F0F0F0F0F0F0F0F
    mask += mask >> 8
    mask += mask >> 16
    mask += mask >> 32
    return mask & 0x7F


@compiled
def _reach(word: Letters) -> int:
    """Return the letters that sound like one of a word, and above them its own that cost to leave out."""
    reach, paired = 0, 0
    for at in range(len(word)):
        reach |= _SOUND_ALIKE[word[at]]
        if at + 1 < len(word) and PAIRED[word[at], word[at + 1]]:
            paired |= 1 << int(word[at])
    return reach | (_mask_of(word) & ~paired) << _OWED_AT


@compiled
def _least_cost(gone: int, reach: int) -> int:
    """Return what letters that only one of two words has cost at least: each is one edit.

    `reach`: letters that sound like one of the other word, which cost half.
    """
    cost = ALIKE * _bits(gone & ~_CHEAP & reach) + ANEW * _bits(gone & ~_CHEAP & ~reach)
    return cost + VOWEL_FOR_VOWEL * _bits(gone & _CHEAP)


@compiled
def sounds_of(word: Letters, otherwise: bool, out: Int64) -> int:
    """Write the consonants of a word as groups of sounds to `out`, int64 of `MOST_SOUNDS`; return how many.

    Of those that follow each other with vowels alone between them, equal ones count once. `otherwise`: w is heard
    as v, and c before e, i, y and h as s.
    """
    count, last = 0, 0
    for at in range(len(word)):
        letter = word[at]
        sound = SOUND[letter]
        if at + 1 < len(word):
            other = word[at + 1]
            if (letter == _D and other == _J) or (letter == _T and other == _C):
                continue
            if otherwise and letter == _C and _SOFT[other]:
                sound = _S_SOUND
        if otherwise and letter == W:
            sound = _V_SOUND
        if sound not in (0, last) and count < MOST_SOUNDS:
            out[count] = sound
            count += 1
        last = sound if sound != 0 else last
    return count


@compiled
def _two_ways(word: Letters) -> bool:
    """Tell whether a word may be heard otherwise."""
    for at in range(len(word)):
        if word[at] == W or (word[at] == _C and at + 1 < len(word) and _SOFT[word[at + 1]]):
            return True
    return False


@compiled
def _key(sounds: Int64, count: int, without: int, tag: int) -> int:
    """Return the key of a word's sounds but one (-1: all of them), in the space of `tag`."""
    key = 0
    for at in range(count):
        if at != without:
            key = key * 8 + sounds[at]
    return key * 128 + tag


@compiled
def _spelling(word: Letters, without: int) -> int:
    """Return the key of a word's letters but one (-1: all of them): below 0, where no key of sounds is."""
    key = 0
    for at in range(len(word)):
        if at != without:
            key = (key * 67 + int(word[at]) + 1) & _SPELLINGS
    return -4 * (1 + key)


@compiled
def _spelt(word: Letters, out: Int64) -> int:
    """Write the keys of a word's spelling to `out`; return how many."""
    made = 0
    for at in range(-1, len(word) if len(word) >= SPELT_FROM else -1):
        out[made] = _spelling(word, at)
        made += 1
    if len(word) >= LONG:
        out[made], out[made + 1] = _spelling(word[:PART], -1) - 1, _spelling(word[-PART:], -1) - 2
        made += 2
    return made


@compiled
def _had(word: Letters, joined: bool, sounds: Int64, out: Int64) -> int:
    """Write the keys that a word of a vocabulary has to `out`; return how many."""
    made = 0
    if _two_ways(word):
        out[0] = _key(sounds, sounds_of(word, True, sounds), -1, _JOINED if joined else _WHOLE)
        made = 1
    count = sounds_of(word, False, sounds)
    out[made] = _key(sounds, count, -1, _JOINED if joined else _WHOLE)
    made += 1
    if joined:
        return made
    for at in range(count if count >= LEFT_OUT_FROM else 0):
        out[made] = _key(sounds, count, at, _LACKING)
        made += 1
        if count >= REPLACED_FROM:
            out[made] = _key(sounds, count, at, _AT + at)
            made += 1
    return made + _spelt(word, out[made:])


@compiled
def _wanted(word: Letters, joined: bool, sounds: Int64, out: Int64) -> int:
    """Write the keys that a word asks for to `out`; return how many.

    Its own sounds, whole and where another word has one more; its sounds with one left out, where another word is
    that; and at the same place or a neighbour's, where another word has another sound or two swapped.
    """
    made = 0
    for otherwise in range(2 if _two_ways(word) else 1):
        count = sounds_of(word, otherwise == 1, sounds)
        out[made], out[made + 1] = _key(sounds, count, -1, _WHOLE), _key(sounds, count, -1, _JOINED)
        made += 2
    if joined:
        return made
    count = sounds_of(word, False, sounds)
    if count + 1 >= LEFT_OUT_FROM:
        out[made] = _key(sounds, count, -1, _LACKING)
        made += 1
    for at in range(count if count >= LEFT_OUT_FROM else 0):
        out[made] = _key(sounds, count, at, _WHOLE)
        made += 1
        for place in range(max(at - 1, 0), min(at + 2, count) if count >= REPLACED_FROM else 0):
            out[made] = _key(sounds, count, at, _AT + place)
            made += 1
    return made + _spelt(word, out[made:])


@compiled
def keys_of(letters: Letters, begins: Int64, joined: Bools, bare: Bools) -> tuple[Int64, Int32, Int64, Int64]:
    """Return what a `Vocabulary` holds of words beside their letters: keys in order, words, marks, reaches."""
    total = len(begins) - 1
    keys = np.empty(total * (2 * MOST_SOUNDS + 5) + len(letters), np.int64)
    words = np.empty(len(keys), np.int32)
    marks = np.empty(total, np.int64)
    reaches = np.empty(total, np.int64)
    sounds = np.empty(MOST_SOUNDS, np.int64)
    made = 0
    for v in range(total):
        word = letters[begins[v] : begins[v + 1]]
        flags = (1 if joined[v] else 0) + (2 if bare[v] else 0)
        marks[v] = _mask_of(word) | len(word) << _LENGTH_AT | flags << _FLAGS_AT
        reaches[v] = _reach(word)
        more = _had(word, joined[v], sounds, keys[made:])
        words[made : made + more] = v
        made += more
    order = np.argsort(keys[:made])
    words = words[:made][order]
    return keys[:made][order], words, marks[words], reaches[words]


@compiled
def _apart(mark: int, reach: int, other: int, other_reach: int, least: int) -> bool:
    """Tell by marks and reaches alone that two words are not near from `least` on."""
    gone = (reach >> _OWED_AT) & ~other
    lacking = (other_reach >> _OWED_AT) & ~mark
    length, size = mark >> _LENGTH_AT & 0xFF, other >> _LENGTH_AT & 0xFF
    most = max(length, size) * ANEW * (WHOLE - least) // WHOLE
    if (mark | other) >> _FLAGS_AT & 2:
        gone, lacking = gone & ~_FREE, lacking & ~_FREE
        return BARE_ALIKE * max(_bits(gone), _bits(lacking)) > most
    if (mark | other) >> _FLAGS_AT & 1 and abs(length - size) * 4 > max(length, size):
        return True  # a short word that is swallowed is not a blank that is lost
    if _least_cost(gone, other_reach & _REACH_MASK) > most:
        return True
    return _least_cost(lacking, reach & _REACH_MASK) > most


@compiled
def nearest(
    word: Letters, bare: bool, joined: bool, vocabulary: Vocabulary, seen: Bools
) -> tuple[Int32, Int32]:
    """Return the words of a vocabulary that share a key with `word` and are near, and how near, per mille.

    `bare`: its script leaves vowels out. `seen`: bool by word, all false, and again afterwards.
    """
    letters, begins, keys, words, marks, reaches = vocabulary
    sounds = np.empty(MOST_SOUNDS, np.int64)
    asked = np.empty(4 * MOST_SOUNDS + 9 + LONGEST, np.int64)
    rows = np.zeros((4, LONGEST + 1), np.int64)
    mark = _mask_of(word) | len(word) << _LENGTH_AT | ((1 if joined else 0) + (2 if bare else 0)) << _FLAGS_AT
    reach = _reach(word)
    wanted = _wanted(word, joined, sounds, asked)
    places = np.empty((wanted, 2), np.int64)
    looked, found = 0, 0
    for at in range(wanted):
        places[at, 0] = np.searchsorted(keys, asked[at])
        places[at, 1] = places[at, 0] + np.searchsorted(keys[places[at, 0] :], asked[at] + 1)
        looked += places[at, 1] - places[at, 0]
    ids, near = np.empty(looked, np.int32), np.empty(looked, np.int32)
    for at in range(wanted):
        for place in range(places[at, 0], places[at, 1]):
            both = ((mark & marks[place]) | (mark | marks[place]) << 1) >> _FLAGS_AT & 3
            least = BLANK_MOVED if both & 1 else NEAR_JOINED if both & 2 else NEAR
            if _apart(mark, reach, marks[place], reaches[place], least) or seen[words[place]]:
                continue
            v = words[place]
            loose = (mark | marks[place]) >> _FLAGS_AT & 2 != 0
            close = near_or_nothing(word, letters[begins[v] : begins[v + 1]], least, rows, loose)
            if close:
                seen[v] = True
                ids[found], near[found] = v, close
                found += 1
    for at in range(found):
        seen[ids[at]] = False
    return ids[:found].copy(), near[:found].copy()
