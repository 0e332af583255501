"""Goods rules: which of them a trade record meets.

A line of goods meets a rule when its HS code begins as the rule says, and one of the rule's countries stands at
one of the rule's places on its way. A code that is less exact than the rule's may be one of its goods: such a
line meets a rule that refuses as one that asks for review. Where a record names no goods, only rules for all
goods can be met, by the countries of its route. Rule source: charter, trade; the UN Security Council's
resolutions.
"""

import datetime
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from mufakat.model.country import Country
from mufakat.model.goods import Effect, GoodsRule, Place
from mufakat.model.trade import TradeItem

_Standing = tuple[Place, Country] | None
"""Where a country has to stand for a rule; None for rules that name no country."""
_LEAST_DIGITS: Final = 6
"""Of a code that a record may name."""


class Met(NamedTuple):
    """A rule that a record meets, the first line that does, and the effect that the rule then has.

    `line`: from 1; 0 where a record that names no goods meets the rule by its route.
    """

    rule: GoodsRule
    line: int
    effect: Effect

    def told_of(self, item: TradeItem) -> str:
        """Say of a record what meets which rule, and where that rule stands."""
        where = f"Line {self.line}, HS code {item.goods[self.line - 1].hs_code}" if self.line else "The route"
        return f"{where}: {self.rule.goods}; {self.rule.cited} (rule {self.rule.id})."


class _Codes:
    """Places of rules in a list, by how the HS codes of their goods begin."""

    def __init__(self) -> None:
        self._whole: Final[dict[str, list[int]]] = {}
        self._longer: Final[dict[str, list[int]]] = {}

    def add(self, hs: str, rank: int) -> None:
        self._whole.setdefault(hs, []).append(rank)
        for digits in range(_LEAST_DIGITS, len(hs)):
            self._longer.setdefault(hs[:digits], []).append(rank)

    def of(self, code: str) -> Iterator[tuple[int, bool]]:
        """Give each rule whose goods a code names, and each whose goods it may name: (place, does)."""
        for digits in range(len(code) + 1):
            for rank in self._whole.get(code[:digits], ()):
                yield rank, True
        for rank in self._longer.get(code, ()):
            yield rank, False


class RuleBook:
    """The rules of one list, in its order, and an index of them that follows from it."""

    def __init__(self, rules: Iterable[GoodsRule]) -> None:
        self.rules: Final = tuple(rules)
        self._codes: Final[dict[_Standing, _Codes]] = {}
        for rank, rule in enumerate(self.rules):
            standings = [(place, country) for country in rule.countries for place in rule.places]
            for standing in standings or (None,):
                self._codes.setdefault(standing, _Codes()).add(rule.hs, rank)

    def met_by(self, item: TradeItem, date: datetime.date) -> tuple[Met, ...]:
        """Return the rules in force on a business date that a record meets, the strictest first, each once."""
        route = self._at((None, *_route(item)))
        origins: dict[Country, list[_Codes]] = {}
        surely: dict[int, int] = {}
        perhaps: dict[int, int] = {}
        seen: set[tuple[str, Country]] = set()
        lines = [(line.hs_code, line.origin) for line in item.goods] or [("", Country(""))]
        for number, (code, origin) in enumerate(lines, start=1 if item.goods else 0):
            if (code, origin) in seen:
                continue
            seen.add((code, origin))
            if origin not in origins:
                origins[origin] = route + self._at(((Place.ORIGIN, origin),))
            for codes in origins[origin]:
                for rank, does in codes.of(code):
                    (surely if does else perhaps).setdefault(rank, number)
        ranks = sorted(surely.keys() | perhaps.keys())
        met = (self._met(rank, surely.get(rank), perhaps.get(rank)) for rank in ranks)
        return tuple(
            sorted((each for each in met if each.rule.is_in_force(date)), key=lambda each: each.effect)
        )

    def _met(self, rank: int, surely: int | None, perhaps: int | None) -> Met:
        """Say how a rule is met: by the line that surely is of its goods, else by the one that may be."""
        rule = self.rules[rank]
        if surely is not None:
            return Met(rule, surely, rule.effect)
        assert perhaps is not None, "a rule is met by a line"
        return Met(rule, perhaps, max(rule.effect, Effect.REVIEW))

    def _at(self, standings: Iterable[_Standing]) -> list[_Codes]:
        return [self._codes[standing] for standing in dict.fromkeys(standings) if standing in self._codes]


def _route(item: TradeItem) -> Iterator[tuple[Place, Country]]:
    yield Place.DISPATCH, item.dispatch
    for country in item.transshipments:
        yield Place.TRANSSHIPMENT, country
    yield Place.DESTINATION, item.destination
