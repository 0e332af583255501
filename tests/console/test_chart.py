"""Bars and the curve of the queue."""

from hypothesis import given
from hypothesis import strategies as st

from mufakat.console.chart import QueuePoint, bar, queue_chart


@given(st.lists(st.integers(0, 2**62), max_size=6), st.integers(0, 2**64))
def test_parts_of_a_bar_lie_end_to_end_and_never_leave_it(amounts, whole):
    segments = bar(*((f"k{n}", amount) for n, amount in enumerate(amounts)), whole=whole)

    place = 0
    for segment in segments:
        assert segment.x == place
        place += segment.width
    assert place <= 10_000
    if sum(amounts) >= max(whole, 1):
        assert place == 10_000


def test_a_bar_is_in_proportion_and_leaves_out_empty_parts():
    assert bar(("a", 1), ("b", 0), ("c", 2), whole=4) == (("a", 0, 2500), ("c", 2500, 5000))


def test_a_queue_that_was_always_empty_has_no_chart():
    assert queue_chart(()) is None
    assert queue_chart((QueuePoint(0, "08:00", 0), QueuePoint(60, "09:00", 0))) is None


def test_the_queue_holds_each_level_until_the_next_point():
    chart = queue_chart((QueuePoint(0, "08:00", 0), QueuePoint(60, "09:00", 10), QueuePoint(120, "10:00", 5)))

    assert chart.line == "M52.0,222.0H370.0V16.0H688.0V119.0H688.0"
    assert (chart.peak.label, chart.last.waiting) == ("09:00", 5)
    assert [tick.label for tick in chart.levels] == ["0", "2", "4", "6", "8", "10"]
    assert [tick.label for tick in chart.hours][::4] == ["08:00", "09:00", "10:00"]


def test_hours_are_round_even_when_the_day_opens_at_an_odd_minute():
    chart = queue_chart((QueuePoint(0, "07:45", 3), QueuePoint(500, "16:05", 1)), ("07:00", "12:00"))

    assert [tick.label for tick in chart.hours][:2] == ["08:00", "09:00"]
    assert [tick.label for tick in chart.cycles] == ["12:00"]


def test_one_point_and_a_very_long_day_are_drawn():
    assert queue_chart((QueuePoint(0, "08:00", 1),)).hours
    long = queue_chart((QueuePoint(0, "00:00", 1), QueuePoint(9000, "06:00", 10**9)))
    assert len(long.hours) <= 10
    assert len(long.levels) <= 6
