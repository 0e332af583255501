"""Names as they come in payments: listed ones disturbed in known ways, from a seed, to see who still finds them.

What is done to a name follows how names are written and cut, not how any matcher reads them: keys hit wrong on a
keyboard, words in another order, initials, blanks lost and gained, other usual spellings of a transliteration, a
field of 35 letters, Arabic particles left out or written otherwise, and the name in its own script.
"""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from mufakat.model.listing import Alias, Entry, Kind
from mufakat.screening.listing import Listing, listing
from mufakat.screening.rescreen import Customer

FIELD: Final = 35
_KEYS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_RESPELT: Final = (
    *(
        ("kh", "h"),
        ("ou", "u"),
        ("ee", "i"),
        ("oo", "u"),
        ("q", "k"),
        ("q", "g"),
        ("dj", "j"),
        ("j", "dj"),
        ("w", "v"),
    ),
    *(
        ("y", "i"),
        ("i", "y"),
        ("u", "o"),
        ("o", "u"),
        ("a", "e"),
        ("e", "a"),
        ("sh", "ch"),
        ("gh", "g"),
        ("th", "t"),
    ),
    *(
        ("dh", "d"),
        ("ph", "f"),
        ("f", "ph"),
        ("ks", "x"),
        ("x", "ks"),
        ("tz", "ts"),
        ("ya", "ia"),
        ("iy", "y"),
    ),
    *(
        ("ei", "ey"),
        ("ss", "s"),
        ("ll", "l"),
        ("mm", "m"),
        ("v", "w"),
        ("k", "q"),
        ("ch", "tch"),
        ("zh", "j"),
    ),
)
"""Spellings that romanisations of Arabic, Persian, Cyrillic and others use for the same sound."""
_PARTICLE: Final = re.compile(r"\b(?:al|el|ul|bin|ibn|ben|abu|abou|abd|abdul|umm|bint)\b[- ]?", re.IGNORECASE)
_OTHERWISE: Final = {
    "al": ("el", "ul", ""),
    "el": ("al", ""),
    "ul": ("al", "el"),
    "bin": ("ibn", "ben", ""),
    "ibn": ("bin", "ben"),
    "ben": ("bin", "ibn"),
    "abu": ("abou", "abo"),
    "abou": ("abu",),
    "abd": ("abdul", "abd al"),
    "umm": ("um",),
    "abdul": ("abd al", "abdel", "abd ul"),
    "bint": ("bent", ""),
}
_NOBODY: Final = Entry(id="", kind=Kind.PERSON, names=())
_LEAST_SPLIT: Final = 7
_LEAST_TYPO: Final = 5

Disturb = Callable[[str, Entry, random.Random], str]


class Disturbed(NamedTuple):
    """A name as it might come: what was done to it, which entry is meant, and how it is listed."""

    kind: str
    text: str
    entry: Entry
    listed: str


def disturbed(listings: Sequence[Listing], each: int, seed: int) -> list[Disturbed]:
    """Return up to `each` names of every kind in KINDS, of entries drawn at random."""
    draw = random.Random(seed)
    entries = [entry for listing_ in listings for entry in listing_.entries]
    made = []
    for kind, disturb in KINDS.items():
        draw.shuffle(entries)
        found = (one for entry in entries for one in _one(kind, disturb, entry, draw))
        made += [one for _, one in zip(range(each), found, strict=False)]
    return made


def customers(parts: Sequence[Sequence[str]], count: int, seed: int) -> Iterator[Customer]:
    """Yield customers with names put together of the words of others, first and last names apart; a tenth misspelt.

    `parts`: the words of one person's name each, the family name last.
    """
    draw = random.Random(seed)
    given = [each[:-1] for each in parts if len(each) > 1]
    families = [each[-1] for each in parts if each]
    for number in range(count):
        name = " ".join([*draw.choice(given), draw.choice(families)])
        if draw.randrange(10) == 0:
            name = _typo(name, _NOBODY, draw) or name
        yield Customer(f"{number}", name)


def without_originals(listings: Sequence[Listing]) -> list[Listing]:
    """Return lists that know no name in its own script: who is asked in it has to be found by its sound."""
    return [listing(each.name, each.dated, [_latin(entry) for entry in each.entries]) for each in listings]


def _latin(entry: Entry) -> Entry:
    names = tuple(alias for alias in entry.names if not alias.original and _is_latin(alias.text))
    return _with(entry, names or entry.names[:1])


def _with(entry: Entry, names: tuple[Alias, ...]) -> Entry:
    return Entry(
        id=entry.id,
        kind=entry.kind,
        names=names,
        reference=entry.reference,
        programme=entry.programme,
        born=entry.born,
        countries=entry.countries,
        identifiers=entry.identifiers,
        addresses=entry.addresses,
    )


def _is_latin(text: str) -> bool:
    return all(ord(letter) < 0x250 or not letter.isalpha() for letter in text)


def _one(kind: str, disturb: Disturb, entry: Entry, draw: random.Random) -> Iterator[Disturbed]:
    good = [alias.text for alias in entry.names if not alias.weak and len(alias.text.split()) > 1]
    wanted = [text for text in good if _is_latin(text) is (kind != ORIGINAL)]
    if wanted:
        listed = draw.choice(wanted)
        text = disturb(listed, entry, draw)
        if text and (kind == ORIGINAL or text.casefold() != listed.casefold()):
            yield Disturbed(kind, text, entry, listed)


def _typo(listed: str, _entry: Entry, draw: random.Random) -> str:
    text = list(listed)
    for _ in range(1 if len(listed) < 16 else 2):
        places = [at for at, letter in enumerate(text) if letter.isalpha()]
        if len(places) < _LEAST_TYPO:
            return ""
        at = draw.choice(places)
        what = draw.randrange(4)
        if what == 0:
            text[at] = _beside(text[at], draw)
        elif what == 1:
            del text[at]
        elif what == 2:
            text.insert(at, _beside(text[at], draw))
        elif at + 1 < len(text):
            text[at], text[at + 1] = text[at + 1], text[at]
    return "".join(text)


def _beside(letter: str, draw: random.Random) -> str:
    """Return a key beside a letter's own."""
    low = letter.lower()
    row = next((row for row in _KEYS if low in row), _KEYS[1])
    at = row.find(low)
    other = row[max(0, min(len(row) - 1, at + draw.choice((-1, 1))))]
    return other.upper() if letter.isupper() else other


def _order(listed: str, _entry: Entry, draw: random.Random) -> str:
    words = listed.replace(",", " ").split()
    draw.shuffle(words)
    return " ".join(words)


def _initials(listed: str, entry: Entry, draw: random.Random) -> str:
    if entry.kind is not Kind.PERSON:
        return ""
    family, _, given = listed.partition(",")
    words = [*given.split(), *family.split()] if given else listed.split()
    if len(words) < 2:
        return ""
    first = draw.randrange(1, len(words))
    return " ".join([*(f"{word[0]}." for word in words[:first]), *words[first:]])


def _merged(listed: str, _entry: Entry, draw: random.Random) -> str:
    words = listed.replace(",", " ").split()
    at = draw.randrange(len(words) - 1) if len(words) > 1 else 0
    return " ".join([*words[:at], "".join(words[at : at + 2]), *words[at + 2 :]])


def _split(listed: str, _entry: Entry, draw: random.Random) -> str:
    words = listed.replace(",", " ").split()
    long = [at for at, word in enumerate(words) if len(word) >= _LEAST_SPLIT and word.isalpha()]
    if not long:
        return ""
    at = draw.choice(long)
    place = draw.randrange(3, len(words[at]) - 2)
    return " ".join([*words[:at], words[at][:place], words[at][place:], *words[at + 1 :]])


def _respelt(listed: str, _entry: Entry, draw: random.Random) -> str:
    text = listed.lower()
    usable = [pair for pair in _RESPELT if pair[0] in text]
    draw.shuffle(usable)
    for old, new in usable[:3]:
        text = text.replace(old, new, 1)
    return text.title()


def _cut(listed: str, _entry: Entry, _draw: random.Random) -> str:
    return listed[:FIELD].strip() if len(listed) > FIELD else ""


def _particles(listed: str, entry: Entry, draw: random.Random) -> str:
    if entry.kind is not Kind.PERSON or not _PARTICLE.search(listed):
        return ""

    def otherwise(found: re.Match[str]) -> str:
        new = draw.choice(_OTHERWISE[found[0].strip(" -").lower()])
        return f"{new} " if new else ""

    return " ".join(_PARTICLE.sub(otherwise, listed).split())


def _original(listed: str, _entry: Entry, _draw: random.Random) -> str:
    return listed


ORIGINAL: Final = "original script"
KINDS: Final[dict[str, Disturb]] = {
    "typos": _typo,
    "word order": _order,
    "initials": _initials,
    "merged words": _merged,
    "split words": _split,
    "transliteration": _respelt,
    "cut at 35": _cut,
    "Arabic particles": _particles,
    ORIGINAL: _original,
}
"""What is done to names; in their own script they are asked of lists that do not hold it."""
