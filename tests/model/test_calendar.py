import datetime

import pytest

from mufakat.model.calendar import BusinessDay, Phase, works
from tests.union import HOLIDAY, MONDAY, TUESDAY


@pytest.mark.parametrize(
    ("date", "open_"),
    [
        (MONDAY, True),
        (TUESDAY, True),
        (HOLIDAY, False),
        (datetime.date(2026, 11, 27), True),
        (datetime.date(2026, 11, 28), False),
        (datetime.date(2026, 11, 29), False),
    ],
)
def test_an_issuer_works_on_weekdays_that_are_no_holidays(date, open_):
    assert works(date, (HOLIDAY,)) is open_


def test_phases_have_their_order():
    assert sorted(Phase) == [Phase.CLOSED, Phase.OPEN, Phase.CUT_OFF]
    assert BusinessDay(MONDAY, Phase.OPEN) != BusinessDay(TUESDAY, Phase.OPEN)
