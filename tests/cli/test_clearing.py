import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.cli.clearing import solve, solve_across
from mufakat.cli.terminal import Failed
from mufakat.messages.debts import read_debts
from mufakat.messages.terms import NO_TERMS, Terms, read_terms

PAIRS = st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda pair: pair[0] != pair[1])
ROWS = st.lists(
    st.tuples(PAIRS, st.integers(1, 60), st.sampled_from(("IDR", "VND")), st.sampled_from(("", "yes"))),
    min_size=1,
    max_size=20,
)
FIRMS = st.integers(0, 5).map(str)
ASKED = st.builds(
    Terms,
    st.dictionaries(st.tuples(FIRMS, st.sampled_from(("", "IDR"))), st.integers(0, 9), max_size=2),
    st.dictionaries(st.tuples(FIRMS, st.sampled_from(("", "VND"))), st.integers(0, 90), max_size=2),
    st.frozensets(st.tuples(FIRMS, FIRMS, st.sampled_from(("", "IDR"))), max_size=2),
    st.frozensets(st.tuples(FIRMS, st.just("")), max_size=1),
)


def read(rows):
    lines = [f"{number},{a},{b},{amount},{code},{whole}" for number, (a, b), amount, code, whole in rows]
    text = "id,debtor,creditor,amount,currency,indivisible\n" + "\n".join(lines) + "\n"
    return read_debts(io.StringIO(text, newline=""), 0, lambda rows: None)


def quiet(*_):
    """Tell nobody."""


def numbered(rows):
    return [(number, *row) for number, row in enumerate(rows)]


def known(debts, terms):
    """The terms of firms that owe or are owed here."""

    def here(of):
        return {key: value for key, value in of.items() if key[0] in debts.firms}

    apart = frozenset(each for each in terms.apart if {each[0], each[1]} <= set(debts.firms))
    home = frozenset(each for each in terms.at_home if each[0] in debts.firms)
    return Terms(here(terms.least), here(terms.most), apart, home)


def cleared(rows, terms):
    debts = read(rows)
    found, solved = solve(debts, known(debts, terms), quiet)
    prices = {code: price for code, price in (("IDR", 7), ("VND", 10)) if code in debts.codes}
    return debts, solve_across(debts, found, prices)[0], solved


def strictest(of, firm, code, choose):
    said = [value for key, value in of.items() if key in {(firm, ""), (firm, code)}]
    return choose(said) if said else None


@settings(deadline=None, max_examples=80)
@given(ROWS, ASKED)
def test_what_firms_ask_for_holds_for_both_parts_of_a_set_off(rows, terms):
    debts, found, solved = cleared(numbered(rows), terms)
    passed: dict[tuple[str, str, str], int] = {}
    for ((a, b), amount, code, whole), each, across in zip(rows, found.all, found.across, strict=True):
        firms = str(a), str(b)
        least = max(strictest(terms.least, firm, code, max) or 0 for firm in firms)
        assert 0 <= each <= max(0, amount - least)
        assert not whole or (each in {0, amount} and not across)
        wanted = {(firms, ""), (firms, code), (firms[::-1], ""), (firms[::-1], code)}
        if any(((x, y), of) in wanted for x, y, of in terms.apart):
            assert each == 0
        if any((firm, "") in terms.at_home for firm in firms):
            assert across == 0
        for side, firm in zip(("owes", "is owed"), firms, strict=True):
            passed[side, firm, code] = passed.get((side, firm, code), 0) + each
    for (_, firm, code), total in passed.items():
        most = strictest(terms.most, firm, code, min)
        assert most is None or total <= most
    free = solve(debts, NO_TERMS, quiet)[1]
    for each, other in zip(solved, free, strict=True):
        assert each.figures.cleared <= each.bound <= other.bound


@settings(deadline=None, max_examples=40)
@given(ROWS, ASKED, st.randoms(use_true_random=False))
def test_the_order_of_rows_decides_nothing_under_any_terms(rows, terms, random):
    first = numbered(rows)
    mixed = random.sample(first, len(first))
    once, again = cleared(first, terms)[1], cleared(mixed, terms)[1]
    places = [number for number, *_ in mixed]
    for one, other in zip(once, again, strict=True):
        assert one[places].tolist() == other.tolist()


def test_with_a_limit_half_the_range_is_the_most():
    debts = read([(0, ("a", "b"), 2**62, "IDR", ""), (1, ("b", "a"), 5, "IDR", "")])
    terms = read_terms(io.StringIO("firm,most\na,3\n", newline=""), 0, debts)
    with pytest.raises(Failed, match=r"with limits the debts add up to 2\^62 - 1 at most"):
        solve(debts, terms, quiet)
    assert np.array_equal(solve(debts, NO_TERMS, quiet)[0].own, [5, 5])
