"""What goods rules and usual prices say of trade documents and records, before anybody registers them.

Nothing of a union is asked: which codes and countries are there, which rules are met, and which prices stand out.
Rule source: charter, trade.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from mufakat.gateway.prices import Price, odd, prices_of
from mufakat.gateway.trade_record import goods_of, has_goods
from mufakat.messages.amount import is_plain
from mufakat.messages.fault import Fault
from mufakat.messages.rules.money import DECIMALS
from mufakat.messages.trade.document import TradeDocument
from mufakat.messages.trade.reading import read_trade_document
from mufakat.model.embargo import Met, RuleBook
from mufakat.model.goods import Effect
from mufakat.model.refusal import Refusal
from mufakat.model.trade import TradeItem, is_hs_code
from mufakat.screening.prices import Goods, Usual, priced


class Line(NamedTuple):
    """What is said of a line, and where it is in the file, where that is known."""

    at: int | None
    text: str


class Checked(NamedTuple):
    """What is said of a record with `lines` of goods.

    `faults`: for what no rule can be looked up. `met`: rules, the strictest first. `prices`: those that stand out.
    """

    record: str
    lines: int
    faults: tuple[Line, ...]
    met: tuple[tuple[Met, Line], ...] = ()
    prices: tuple[Line, ...] = ()

    @property
    def verdict(self) -> str:
        """The strictest of what is said: refuse, review, unknown, watch, clear."""
        strictest = self.met[0][0].effect if self.met else None
        if strictest in (Effect.REFUSE, Effect.REVIEW):
            return strictest.name.lower()
        return "unknown" if self.faults else "clear" if strictest is None else "watch"

    @property
    def passes(self) -> bool:
        """Whether no rule would keep the record from being registered."""
        return self.verdict in {"clear", "watch"}


class Against(NamedTuple):
    """What records are held against: lists of rules, on a day, and what goods usually cost."""

    books: Sequence[RuleBook]
    day: datetime.date
    usual: Mapping[Goods, Usual]


def unread(text: str, line: int | None = None) -> Checked:
    """Say of a file that it was not read, and why."""
    return Checked("", 0, (Line(line, text),))


def check_document(data: bytes, against: Against) -> Checked:
    """Read a trade document and hold its goods against the rules."""
    document = read_trade_document(data)
    if isinstance(document, Fault):
        return unread(document.text, document.line)
    item = goods_of(document, data)
    if isinstance(item, Refusal):
        return unread(item.text)
    if not has_goods(document):
        return unread("It names no goods by their HS codes, by which rules are looked up.")
    return _checked(item, [line.line for line in document.lines], tuple(_prices_in(document, item)), against)


def check_item(item: TradeItem, against: Against) -> Checked:
    """Hold the goods of a trade record against the rules."""
    return _checked(item, (), tuple(prices_of(item.goods, item.currency, DECIMALS)), against)


def _checked(item: TradeItem, lines: Sequence[int], prices: Sequence[Price], against: Against) -> Checked:
    """Hold one record against the rules. `lines`: where in the file each line of goods is, where that is known."""

    def placed(number: int, text: str) -> Line:
        return Line(lines[number - 1] if number and lines else None, text)

    met = [each for book in against.books for each in book.met_by(item, against.day)]
    met.sort(key=lambda each: each.effect)
    return Checked(
        item.id,
        len(item.goods),
        tuple(placed(*each) for each in _missing(item)),
        tuple((each, placed(each.line, each.told_of(item))) for each in met),
        tuple(placed(*each) for each in odd(prices, against.usual)),
    )


def _missing(item: TradeItem) -> Iterator[tuple[int, str]]:
    """Name the codes and countries that a record of goods has to say and does not."""
    for number, line in enumerate(item.goods, start=1):
        if not is_hs_code(line.hs_code):
            yield number, f"Line {number} has no HS code of 6 to 10 digits: {line.hs_code[:12]!r}."
        if not line.origin:
            yield number, f"Line {number} does not say which country its goods are from."
    if item.goods and not item.dispatch:
        yield 0, "It does not say from which country the goods are sent."
    if item.goods and not item.destination:
        yield 0, "It does not say to which country the goods go."


def _prices_in(document: TradeDocument, item: TradeItem) -> Iterator[Price]:
    """Give the price of each line of a document; a record made of it keeps neither amounts nor quantities."""
    for number, (line, goods) in enumerate(zip(document.lines, item.goods, strict=True), start=1):
        if line.amount is not None and is_plain(line.amount):
            quantity = f"{line.quantity} {line.unit}"
            found = priced(goods.hs_code, document.currency, Fraction(line.amount), quantity)
            if found is not None:
                yield number, *found
