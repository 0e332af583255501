"""What bench screening says of a change of a list: what changed is asked of all, and all as if it were new."""

from mufakat.cli.rescreening import Rescreened, measure_rescreening, table
from tests.screening.lists import FIRM, PERSON, SHIP, small


def test_a_change_and_a_list_that_is_all_new_are_measured(tmp_path):
    people = tmp_path / "people.csv"
    people.write_text("full_name\nMuhammad Taher Anwari\nIngeborg Schneider\n", encoding="utf-8")
    told: dict[str, tuple[int, int]] = {}
    rows = measure_rescreening(
        [small(FIRM, SHIP)],
        [small(PERSON, FIRM, SHIP)],
        people,
        300,
        lambda what, *of: told.update({what: of}),
    )
    assert [(each.entries, each.customers) for each in rows] == [(1, 300), (3, 300)]
    assert 0 < rows[0].hits == rows[1].hits < 300
    assert all(each.cpu_seconds > 0 and each.seconds > 0 for each in rows)
    assert list(told.values()) == [(300, 300), (300, 300)]


def test_a_table_has_a_row_for_each_change():
    headings, rows = table([Rescreened("all entries new", 10_363, 1_000_000, 7, 301.26, 590.4)])
    assert rows == [["all entries new", "10,363", "1,000,000", "7", "301", "590"]]
    assert len(headings) == len(rows[0])
