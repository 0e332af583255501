"""Concentration: how much of all swing credit is drawn in one currency and on one line, and what holds it back.

What is drawn is measured at the fixings in force. Above the charter's first share of the whole, a cycle that draws
gives an alert; above its second nothing more is lent in that currency, or on that line, until others have drawn or
something is paid back there. While the whole is less than the charter's floor, shares are counted of the floor: the
first draw is always all there is. What is drawn in a currency without a fixing in force counts for nothing, which
makes the shares of the others greater. There, and everywhere where the unit has no price, the limits of the lines
hold alone. Rule source: charter, swing; PFMI principle 4, key consideration 3 (concentration).
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from mufakat.core import fixing
from mufakat.core.accounts import swing_account
from mufakat.core.decision import Events
from mufakat.core.standing import present
from mufakat.core.state import State
from mufakat.model import basket
from mufakat.model.identifier import Currency, MemberId
from mufakat.model.money import MAX_AMOUNT, Amount
from mufakat.model.swing import FULL_BP, ConcentrationAlerted, most_more

Drawn = Mapping[tuple[Currency, MemberId], Amount]
"""What each debtor owes on its line in each currency, minor units; none at zero."""


class Headroom(NamedTuple):
    """What lines may lend more in one currency, minor units: all of them together, and each debtor's own.

    A debtor that is not named may draw `line`.
    """

    together: Amount
    line: Amount
    lines: Mapping[MemberId, Amount]


_FREE: Final = Headroom(MAX_AMOUNT, MAX_AMOUNT, {})


def drawn(state: State) -> Drawn:
    """Return what is drawn on swing lines."""
    members = present(state)
    found: dict[tuple[Currency, MemberId], Amount] = {}
    for creditor in members:
        for debtor in members:
            line = state.accounts.get(swing_account(debtor.id, creditor.currency))
            if line is not None and line.balance:
                found[creditor.currency, debtor.id] = Amount(-line.balance)
    return found


def headroom(state: State, currency: Currency) -> Headroom:
    """Return what the brake lets lines lend in a currency now."""
    rules = state.charter.rules.swing
    measured = _Measured.now(state)
    if measured is None or currency not in measured.prices:
        return _FREE
    price = measured.prices[currency]

    def more(part: int, brake_bp: int) -> Amount:
        worth = most_more(part, measured.total, measured.floor, brake_bp)
        return MAX_AMOUNT if worth is None else Amount(min(worth // price, MAX_AMOUNT))

    lines = {
        debtor: more(amount * price, rules.line_shares[1])
        for (each, debtor), amount in measured.drawn.items()
        if each == currency
    }
    together = more(measured.in_currency(currency) * price, rules.currency_shares[1])
    return Headroom(together, more(0, rules.line_shares[1]), lines)


def alert(state: State, cycle: int, before: Drawn) -> Events:
    """Tell where a cycle, before which `before` was drawn, drew above an alert; in order of currency and debtor."""
    rules = state.charter.rules.swing
    measured = _Measured.now(state)
    if measured is None:
        return
    for currency in sorted({currency for currency, _ in measured.drawn}):
        lines = {debtor: amount for (each, debtor), amount in measured.drawn.items() if each == currency}
        grown = [debtor for debtor in sorted(lines) if lines[debtor] > before.get((currency, debtor), 0)]
        parts: list[tuple[MemberId | None, Amount, int]] = [
            (debtor, lines[debtor], rules.line_shares[0]) for debtor in grown
        ]
        if grown:
            parts.insert(0, (None, measured.in_currency(currency), rules.currency_shares[0]))
        for debtor, amount, alert_bp in parts:
            worth = amount * measured.prices[currency]
            share = measured.share(worth)
            if share > alert_bp:
                value, total = measured.value(worth), measured.value(measured.total)
                told = Amount(min(amount, MAX_AMOUNT))
                yield ConcentrationAlerted(cycle, currency, debtor, told, value, total, share)


class _Measured(NamedTuple):
    """What is drawn, and what it is worth, in parts of 10^-13 of the numeraire as all prices here."""

    drawn: Drawn
    prices: Mapping[Currency, int]
    unit: int
    floor: int
    total: int

    @classmethod
    def now(cls, state: State) -> "_Measured | None":
        """Measure all that is drawn; None where the charter watches no shares, or the unit has no price."""
        return cls.of(state, drawn(state)) if state.charter.rules.swing.watches_concentration else None

    @classmethod
    def of(cls, state: State, drawn: Drawn) -> "_Measured | None":
        """Measure what has a price; None where the unit has none."""
        prices = fixing.prices(state)
        unit = basket.unit_price(state.charter.rules.fixing, prices)
        if unit is None:
            return None
        drawn = {each: amount for each, amount in drawn.items() if each[0] in prices}
        floor = state.charter.rules.swing.concentration_floor * unit // 10**basket.UNIT_DECIMALS
        total = sum(amount * prices[currency] for (currency, _), amount in drawn.items())
        return cls(drawn, prices, unit, floor, total)

    def in_currency(self, currency: Currency) -> Amount:
        """Return all that is drawn in a currency, minor units."""
        return Amount(sum(amount for (each, _), amount in self.drawn.items() if each == currency))

    def share(self, part: int) -> int:
        """Return a part's share in basis points, rounded down."""
        return part * FULL_BP // max(self.total, self.floor, 1)

    def value(self, worth: int) -> int:
        """Return a worth in hundredths of the unit, no more than the wire holds."""
        return min(basket.value_at(worth, 1, self.unit), MAX_AMOUNT)
