"""What a name is made of: its words in Latin letters, how they may be read, what they are known to stand for.

Writing is made plain first: marks that are not seen (zero width, direction) go, full-width and joined forms
become usual ones (NFKC), letters of other scripts become Latin by ICU's transliteration, Chinese and Korean a
syllable a word. Where letters of two scripts look alike (Unicode TS 39), a name is read both ways. Legal
forms are written one way, and words that say little are known, both by the rigour library.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

import icu
import numpy as np
from rigour.names import remove_org_types, replace_org_types_compare
from rigour.text import is_stopword

from mufakat.kernels.alignment import MOST_TOKENS
from mufakat.kernels.names import DIGITS_END, LETTERS, LONGEST, Letters

MOST_LETTERS: Final = 20_000
"""Letters of a text that are looked at."""
CUT_AT: Final = 35
"""Letters that many fields for a name take."""
_CUT_FROM: Final = 33
_KEPT: Final = 200_000
_UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\U000e0000-\U000e0fff\u0640\u0000-\u0008\u000e-\u001f\u007f]+"
)
_SYLLABLES: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7a3]")
_BARE: Final = re.compile(r"[\u0590-\u074f\u0750-\u077f\u08a0-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
"""Hebrew, Arabic and Syriac letters."""
_KOREAN: Final = re.compile(r"[\uac00-\ud7a3]")
_BARE_STRICT: Final = 500
_KOREAN_STRICT: Final = 300
_CHINESE_STRICT: Final = 1000
_VAGUE: Final = {_KOREAN_STRICT: 200, _CHINESE_STRICT: 300}
_POINTS: Final = re.compile(r"[\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]+")
_ARABIC: Final = str.maketrans("ہھۀەةۃیےېکګٹټڈډڑړښځڅږڼ", "هههههههيييكگتتددررشزسژن"[1:])
_PERSIAN: Final = str.maketrans("ضذظث", "زززس")
_ARTICLES: Final = re.compile(r"w?al(?=...)")
"""The article, and "and" before it, where they are written as one with the word."""
_APOSTROPHES: Final = re.compile(r"['\u2018\u2019\u201b\u02b9-\u02bf`\u00b4\u2032\u02c8]+")
_WORD: Final = re.compile(r"[^\W_]+")
_MARKS: Final = re.compile(r"[\u0300-\u036f]+")
_ARTICLE: Final = "al"
_ALONE: Final = 3
_SAMPLES: Final = ("мир", "محمد", "文", "김", "κόσμος", "שלום", "अ", "ไทย", "ア", "বা", "த", "მ")
_latin: Final = icu.Transliterator.createInstance("Any-Latin; Latin-ASCII; Lower")
_alike: Final = icu.SpoofChecker()


class Token(NamedTuple):
    """A word in Latin letters and digits.

    `bare`: its script leaves vowels out. `minor`: it says little. `strict`: per mille of what another word lacks to
    be the same that is taken off once more, for sounds say less than letters: a Chinese syllable is one of 400.
    """

    text: str
    bare: bool = False
    minor: bool = False
    strict: int = 0
    vague: int = 0


Reading = tuple[Token, ...]


@lru_cache(maxsize=1)
def prepare() -> None:
    """Have ICU load its rules for each script, a tenth of a second once, so that no name waits for it."""
    for sample in _SAMPLES:
        _latin.transliterate(sample)


def readings(text: str) -> list[Reading]:
    """Return the ways to read a name, the most likely first; none when it holds no letter and no digit."""
    plain = _UNSEEN.sub("", unicodedata.normalize("NFKC", text[:MOST_LETTERS]))
    if not plain.isascii():
        plain = plain.translate(_ARABIC)
    written: list[str] = [plain]
    if not plain.isascii() and (other := _as_latin(plain)) is not None:
        written.append(other)
    if not plain.isascii() and (persian := plain.translate(_PERSIAN)) != plain:
        written.append(persian)
    found: dict[Reading, None] = {}
    for each in written:
        folded = each.casefold()
        short = _reading(replace_org_types_compare(folded) or folded)
        found[short] = None
        whole = _reading(folded)
        if len(key(whole)) > len(key(short)):  # not where the letters of S.A. would be taken for initials
            found[whole] = None
    return [each for each in found if each]


def may_be_cut(text: str) -> bool:
    """Tell whether a text is as long as fields for names are, so that its end may be missing."""
    return _CUT_FROM <= len(text.strip()) <= CUT_AT


def windows(reading: Reading) -> list[Reading]:
    """Return a reading as it is, or a long one in parts that overlap by half."""
    if len(reading) <= MOST_TOKENS:
        return [reading]
    step = MOST_TOKENS // 2
    return [reading[at : at + MOST_TOKENS] for at in range(0, len(reading) - step, step)]


def units(reading: Reading) -> list[tuple[Token, int, int]]:
    """Return each token with its place and span 1, and neighbours joined with the first's place and their span."""
    found = [(token, at, 1) for at, token in enumerate(reading)]
    for span in (2, 3):
        for at in range(len(reading) - span + 1):
            part = reading[at : at + span]
            if any(len(one.text) == 1 and two.text[0] == one.text for one, two in pairwise(part)):
                continue  # an initial, which the joined word would but double
            if span == 2 or min(len(each.text) for each in part) <= _ALONE:
                bare, strict = any(each.bare for each in part), max(each.strict for each in part)
                found.append((Token("".join(each.text for each in part), bare, strict=strict), at, span))
    return found


def _code(letter: int) -> int:
    if ord("a") <= letter <= ord("z"):
        return letter - ord("a")
    return letter - ord("0") + LETTERS if ord("0") <= letter <= ord("9") else DIGITS_END + letter % 27


_CODES: Final = bytes(map(_code, range(256)))


@lru_cache(maxsize=_KEPT)
def encoded(text: str) -> Letters:
    """Return a word as letters for the kernels: a-z as 0..25, digits from 26, others folded into what is left."""
    if text.isascii():
        return np.frombuffer(text[:LONGEST].encode().translate(_CODES), dtype=np.uint8)
    return np.array([_code(ord(each)) for each in text[:LONGEST]], dtype=np.uint8)


def key(reading: Reading) -> str:
    """Return all words in one: two names with one key differ in blanks and signs alone."""
    return "".join(each.text for each in reading)


def sorted_key(reading: Reading) -> str:
    """Return all words in order of the alphabet: two names with one differ in the order of words."""
    return " ".join(sorted(each.text for each in reading))


def _reading(folded: str) -> Reading:
    return tuple(token for chunk in folded.split() for token in _tokens(chunk))


@lru_cache(maxsize=_KEPT)
def _tokens(chunk: str) -> tuple[Token, ...]:
    if chunk.isascii():
        return tuple(_token(each) for each in _words(chunk))
    found: list[Token] = []
    for piece in _SYLLABLES.sub(lambda one: f" {one[0]} ", chunk).split():
        plain = _words(piece)
        if all(each.isascii() for each in plain):
            found += map(_token, plain)
            continue
        bare = bool(_BARE.search(piece))
        source = _POINTS.sub("", piece) if bare else piece
        for word in _words(_latin.transliterate(source)):
            if bare and (article := _ARTICLES.match(word)):
                found.append(_token(_ARTICLE))
                found.append(_token(word[article.end() :], bare=True, strict=_BARE_STRICT))
            else:
                found.append(_token(word, bare=bare, strict=_strict(piece, bare=bare)))
    return tuple(found)


def _words(text: str) -> list[str]:
    text = _MARKS.sub("", unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text.casefold())))
    return _WORD.findall(text)


def _strict(piece: str, *, bare: bool) -> int:
    """Return how strictly a word is compared, by its script."""
    if _SYLLABLES.search(piece):
        return _KOREAN_STRICT if _KOREAN.search(piece) else _CHINESE_STRICT
    return _BARE_STRICT if bare else 0


@lru_cache(maxsize=_KEPT)
def _token(text: str, *, bare: bool = False, strict: int = 0) -> Token:
    return Token(
        text,
        bare,
        strict=strict,
        vague=_VAGUE.get(strict, 0),
        minor=is_stopword(text) or not remove_org_types(text).strip(),
    )


@lru_cache(maxsize=_KEPT)
def _looks_like(letter: str) -> str:
    """Return the ASCII letter that another script's letter looks like, or the letter itself."""
    for form in (letter, letter.upper()):
        shape = _alike.getSkeleton(0, form)
        if len(shape) == 1 and shape.isascii() and shape.isalpha():
            return str(shape)
    return letter


def _as_latin(plain: str) -> str | None:
    """Return a name with the letters that look Latin as Latin ones; None when that makes no Latin name."""
    seen = "".join(each if each.isascii() else _looks_like(each) for each in plain)
    if seen == plain or any(each.isalpha() and ord(each) > 0x24F for each in seen):
        return None
    return seen
