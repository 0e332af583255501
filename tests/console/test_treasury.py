"""What members and banks did on a day, from a history in which all of it happened, and as the page shows it."""

import re

import pytest

from mufakat.console.report import CurrencyRow, DayReport, render_report
from mufakat.console.treasury import Treasury, treasury
from tests.projections.conftest import everything, folded
from tests.strategies import play, world


@pytest.fixture(scope="module")
def busy():
    union = world()
    play(union, list(everything()))
    return union, folded(union).sql


def days(sql):
    return [date for (date,) in sql.execute("SELECT DISTINCT date FROM day ORDER BY date")]


def test_each_days_figures_are_those_of_the_views(busy):
    union, sql = busy
    found = {date: treasury(sql, union.state.charter, date) for date in days(sql)}
    exchanged = sum(row.count for each in found.values() for row in each.exchanges)
    assert exchanged == len(union.state.exchanges)
    paid = {row.sells: row.paid for each in found.values() for row in each.exchanges}
    assert paid and all(amount > 0 for amount in paid.values())
    certified = [row for each in found.values() for row in each.certified]
    assert [row.cycle for row in certified] == list(range(1, union.state.cycle + 1))
    assert any(row.attested for row in certified) and not all(row.attested for row in certified)
    for row in certified:
        record = next(each for each in union.state.attestations.records() if each.cycle == row.cycle)
        assert (row.root, row.certificates, row.signers) == (record.root.hex(), record.leaves, record.signers)
    assert any(row.outliers for each in found.values() for row in each.fixings)
    assert any(row.short for each in found.values() for row in each.coverage)


def test_a_day_without_any_of_it_is_empty_and_its_page_says_so(busy):
    union, sql = busy
    empty = treasury(sql, union.state.charter, "2020-01-01")
    assert (empty.fixings, empty.exchanges, empty.certified, empty.coverage) == ((), (), (), ())
    page = text(DayReport("U", union.state.day.date, treasury=empty))
    assert "No cycle was certified on this day." in page
    assert "The members agreed on no fixings on this day." in page
    assert "nobody owed anything on a swing line" in page


def test_the_page_shows_each_figure(busy):
    union, sql = busy
    currencies = tuple(
        CurrencyRow(currency=m.currency, decimals=m.decimals) for m in union.state.charter.members
    )
    seen = Treasury()
    for date in days(sql):
        told = treasury(sql, union.state.charter, date)
        page = text(DayReport("U", union.state.day.date, currencies=currencies, treasury=told))
        for row in told.certified:
            assert row.root[:16] in page
        for fixing in told.fixings:
            assert fixing.rate in page
        for cover in told.coverage:
            assert " and ".join(cover.parties) in page
        seen = told if told.exchanges else seen
    assert seen.exchanges


def text(report):
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", render_report(report)))
