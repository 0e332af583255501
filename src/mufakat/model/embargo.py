"""Goods rules: which of them a trade record meets.

A line of goods meets a rule when its HS code begins as the rule says, and one of the rule's countries stands at
one of the rule's places on its way. A code that is less exact than the rule's may be one of its goods: such a
line meets a rule that refuses as one that asks for review. Where a record names no goods, only rules for all
goods can be met, by the countries of its route. Rule source: charter, trade; the UN Security Council's
resolutions.
"""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from mufakat.model.goods import Effect, GoodsRule, Place
from mufakat.model.trade import Country, TradeItem

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
    """Rules by how the HS codes of their goods begin."""

    def __init__(self) -> None:
        self._whole: Final[dict[str, list[GoodsRule]]] = {}
        self._longer: Final[dict[str, list[GoodsRule]]] = {}

    def add(self, rule: GoodsRule) -> None:
        self._whole.setdefault(rule.hs, []).append(rule)
        for digits in range(_LEAST_DIGITS, len(rule.hs)):
            self._longer.setdefault(rule.hs[:digits], []).append(rule)

    def of(self, code: str) -> Iterator[tuple[GoodsRule, bool]]:
        """Give each rule whose goods a code names, and each whose goods it may name: (rule, does)."""
        for digits in range(len(code) + 1):
            for rule in self._whole.get(code[:digits], ()):
                yield rule, True
        for rule in self._longer.get(code, ()):
            yield rule, False


class RuleBook:
    """The rules of one list, in its order, and an index of them that follows from it."""

    def __init__(self, rules: Sequence[GoodsRule]) -> None:
        self.rules: Final = tuple(rules)
        self._ranks: Final = {rule.id: rank for rank, rule in enumerate(rules)}
        self._codes: Final[dict[_Standing, _Codes]] = {}
        for rule in rules:
            standings = [(place, country) for country in rule.countries for place in rule.places]
            for standing in standings or (None,):
                self._codes.setdefault(standing, _Codes()).add(rule)

    def met_by(self, item: TradeItem, date: datetime.date) -> tuple[Met, ...]:
        """Return the rules in force on a business date that a record meets, the strictest first, each once."""
        route = self._at((None, *_route(item)))
        origins: dict[Country, list[_Codes]] = {}
        surely: dict[str, Met] = {}
        perhaps: dict[str, Met] = {}
        seen: set[tuple[str, Country]] = set()
        lines = [(line.hs_code, line.origin) for line in item.goods] or [("", Country(""))]
        for number, (code, origin) in enumerate(lines, start=1 if item.goods else 0):
            if (code, origin) in seen:
                continue
            seen.add((code, origin))
            if origin not in origins:
                origins[origin] = route + self._at(((Place.ORIGIN, origin),))
            for codes in origins[origin]:
                for rule, does in codes.of(code):
                    if rule.is_in_force(date):
                        (surely if does else perhaps).setdefault(rule.id, Met(rule, number, rule.effect))
        return tuple(sorted(_weighed(surely, perhaps), key=self._order))

    def _at(self, standings: Iterable[_Standing]) -> list[_Codes]:
        return [self._codes[standing] for standing in dict.fromkeys(standings) if standing in self._codes]

    def _order(self, met: Met) -> tuple[Effect, int]:
        return met.effect, self._ranks[met.rule.id]


def _route(item: TradeItem) -> Iterator[tuple[Place, Country]]:
    yield Place.DISPATCH, item.dispatch
    for country in item.transshipments:
        yield Place.TRANSSHIPMENT, country
    yield Place.DESTINATION, item.destination


def _weighed(surely: dict[str, Met], perhaps: dict[str, Met]) -> Iterator[Met]:
    """Give what is met, each rule once; one that may be met refuses nothing, and asks for review instead."""
    yield from surely.values()
    for name, (rule, line, effect) in perhaps.items():
        if name not in surely:
            yield Met(rule, line, max(effect, Effect.REVIEW))
