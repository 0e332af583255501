"""Records of what members say to each other: declarations, fixings, and what follows from swing lines."""

import datetime
from typing import Final

from mufakat.core.commitment import Record
from mufakat.model.identifier import AccountId, Currency, MemberId
from mufakat.model.swing import Tiers


class Declaration(Record, frozen=True):
    """One member's word that the day enters a phase, or that a cycle is to run."""

    member: MemberId
    what: str


_KINDS_OF_DECLARATION: Final = ("cycle", "default", "swing")


def declaration_key(member: str, what: str) -> str:
    """Return the key of a member's latest word of a kind: a phase, a cycle, a default, a settlement of swing."""
    kind = what.partition(" ")[0]
    return f"{member}/{kind if kind in _KINDS_OF_DECLARATION else 'phase'}"


class Submission(Record, frozen=True):
    """The rates that a member last submitted; parts of 10^-9 of the numeraire for one major unit."""

    member: MemberId
    date: datetime.date
    rates: tuple[tuple[Currency, int], ...]


class FixedRate(Record, frozen=True):
    """The latest fixing of a currency: its rate, as in Submission, and its date."""

    currency: Currency
    rate: int
    date: datetime.date


class SwingTerms(Record, frozen=True):
    """The interest of a swing line that both members signed; see model.swing."""

    line: AccountId
    tiers: Tiers
    day_count: int


class Interest(Record, frozen=True):
    """What is owed of a line's interest as of the close of `since`, and what each day from then on adds to it.

    Whole minor units of the creditor's currency, and parts of one (model.swing.PARTS).
    """

    line: AccountId
    since: datetime.date
    owed: int
    rest: int
    day_owed: int
    day_rest: int


class Position(Record, frozen=True):
    """A member's net position on swing lines at the close of `since`, and what was counted since the last charge.

    `value`: hundredths of the unit, a deficit below zero. `total`: the sum of values times days, over `days`.
    `rest`: of charges, below a minor unit (model.swing.CHARGE_PARTS). `charged`: all that it paid, minor units.
    """

    member: MemberId
    since: datetime.date
    value: int = 0
    total: int = 0
    days: int = 0
    rest: int = 0
    charged: int = 0
