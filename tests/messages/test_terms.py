import io

import numpy as np
import pytest

from mufakat.messages.debts import DebtsFaulty, read_debts
from mufakat.messages.terms import NO_TERMS, bounds, read_fixings, read_terms

DEBTS = (
    "debtor,creditor,amount,currency,indivisible\n"
    'a,b,100,IDR,\nb,a,90,IDR,yes\n"c, d",a,50,VND,no\na,"c, d",7,IDR,\n'
)


def text(said):
    return io.StringIO(said, newline="")


def debts(said=DEBTS):
    return read_debts(text(said), 0, lambda rows: None)


def asked(said, of=None):
    return read_terms(text(said), 0, of or debts())


def laid_out(said, number=0):
    of = debts()
    rows = np.flatnonzero(of.currencies == number)
    return bounds(asked(said, of), of, number, rows)


def test_without_terms_all_is_offered_and_nobody_has_a_limit():
    of = debts()
    made = bounds(NO_TERMS, of, 0, np.arange(3))
    assert of.wholes.tolist() == [False, True, False, False]
    assert (made.limits.tolist(), made.home.tolist()) == ([-1, -1, -1], [False] * 3)


def test_what_a_firm_asks_for_in_a_currency_or_in_all_is_taken_at_its_strictest():
    made = laid_out("firm,currency,least_residual,most\na,IDR,5,80\na,,9,\na,VND,50,\nb,,,70\na,IDR,,90\n")
    assert made.offered.tolist() == [91, 0, 0]
    assert made.limits.tolist() == [80, 70, -1]


def test_firms_that_stay_apart_do_so_in_both_directions():
    assert laid_out('firm,not_with\n"c, d",a\n').offered.tolist() == [100, 90, 0]
    assert laid_out("firm,currency,not_with\na,VND,b\n").offered.tolist() == [100, 90, 7]


def test_what_stays_at_home_is_told_by_debt():
    assert laid_out("firm,across\nb,no\n").home.tolist() == [True, True, False]
    assert laid_out("firm,currency,across\nb,VND,no\na,,yes\n").home.tolist() == [False] * 3


def test_of_what_is_indivisible_all_or_nothing_is_offered():
    assert laid_out("firm,least_residual\nb,1\n").offered.tolist() == [99, 0, 7]


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("currency,most\n", "line 1: column firm is missing"),
        ("firm,most,most\n", "line 1: column most stands twice"),
        ("firm,most\nx,1\n", "line 2: firm: 'x' neither owes nor is owed"),
        ("firm,most\n,1\n", "line 2: firm: is empty"),
        ("firm,most\na,-1\n", "line 2: most: '-1' is not a plain|line 2: most: '-1' is not a positive"),
        ("firm,least_residual\na,1.5\n", "line 2: least_residual: '1.5'"),
        ("firm,currency,most\na,XXX,1\n", "line 2: currency: no debt is in 'XXX'"),
        ("firm,not_with\na,z\n", "line 2: not_with: 'z' neither owes nor is owed"),
        ("firm,across\na,maybe\n", "line 2: across: 'maybe' is not yes or no"),
        ("firm,most\na,1,2\n", "line 2: the row has 3 cells, the header 2"),
    ],
)
def test_terms_that_cannot_be_are_refused_by_line_and_field(said, fault):
    with pytest.raises(DebtsFaulty, match=fault):
        asked(said)


def test_a_limit_of_nothing_is_a_limit():
    assert asked("firm,most\na,0\n").most == {("a", ""): 0}


def test_rows_that_are_wrong_are_told_together_up_to_twenty():
    with pytest.raises(DebtsFaulty) as caught:
        asked("firm,most\n" + "x,1\n" * 30)
    assert str(caught.value).count("neither owes") == 20


def test_fixings_become_whole_points_of_one_kind():
    said = text("currency,rate\nIDR,0.0000613\nVND,0.00004000\n")
    assert read_fixings(said, debts()) == {"IDR": 613, "VND": 400}


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("currency\n", "column rate is missing"),
        ("currency,rate\nIDR,1\n", "no rate for VND"),
        ("currency,rate\nIDR,1\nIDR,2\n", "line 3: currency: IDR has a rate already"),
        ("currency,rate\nXXX,1\n", "line 2: currency: no debt is in 'XXX'"),
        ("currency,rate\nIDR,0.00\n", "line 2: rate: '0.00' is not a positive decimal"),
        ("currency,rate\nIDR,1e3\n", "line 2: rate: '1e3'"),
        ("currency,rate\nIDR,0.12345678901\n", "line 2: rate: '0.12345678901'"),
        ("currency,rate\nIDR\n", "line 2: the row has 1 cells"),
    ],
)
def test_fixings_that_cannot_be_are_refused_by_line_and_field(said, fault):
    with pytest.raises(DebtsFaulty, match=fault):
        read_fixings(text(said), debts())


def test_debts_without_a_currency_have_no_rate():
    with pytest.raises(DebtsFaulty, match="no debt is in ''"):
        read_fixings(text("currency,rate\n,1\n"), debts("debtor,creditor,amount\na,b,1\n"))


def test_what_is_neither_yes_nor_no_is_refused():
    with pytest.raises(DebtsFaulty, match="line 2: indivisible: 'x' is not yes or no"):
        debts("debtor,creditor,amount,indivisible\na,b,1,x\n")
