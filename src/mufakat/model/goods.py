"""Rules for goods: which goods, from or to which countries, are refused, looked at by a person, or warned of.

A rule answers one question of a line of goods: does its code begin so, and is a country of its way one that the
rule names? A rule without code is of all goods: a ban that is text and no code ("arms and related materiel",
"luxury goods") sends whatever goes that way to review. Codes by the Harmonized System of the World Customs
Organization; the digits after the sixth are a national tariff's.
"""

import datetime
import enum
import re
from typing import Final

import msgspec

from mufakat.model.country import Country, is_country
from mufakat.model.fact import Event
from mufakat.model.identifier import Lei, TradeRecordId
from mufakat.model.text import is_text

_HS_PREFIX: Final = re.compile(r"(?!00|77|98|99)([0-9]{2}|[0-9]{4}|[0-9]{6,10})")
MOST_COUNTRIES: Final = 250
"""Countries of one rule."""
MOST_WORDS: Final = 500
"""Characters of what a rule says of its goods or its exemption."""


class Effect(enum.IntEnum):
    """What a rule does to a trade record that it meets, the strictest first."""

    REFUSE = 0
    """The record is refused."""
    REVIEW = 1
    """The record is refused until a person has looked at it and released it."""
    WATCH = 2
    """The record is registered, with a warning."""


class Place(enum.IntEnum):
    """Where on their way goods meet a country. From a country: ORIGIN and DISPATCH; to it: DESTINATION."""

    ORIGIN = 0
    DISPATCH = 1
    TRANSSHIPMENT = 2
    DESTINATION = 3


class GoodsRule(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A rule for goods; `id` is its list's own for it.

    `hs`: how an HS code begins (2, 4, or 6 to 10 digits), empty for all goods. `goods`: which goods, in words.
    `places`: where one of `countries` (ISO 3166-1) has to stand; both are empty where goods are meant wherever they
    are from and go. `source` and `paragraph`: the resolution or law, and the place in it. `exemption`: in words.
    `since`, `until`: the first and the last business date on which it is in force, None where it has none.
    """

    id: str
    effect: Effect
    hs: str = ""
    goods: str
    places: tuple[Place, ...] = ()
    countries: tuple[Country, ...] = ()
    source: str
    paragraph: str
    exemption: str = ""
    since: datetime.date | None = None
    until: datetime.date | None = None

    @property
    def cited(self) -> str:
        """The resolution or law with its paragraph, such as `UNSCR 2397 (2017), paragraph 6`."""
        return f"{self.source}, paragraph {self.paragraph}"

    def is_in_force(self, date: datetime.date) -> bool:
        """Tell whether the rule holds on a business date."""
        return (self.since is None or self.since <= date) and (self.until is None or date <= self.until)


def is_hs_prefix(text: str) -> bool:
    """Tell whether an HS code of goods can begin so: a chapter, a heading, or 6 to 10 digits."""
    return _HS_PREFIX.fullmatch(text) is not None


def faults_of(rule: GoodsRule) -> list[str]:
    """Name each field that cannot be so, and why; an empty list when the rule is in order."""
    faults = [
        f"{name}: 1 to 70 characters that can be seen."
        for name in ("id", "source", "paragraph")
        if not is_text(getattr(rule, name))
    ]
    faults += [
        f"{name}: {least} to {MOST_WORDS} characters that can be seen."
        for name, least in (("goods", 1), ("exemption", 0))
        if not _are_words(getattr(rule, name), least)
    ]
    if rule.hs and not is_hs_prefix(rule.hs):
        faults.append(f"hs: {rule.hs[:12]!r} is no chapter, heading or code of 6 to 10 digits.")
    if bool(rule.places) != bool(rule.countries):
        faults.append("places: countries have places, and places countries.")
    if not rule.hs and not rule.countries:
        faults.append("hs: a rule names a code, countries, or both.")
    if list(rule.places) != sorted(set(rule.places)):
        faults.append("places: each once, in order: origin, dispatch, transshipment, destination.")
    if list(rule.countries) != sorted(set(rule.countries)) or len(rule.countries) > MOST_COUNTRIES:
        faults.append(f"countries: each once, in order, at most {MOST_COUNTRIES}.")
    unknown = next((each for each in rule.countries if not is_country(each)), None)
    if unknown is not None:
        faults.append(f"countries: {unknown[:8]!r} is no code of ISO 3166-1.")
    if rule.since is not None and rule.until is not None and rule.until < rule.since:
        faults.append("until: it is before since.")
    return faults


def _are_words(text: str, least: int) -> bool:
    """Tell whether a text is made of words that can be seen, one blank between two of them."""
    return least <= len(text) <= MOST_WORDS and (not text or all(map(is_text, text.split(" "))))


class RuleMet(msgspec.Struct, frozen=True, array_like=True):
    """A rule that a record meets: `<list>/<id>/<digest>`, what it then does, the first line, and its source."""

    entry: str
    effect: Effect
    line: int
    goods: str
    source: str
    paragraph: str


class GoodsFlagged(Event, frozen=True, tag=120):
    """Goods rules flag a trade record, the strictest first.

    Where one refuses or asks for review, nothing goes on of the `document` (SHA-256) between the `firms`, its
    seller and its buyer.
    """

    record: TradeRecordId
    document: bytes
    firms: tuple[Lei, Lei]
    met: tuple[RuleMet, ...]
