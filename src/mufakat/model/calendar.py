"""The union's business calendar: when it opens, and which currencies settle on a date.

A currency settles on a date when its issuer works that day: not on Saturday or Sunday, and not on a
holiday that the issuer's entry in the charter names. The union opens when at least one currency does.
"""

import datetime
import enum

import msgspec


class Phase(enum.IntEnum):
    """Phase of the business day; it moves in this order and then starts again on a later date."""

    CLOSED = 0
    OPEN = 1
    CUT_OFF = 2


class BusinessDay(msgspec.Struct, frozen=True, array_like=True):
    """The business date in force and its phase. The date moves by members' declarations, not by a clock."""

    date: datetime.date
    phase: Phase


def works(date: datetime.date, holidays: tuple[datetime.date, ...]) -> bool:
    """Tell whether an issuer with these holidays settles its currency on `date`."""
    return date.weekday() < 5 and date not in holidays
