import io

import numpy as np
import pytest

from mufakat.console.setoff import MOST_DRAWN, Figures, page, share, table
from mufakat.messages.debts import read_debts


def debts(rows):
    text = "debtor,creditor,amount,currency\n" + "".join(f"{row}\n" for row in rows)
    return read_debts(io.StringIO(text), 0, lambda _: None)


def test_the_page_draws_each_currency_before_and_after():
    made = page(debts(["a,b,5,IDR", "b,a,3,IDR", "a,c,2,VND"]), np.array([3, 3, 0]), 0)
    assert made.count("<svg") == 4
    assert "IDR 8 owed, 6 cleared (75.0 %), 2 left" in made
    assert "1 owes 2 IDR 5" in made and "1 owes 2 IDR 2" in made and "<b>1</b> a" in made
    assert "http" not in made.replace("http-equiv", "")


def test_the_firms_with_the_largest_debts_are_drawn_and_the_rest_is_one():
    rows = [f"firm {n:02},hub,{100 - n},IDR" for n in range(30)] + ["firm 28,firm 29,1,IDR"]
    made = page(debts(rows), np.zeros(31, np.int64), 0)
    assert made.count("rest owes 1 IDR 1,793") >= 2
    assert "firm 07" in made and "firm 08" not in made
    assert f"The {MOST_DRAWN} firms" in made


def test_names_are_text_and_never_markup():
    made = page(debts(["<script>x</script>,b,5,IDR"]), np.array([0]), 0)
    assert "<script>" not in made


@pytest.mark.parametrize(("part", "whole", "text"), [(1, 3, "33.3 %"), (0, 5, "0.0 %"), (5, 5, "100.0 %")])
def test_a_share_is_rounded_down(part, whole, text):
    assert share(part, whole) == text


def test_the_table_has_a_row_for_each_currency():
    assert table([Figures("IDR", 2, 10, 4, 0.1), Figures("", 1, 1, 0, 0.0)], 2).row_count == 2
