"""What a screening leaves behind: who was asked for, against which lists, what was found, and the verdict.

The evidence of one transaction is canonical JSON (keys in order, no blanks, whole numbers, UTF-8): the same
screening gives the same bytes. A salt stands in it, so that nobody guesses names from a hash. The evidences of a
command are the leaves of one tree (RFC 9162), whose root is the commitment on the log: each can be shown without
the others. With the lists in their versions anybody can screen again (`replay`).
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.metadata import version
from typing import Final, Literal

import icu
import msgspec

from mufakat import __version__
from mufakat.model import merkle
from mufakat.model.listing import Entry, digest_of
from mufakat.screening.corroborate import Part
from mufakat.screening.listing import Listing
from mufakat.screening.parties import Subject
from mufakat.screening.score import Pair
from mufakat.screening.screener import Answer, Match, Screener

FORMAT: Final = "mufakat screening 1"
IN_PROSE: Final = 950
"""Where a hit begins in text that is no name: a listed name has to stand there whole."""
_LEAST_WORD: Final = 6
"""Letters of a name of one word that is found in such text; shorter ones are words of some language."""
_KEPT: Final = 50_000
Verdict = Literal["clear", "hit"]
Allowed = Callable[[Subject, Entry], str | None]
"""Says by which allowance a party and an entry were found not to be the same, None for none."""


class EvidenceFaulty(Exception):
    """The bytes are no evidence of a screening."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A list that was asked: its name, and its version in hex."""

    name: str
    version: str


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that may be meant: `entry` is its digest in hex, `score` per mille after all parts.

    `name` is the listed name that fits best, `name_score` how well, `pairs` why, None and none where an identifier
    alone leads to the entry. `allowed`: the allowance by which it is no hit.
    """

    list: str
    id: str
    entry: str
    main_name: str
    score: int
    name: str | None
    name_score: int | None
    pairs: tuple[Pair, ...]
    weak: bool
    parts: tuple[Part, ...]
    allowed: str | None = None


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """One party that was asked for: the best score of all entries, and those from the threshold on."""

    subject: Subject
    score: int
    found: tuple[Found, ...]


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """What screened, in which versions: another one may read a name otherwise."""

    mufakat: str = __version__
    rigour: str = version("rigour")
    icu: str = icu.ICU_VERSION


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """The screening of one item, by its name on the log; `salt` in hex, `threshold` and `in_prose` per mille."""

    format: str
    item: str
    salt: str
    lists: tuple[Listed, ...]
    tools: Tools
    threshold: int
    in_prose: int
    looked: tuple[Looked, ...]
    verdict: Verdict

    @property
    def hits(self) -> tuple[tuple[Subject, Found], ...]:
        """Who was hit by which entry, those aside that an allowance takes out."""
        return tuple(
            (each.subject, found) for each in self.looked for found in each.found if found.allowed is None
        )


def nobody(_subject: Subject, _entry: Entry) -> None:
    """Allow nobody."""


class Examiner:
    """A screener that gives evidence; what it said of a party it says again without looking."""

    def __init__(self, screener: Screener) -> None:
        self.lists: Final = tuple(
            Listed(name=each.name, version=each.version) for each in screener.index.listings
        )
        self._threshold: Final = screener.threshold
        self._ask: Final[Callable[[str, object, bool], Answer]] = lru_cache(_KEPT)(
            lambda text, known, prose: screener.screen(text, known, prose=prose)
        )

    @classmethod
    def of(cls, listings: Sequence[Listing], threshold: int) -> "Examiner":
        """Index lists, in the order of their names: it is part of the evidence."""
        return cls(Screener(sorted(listings, key=lambda each: each.name), threshold))

    def examine(
        self, item: str, subjects: Sequence[Subject], salt: bytes, allowed: Allowed = nobody
    ) -> Evidence:
        """Screen all who are named in an item; `salt` has 16 bytes."""
        looked = tuple(self._look(each, allowed) for each in subjects)
        is_hit = any(found.allowed is None for each in looked for found in each.found)
        return Evidence(
            format=FORMAT,
            item=item,
            salt=salt.hex(),
            lists=self.lists,
            tools=Tools(),
            threshold=self._threshold,
            in_prose=max(IN_PROSE, self._threshold),
            looked=looked,
            verdict="hit" if is_hit else "clear",
        )

    def _look(self, subject: Subject, allowed: Allowed) -> Looked:
        answer = self._ask(subject.text, subject.known, subject.prose)
        found = tuple(
            _found(match, allowed(subject, match.entry))
            for match in (answer.matches if answer.hit else ())
            if match.score >= self._threshold and (not subject.prose or _stands_there(match))
        )
        return Looked(subject=subject, score=answer.score, found=found)


def _stands_there(match: Match) -> bool:
    """Tell whether a listed name stands whole in a text that is none, and is more than a short word."""
    if match.why is None:
        return True
    words = match.why.listed.split()
    return match.score >= IN_PROSE and (len(words) > 1 or len(match.why.listed) >= _LEAST_WORD)


def _found(match: Match, allowed: str | None) -> Found:
    why = match.why
    return Found(
        list=match.listing.name,
        id=match.entry.id,
        entry=digest_of(match.entry).hex(),
        main_name=match.entry.name,
        score=match.score,
        name=None if why is None else why.listed,
        name_score=None if why is None else why.score,
        pairs=() if why is None else why.pairs,
        weak=match.weak,
        parts=match.parts,
        allowed=allowed,
    )


def encoded(evidence: Evidence) -> bytes:
    """Return the canonical bytes of an evidence."""
    return msgspec.json.encode(evidence, order="sorted")


def decoded(data: bytes) -> Evidence:
    """Read an evidence; raises EvidenceFaulty for other bytes than `encoded` gives."""
    try:
        evidence = msgspec.json.decode(data, type=Evidence)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EvidenceFaulty(f"this is no evidence of a screening: {error}") from None
    if evidence.format != FORMAT or encoded(evidence) != data:
        raise EvidenceFaulty(
            "the evidence is not written as one is: it was changed, or made by another version"
        )
    return evidence


def commitment(evidences: Sequence[bytes]) -> bytes:
    """Return what the log has (32 bytes) of the evidences of one command, in the order of its items."""
    return merkle.root_of([merkle.leaf_hash(each) for each in evidences])


def shown(evidences: Sequence[bytes], number: int) -> list[bytes]:
    """Return the audit path by which evidence `number` is shown to be under the commitment to all."""
    return merkle.inclusion_proof([merkle.leaf_hash(each) for each in evidences], number)


def replay(data: bytes, listings: Sequence[Listing]) -> list[str]:
    """Screen again from an evidence and the lists that it names; return what differs, nothing when all is the same.

    Allowances are taken as the evidence has them. Raises EvidenceFaulty for other bytes than an evidence.
    """
    evidence = decoded(data)
    given = {each.name: each for each in listings}
    wrong = [
        f"list {each.name}: version {each.version} was asked, {_version(given.get(each.name))} is given"
        for each in evidence.lists
        if _version(given.get(each.name)) != each.version
    ]
    if wrong:
        return wrong
    used = {(each.subject, found.entry): found.allowed for each in evidence.looked for found in each.found}
    again = Examiner.of([given[each.name] for each in evidence.lists], evidence.threshold).examine(
        evidence.item,
        [each.subject for each in evidence.looked],
        bytes.fromhex(evidence.salt),
        lambda subject, entry: used.get((subject, digest_of(entry).hex())),
    )
    wrong = [
        _differs(then, now) for then, now in zip(evidence.looked, again.looked, strict=True) if then != now
    ]
    if evidence.verdict != again.verdict:
        wrong.append(f"verdict: it was {evidence.verdict}, and is {again.verdict}")
    if wrong and evidence.tools != again.tools:
        wrong.append(f"it was screened with {evidence.tools}, and again with {again.tools}")
    return wrong


def _version(listing: Listing | None) -> str:
    return "none" if listing is None else listing.version


def _differs(then: Looked, now: Looked) -> str:
    told = (
        f"{each.score} with {', '.join(f'{found.list} {found.id}' for found in each.found) or 'nobody'}"
        for each in (then, now)
    )
    return f"{now.subject.role} {now.subject.place}: it was {' and is '.join(told)}"
