"""Tables, amounts and times of the terminal."""

from mufakat.console.grid import headed, moment, money, titled
from tests.union import NOON_US, charter


def test_a_titled_table_has_its_figures_after_its_texts_on_the_right():
    made = titled("Title", "text", right=("figure",))
    made.add_row("a", "1")
    assert [column.justify for column in made.columns] == ["left", "right"]
    assert [list(column.cells) for column in made.columns] == [["a"], ["1"]]
    assert made.title == "Title"


def test_a_table_without_a_title_keeps_its_order_and_its_figures_are_on_the_right():
    made = headed("amount", "name", right={"amount"})
    assert [(str(column.header), column.justify) for column in made.columns] == [
        ("amount", "right"),
        ("name", "left"),
    ]


def test_an_amount_has_the_decimals_of_its_currency_and_none_where_nobody_issues_it():
    assert money(charter(), -123_456, "IDR") == "-1,234.56"
    assert money(charter(), 1_234, "VND") == "1,234"
    assert money(charter(), 1_234, "JPY") == "1,234"


def test_log_time_is_written_to_the_second():
    assert moment(NOON_US + 1_999_999) == "2026-11-24 06:00:01"
