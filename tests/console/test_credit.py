"""What the terminal shows of fixings, the unit of account and swing credit."""

from contextlib import closing

import pytest

from mufakat.console import credit as pages
from mufakat.model import command as c
from mufakat.projections import fixings as views
from mufakat.projections import swing
from tests.console.test_tables import lines
from tests.core.test_charge import lasting
from tests.core.test_fixing import agreed, rates, world
from tests.core.test_periodic import owing, settle
from tests.projections.conftest import folded
from tests.union import TUESDAY

DAY = TUESDAY.isoformat()


@pytest.fixture
def union():
    made = world()
    made.must("QM", c.SubmitFixings(TUESDAY, rates()))
    made.must("QN", c.SubmitFixings(TUESDAY, rates(MYR=200_000_000)))
    made.must("QO", c.SubmitFixings(TUESDAY, rates()))
    return made


def shown(union, draw):
    with closing(folded(union)) as made:
        return lines(draw(made.sql))


def test_fixings_are_shown_as_decimals(union):
    rows = shown(union, lambda sql: pages.fixings(views.fixings(sql, DAY)))
    assert [DAY, "IDR", "0.000045000", f"{len(union.log):,}"] in rows


def test_a_submission_too_far_off_is_named(union):
    rows = shown(union, lambda sql: pages.submissions(views.submissions(sql, DAY)))
    assert ["MYR", "QN", "0.200000000", "outlier"] in rows
    assert ["MYR", "QM", "0.170000000"] in rows


def test_the_unit_shows_its_basket_and_its_worth(union):
    charter = union.state.charter
    rows = shown(union, lambda sql: pages.unit(charter, views.unit(sql, charter, DAY)))
    assert ["IDR", "8,000.00", "16,233.33", "0.000045000", DAY] in rows
    assert ["VND", "13,000", "25,631", "0.000028500", DAY] in rows
    assert any(row[:1] == ["MYR"] and len(row) == 4 for row in rows)


def test_without_fixings_the_unit_shows_its_basket_alone():
    charter = world().state.charter
    rows = shown(world(), lambda sql: pages.unit(charter, views.unit(sql, charter, DAY)))
    assert ["IDR", "8,000.00"] in rows


def test_lines_reserves_and_settlements_are_shown_with_their_amounts():
    union = owing(("QN", "QM", 72_000), ("QO", "QM", 500))
    union.must("QM", c.SetSwingTerms("QN", ((5_000, 100), (10_000, 5_000))), ("QN", "approve"))
    charter = union.state.charter
    rows = shown(union, lambda sql: pages.lines(charter, swing.lines(sql)))
    assert ["QN", "QM", "IDR", "720.00", "720.00", "0.00", "100 to 5000, 5000 to 10000, ACT/360"] in rows
    assert ["QO", "QM", "IDR", "5.00", "5.00", "0.00"] in rows
    settle(union)
    rows = shown(union, lambda sql: pages.settlements(charter, swing.settlements(sql)))
    amounts = ["0.00", "0.00", "0.00", "720.00", "IDR", "1,137", "VND"]
    assert [DAY, "QN", "QM", *amounts] in rows
    rows = shown(union, lambda sql: pages.reserves(charter, swing.reserves(sql)))
    assert ["QM", "1,137", "VND"] in rows


def test_positions_and_charges_are_shown_in_the_unit_and_in_own_money():
    union = lasting(("QN", "QM", 9_000_000))
    union.pass_days(1)
    rows = shown(union, lambda sql: pages.positions(swing.positions(sql)))
    assert ["QN", "-5.54", "-5.54", "1", "2026-11-25"] in rows
    agreed(union)
    settle(union)
    charter = union.state.charter
    rows = shown(union, lambda sql: pages.charges(charter, swing.charges(sql)))
    (paid,) = (row for row in rows if row[1:2] == ["QN"])
    assert paid[2:] == ["-5.54", paid[3], "10.00", paid[5], "VND"]
