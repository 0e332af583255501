from hypothesis import given
from hypothesis import strategies as st

from mufakat.core.lines import Line, Timetable
from mufakat.model.queueing import Priority
from tests.union import uetr

said = st.lists(st.tuples(st.sampled_from(Priority), st.integers(0, 30)), unique_by=lambda each: each[1])


@given(said, st.sets(st.integers(0, 30)))
def test_a_line_goes_by_priority_and_within_one_by_arrival(of, gone):
    line = Line()
    for priority, number in of:
        line.add(uetr(number), priority)
    for number in gone:
        line.remove(uetr(number))
    left = [(priority, uetr(number)) for priority, number in of if number not in gone]
    assert list(line) == [each for rank in reversed(Priority) for priority, each in left if priority is rank]
    assert len(line) == len(left)
    assert bool(line) == bool(left)
    assert line.foremost == max((priority for priority, _ in left), default=None)
    for priority in Priority:
        assert list(line.of(priority)) == [each for rank, each in left if rank is priority]
    assert all((uetr(number) in line) == (number not in gone) for _, number in of)


entries = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 50), st.booleans()), max_size=200)


@given(entries, st.lists(st.integers(0, 60), max_size=5))
def test_a_timetable_gives_what_is_due_in_order_once_and_nothing_that_was_dropped(of, times):
    table, known = Timetable(), {}
    for number, (which, at_us, dropped) in enumerate(of):
        if dropped:
            table.drop(uetr(which))
            known.pop(which, None)
        else:
            table.put(uetr(which), at_us, number)
            known[which] = (at_us, number)
    for until in times:
        due = sorted((when, which) for which, when in known.items() if when[0] <= until)
        assert table.take(until) == [uetr(which) for _, which in due]
        for _, which in due:
            del known[which]
        assert len(table) == len(known)
    assert table.take(0) == []


def test_what_was_noted_again_and_again_takes_no_room():
    table = Timetable()
    for number in range(10_000):
        table.put(uetr(1), 10_000 - number, number)
    assert len(table._heap) < 100
    assert table.take(1) == [uetr(1)]
