"""What the charter and two members agree about swing credit: interest, charges, and the periodic settlement.

Shares and rates are basis points, rates for a year. Interest is counted in parts of a minor unit, so small that a
day's interest at either day count is a whole number of them: nothing is rounded before it is paid.
With `model.event` its events are all that changes a state. Rule source: charter, swing; the two members' terms.
"""

import datetime
from collections.abc import Sequence
from typing import Final

import msgspec

from mufakat.model.fact import Event
from mufakat.model.identifier import AccountId, Currency, MemberId
from mufakat.model.money import MAX_AMOUNT, Amount

FULL_BP: Final = 10_000
DAY_COUNTS: Final = {360: 73, 365: 72}
"""ACT/360 and ACT/365: days of a year, and how many of the parts below one basis point for one day makes."""
PARTS: Final = FULL_BP * 360 * 73
"""Parts of a minor unit in which interest is counted: 10,000 times the least common multiple of 360 and 365."""
MOST_TIERS: Final = 10
_MOST_RATE_BP: Final = 10_000
CHARGE_PARTS: Final = FULL_BP * FULL_BP * 360
"""Parts of a hundredth of the unit of account in which charges are counted: a share, a rate and a day of a year."""
MOST_POSITION: Final = 10**15
"""Ten trillion of the unit, in hundredths: a position is measured no further, and no quota goes beyond."""

Tiers = tuple[tuple[int, int], ...]
"""(up to which share of the limit, interest for a year), both in basis points: the last one is up to the limit."""


class Swing(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """How the union's members settle what they owe each other on swing lines.

    `settle_every_days`: what is drawn is settled at the first close so many days after the last time, or earlier
    when a quorum calls it; 0: never. `quotas`: member and its quota in hundredths of the unit of account, in turn,
    in order of member; who has none is not charged. `charge_tiers`: share of the quota, and charge for a year on
    what a surplus or deficit is above it, up to the second share; then share and charge from there; basis points.
    `currency_shares`, `line_shares`: how much of all that is drawn may be drawn in one currency, and on one line.
    Above the first share an alert is given, above the second nothing more is lent; basis points, 10,000: never.
    `concentration_floor`: hundredths of the unit; while less than that is drawn, shares are counted of that.
    """

    settle_every_days: int = 0
    quotas: tuple[str | int, ...] = ()
    charge_tiers: tuple[int, int, int, int] = (2_500, 100, 5_000, 200)
    currency_shares: tuple[int, int] = (FULL_BP, FULL_BP)
    line_shares: tuple[int, int] = (FULL_BP, FULL_BP)
    concentration_floor: int = 0

    @property
    def watches_concentration(self) -> bool:
        """Whether any share of what is drawn is too much."""
        return min(*self.currency_shares, *self.line_shares) < FULL_BP


def quotas_of(swing: Swing) -> dict[str, int]:
    """Return the quota of each member that has one, in hundredths of the unit, of a `Swing` without faults."""
    return {str(name): int(quota) for name, quota in zip(swing.quotas[::2], swing.quotas[1::2], strict=True)}


def faults_of_swing(swing: Swing, members: Sequence[str], *, has_unit: bool) -> list[str]:
    """Name all that is wrong with a `Swing`, given the members' identifiers and whether the charter has a unit."""
    first, low, second, high = swing.charge_tiers
    checks = (
        (0 <= swing.settle_every_days <= 366, "settle_every_days: 0 to 366"),
        (
            _are_quotas(swing.quotas, members),
            "quotas: a member and hundredths of the unit, in turn, in order of member",
        ),
        (
            not swing.quotas or swing.settle_every_days > 0,
            "quotas: charges are paid at the periodic settlement; set settle_every_days first",
        ),
        (
            0 <= first < second <= 10 * FULL_BP and 0 <= low <= high <= _MOST_RATE_BP,
            f"charge_tiers: share, rate, share, rate; the second ones not lower, rates to {_MOST_RATE_BP}",
        ),
        *(
            (0 < alert <= brake <= FULL_BP, f"{name}: alert and brake, 1 to {FULL_BP}, the brake not lower")
            for name, (alert, brake) in (
                ("currency_shares", swing.currency_shares),
                ("line_shares", swing.line_shares),
            )
        ),
        (
            0 <= swing.concentration_floor <= MOST_POSITION,
            f"concentration_floor: 0 to {MOST_POSITION} hundredths of the unit",
        ),
        (
            not swing.watches_concentration or (has_unit and swing.concentration_floor > 0),
            "concentration_floor: shares need one above 0, and a basket to measure it in",
        ),
    )
    return [f"rules.swing.{text}" for holds, text in checks if not holds]


def _are_quotas(quotas: tuple[str | int, ...], members: Sequence[str]) -> bool:
    named, amounts = quotas[::2], quotas[1::2]
    return (
        len(named) == len(amounts)
        and all(name in members for name in named)
        and all(isinstance(amount, int) and 0 < amount <= MOST_POSITION for amount in amounts)
        and list(named) == sorted({str(name) for name in named})
    )


def charge_of(total: int, days: int, quota: int, tiers: tuple[int, int, int, int]) -> int:
    """Return the charge for a period of `days`, in CHARGE_PARTS of a hundredth of the unit.

    `total`: the sum of a member's position times the days that it lasted; its average is charged above the shares
    of the quota, a surplus as much as a deficit. Without a quota there is no charge.
    """
    first, low, second, high = tiers
    if not quota:
        return 0
    position, lower, upper = abs(total) * FULL_BP, quota * first * days, quota * second * days
    return max(0, min(position, upper) - lower) * low + max(0, position - upper) * high


def most_more(part: int, whole: int, floor: int, brake_bp: int) -> int | None:
    """Return by how much `part` of `whole` may grow and be no more than a share of it; None: without end.

    What makes `part` grow makes `whole` grow alike. A `whole` below `floor` counts as that. All in one measure.
    """
    if brake_bp >= FULL_BP:
        return None
    of_floor = (brake_bp * floor - FULL_BP * part) // FULL_BP
    of_whole = (brake_bp * whole - FULL_BP * part) // (FULL_BP - brake_bp)
    return max(0, of_floor, of_whole)


def fault_of_terms(tiers: Tiers, day_count: int) -> str:
    """Return what is wrong with a line's terms, the field named, or an empty text."""
    if day_count not in DAY_COUNTS:
        return "day_count: 360 or 365."
    if len(tiers) > MOST_TIERS:
        return f"tiers: at most {MOST_TIERS}."
    before = 0
    for number, (upto, rate) in enumerate(tiers, start=1):
        if not before < upto <= FULL_BP:
            return f"tiers[{number}]: each goes further than the one before, and none beyond {FULL_BP}."
        if not 0 <= rate <= _MOST_RATE_BP:
            return f"tiers[{number}]: 0 to {_MOST_RATE_BP} basis points a year."
        before = upto
    return "" if before in {0, FULL_BP} else f"tiers: the last one goes up to {FULL_BP}, the whole limit."


def interest_of_a_day(drawn: int, limit: int, tiers: Tiers, day_count: int) -> int:
    """Return the interest of one day on `drawn` minor units, in PARTS of a minor unit.

    Each tier's rate counts for what is drawn inside the tier; where it ends is cut to a whole minor unit.
    """
    total = bottom = 0
    for upto, rate in tiers:
        top = limit * upto // FULL_BP
        total += max(0, min(drawn, top) - bottom) * rate
        bottom = top
    return int(total * DAY_COUNTS[day_count])


def split(parts: int) -> tuple[int, int]:
    """Return whole minor units and the parts that are left; no more whole ones than the ledger holds."""
    whole, left = divmod(parts, PARTS)
    return (whole, left) if whole < MAX_AMOUNT else (int(MAX_AMOUNT), 0)


class SwingTermsSet(Event, frozen=True, tag=72):
    """A line bears interest by these tiers from the next close on; see model.swing."""

    debtor: MemberId
    creditor: MemberId
    currency: Currency
    tiers: Tiers
    day_count: int


class SwingInterestAccrued(Event, frozen=True, tag=73):
    """What is owed of a line's interest at a close, and what each day until the next one adds.

    Whole minor units of the creditor's currency, and parts of one (model.swing.PARTS).
    """

    line: AccountId
    date: datetime.date
    owed: int
    rest: int
    day_owed: int
    day_rest: int


class SwingSettlementCalled(Event, frozen=True, tag=74):
    """A member called the periodic settlement; it does not happen before a quorum has."""

    member: MemberId
    date: datetime.date


Paid = tuple[Amount, Amount]
"""Of an amount paid on a line: what paid interest, and what paid back what was drawn."""


class SettledLine(msgspec.Struct, frozen=True, array_like=True):
    """How one line was settled, in minor units of the creditor's `currency`.

    `held`: from what the debtor held of that currency. `set_off`: against what others owed the debtor. `paid`: with
    `issued` minor units of the debtor's `own` currency.
    """

    debtor: MemberId
    creditor: MemberId
    currency: Currency
    held: Paid
    set_off: Paid
    paid: Paid
    own: Currency
    issued: Amount


class SwingSettled(Event, frozen=True, tag=75):
    """The periodic settlement of swing lines, final as a whole.

    `waiting`: lines left for a later close, because their creditor's or debtor's currency is closed on that date.
    """

    date: datetime.date
    lines: tuple[SettledLine, ...]
    waiting: tuple[AccountId, ...] = ()


class ConcentrationAlerted(Event, frozen=True, tag=78):
    """A cycle drew where much is drawn already: in one currency, or where there is a `debtor`, on its line alone.

    `drawn`: minor units of the currency. `value`, and `total` of all that is drawn: hundredths of the unit.
    `share_bp`: of the total, or of the charter's floor where that is more, rounded down.
    """

    cycle: int
    currency: Currency
    debtor: MemberId | None
    drawn: Amount
    value: int
    total: int
    share_bp: int


class SwingBraked(Event, frozen=True, tag=79):
    """So much more each member's line would have lent in a cycle, but for the brake; minor units."""

    cycle: int
    currency: Currency
    members: tuple[tuple[MemberId, Amount], ...]


class SwingPositionMeasured(Event, frozen=True, tag=76):
    """A member's net position on swing lines at a close: what others owe it less what it owes.

    `value`: hundredths of the unit, a deficit below zero; without fixings in force, as last measured. `total`: the
    sum of earlier values times their days since the last charge, over `days`.
    """

    member: MemberId
    date: datetime.date
    value: int
    total: int
    days: int


class SwingCharged(Event, frozen=True, tag=77):
    """A member paid the charge on its surplus or deficit into the common fund, in its own currency.

    `total` and `days` as in SwingPositionMeasured, of the whole period; `quota` in hundredths of the unit. `amount`
    minor units are issued to the fund; `rest` is carried on, in CHARGE_PARTS of a hundredth of the unit.
    """

    member: MemberId
    date: datetime.date
    total: int
    days: int
    quota: int
    currency: Currency
    amount: Amount
    rest: int


AnyLending = (
    SwingTermsSet
    | SwingInterestAccrued
    | SwingSettlementCalled
    | SwingSettled
    | SwingPositionMeasured
    | SwingCharged
    | ConcentrationAlerted
    | SwingBraked
)
