"""How close two words of names are, which words of an index are near one, and which names fit a query best.

A word is an array of letters, uint8: a-z are 0..25, digits 26..35, anything else 36 and up. Closeness is per
mille, in integers: 1,000 less the cost of the cheapest edits over what the longer word would cost to write
anew. Edits cost as in Editex (Zobel, Dart, "Phonetic string matching", SIGIR 1996): letters of one group
sound alike and cost half; a vowel for a vowel, a letter written twice and a silent h cost less; neighbours in
the wrong order are one edit. With `bare`, one of the words comes from a script that leaves vowels out, and
they cost next to nothing.

Word `v` of a vocabulary stands at `letters[begins[v]:begins[v + 1]]`.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from mufakat.kernels.compiled import Int32, Int64, compiled

Letters = npt.NDArray[np.uint8]
Int64Table = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

WHOLE: Final = 1000
LONGEST: Final = 48
"""Letters of a word that are compared; what comes after is cut."""
_ANEW: Final = 10
_ALIKE: Final = 5
_VOWEL_FOR_VOWEL: Final = 4
_VOWEL: Final = 5
_BARE_VOWEL: Final = 1
_SILENT: Final = 4
_TWICE: Final = 2
_SWAP: Final = 7
_DIGIT: Final = 15
_H: Final = 7
_LETTERS: Final = 26
_LENGTH_AT: Final = 40
_FLAGS_AT: Final = 48
_LETTERS_MASK: Final = (1 << _LENGTH_AT) - 1
"""Marks of a word: its letters as bits, its length, whether it is joined (1) and whether bare (2)."""
MOST_SOUNDS: Final = 16
_LEFT_OUT_FROM: Final = 3
"""Sounds of a word of which one may be left out for a key: of fewer, too little is left."""
_WHOLE, _JOINED, _LACKING, _AT = 0, 1, 2, 3
"""Spaces of keys: all sounds of a word, of joined words; one left out; one left out at this place, and the next."""
_DIGITS_END: Final = 36

# Groups of Editex as bits, one number a letter: ckq, dt, lr, mn, gj, fpv, sxz, csz, bp; and the voiced beside the
# voiceless (gk, vw, jyi) that transliterations of Arabic, Korean and Slavic names take for each other.
_GROUPS: Final = ("ckq", "dt", "lr", "mn", "gj", "fpv", "sxz", "csz", "bp", "gkq", "uvw", "ijy", "hkg", "bv")
GROUP: Final = np.array(
    [sum(1 << bit for bit, group in enumerate(_GROUPS) if chr(97 + at) in group) for at in range(64)],
    dtype=np.int64,
)
_SOUNDS: Final = ("bpfv", "ckqgjx", "dt", "l", "r", "mn", "sz")
SOUND: Final = np.array(
    [
        1 + next((of for of, group in enumerate(_SOUNDS) if chr(97 + at) in group), -1)
        if at < _LETTERS
        else 1 + at % 7
        for at in range(64)
    ],
    dtype=np.int64,
)
"""The group of sounds of a letter; 0 for what a key leaves out: vowels, h and w. Signs have what comes by order."""
ALIKE: Final = np.array(
    [sum(1 << b for b in range(_LETTERS) if b != a and GROUP[a] & GROUP[b]) for a in range(64)],
    dtype=np.int64,
)
_CHEAP: Final = sum(1 << (ord(each) - 97) for each in "aeiouyh")
IS_VOWEL: Final = np.array([at < _LETTERS and chr(97 + at) in "aeiouy" for at in range(64)], dtype=np.bool_)


def _substitution(a: int, b: int, bare: bool) -> int:
    """Return what it costs to write letter `b` for `a`."""
    if a == b:
        return 0
    if a >= _LETTERS or b >= _LETTERS:
        return _DIGIT
    if IS_VOWEL[a] and IS_VOWEL[b]:
        return _BARE_VOWEL if bare else _VOWEL_FOR_VOWEL
    return _ALIKE if GROUP[a] & GROUP[b] else _ANEW


def _insertion(letter: int, bare: bool) -> int:
    """Return what it costs to write a letter, or to leave it out."""
    if letter >= _LETTERS:
        return _DIGIT if letter < _DIGITS_END else _ANEW
    if IS_VOWEL[letter]:
        return _BARE_VOWEL if bare else _VOWEL
    return _SILENT if letter == _H else _ANEW


SUBSTITUTION: Final = np.array(
    [[[_substitution(a, b, bare) for b in range(64)] for a in range(64)] for bare in (False, True)],
    dtype=np.int64,
)
INSERTION: Final = np.array(
    [[_insertion(a, bare) for a in range(64)] for bare in (False, True)], dtype=np.int64
)
"""What edits cost, by whether vowels may be left out and letter; a letter written twice costs less."""


@compiled
def written(word: Letters, bare: bool) -> int:
    """Return what it costs to write a word anew: ten a letter, vowels next to nothing where they are left out."""
    total = 0
    for letter in word:
        total += _BARE_VOWEL if bare and letter < _LETTERS and IS_VOWEL[letter] else _ANEW
    return total


@compiled
def closeness(a: Letters, b: Letters, floor: int, bare: bool) -> int:
    """Return how close two words are, per mille; 0 when that is under `floor`."""
    return _closeness(a, b, floor, np.zeros((3, LONGEST + 1), np.int64), bare)


@compiled
def _closeness(a: Letters, b: Letters, floor: int, rows: Int64Table, bare: bool) -> int:
    long = max(written(a, bare), written(b, bare))
    if long == 0:
        return 0
    most = long * (WHOLE - floor) // WHOLE
    substitute, insert = SUBSTITUTION[1 if bare else 0], INSERTION[1 if bare else 0]
    n = len(b)
    earlier, above, row = rows[0], rows[1], rows[2]
    above[0] = 0
    for j in range(1, n + 1):
        above[j] = above[j - 1] + (_TWICE if j > 1 and b[j - 1] == b[j - 2] else insert[b[j - 1]])
    for i in range(1, len(a) + 1):
        letter = a[i - 1]
        gone = _TWICE if i > 1 and letter == a[i - 2] else insert[letter]
        row[0] = above[0] + gone
        least = row[0]
        for j in range(1, n + 1):
            other = b[j - 1]
            cost = min(above[j - 1] + substitute[letter, other], above[j] + gone)
            cost = min(cost, row[j - 1] + (_TWICE if j > 1 and other == b[j - 2] else insert[other]))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, earlier[j - 2] + _SWAP)
            row[j] = cost
            least = min(least, cost)
        if least > most:
            return 0
        earlier, above, row = above, row, earlier
    found = WHOLE - above[n] * WHOLE // long
    return found if found >= floor else 0


@compiled
def mask_of(word: Letters) -> int:
    """Return the letters of a word as bits; signs share one."""
    mask = 0
    for letter in word:
        mask |= 1 << (int(letter) if letter < _DIGITS_END else _DIGITS_END)
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
def _reach(mask: int) -> int:
    """Return the letters that sound like one of these."""
    reach = 0
    for letter in range(_LETTERS):
        if mask >> letter & 1:
            reach |= ALIKE[letter]
    return reach


@compiled
def _least_cost(gone: int, reach: int) -> int:
    """Return what letters that only one of two words has cost at least: each is one edit.

    `reach`: letters that sound like one of the other word, which cost half.
    """
    cost = _ALIKE * _bits(gone & ~_CHEAP & reach) + _ANEW * _bits(gone & ~_CHEAP & ~reach)
    return cost + _VOWEL_FOR_VOWEL * _bits(gone & _CHEAP)


@compiled
def sounds_of(word: Letters, out: Int64) -> int:
    """Write the consonants of a word as groups of sounds to `out`, int64 of `MOST_SOUNDS`; return how many.

    Of those that follow each other with vowels alone between them, equal ones count once.
    """
    count, last = 0, 0
    for letter in word:
        sound = SOUND[letter]
        if sound not in (0, last) and count < MOST_SOUNDS:
            out[count] = sound
            count += 1
        last = sound if sound != 0 else last
    return count


@compiled
def _key(sounds: Int64, count: int, without: int, tag: int) -> int:
    """Return the key of a word's sounds but one (-1: all of them), in the space of `tag`."""
    key = 0
    for at in range(count):
        if at != without:
            key = key * 8 + sounds[at]
    return key * 128 + tag


@compiled
def keys_of(letters: Letters, begins: Int64, joined: Bools, bare: Bools) -> tuple[Int64, Int32, Int64, Int64]:
    """Return the keys under which the words of a vocabulary are looked up, in order; the word of each; marks.

    A single word has its sounds; them with one left out; and that once more with the place of the one left out.
    Joined words have their sounds alone: they are to meet what was merged or split, not what was misspelt as well.
    Marks are what is looked at before a word itself is: letters as bits, length, whether it is joined or bare; and
    letters that sound like one of its.
    """
    total = len(begins) - 1
    keys = np.empty(total * (2 * MOST_SOUNDS + 1), np.int64)
    words = np.empty(len(keys), np.int32)
    marks = np.empty(total, np.int64)
    reaches = np.empty(total, np.int64)
    sounds = np.empty(MOST_SOUNDS, np.int64)
    made = 0
    for v in range(total):
        word = letters[begins[v] : begins[v + 1]]
        flags = (1 if joined[v] else 0) + (2 if bare[v] else 0)
        marks[v] = mask_of(word) | len(word) << _LENGTH_AT | flags << _FLAGS_AT
        reaches[v] = _reach(mask_of(word))
        count = sounds_of(word, sounds)
        keys[made], words[made] = _key(sounds, count, -1, _JOINED if joined[v] else _WHOLE), v
        made += 1
        if joined[v]:
            continue
        for at in range(count):
            if count >= _LEFT_OUT_FROM:
                keys[made], words[made] = _key(sounds, count, at, _LACKING), v
                made += 1
            if count > 1:
                keys[made], words[made] = _key(sounds, count, at, _AT + at), v
                made += 1
    order = np.argsort(keys[:made])
    words = words[:made][order]
    return keys[:made][order], words, marks[words], reaches[words]


@compiled
def _wanted(sounds: Int64, count: int, joined: bool, out: Int64) -> int:
    """Write the keys that a word asks for to `out`; return how many.

    Its own sounds, whole and where another word has one more; its sounds with one left out, where another word is
    that; and at the same place or a neighbour's, where another word has another sound or two swapped.
    """
    out[0], out[1] = _key(sounds, count, -1, _WHOLE), _key(sounds, count, -1, _JOINED)
    if joined:
        return 2
    out[2] = _key(sounds, count, -1, _LACKING)
    made = 3
    for at in range(count):
        if count >= _LEFT_OUT_FROM:
            out[made] = _key(sounds, count, at, _WHOLE)
            made += 1
        if count > 1:
            for place in range(max(at - 1, 0), min(at + 2, count)):
                out[made] = _key(sounds, count, at, _AT + place)
                made += 1
    return made


@compiled
def nearest(
    word: Letters,
    bare: bool,
    joined: bool,
    floor: int,
    floor_joined: int,
    letters: Letters,
    begins: Int64,
    keys: Int64,
    words: Int32,
    marks: Int64,
    reaches: Int64,
    seen: Bools,
) -> tuple[Int32, Int32]:
    """Return the words of a vocabulary that share a key with `word` and are near, and how near.

    `floor`: from where single words are near; `floor_joined`: the same where either of the two is joined. `bare`:
    its script leaves vowels out. `keys` to `reaches`: as `keys_of` gives them. `seen`: bool by word, all false, and
    again afterwards.
    """
    sounds = np.empty(MOST_SOUNDS, np.int64)
    asked = np.empty(4 * MOST_SOUNDS + 3, np.int64)
    rows = np.zeros((3, LONGEST + 1), np.int64)
    mask, count, length = mask_of(word), sounds_of(word, sounds), len(word)
    reach = _reach(mask)
    wanted = _wanted(sounds, count, joined, asked)
    places = np.empty((wanted, 2), np.int64)
    looked, found = 0, 0
    for at in range(wanted):
        places[at, 0] = np.searchsorted(keys, asked[at])
        places[at, 1] = np.searchsorted(keys, asked[at] + 1)
        looked += places[at, 1] - places[at, 0]
    ids = np.empty(looked, np.int32)
    near = np.empty(looked, np.int32)
    for at in range(wanted):
        for place in range(places[at, 0], places[at, 1]):
            mark = marks[place]
            size = mark >> _LENGTH_AT & 0xFF
            either = joined or mark >> _FLAGS_AT & 1
            least = floor_joined if either else floor
            loose = bare or mark >> _FLAGS_AT & 2
            if not loose:
                if either and abs(length - size) * 4 > max(length, size):
                    continue  # a short word that is swallowed is not a blank that is lost
                most = max(length, size) * _ANEW * (WHOLE - least) // WHOLE
                if _least_cost(mask & ~mark & _LETTERS_MASK, reaches[place]) > most:
                    continue
                if _least_cost(mark & ~mask & _LETTERS_MASK, reach) > most:
                    continue
            v = words[place]
            if seen[v]:
                continue
            close = _closeness(word, letters[begins[v] : begins[v + 1]], least, rows, loose)
            if close:
                seen[v] = True
                ids[found], near[found] = v, close
                found += 1
    for at in range(found):
        seen[ids[at]] = False
    return ids[:found].copy(), near[:found].copy()
