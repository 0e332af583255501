"""How close two words of names are.

A word is an array of letters, uint8: a-z are 0..25, digits 26..35, anything else 36 and up. Closeness is per
mille, in integers: 1,000 less the cost of the cheapest edits over what the longer word would cost to write
anew. Edits cost as in Editex (Zobel, Dart, "Phonetic string matching", SIGIR 1996): letters of one group
sound alike and cost half; a vowel for a vowel, a letter written twice and a silent h cost less; neighbours in
the wrong order are one edit. With `bare`, one of the words comes from a script that leaves vowels out, and
they, and the letters that stand for long ones, cost next to nothing.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from mufakat.kernels.compiled import Int64, compiled

Letters = npt.NDArray[np.uint8]
Int64Table = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

WHOLE: Final = 1000
LONGEST: Final = 48
"""Letters of a word that are compared; what comes after is cut."""
ANEW: Final = 10
ALIKE: Final = 5
VOWEL_FOR_VOWEL: Final = 4
_VOWEL: Final = 5
_BARE_VOWEL: Final = 1
_SILENT: Final = 4
_BARE_W: Final = 5
BARE_ALIKE: Final = 3
_BARE_SILENT: Final = 2
_TWICE: Final = 2
_SWAP: Final = 7
_DIGIT: Final = 15
_H: Final = 7
W: Final = 22
LETTERS: Final = 26
DIGITS_END: Final = 36

# Groups of Editex as bits, one number a letter: ckq, dt, lr, mn, gj, fpv, sxz, csz, bp; and the voiced beside the
# voiceless (gk, vw, jyi) that transliterations of Arabic, Korean and Slavic names take for each other.
_GROUPS: Final = ("ckq", "dt", "lr", "mn", "gj", "fpv", "sxz", "csz", "bp", "gkq", "uvw", "ijy", "hkg", "bv")
GROUP: Final = np.array(
    [sum(1 << bit for bit, group in enumerate(_GROUPS) if chr(97 + at) in group) for at in range(64)],
    dtype=np.int64,
)
IS_VOWEL: Final = np.array([at < LETTERS and chr(97 + at) in "aeiouy" for at in range(64)], dtype=np.bool_)


def _substitution(a: int, b: int, bare: bool) -> int:
    """Return what it costs to write letter `b` for `a`."""
    if a == b:
        return 0
    if a >= LETTERS or b >= LETTERS:
        return _DIGIT
    if IS_VOWEL[a] and IS_VOWEL[b]:
        return _BARE_VOWEL if bare else VOWEL_FOR_VOWEL
    if bare and W in (a, b) and (IS_VOWEL[a] or IS_VOWEL[b]):
        return _BARE_VOWEL
    return (BARE_ALIKE if bare else ALIKE) if GROUP[a] & GROUP[b] else ANEW


def _insertion(letter: int, bare: bool) -> int:
    """Return what it costs to write a letter, or to leave it out."""
    if letter >= LETTERS:
        return _DIGIT if letter < DIGITS_END else ANEW
    if IS_VOWEL[letter]:
        return _BARE_VOWEL if bare else _VOWEL
    if bare and letter == W:
        return _BARE_W
    if letter == _H:
        return _BARE_SILENT if bare else _SILENT
    return ANEW


SUBSTITUTION: Final = np.array(
    [[[_substitution(a, b, bare) for b in range(64)] for a in range(64)] for bare in (False, True)],
    dtype=np.int64,
)
INSERTION: Final = np.array(
    [[_insertion(a, bare) for a in range(64)] for bare in (False, True)], dtype=np.int64
)
"""What edits cost, by whether vowels may be left out and letter; a letter written twice costs less."""
LEFT_OUT: Final = 3
PAIRED: Final = np.array(
    [
        [f"{chr(97 + a)}{chr(97 + b)}" in ("dj", "tc", "ts", "tz", "kh", "ks") for b in range(64)]
        for a in range(64)
    ],
    dtype=np.bool_,
)
"""Letters that before another one are a way to write that one: what leaving them out costs less for."""
WRITTEN: Final = np.array(
    [
        [
            (_BARE_VOWEL if IS_VOWEL[a] else _BARE_W if a == W else ANEW) if bare and a < LETTERS else ANEW
            for a in range(64)
        ]
        for bare in (False, True)
    ],
    dtype=np.int64,
)


@compiled
def written(word: Letters, bare: bool) -> int:
    """Return what it costs to write a word anew: ten a letter, vowels next to nothing where they are left out."""
    total = 0
    for letter in word:
        total += WRITTEN[1 if bare else 0, letter]
    return total


@compiled
def closeness(a: Letters, b: Letters, floor: int, bare: bool) -> int:
    """Return how close two words are, per mille; 0 when that is under `floor`."""
    return near_or_nothing(a, b, floor, np.zeros((4, LONGEST + 1), np.int64), bare)


@compiled
def _added(word: Letters, at: int, insert: Int64) -> int:
    """Return what a letter of a word costs that the other has not."""
    letter = int(word[at])
    if at and letter == word[at - 1]:
        return _TWICE
    if at + 1 < len(word) and PAIRED[letter, word[at + 1]]:
        return min(LEFT_OUT, int(insert[letter]))
    return int(insert[letter])


@compiled
def near_or_nothing(a: Letters, b: Letters, floor: int, rows: Int64Table, bare: bool) -> int:
    """Return the same as `closeness`, with `rows` to write to, int64 of shape (4, LONGEST + 1)."""
    long = max(written(a, bare), written(b, bare))
    if long == 0:
        return 0
    most = long * (WHOLE - floor) // WHOLE
    substitute, insert = SUBSTITUTION[1 if bare else 0], INSERTION[1 if bare else 0]
    n = len(b)
    earlier, above, row, anew = rows[0], rows[1], rows[2], rows[3]
    above[0] = 0
    for j in range(1, n + 1):
        anew[j] = _added(b, j - 1, insert)
        above[j] = above[j - 1] + anew[j]
    for i in range(1, len(a) + 1):
        letter = a[i - 1]
        gone = _added(a, i - 1, insert)
        row[0] = above[0] + gone
        least = row[0]
        for j in range(1, n + 1):
            other = b[j - 1]
            cost = min(above[j - 1] + substitute[letter, other], above[j] + gone)
            cost = min(cost, row[j - 1] + anew[j])
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, earlier[j - 2] + _SWAP)
            row[j] = cost
            least = min(least, cost)
        if least > most:
            return 0
        earlier, above, row = above, row, earlier
    found = WHOLE - above[n] * WHOLE // long
    return found if found >= floor else 0
