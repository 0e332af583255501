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
_MOST_GROUPS: Final = 20
MOST_KEYS: Final = _MOST_GROUPS + 1
_LEFT_OUT_FROM: Final = 3
"""Consonants of a word of which one may be left out for a key: of fewer, too little is left."""
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
        mask |= 1 << (int(letter) if letter < 62 else 62)
    return mask


@compiled
def masks_of(letters: Letters, begins: Int64) -> Int64:
    """Return the letters of each word of a vocabulary as bits."""
    masks = np.empty(len(begins) - 1, np.int64)
    for v in range(len(masks)):
        masks[v] = mask_of(letters[begins[v] : begins[v + 1]])
    return masks


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
def _least_cost(mask: int) -> int:
    """Return what letters that only one of two words has cost at least: each is one edit, of a vowel or another."""
    return _ALIKE * _bits(mask & ~_CHEAP) + _VOWEL_FOR_VOWEL * _bits(mask & _CHEAP)


@compiled
def skeleton(word: Letters, joined: bool, out: Int64) -> int:
    """Write the keys under which a word is looked up to `out`, int64 of `MOST_KEYS`; return how many.

    The first is its consonants as groups of sounds, doubled ones once; the others are that with one left out. Two
    words with a key in common differ in vowels and in one consonant or two neighbours. Joined words have the first
    alone: they are as many again, and are to meet what was merged or split, not what was misspelt as well.
    """
    count, last = 0, 0
    groups = np.zeros(_MOST_GROUPS, np.int64)
    for letter in word:
        sound = SOUND[letter]
        if sound not in (0, last) and count < _MOST_GROUPS:
            groups[count] = sound
            count += 1
        last = sound if sound != 0 else last
    whole = 0
    for at in range(count):
        whole = whole * 8 + groups[at]
    out[0] = whole
    if joined or count < _LEFT_OUT_FROM:
        return 1
    for skipped in range(count):
        key = 0
        for at in range(count):
            if at != skipped:
                key = key * 8 + groups[at]
        out[skipped + 1] = key
    return count + 1


@compiled
def keys_of(letters: Letters, begins: Int64, joined: Bools) -> tuple[Int64, Int32]:
    """Return the keys of all words of a vocabulary in order, and the word of each."""
    count = len(begins) - 1
    keys = np.empty(count * MOST_KEYS, np.int64)
    words = np.empty(count * MOST_KEYS, np.int32)
    out = np.empty(MOST_KEYS, np.int64)
    made = 0
    for v in range(count):
        for at in range(skeleton(letters[begins[v] : begins[v + 1]], joined[v], out)):
            keys[made], words[made] = out[at], v
            made += 1
    order = np.argsort(keys[:made])
    return keys[:made][order], words[:made][order]


@compiled
def nearest(
    word: Letters,
    bare: bool,
    joined: bool,
    floor: int,
    letters: Letters,
    begins: Int64,
    masks: Int64,
    leaves_out: Bools,
    keys: Int64,
    words: Int32,
    seen: Bools,
) -> tuple[Int32, Int32]:
    """Return the words of a vocabulary that share a key with `word` and are at least `floor` near, and how near.

    `bare`, and `leaves_out` by word of the vocabulary: the script leaves vowels out. `keys`, `words`: as `keys_of`
    gives them; `masks`: as `masks_of` does. `seen`: bool by word, all false, and again afterwards.
    """
    ids = np.empty(len(begins) - 1, np.int32)
    near = np.empty(len(begins) - 1, np.int32)
    rows = np.zeros((3, LONGEST + 1), np.int64)
    mask = mask_of(word)
    out = np.empty(MOST_KEYS, np.int64)
    looked, found = 0, 0
    for at in range(skeleton(word, joined, out)):
        place = np.searchsorted(keys, out[at])
        while place < len(keys) and keys[place] == out[at]:
            v = words[place]
            place += 1
            if seen[v]:
                continue
            seen[v] = True
            ids[looked] = v
            looked += 1
    for at in range(looked):
        v = ids[at]
        seen[v] = False
        other = letters[begins[v] : begins[v + 1]]
        loose = bare or leaves_out[v]
        if not loose:
            most = max(len(word), len(other)) * _ANEW * (WHOLE - floor) // WHOLE
            gone, came = mask & ~masks[v], masks[v] & ~mask
            if _least_cost(gone) > most or _least_cost(came) > most:
                continue
        close = _closeness(word, other, floor, rows, loose)
        if close:
            ids[found], near[found] = v, close
            found += 1
    return ids[:found].copy(), near[:found].copy()
